"""The pages that one reads: people, base figures, the daily report, search, the inbox, log-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from bulou.web.show.duties import ActForm, DutyRow, Fact
from bulou.web.show.figures import Act, Chip, Empty, Figure, Pager, Table

if TYPE_CHECKING:
    from django.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """People of the reader's jurisdiction, masked."""

    filters: Form
    table: Table
    pager: Pager
    note: str = ""
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One person: masked; the reading itself is logged, and the person may see by whom."""

    code: str
    name: str
    facts: tuple[Fact, ...]
    flags: tuple[Chip, ...]
    tests: Table
    duties: tuple[DutyRow, ...]
    reads: Table
    reading: str  # "This reading was logged at 14:26, for: duty B-20418."
    acts: tuple[Act, ...] = ()
    steps: tuple[ActForm, ...] = ()
    gone: str = ""  # that the person is on no base number any more, and why
    restrictions: Table | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureGroup:
    """Base figures of one line of work."""

    heading: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FiguresPage:
    """Base figures on one page, each with its time and source."""

    place: str
    as_of: datetime
    groups: tuple[FigureGroup, ...]
    gaps: Table  # what has no owner, no source, or is older than its rule allows
    unit_form: Form | None = None
    movement: Equation | None = None
    movement_href: str = ""
    parts: Table | None = None  # the units right below, each with its own page
    houses: Table | None = None  # of a community
    posts: Table | None = None
    exports: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One term of an equation: its sign (empty for the first), what it counts, the number."""

    sign: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Equation:
    """A sum that must hold: terms, the result, and whether it does."""

    label: str
    terms: tuple[Term, ...]
    result_label: str
    result: str
    holds: bool
    difference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementPage:
    """How the base number of a place moved, by cause and by the places below."""

    place: str
    since: datetime
    until: datetime
    form: Form
    equation: Equation
    causes: Table
    parts: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDutyPage:
    """Who answers for a unit at an instant, up its chain and right below, and the hands at work there."""

    place: str
    at: datetime
    form: Form
    chain: Table
    parts: Table
    hands: Table | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidentFormPage:
    """The form by which somebody is entered."""

    form: Form
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """The daily report of one local day, frozen or provisional."""

    day: date
    area: str
    series: str
    frozen_at: datetime | None
    frozen_by: str
    seal: str
    headline: tuple[Figure, ...]
    table: Table
    equations: tuple[Equation, ...]
    by_sample_day: Table
    corrections: Table
    notes: tuple[str, ...]
    previous_href: str = ""
    next_href: str = ""
    exports: tuple[tuple[str, str], ...] = ()
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One thing that was found."""

    label: str
    note: str
    href: str
    chip: Chip | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HitGroup:
    """What was found of one sort."""

    heading: str
    hits: tuple[Hit, ...]
    total: int
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """What was found for some words; personal finds are masked and logged."""

    query: str
    groups: tuple[HitGroup, ...]
    empty: Empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice to the reader's post: exactly one for each duty and step."""

    what: str
    why: str
    at: datetime
    href: str
    because: str = ""  # why it came to this unit: post, step, rule, due time, source clause
    ways: tuple[str, ...] = ()  # by which channels it left the house, and how that stands
    chip: Chip | None = None
    unread: bool = False
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage:
    """Notices to the reader's posts, newest first."""

    notices: tuple[Notice, ...]
    unread: int
    pager: Pager
    empty: Empty
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoLogin:
    """A log-in of the demonstration city; shown in drills only."""

    account: str
    password: str
    post: str
    unit: str
    sees: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """The log-in form, and the demonstration log-ins of a drill."""

    form: Form
    next: str = ""
    demos: tuple[DemoLogin, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What was wrong, and what to do: the code is stable, the reference finds the log line."""

    status: int
    heading: str
    message: str
    remedy: str
    reference: str = ""

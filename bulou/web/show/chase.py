"""The chase: the board, a case's story, its contacts, line lists, chains, warrants and searches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulou.web.show.duties import ActForm, DutyRow, EscalationRow, Fact, Step
from bulou.web.show.figures import Act, Chip, Empty, Figure, Pager, Table

if TYPE_CHECKING:
    from django.forms import Form

    from bulou.web.show.band import Band
    from bulou.web.show.chains import Picture
    from bulou.web.show.epicurve import Curve


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaseBoardPage:
    """A clock for each open chase, late first; whose, what next; and whether the tracers are enough."""

    figures: tuple[Figure, ...]
    band: Band
    table: Table
    done: Table
    tracers: Table
    acts: tuple[Act, ...] = ()
    tracer_form: ActForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineListPage:
    """Cases or contacts by filter, with chosen columns."""

    kind: str
    heading: str
    note: str
    filters: Form
    table: Table
    pager: Pager
    saved: tuple[Act, ...]
    save_url: str
    kept: tuple[tuple[str, str], ...]
    exports: tuple[tuple[str, str], ...]
    tabs: tuple[Act, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """One case: its clock, its steps, the interview, contacts, exposures, chain, notices."""

    code: str
    what: str
    about: str
    chip: Chip
    clock: str
    clock_note: str
    late: bool
    band: Band
    marks: Table
    facts: tuple[Fact, ...]
    interview: Table
    interview_note: str
    contacts: Table
    contacts_note: str
    exposures: Table
    links: Table
    picture: Picture | None
    duties: tuple[DutyRow, ...]
    warrants: Table
    escalations: tuple[EscalationRow, ...]
    steps: tuple[Step, ...]
    acts: tuple[ActForm, ...]
    quick: tuple[Act, ...] = ()
    closed: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewPage:
    """The interview's form, section by section."""

    code: str
    heading: str
    note: str
    sections: tuple[tuple[str, tuple[object, ...]], ...]
    form: Form
    url: str
    back: str
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPage:
    """One contact: grade and why, what is owed and why, exposures, how the grade changed."""

    code: str
    what: str
    about: str
    chip: Chip
    clock: str
    clock_note: str
    late: bool
    facts: tuple[Fact, ...]
    owed: Table
    exposures: Table
    changes: Table
    steps: tuple[Step, ...]
    acts: tuple[ActForm, ...]
    quick: tuple[Act, ...] = ()
    closed: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainsPage:
    """Chains as a picture with its table, and the epidemic curve."""

    filters: Form
    figures: tuple[Figure, ...]
    picture: Picture | None
    table: Table
    curve: Curve | None
    curve_words: str
    empty: Empty
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarrantsPage:
    """Warrants and searches, for whoever signs and for the auditor; and the days of presences that are kept."""

    warrants: Table
    searches: Table
    days: Table
    note: str
    pager: Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class WarrantPage:
    """One warrant with its searches and what they found."""

    code: str
    what: str
    about: str
    chip: Chip
    clock: str
    clock_note: str
    late: bool
    facts: tuple[Fact, ...]
    searches: Table
    hits: Table
    hits_url: str
    hits_search: str
    listable: bool
    steps: tuple[Step, ...]
    acts: tuple[ActForm, ...]
    quick: tuple[Act, ...] = ()
    closed: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinsPage:
    """People who may be one, and those who were merged."""

    twins: Table
    merged: Table
    acts: tuple[ActForm, ...]
    reading: str

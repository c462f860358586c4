"""The register of restrictions: its list, one restriction with its notice, and the person's own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulou.web.show.duties import ActForm, DutyRow, Fact, Step
from bulou.web.show.figures import Act, Chip, Figure, Pager, Table

if TYPE_CHECKING:
    from django.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPage:
    """What holds whom now, what waits, what ends soon, which objections are open, and what the night found."""

    figures: tuple[Figure, ...]
    filters: Form
    table: Table
    pager: Pager
    appeals: Table
    lists: Table
    findings: Table
    attempts: Table
    acts: tuple[Act, ...] = ()
    reading: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionPage:
    """One restriction: whether it holds, on what it rests, who decided, its notice, and every step."""

    code: str
    what: str
    about: str
    chip: Chip
    clock: str
    clock_note: str
    late: bool
    facts: tuple[Fact, ...]
    notice: str
    duties: tuple[DutyRow, ...]
    appeals: Table
    steps: tuple[Step, ...]
    acts: tuple[ActForm, ...]
    closed: str
    secret: str = ""  # the notice's code, shown once
    secret_href: str = ""
    reading: str = ""
    quick: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposePage:
    """The form of a proposal, or of a list of them."""

    form: Form
    url: str
    bases: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDoorPage:
    """Where a notice's code is typed in."""

    form: Form
    url: str
    wrong: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """The person's own page: what, why, until when, by whom, on what law, who looked, how to object."""

    heading: str
    chip: Chip
    until: str
    left: str
    facts: tuple[Fact, ...]
    notice: str
    appeals: Table
    reads: Table
    form: Form | None
    url: str
    said: str = ""

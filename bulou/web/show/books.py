"""A line's book: its list, and one row with what happened to it and what can be done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bulou.web.show.duties import ActForm, DutyRow, Fact, Step
from bulou.web.show.figures import Chip, Pager, Table

if TYPE_CHECKING:
    from django.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class BookPage:
    """The rows of a book by filter, paged by key; and the form that opens a new one."""

    heading: str
    note: str
    filters: Form
    table: Table
    pager: Pager
    exports: tuple[tuple[str, str], ...]
    opens: ActForm | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRowPage:
    """One row: its state and clock, facts, its duties, the rows that hang on it, the ledger's story, the steps."""

    code: str
    what: str
    about: str
    chip: Chip | None
    clock: str
    clock_note: str
    late: bool
    facts: tuple[Fact, ...]
    duties: tuple[DutyRow, ...]
    related: tuple[Table, ...]
    steps: tuple[Step, ...]
    acts: tuple[ActForm, ...]
    closed: str
    reading: str

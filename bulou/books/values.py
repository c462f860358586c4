"""What a book says of itself: its columns, its steps with what each takes, and who sees which rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet

from bulou.access.choices import Operation
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError

Words = Mapping[str, object]  # a stored word → what it is called; the name may be lazy
Given = Mapping[str, Any]
# A room's action for many: keyword-only ``rows`` (each with its ``code`` and fields), ``by``, ``at`` → for each the row, or
# what refuses it.
Many = Callable[..., Sequence[Model | BulouError]]
Act = Callable[..., Model]  # a room's action: keyword-only ``code`` (blank for a new row), its fields, ``by``, ``at`` → the row


class Kind(StrEnum):
    """What a value is: how it is asked for, written in a file, said over HTTP, and shown."""

    TEXT = "text"
    LONG = "long"  # a text of several lines
    NUMBER = "number"  # whole
    AMOUNT = "amount"  # with decimals; as Decimal
    INSTANT = "instant"  # UTC; files and forms without offset are in the city's zone
    DAY = "day"
    YES = "yes"  # true or false
    WORD = "word"  # one of a few stored words
    UNIT = "unit"  # a unit's code; shown by its name
    PLACE = "place"  # a place's code; shown by its name
    PERSON = "person"  # a person's number, masked on a page
    ROW = "row"  # the code of a row of another book


class Look(StrEnum):
    """How a stored state looks: each has one shape and one colour, beside its word."""

    LATE = "late"
    WAITS = "soon"
    OWED = "later"
    DONE = "done"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One value that a step takes.

    ``options`` gives what the reader may choose from where that is known only now, as (stored, shown).
    """

    name: str
    label: object
    kind: Kind = Kind.TEXT
    needed: bool = True
    most: int = 200  # characters of a text; of a number its highest value
    words: Words = field(default_factory=dict)
    enum: type[StrEnum] | None = None  # what the action takes a word as
    options: Callable[[Actor], Sequence[tuple[str, str]]] | None = None
    help: object = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One value of a row; ``of`` is the attribute path it is read from (by default its name), or a function of the row."""

    name: str
    label: object
    kind: Kind = Kind.TEXT
    words: Words = field(default_factory=dict)
    of: str | Callable[[Any], object] = ""
    book: str = ""  # of a ROW: whose code it is
    clock: bool = False  # an instant by which the row owes something, while it is open
    route: str = ""  # a page of the line's own to which the value leads, by its name
    shown: Callable[[Any], object] | None = None  # what a reader sees of the row instead of what is stored
    listed: bool = True  # stands in the list, too; else on the row's own page only

    def value(self, row: Model) -> Any:
        """The value as it is stored; blank for none."""
        found = self.of(row) if callable(self.of) else attrgetter((self.of or self.name).replace("__", "."))(row)
        return "" if found is None else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a person does with a row; ``when`` says whether it can be done now (the action refuses by itself, too).

    The step that opens a row stands in ``Book.opens`` and gets a blank code.
    """

    name: str
    label: object
    means: object
    operation: Operation
    act: Act
    takes: Sequence[Field] = ()
    when: Callable[[Any], bool] = lambda _: True
    main: bool = False
    tells: Callable[[Any], str] | None = None  # what whoever took the step is told once, from the row as the action returned it
    many: Many | None = None  # the same for many rows of a file at once; only where a row opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """The register of one kind of record of a line of work.

    ``name`` stands in addresses and is the KIND of files; ``subject`` is the prefix under which the ledger and the duties
    name a row (``subject:code``). ``visible`` filters by jurisdiction. ``order`` is the list's sort column, ties by code;
    with ``latest`` the highest first. ``state`` is the column that says how a row stands; ``closed`` its words after which
    no clock runs. ``unit`` is where the row lies, as an attribute path, for offering steps; ``also`` are further units that
    act on it: a stand-in, a receiver.
    """

    name: str
    line: str
    title: object
    one: object
    subject: str
    model: type[Model]
    see: Operation
    visible: Callable[[Actor], QuerySet[Any]]
    columns: Sequence[Column]
    lead: str = "code"  # the column that names a row to a reader
    order: str = "code"
    latest: bool = False
    state: str = ""
    looks: Mapping[str, Look] = field(default_factory=dict)
    closed: Collection[str] = ()
    clocked: Collection[str] = ()  # the states in which the clock runs; by default all that are not closed
    unit: str = "unit_id"
    also: Sequence[str] = ()
    opens: Step | None = None
    steps: Sequence[Step] = ()
    related: Sequence[tuple[str, ...]] = ()  # (book, its fields of which one holds this row's code), shown on the row's page
    told: Words = field(default_factory=dict)  # a ledger tag → what happened, in words
    personal: bool = False  # its rows tell of people: reading them is logged
    by_hand: Collection[str] = ()  # operations of the API that the line writes itself: ``open``, ``get``, names of steps
    in_files: bool = True  # files open rows, too; not where another kind of file does it
    search: Sequence[str] = ()  # text fields in which a word of the reader is looked for
    note: object = ""

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(one for one in self.columns if one.name == name)

    def step(self, name: str) -> Step | None:
        """The step of that name; None when the book has none."""
        return next((one for one in self.steps if one.name == name), None)

    def unit_of(self, row: Model) -> str:
        """The unit in whose jurisdiction the row lies."""
        return str(attrgetter(self.unit.replace("__", "."))(row))

    def acting(self, row: Model) -> tuple[str, ...]:
        """The units to which steps on the row are offered; blank for one that it does not have."""
        return (self.unit_of(row), *(str(attrgetter(path.replace("__", "."))(row) or "") for path in self.also))

    def about(self, code: str) -> str:
        """How the ledger and the duties name a row."""
        return f"{self.subject}:{code}"

    def is_clocked(self, row: Model) -> bool:
        """Whether the row's clock runs."""
        if not self.state:
            return True
        state = str(self.column(self.state).value(row))
        return state in self.clocked if self.clocked else state not in self.closed

    @property
    def stored(self) -> tuple[str, ...]:
        """What a file must hold beside the code, so that ``import`` can open a row: what opening takes."""
        return tuple(one.name for one in self.opens.takes) if self.opens else ()

    @property
    def filters(self) -> tuple[Column, ...]:
        """The columns of few words, by which a list is narrowed."""
        return tuple(one for one in self.columns if one.kind is Kind.WORD and not callable(one.of) and one.listed)

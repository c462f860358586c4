"""The small parts that every page is made of: chip, meter, figure, act, cell, table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from bulou.web.show.words import late_words, span_words

if TYPE_CHECKING:
    from bulou.web.show.band import Lane

HOUR = timedelta(hours=1)


class State(StrEnum):
    """How something stands; each has one shape, one colour, and needs a word."""

    LATE = "late"  # triangle, red: the clock has run out
    SOON = "soon"  # ring, amber: within the hour, or something waits for somebody
    LATER = "later"  # square, accent: owed, in time
    DONE = "done"  # tick, green
    PLAIN = "plain"  # no shape: a fact without a clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A state in words; the template adds the shape and the colour."""

    state: State
    text: str


def state_of(due_at: datetime, now: datetime, *, soon: timedelta = HOUR) -> State:
    """Late from the due instant on, soon within the hour before it, else later."""
    if due_at <= now:
        return State.LATE
    return State.SOON if due_at - now <= soon else State.LATER


def clock_chip(due_at: datetime, now: datetime) -> Chip:
    """The chip of an open clock: ``56 min late``, ``18 min left``."""
    return Chip(state=state_of(due_at, now), text=late_words(due_at, now))


def waiting_chip(since: datetime, now: datetime, *, answer_within: timedelta | None = None) -> Chip:
    """The chip of something that waits for an answer: late past ``answer_within``, amber from half of it."""
    waited = now - since
    text = span_words(waited)
    if answer_within is None:
        return Chip(state=State.PLAIN, text=text)
    if waited >= answer_within:
        return Chip(state=State.LATE, text=text)
    return Chip(state=State.SOON if waited * 2 >= answer_within else State.PLAIN, text=text)


def percent(share: float) -> str:
    """A share as an SVG length (``87.30%``), held within the drawing."""
    return f"{min(1.0, max(0.0, share)) * 100:.2f}%"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """A part of a whole, 0 to 1, and where it should stand by now; ``words`` is what a screen reader says."""

    share: float
    words: str
    needed: float | None = None
    state: State = State.LATER

    @property
    def fill(self) -> str:
        """Length of the bar."""
        return percent(self.share)

    @property
    def tick(self) -> str:
        """Place of the mark where the bar should reach by now; empty without one."""
        return "" if self.needed is None else percent(self.needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number that answers one question; it links to its rows, and a base figure carries its time and source.

    ``value`` is already written (``count``, ``share``, ``span_words``), since a figure may be a number, share or span.
    """

    label: str
    value: str
    unit: str = ""
    note: str = ""
    href: str = ""
    chip: Chip | None = None
    meter: Meter | None = None
    as_of: datetime | None = None
    source: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A step that one click takes: a POST to ``url`` with ``fields``, or a link when ``get`` is set."""

    label: str
    url: str
    main: bool = False
    get: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    about: str = ""  # what the step is about, read out after the label where several rows carry the same one


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """What a list says when it holds nothing: that this is good, or what would fill it."""

    text: str
    note: str = ""
    good: bool = False
    act: Act | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crumb:
    """One step of the way down to a place."""

    label: str
    href: str = ""


class Align(StrEnum):
    """How a column stands."""

    TEXT = "text"
    NUMBER = "number"
    WIDE = "wide"  # takes the room that is left: a band, a meter


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's head; on a phone the label stands before each value, unless ``bare``."""

    label: str
    align: Align = Align.TEXT
    bare: bool = False
    lead: bool = False  # the row's name: a row header, and a card's title on a phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value: text with a smaller note, or a chip, meter, lane or acts; a number links to its rows by ``href``."""

    text: str = ""
    note: str = ""
    href: str = ""
    chip: Chip | None = None
    meter: Meter | None = None
    lane: Lane | None = None
    acts: tuple[Act, ...] = ()
    state: State | None = None  # colours the text: only together with a word or a chip in the same row

    @property
    def blank(self) -> bool:
        """Whether nothing stands here; a phone leaves such a cell out."""
        return not (self.text or self.note or self.chip or self.meter or self.lane or self.acts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of cells, one for each column."""

    cells: tuple[Cell, ...]
    total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption, and what stands there when it is empty."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: Empty
    foot: str = ""
    pager: Pager | None = None

    def __post_init__(self) -> None:
        """A row of another length would slip its values under the wrong heads."""
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                message = f"{self.caption}: a row of {len(row.cells)} cells under {len(self.columns)} columns"
                raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pager:
    """Keyset paging: the addresses of the first and the next page, and how many rows this one shows."""

    shown: int
    total: int | None = None
    first: str = ""
    following: str = ""

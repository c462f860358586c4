"""A paper list: on a phone its lines are ticked, on paper they are printed with a QR code that leads back here."""

from __future__ import annotations

from dataclasses import dataclass

from bulou.web.show.figures import Chip


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One person: the number on the list, the household's and the person's masked names, needs; what was entered."""

    number: int
    household: str
    who: str
    needs: str
    done: bool
    entered: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFloor:
    """The lines of one floor, top floor first."""

    name: str
    lines: tuple[PaperLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperPage:
    """The list: its number, where, whose, back by when; floors; the outcomes that a line may get; the QR code as SVG."""

    code: str
    heading: str
    place: str
    holder: str
    round: str
    printed: str
    back_by: str
    count: str
    chip: Chip
    floors: tuple[PaperFloor, ...]
    outcomes: tuple[tuple[str, str], ...]
    qr: str
    url: str
    book_href: str
    open: bool
    reading: str

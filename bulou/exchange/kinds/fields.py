"""A cell's text as the value that an action takes; a fault names the column and what to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from bulou.kernel import clock
from bulou.kernel.errors import InputFault

Row = Mapping[str, str]
_Word = TypeVar("_Word", bound=StrEnum)
_YEARS = range(1900, 2200)  # outside of these an instant is a slip of the pen, and zones overflow at the calendar's ends


def instant(row: Row, column: str) -> datetime:
    """An ISO 8601 instant, UTC; without offset it is in the city's zone."""
    try:
        found = datetime.fromisoformat(row[column])
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        message = f"{row[column]!r} is not an instant"
        raise InputFault(message, column=column, remedy="Write 2022-09-20T08:00:00+08:00.")
    return clock.as_utc(found if found.tzinfo else found.replace(tzinfo=clock.CITY_ZONE))


def number(row: Row, column: str, *, default: int, most: int = 2_147_483_647) -> int:
    """A whole number from 0 to ``most`` (what the column of the database holds); blank is the default."""
    text = row.get(column, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and int(text) <= most):
        message = f"{text!r} is not a whole number from 0 to {most:,}"
        raise InputFault(message, column=column, remedy="Write digits only.")
    return int(text)


def text(row: Row, column: str, *, most: int, needed: bool = False) -> str:
    """A text of at most ``most`` characters; blank only where it is not needed."""
    found = row.get(column, "")
    if len(found) > most or (needed and not found):
        message = f"{found[:20]!r}: 1 to {most} characters are needed" if needed else f"longer than {most} characters"
        raise InputFault(message, column=column, remedy="Mend the cell.")
    return found


def shown(at: datetime | None) -> str:
    """An instant as a file holds it, in the city's zone; blank for none."""
    return clock.local(at).isoformat() if at else ""


def instant_or_none(row: Row, column: str) -> datetime | None:
    """An instant; blank is None."""
    return instant(row, column) if row.get(column) else None


def day_or_none(row: Row, column: str) -> date | None:
    """An ISO 8601 day; blank is None."""
    given = row.get(column, "")
    if not given:
        return None
    try:
        found = date.fromisoformat(given)
    except ValueError:
        found = None
    if found is None or found.year not in _YEARS:
        message = f"{given!r} is not a day"
        raise InputFault(message, column=column, remedy="Write 2022-09-20.")
    return found


def word(row: Row, column: str, kinds: type[_Word]) -> _Word | None:
    """One of an enum's words; blank is None."""
    given = row.get(column, "")
    if not given:
        return None
    try:
        return kinds(given)
    except ValueError:
        message = f"{given!r} is not one of the words"
        raise InputFault(message, column=column, remedy=f"Words: {', '.join(one.value for one in kinds)}.") from None


def one_of(row: Row, column: str, words: Sequence[str]) -> str:
    """One of a few words, of which a blank may be one."""
    given = row.get(column, "")
    if given not in words:
        message = f"{given!r} is not one of the words"
        raise InputFault(message, column=column, remedy=f"Words: {', '.join(one for one in words if one)}.")
    return given


def day_shown(day: date | None) -> str:
    """A day as a file holds it; blank for none."""
    return day.isoformat() if day else ""

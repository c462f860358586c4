"""What may stand on a paper list and happen to it, as pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from bulou.kernel.errors import InputFault, Refused
from bulou.worklists.choices import SheetState

MOST = 600  # doors of one list: a tower of 40 floors has about 400; more is no walk of one day
_TICK = re.compile(r"^\s*(\d{1,4})\s*[:: ]\s*([a-z_]+)\s*(.*)$")


def require_length(rows: int, *, place: str) -> None:
    """A list has somebody on it, and no more than one person walks to."""
    if not rows:
        message = f"nobody in {place} is missing now"
        raise Refused(message, remedy="There is nothing to print.")
    if rows > MOST:
        message = f"{rows} people of {place} are missing; one list holds {MOST}"
        raise InputFault(message, column="place_code", remedy="Print by building, or by floor.")


def require_out(state: SheetState, *, doing: str) -> None:
    """Only a list that is out comes back, is filled in, or is lost."""
    if state is not SheetState.OUT:
        message = f"the list is {state.value} and cannot be {doing}"
        raise Refused(message, remedy="Print a new one.")


def read_ticks(text: str, *, outcomes: Collection[str]) -> list[tuple[int, str, str]]:
    """The lines of a filled list as (number, outcome, note); each names a number once: ``17 away works in Zunyi``."""
    found: dict[int, tuple[int, str, str]] = {}
    for line in _lines(text):
        match = _TICK.match(line)
        if match is None or match[2] not in outcomes:
            message = f"“{line[:60]}” is not a number and one of {', '.join(sorted(outcomes))}"
            raise InputFault(message, column="ticks", remedy="Write one line for each person, as: 17 away.")
        number = int(match[1])
        if number in found:
            message = f"number {number} stands twice"
            raise InputFault(message, column="ticks")
        found[number] = (number, match[2], match[3].strip()[:200])
    if not found:
        message = "nothing is filled in"
        raise InputFault(message, column="ticks")
    return [found[number] for number in sorted(found)]


def _lines(text: str) -> Iterable[str]:
    return (line for line in text.splitlines() if line.strip())

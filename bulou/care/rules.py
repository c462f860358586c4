"""What may happen to a need next, and when the standing visits are, as pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from bulou.care.choices import AT_HOME, CareState, Need
from bulou.kernel.errors import InputFault, Refused

LIVE = frozenset({CareState.ASKED, CareState.ACCEPTED, CareState.ON_THE_WAY, CareState.RECEIVED})
DAYS = "1234567"


def require(state: CareState, allowed: frozenset[CareState], *, doing: str) -> None:
    """Only what is at the right point can go on."""
    if state not in allowed:
        message = f"the need is {state.value} and cannot be {doing}"
        raise Refused(message, remedy="Look at its story; ask anew where something new is needed.")


def travels(need: Need) -> bool:
    """Whether somebody is brought to a hospital for it."""
    return need not in AT_HOME


def read_days(text: str) -> str:
    """Weekdays as sorted digits, Monday 1; ``InputFault`` for anything else."""
    found = "".join(sorted(set(text.replace(" ", "").replace(",", "").replace(";", ""))))
    if not found or not set(found) <= set(DAYS):
        message = f"{text!r} does not name weekdays"
        raise InputFault(message, column="weekdays", remedy="Write 1 for Monday to 7 for Sunday: 135.")
    return found


def visits(
    *, weekdays: str, hour: time, since: date, until: date | None, after: datetime, before: datetime
) -> Iterator[datetime]:
    """The local instants of the standing visits with ``after < instant <= before``; zones do not move them."""
    day = after.date()
    while day <= before.date():
        at = datetime.combine(day, hour, tzinfo=after.tzinfo)
        if str(day.isoweekday()) in weekdays and since <= day and (until is None or day <= until) and after < at <= before:
            yield at
        day += timedelta(days=1)

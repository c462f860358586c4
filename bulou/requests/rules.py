"""What may follow what, and when many like requests are more than usual, as pure functions."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from bulou.kernel import codes
from bulou.kernel.errors import InputFault, Refused
from bulou.requests.choices import RequestState as State

LIVE = frozenset({State.RECEIVED, State.ASSIGNED, State.DOING, State.DISPUTED, State.HANDED_OVER})
WORKED_ON = frozenset({State.RECEIVED, State.ASSIGNED, State.DOING, State.DISPUTED})
CLOSED = frozenset({State.DONE_CLAIMED, State.CONFIRMED, State.REFUSED})
STARTED_FROM = frozenset({State.RECEIVED, State.ASSIGNED, State.DISPUTED})
CONFIRMED_FROM = frozenset({State.DONE_CLAIMED})
DISPUTED_FROM = frozenset({State.DONE_CLAIMED, State.REFUSED})
REOPENED_FROM = CLOSED


def require(state: State, allowed: frozenset[State], *, doing: str) -> None:
    """Only what is at the right point can go on."""
    if state not in allowed:
        message = f"the request is {state.value} and cannot be {doing}"
        raise Refused(message, code="request-state", remedy="Look at its story, or file a new one.")


def require_recent(closed_at: datetime, *, within: timedelta, at: datetime) -> None:
    """A closed request is opened again only for so long; after that a new one is filed."""
    if at - closed_at > within:
        message = f"it was closed more than {within.days} days ago"
        raise Refused(message, code="request-old", remedy="File a new request.")


def require_second(*, disputes: int, owner: str, signer: str, topmost: bool) -> None:
    """What a resident did not accept once is signed by a unit above the owner; the topmost signs itself."""
    if disputes and not topmost and (signer == owner or not codes.is_below(owner, signer)):
        message = "the resident said that it is not done: a unit above signs that it is now"
        raise Refused(message, code="second-signature", remedy="Ask the unit above you to look and sign.")


def require_other_caller(*, caller: str, owner: str) -> None:
    """No unit asks residents about its own work."""
    if codes.is_below(caller, owner):
        message = "the unit that did the work does not ask about it"
        raise Refused(message, code="own-work", remedy="A unit above it, or beside it, calls.")


def require_said(text: str, *, column: str, message: str) -> str:
    """A text that must say something, without the blanks around it."""
    said = text.strip()
    if not said:
        raise InputFault(message, column=column)
    return said


def read_phone(text: str) -> str:
    """A telephone number as digits with an optional leading +; blank stays blank. ``InputFault`` for anything else."""
    found = "".join(one for one in text.strip() if one not in " -()()")
    if found and not (found.removeprefix("+").isascii() and found.removeprefix("+").isdigit() and 5 <= len(found) <= 20):  # noqa: PLR2004 - the shortest service numbers, the longest international ones
        message = "this is not a telephone number"
        raise InputFault(message, column="phone", remedy="Write the digits, or leave it blank.")
    return found


def compound(place_code: str) -> str:
    """The community in which a place lies, as which requests of one cause are joined; blank for a wider place."""
    return codes.up_to(codes.territory(place_code), codes.Level.COMMUNITY)


def concerned(unit: str, about: str) -> bool:
    """Whether a unit is the one that is complained about, or stands under it: it does not see who complained."""
    return bool(about) and about in codes.chain(unit)


def usual(count: int, *, days: float, window: timedelta) -> float:
    """How many of ``count`` requests in so many days fall into one window, on average."""
    return count * (window / timedelta(days=days)) if days > 0 else 0.0


def tail(count: int, mean: float) -> float:
    """The chance of ``count`` or more where ``mean`` are usual and each comes by itself (Poisson)."""
    term = total = math.exp(-mean)
    for k in range(1, count):
        term *= mean / k
        total += term
    return max(0.0, 1.0 - total) if count > 0 else 1.0


def rises(count: int, *, mean: float, at_least: int, chance: float, floor: float) -> bool:
    """Whether so many like requests in one window are more than usual.

    ``floor`` stands for the mean where the place is new or always silent, so that a few do not alarm.
    """
    return count >= at_least and tail(count, max(mean, floor)) < chance

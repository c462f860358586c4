"""Pure rules of rooms and stays: why a room does not take somebody, the plan of tests, the wait at the door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bulou.isolation.choices import RiskClass, RoomState, StayState
from bulou.kernel.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomNow:
    """A room as a claim sees it."""

    risk_class: str
    class_now: str
    group_now: str
    beds: int
    taken: int
    shared: bool
    offered: bool
    state: RoomState
    ready_at: datetime | None
    opens_at: datetime | None
    closes_at: datetime | None


def refusal_of_room(room: RoomNow, *, risk_class: RiskClass, group: str, people: int, arriving: datetime) -> str:
    """Why a room does not take these people, in one plain line; empty when it does.

    The conditional statement of the claim asks the same; this says it afterwards.
    """
    checks = (
        (not room.offered, "the site takes nobody in"),
        (room.state is RoomState.BLOCKED, "the room is blocked"),
        (
            room.state is RoomState.DISINFECTING and (room.ready_at is None or room.ready_at > arriving),
            "not disinfected by then",
        ),
        (room.opens_at is not None and arriving < room.opens_at, "not open yet by then"),
        (room.closes_at is not None and arriving >= room.closes_at, "closed by then"),
        (bool(room.risk_class) and room.risk_class != risk_class, f"the room is for {room.risk_class}"),
        (bool(room.class_now) and room.class_now != risk_class, f"people of {room.class_now} stay there"),
        (room.beds - room.taken < people, f"{room.beds - room.taken} of {room.beds} beds are free"),
        (not room.shared and room.taken > 0 and room.group_now != group, "people who do not belong together stay there"),
    )
    return next((why for wrong, why in checks if wrong), "")


def require_stay(state: StayState, wanted: Iterable[StayState], *, doing: str) -> None:
    """``Refused`` when the stay is not in one of these states."""
    if state not in tuple(wanted):
        message = f"a stay that is {state} cannot be {doing}"
        raise Refused(message, code="stay-state", remedy="Open the stay to see what became of it.")


def day_of_isolation(*, clock_on: date, on: date) -> int:
    """Which day of isolation a local day is: the day of the last exposure is day 0."""
    return (on - clock_on).days


def test_plan(*, clock_on: date, admitted_on: date, days: Iterable[int]) -> list[tuple[int, date]]:
    """(day of isolation, local day) of each test that a site owes: the pack's days from admission on, and one at entry."""
    planned = [(day, clock_on + timedelta(days=day)) for day in sorted(days)]
    owed = [(day, on) for day, on in planned if on >= admitted_on]
    if not any(on == admitted_on for _, on in owed):
        owed.insert(0, (max(day_of_isolation(clock_on=clock_on, on=admitted_on), 0), admitted_on))
    return owed


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorWait:
    """A wait at a site's door, and whose it is: the sender's for coming unannounced or early, the site's for the rest."""

    wait: timedelta
    sender: timedelta
    site: timedelta
    late: timedelta  # how much later than announced they came: the sender's, before the door


def door_wait(
    *, announced_at: datetime, expected_at: datetime, door_at: datetime, until: datetime, notice: timedelta
) -> DoorWait:
    """The wait from ``door_at`` until admitted (or now), split between both sides (双方责任时长).

    The site answers from the instant at which it could expect them: the announced arrival, and not sooner than ``notice``
    after it was told. Before that the wait is the sender's. The two shares add up to the wait.
    """
    until = max(until, door_at)
    expects = max(expected_at, announced_at + notice, door_at)
    sender = min(expects, until) - door_at
    return DoorWait(
        wait=until - door_at, sender=sender, site=until - door_at - sender, late=max(door_at - expected_at, timedelta(0))
    )

"""Pure rules of the transfer: steps a request may take, who would be left without a carer, whose the wait at a door is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from bulou.kernel import clock
from bulou.kernel.errors import Refused
from bulou.transfer.choices import RequestState as State
from bulou.transfer.choices import RiskClass

CASE_MOVED: Final = "transfer.case_moved"
CONTACT_MOVED: Final = "transfer.contact_moved"
MOVED: Final = (CASE_MOVED, CONTACT_MOVED)
MORNING: Final = "transfer.morning"
EXPLAINED: Final = "transfer.line_explained"
STOP_ANSWERED: Final = "transfer.stop_answered"
DOOR_OPENED: Final = "transfer.door_opened"
CARER_NAMED: Final = "transfer.carer_named"
RECEIVER_AGREED: Final = "transfer.receiver_agreed"
REDIRECTED: Final = "transfer.redirected"

# What stands as a reason, in English as it is stored; ``wording`` gives it in the reader's language.
SAID_NO_POSITION: Final = "no pick-up point is entered for %(place)s"
SAID_NOT_THERE: Final = "not at the pick-up point: %(reason)s"
SAID_STOP: Final = "stopped for safety: %(reason)s"
SAID_TRIP_GONE: Final = "the trip does not run: %(reason)s"
SAID_CARER: Final = "%(person)s depends on a carer who is to be moved"

_NEXT: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.PLANNED, State.LEFT_IN_PLACE, State.CANCELLED}),
    State.PLANNED: frozenset({State.OPEN, State.PLANNED, State.BOARDED, State.LEFT_IN_PLACE, State.CANCELLED}),
    State.BOARDED: frozenset({State.ARRIVED, State.LEFT_IN_PLACE}),  # back home only with the whole trip, by a superior
    State.ARRIVED: frozenset({State.RECEIVED, State.BOARDED}),  # declined at the door: still on board
    State.LEFT_IN_PLACE: frozenset({State.PLANNED, State.LEFT_IN_PLACE, State.CANCELLED}),
    State.RECEIVED: frozenset(),
    State.CANCELLED: frozenset(),
}


def request_about(code: str) -> str:
    """How duties and ledger entries name a request."""
    return f"transfer:{code}"


def trip_about(code: str, receiver: str = "") -> str:
    """How they name a trip, or its arrival at one receiver's door."""
    return f"trip:{code}@{receiver}" if receiver else f"trip:{code}"


def moved_kind(risk: RiskClass) -> str:
    """The duty whose clock runs for somebody of this class."""
    return CASE_MOVED if risk is RiskClass.CASE else CONTACT_MOVED


def require_step(before: State, after: State) -> None:
    """``Refused`` when a request in one state cannot come into the other."""
    if after not in _NEXT[before]:
        message = f"a transfer that is {before} does not become {after}"
        raise Refused(message, code="transfer-state", remedy="Open the transfer to see where the person is.")


def words(text: str) -> tuple[str, ...]:
    """The parts of a ';'-list, without blanks, in order, each once."""
    return tuple(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))


def needs_of(vulnerable: str, mapping: str) -> tuple[str, ...]:
    """What somebody with these vulnerabilities needs on the way and in the room, by the pack's ``vulnerable=need`` list."""
    has = set(words(vulnerable))
    pairs = (pair.partition("=") for pair in words(mapping))
    return tuple(dict.fromkeys(need for known, _, need in pairs if known in has))


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a household: who cares for whom follows from it."""

    person_id: str
    household_id: str
    depends: bool  # by a vulnerability that the pack names
    guardian_id: str = ""


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Somebody who would stay without anybody, and who of those moved would have to stay or be replaced."""

    person_id: str
    carer_id: str


def left_alone(
    members: Iterable[Member], *, moving: Collection[str], away: Collection[str], named: Collection[str]
) -> list[LeftAlone]:
    """Dependents who stay while all who could care for them are moved or away already, and nobody is named (G24).

    A dependent's carers are the guardian where there is one, else everybody of the household who does not depend.
    """
    by_house: dict[str, list[Member]] = {}
    for one in members:
        if one.household_id:
            by_house.setdefault(one.household_id, []).append(one)
    found = []
    for one in members:
        if not one.depends or one.person_id in moving or one.person_id in away or one.person_id in named:
            continue
        house = by_house.get(one.household_id, [])
        carers = [one.guardian_id] if one.guardian_id else [other.person_id for other in house if not other.depends]
        if any(carer not in moving and carer not in away for carer in carers):
            continue
        going = sorted(carer for carer in carers if carer in moving)
        if going:  # who lived alone before is no duty of this transfer
            found.append(LeftAlone(one.person_id, going[0]))
    return found


@dataclass(frozen=True, slots=True)
class Shares:
    """A wait at a door, divided: the sender's part (came before the time announced) and the receiver's (after it)."""

    sender: timedelta
    receiver: timedelta

    @property
    def whole(self) -> timedelta:
        """The whole wait."""
        return self.sender + self.receiver


def shares_of_wait(*, announced_at: datetime | None, door_at: datetime, until: datetime) -> Shares:
    """Whose a wait from ``door_at`` to ``until`` is; an arrival that was never announced is the sender's alone."""
    wait = max(until - door_at, timedelta(0))
    if announced_at is None:
        return Shares(wait, timedelta(0))
    early = min(max(announced_at - door_at, timedelta(0)), wait)
    return Shares(early, wait - early)


def next_morning(at: datetime, *, hour: float) -> datetime:
    """The next local morning at this hour, strictly after the instant."""
    local = clock.local(at)
    morning = datetime.combine(local.date(), time(int(hour), round(hour % 1 * 60)), tzinfo=local.tzinfo)
    return clock.as_utc(morning if morning > local else morning + timedelta(days=1))


def in_hours(begin: datetime, end: datetime, *, low: time, high: time) -> bool:
    """Whether any of ``[begin, end)`` lies in these local hours of a day (02:00 to 05:00 for coaches)."""
    day = clock.local(begin).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    while day < end:
        first = day.replace(hour=low.hour, minute=low.minute)
        last = day.replace(hour=high.hour, minute=high.minute) + (timedelta(days=1) if high <= low else timedelta(0))
        if first < end and begin < last:
            return True
        day += timedelta(days=1)
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """What is known of a trip at the instant in which it wants to leave."""

    planned_at: datetime
    ends_at: datetime
    coach: bool
    stop_from: time
    stop_until: time
    driver_until: datetime
    vehicle_until: datetime
    not_agreed: Sequence[str] = ()  # receivers in other cities with whom something is not agreed
    not_boarded: Sequence[str] = ()
    stopped: bool = False


def require_departure(trip: Departure, *, at: datetime) -> None:
    """Safety limits are hard: ``Refused`` when leaving now would break one; no deadline is asked."""
    if trip.stopped:
        message = "the trip is stopped for safety"
        raise Refused(message, code="stopped", remedy="The unit above answers the stop first.")
    if trip.not_agreed:
        message = f"acceptance, record and return journey are not agreed with {', '.join(trip.not_agreed)}"
        raise Refused(message, code="not-agreed", remedy="Agree all three before anybody departs.")
    if trip.not_boarded:
        message = f"{len(trip.not_boarded)} of this trip have not boarded: {', '.join(trip.not_boarded[:5])}"
        raise Refused(message, code="not-boarded", remedy="Board them, or leave them in place with a reason.")
    ends_at = trip.ends_at + max(at - trip.planned_at, timedelta(0))
    if trip.coach and in_hours(min(at, trip.planned_at), ends_at, low=trip.stop_from, high=trip.stop_until):
        message = f"leaving now a coach would be on the road between {trip.stop_from:%H:%M} and {trip.stop_until:%H:%M}"
        raise Refused(message, code="coach-stop", remedy="Plan anew: they stay where they are until the morning.")
    if ends_at > trip.driver_until or ends_at > trip.vehicle_until:
        message = "leaving so late the trip would end after the shift"
        raise Refused(message, code="shift-over", remedy="Plan anew, with another driver or vehicle.")

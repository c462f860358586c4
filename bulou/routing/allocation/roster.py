"""Who drives what and when: the days of drivers and vehicles, and the earliest slot for one more trip (A12, A14-A17)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from bulou.routing.allocation.problem import FAR, Problem
from bulou.routing.allocation.rides import Ride, ride
from bulou.routing.allocation.rooms import Beds


@dataclass(slots=True, eq=False)
class Load:
    """A trip's content, and when it goes once it has a slot. ``stops``: points of pick-ups, then of sites."""

    kind: int
    risk: int
    units: tuple[int, ...]
    beds: dict[int, Beds]
    goes_to: dict[int, int]  # unit → site
    points: tuple[int, ...]
    sites: tuple[int, ...]
    counts: tuple[int, ...]  # people at each stop
    earliest: tuple[int, ...]  # at each stop: not before (ready, room open)
    latest: tuple[int, ...]  # at each stop: not after (due, room closed)
    size: int
    weight: float
    day: Ride | None
    night: Ride | None
    name: str = ""
    driver: int = -1
    vehicle: int = -1
    start: int = 0
    ride: Ride | None = None
    wait: int = 0
    fixed: bool = False  # has left, or may not change
    changed: set[int] = field(default_factory=set)

    @property
    def end(self) -> int:
        """When the vehicle is back."""
        return self.start + (self.ride.length if self.ride else 0)


@dataclass(frozen=True, slots=True)
class Slot:
    """Where and when a load can go."""

    driver: int
    vehicle: int
    start: int
    ride: Ride


@dataclass(frozen=True, slots=True)
class Gap:
    """Free time of a driver between trips: seconds before the one after, where the one before ended."""

    driver: int
    place: int  # in the driver's day
    begins: int
    ends: int
    work: int
    after: int  # the point where the trip before ended, -1 when there is none
    before: int  # the point where the trip after begins, -1


def rides_of(problem: Problem, kind: int, points: tuple[int, ...], sites: tuple[int, ...], counts: tuple[int, ...]) -> (
    tuple[Ride | None, Ride | None]
):  # fmt: skip
    """The trip by day and by night."""
    base = problem.kinds[kind].base
    stops = (*points, *(problem.sites[site].point for site in sites))
    by_night = ride(problem, base, stops, counts, problem.night_limit)
    if by_night is not None and not by_night.rests:
        return by_night, by_night
    return ride(problem, base, stops, counts, problem.day_limit), by_night


def span(load: Load, going: Ride) -> tuple[int, int]:
    """The first and last second at which the load may leave."""
    first, last = -FAR, FAR
    for at, earliest, latest in zip(going.at, load.earliest, load.latest, strict=True):
        first = max(first, earliest - at)
        last = min(last, latest - at)
    return first, last


class Roster:
    """The days of all drivers and vehicles."""

    def __init__(self, problem: Problem) -> None:
        """Nobody drives yet."""
        self.problem = problem
        self.days: list[list[Load]] = [[] for _ in problem.shifts]
        self.worked = [0] * len(problem.shifts)
        self.busy: list[list[tuple[int, int]]] = [[] for _ in problem.instance.vehicles]

    def gaps(self, driver: int) -> Iterator[Gap]:
        """The driver's free times, in order."""
        shift, day = self.problem.shifts[driver], self.days[driver]
        work = shift.work - self.worked[driver]
        if work <= 0:
            return
        for place in range(len(day) + 1):
            begins = day[place - 1].end if place else shift.begins
            ends = day[place].start if place < len(day) else shift.ends
            if ends > begins:
                after = self.problem.kinds[day[place - 1].kind].base if place else -1
                before = self.problem.kinds[day[place].kind].base if place < len(day) else -1
                yield Gap(driver, place, begins, ends, work, after, before)

    def reach(self, gap: Gap, kind: int) -> tuple[int, int]:
        """The part of a gap in which a vehicle of the kind can be on a trip: its shift, the driver's ways between bases."""
        vehicles = self.problem.kinds[kind]
        begins, ends = gap.begins, gap.ends
        if gap.after >= 0:
            begins += self.problem.drive(gap.after, vehicles.base)
        if gap.before >= 0:
            ends -= self.problem.drive(vehicles.base, gap.before)
        return max(begins, vehicles.shift_from), min(ends, vehicles.shift_until)

    def slot(self, load: Load, gap: Gap, *, any_vehicle: bool = False) -> Slot | None:
        """The earliest slot for the load in a gap; ``any_vehicle``: as if no vehicle were on a trip."""
        begins, ends = self.reach(gap, load.kind)
        rest = self.problem.rest
        for lead, tail in ((0, 0), (rest, 0), (0, rest), (rest, rest)):
            first = max(begins, gap.begins + lead) if gap.after >= 0 else begins
            last = min(ends, gap.ends - tail) if gap.before >= 0 else ends
            found = self._at(load, gap, first, last, any_vehicle=any_vehicle)
            if found is None:
                if not lead and not tail:
                    return None
                continue
            if self._rested(gap, found):
                return found
        return None

    def _at(self, load: Load, gap: Gap, begins: int, ends: int, *, any_vehicle: bool = False) -> Slot | None:
        problem, kind = self.problem, self.problem.kinds[load.kind]
        start = begins
        for _ in range(64):
            going, start_or_none = self._start(load, start, ends, gap.work)
            if going is None or start_or_none is None:
                return None
            start = start_or_none
            if kind.coach and (over := problem.coach_stop.after(start, start + going.length)) is not None:
                start = over
                continue
            own = problem.shifts[gap.driver].vehicle if gap.driver >= 0 else None
            if any_vehicle:
                return Slot(gap.driver, own if own is not None else kind.members[0], start, going)
            vehicle, later = self._vehicle(load.kind, own, start, going.length)
            if vehicle >= 0:
                return Slot(gap.driver, vehicle, start, going)
            if later >= FAR:
                return None
            start = later
        return None

    def _start(self, load: Load, start: int, ends: int, work: int) -> tuple[Ride | None, int | None]:
        """By day if that touches no night, else by night, else after the night."""
        for _ in range(8):
            if load.day is not None:
                first, last = span(load, load.day)
                at = max(start, first)
                fits = at <= last and at + load.day.length <= ends and load.day.length <= work
                if fits and (load.day is load.night or self.problem.night.after(at, at + load.day.length) is None):
                    return load.day, at
            if load.night is not None:
                first, last = span(load, load.night)
                at = max(start, first)
                if at <= last and at + load.night.length <= ends and load.night.length <= work:
                    return load.night, at
            if load.day is None:
                return None, None
            first, _ = span(load, load.day)
            at = max(start, first)
            over = self.problem.night.after(at, at + load.day.length)
            if over is None or over <= start:
                return None, None
            start = over
        return None, None

    def _vehicle(self, kind: int, own: int | None, start: int, length: int) -> tuple[int, int]:
        """A vehicle that is free for so long from then on, and clean; else -1 and the next second worth trying."""
        turn, soonest = self.problem.turn, FAR
        for vehicle in self.problem.kinds[kind].members if own is None else (own,):
            busy = self.busy[vehicle]
            if not busy:
                return vehicle, start
            place = bisect_left(busy, (start, 0))
            ready = busy[place - 1][1] + turn if place else -FAR
            if ready <= start and (place == len(busy) or start + length + turn <= busy[place][0]):
                return vehicle, start
            for index in range(max(0, place - 1), len(busy)):
                free_at = busy[index][1] + turn
                if free_at > start and (index + 1 == len(busy) or free_at + length + turn <= busy[index + 1][0]):
                    soonest = min(soonest, free_at)
                    break
        return -1, soonest

    def _rested(self, gap: Gap, slot: Slot) -> bool:
        """Whether the driver's day with this load keeps the limit of continuous driving."""
        if gap.driver < 0:
            return True
        day = self.days[gap.driver]
        trips = [(one.start, one.ride) for one in day]
        trips.insert(gap.place, (slot.start, slot.ride))
        return rested(self.problem, [(start, going) for start, going in trips if going is not None])

    def put(self, load: Load, slot: Slot) -> None:
        """Let the load go in the slot."""
        load.driver, load.vehicle, load.start, load.ride = slot.driver, slot.vehicle, slot.start, slot.ride
        self.restore(load)

    def restore(self, load: Load) -> None:
        """Put a load back where it was."""
        day = self.days[load.driver]
        place = len(day)
        while place and day[place - 1].start > load.start:
            place -= 1
        day.insert(place, load)
        self.worked[load.driver] += load.end - load.start
        busy = self.busy[load.vehicle]
        busy.insert(bisect_left(busy, (load.start, load.end)), (load.start, load.end))

    def remove(self, load: Load) -> None:
        """Take a load out of its driver's and vehicle's day."""
        self.days[load.driver].remove(load)
        self.worked[load.driver] -= load.end - load.start
        self.busy[load.vehicle].remove((load.start, load.end))


def rested(problem: Problem, trips: list[tuple[int, Ride]]) -> bool:
    """Whether continuous driving over trips in order stays within its limits, with gaps of a rest's length as rests."""
    driven, since, before = 0, 0, -FAR
    for start, going in trips:
        for number, (driving, begins, ends) in enumerate(going.stretches):
            if number or start - before >= problem.rest:
                driven, since = 0, start + begins
            driven += driving
            night = problem.night.after(since, start + ends) is not None
            if driven > (problem.night_limit if night else problem.day_limit):
                return False
        before = start + going.length
    return True

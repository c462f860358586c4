"""An instance as whole numbers: units, points, sites with kinds of rooms, kinds of vehicles, drivers, the clock's windows.

Seconds are POSIX seconds; classes, points, sites, units, rooms, vehicles and drivers are places in lists.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bulou.kernel import clock
from bulou.routing.allocation.asks import ESCORT, Household, carers_within, households
from bulou.routing.allocation.values import Instance, Limits, RiskClass, Room, Vehicle

RISKS = tuple(RiskClass)
NUMBER = {risk: place for place, risk in enumerate(RISKS)}
FAR = 1 << 60  # later than anything


@dataclass(slots=True)
class Unit:
    """What is planned as one. ``stops``: (point, people there, their ready second)."""

    key: tuple[str, RiskClass]
    household: Household
    size: int
    risk: int
    stops: tuple[tuple[int, int, int], ...]
    ready: int  # the sum over people, for their waiting
    ready_last: int
    due: int
    weight: float
    room: frozenset[str]
    vehicle: frozenset[str]
    escort: bool
    plain: bool
    carers: tuple[tuple[int, tuple[int, ...]], ...]
    like: int = 0  # units with the same number fit the same rooms


@dataclass(slots=True)
class RoomKind:
    """Rooms of one site that are alike."""

    risk: int | None
    beds: int
    features: frozenset[str]
    opens: int
    closes: int
    rooms: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Site:
    """Rooms of one site at one place; ``kinds`` by rising beds and number of features."""

    site_id: str
    point: int
    kinds: list[RoomKind] = field(default_factory=list)


@dataclass(slots=True)
class VehicleKind:
    """Vehicles that are alike: the same place, seats, class, features, shift (and driver, when each has its own)."""

    base: int
    seats: int
    coach: bool
    risk: int | None
    features: frozenset[str]
    shift_from: int
    shift_until: int
    members: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shift:
    """A driver's time; ``vehicle`` is set when the driver is a vehicle's own (-1: of one that is not there)."""

    driver_id: str
    begins: int
    ends: int
    work: int  # seconds of trips
    vehicle: int | None = None


class Windows:
    """A daily window of local time as intervals of seconds, over the days asked for."""

    def __init__(self, first: int, last: int, opens: timedelta, closes: timedelta) -> None:
        """``opens`` and ``closes`` are counted from local midnight; a window over midnight closes on the next day."""
        if closes < opens:
            closes += timedelta(days=1)
        self.starts: list[int] = []
        self.ends: list[int] = []
        day = clock.day_of(datetime.fromtimestamp(first, clock.CITY_ZONE)) - timedelta(days=1)
        while closes != opens:
            midnight, _ = clock.day_bounds(day)
            begins = int((midnight + opens).timestamp())
            if begins > last:
                break
            self.starts.append(begins)
            self.ends.append(int((midnight + closes).timestamp()))
            day += timedelta(days=1)

    def after(self, begins: int, ends: int) -> int | None:
        """The end of a window that [begins, ends) shares an instant with; None when there is none."""
        place = bisect_right(self.ends, begins)
        if place < len(self.starts) and self.starts[place] < ends:
            return self.ends[place]
        return None


def _since_midnight(limits: Limits, name: str) -> timedelta:
    at = getattr(limits, name)
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def stamp(at: datetime) -> int:
    """A whole second not before the instant."""
    return math.ceil(at.timestamp())


def _sorted(instance: Instance) -> Instance:
    """The same by ids, so that the order of rows in a file changes nothing."""
    drivers = instance.drivers
    return Instance(
        tuple(sorted(instance.people, key=lambda one: one.person_id)),
        tuple(sorted(instance.rooms, key=lambda one: (one.site_id, one.room_id))),
        tuple(sorted(instance.vehicles, key=lambda one: one.vehicle_id)),
        None if drivers is None else tuple(sorted(drivers, key=lambda one: one.driver_id)),
    )


class _Legs(dict[int, int]):
    """Seconds from one point to others."""

    def __init__(self, problem: Problem, here: int) -> None:
        super().__init__()
        self.problem, self.here = problem, here

    def __missing__(self, there: int) -> int:
        found = self[there] = self.problem.limits.seconds(self.problem.km(self.here, there))
        return found


class Problem:
    """Everything that the solver looks at; never changed after it is made."""

    def __init__(self, instance: Instance, limits: Limits, *, not_before: datetime | None = None) -> None:
        """Compile; ``not_before`` is the first instant at which any trip may leave."""
        self.instance, self.limits = _sorted(instance), limits
        self.x: list[float] = []
        self.y: list[float] = []
        self._points: dict[tuple[float, float], int] = {}
        self.legs: list[_Legs] = []  # seconds from a point to each other, filled as they are asked for
        self.per_stop = int(limits.per_stop.total_seconds())
        self.per_person = limits.per_person.total_seconds()
        self.turn = int(limits.turn_round.total_seconds())
        self.rest = int(limits.rest.total_seconds())
        self.day_limit = int(limits.continuous_day.total_seconds())
        self.night_limit = min(self.day_limit, int(limits.continuous_night.total_seconds()))
        self.on_board = int(limits.on_board.total_seconds())
        self.begins = stamp(not_before) if not_before else -FAR
        self.households = households(self.instance, limits)
        self.units = self._units(self.households)
        self.pickups = len(self.x)
        self.sites = self._sites(self.instance.rooms)
        self.kinds, self.kind_of = self._kinds(self.instance.vehicles)
        self.shifts = self._shifts()
        edges = [kind.shift_from for kind in self.kinds] + [kind.shift_until for kind in self.kinds] or [0]
        span = (min(edges) - 86_400, max(edges) + 86_400)
        self.coach_stop = Windows(
            *span, _since_midnight(limits, "coach_stop_from"), _since_midnight(limits, "coach_stop_until")
        )  # fmt: skip
        self.night = Windows(*span, _since_midnight(limits, "night_from"), _since_midnight(limits, "night_until"))

    def point(self, x: float, y: float) -> int:
        """The number of a place."""
        found = self._points.get((x, y))
        if found is None:
            found = self._points[x, y] = len(self.x)
            self.x.append(x)
            self.y.append(y)
            self.legs.append(_Legs(self, found))
        return found

    def drive(self, here: int, there: int) -> int:
        """Seconds from one point to another."""
        return self.legs[here][there]

    def km(self, here: int, there: int) -> float:
        """Straight kilometres."""
        return math.hypot(self.x[here] - self.x[there], self.y[here] - self.y[there])

    def stand(self, people: int) -> int:
        """Seconds that a stop lasts."""
        return self.per_stop + math.ceil(people * self.per_person)

    def _units(self, made: dict[tuple[str, RiskClass], Household]) -> list[Unit]:
        last = max((person.ready_at for person in self.instance.people), default=None)
        found: list[Unit] = []
        likes: dict[object, int] = {}
        for key, household in made.items():
            stops: dict[int, list[int]] = defaultdict(list)
            for person in household.people:
                stops[self.point(person.x, person.y)].append(stamp(person.ready_at))
            carers = carers_within(household)
            unit = Unit(
                key, household, len(household.people), NUMBER[key[1]],
                tuple((point, len(ready), max(ready)) for point, ready in sorted(stops.items())),
                sum(sum(ready) for ready in stops.values()), max(max(ready) for ready in stops.values()),
                min(math.floor(person.due_at.timestamp()) for person in household.people),
                self._weight(household, key[1], last), household.room, household.vehicle, household.needs_escort,
                household.plain, tuple(carers) if carers is not None else (),
            )  # fmt: skip
            asked = (unit.size, unit.risk) if unit.plain else (unit.risk, household.asks, unit.carers)
            unit.like = likes.setdefault(asked, len(likes))
            found.append(unit)
        return found

    def _weight(self, household: Household, risk: RiskClass, last: datetime | None) -> float:
        limits, weight = self.limits, 0.0
        frail = any(ask.room or ask.vehicle or ask.companion or ask.dependent for ask in household.asks)
        for person in household.people:
            one = limits.weight_case if risk is RiskClass.CASE else limits.weight_need if frail else 1.0
            waited = (last - person.ready_at).total_seconds() / 3600 if last else 0.0
            weight += one * (1 + limits.weight_waiting * min(waited, 24.0))
        return weight

    def _sites(self, rooms: Sequence[Room]) -> list[Site]:
        sites: dict[tuple[str, float, float], Site] = {}
        kinds: dict[tuple[object, ...], RoomKind] = {}
        for place in sorted(range(len(rooms)), key=lambda place: (rooms[place].site_id, rooms[place].room_id)):
            room = rooms[place]
            where = (room.site_id, room.x, room.y)
            if where not in sites:
                sites[where] = Site(room.site_id, self.point(room.x, room.y))
            opens = stamp(room.opens_at) if room.opens_at else -FAR
            closes = stamp(room.closes_at) if room.closes_at else FAR
            risk = None if room.risk is None else NUMBER[room.risk]
            like = (where, risk, room.beds, room.features, opens, closes)
            if like not in kinds:
                kinds[like] = RoomKind(risk, room.beds, room.features, opens, closes)
                sites[where].kinds.append(kinds[like])
            kinds[like].rooms.append(place)
        for site in sites.values():
            site.kinds.sort(key=lambda kind: (kind.beds, len(kind.features), kind.risk is None, kind.opens))
        return list(sites.values())

    def _kinds(self, vehicles: Sequence[Vehicle]) -> tuple[list[VehicleKind], list[int]]:
        kinds: dict[tuple[object, ...], int] = {}
        found: list[VehicleKind] = []
        of = [0] * len(vehicles)
        own = self.instance.drivers is None
        for place in sorted(range(len(vehicles)), key=lambda place: vehicles[place].vehicle_id):
            one = vehicles[place]
            like = (one.x, one.y, one.seats, one.risk, one.features, one.shift_from, one.shift_until, place if own else -1)
            if like not in kinds:
                kinds[like] = len(found)
                risk = None if one.risk is None else NUMBER[one.risk]
                found.append(
                    VehicleKind(
                        self.point(one.x, one.y),
                        self.limits.usable_seats(one),
                        self.limits.is_coach(one),
                        risk,
                        one.features,
                        max(stamp(one.shift_from), self.begins),
                        math.floor(one.shift_until.timestamp()),
                    )
                )
            found[kinds[like]].members.append(place)
            of[place] = kinds[like]
        return found, of

    def _shifts(self) -> list[Shift]:
        if self.instance.drivers is None:
            work = int(self.limits.driver_hours * 3600)
            return [
                Shift("", kind.shift_from, kind.shift_until, work, vehicle)
                for kind in self.kinds
                for vehicle in kind.members
            ]  # fmt: skip
        named = {one.vehicle_id: place for place, one in enumerate(self.instance.vehicles)}
        return [
            Shift(
                one.driver_id,
                max(stamp(one.shift_from), self.begins),
                math.floor(one.shift_until.timestamp()),
                int(one.hours_left * 3600 + 1e-6),
                named.get(one.vehicle_id, -1) if one.vehicle_id else None,
            )
            for one in sorted(self.instance.drivers, key=lambda one: one.driver_id)
        ]

    def suits(self, kind: VehicleKind, unit: Unit) -> bool:
        """Whether a vehicle of the kind may take the unit at all: class, features, company, seats."""
        return (
            (kind.risk is None or kind.risk == unit.risk)
            and unit.vehicle <= kind.features
            and unit.size <= kind.seats
            and not (unit.escort and ESCORT not in kind.features)
        )


def people_of(units: Iterable[Unit]) -> int:
    """How many people units are."""
    return sum(unit.size for unit in units)

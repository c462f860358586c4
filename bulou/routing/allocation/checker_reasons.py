"""Whether the reason given for everybody who stays is true (A20): the code holds, and no earlier one does.

Each code is computed in two readings. A reason is called false only when it fails in the reading that favours the plan, or
when an earlier code holds in the reading that does not: a dispute over a minute's rest accuses nobody.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from bulou.routing.allocation.checker_case import CARER, CARES_FOR, ESCORT, Case, Violation, named
from bulou.routing.allocation.checker_free import Free, Way, fits
from bulou.routing.allocation.checker_room import Holds, holds
from bulou.routing.allocation.checker_trips import service
from bulou.routing.allocation.values import Person, Reason, Room, Vehicle


@dataclass(frozen=True, slots=True)
class Truth:
    """Whether a code may be said (the reading that favours the plan), and whether it must be."""

    may: bool
    must: bool


def check(case: Case) -> Iterator[Violation]:
    """Each unplaced person's code that is not true, or is not the first that is."""
    given = {one.person_id: one for one in case.plan.unplaced}
    city = _City(case)
    answers: dict[object, dict[Reason, Truth]] = defaultdict(dict)
    for unit, members in case.units.items():
        stays = [one for one in members if one.person_id in given]
        if len(stays) < len(members):
            continue  # A2 has said so
        asked = _Unit(case, city, members)
        known = answers[asked.signature] if asked.is_plain else {}
        for code in {given[one.person_id].code for one in stays}:
            words = _false(asked, code, known)
            if words:
                yield Violation("A20", unit[0], words)


def _false(unit: _Unit, code: Reason, known: dict[Reason, Truth]) -> str:
    for one in Reason:
        if one not in known:
            known[one] = _TRUTHS[one](unit)
        if one is code:
            return "" if known[one].may else f"the reason {code} is not true"
        if known[one].must:
            return f"the reason {code} is given where {one} holds"
    return ""


@dataclass
class _City:
    """What of rooms, vehicles and drivers is there, and what of them the plan leaves."""

    case: Case
    free: Free = field(init=False)
    held: dict[object, list[str]] = field(default_factory=dict)
    hours_of: dict[object, tuple[datetime | None, datetime | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What the plan leaves free is computed when a reason asks for it."""
        self.free = Free(self.case)

    @cached_property
    def has_hours(self) -> bool:
        """Whether any room is not always open."""
        return any(room.opens_at or room.closes_at for room in self.case.instance.rooms)

    @cached_property
    def _hours(self) -> tuple[list[datetime], list[datetime]]:
        rooms = self.case.instance.rooms
        return sorted({one.opens_at for one in rooms if one.opens_at}), sorted(
            {one.closes_at for one in rooms if one.closes_at}
        )

    def open_rooms(self, ready_at: datetime, due_at: datetime) -> tuple[int, int]:
        """A window by which rooms are open in it: equal for windows in which the same rooms are."""
        opens, closes = self._hours
        return bisect_right(opens, due_at), bisect_right(closes, ready_at)

    def door(self, site: str) -> Room:
        """A room that stands for where the site is."""
        return self.sites[site][0][0]

    @cached_property
    def sites(self) -> Mapping[str, list[tuple[Room, int]]]:
        """Every site's rooms with all their beds."""
        found: dict[str, list[tuple[Room, int]]] = defaultdict(list)
        for room in self.case.instance.rooms:
            found[room.site_id].append((room, room.beds))
        return found

    @cached_property
    def empty(self) -> Mapping[str, list[tuple[Room, int]]]:
        """Every site's rooms in which the plan puts nobody."""
        return self._left(shared=False)

    @cached_property
    def left(self) -> Mapping[str, list[tuple[Room, int]]]:
        """Every site's rooms with the beds that the plan leaves, also in rooms that a class may share."""
        return self._left(shared=True)

    def _left(self, *, shared: bool) -> Mapping[str, list[tuple[Room, int]]]:
        found: dict[str, list[tuple[Room, int]]] = defaultdict(list)
        for room in self.case.instance.rooms:
            inside = self.case.in_room.get(room.room_id, [])
            if not inside or (shared and inside[0].risk in self.case.limits.shared_room_classes):
                found[room.site_id].append((room, room.beds - len(inside)))
        return {site: rooms for site, rooms in found.items() if any(beds > 0 for _, beds in rooms)}


class _Unit:
    """One unit that stays, and what its codes are asked of."""

    def __init__(self, case: Case, city: _City, people: list[Person]) -> None:
        self.case, self.city, self.people = case, city, people
        self.n, self.risk = len(people), people[0].risk
        self.ready_at = max(one.ready_at for one in people)
        self.due_at = min(one.due_at for one in people)
        self.one_place = all((one.x, one.y) == (people[0].x, people[0].y) for one in people)
        self.escort = any(map(case.needs_company, people)) and not any(map(case.can_accompany, people))
        self.vehicle_needs = case.vehicle_needs(people) | ({ESCORT} if self.escort else frozenset())
        self.boarding = service(case, self.n)

    @property
    def is_plain(self) -> bool:
        """Whether units like it share its answers: nobody in it needs anything, and its group is of one class."""
        return not any(one.needs for one in self.people) and len({one.risk for one in self.group}) == 1

    @property
    def signature(self) -> object:
        """What the answers of a plain unit depend on."""
        first = self.people[0]
        named_by_none = all(one.person_id not in self.city.free.carers for one in self.people)
        key = (self.risk, self.n, first.x, first.y, self.one_place, self.ready_at, self.due_at)
        return key if named_by_none else (*key, first.person_id)

    @property
    def group(self) -> list[Person]:
        """All of its group, also of other classes."""
        return self.case.groups[self.people[0].group_id]

    @cached_property
    def class_vehicles(self) -> list[Vehicle]:
        """Vehicles of its class."""
        return [one for one in self.case.instance.vehicles if one.risk in {None, self.risk}]

    @cached_property
    def apt_vehicles(self) -> list[Vehicle]:
        """Vehicles that suit: class, needs, company."""
        return [one for one in self.class_vehicles if self.vehicle_needs <= one.features]

    @cached_property
    def vehicles(self) -> list[Vehicle]:
        """Those of them that take all of it."""
        return [one for one in self.apt_vehicles if self.case.limits.usable_seats(one) >= self.n]

    def open_in_time(self, room: Room) -> bool:
        """Whether a room is open at some instant of the window."""
        opens = room.opens_at is None or room.opens_at <= self.due_at
        return opens and (room.closes_at is None or room.closes_at > self.ready_at)

    def sites(self, stock: Mapping[str, list[tuple[Room, int]]], *, favour: bool, in_time: bool = True) -> list[str]:
        """Sites of a stock of rooms that hold it; with ``favour`` those that perhaps do count as well, else they do not."""
        hours = in_time and self.city.has_hours
        # Units that are alike in this are held by the same sites: 20,000 rooms are looked through once.
        needs = tuple(sorted(tuple(sorted(one.needs)) for one in self.people))
        if any(named(one, word) for one in self.people for word in (CARER, CARES_FOR)):
            return self._sites(stock, favour=favour, hours=hours)
        key = (id(stock), favour, self.risk, needs, self.city.open_rooms(self.ready_at, self.due_at) if hours else None)
        if key not in self.city.held:
            self.city.held[key] = self._sites(stock, favour=favour, hours=hours)
        return self.city.held[key]

    def _sites(self, stock: Mapping[str, list[tuple[Room, int]]], *, favour: bool, hours: bool) -> list[str]:
        wanted = {Holds.YES, Holds.PERHAPS} if favour else {Holds.YES}
        found = []
        for site, rooms in stock.items():
            usable = [one for one in rooms if self.open_in_time(one[0])] if hours else rooms
            if usable and holds(self.case, self.people, usable) in wanted:
                found.append(site)
        return found

    @cached_property
    def wide(self) -> list[str]:
        """Sites that may hold it, in time, all rooms empty."""
        return self.sites(self.city.sites, favour=True)

    def ways(self, sites: list[str], *, favour: bool) -> Iterator[Way]:
        """How it would travel to each of these, alone; ``favour``: with every doubt on the side of *it could*."""
        limits = self.case.limits
        first = self.people[0]
        for site in sites:
            door = self.city.door(site)
            km = math.hypot(door.x - first.x, door.y - first.y)
            drive = timedelta(seconds=limits.seconds(km))
            aboard = drive if favour else drive + self.boarding
            if aboard > limits.on_board or km > limits.route_km:
                continue
            opens_at, closes_at = self._hours(site, favour=favour) if self.city.has_hours else (None, None)
            yield Way(
                x=first.x,
                y=first.y,
                to_x=door.x,
                to_y=door.y,
                drive=drive,
                boarding=self.boarding,
                ready_at=self.ready_at,
                due_at=self.due_at,
                opens_at=opens_at,
                closes_at=closes_at,
                cautious=not favour,
            )

    def _hours(self, site: str, *, favour: bool) -> tuple[datetime | None, datetime | None]:
        """From when until when a site takes it: with ``favour`` the widest hours of any room, else what all have in common."""
        known = self.city.hours_of
        key = (site, self.risk, favour, self.city.open_rooms(self.ready_at, self.due_at))
        if key not in known:
            rooms = [room for room, _ in self.city.sites[site] if room.risk in {None, self.risk} and self.open_in_time(room)]
            opens = [room.opens_at for room in rooms if room.opens_at]
            closes = [room.closes_at for room in rooms if room.closes_at]
            if favour:
                opens = opens if len(opens) == len(rooms) else []
                closes = closes if len(closes) == len(rooms) else []
            first, last = (min, max) if favour else (max, min)
            known[key] = (first(opens) if opens else None), (last(closes) if closes else None)
        return known[key]


def _carer_of_other_class(unit: _Unit) -> Truth:
    if len({one.risk for one in unit.group}) == 1:
        return Truth(may=False, must=False)
    people = unit.case.people
    dependents = [one for one in unit.group if unit.case.is_dependent(one)]
    silent = any(not named(one, CARER) for one in dependents)
    apart = any(carer in people and people[carer].unit != one.unit for one in dependents for carer in named(one, CARER))
    return Truth(may=silent or apart, must=silent)


def _carer_apart(unit: _Unit) -> Truth:
    people, own = unit.case.people, unit.people[0].unit
    abroad = any(carer in people and people[carer].unit != own for one in unit.people for carer in named(one, CARER))
    wanted = any(
        people[dependent].unit != own for one in unit.people for dependent in unit.city.free.carers.get(one.person_id, ())
    )
    return _plain(abroad or wanted)


def _plain(true: bool) -> Truth:  # noqa: FBT001 - the value itself
    return Truth(may=true, must=true)


def _leaves_dependent(unit: _Unit) -> Truth:
    members = {one.person_id for one in unit.people}
    return _plain(any(dependent not in members for one in unit.people for dependent in named(one, CARES_FOR)))


def _no_carer(unit: _Unit) -> Truth:
    free = any(not unit.case.is_dependent(one) for one in unit.people)
    return _plain(not free and any(unit.case.is_dependent(one) and not named(one, CARER) for one in unit.people))


def _no_companion(unit: _Unit) -> Truth:
    return _plain(unit.escort and not unit.apt_vehicles)


def _no_room_of_class(unit: _Unit) -> Truth:
    return _plain(not any(room.risk in {None, unit.risk} for room in unit.case.instance.rooms))


def _no_room_for_need(unit: _Unit) -> Truth:
    if not any(one.needs for one in unit.people):
        return _plain(true=False)
    rooms = unit.case.instance.rooms
    return _plain(any(not any(unit.case.takes(room, [one]) for room in rooms) for one in unit.people if one.needs))


def _no_room_large_enough(unit: _Unit) -> Truth:
    surely = unit.sites(unit.city.sites, favour=False, in_time=False)
    perhaps = surely or unit.sites(unit.city.sites, favour=True, in_time=False)
    return Truth(may=not surely, must=not perhaps)


def _no_room_in_time(unit: _Unit) -> Truth:
    return Truth(may=not unit.sites(unit.city.sites, favour=False), must=not unit.wide)


def _no_vehicle_of_class(unit: _Unit) -> Truth:
    return _plain(not unit.class_vehicles)


def _no_vehicle_for_need(unit: _Unit) -> Truth:
    return _plain(not unit.apt_vehicles)


def _no_vehicle_large_enough(unit: _Unit) -> Truth:
    return _plain(not unit.vehicles)


def _too_far(unit: _Unit) -> Truth:
    return Truth(
        may=not any(unit.ways(unit.sites(unit.city.sites, favour=False), favour=False)),
        must=not any(unit.ways(unit.wide, favour=True)),
    )


def _window(unit: _Unit) -> Truth:
    def could(*, favour: bool) -> bool:
        sites = unit.wide if favour else unit.sites(unit.city.sites, favour=False)
        ways = unit.ways(sites, favour=favour)
        return any(
            fits(unit.case, way, vehicle, driver) for way in ways for vehicle, driver in unit.city.free.pairs(unit.vehicles)
        )

    return Truth(may=not unit.one_place or not could(favour=False), must=unit.one_place and not could(favour=True))


def _rooms_taken(unit: _Unit) -> Truth:
    strict = unit.ways(unit.sites(unit.city.empty, favour=False), favour=False)
    wide = unit.ways(unit.sites(unit.city.left, favour=True), favour=True)
    free = unit.city.free
    reached = any(fits(unit.case, way, vehicle, driver) for way in strict for vehicle, driver in free.pairs(unit.vehicles))
    return Truth(may=not reached, must=not any(wide))


def _left_over(unit: _Unit, could: Callable[[Way], bool], would: Callable[[Way], bool]) -> Truth:
    """A code about what the plan leaves: it may be said unless it surely could, and must be unless it perhaps would."""
    strict = unit.ways(unit.sites(unit.city.empty, favour=False), favour=False)
    wide = unit.ways(unit.sites(unit.city.left, favour=True), favour=True)
    return Truth(may=not unit.one_place or not any(map(could, strict)), must=unit.one_place and not any(map(would, wide)))


def _no_driver_hours(unit: _Unit) -> Truth:
    free, vehicles = unit.city.free, list(unit.city.free.unlike(unit.vehicles))
    asks = lambda way: free.driver_for(way, vehicles)  # noqa: E731 - one question in two readings
    return _left_over(unit, asks, asks)


def _no_vehicle_free(unit: _Unit) -> Truth:
    free = unit.city.free
    asks = lambda way: free.vehicle_for(way, unit.vehicles)  # noqa: E731 - one question in two readings
    return _left_over(unit, asks, asks)


def _no_combination(unit: _Unit) -> Truth:
    free = unit.city.free
    asks = lambda way: free.both_for(way, unit.vehicles)  # noqa: E731 - one question in two readings
    return Truth(may=_left_over(unit, asks, asks).may, must=False)


_TRUTHS: Mapping[Reason, Callable[[_Unit], Truth]] = {
    Reason.CARER_OF_OTHER_CLASS: _carer_of_other_class,
    Reason.CARER_APART: _carer_apart,
    Reason.LEAVES_DEPENDENT: _leaves_dependent,
    Reason.NO_CARER: _no_carer,
    Reason.NO_COMPANION: _no_companion,
    Reason.NO_ROOM_OF_CLASS: _no_room_of_class,
    Reason.NO_ROOM_FOR_NEED: _no_room_for_need,
    Reason.NO_ROOM_LARGE_ENOUGH: _no_room_large_enough,
    Reason.NO_ROOM_IN_TIME: _no_room_in_time,
    Reason.NO_VEHICLE_OF_CLASS: _no_vehicle_of_class,
    Reason.NO_VEHICLE_FOR_NEED: _no_vehicle_for_need,
    Reason.NO_VEHICLE_LARGE_ENOUGH: _no_vehicle_large_enough,
    Reason.TOO_FAR: _too_far,
    Reason.WINDOW: _window,
    Reason.ROOMS_TAKEN: _rooms_taken,
    Reason.NO_DRIVER_HOURS: _no_driver_hours,
    Reason.NO_VEHICLE_FREE: _no_vehicle_free,
    Reason.NO_COMBINATION: _no_combination,
}

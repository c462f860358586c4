"""Why somebody is not placed: codes that are true of the instance (before solving), and of the plan (after it)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import numpy as np

from bulou.kernel import clock
from bulou.routing.allocation.alone import (
    Holding,
    alone,
    gaps_for,
    in_reach,
    kinds_for,
    ready_of,
    slots,
    vehicle_slot,
)
from bulou.routing.allocation.asks import ESCORT, carers_within, separations
from bulou.routing.allocation.build import Builder
from bulou.routing.allocation.pool import State
from bulou.routing.allocation.problem import RISKS, Problem, Unit
from bulou.routing.allocation.rooms import Beds
from bulou.routing.allocation.roster import Load, Slot
from bulou.routing.allocation.values import Reason


class Standing:
    """The codes that hold whatever is planned; ``plannable`` are the units that none holds for."""

    def __init__(self, problem: Problem) -> None:
        """Ask every unit once."""
        self.problem = problem
        self.empty = State(problem, [])
        self.holding = Holding(problem, self.empty.rooms)
        self._order: dict[int, list[int]] = {}
        self._known: dict[object, Reason | None] = {}
        ids = [person.person_id for person in problem.instance.people]
        self.mixed, self.apart, self.leaves = separations(problem.households, ids)
        self.codes: dict[int, Reason] = {}
        for number in range(len(problem.units)):
            code = self._company(problem.units[number]) or self._same(number)
            if code is not None:
                self.codes[number] = code
        self.plannable = [number for number in range(len(problem.units)) if number not in self.codes]

    def _company(self, unit: Unit) -> Reason | None:
        if unit.key in self.mixed:
            return Reason.CARER_OF_OTHER_CLASS
        if unit.key in self.apart:
            return Reason.CARER_APART
        if unit.key in self.leaves:
            return Reason.LEAVES_DEPENDENT
        if carers_within(unit.household) is None:
            return Reason.NO_CARER
        return None

    def _same(self, number: int) -> Reason | None:
        """Units that differ in nothing share the answer."""
        unit = self.problem.units[number]
        key = (unit.like, unit.vehicle, unit.escort, unit.stops, unit.due)
        if key not in self._known:
            self._known[key] = self._rooms(unit) or self._vehicles(unit) or self._way(number)
        return self._known[key]

    def _rooms(self, unit: Unit) -> Reason | None:
        vehicles = self.problem.kinds
        apt = [kind for kind in vehicles if kind.risk in {None, unit.risk} and unit.vehicle <= kind.features]
        if unit.escort and not any(ESCORT in kind.features for kind in apt):
            return Reason.NO_COMPANION
        of_class = [kind for kind in self.empty.rooms.kinds if kind.risk in {None, unit.risk}]
        if not of_class:
            return Reason.NO_ROOM_OF_CLASS
        if not all(any(ask.room <= kind.features for kind in of_class) for ask in unit.household.asks):
            return Reason.NO_ROOM_FOR_NEED
        if not self.holding.sites(unit, in_time=False):
            return Reason.NO_ROOM_LARGE_ENOUGH
        return None if self.holding.sites(unit) else Reason.NO_ROOM_IN_TIME

    def _vehicles(self, unit: Unit) -> Reason | None:
        of_class = [kind for kind in self.problem.kinds if kind.risk in {None, unit.risk}]
        if not of_class:
            return Reason.NO_VEHICLE_OF_CLASS
        escort = {ESCORT} if unit.escort else set()
        apt = [kind for kind in of_class if unit.vehicle | escort <= kind.features]
        if not apt:
            return Reason.NO_VEHICLE_FOR_NEED
        return None if any(kind.seats >= unit.size for kind in apt) else Reason.NO_VEHICLE_LARGE_ENOUGH

    def _way(self, number: int) -> Reason | None:
        unit, near = self.problem.units[number], False
        for site, beds in self.nearest(unit, self.holding.sites(unit)):
            if in_reach(self.problem, unit, site):
                near = True
                if self.could(number, site, beds):
                    return None
        return Reason.WINDOW if near else Reason.TOO_FAR

    def nearest(self, unit: Unit, sites: list[tuple[int, Beds]]) -> Iterator[tuple[int, Beds]]:
        """Sites in the order of their distance from the unit."""
        point = unit.stops[0][0]
        if point not in self._order:
            places = [site.point for site in self.problem.sites]
            self._order[point] = sorted(range(len(places)), key=lambda site: (self.problem.drive(point, places[site]), site))
        held = dict(sites)
        return ((site, held[site]) for site in self._order[point] if site in held)

    def could(self, number: int, site: int, beds: Beds) -> bool:
        """Whether a vehicle and a driver with nothing else to do could bring the unit to this site."""
        problem, unit = self.problem, self.problem.units[number]
        there = problem.drive(unit.stops[0][0], problem.sites[site].point)
        if ready_of(unit) + problem.stand(unit.size) + there > unit.due:
            return False
        for kind in kinds_for(problem, unit):
            load = alone(problem, self.empty.rooms, number, kind, site, beds)
            if load is not None and any(True for _ in slots(problem, self.empty, load)):
                return True
        return False


class Leftover:
    """What a plan leaves for a unit: the trips that it could make alone."""

    def __init__(self, state: State, standing: Standing, builder: Builder) -> None:
        """From the state as it stands; to be made anew when that changes."""
        self.state, self.standing, self.problem, self.builder = state, standing, state.problem, builder
        self.holding = Holding(self.problem, state.rooms)
        self.longest = [
            max(
                (min(gap.work, gap.ends - gap.begins) for gap in gaps_for(self.problem, state.roster, kind)),
                default=0,
            )
            for kind in range(len(self.problem.kinds))
        ]
        self._known: dict[object, Reason] = {}

    def loads(self, number: int, *, drivers: bool = True) -> Iterator[Load]:
        """Trips with the unit alone to the sites whose rooms left hold it; ``drivers``: those short enough for somebody."""
        problem, unit = self.problem, self.problem.units[number]
        kinds, stand = kinds_for(problem, unit), 2 * problem.stand(unit.size)
        point, held = unit.stops[0][0], dict(self.holding.sites(unit))
        for kind in kinds:
            lengths = self.builder.path[problem.kinds[kind].base][point] + (stand - 1)
            for site in np.flatnonzero(lengths <= self.longest[kind]).tolist() if drivers else held:
                if site in held and in_reach(problem, unit, site):
                    load = alone(problem, self.state.rooms, number, kind, site, held[site])
                    if load is not None:
                        yield load

    def trip(self, number: int) -> tuple[Load, Slot] | None:
        """The trip with the unit alone that arrives first, if there is any."""
        best: tuple[int, Load, Slot] | None = None
        for load in self.loads(number):
            for slot in slots(self.problem, self.state, load):
                arrives = slot.start + slot.ride.at[-1]
                if best is None or arrives < best[0]:
                    best = (arrives, load, slot)
        return None if best is None else (best[1], best[2])

    def code(self, number: int) -> Reason:
        """The first code that is true of the plan; units that differ in nothing share it."""
        unit = self.problem.units[number]
        key = (unit.like, unit.vehicle, unit.escort, unit.stops, unit.due)
        if key not in self._known:
            self._known[key] = self._code(number)
        return self._known[key]

    def _code(self, number: int) -> Reason:
        problem, state, unit = self.problem, self.state, self.problem.units[number]
        near = self.standing.nearest(unit, self.holding.sites(unit))
        if not any(in_reach(problem, unit, site) and self.standing.could(number, site, beds) for site, beds in near):
            return Reason.ROOMS_TAKEN
        if not any(True for load in self.loads(number) for _ in slots(problem, state, load, any_vehicle=True)):
            return Reason.NO_DRIVER_HOURS
        if not any(vehicle_slot(problem, state, load) for load in self.loads(number, drivers=False)):
            return Reason.NO_VEHICLE_FREE
        return Reason.NO_COMBINATION


def _clock(at: datetime) -> str:
    return clock.local(at).strftime("%m-%d %H:%M")


_WORDS: dict[Reason, Callable[[Unit], str]] = {
    Reason.CARER_OF_OTHER_CLASS: lambda unit: (
        f"the group {unit.key[0]} has several classes, and somebody who depends on a carer names none of the own class"
    ),
    Reason.CARER_APART: lambda _: "a named carer and the person who depends on this carer are not of one group and class",
    Reason.LEAVES_DEPENDENT: lambda _: "somebody here cares for a person who would stay behind",
    Reason.NO_CARER: lambda _: "somebody here depends on a carer, and nobody of the group could be that carer",
    Reason.NO_COMPANION: lambda _: "nobody of the group can accompany the frail, and no vehicle with an escort is there",
    Reason.NO_ROOM_OF_CLASS: lambda unit: f"no room takes class {RISKS[unit.risk]}",
    Reason.NO_ROOM_FOR_NEED: lambda unit: (
        f"no room of class {RISKS[unit.risk]} offers what is needed: {', '.join(sorted(unit.room))}"
    ),
    Reason.NO_ROOM_LARGE_ENOUGH: lambda unit: f"no site has rooms of class {RISKS[unit.risk]} for all {unit.size} together",
    Reason.NO_ROOM_IN_TIME: lambda unit: f"no room of class {RISKS[unit.risk]} for them is open between {_window(unit)}",
    Reason.NO_VEHICLE_OF_CLASS: lambda unit: f"no vehicle takes class {RISKS[unit.risk]}",
    Reason.NO_VEHICLE_FOR_NEED: lambda unit: (
        f"no vehicle of class {RISKS[unit.risk]} offers what is needed: "
        f"{', '.join(sorted(unit.vehicle | ({ESCORT} if unit.escort else set())))}"
    ),
    Reason.NO_VEHICLE_LARGE_ENOUGH: lambda unit: f"no vehicle that suits has {unit.size} seats",
    Reason.TOO_FAR: lambda _: "every room that suits is farther than the longest route or time on board allows",
    Reason.WINDOW: lambda unit: f"no vehicle and driver could bring them between {_window(unit)}, even with nothing else to do",
    Reason.ROOMS_TAKEN: lambda unit: f"every room of class {RISKS[unit.risk]} within reach that suits is taken by this plan",
    Reason.NO_DRIVER_HOURS: lambda unit: f"no driver has time and hours left for one more trip before {_due(unit)}",
    Reason.NO_VEHICLE_FREE: lambda unit: f"no vehicle that suits is free and clean for one more trip before {_due(unit)}",
    Reason.NO_COMBINATION: lambda unit: (
        f"rooms, vehicles and drivers are left, but never a vehicle and a driver together before {_due(unit)}"
    ),
}


def _due(unit: Unit) -> str:
    return _clock(min(person.due_at for person in unit.household.people))


def _window(unit: Unit) -> str:
    return f"{_clock(max(person.ready_at for person in unit.household.people))} and {_due(unit)}"


def words(code: Reason, unit: Unit) -> str:
    """The code in plain words for a unit."""
    return _WORDS[code](unit)

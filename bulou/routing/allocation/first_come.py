"""First come, first served: the peer that a desk with a list and a telephone is. Not for use: it knows no safety limits.

Whoever is on top of the list gets the next vehicle; those next on the list and near by ride along; each goes to the nearest
room that suits. Classes, beds, seats, needs and households are respected, and vehicles are disinfected. Hours of drivers,
the night, rests and time on board are not: trips leave until ``until``.
"""

from __future__ import annotations

import heapq
from datetime import datetime

from bulou.routing.allocation.plan import name_trips
from bulou.routing.allocation.plan import trips_and_places as handed_out
from bulou.routing.allocation.pool import State
from bulou.routing.allocation.problem import FAR, Problem, stamp
from bulou.routing.allocation.rides import ride
from bulou.routing.allocation.rooms import Beds
from bulou.routing.allocation.roster import Load
from bulou.routing.allocation.values import Instance, Limits, Plan, Reason, Unplaced

NEAR = 900  # seconds of driving from the first pick-up within which others ride along


def first_come(instance: Instance, limits: Limits, *, until: datetime) -> Plan:
    """What the list and the telephone make of an instance; everybody left is unplaced without a true reason."""
    problem = Problem(instance, limits)
    state = State(problem, list(range(len(problem.units))))
    _Desk(problem, state, stamp(until)).run()
    loads = sorted(state.loads, key=lambda load: (load.start, load.vehicle))
    name_trips(problem, loads)
    trips, placed = handed_out(state, loads, {})
    there = {one.person_id for one in placed}
    left = tuple(
        Unplaced(one.person_id, Reason.NO_COMBINATION, "nobody came") for one in instance.people if one.person_id not in there
    )
    return Plan(tuple(placed), left, tuple(trips), len(placed))


class _Desk:
    """The list, and who is free when."""

    def __init__(self, problem: Problem, state: State, until: int) -> None:
        self.problem, self.state, self.until = problem, state, until
        units = problem.units
        self.list = sorted(range(len(units)), key=lambda number: (units[number].ready_last, number))
        self.clean = [problem.kinds[problem.kind_of[vehicle]].shift_from for vehicle in range(len(problem.kind_of))]

    def run(self) -> None:
        """Send one vehicle after the other until nobody can be helped or the day is over."""
        free = [(shift.begins, driver) for driver, shift in enumerate(self.problem.shifts)]
        heapq.heapify(free)
        while free:
            now, driver = heapq.heappop(free)
            if now >= self.until:
                continue
            ends = self._send(now, driver)
            if ends is not None:
                heapq.heappush(free, (ends, driver))
                continue
            later = [self.problem.units[number].ready_last for number in self.list if self.state.open[number]]
            later += [*self.clean, *(kind.opens for kind in self.state.rooms.kinds)]
            soon = min((at for at in later if at > now), default=FAR)
            heapq.heappush(free, (max(soon, now + NEAR), driver))

    def _send(self, now: int, driver: int) -> int | None:
        """A vehicle for the first of the list who can go; when it is back."""
        own = self.problem.shifts[driver].vehicle
        clean = [v for v in range(len(self.clean)) if self.clean[v] <= now and own in {None, v}]
        by_kind = {self.problem.kind_of[vehicle]: vehicle for vehicle in reversed(clean)}
        for number in self.list:
            unit = self.problem.units[number]
            if not self.state.open[number]:
                continue
            if unit.ready_last > now:
                break
            for kind, vehicle in by_kind.items():
                if self.problem.suits(self.problem.kinds[kind], unit):
                    load = self._fill(now, kind, number)
                    if load is not None:
                        return self._go(load, now, driver, vehicle)
        return None

    def _fill(self, now: int, kind: int, first: int) -> Load | None:
        problem, units = self.problem, self.problem.units
        base, seats = problem.kinds[kind].base, problem.kinds[kind].seats
        start = units[first].stops[0][0]
        beds: dict[int, Beds] = {}
        goes_to: dict[int, int] = {}
        size = 0
        arrival = now + problem.drive(base, start)
        for number in self.list:
            unit = units[number]
            if not self.state.open[number] or unit.ready_last > now or size + unit.size > seats:
                continue
            here = unit.stops[0][0]
            near = number == first or problem.drive(start, here) <= NEAR
            if not near or unit.risk != units[first].risk or not problem.suits(problem.kinds[kind], unit):
                continue
            found = self._nearest(number, here, arrival, {*goes_to.values()})
            if found is None:
                if number == first:
                    return None
                continue
            goes_to[number], beds[number] = found
            self.state.rooms.take(unit, beds[number])
            size += unit.size
        for number, held in beds.items():
            self.state.rooms.release(units[number], held)
        return self._load(kind, beds, goes_to)

    def _nearest(self, number: int, here: int, arrival: int, begun: set[int]) -> tuple[int, Beds] | None:
        """The nearest rooms, first at the sites where the vehicle goes already."""
        unit, problem = self.problem.units[number], self.problem
        order = sorted(
            (site for site in range(len(problem.sites)) if self.state.rooms.beds[unit.risk][site] > 0),
            key=lambda site: (site not in begun, problem.drive(here, problem.sites[site].point)),
        )
        for site in order:
            beds = self.state.rooms.fit(unit, site, arrival + problem.drive(here, problem.sites[site].point))
            if beds is not None:
                return site, beds
        return None

    def _load(self, kind: int, beds: dict[int, Beds], goes_to: dict[int, int]) -> Load:
        units = self.problem.units
        boards: dict[int, int] = {}
        leaves: dict[int, int] = {}
        for number in beds:
            for point, people, _ in units[number].stops:
                boards[point] = boards.get(point, 0) + people
            leaves[goes_to[number]] = leaves.get(goes_to[number], 0) + units[number].size
        points, sites, counts = tuple(boards), tuple(leaves), (*boards.values(), *leaves.values())
        stops = (*points, *(self.problem.sites[site].point for site in sites))
        going = ride(self.problem, self.problem.kinds[kind].base, stops, counts, FAR)
        nothing = tuple(0 for _ in stops)
        return Load(
            kind, units[next(iter(beds))].risk, tuple(beds), beds, goes_to, points, sites, counts, nothing, nothing,
            sum(units[number].size for number in beds), sum(units[number].weight for number in beds), going, going,
        )  # fmt: skip

    def _go(self, load: Load, now: int, driver: int, vehicle: int) -> int:
        load.driver, load.vehicle, load.start, load.ride = driver, vehicle, now, load.day
        load.wait = self.state.wait_of(load)
        self.state.restore(load)
        self.clean[vehicle] = load.end + self.problem.turn
        return load.end

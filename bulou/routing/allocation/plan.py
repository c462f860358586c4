"""From the solver's state to the plan that is handed out: trips with their stops, rooms by name, reasons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

from bulou.routing.allocation.pool import State
from bulou.routing.allocation.problem import RISKS, Problem
from bulou.routing.allocation.reasons import Leftover, words
from bulou.routing.allocation.roster import Load
from bulou.routing.allocation.values import Placed, Plan, Stop, StopKind, Trip, Unplaced


def _instant(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def gather(state: State) -> None:
    """Put units that are spread over rooms into one where a room for all of them is empty (A3)."""
    problem, again = state.problem, True
    while again:
        again = False
        for load in state.loads:
            for number, beds in load.beds.items():
                if len(beds) == 1 or load.ride is None or load.fixed:
                    continue
                unit, site = problem.units[number], load.goes_to[number]
                arrival = load.start + load.ride.at[len(load.points) + load.sites.index(site)]
                room = state.rooms.one_room(unit, site, arrival, empty_only=True)
                if room is None:
                    continue
                state.rooms.release(unit, beds)
                load.beds[number] = ((room, tuple(range(unit.size))),)
                state.rooms.take(unit, load.beds[number])
                again = True


def name_trips(problem: Problem, loads: list[Load]) -> None:
    """Names of trips that have none: the vehicle and the next number that it has not had."""
    taken: dict[int, set[str]] = defaultdict(set)
    for load in loads:
        taken[load.vehicle].add(load.name)
    for load in sorted(loads, key=lambda load: (load.start, load.vehicle)):
        number = 1
        vehicle = problem.instance.vehicles[load.vehicle].vehicle_id
        while not load.name:
            name = f"{vehicle}-{number}"
            if name not in taken[load.vehicle]:
                load.name = name
                taken[load.vehicle].add(name)
            number += 1


def _stops(problem: Problem, load: Load) -> tuple[Stop, ...]:
    going, kind = load.ride, problem.kinds[load.kind]
    if going is None:
        raise AssertionError(load.name)
    boards: dict[int, list[str]] = defaultdict(list)
    leaves: dict[int, list[str]] = defaultdict(list)
    for number in load.units:
        people = problem.units[number].household.people
        leaves[load.goes_to[number]] += [person.person_id for person in people]
        for person in people:
            boards[problem.point(person.x, person.y)].append(person.person_id)
    base = (problem.x[kind.base], problem.y[kind.base])
    found = [Stop(StopKind.START, *base, _instant(load.start), _instant(load.start))]
    for place, at in enumerate(going.at):
        _rest(problem, found, going.rests, place)
        pickup = place < len(load.points)
        site = 0 if pickup else load.sites[place - len(load.points)]
        point = load.points[place] if pickup else problem.sites[site].point
        arrives = load.start + at
        found.append(
            Stop(
                StopKind.PICKUP if pickup else StopKind.DROPOFF,
                problem.x[point],
                problem.y[point],
                _instant(arrives),
                _instant(arrives + problem.stand(load.counts[place])),
                tuple(sorted(boards[point] if pickup else leaves[site])),
                "" if pickup else problem.sites[site].site_id,
            )
        )
    _rest(problem, found, going.rests, len(going.at))
    found.append(Stop(StopKind.END, *base, _instant(load.end), _instant(load.end)))
    return tuple(found)


def _rest(problem: Problem, found: list[Stop], rests: tuple[int, ...], place: int) -> None:
    if place in rests:
        before = found[-1]
        until = _instant(int(before.leaves_at.timestamp()) + problem.rest)
        found.append(Stop(StopKind.REST, before.x, before.y, before.leaves_at, until))


def trips_and_places(state: State, loads: list[Load], kept: Mapping[Load, Trip]) -> tuple[list[Trip], list[Placed]]:
    """Named loads as trips, and their people's places; trips of ``kept`` loads are handed out as they were."""
    problem = state.problem
    trips, placed = [], []
    for load in loads:
        stops = kept[load].stops if load in kept else _stops(problem, load)
        vehicle = problem.instance.vehicles[load.vehicle].vehicle_id
        driver = problem.shifts[load.driver].driver_id
        trips.append(Trip(load.name, vehicle, driver, RISKS[load.risk], stops))
        pickup = {one: stop.arrives_at for stop in stops if stop.kind is StopKind.PICKUP for one in stop.people}
        arrive = {one: stop.arrives_at for stop in stops if stop.kind is StopKind.DROPOFF for one in stop.people}
        for number in load.units:
            people = problem.units[number].household.people
            for room, places in load.beds[number]:
                for place in places:
                    one = people[place].person_id
                    placed.append(
                        Placed(one, problem.instance.rooms[room].room_id, vehicle, driver, load.name, pickup[one], arrive[one])
                    )
    return trips, sorted(placed, key=lambda one: one.person_id)


def assemble(state: State, leftover: Leftover, bound: int, *, kept: Mapping[Load, Trip] | None = None) -> Plan:
    """The plan, sorted by person and by departure, with a reason for everybody who stays."""
    loads = sorted(state.loads, key=lambda load: (load.start, load.vehicle))
    name_trips(state.problem, loads)
    trips, placed = trips_and_places(state, loads, kept or {})
    unplaced = sorted(_left(state, leftover), key=lambda one: one.person_id)
    return Plan(tuple(placed), tuple(unplaced), tuple(trips), max(bound, len(placed)))


def _left(state: State, leftover: Leftover) -> list[Unplaced]:
    problem = state.problem
    found: list[Unplaced] = []
    goes = {number for load in state.loads for number in load.units}
    for number, unit in enumerate(problem.units):
        if number in goes:
            continue
        code = leftover.standing.codes.get(number) or leftover.code(number)
        said = words(code, unit)
        found += [Unplaced(person.person_id, code, said) for person in unit.household.people]
    return found

"""A plan as values, its timetable, and how good it is: what has not been served, then vehicles, then cost."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from bulou.routing.problem import LAST, Legs, Number, Problem, Stop, Vehicle


@dataclass(frozen=True, slots=True)
class Route:
    """The stops of one vehicle, in order; both by their position in the problem."""

    vehicle: int
    stops: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes that keep every limit; whatever stands in none of them is unassigned."""

    routes: tuple[Route, ...]

    def unassigned(self, problem: Problem) -> list[int]:
        """The tasks that no route serves, in the order of the file."""
        served = {problem.stops[stop].task for route in self.routes for stop in route.stops}
        return [task for task in range(len(problem.tasks)) if task not in served]


class Score(NamedTuple):
    """Smaller is better, compared from the left."""

    priority: int
    tasks: int
    vehicles: int
    cost: float


class Visit(NamedTuple):
    """When a stop is reached, when its setup and service begin, and how long the setup is there."""

    arrival: Number
    begins: Number
    setup: Number


class Timetable(NamedTuple):
    """A route in time: it leaves as late as it may without ending later than it must."""

    leaves: Number
    visits: list[Visit]
    ends: Number


def score(problem: Problem, plan: Plan) -> Score:
    """How good a plan is."""
    left = plan.unassigned(problem)
    used = [route for route in plan.routes if route.stops]
    return Score(
        sum(problem.tasks[task].priority for task in left),
        len(left),
        sum(problem.vehicles[route.vehicle].fixed is None for route in used),
        total(cost(problem, problem.vehicles[route.vehicle], route.stops) for route in used),
    )


def total(values: Iterable[Number]) -> Number:
    """The sum: whole numbers exactly, real ones with one rounding."""
    found = list(values)
    return math.fsum(found) if any(isinstance(value, float) for value in found) else sum(found)


def cost(problem: Problem, vehicle: Vehicle, stops: Sequence[int]) -> Number:
    """Fixed cost, where the file says one, and cost of travel."""
    legs = problem.legs(vehicle).cost
    path = places(problem, vehicle, stops)
    return (vehicle.fixed or 0) + total(legs[here][there] for here, there in pairwise(path))


def places(problem: Problem, vehicle: Vehicle, stops: Sequence[int]) -> list[int]:
    """Start, the places of the stops, end."""
    return [vehicle.start, *(problem.stops[stop].place for stop in stops), vehicle.end]


def fits(problem: Problem, vehicle: Vehicle, stops: Sequence[int]) -> bool:
    """Whether a route keeps every limit of its vehicle and stops; its shipments are complete and in order."""
    return (
        len(stops) <= vehicle.max_tasks
        and _skilled(problem, vehicle, stops)
        and _holds(problem, vehicle, stops)
        and _reaches(problem, vehicle, stops)
        and _in_time(problem, vehicle, stops)
    )


def _skilled(problem: Problem, vehicle: Vehicle, stops: Sequence[int]) -> bool:
    return all(problem.tasks[problem.stops[stop].task].skills <= vehicle.skills for stop in stops)


def loads(problem: Problem, stops: Sequence[int]) -> list[tuple[int, ...]]:
    """What is on board when the route leaves, and after each stop."""
    tasks = problem.tasks
    width = problem.dimensions
    board = [0] * width
    for stop in stops:
        for at, amount in enumerate(tasks[problem.stops[stop].task].delivery):
            board[at] += amount
    found = [tuple(board)]
    for stop in stops:
        task = tasks[problem.stops[stop].task]
        sign = 0 if len(task.stops) == 1 else (1 if stop == task.stops[0] else -1)
        for at in range(width):
            board[at] += task.pickup[at] - task.delivery[at] + sign * task.amount[at]
        found.append(tuple(board))
    return found


def _holds(problem: Problem, vehicle: Vehicle, stops: Sequence[int]) -> bool:
    return all(
        amount <= room for load in loads(problem, stops) for amount, room in zip(load, vehicle.capacity, strict=True)
    )  # fmt: skip


def _reaches(problem: Problem, vehicle: Vehicle, stops: Sequence[int]) -> bool:
    if vehicle.max_travel_time == vehicle.max_distance == LAST:
        return True
    legs, path = problem.legs(vehicle), places(problem, vehicle, stops)
    pairs = list(pairwise(path))
    return (
        sum(legs.duration[here][there] for here, there in pairs) <= vehicle.max_travel_time
        and sum(legs.distance[here][there] for here, there in pairs) <= vehicle.max_distance
    )


def _in_time(problem: Problem, vehicle: Vehicle, stops: Sequence[int]) -> bool:
    if vehicle.max_duration != LAST:
        found = timetable(problem, vehicle, stops)
        return found is not None and found.ends - found.leaves <= vehicle.max_duration
    return _forward(problem, vehicle, stops, problem.legs(vehicle), vehicle.window[0]) is not None


def timetable(problem: Problem, vehicle: Vehicle, stops: Sequence[int]) -> Timetable | None:
    """The route in time; None when a window or the vehicle's own is missed."""
    legs = problem.legs(vehicle)
    earliest = _forward(problem, vehicle, stops, legs, vehicle.window[0])
    if earliest is None or not stops:
        return earliest
    latest = _latest_start(problem, vehicle, stops, legs, earliest)
    return _forward(problem, vehicle, stops, legs, latest) or earliest


def _forward(problem: Problem, vehicle: Vehicle, stops: Sequence[int], legs: Legs, leaves: Number) -> Timetable | None:
    at, here, visits = leaves, vehicle.start, []
    for number in stops:
        stop = problem.stops[number]
        arrival = at + legs.duration[here][stop.place]
        begins = begin(stop, arrival)
        if begins is None:
            return None
        setup = stop.setup if stop.place != here else 0
        visits.append(Visit(arrival, begins, setup))
        at, here = begins + setup + stop.service, stop.place
    ends = at + (legs.duration[here][vehicle.end] if stops else legs.duration[vehicle.start][vehicle.end])
    return Timetable(leaves, visits, ends) if ends <= vehicle.window[1] else None


def begin(stop: Stop, arrival: Number) -> Number | None:
    """The first instant from ``arrival`` on in a window; None when all have passed."""
    windows = stop.windows
    if arrival <= windows[0][1]:
        return max(arrival, windows[0][0])
    at = bisect_left(windows, arrival, key=lambda window: window[1])
    return max(arrival, windows[at][0]) if at < len(windows) else None


def _latest_start(problem: Problem, vehicle: Vehicle, stops: Sequence[int], legs: Legs, found: Timetable) -> Number:
    """The latest leaving that ends no later and keeps every stop in the window that it was found in."""
    path = places(problem, vehicle, stops)
    latest = found.ends - legs.duration[path[-2]][vehicle.end]
    for at in range(len(stops) - 1, -1, -1):
        stop, visit = problem.stops[stops[at]], found.visits[at]
        closes = next(end for start, end in stop.windows if start <= visit.begins <= end)
        latest = min(latest - visit.setup - stop.service, closes) - legs.duration[path[at]][stop.place]
    if isinstance(latest, float):  # never a breath later than what was found, after sums of real numbers
        latest = math.floor(latest * 1000) / 1000
    return max(found.leaves, latest)

"""Exact repair in plain Python: routes lose what breaks a limit, and take up what still fits, each where it costs least."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bulou.routing.plan import Plan, Route, cost, fits
from bulou.routing.problem import Problem


class _Place(NamedTuple):
    """Where a task could be taken up: an unused vehicle is the last resort."""

    opens: bool
    more: float
    vehicle: int
    stops: tuple[int, ...]


def trimmed(problem: Problem, plan: Plan, frozen: dict[int, tuple[int, ...]] | None = None) -> Plan:
    """The plan without the tasks that break a limit; ``frozen`` first stops of a vehicle are never taken away."""
    keep = frozen or {}
    seen: set[int] = set()
    routes = []
    for route in plan.routes:
        tasks = [task for task in _tasks(problem, route.stops) if task not in seen]
        stops = tuple(stop for stop in route.stops if problem.stops[stop].task in set(tasks))
        if not fits(problem, problem.vehicles[route.vehicle], stops):
            stops = _that_fit(problem, route.vehicle, stops, tasks, keep.get(route.vehicle, ()))
        seen.update(problem.stops[stop].task for stop in stops)
        if stops:
            routes.append(Route(route.vehicle, stops))
    return Plan(tuple(routes))


def _tasks(problem: Problem, stops: Sequence[int]) -> list[int]:
    """The tasks that a route serves whole, in order."""
    inside = set(stops)
    found = dict.fromkeys(problem.stops[stop].task for stop in stops)
    return [task for task in found if inside.issuperset(problem.tasks[task].stops)]


def _that_fit(
    problem: Problem, vehicle: int, stops: tuple[int, ...], tasks: list[int], keep: tuple[int, ...]
) -> tuple[int, ...]:
    """The dearest tasks first, each kept if the route still fits with it."""
    kept = {problem.stops[stop].task for stop in keep}
    for task in sorted((one for one in tasks if one not in kept), key=lambda one: -problem.tasks[one].priority):
        tried = tuple(stop for stop in stops if problem.stops[stop].task in kept | {task})
        if fits(problem, problem.vehicles[vehicle], tried):
            kept.add(task)
    return tuple(stop for stop in stops if problem.stops[stop].task in kept)


def filled(
    problem: Problem,
    plan: Plan,
    *,
    over: Callable[[], bool],
    frozen: dict[int, int] | None = None,
    only: Sequence[int] | None = None,
) -> Plan:
    """The plan with as many of the unassigned as fit, the most important first; ``frozen`` counts first stops that stay."""
    routes = {route.vehicle: route.stops for route in plan.routes if route.stops}
    left = plan.unassigned(problem) if only is None else list(only)
    for task in sorted(left, key=lambda one: -problem.tasks[one].priority):
        if over():
            break
        found = _best(problem, routes, task, frozen or {})
        if found is not None:
            routes[found.vehicle] = found.stops
    return Plan(tuple(Route(vehicle, stops) for vehicle, stops in sorted(routes.items())))


def _best(problem: Problem, routes: dict[int, tuple[int, ...]], task: int, frozen: dict[int, int]) -> _Place | None:
    best: _Place | None = None
    tried: set[object] = set()
    for at, vehicle in enumerate(problem.vehicles):
        if at not in routes and (vehicle.alike in tried or (best is not None and not best.opens)):
            continue
        if not problem.tasks[task].skills <= vehicle.skills:
            continue
        opens = at not in routes
        if opens:
            tried.add(vehicle.alike)
        stops = routes.get(at, ())
        before = cost(problem, vehicle, stops) if stops else 0
        for candidate in _with(problem, stops, task, frozen.get(at, 0)):
            more = cost(problem, vehicle, candidate) - before
            better = best is None or (opens and vehicle.fixed is None, more) < (best.opens, best.more)
            if better and fits(problem, vehicle, candidate):
                best = _Place(opens and vehicle.fixed is None, more, at, candidate)
    return best


def _with(problem: Problem, stops: tuple[int, ...], task: int, first: int) -> Iterator[tuple[int, ...]]:
    """The route with the task at every place after its frozen stops."""
    numbers = problem.tasks[task].stops
    for at in range(first, len(stops) + 1):
        if len(numbers) == 1:
            yield (*stops[:at], numbers[0], *stops[at:])
            continue
        for later in range(at, len(stops) + 1):
            yield (*stops[:at], numbers[0], *stops[at:later], numbers[1], *stops[later:])

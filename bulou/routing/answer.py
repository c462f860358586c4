"""A plan as VROOM's JSON: summary, unassigned with a reason each, routes with their steps."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from bulou.routing.plan import Plan, Route, cost, loads, places, timetable, total
from bulou.routing.problem import NOWHERE, Kind, Number, Place, Problem, Stop, Vehicle

SUMS = ("cost", "setup", "service", "duration", "waiting_time", "priority", "distance")


def as_json(problem: Problem, plan: Plan, reasons: dict[int, str], *, seconds: dict[str, float]) -> dict[str, Any]:
    """The whole answer; ``reasons`` says why each task that is in no route is in none.

    ``cost`` counts ``costs.fixed`` where the file gives it, and travel. ``seconds`` become ``computing_times``.
    """
    routes = [_route(problem, route) for route in plan.routes if route.stops]
    left = plan.unassigned(problem)
    width = problem.dimensions
    totals = {name: total(route[name] for route in routes) for name in SUMS if name in (routes[0] if routes else SUMS)}
    if not problem.has_distances:
        totals.pop("distance", None)
    amounts = {name: [sum(route[name][at] for route in routes) for at in range(width)] for name in ("delivery", "pickup")}
    return {
        "code": 0,
        "summary": {
            **totals,
            "routes": len(routes),
            "unassigned": sum(len(problem.tasks[task].stops) for task in left),
            **amounts,
            "amount": amounts["delivery"],
            "violations": [],
            "computing_times": {name: round(value, 3) for name, value in seconds.items()},
        },
        "unassigned": [
            {**_named(problem, problem.stops[stop]), "reason": reasons[task]}
            for task in left
            for stop in problem.tasks[task].stops
        ],
        "routes": routes,
    }


def _named(problem: Problem, stop: Stop) -> dict[str, Any]:
    said = {"description": stop.description} if stop.description else {}
    return {"id": stop.id, "type": stop.kind.value, **said, **_at(problem.places[stop.place])}


def _at(place: Place) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if place.point is not None:
        found["location"] = list(place.point)
    if place.index is not None:
        found["location_index"] = place.index
    return found


def _route(problem: Problem, route: Route) -> dict[str, Any]:
    vehicle = problem.vehicles[route.vehicle]
    steps = _steps(problem, vehicle, route.stops)
    tasks = [problem.tasks[task] for task in dict.fromkeys(problem.stops[stop].task for stop in route.stops)]
    width = range(problem.dimensions)
    delivered = [sum(task.delivery[at] + task.amount[at] for task in tasks) for at in width]
    said = {"description": vehicle.description} if vehicle.description else {}
    found: dict[str, Any] = {
        "vehicle": vehicle.id,
        **said,
        "cost": cost(problem, vehicle, route.stops),
        "delivery": delivered,
        "amount": delivered,
        "pickup": [sum(task.pickup[at] + task.amount[at] for task in tasks) for at in width],
        "setup": total(step["setup"] for step in steps),
        "service": total(step["service"] for step in steps),
        "duration": steps[-1]["duration"],
        "waiting_time": total(step["waiting_time"] for step in steps),
        "priority": sum(task.priority for task in tasks),
    }
    if problem.has_distances:
        found["distance"] = steps[-1]["distance"]
    return {**found, "steps": steps, "violations": []}


def _steps(problem: Problem, vehicle: Vehicle, stops: tuple[int, ...]) -> list[dict[str, Any]]:
    times = timetable(problem, vehicle, stops)
    if times is None:
        raise AssertionError(f"a route of vehicle {vehicle.id} misses a window")
    on_board, path = loads(problem, stops), places(problem, vehicle, stops)
    legs = problem.legs(vehicle)
    travelled: list[Number] = [0]
    driven: list[Number] = [0]
    for here, there in pairwise(path):
        travelled.append(travelled[-1] + legs.duration[here][there])
        driven.append(driven[-1] + legs.distance[here][there])
    nothing = {"setup": 0, "service": 0, "waiting_time": 0}
    found: list[dict[str, Any]] = []
    if vehicle.start != NOWHERE:
        at = _at(problem.places[vehicle.start])
        found.append({"type": "start", **at, **nothing, "load": list(on_board[0]), "arrival": times.leaves, "duration": 0})
    for number, visit, load, travel in zip(stops, times.visits, on_board[1:], travelled[1:], strict=False):
        stop = problem.stops[number]
        waits = {"setup": visit.setup, "service": stop.service, "waiting_time": visit.begins - visit.arrival}
        when = {"load": list(load), "arrival": visit.arrival, "duration": travel}
        found.append({**_named(problem, stop), **waits, **when})
        if stop.kind is Kind.JOB:
            found[-1]["job"] = stop.id
    if vehicle.end != NOWHERE:
        at = _at(problem.places[vehicle.end])
        last = {"load": list(on_board[-1]), "arrival": times.ends, "duration": travelled[-1]}
        found.append({"type": "end", **at, **nothing, **last})
    if problem.has_distances:
        shown = driven if vehicle.start != NOWHERE else driven[1:]
        for step, metres in zip(found, shown, strict=False):
            step["distance"] = metres
    for step in found:
        step["violations"] = []
    return found

"""A plan of many stops in parts that are searched side by side: neighbouring routes together, cut elsewhere each time.

Only where places are points. With several kinds of vehicles it found worse plans than one undisturbed search: its parts may
not trade them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bulou.routing.plan import Plan, Route, score
from bulou.routing.problem import Problem

FEWEST = 120  # stops of a part: smaller ones have too few routes to exchange between
TURN = (math.sqrt(5) - 1) / 2  # of a circle from one cut to the next, so that no cut soon comes again


@dataclass(frozen=True, slots=True)
class Part:
    """Some routes of a plan, the tasks that they serve, their vehicles."""

    routes: tuple[Route, ...]
    tasks: tuple[int, ...]
    vehicles: tuple[int, ...]


def parted(problem: Problem, plan: Plan, many: int, turn: int) -> list[Part]:
    """The plan's routes as sectors around their middle, about equal in stops; none where the plan is too small to be parted."""
    stops = sum(len(route.stops) for route in plan.routes)
    wanted = min(many, stops // FEWEST)
    if wanted < 2 or any(place.point is None for place in problem.places):  # noqa: PLR2004 - one part is the whole
        return []
    ordered = _around(problem, plan.routes, (turn * TURN % 1) * 2 * math.pi)
    parts: list[list[Route]] = [[] for _ in range(wanted)]
    before = 0
    for route in ordered:
        middle = before + len(route.stops) / 2
        parts[min(wanted - 1, int(middle * wanted / stops))].append(route)
        before += len(route.stops)
    return [
        Part(tuple(routes), _tasks(problem, routes), tuple(route.vehicle for route in routes)) for routes in parts if routes
    ]


def _around(problem: Problem, routes: Sequence[Route], first: float) -> list[Route]:
    """The routes by the direction in which their stops lie from the middle of all, beginning at an angle."""
    centres = [_centre([_point(problem, stop) for stop in route.stops]) for route in routes]
    middle = _centre([_point(problem, stop) for route in routes for stop in route.stops])
    angles = [(math.atan2(y - middle[1], x - middle[0]) - first) % (2 * math.pi) for x, y in centres]
    return [routes[at] for at in sorted(range(len(routes)), key=lambda at: (angles[at], at))]


def _point(problem: Problem, stop: int) -> tuple[float, float]:
    return problem.places[problem.stops[stop].place].point or (0, 0)


def _centre(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _tasks(problem: Problem, routes: Sequence[Route]) -> tuple[int, ...]:
    return tuple(sorted({problem.stops[stop].task for route in routes for stop in route.stops}))


def joined(problem: Problem, parts: Sequence[Part], found: dict[int, Plan]) -> Plan:
    """The whole plan again: of each part what was found for it, where that is better."""
    routes: list[Route] = []
    for at, part in enumerate(parts):
        plan = found.get(at)
        better = plan is not None and score(problem, plan) < score(problem, Plan(part.routes))
        routes += plan.routes if plan is not None and better else part.routes
    return Plan(tuple(sorted(routes, key=lambda route: route.vehicle)))

"""Parts of a plan: every route and task in exactly one, about equal in stops, and joined again without loss."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulou.routing.answer import as_json
from bulou.routing.check import check
from bulou.routing.parts import FEWEST, joined, parted
from bulou.routing.plan import Plan, Route, score
from bulou.routing.reading import problem_of
from bulou.routing.reasons import reasons
from bulou.routing.solve import without_smallest
from bulou.routing.worker import Order, Searcher

SPOKES, EACH = 16, 20


def star(*, tables=False):
    """Sixteen spokes around a depot, twenty stops each, every vehicle filled by one spoke."""
    points = [
        [round((10 + at) * math.cos(angle), 3), round((10 + at) * math.sin(angle), 3)]
        for angle in (2 * math.pi * spoke / SPOKES for spoke in range(SPOKES))
        for at in range(EACH)
    ]
    where = [{"location_index": at + 1} if tables else {"location": point} for at, point in enumerate(points)]
    depot = {"start_index": 0, "end_index": 0} if tables else {"start": [0, 0], "end": [0, 0]}
    every = [[0, 0], *points]
    matrix = {"matrices": {"car": {"durations": [[math.dist(a, b) for a in every] for b in every]}}}
    return {
        "vehicles": [{"id": at + 1, "capacity": [EACH], **depot} for at in range(SPOKES)],
        "jobs": [{"id": at + 1, "delivery": [1], **place} for at, place in enumerate(where)],
        **(matrix if tables else {}),
    }


PROBLEM = problem_of(star())


def by_spokes(order=range(SPOKES)):
    """The plan that serves each spoke outwards; ``order`` says which vehicle takes which."""
    return Plan(tuple(Route(vehicle, tuple(range(EACH * at, EACH * at + EACH))) for vehicle, at in enumerate(order)))


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(SPOKES)), st.integers(2, 5), st.integers(0, 1000))
def test_every_route_task_and_vehicle_is_in_one_part(order, many, turn):
    problem, plan = PROBLEM, by_spokes(order)
    parts = parted(problem, plan, many, turn)
    assert len(parts) == min(many, SPOKES * EACH // FEWEST)
    assert sorted(route.vehicle for part in parts for route in part.routes) == list(range(SPOKES))
    assert sorted(task for part in parts for task in part.tasks) == list(range(SPOKES * EACH))
    assert [part.vehicles for part in parts] == [tuple(route.vehicle for route in part.routes) for part in parts]
    sizes = [len(part.tasks) for part in parts]
    assert max(sizes) - min(sizes) <= EACH
    assert joined(problem, parts, {}) == plan


def test_a_part_is_a_sector_and_the_next_cut_lies_elsewhere():
    problem, plan = problem_of(star()), by_spokes()
    first, second = (parted(problem, plan, 2, turn)[0].vehicles for turn in (0, 1))
    for cut in (first, second):
        gaps = [(cut[at + 1] - cut[at]) % SPOKES for at in range(len(cut) - 1)]
        assert gaps == [1] * (SPOKES // 2 - 1)
    assert set(first) != set(second)


def test_a_small_plan_one_process_or_places_without_points_are_not_parted():
    problem, plan = problem_of(star()), by_spokes()
    assert parted(problem, plan, 1, 0) == []
    assert parted(problem, Plan(plan.routes[: 2 * FEWEST // EACH - 1]), 2, 0) == []
    assert parted(problem_of(star(tables=True)), plan, 2, 0) == []


def test_what_is_found_for_a_part_is_taken_only_where_it_is_better():
    problem = problem_of(star())
    crossed = list(by_spokes().routes)
    for at in range(0, SPOKES, 2):  # every two neighbours trade their farther halves
        one, other = crossed[at].stops, crossed[at + 1].stops
        crossed[at] = Route(at, one[: EACH // 2] + other[EACH // 2 :])
        crossed[at + 1] = Route(at + 1, other[: EACH // 2] + one[EACH // 2 :])
    plan = Plan(tuple(crossed))
    parts = parted(problem, plan, 2, 0)
    good = Plan(tuple(by_spokes().routes[vehicle] for vehicle in parts[0].vehicles))
    less = Plan(parts[1].routes[:-1])
    whole = joined(problem, parts, {0: good, 1: less})
    assert score(problem, whole) < score(problem, plan)
    assert whole.unassigned(problem) == []
    assert {route for route in whole.routes if route.vehicle in parts[1].vehicles} == set(parts[1].routes)


@pytest.mark.parametrize("which", [0, 1])
def test_a_searched_part_keeps_to_its_tasks_and_vehicles_and_the_whole_passes_the_checker(which):
    given_problem = star()
    problem, plan = problem_of(given_problem), by_spokes()
    parts = parted(problem, plan, 2, 3)
    part = parts[which]
    order = Order(60, 1, most=len(part.routes), start=Plan(part.routes), first=True, part=part)
    found = Searcher(problem, list(range(len(problem.tasks)))).follow(order).plan
    assert {route.vehicle for route in found.routes} <= set(part.vehicles)
    assert {problem.stops[stop].task for route in found.routes for stop in route.stops} == set(part.tasks)
    whole = joined(problem, parts, {which: found})
    assert check(given_problem, as_json(problem, whole, reasons(problem, whole), seconds={})) == []


def test_without_its_smallest_route_a_plan_keeps_the_others():
    routes = (*by_spokes().routes[:3], Route(3, (70, 71)), Route(4, (90, 91, 92)))
    assert without_smallest(Plan(routes)) == Plan((*routes[:3], routes[4]))

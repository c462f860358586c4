"""After a change what is done stays, who is on board stays, and every plan still passes the checker."""

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulou.routing.answer import as_json
from bulou.routing.check import check
from bulou.routing.mend import filled
from bulou.routing.plan import Plan
from bulou.routing.reading import problem_of
from bulou.routing.reasons import reasons
from bulou.routing.replan import Change, replan
from tests.routing.problems import drawn


def fleet(many=3, **more):
    return [{"id": 10 + one, "start": [0, 0], "end": [0, 0], "capacity": [6], **more} for one in range(many)]


def trips(many=8):
    """Shipments to and fro along a line, each of two people."""
    return [
        {
            "pickup": {"id": n, "location": [10 * n, 0], "service": 2, "time_windows": [[0, 600]]},
            "delivery": {"id": n, "location": [10 * n, 30], "service": 2, "time_windows": [[0, 900]]},
            "amount": [2],
        }
        for n in range(1, many + 1)
    ]


def first_plan(given_problem):
    problem = problem_of(given_problem)
    return problem, filled(problem, Plan(()), over=lambda: False)


def after(given_before, given_after, done=None, seconds=0.3):
    """The routes before and after, as lists of (kind, id) by vehicle, and the answer; checked."""
    before, plan = first_plan(given_before)
    problem = problem_of(given_after)
    found = replan(before, plan, Change(problem, done or {}), seconds=seconds)
    answer = as_json(problem, found, reasons(problem, found), seconds={})
    assert [one.line() for one in check(given_after, answer)] == []
    return named(before, plan), named(problem, found), answer


def named(problem, plan):
    return {
        problem.vehicles[route.vehicle].id: [(problem.stops[stop].kind.value, problem.stops[stop].id) for stop in route.stops]
        for route in plan.routes
    }


def both(given_problem, change):
    changed = copy.deepcopy(given_problem)
    change(changed)
    return given_problem, changed


PROBLEM = {"vehicles": fleet(), "shipments": trips()}


def test_a_new_task_is_taken_up_and_nothing_done_is_undone():
    before, changed = both(PROBLEM, lambda p: p["shipments"].extend(trips(9)[8:]))
    was, now, answer = after(before, changed, {10: 3})
    assert now[10][:3] == was[10][:3]
    assert answer["summary"]["unassigned"] == 0
    assert ("pickup", 9) in [one for route in now.values() for one in route]


def test_a_task_taken_away_is_gone():
    before, changed = both(PROBLEM, lambda p: p["shipments"].pop())
    _, now, answer = after(before, changed, {10: 1})
    assert answer["summary"]["unassigned"] == 0
    assert ("pickup", 8) not in [one for route in now.values() for one in route]


def test_a_lost_vehicles_tasks_go_to_others_but_who_is_on_board_is_left_and_named():
    before = {"vehicles": fleet(max_tasks=8), "shipments": trips()}
    was, _, _ = after(before, before)
    lost = next(iter(was))
    _, changed = both(before, lambda p: p.update(vehicles=[one for one in p["vehicles"] if one["id"] != lost]))
    _, now, answer = after(before, changed)
    assert lost not in now
    assert answer["summary"]["unassigned"] == 0
    _, now, answer = after(before, changed, {lost: 1})
    assert {(one["type"], one["id"]) for one in answer["unassigned"]} == {
        ("pickup", was[lost][0][1]),
        ("delivery", was[lost][0][1]),
    }


def test_who_is_on_board_is_delivered_by_the_same_vehicle_when_a_window_moves():
    before, changed = both(PROBLEM, lambda p: [s["delivery"].update(time_windows=[[200, 700]]) for s in p["shipments"]])
    was, now, answer = after(before, changed, {10: 2})
    assert answer["summary"]["unassigned"] == 0
    for kind, name in was[10][:2]:
        assert kind == "delivery" or ("delivery", name) in now[10]


def test_goods_in_a_vehicle_that_has_left_stay_in_it_and_new_goods_do_not_come_to_it():
    jobs = [{"id": n, "location": [n, n], "delivery": [1]} for n in range(1, 5)]
    before = {"vehicles": fleet(2), "jobs": jobs}
    _, changed = both(before, lambda p: p["jobs"].append({"id": 9, "location": [1, 2], "delivery": [1]}))
    was, now, answer = after(before, changed, {10: 1})
    assert answer["summary"]["unassigned"] == 0
    assert sorted(now[10]) == sorted(was[10])
    assert now[11] == [("job", 9)]


@pytest.mark.parametrize("done", [{}, {10: 1}, {10: 4, 11: 2}])
def test_no_change_makes_nothing_worse(done):
    was, now, answer = after(PROBLEM, PROBLEM, done)
    assert answer["summary"]["unassigned"] == 0
    assert len(now) <= len(was)
    for vehicle, many in done.items():
        assert now.get(vehicle, [])[:many] == was.get(vehicle, [])[:many]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(drawn(), st.integers(0, 3), st.integers(0, 3))
def test_whatever_was_done_and_whatever_goes_the_plan_passes_the_checker(given_problem, many, gone):
    before, plan = first_plan(given_problem)
    changed = copy.deepcopy(given_problem)
    doing = {problem_stop(before, stop) for route in plan.routes for stop in route.stops[:many]}
    changed["jobs"] = [job for job in changed["jobs"] if ("job", job["id"]) in doing or job["id"] % 4 != gone]
    done = {before.vehicles[route.vehicle].id: many for route in plan.routes}
    problem = problem_of(changed)
    found = replan(before, plan, Change(problem, done), seconds=0.02)
    answer = as_json(problem, found, reasons(problem, found), seconds={})
    assert [one.line() for one in check(changed, answer)] == []


def problem_stop(problem, stop):
    return problem.stops[stop].kind.value, problem.stops[stop].id


def test_another_vehicle_is_taken_only_where_the_present_ones_do_not_do():
    sizes = [6, 2, 5, 3]
    jobs = [{"id": n, "location": [n, n % 2], "delivery": [size]} for n, size in enumerate(sizes, 1)]
    given_problem = {"vehicles": fleet(capacity=[10]), "jobs": jobs}
    before, changed = both(given_problem, lambda p: p["jobs"].append({"id": 5, "location": [5, 1], "delivery": [4]}))
    greedy = filled(problem_of(changed), first_plan(before)[1], over=lambda: False)
    assert len(first_plan(before)[1].routes) == 2
    assert len(greedy.routes) == 3
    _, now, answer = after(before, changed)
    assert answer["summary"]["unassigned"] == 0
    assert len(now) == 2

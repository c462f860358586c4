"""The checker, tested by plans that break one rule each."""

import pytest

from bulou.routing.answer import as_json
from bulou.routing.check import check
from bulou.routing.plan import Plan, Route
from bulou.routing.reading import problem_of
from tests.routing.problems import every


def made(problem, *routes, reasons=None):
    """The answer for routes given by their stops."""
    found = problem_of(problem)
    plan = Plan(tuple(Route(vehicle, tuple(stops)) for vehicle, stops in routes))
    why = dict.fromkeys(plan.unassigned(found), "nobody may go there")
    return as_json(found, plan, reasons or why, seconds={"solving": 0.0})


def broken(problem, plan):
    return {one.rule for one in check(problem, plan)}


JOB1, JOB2, PICKUP, DELIVERY = 0, 1, 3, 4
GOOD = (0, [JOB1, JOB2, PICKUP, DELIVERY])


def test_a_good_plan_breaks_nothing():
    problem = every()
    plan = made(problem, GOOD)
    assert check(problem, plan) == []
    route = plan["routes"][0]
    assert [step["type"] for step in route["steps"]] == ["start", "job", "job", "pickup", "delivery", "end"]
    assert [step["load"] for step in route["steps"]] == [[1, 0], [0, 0], [2, 1], [4, 1], [2, 1], [2, 1]]
    assert [step["setup"] for step in route["steps"]] == [0, 2, 0, 0, 0, 0]
    assert (route["cost"], route["duration"], route["distance"], route["waiting_time"]) == (50 + 2 * 26, 26, 26, 0)
    assert [step["arrival"] for step in route["steps"]] == [15, 20, 27, 37, 46, 56]
    assert plan["unassigned"][0]["reason"] == "nobody may go there"
    assert plan["summary"]["unassigned"] == 1


def test_an_open_end_and_tables_are_checked_too():
    problem = {
        "vehicles": [{"id": 1, "end_index": 0, "time_window": [4, 40]}, {"id": 2, "start_index": 0}],
        "jobs": [{"id": 1, "location_index": 1}, {"id": 2, "location_index": 2}],
        "matrices": {"car": {"durations": [[0, 1, 2], [3, 0, 4], [5, 6, 0]], "costs": [[0, 10, 20], [30, 0, 40], [50, 60, 0]]}},
    }
    plan = made(problem, (0, [0, 1]))
    assert check(problem, plan) == []
    assert (plan["routes"][0]["cost"], plan["routes"][0]["duration"]) == (90, 9)
    assert "distance" not in plan["summary"]
    assert check(problem, made(problem, (0, [0]), (1, [1]))) == []
    plan["routes"][0]["steps"][0]["arrival"] = 3
    assert "shift" in broken(problem, plan)


def shrink(name, value):
    def change(problem, plan):
        problem["vehicles"][0][name] = value

    return change


def step(at, **values):
    def change(problem, plan):
        plan["routes"][0]["steps"][at].update(values)

    return change


def late(seconds):
    def change(problem, plan):
        for one in plan["routes"][0]["steps"]:
            one["arrival"] += seconds

    return change


def another_vehicle(problem, plan):
    plan["routes"][0]["vehicle"] = 9


def wrong_end(problem, plan):
    del problem["vehicles"][0]["end"]
    steps = plan["routes"][0]["steps"]
    last = steps[-1]["duration"] - steps[-2]["duration"]
    for one in (plan["routes"][0], plan["summary"]):
        one["duration"] -= last
        one["distance"] -= last
        one["cost"] -= 2 * last
    steps[-1]["duration"] = steps[-1]["distance"] = steps[-2]["duration"]
    steps[-1]["arrival"] -= last


def twice(problem, plan):
    plan["unassigned"].append({"id": 1, "type": "job", "reason": "forgotten"})
    plan["summary"]["unassigned"] += 1


def lost(problem, plan):
    plan["unassigned"].clear()
    plan["summary"]["unassigned"] = 0


def invented(problem, plan):
    plan["unassigned"].append({"id": 77, "type": "job", "reason": "who?"})
    plan["summary"]["unassigned"] += 1


def silent(problem, plan):
    plan["unassigned"][0]["reason"] = " "


def half_left(problem, plan):
    problem["shipments"].append({"pickup": {"id": 5, "location": [1, 1]}, "delivery": {"id": 5, "location": [1, 1]}})
    plan["unassigned"].append({"id": 5, "type": "pickup", "reason": "no"})
    plan["summary"]["unassigned"] += 1


def unknown_step(problem, plan):
    problem["jobs"].pop(1)


def figure(*path, by=1):
    def change(problem, plan):
        at = plan
        for name in path[:-1]:
            at = at[name]
        at[path[-1]] += by

    return change


def again(problem, plan):
    problem["jobs"].append({"id": 8, "location": [0, 0]})
    more = made(problem, (0, [0, 1]), (0, [3]))
    plan.clear()
    plan.update(more)


BROKEN = {
    "vehicle": [another_vehicle, again],
    "known": [invented],
    "ends": [wrong_end],
    "place": [step(1, location=[3, 5])],
    "skills": [shrink("skills", [])],
    "capacity": [shrink("capacity", [3, 9]), shrink("capacity", [4, 0])],
    "load": [step(2, load=[3, 1])],
    "travel": [step(5, arrival=50), step(5, arrival=60)],
    "window": [late(-8), late(15)],
    "shift": [shrink("time_window", [16, 1000]), shrink("time_window", [0, 55])],
    "max_tasks": [shrink("max_tasks", 3)],
    "max_travel_time": [shrink("max_travel_time", 25)],
    "max_distance": [shrink("max_distance", 25)],
    "max_duration": [shrink("max_duration", 40)],
    "once": [twice, lost],
    "reason": [silent],
    "figures": [
        figure("routes", 0, "steps", 3, "duration"), figure("routes", 0, "steps", 3, "distance"),
        figure("summary", "routes"), figure("summary", "cost"), figure("summary", "priority"), figure("routes", 0, "priority"), figure("routes", 0, "pickup", 0),
        figure("routes", 0, "waiting_time"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("rule", "change"), [(rule, change) for rule, changes in BROKEN.items() for change in changes])
def test_each_broken_rule_is_found_and_no_other(rule, change):
    problem = every()
    plan = made(problem, GOOD)
    change(problem, plan)
    assert broken(problem, plan) == {rule}


def test_a_shipment_is_carried_whole_in_order_and_by_one_vehicle():
    problem = every()
    assert broken(problem, made(problem, (0, [JOB1, JOB2, DELIVERY, PICKUP]))) == {"order"}
    assert "pair" in broken(problem, made(problem, (0, [JOB1, JOB2, PICKUP])))
    problem["vehicles"][1]["capacity"] = [4, 9]
    assert "pair" in broken(problem, made(problem, (0, [JOB1, JOB2, PICKUP]), (1, [DELIVERY])))


def test_half_a_shipment_left_behind_is_found():
    problem = every()
    plan = made(problem, GOOD)
    half_left(problem, plan)
    assert broken(problem, plan) == {"once", "pair"}


def test_service_and_setup_may_not_be_shortened():
    problem = every()
    plan = made(problem, GOOD)
    problem["jobs"][1]["service"] = 6
    assert "service" in broken(problem, plan)
    problem = every()
    problem["jobs"][0]["setup"] = 3
    assert "service" in broken(problem, plan)


def test_a_route_of_unknown_stops_is_not_walked():
    problem = every()
    plan = made(problem, GOOD)
    unknown_step(problem, plan)
    assert "known" in broken(problem, plan)
    assert check(problem, plan)[0].line().startswith("routes[0]: ")


def test_a_route_for_the_wrong_reason_costs_what_the_file_says():
    problem = every()
    plan = made(problem, GOOD)
    problem["vehicles"][0]["costs"]["fixed"] = 51
    assert broken(problem, plan) == {"figures"}

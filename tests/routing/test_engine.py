"""What PyVRP finds, after exact repair, keeps every limit that the checker knows; never timed, bounded by turns."""

import itertools

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulou.routing.answer import as_json
from bulou.routing.check import check
from bulou.routing.engine import Model, search
from bulou.routing.mend import filled, trimmed
from bulou.routing.plan import Plan, Route, fits, score
from bulou.routing.reading import problem_of
from bulou.routing.reasons import reasons, servable
from tests.routing.problems import drawn, every

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def turns(many):
    """A stop after so many looks."""
    left = itertools.count()
    return lambda _: next(left) >= many


def never():
    return False


def planned(given, *, looks=40, seed=0, optional=True):
    problem = problem_of(given)
    tasks = servable(problem)
    plan = Plan(())
    if tasks:
        found, _ = search(Model(problem, tasks, optional=optional), None, stop=turns(looks), seed=seed)
        plan = filled(problem, trimmed(problem, found), over=never)
    return problem, plan


@SLOW
@given(drawn(), st.integers(0, 3))
def test_every_plan_passes_the_checker(given_problem, seed):
    problem, plan = planned(given_problem, seed=seed)
    answer = as_json(problem, plan, reasons(problem, plan), seconds={"solving": 0.0})
    assert [one.line() for one in check(given_problem, answer)] == []


@SLOW
@given(drawn())
def test_what_is_filled_in_alone_passes_the_checker_and_leaves_nothing_that_fits(given_problem):
    problem = problem_of(given_problem)
    plan = filled(problem, Plan(()), over=never)
    assert check(given_problem, as_json(problem, plan, reasons(problem, plan), seconds={})) == []
    assert filled(problem, plan, over=never) == plan


def brute(problem):
    """The best score over all ways to give the tasks to vehicles, in every order."""
    tasks = range(len(problem.tasks))
    best = None
    for given_to in itertools.product(range(-1, len(problem.vehicles)), repeat=len(problem.tasks)):
        routes = []
        for at, vehicle in enumerate(problem.vehicles):
            stops = [stop for task in tasks if given_to[task] == at for stop in problem.tasks[task].stops]
            ways = [way for way in itertools.permutations(stops) if _ordered(problem, way) and fits(problem, vehicle, way)]
            if stops and not ways:
                break
            routes.append(min((Route(at, way) for way in ways), key=lambda one: score(problem, Plan((one,))).cost))
        else:
            found = score(problem, Plan(tuple(routes)))
            best = found if best is None or found < best else best
    return best


def _ordered(problem, way):
    return all(
        list(way).index(problem.tasks[t].stops[0]) <= list(way).index(problem.tasks[t].stops[-1])
        for t in {problem.stops[s].task for s in way}
    )


@settings(
    max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(drawn(most=3))
def test_small_problems_are_served_as_far_as_any_plan_could(given_problem):
    problem, plan = planned(given_problem, looks=150)
    best = brute(problem)
    found = score(problem, plan)
    assert found >= best
    assert (found.priority, found.tasks) == (best.priority, best.tasks)


def test_a_plan_goes_into_the_engine_and_comes_back():
    given_problem = every()
    problem, plan = planned(given_problem, looks=100)
    model = Model(problem, servable(problem), optional=True)
    assert model.plan(model.solution(plan)) == plan
    assert model.solution(plan).is_feasible()


def test_several_windows_setup_and_skills_are_kept_by_the_engine_itself():
    given_problem = {
        "vehicles": [{"id": 1, "start": [0, 0], "skills": [5]}, {"id": 2, "start": [0, 0]}],
        "jobs": [
            {"id": 1, "location": [10, 0], "time_windows": [[0, 5], [50, 60]], "setup": 4, "service": 1},
            {"id": 2, "location": [10, 0], "time_windows": [[0, 40]], "setup": 4, "service": 1},
            {"id": 3, "location": [20, 0], "skills": [5]},
        ],
    }
    problem = problem_of(given_problem)
    plan, feasible = search(Model(problem, [0, 1, 2]), None, stop=turns(200), seed=1)
    assert feasible
    assert trimmed(problem, plan) == plan
    answer = as_json(problem, plan, {}, seconds={})
    assert check(given_problem, answer) == []
    assert [(route["vehicle"], route["cost"]) for route in answer["routes"]] == [(1, 20)]


def test_instants_of_a_calendar_and_real_distances_do_not_overflow():
    day = 1_663_603_200
    given_problem = {
        "vehicles": [
            {"id": 1, "start": [0.5, 0.25], "end": [0.5, 0.25], "time_window": [day, day + 40_000], "costs": {"per_km": 0.31}}
        ],
        "jobs": [
            {"id": n, "location": [1000.3 * n, 7.7], "service": 60.5, "time_windows": [[day + 4000 * n, day + 4000 * n + 1800]]}
            for n in range(1, 6)
        ],
    }
    problem, plan = planned(given_problem, looks=100, optional=False)
    answer = as_json(problem, plan, reasons(problem, plan), seconds={})
    assert check(given_problem, answer) == []
    assert answer["summary"]["unassigned"] == 0


def test_the_important_are_served_before_the_many():
    given_problem = {
        "vehicles": [{"id": 1, "start": [0, 0], "end": [0, 0], "max_tasks": 2}],
        "jobs": [{"id": n, "location": [n, 0], "priority": 9 if n == 50 else 1} for n in (1, 2, 3, 50)],
    }
    problem, plan = planned(given_problem, looks=100)
    served = {problem.stops[stop].id for route in plan.routes for stop in route.stops}
    assert 50 in served
    assert len(served) == 2
    assert "Only" not in reasons(problem, plan)[next(iter(reasons(problem, plan)))]

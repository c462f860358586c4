import pytest

from bulou.routing.plan import Plan, Route
from bulou.routing.reading import problem_of
from bulou.routing.reasons import reasons, servable

VEHICLE = {"id": 1, "start": [0, 0], "end": [0, 0], "capacity": [4], "skills": [1]}


@pytest.mark.parametrize(
    ("vehicle", "job", "says"),
    [
        ({}, {"skills": [7]}, "No vehicle has skill 7."),
        ({}, {"delivery": [5]}, "It asks for 5 of quantity 1; the largest vehicle that may serve it holds 4."),
        ({"max_tasks": 0}, {}, "its stops are more than max_tasks"),
        ({"max_travel_time": 19}, {}, "the way there and back is longer than max_travel_time"),
        ({"max_distance": 19}, {}, "the way there and back is farther than max_distance"),
        ({"max_duration": 24}, {}, "the round takes longer than max_duration"),
        ({"time_window": [0, 24]}, {}, "within the vehicle's time_window"),
        ({"time_window": [0, 24], "max_duration": 20}, {}, "even alone"),
        ({}, {"time_windows": [[0, 9]]}, "within its time windows"),
    ],
)
def test_the_first_limit_that_nobody_could_keep_is_said(vehicle, job, says):
    given = {"vehicles": [VEHICLE | vehicle], "jobs": [{"id": 1, "location": [10, 0], "service": 5} | job]}
    problem = problem_of(given)
    assert servable(problem) == []
    assert says in reasons(problem, Plan(()))[0]


def test_two_skills_that_no_vehicle_joins_are_said():
    given = {
        "vehicles": [VEHICLE, VEHICLE | {"id": 2, "skills": [2]}],
        "jobs": [{"id": 1, "location": [1, 0], "skills": [1, 2]}],
    }
    assert reasons(problem_of(given), Plan(()))[0] == "No vehicle has all of the skills 1, 2."


def test_vehicles_that_are_taken_are_counted():
    jobs = [{"id": n, "location": [n, 0], "delivery": [4]} for n in (1, 2)]
    problem = problem_of({"vehicles": [VEHICLE, VEHICLE | {"id": 2, "capacity": [1]}], "jobs": jobs})
    assert "The only vehicle that could serve it is taken" in reasons(problem, Plan((Route(0, (0,)),)))[1]
    problem = problem_of({"vehicles": [VEHICLE, VEHICLE | {"id": 2}], "jobs": jobs})
    assert "Each of the 2 vehicles that could serve it was left without it" in reasons(problem, Plan((Route(0, (0,)),)))[1]

import json

import pytest

from bulou.kernel.errors import InputFault
from bulou.routing.problem import LAST, NOWHERE, Kind
from bulou.routing.reading import problem_of, read
from tests.routing.problems import every


def test_every_key_arrives_in_the_problem():
    found = problem_of(every())
    van = found.vehicles[0]
    assert (van.id, van.capacity, van.skills, van.window, van.fixed, van.per_hour) == (1, (4, 9), {1}, (0, 1000), 50, 7200)
    assert (van.max_tasks, van.max_travel_time, van.max_distance, van.max_duration) == (6, 200, 200, 900)
    assert (found.vehicles[1].end, found.vehicles[1].fixed, found.vehicles[1].max_tasks) == (NOWHERE, None, LAST)
    job = found.stops[0]
    assert (job.kind, job.setup, job.service, job.windows) == (Kind.JOB, 2, 5, ((20, 30), (60, 90)))
    assert (found.tasks[0].priority, found.tasks[0].delivery, found.tasks[1].pickup) == (7, (1, 0), (2, 1))
    assert [found.stops[stop].kind for stop in found.tasks[3].stops] == [Kind.PICKUP, Kind.DELIVERY]
    assert found.tasks[3].amount == (2, 0)
    assert found.stops[0].place == found.stops[1].place


def test_planar_legs_are_straight_and_whole_where_they_can_be():
    found = problem_of(every())
    legs = found.legs(found.vehicles[0])
    here, there = found.vehicles[0].start, found.stops[0].place
    assert legs.duration[here][there] == 5
    assert isinstance(legs.duration[here][there], int)
    assert legs.cost[here][there] == 10
    assert legs.duration[here][NOWHERE] == 0


def test_tables_are_read_by_index_and_speed_divides_durations_only():
    found = problem_of(
        {
            "vehicles": [{"id": 1, "start_index": 2, "speed_factor": 2, "costs": {"per_km": 1000, "per_hour": 0}}],
            "jobs": [{"id": 1, "location_index": 0}],
            "matrices": {
                "car": {"durations": [[0, 1, 2], [3, 0, 5], [6, 7, 0]], "distances": [[0, 9, 9], [9, 0, 9], [8, 9, 0]]}
            },
        }
    )
    legs = found.legs(found.vehicles[0])
    depot, job = found.vehicles[0].start, found.stops[0].place
    assert (legs.duration[depot][job], legs.distance[depot][job], legs.cost[depot][job]) == (3, 8, 8)


def test_windows_are_sorted_and_those_that_touch_are_one():
    given = every()
    given["jobs"][0]["time_windows"] = [[60, 90], [20, 30], [30, 40]]
    assert problem_of(given).stops[0].windows == ((20, 40), (60, 90))


def test_an_unknown_key_is_named_and_harmless_and_a_misplaced_one_is_refused():
    given = every()
    given["jobs"][0]["colour"] = "red"
    assert problem_of(given).ignored == ("jobs[0].colour",)
    given["jobs"][0]["time_window"] = [0, 1]
    with pytest.raises(InputFault, match=r"jobs\[0\]\.time_window.*not understood here"):
        problem_of(given)


BAD = [
    (("jobs", 0, "service"), -1, "jobs[0].service"),
    (("jobs", 0, "service"), "5", "jobs[0].service"),
    (("jobs", 0, "service"), True, "jobs[0].service"),
    (("jobs", 0, "service"), 10**40, "jobs[0].service"),
    (("jobs", 0, "service"), 1e999, "jobs[0].service"),
    (("jobs", 0, "id"), None, "jobs[0].id"),
    (("jobs", 0, "id"), 2, "jobs[1].id"),
    (("jobs", 0, "id"), 1.5, "jobs[0].id"),
    (("jobs", 0, "priority"), 101, "jobs[0].priority"),
    (("jobs", 0, "location"), [1], "jobs[0].location"),
    (("jobs", 0, "location"), [1, "2"], "jobs[0].location"),
    (("jobs", 0, "location"), [1e10, 0], "jobs[0].location"),
    (("jobs", 0, "delivery"), [1], "jobs[0].delivery"),
    (("jobs", 0, "delivery"), [1, 0.5], "jobs[0].delivery[1]"),
    (("jobs", 0, "delivery"), [1, -1], "jobs[0].delivery[1]"),
    (("jobs", 0, "time_windows"), [], "jobs[0].time_windows"),
    (("jobs", 0, "time_windows"), [[5, 3]], "jobs[0].time_windows[0]"),
    (("jobs", 0, "time_windows"), [[5, 6, 7]], "jobs[0].time_windows[0]"),
    (("jobs", 0, "time_windows"), [5, 6], "jobs[0].time_windows[0]"),
    (("jobs", 0), 5, "jobs[0]"),
    (("jobs",), {}, "jobs"),
    (("vehicles",), [], "vehicles"),
    (("vehicles", 0, "costs"), [], "vehicles[0].costs"),
    (("vehicles", 0, "breaks"), [], "vehicles[0].breaks"),
    (("vehicles", 0, "speed_factor"), 0, "vehicles[0].speed_factor"),
    (("vehicles", 0, "capacity"), [4], "vehicles[1].capacity"),
    (("vehicles", 0, "max_tasks"), 1.5, "vehicles[0].max_tasks"),
    (("shipments", 0, "amount"), [1, 2, 3], "shipments[0].amount"),
    (("shipments", 0, "pickup"), None, "shipments[0].pickup"),
    (("matrix",), [], "matrix"),
    (("matrices",), {}, "matrices"),
    (("matrices",), {"car": {"durations": [[0]]}}, "vehicles[0].start"),
]


@pytest.mark.parametrize(("path", "value", "where"), BAD, ids=[f"{where}={value!r}"[:50] for _, value, where in BAD])
def test_the_first_bad_value_is_named_with_its_remedy(path, value, where):
    given = every()
    at = given
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(InputFault) as fault:
        problem_of(given, file="p.json")
    assert fault.value.column == where
    assert fault.value.line().startswith(f"p.json, column {where}: ")
    assert fault.value.remedy
    assert "\n" not in fault.value.line()


TABLE = {
    "vehicles": [{"id": 1, "start_index": 0}],
    "jobs": [{"id": 1, "location_index": 1}],
    "matrices": {"car": {"durations": [[0, 1], [1, 0]]}},
}


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda p: p["jobs"][0].update(location_index=2), "jobs[0].location_index"),
        (lambda p: p["jobs"][0].update(location_index=-1), "jobs[0].location_index"),
        (lambda p: p["jobs"][0].update(location_index="1"), "jobs[0].location_index"),
        (lambda p: p["jobs"][0].pop("location_index"), "jobs[0]"),
        (lambda p: p["vehicles"][0].pop("start_index"), "vehicles[0]"),
        (lambda p: p["vehicles"][0].update(profile="bike"), "vehicles[0].profile"),
        (lambda p: p["vehicles"][0].update(max_distance=3), "vehicles[0].max_distance"),
        (lambda p: p["vehicles"][0].update(costs={"per_km": 3}), "vehicles[0].costs.per_km"),
        (lambda p: p["matrices"]["car"].update(durations=[[0, 1], [1]]), "matrices.car.durations[1]"),
        (lambda p: p["matrices"]["car"].update(durations=[[0, -1], [1, 0]]), "matrices.car.durations[0][1]"),
        (lambda p: p["matrices"]["car"].update(durations=[[0, 1], [None, 0]]), "matrices.car.durations[1][0]"),
        (lambda p: p["matrices"]["car"].update(durations=[]), "matrices.car.durations"),
        (lambda p: p["matrices"]["car"].update(costs=[[0]]), "matrices.car.costs"),
        (lambda p: p["matrices"]["car"].pop("durations"), "matrices.car.durations"),
        (lambda p: p["matrices"].update(bike={"durations": [[0]]}), "matrices"),
        (lambda p: p.pop("matrices"), "vehicles[0].start_index"),
        (lambda p: p.pop("jobs"), ""),
    ],
)
def test_tables_and_the_rows_that_point_into_them_must_agree(change, where):
    given = json.loads(json.dumps(TABLE))
    change(given)
    with pytest.raises(InputFault) as fault:
        problem_of(given)
    assert fault.value.column == where


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"[]", "a list and not an object"),
        (b"3", "a number and not an object"),
        (b"{", "line 1, position 2"),
        (b'{"jobs": NaN}', "NaN is no number"),
        (b'{"jobs": -Infinity}', "-Infinity is no number"),
        (b'{"jobs": [], "jobs": []}', "'jobs' stands twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"jobs": ' + b"9" * 5000 + b"}", "is not JSON"),
        ('{"jobs": "贵阳"}'.encode("gb18030"), "is not UTF-8"),
        (b"PK\x03\x04\xff\xff", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_problem_is_refused_in_one_line(tmp_path, content, says):
    path = tmp_path / "p.json"
    path.write_bytes(content)
    with pytest.raises(InputFault, match=says) as fault:
        read(path)
    assert fault.value.line().startswith("p.json: ")
    assert "\n" not in fault.value.line()


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputFault, match="cannot be read"):
            read(path)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "p.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(TABLE).encode())
    assert len(read(path).tasks) == 1

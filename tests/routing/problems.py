"""Problems for the routing tests: one that uses every key, and drawn ones."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

EVERY: dict[str, Any] = {
    "vehicles": [
        {
            "id": 1, "description": "van", "profile": "car", "start": [0, 0], "end": [0, 0], "capacity": [4, 9], "skills": [1],
            "time_window": [0, 1000], "costs": {"fixed": 50, "per_hour": 7200}, "speed_factor": 1, "max_tasks": 6,
            "max_travel_time": 200, "max_distance": 200, "max_duration": 900,
        },
        {"id": 2, "start": [0, 0], "capacity": [1, 1], "max_travel_time": 900},
    ],
    "jobs": [
        {"id": 1, "location": [3, 4], "service": 5, "setup": 2, "delivery": [1, 0], "skills": [1], "priority": 7,
         "time_windows": [[20, 30], [60, 90]], "description": "a"},
        {"id": 2, "location": [3, 4], "service": 5, "setup": 2, "pickup": [2, 1]},
        {"id": 3, "location": [900, 900]},
    ],
    "shipments": [
        {"pickup": {"id": 1, "location": [0, 8], "service": 3}, "delivery": {"id": 1, "location": [6, 8], "time_windows": [[0, 500]]},
         "amount": [2, 0]},
    ],
}  # fmt: skip


def every() -> dict[str, Any]:
    """A copy of the problem that uses every key, to be changed at will."""
    return copy.deepcopy(EVERY)


@st.composite
def drawn(draw: st.DrawFn, *, most: int = 7) -> dict[str, Any]:
    """A small problem with tables or points, any mix of jobs and shipments, tight or loose."""
    width = draw(st.integers(0, 2))
    places = draw(st.integers(2, 6))
    tables = draw(st.booleans())
    points = [[draw(st.integers(0, 30)), draw(st.integers(0, 30))] for _ in range(places)]

    def at(name: str) -> dict[str, Any]:
        one = draw(st.integers(0, places - 1))
        if tables:
            return {f"{name}_index": one}
        return {name: points[one]}

    def amount() -> list[int]:
        return [draw(st.integers(0, 3)) for _ in range(width)]

    def windows() -> dict[str, Any]:
        count = draw(st.integers(0, 3))
        return (
            {"time_windows": [[(a := draw(st.integers(0, 200))), a + draw(st.integers(0, 60))] for _ in range(count)]}
            if count
            else {}
        )

    def step(identity: int) -> dict[str, Any]:
        return {
            "id": identity,
            **at("location"),
            "service": draw(st.integers(0, 9)),
            "setup": draw(st.integers(0, 5)),
            **windows(),
        }

    def work() -> dict[str, Any]:
        return {"skills": draw(st.lists(st.integers(1, 2), max_size=1)), "priority": draw(st.integers(0, 3))}

    def vehicle(identity: int) -> dict[str, Any]:
        ends = draw(st.sampled_from([("start",), ("end",), ("start", "end")]))
        found: dict[str, Any] = {"id": identity, "capacity": [draw(st.integers(0, 6)) for _ in range(width)], "skills": [1]}
        for name in ends:
            found |= at(name)
        limits = {
            "max_tasks": st.integers(0, 5), "max_travel_time": st.integers(0, 90), "max_distance": st.integers(0, 90),
            "max_duration": st.integers(0, 150), "speed_factor": st.sampled_from([0.5, 1, 2]),
        }  # fmt: skip
        for name in draw(st.lists(st.sampled_from(sorted(limits)), max_size=2, unique=True)):
            found[name] = draw(limits[name])
        if draw(st.booleans()):
            found["costs"] = {"fixed": draw(st.integers(0, 50)), "per_hour": draw(st.sampled_from([1800, 3600]))}
        if draw(st.booleans()):
            found["time_window"] = [draw(st.integers(0, 50)), draw(st.integers(50, 300))]
        return found

    jobs = draw(st.integers(0, most))
    problem: dict[str, Any] = {
        "vehicles": [vehicle(1 + one) for one in range(draw(st.integers(1, 3)))],
        "jobs": [{**step(1 + one), **work(), "delivery": amount(), "pickup": amount()} for one in range(jobs)],
        "shipments": [
            {"pickup": step(1 + one), "delivery": step(1 + one), "amount": amount(), **work()}
            for one in range(draw(st.integers(0, (most - jobs) // 2)))
        ],
    }
    if tables:
        durations = [[0 if i == j else draw(st.integers(0, 40)) for j in range(places)] for i in range(places)]
        problem["matrices"] = {
            "car": {"durations": durations, "distances": [[7 * value for value in row] for row in durations]}
        }
    return problem

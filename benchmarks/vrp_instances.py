"""Published routing instances as VROOM's JSON, read where they lie beside the project (``BULOU_SHARED`` names another place).

Each instance keeps the convention of its best-known value: Solomon's, Homberger's, Li & Lim's, the mixed fleets' and the
multi-depot's distances are real numbers, the X instances' are rounded to integers and therefore given as a table.
"""

from __future__ import annotations

import csv
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("BULOU_SHARED", Path(__file__).resolve().parents[1] / "../shared/data")) / "vrp"
HUNDREDTHS = 100  # the mixed fleets' costs are written in hundredths of their best-known value's unit


@dataclass(frozen=True, slots=True)
class Instance:
    """A problem with its best-known vehicles and cost; ``scale`` is how many units of our cost make one of theirs."""

    name: str
    kind: str
    customers: int
    problem: dict[str, Any]
    vehicles: int
    cost: float
    by_vehicles: bool
    scale: float = 1


def instances() -> list[Instance]:
    """All that ``BKS.csv`` names."""
    with (FOLDER / "BKS.csv").open(newline="") as table:
        return [_instance(row) for row in csv.DictReader(table)]


def _instance(row: dict[str, str]) -> Instance:
    name, kind = row["instance"], row["kind"]
    read = {"VRPTW": _windows, "PDPTW": _pairs, "CVRP": _capacity, "HFVRP": _mixed, "MDVRPTW": _depots}[kind]
    path = next(path for path in FOLDER.iterdir() if path.name.lower() in {f"{name.lower()}.txt", f"{name.lower()}.vrp"})
    scale = {"HFVRP": HUNDREDTHS, "MDVRPTW": 0.001}.get(kind, 1)
    by_vehicles = kind in {"VRPTW", "PDPTW"}
    return Instance(
        name, kind, int(row["size"]), read(path), int(row["routes_bks"]), float(row["cost_bks"]), by_vehicles, scale
    )


def _numbers(path: Path) -> list[list[int]]:
    rows = []
    for line in path.read_text().splitlines():
        words = line.split()
        if words and all(word.lstrip("-").isdigit() for word in words):
            rows.append([int(word) for word in words])
    return rows


def _windows(path: Path) -> dict[str, Any]:
    """Solomon's form: vehicles and capacity, then number, x, y, demand, ready, due, service; the depot first."""
    (fleet, capacity), depot, *customers = _numbers(path)
    return {
        "vehicles": [_vehicle(one, depot[1:3], capacity, [depot[4], depot[5]]) for one in range(fleet)],
        "jobs": [
            {"id": n, "location": [x, y], "delivery": [demand], "service": service, "time_windows": [[ready, due]]}
            for n, x, y, demand, ready, due, service in customers
        ],
    }


def _vehicle(one: int, depot: list[int], capacity: int, window: list[int] | None = None, **more: Any) -> dict[str, Any]:
    shift = {} if window is None else {"time_window": window}
    return {"id": one + 1, "start": depot, "end": depot, "capacity": [capacity], **shift, **more}


def _pairs(path: Path) -> dict[str, Any]:
    """Li & Lim's form: as Solomon's, with each pickup's delivery in the last column."""
    (fleet, capacity, _), depot, *stops = _numbers(path)
    known = {row[0]: row for row in stops}

    def end(row: list[int]) -> dict[str, Any]:
        number, x, y, _, ready, due, service, *_ = row
        return {"id": number, "location": [x, y], "service": service, "time_windows": [[ready, due]]}

    return {
        "vehicles": [_vehicle(one, depot[1:3], capacity, [depot[4], depot[5]]) for one in range(fleet)],
        "shipments": [{"pickup": end(row), "delivery": end(known[row[8]]), "amount": [row[3]]} for row in stops if row[8]],
    }


def _sections(path: Path) -> tuple[dict[str, str], dict[str, list[list[Any]]]]:
    head: dict[str, str] = {}
    sections: dict[str, list[list[Any]]] = {}
    rows: list[list[Any]] = []
    for line in path.read_text().splitlines():
        words = line.split()
        if ":" in line:
            name, value = line.split(":", 1)
            head[name.strip()] = value.strip()
        elif words and words[0].isupper() and words[0] != "EOF":
            rows = sections[words[0]] = []
        elif words and words[0] != "EOF":
            rows.append([_number(word) for word in words])
    return head, sections


def _number(word: str) -> int | float:
    value = float(word)
    return int(value) if value.is_integer() else value


def _capacity(path: Path) -> dict[str, Any]:
    """A CVRP of the X set: rounded distances, as many vehicles as one likes, no cost for using one."""
    head, sections = _sections(path)
    points = [row[1:3] for row in sections["NODE_COORD_SECTION"]]
    table = [[math.floor(math.dist(here, there) + 0.5) for there in points] for here in points]
    customers = [row for row in sections["DEMAND_SECTION"] if row[0] != 1]
    vehicle = {"start_index": 0, "end_index": 0, "capacity": [int(head["CAPACITY"])], "costs": {"fixed": 0}}
    return {
        "vehicles": [{"id": one + 1, **vehicle} for one in range(len(customers))],
        "jobs": [{"id": n, "location_index": n - 1, "delivery": [demand]} for n, demand in customers],
        "matrices": {"car": {"durations": table, "distances": table}},
    }


def _mixed(path: Path) -> dict[str, Any]:
    """A mixed fleet: capacity, fixed cost and cost of distance by vehicle; real distances."""
    _, sections = _sections(path)
    points = {row[0]: row[1:3] for row in sections["NODE_COORD_SECTION"]}
    by_vehicle = {
        name: dict(map(tuple, sections[section]))  # type: ignore[arg-type]
        for name, section in (
            ("capacity", "CAPACITY_SECTION"), ("fixed", "VEHICLES_FIXED_COST_SECTION"),
            ("unit", "VEHICLES_UNIT_DISTANCE_COST_SECTION"),
        )
    }  # fmt: skip
    return {
        "vehicles": [
            _vehicle(
                one - 1, points[1], capacity,
                costs={"fixed": by_vehicle["fixed"].get(one, 0), "per_hour": 3600 * by_vehicle["unit"].get(one, 1)},
            )
            for one, capacity in by_vehicle["capacity"].items()
        ],
        "jobs": [{"id": n, "location": points[n], "delivery": [demand]} for n, demand in sections["DEMAND_SECTION"] if n != 1],
    }  # fmt: skip


def _depots(path: Path) -> dict[str, Any]:
    """Several depots, windows, and a longest duration of a route; no cost for using a vehicle."""
    head, sections = _sections(path)
    points = {row[0]: row[1:3] for row in sections["NODE_COORD_SECTION"]}
    service = dict(map(tuple, sections["SERVICE_TIME_SECTION"]))  # type: ignore[arg-type]
    windows = {row[0]: row[1:3] for row in sections["TIME_WINDOW_SECTION"]}
    depots = {row[0] for row in sections["DEPOT_SECTION"]}
    more = {"max_duration": int(head["VEHICLES_MAX_DURATION"]), "costs": {"fixed": 0}}
    return {
        "vehicles": [
            _vehicle(one - 1, points[depot], int(head["CAPACITY"]), windows[depot], **more)
            for one, depot in sections["VEHICLES_DEPOT_SECTION"]
        ],
        "jobs": [
            {"id": n, "location": points[n], "delivery": [demand], "service": service[n], "time_windows": [windows[n]]}
            for n, demand in sections["DEMAND_SECTION"]
            if n not in depots
        ],
    }

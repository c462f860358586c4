"""Reads a problem in VROOM's JSON; the whole file is refused on the first bad value, named by its path and remedy.

VROOM's keys are taken, but for ``breaks``, ``steps``, ``type``, ``service_per_type``, ``setup_per_type`` and
``costs.per_task_hour``, which are refused: a plan that ignored them would break them. Ours is ``max_duration`` of a vehicle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bulou.routing.fields import FARTHEST, MOST, MOST_ID, Reader, decoded
from bulou.routing.problem import (
    ALWAYS,
    LAST,
    NOWHERE,
    PER_HOUR,
    Kind,
    Matrices,
    Number,
    Place,
    Problem,
    Stop,
    Task,
    Vehicle,
    Window,
)

HIGHEST_PRIORITY = 100
FASTEST = 5
MOST_TASKS = 20_000

ROOT = {"jobs", "shipments", "vehicles", "matrices"}
STEP = {"id", "description", "location", "location_index", "setup", "service", "time_windows"}
JOB = STEP | {"delivery", "pickup", "skills", "priority"}
SHIPMENT = {"pickup", "delivery", "amount", "skills", "priority", "description"}
COSTS = {"fixed", "per_hour", "per_km"}
VEHICLE = {
    "id", "profile", "description", "start", "start_index", "end", "end_index", "capacity", "costs", "skills", "time_window",
    "speed_factor", "max_tasks", "max_travel_time", "max_distance", "max_duration",
}  # fmt: skip
TABLES = {"durations", "distances", "costs"}
REFUSED = {"breaks", "steps", "type", "service_per_type", "setup_per_type", "per_task_hour", "matrix", "max_load"}
ALL = ROOT | JOB | SHIPMENT | COSTS | VEHICLE | TABLES | REFUSED


def read(path: Path) -> Problem:
    """The problem in a file; ``InputFault`` names the first thing that is wrong with it."""
    return problem_of(decoded(path), file=path.name)


def problem_of(found: dict[str, Any], *, file: str = "problem") -> Problem:
    """The problem in a decoded object."""
    root = Reader(found, file=file)
    root.knows(ROOT, ALL)
    matrices = {name: _matrices(one) for name, one in _profiles(root)}
    made = _Making(matrices, planar="matrices" not in found, width=_width(root))
    made.same_profile_size(root)
    drafts = root.readers("vehicles")
    if not drafts:
        raise root.fault("vehicles", "is empty" if root.has("vehicles") else "is missing", "Give at least one vehicle.")
    jobs, shipments = root.readers("jobs"), root.readers("shipments")
    if not (root.has("jobs") or root.has("shipments")):
        raise root.fault("", "has neither jobs nor shipments", "Give a list of jobs; it may be empty.")
    if len(jobs) + 2 * len(shipments) > MOST_TASKS or len(drafts) > MOST_TASKS:
        message = f"{len(jobs):,} jobs, {len(shipments):,} shipments, {len(drafts):,} vehicles are too many"
        raise root.fault("", message, f"Split the problem: at most {MOST_TASKS:,} stops and as many vehicles.")
    vehicles = [made.vehicle(one) for one in drafts]
    for one in jobs:
        made.job(one)
    for one in shipments:
        made.shipment(one)
    return Problem(
        tuple(made.places), tuple(made.stops), tuple(made.tasks), tuple(vehicles), matrices, tuple(root.ignored)
    )  # fmt: skip


def _width(root: Reader) -> int:
    """How many dimensions the first amount of the file has; all others must have as many."""
    for group, keys in (("vehicles", ("capacity",)), ("jobs", ("delivery", "pickup")), ("shipments", ("amount",))):
        for one in root.readers(group):
            for key in keys:
                if one.has(key):
                    return len(one.items(key))
    return 0


def _profiles(root: Reader) -> Iterable[tuple[str, Reader]]:
    if not root.has("matrices"):
        return []
    tables = root.reader("matrices")
    if not tables.found:
        raise root.fault("matrices", "is empty", "Give durations for a profile, or leave it out and give planar locations.")
    return [(name, tables.reader(name)) for name in tables.found]


def _matrices(tables: Reader) -> Matrices:
    tables.knows(TABLES, ALL)
    durations, distances, costs = tables.table("durations"), tables.table("distances"), tables.table("costs")
    if not durations:
        raise tables.fault("durations", "is missing" if durations is None else "is empty", "Give a square table of durations.")
    for name, other in (("distances", distances), ("costs", costs)):
        if other is not None and len(other) != len(durations):
            message = f"has {len(other)} rows, durations has {len(durations)}"
            raise tables.fault(name, message, "Give tables of the same size.")
    return Matrices(durations, distances, costs)


@dataclass
class _Making:
    """What grows while a file is read."""

    matrices: dict[str, Matrices]
    planar: bool
    width: int
    places: list[Place] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    known: dict[object, int] = field(default_factory=dict)
    ids: set[tuple[str, int]] = field(default_factory=set)

    def same_profile_size(self, root: Reader) -> None:
        sizes = {len(one.durations) for one in self.matrices.values()}
        if len(sizes) > 1:
            raise root.fault("matrices", "have different sizes", "Give every profile a row for every place.")

    def vehicle(self, given: Reader) -> Vehicle:
        given.knows(VEHICLE, ALL)
        start = self.place(given, "start", "start_index")
        end = self.place(given, "end", "end_index")
        if start == end == NOWHERE:
            raise given.fault("", "has neither start nor end", f"Give {self._wanted('start', 'start_index')}, or the end's.")
        costs = given.reader("costs")
        costs.knows(COSTS, ALL)
        made = Vehicle(
            id=self.name("vehicle", given),
            profile=given.text("profile", "car"),
            start=start,
            end=end,
            capacity=self.amounts(given, "capacity"),
            skills=frozenset(given.integers("skills")),
            window=_window(given, "time_window", given.found["time_window"]) if given.has("time_window") else (0, LAST),
            fixed=costs.number("fixed", 0) if costs.has("fixed") else None,
            per_hour=costs.number("per_hour", PER_HOUR),
            per_km=costs.number("per_km", 0),
            speed_factor=given.number("speed_factor", 1, low=0.01, high=FASTEST),
            max_tasks=given.integer("max_tasks", MOST) if given.has("max_tasks") else LAST,
            max_travel_time=given.number("max_travel_time", LAST),
            max_distance=given.number("max_distance", LAST),
            max_duration=given.number("max_duration", LAST),
            description=given.text("description"),
        )
        self._travels(given, costs, made)
        return made

    def _travels(self, given: Reader, costs: Reader, made: Vehicle) -> None:
        """The vehicle's profile has the tables that its costs and limits speak of."""
        if self.planar:
            return
        tables = self.matrices.get(made.profile)
        if tables is None:
            remedy = f"Add matrices.{made.profile}, or name one of: {', '.join(sorted(self.matrices))}."
            raise given.fault("profile", f"{made.profile!r} has no matrices", remedy)
        if tables.costs is not None and (made.per_hour, made.per_km) != (PER_HOUR, 0):
            raise costs.fault("", "stand beside a table of costs", "Give per_hour and per_km, or matrices with costs.")
        for reader, key, used in ((costs, "per_km", made.per_km), (given, "max_distance", made.max_distance != LAST)):
            if used and tables.distances is None:
                raise reader.fault(key, "needs distances", f"Add matrices.{made.profile}.distances.")

    def job(self, given: Reader) -> None:
        given.knows(JOB, ALL)
        at = self.stop(given, Kind.JOB)
        delivery, pickup = self.amounts(given, "delivery"), self.amounts(given, "pickup")
        self._task(given, (at,), delivery, pickup, self._none())

    def shipment(self, given: Reader) -> None:
        given.knows(SHIPMENT, ALL)
        for key in ("pickup", "delivery"):
            if not given.has(key):
                raise given.fault(key, "is missing", "A shipment needs a pickup and a delivery.")
        steps = given.reader("pickup"), given.reader("delivery")
        for one in steps:
            one.knows(STEP, ALL)
        stops = self.stop(steps[0], Kind.PICKUP), self.stop(steps[1], Kind.DELIVERY)
        self._task(given, stops, self._none(), self._none(), self.amounts(given, "amount"))

    def _none(self) -> tuple[int, ...]:
        return (0,) * self.width

    def _task(
        self, given: Reader, stops: tuple[int, ...], delivery: tuple[int, ...], pickup: tuple[int, ...], amount: tuple[int, ...]
    ) -> None:
        skills = frozenset(given.integers("skills"))
        priority = given.integer("priority", 0, high=HIGHEST_PRIORITY)
        self.tasks.append(Task(stops, delivery, pickup, amount, skills, priority))

    def stop(self, given: Reader, kind: Kind) -> int:
        """Keep one stop; returns its number."""
        name = self.name(kind, given)
        place = self.place(given, "location", "location_index")
        if place == NOWHERE:
            raise given.fault("", "has no place", f"Give {self._wanted('location', 'location_index')}.")
        self.stops.append(
            Stop(
                kind,
                name,
                len(self.tasks),
                place,
                given.number("setup", 0),
                given.number("service", 0),
                _windows(given),
                given.text("description"),
            )
        )
        return len(self.stops) - 1

    def name(self, kind: str, given: Reader) -> int:
        """The id, which no other of its kind has."""
        found = given.integer("id", None, high=MOST_ID)
        if (kind, found) in self.ids:
            raise given.fault("id", f"is {found}, which another {kind} has", "Give each its own id.")
        self.ids.add((kind, found))
        return found

    def amounts(self, given: Reader, key: str) -> tuple[int, ...]:
        """Amounts in as many dimensions as everywhere in the file; zeros where the key is missing."""
        found = given.integers(key)
        if given.has(key) and len(found) != self.width:
            remedy = "Give all capacities, deliveries, pickups and amounts the same length."
            raise given.fault(key, f"has {len(found)} dimensions, others have {self.width}", remedy)
        return found if given.has(key) else self._none()

    def place(self, given: Reader, key: str, index_key: str) -> int:
        """The number of the place that an object names; ``NOWHERE`` when it names none."""
        point = _point(given, key) if given.has(key) else None
        index = self._index(given, index_key) if given.has(index_key) else None
        if (point if self.planar else index) is None:
            if point is not None:
                raise given.fault(key, "is not in the matrices", f"Give its row as {index_key}.")
            return NOWHERE
        known = point if self.planar else index
        if known not in self.known:
            self.known[known] = len(self.places)
            self.places.append(Place(index, point))
        elif point is not None and self.places[self.known[known]].point is None:
            self.places[self.known[known]] = replace(self.places[self.known[known]], point=point)
        return self.known[known]

    def _index(self, given: Reader, key: str) -> int | None:
        if self.planar:
            given.integer(key, None)  # refused when it is none
            if not given.has(key.replace("_index", "")):
                raise given.fault(key, "has no matrices to point into", "Add matrices, or give planar locations as [x, y].")
            return None
        size = min(len(one.durations) for one in self.matrices.values())
        at = given.integer(key, None)
        if at >= size:
            raise given.fault(key, f"is {at}", f"The matrices have rows 0 to {size - 1}.")
        return at

    def _wanted(self, key: str, index_key: str) -> str:
        return f"{key} as [x, y]" if self.planar else index_key


def _point(given: Reader, key: str) -> tuple[Number, Number]:
    return given.pair(key, given.found[key], low=-FARTHEST, high=FARTHEST, wanted="Write two planar coordinates as [x, y].")


def _window(given: Reader, key: str, value: object) -> Window:
    start, end = given.pair(key, value, low=0, high=MOST, wanted=f"Write [start, end], both from 0 to {MOST:,}.")
    if end < start:
        raise given.fault(key, f"ends at {end}, before it starts at {start}", "Write [start, end].")
    return start, end


def _windows(given: Reader) -> tuple[Window, ...]:
    """The windows in order; those that overlap or touch are one."""
    if not given.has("time_windows"):
        return ALWAYS
    found = given.items("time_windows")
    if not found:
        raise given.fault("time_windows", "is empty", "Leave it out where any time will do.")
    joined: list[Window] = []
    for start, end in sorted(_window(given, f"time_windows[{at}]", one) for at, one in enumerate(found)):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return tuple(joined)

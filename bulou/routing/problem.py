"""A routing problem as values: places, stops, tasks, vehicles, and how far and how long from place to place.

The words are VROOM's. Times and distances keep the numbers of the file (integers stay integers); nothing is rounded here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

Number = int | float
Window = tuple[Number, Number]
Rows = list[list[Number]]

LAST = math.inf
ALWAYS: tuple[Window, ...] = ((0, LAST),)
PER_HOUR = 3600  # VROOM's default: one unit of cost for one second of travel
NOWHERE = -1  # the start or end of an open route; also the index of the row of zeros that ends each table


class Kind(StrEnum):
    """What happens at a stop, as the plan's JSON names it."""

    JOB = "job"
    PICKUP = "pickup"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is: a planar point, or a row of the tables (then the point is only carried along)."""

    index: int | None = None
    point: tuple[Number, Number] | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing done at one place; it begins, with its setup, inside one of the windows."""

    kind: Kind
    id: int
    task: int
    place: int
    setup: Number = 0
    service: Number = 0
    windows: tuple[Window, ...] = ALWAYS
    description: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """A job (one stop) or a shipment (its pickup, then its delivery, in the same route).

    ``delivery`` is on board from the start, ``pickup`` until the end, ``amount`` from the pickup to the delivery.
    """

    stops: tuple[int, ...]
    delivery: tuple[int, ...]
    pickup: tuple[int, ...]
    amount: tuple[int, ...]
    skills: frozenset[int] = frozenset()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle with its limits; ``fixed`` None means that using it counts before all travel."""

    id: int
    profile: str
    start: int
    end: int
    capacity: tuple[int, ...]
    skills: frozenset[int] = frozenset()
    window: Window = (0, LAST)
    fixed: Number | None = None
    per_hour: Number = PER_HOUR
    per_km: Number = 0
    speed_factor: Number = 1
    max_tasks: Number = LAST
    max_travel_time: Number = LAST
    max_distance: Number = LAST
    max_duration: Number = LAST
    description: str = ""

    @property
    def travel(self) -> tuple[str, Number, Number, Number]:
        """What its table of legs depends on."""
        return self.profile, self.speed_factor, self.per_hour, self.per_km

    @property
    def alike(self) -> tuple[object, ...]:
        """All but its name: vehicles that agree in this are interchangeable."""
        return (
            self.travel, self.start, self.end, self.capacity, self.skills, self.window, self.fixed, self.max_tasks,
            self.max_travel_time, self.max_distance, self.max_duration,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matrices:
    """One profile's tables, row by row: durations, and optionally distances and costs."""

    durations: Rows
    distances: Rows | None = None
    costs: Rows | None = None


class Legs(NamedTuple):
    """Duration, distance and cost from place to place for one kind of travel; the last row and column are zeros."""

    duration: Rows
    distance: Rows
    cost: Rows


@dataclass(frozen=True)
class Problem:
    """Everything that a plan is made from; ``ignored`` names keys of the file that mean nothing here."""

    places: tuple[Place, ...]
    stops: tuple[Stop, ...]
    tasks: tuple[Task, ...]
    vehicles: tuple[Vehicle, ...]
    matrices: dict[str, Matrices] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    _legs: dict[object, Legs] = field(default_factory=dict, compare=False, repr=False)

    @property
    def dimensions(self) -> int:
        """How many quantities have a capacity."""
        return len(self.vehicles[0].capacity)

    @property
    def has_distances(self) -> bool:
        """Whether the plan can say distances: planar points, or a table of them for every profile."""
        return all(tables.distances is not None for tables in self.matrices.values())

    def legs(self, vehicle: Vehicle) -> Legs:
        """The tables of legs that a vehicle travels by, made once for each kind of travel."""
        found = self._legs.get(vehicle.travel)
        if found is None:
            found = self._legs[vehicle.travel] = self._made(vehicle)
        return found

    def _made(self, vehicle: Vehicle) -> Legs:
        if self.matrices:
            tables = self.matrices[vehicle.profile]
            durations = self._chosen(tables.durations)
            distances: Rows = self._chosen(tables.distances) if tables.distances else [[0] * len(row) for row in durations]
        else:
            tables = None
            durations = distances = self._straight()
        if vehicle.speed_factor != 1:
            durations = [[seconds / vehicle.speed_factor for seconds in row] for row in durations]
        if tables and tables.costs:
            return Legs(durations, distances, self._chosen(tables.costs))
        return Legs(durations, distances, _costs(durations, distances, vehicle))

    def _straight(self) -> Rows:
        points = [place.point or (0, 0) for place in self.places]
        rows: Rows = [[*(_whole(math.dist(here, there)) for there in points), 0] for here in points]
        return [*rows, [0] * (len(points) + 1)]

    def _chosen(self, rows: Rows) -> Rows:
        at = [place.index or 0 for place in self.places]
        return [*([*(rows[here][there] for there in at), 0] for here in at), [0] * (len(at) + 1)]


def _costs(durations: Rows, distances: Rows, vehicle: Vehicle) -> Rows:
    if (vehicle.per_hour, vehicle.per_km) == (PER_HOUR, 0):
        return durations
    by_time, by_distance = vehicle.per_hour / PER_HOUR, vehicle.per_km / 1000
    return [
        [by_time * seconds + by_distance * metres for seconds, metres in zip(*rows, strict=True)]
        for rows in zip(durations, distances, strict=True)
    ]


def _whole(value: float) -> Number:
    """An integer where the value is one, so that sums of whole numbers stay exact."""
    return int(value) if value.is_integer() else value

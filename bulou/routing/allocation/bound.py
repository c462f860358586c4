"""How many people any plan could place at most: a linear relaxation, solved exactly, and then proved again from its prices.

A trip with people U takes at least the drive over any one of them, so at least the mean of the drives weighted by
people/seats; each stop at a place serves no more people than wait there (or have beds there), so everybody carries a share
of its minutes. Each person's seconds thus add up to no more than those of the trips: what drivers and vehicles can work,
and the rooms and beds of each site, bound the people. Columns (who goes to which site with which kind of vehicle) are
priced in over all sites until none is missing; the bound that is given out is the value of the final prices themselves
(weak duality), so that no tolerance of the solver can make it too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bulou.routing.allocation.problem import RISKS, Problem, VehicleKind

ROUNDS = 60
EXACT, ZONES = 400, 60  # types up to which all points are priced; zones else
FIRST, EACH = 12, 3  # columns of a unit type to begin with, and at most in each round
SMOOTH = 0.7
TOLERANCE = 0.0005


@dataclass(slots=True)
class _Fleet:
    """Vehicle kinds that carry alike, wherever they stand."""

    kind: VehicleKind
    kinds: list[int] = field(default_factory=list)
    vehicle_seconds: float = 0.0
    own_seconds: float = 0.0  # of their own drivers
    each: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))  # seconds per person, point x site


@dataclass(slots=True)
class _Type:
    """Units that the relaxation cannot tell apart."""

    point: int
    risk: int
    size: int
    fleets: tuple[int, ...]
    sites: np.ndarray  # allowed
    count: int = 0


class Relaxation:
    """The relaxed problem: types, fleets, rows of drivers, vehicles, rooms and beds."""

    def __init__(self, problem: Problem, plannable: list[int], zones: Sequence[int]) -> None:
        """From the units that some plan could place; ``zones``: the point that stands for each point."""
        self.problem = problem
        self.shared = [risk in problem.limits.shared_room_classes for risk in RISKS]
        self.people = np.zeros((len(RISKS), max(1, problem.pickups)))
        for number in plannable:
            unit = problem.units[number]
            for point, people, _ in unit.stops:
                self.people[unit.risk, point] += people
        self._rooms()
        self.fleets = self._fleets(plannable)
        self.types = self._types(plannable, zones)
        self.driver_seconds = sum(
            max(0, min(shift.work, shift.ends - shift.begins)) for shift in problem.shifts if shift.vehicle is None
        )  # fmt: skip

    def _rooms(self) -> None:
        sites = len(self.problem.sites)
        self.rooms, self.beds = np.zeros((len(RISKS) + 1, sites)), np.zeros((len(RISKS) + 1, sites))
        self.largest = np.zeros((len(RISKS), sites))
        for number, site in enumerate(self.problem.sites):
            for kind in site.kinds:
                row = len(RISKS) if kind.risk is None else kind.risk
                self.rooms[row, number] += len(kind.rooms)
                self.beds[row, number] += kind.beds * len(kind.rooms)
                for risk in range(len(RISKS)):
                    if kind.risk is None or kind.risk == risk:
                        self.largest[risk, number] = max(self.largest[risk, number], kind.beds)

    def _fleets(self, plannable: list[int]) -> list[_Fleet]:
        problem, limits = self.problem, self.problem.limits
        x, y = np.array(problem.x), np.array(problem.y)
        points = np.arange(problem.pickups)
        sites = np.array([site.point for site in problem.sites], dtype=np.int64)

        def seconds(here: np.ndarray, there: np.ndarray) -> Any:
            km = np.hypot(x[here][:, None] - x[there][None, :], y[here][:, None] - y[there][None, :])
            slow = km if limits.trunk_from_km is None else np.minimum(km, limits.trunk_from_km)
            return 3600 * (slow / limits.speed_kmh + (km - slow) / limits.trunk_kmh)

        between = seconds(points, sites)
        km = np.hypot(x[points][:, None] - x[sites][None, :], y[points][:, None] - y[sites][None, :])
        between[(between > problem.on_board) | (km > limits.route_km)] = np.inf
        found: dict[tuple[object, ...], _Fleet] = {}
        risks = {problem.units[number].risk for number in plannable}
        for number, kind in enumerate(problem.kinds):
            if kind.risk is not None and kind.risk not in risks:
                continue
            crews = [shift for shift in problem.shifts if shift.vehicle in kind.members]
            fleet = found.setdefault((kind.seats, kind.risk, kind.features), _Fleet(kind))
            fleet.kinds.append(number)
            long = max(0, kind.shift_until - kind.shift_from)
            fleet.vehicle_seconds += len(kind.members) * (long + problem.turn)
            fleet.own_seconds += sum(min(long, shift.work, max(0, shift.ends - shift.begins)) for shift in crews)
            base = np.array([kind.base])
            path = seconds(base, points)[0][:, None] + between + seconds(sites, base)[:, 0][None, :]
            fleet.each = path if not fleet.each.size else np.minimum(fleet.each, path)
        for fleet in found.values():
            fleet.each = fleet.each / max(fleet.kind.seats, 1)
        return list(found.values())

    def _types(self, plannable: list[int], zones: Sequence[int]) -> list[_Type]:
        problem = self.problem
        found: dict[tuple[object, ...], _Type] = {}
        offered = [[(kind.risk, kind.features) for kind in site.kinds] for site in problem.sites]
        allowed: dict[tuple[int, frozenset[frozenset[str]]], np.ndarray] = {}
        for number in plannable:
            unit = problem.units[number]
            asked = frozenset(ask.room for ask in unit.household.asks)
            if (unit.risk, asked) not in allowed:
                allowed[unit.risk, asked] = np.array(
                    [
                        all(any(risk in {None, unit.risk} and one <= features for risk, features in kinds) for one in asked)
                        for kinds in offered
                    ],
                    dtype=bool,
                )  # fmt: skip
            fleets = tuple(
                place for place, fleet in enumerate(self.fleets) if problem.suits(problem.kinds[fleet.kinds[0]], unit)
            )  # fmt: skip
            point = zones[unit.stops[0][0]]
            key = (point, unit.risk, unit.size, fleets, asked)
            if key not in found:
                found[key] = _Type(point, unit.risk, unit.size, fleets, allowed[unit.risk, asked])
            found[key].count += 1
        return list(found.values())

    def seconds(self, one: _Type, fleet: int) -> Any:
        """The least seconds that one person of the type costs at each site; inf where it cannot go."""
        problem, seats = self.problem, max(1, self.fleets[fleet].kind.seats)
        beds = self.beds[one.risk] + self.beds[len(RISKS)]
        stops = problem.per_stop / np.minimum(np.maximum(beds, 1), seats)
        stops = stops + problem.per_stop / min(max(self.people[one.risk, one.point], 1), seats)
        each = self.fleets[fleet].each[one.point] + stops + 2 * problem.per_person
        return np.where(one.sites & (beds > 0), each, np.inf)

    def rooms_for(self, one: _Type) -> Any:
        """How many rooms a unit of the type takes at each site at least."""
        if self.shared[one.risk]:
            return np.zeros(len(self.problem.sites))
        return np.ceil(one.size / np.maximum(self.largest[one.risk], 1))


def upper_bound(problem: Problem, plannable: list[int]) -> int:
    """No plan that keeps the rules places more people.

    Large problems are priced with points drawn together in zones first; the prices are then proved on all points.
    """
    everybody = sum(problem.units[number].size for number in plannable)
    if not everybody or not problem.sites or not problem.kinds:
        return 0
    full = _Pricing(Relaxation(problem, plannable, range(problem.pickups)))
    if len(full.types) <= EXACT:
        proved, _ = full.solve()
    else:
        _, coarse = (zoned := _Pricing(Relaxation(problem, plannable, _zones(problem, full.r.people.sum(axis=0))))).solve()
        proved = full.prove(coarse[len(zoned.types) :])
    return min(everybody, math.floor(proved + 1e-6))


def _zones(problem: Problem, people: np.ndarray) -> list[int]:
    """For each point the one that stands for its zone: points far apart are chosen one after the other, crowded ones first."""
    x, y = np.array(problem.x[: problem.pickups]), np.array(problem.y[: problem.pickups])
    weight = np.sqrt(people[: problem.pickups])
    chosen = [int(np.argmax(people[: problem.pickups]))]
    away = np.hypot(x - x[chosen[0]], y - y[chosen[0]])
    nearest = np.zeros(len(x), dtype=np.int64)
    while len(chosen) < min(ZONES, len(x)):
        chosen.append(int(np.argmax(away * weight)))
        this = np.hypot(x - x[chosen[-1]], y - y[chosen[-1]])
        nearest = np.where(this < away, len(chosen) - 1, nearest)
        away = np.minimum(away, this)
    return [chosen[place] for place in nearest.tolist()]


class _Pricing:
    """The linear programme. Rows: types, drivers, for each fleet own drivers and vehicles, for each site rooms and beds."""

    def __init__(self, relaxation: Relaxation) -> None:
        self.r = relaxation
        self.fleets, self.types = relaxation.fleets, relaxation.types
        sites = len(relaxation.problem.sites)
        self.rhs: list[float] = [float(one.count) for one in self.types]
        self.driver_row = self._row(float(relaxation.driver_seconds))
        self.own_rows = [self._row(fleet.own_seconds) for fleet in self.fleets]
        self.vehicle_rows = [self._row(fleet.vehicle_seconds) for fleet in self.fleets]
        any_rooms, any_beds = relaxation.rooms[len(RISKS)], relaxation.beds[len(RISKS)]
        self.room_rows, self.bed_rows = [], []
        for risk in range(len(RISKS)):
            self.room_rows.append(self._rows(relaxation.rooms[risk] + any_rooms))
            self.bed_rows.append(self._rows(relaxation.beds[risk] + any_beds))
        self.all_rooms = self._rows(relaxation.rooms.sum(axis=0))
        self.all_beds = self._rows(relaxation.beds.sum(axis=0))
        self.some_any = any_beds > 0
        self.columns: dict[tuple[int, int, int], None] = {}
        # With whom: the drivers of any vehicle, or the crews of the fleet's own.
        self.options = [
            [
                (fleet, row)
                for fleet in one.fleets
                for row in (self.driver_row, self.own_rows[fleet])
                if self.rhs[row] > 0
            ]
            for one in self.types
        ]  # fmt: skip
        self.cost = [
            [relaxation.seconds(one, fleet) for fleet, _ in options]
            for one, options in zip(self.types, self.options, strict=True)
        ]
        self.asked = [relaxation.rooms_for(one) for one in self.types]
        self.sites = sites

    def _row(self, limit: float) -> int:
        self.rhs.append(limit)
        return len(self.rhs) - 1

    def _rows(self, limits: np.ndarray) -> np.ndarray:
        return np.array([self._row(float(limit)) for limit in limits], dtype=np.int64)

    def _entries(self, number: int, place: int, site: int) -> list[tuple[int, float]]:
        """The rows that one unit of a type uses at a site with a fleet."""
        one = self.types[number]
        fleet, crew = self.options[number][place]
        seconds = float(self.cost[number][place][site]) * one.size
        turn = self.r.problem.turn * one.size / max(1, self.fleets[fleet].kind.seats)
        found = [(number, 1.0), (self.vehicle_rows[fleet], seconds + turn)]
        found.append((crew, seconds))
        rooms = float(self.asked[number][site])
        found.append((int(self.bed_rows[one.risk][site]), float(one.size)))
        if rooms:
            found.append((int(self.room_rows[one.risk][site]), rooms))
        if self.some_any[site]:
            found.append((int(self.all_beds[site]), float(one.size)))
            if rooms:
                found.append((int(self.all_rooms[site]), rooms))
        return found

    def _prices(self, number: int, place: int, dual: np.ndarray) -> Any:
        """What one unit of the type is worth at each site, less what it uses at these prices (not counting its own row)."""
        one = self.types[number]
        fleet, crew = self.options[number][place]
        seconds = self.cost[number][place] * one.size
        time_price = dual[self.vehicle_rows[fleet]] + dual[crew]
        turn = self.r.problem.turn * one.size / max(1, self.fleets[fleet].kind.seats)
        rooms = self.asked[number]
        used = one.size * dual[self.bed_rows[one.risk]] + rooms * dual[self.room_rows[one.risk]]
        used = used + np.where(self.some_any, one.size * dual[self.all_beds] + rooms * dual[self.all_rooms], 0.0)
        with np.errstate(invalid="ignore"):
            priced = one.size - time_price * seconds - dual[self.vehicle_rows[fleet]] * turn - used
        return np.where(np.isfinite(seconds), priced, -np.inf)

    def prove(self, dual: np.ndarray) -> float:
        """What prices of drivers, vehicles, rooms and beds, wherever they come from, prove here."""
        return self._proof(np.concatenate([np.zeros(len(self.types)), dual]))[0]

    def solve(self) -> tuple[float, np.ndarray]:
        """Price columns in until what the columns reach meets what the prices prove; the least bound proved.

        Prices are taken between the best ones so far and the newest (they swing wildly otherwise: all types want the one
        site that nobody has asked for yet).
        """
        proved = math.inf
        best = np.zeros(len(self.rhs))
        best[[self.driver_row, *self.own_rows]] = 1 / 600
        for number in range(len(self.types)):
            self._cheapest(number)
        for _ in range(ROUNDS):
            dual, reached = self._programme()
            for share in (SMOOTH, 0.0):
                between = share * best + (1 - share) * dual
                value, missing = self._proof(between)
                if value < proved:
                    proved, best = value, between
                new = [column for column in missing if column not in self.columns]
                if new:
                    break
            if not new or proved - reached <= TOLERANCE * proved:
                break
            self.columns.update(dict.fromkeys(new))
        return proved, best

    def _cheapest(self, number: int) -> None:
        for place in range(len(self.options[number])):
            cost = self.cost[number][place]
            order = np.argsort(cost, kind="stable")[:FIRST]
            self.columns.update(((number, place, int(site)), None) for site in order if np.isfinite(cost[site]))

    def _proof(self, dual: np.ndarray) -> tuple[float, list[tuple[int, int, int]]]:
        """The bound that prices prove, and the columns that they would like to have."""
        value = float(np.dot(dual[len(self.types) :], self.rhs[len(self.types) :]))
        missing: list[tuple[int, int, int]] = []
        for number, one in enumerate(self.types):
            best = 0.0
            for place in range(len(self.options[number])):
                priced = self._prices(number, place, dual)
                order = np.argsort(-priced, kind="stable")[:EACH]
                best = max(best, float(priced[order[0]]))
                missing += [(number, place, int(site)) for site in order if priced[site] > dual[number] + 1e-7]
            value += best * one.count
        return value, missing

    def _programme(self) -> tuple[np.ndarray, float]:
        """Solve the restricted programme; its prices, none negative, and its value."""
        import highspy  # noqa: PLC0415 - a sixth of a second that a help text should not pay

        columns = list(self.columns)
        start, index, value = [0], [], []
        for column in columns:
            entries = self._entries(*column)
            index += [row for row, _ in entries]
            value += [amount for _, amount in entries]
            start.append(len(index))
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(columns), len(self.rhs)
        model.sense_ = highspy.ObjSense.kMaximize
        model.col_cost_ = np.array([float(self.types[number].size) for number, _, _ in columns])
        model.col_lower_, model.col_upper_ = np.zeros(len(columns)), np.full(len(columns), highspy.kHighsInf)
        model.row_lower_, model.row_upper_ = np.full(len(self.rhs), -highspy.kHighsInf), np.array(self.rhs)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_, model.a_matrix_.index_ = np.array(start), np.array(index)
        model.a_matrix_.value_ = np.array(value)
        # The constructor of highspy.Highs sets callbacks up, which prints a banner on stdout; its base does neither.
        solver = highspy.Highs.__new__(highspy.Highs)
        super(highspy.Highs, solver).__init__()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        solver.passModel(model)
        solver.run()
        return np.maximum(np.array(solver.getSolution().row_dual), 0.0), solver.getInfo().objective_function_value

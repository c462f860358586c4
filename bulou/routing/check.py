"""The independent checker: recomputes a plan from the problem's own JSON and shares no code with reader or solver.

A plan may leave the command only when ``check`` finds nothing. It trusts no figure of the plan: the order of the stops is
taken from it, everything else is computed again and compared. Times of real numbers are compared to a hundred-thousandth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

NEAR = 1e-5  # seconds, units of distance and cost: rounding of sums, far below what a plan can mean


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a plan breaks, where, and how."""

    rule: str
    where: str
    says: str

    def line(self) -> str:
        """One line for a terminal."""
        return f"{self.where}: {self.says} ({self.rule})"


def check(problem: dict[str, Any], plan: dict[str, Any]) -> list[Violation]:
    """Every rule that the plan breaks; empty when it keeps them all."""
    facts = _Facts(problem)
    found: list[Violation] = []
    for at, route in enumerate(plan["routes"]):
        found += _Course(facts, route, f"routes[{at}]").violations()
    return [*found, *_everything_once(facts, plan), *_vehicles_once(facts, plan), *_summed(plan, facts)]


class _Facts:
    """The problem by id."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.matrices = problem.get("matrices")
        self.vehicles = {one["id"]: one for one in problem["vehicles"]}
        self.work: dict[tuple[str, int], tuple[dict[str, Any], dict[str, Any]]] = {}
        self.partner: dict[tuple[str, int], tuple[str, int]] = {}
        for job in problem.get("jobs", []):
            self.work["job", job["id"]] = (job, job)
        for shipment in problem.get("shipments", []):
            ends = [(kind, shipment[kind]["id"]) for kind in ("pickup", "delivery")]
            for kind, name in ends:
                self.work[kind, name] = (shipment, shipment[kind])
            self.partner[ends[0]], self.partner[ends[1]] = ends[1], ends[0]

    def leg(self, vehicle: dict[str, Any], here: object, there: object, table: str) -> float:
        """A leg's duration, distance or cost, from the tables or from the points."""
        if here is None or there is None:
            return 0.0
        if not self.matrices:
            straight = math.hypot(here[0] - there[0], here[1] - there[1])  # type: ignore[index]
            return straight / vehicle.get("speed_factor", 1) if table == "durations" else straight
        tables = self.matrices[vehicle.get("profile", "car")]
        value = float(tables[table][here][there]) if table in tables else 0.0
        return value / vehicle.get("speed_factor", 1) if table == "durations" else value

    def price(self, vehicle: dict[str, Any], here: object, there: object) -> float:
        """What a leg costs."""
        tables = self.matrices[vehicle.get("profile", "car")] if self.matrices else {}
        if "costs" in tables:
            return self.leg(vehicle, here, there, "costs")
        costs = vehicle.get("costs", {})
        by_time = self.leg(vehicle, here, there, "durations") * costs.get("per_hour", 3600) / 3600
        return float(by_time + self.leg(vehicle, here, there, "distances") * costs.get("per_km", 0) / 1000)

    def place(self, thing: dict[str, Any], point: str, index: str) -> object:
        """Where a stop, start or end is, comparable with others; None where it is nowhere."""
        if self.matrices:
            return thing.get(index)
        return tuple(map(float, thing[point])) if point in thing else None

    @property
    def knows_distance(self) -> bool:
        return not self.matrices or all("distances" in one for one in self.matrices.values())


class _Course:
    """One route, walked again from its vehicle and the order of its stops."""

    def __init__(self, facts: _Facts, route: dict[str, Any], where: str) -> None:
        self.facts, self.route, self.where = facts, route, where
        self.vehicle = facts.vehicles.get(route["vehicle"], {})
        self.steps = route["steps"]
        self.stops = [step for step in self.steps if step["type"] not in {"start", "end"}]
        self.known = [step for step in self.stops if (step["type"], step["id"]) in facts.work]
        self.found: list[Violation] = []

    def says(self, rule: str, at: str, says: str) -> None:
        self.found.append(Violation(rule, f"{self.where}{at}", says))

    def violations(self) -> list[Violation]:
        if not self.vehicle:
            self.says("vehicle", "", f"no vehicle {self.route['vehicle']} in the problem")
            return self.found
        if len(self.known) != len(self.stops) or not self.stops:
            self.says("known", "", "a stop is none of the problem's, or there is none")
            return self.found
        self.shape()
        self.skills()
        self.pairs()
        self.load()
        self.walk()
        self.limits()
        return self.found

    def shape(self) -> None:
        """Start first and end last, where the vehicle has them and there only; ids and places are the problem's."""
        kinds = [step["type"] for step in self.steps]
        wanted = [
            *(["start"] if self._place("start") is not None else []),
            *(step["type"] for step in self.stops),
            *(["end"] if self._place("end") is not None else []),
        ]
        if kinds != wanted:
            self.says("ends", "", f"runs {kinds[0]} … {kinds[-1]}, its vehicle {wanted[0]} … {wanted[-1]}")
            return
        for at, step in enumerate(self.steps):
            given = self.vehicle if step["type"] in {"start", "end"} else self.facts.work[step["type"], step["id"]][1]
            names = ("location", "location_index") if given is not self.vehicle else (step["type"], f"{step['type']}_index")
            if self.facts.place(step, "location", "location_index") != self.facts.place(given, *names):
                self.says("place", f".steps[{at}]", "is not where the problem has it")

    def _where(self, step: dict[str, Any]) -> object:
        """Where the problem has a stop, or the vehicle's end."""
        if step["type"] == "end":
            return self._place("end")
        return self.facts.place(self.facts.work[step["type"], step["id"]][1], "location", "location_index")

    def _place(self, end: str) -> object:
        return self.facts.place(self.vehicle, end, f"{end}_index")

    def skills(self) -> None:
        has = set(self.vehicle.get("skills", []))
        for step in self.stops:
            lacks = set(self.facts.work[step["type"], step["id"]][0].get("skills", [])) - has
            if lacks:
                self.says("skills", "", f"{step['type']} {step['id']} needs {sorted(lacks)}")

    def pairs(self) -> None:
        """A shipment is picked up before it is delivered, in the same route."""
        order = {(step["type"], step["id"]): at for at, step in enumerate(self.stops)}
        for name, at in order.items():
            other = self.facts.partner.get(name)
            if other is None:
                continue
            if other not in order:
                self.says("pair", "", f"{name[0]} {name[1]} without its {other[0]}")
            elif name[0] == "pickup" and order[other] < at:
                self.says("order", "", f"delivery {other[1]} comes before its pickup {name[1]}")

    def load(self) -> None:
        """What is on board after each step is what the steps say, and never more than the capacity."""
        capacity = self.vehicle.get("capacity", [])
        board = Counter[int]()
        for step in self.stops:
            board.update(
                dict(enumerate(self.facts.work[step["type"], step["id"]][0].get("delivery", [])))
                if step["type"] == "job"
                else {}
            )
        for at, step in enumerate(self.steps):
            board.update(dict(self._change(step)))
            full = [dim for dim, amount in board.items() if amount > (capacity[dim] if dim < len(capacity) else 0)]
            if full:
                self.says("capacity", f".steps[{at}]", f"carries {board[full[0]]} of quantity {full[0] + 1}")
            if any(step["load"][dim] != board[dim] for dim in range(len(step["load"]))):
                self.says("load", f".steps[{at}]", f"says {step['load']}")

    def _change(self, step: dict[str, Any]) -> Iterator[tuple[int, int]]:
        if step["type"] in {"start", "end"}:
            return
        whole = self.facts.work[step["type"], step["id"]][0]
        if step["type"] == "job":
            width = max(len(whole.get("pickup", [])), len(whole.get("delivery", [])))
            for dim in range(width):
                yield (
                    dim,
                    sum(whole.get("pickup", [0] * width)[dim : dim + 1])
                    - sum(whole.get("delivery", [0] * width)[dim : dim + 1]),
                )
            return
        for dim, amount in enumerate(whole.get("amount", [])):
            yield dim, amount if step["type"] == "pickup" else -amount

    def walk(self) -> None:
        """Each arrival is the one before plus what was done there plus travel; each beginning is in a window."""
        opens, closes = self.vehicle.get("time_window", (0, math.inf))
        here = self._place("start")
        at = self.steps[0]["arrival"] if here is not None else None
        if at is not None and at < opens - NEAR:
            self.says("shift", "", f"leaves at {at}, before {opens}")
        travelled = driven = 0.0
        for number, step in enumerate(self.steps):
            if step["type"] == "start":
                self.same(step, number, 0.0, 0.0)
                continue
            there = self._where(step)
            seconds = self.facts.leg(self.vehicle, here, there, "durations")
            travelled, driven = travelled + seconds, driven + self.facts.leg(self.vehicle, here, there, "distances")
            if at is not None and abs(step["arrival"] - at - seconds) > NEAR:
                self.says("travel", f".steps[{number}]", f"arrives at {step['arrival']}, {seconds} of travel after {at}")
            if at is None and step["arrival"] < opens - NEAR:
                self.says("shift", f".steps[{number}]", f"begins at {step['arrival']}, before {opens}")
            self.same(step, number, travelled, driven)
            if step["type"] != "end":
                self.begins(step, number, moved=here != there)
            at = step["arrival"] + step["waiting_time"] + step["setup"] + step["service"]
            here = there
        if at is not None and at > closes + NEAR:
            self.says("shift", "", f"ends at {at}, after {closes}")

    def begins(self, step: dict[str, Any], number: int, *, moved: bool) -> None:
        given = self.facts.work[step["type"], step["id"]][1]
        at = step["arrival"] + step["waiting_time"]
        windows = given.get("time_windows", [[0, math.inf]])
        if step["waiting_time"] < 0 or not any(start - NEAR <= at <= end + NEAR for start, end in windows):
            self.says("window", f".steps[{number}]", f"begins at {at}, windows are {windows}")
        if step["service"] != given.get("service", 0) or step["setup"] != (given.get("setup", 0) if moved else 0):
            self.says("service", f".steps[{number}]", f"has setup {step['setup']} and service {step['service']}")

    def same(self, step: dict[str, Any], number: int, travelled: float, driven: float) -> None:
        """The sums of travel that a step says."""
        if not _near(step["duration"], travelled) or ("distance" in step and not _near(step["distance"], driven)):
            self.says("figures", f".steps[{number}]", f"says {step['duration']} of travel, it is {travelled}")

    def limits(self) -> None:
        path = [self._place("start"), *map(self._where, self.stops), self._place("end")]
        legs = list(pairwise(path))
        travel = math.fsum(self.facts.leg(self.vehicle, here, there, "durations") for here, there in legs)
        metres = math.fsum(self.facts.leg(self.vehicle, here, there, "distances") for here, there in legs)
        price = math.fsum(self.facts.price(self.vehicle, here, there) for here, there in legs)
        last = self.steps[-1]
        lasts = last["arrival"] + last["waiting_time"] + last["setup"] + last["service"] - self.steps[0]["arrival"]
        for key, value in (
            ("max_tasks", len(self.stops)), ("max_travel_time", travel), ("max_distance", metres), ("max_duration", lasts)
        ):  # fmt: skip
            if value > self.vehicle.get(key, math.inf) + NEAR:
                self.says(key, "", f"has {value}, at most {self.vehicle[key]}")
        price += self.vehicle.get("costs", {}).get("fixed", 0)
        for name, figure in (
            ("cost", price),
            ("duration", travel),
            *([("distance", metres)] if self.facts.knows_distance else []),
        ):
            if not _near(self.route[name], figure):
                self.says("figures", f".{name}", f"says {self.route[name]}, it is {figure}")
        work = [self.facts.work[step["type"], step["id"]][0] for step in self.stops if step["type"] != "delivery"]
        counted = [
            ("priority", sum(one.get("priority", 0) for one in work)),
            *((name, self._amounts(work, name)) for name in ("delivery", "pickup")),
        ]
        for name, figure in counted:
            if self.route[name] != figure:
                self.says("figures", f".{name}", f"says {self.route[name]}, it is {figure}")
        for name in ("setup", "service", "waiting_time"):
            if not _near(self.route[name], math.fsum(step[name] for step in self.steps)):
                self.says("figures", f".{name}", f"says {self.route[name]}")

    def _amounts(self, work: list[dict[str, Any]], name: str) -> list[int]:
        """What the route delivers or picks up, by dimension, shipments included."""
        width = len(self.route[name])
        lists = [one.get(name, []) if isinstance(one.get(name, []), list) else one.get("amount", []) for one in work]
        return [sum(row[at] for row in lists if row) for at in range(width)]


def _everything_once(facts: _Facts, plan: dict[str, Any]) -> Iterator[Violation]:
    """Each stop of the problem stands once, in a route or among the unassigned; the latter with a reason, and whole."""
    driven = Counter((step["type"], step["id"]) for route in plan["routes"] for step in route["steps"] if "id" in step)
    left = Counter((one["type"], one["id"]) for one in plan["unassigned"])
    for name in facts.work:
        if driven[name] + left[name] != 1:
            yield Violation("once", f"{name[0]} {name[1]}", f"stands {driven[name] + left[name]} times in the plan")
    for name in (driven + left).keys() - facts.work.keys():
        yield Violation("known", f"{name[0]} {name[1]}", "is not in the problem")
    for one in plan["unassigned"]:
        if not str(one.get("reason", "")).strip():
            yield Violation("reason", f"{one['type']} {one['id']}", "is unassigned without a reason")
    for name in left:
        if name in facts.partner and facts.partner[name] not in left:
            yield Violation("pair", f"{name[0]} {name[1]}", f"is unassigned, its {facts.partner[name][0]} is not")


def _vehicles_once(facts: _Facts, plan: dict[str, Any]) -> Iterator[Violation]:
    for name, times in Counter(route["vehicle"] for route in plan["routes"]).items():
        if times > 1 and name in facts.vehicles:
            yield Violation("vehicle", f"vehicle {name}", f"drives {times} routes")


def _summed(plan: dict[str, Any], facts: _Facts) -> Iterator[Violation]:
    """The summary is the sum of the routes."""
    said = plan["summary"]
    names = ["cost", "setup", "service", "duration", "waiting_time", "priority"]
    for name in [*names, "distance"] if facts.knows_distance else names:
        figure = math.fsum(route[name] for route in plan["routes"])
        if not _near(said[name], figure):
            yield Violation("figures", f"summary.{name}", f"says {said[name]}, the routes add up to {figure}")
    counted: Iterable[tuple[str, int]] = (("routes", len(plan["routes"])), ("unassigned", len(plan["unassigned"])))
    for name, count in counted:
        if said[name] != count:
            yield Violation("figures", f"summary.{name}", f"says {said[name]}, it is {count}")


def _near(said: float, figure: float) -> bool:
    return abs(said - figure) <= NEAR * max(1.0, abs(figure) * 1e-6)

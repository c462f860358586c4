"""PyVRP behind one class: a problem becomes its data, its solutions become plans.

PyVRP counts in integers and knows no skills, no several windows of a shipment, no setup. Times are scaled and rounded
against the plan (travel up, windows inwards), so that what is feasible there is feasible here. A skill is a load that
only some vehicles hold, several windows are alternatives of which one is served, setup is part of the leg. What cannot
be said exactly (several windows of a shipment, ``max_tasks`` with shipments, limits of travel that are not in proportion
to cost) is relaxed, and ``mend`` repairs the plan.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from itertools import count
from typing import Any

import numpy as np
import pyvrp
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.IteratedLocalSearch import IteratedLocalSearch, IteratedLocalSearchParams
from pyvrp.PenaltyManager import PenaltyManager, PenaltyParams
from pyvrp.search import OPERATORS, LocalSearch, PerturbationManager, PerturbationParams, compute_neighbours

from bulou.routing.plan import Plan, Route, timetable
from bulou.routing.problem import LAST, NOWHERE, Number, Problem, Stop, Task, Vehicle

Table = Any  # PyVRP's own word for an array of 64-bit integers contradicts numpy's

LONGEST = 10**9  # scaled instants stay below, so that penalties times violations do not overflow
DEAREST = 10**6  # one leg's scaled cost: finer would outgrow what a unit of violation can cost
MOST_PENALTIES = 4 * 10**18
FINEST = 1_000
NOISE = 1e-7  # of scaled numbers: what multiplying real numbers leaves behind
DEAR = 20  # longest legs that using a vehicle costs where it counts before all travel
ALL_PRIZES = 10**17
QUICK, CHEAP = 100, 100.0  # turns between new penalties; of a violation: near good plans sooner
FEW = 150  # stops up to which a plan is small
WIDE, NARROW = 20, 10  # changes at a time, in a small plan and in a large one
LONG, SHORT = 300, 25  # turns that a worse plan is borne with; short where many stops fill a bounded fleet, or time runs out
INFEASIBLE = 2**62


class Model:
    """One problem as PyVRP's data.

    ``tasks`` are the positions of the tasks to plan. ``most`` bounds the vehicles, where all are alike. ``optional``
    lets tasks be left out, at a price by priority; otherwise a solution that leaves one out is infeasible. ``vehicles`` are
    the only ones to use.
    """

    def __init__(
        self,
        problem: Problem,
        tasks: list[int],
        *,
        most: int | None = None,
        optional: bool = False,
        vehicles: Collection[int] | None = None,
    ) -> None:
        """Make the data; nothing is searched yet."""
        self.problem, self.tasks, self.optional = problem, tasks, optional
        self.bounded = most is not None
        self.fleets = fleets(problem, vehicles)
        self._scales()
        self._nodes()
        self.kinds = list(dict.fromkeys(vehicle.travel for vehicle in problem.vehicles))
        samples = [next(one for one in problem.vehicles if one.travel == kind) for kind in self.kinds]
        self.leg = max([max(map(max, problem.legs(one).cost)) for one in samples])
        self.skills = sorted({skill for task in tasks for skill in problem.tasks[task].skills})
        clients = self._clients()  # before the locations, which it adds
        self.data = pyvrp.ProblemData(
            [pyvrp.Location(*self._point(place)) for place, _ in self.nodes],
            clients,
            [pyvrp.Depot(at) for at in range(len(self.ends))],
            [self._vehicles(fleet, most) for fleet in self.fleets],
            [self._table(one, cost=True) for one in samples],
            [self._table(one, cost=False) for one in samples],
            self.groups,
            self.shipments,
        )

    @property
    def small(self) -> bool:
        """Whether it has few stops."""
        return sum(len(self.problem.tasks[task].stops) for task in self.tasks) <= FEW

    def _scales(self) -> None:
        problem = self.problem
        legs = [problem.legs(vehicle) for vehicle in {one.travel: one for one in problem.vehicles}.values()]
        self.origin = math.floor(min(vehicle.window[0] for vehicle in problem.vehicles))
        instants = [at for stop in problem.stops for window in stop.windows for at in window if at != LAST]
        instants += [vehicle.window[1] for vehicle in problem.vehicles if vehicle.window[1] != LAST]
        spans = [stop.service + stop.setup for stop in problem.stops]
        durations = [max(map(max, one.duration)) for one in legs]
        latest = max([*(at - self.origin for at in instants), *durations, 1])
        self.per_time = _scale([*instants, *spans], [one.duration for one in legs], latest, LONGEST)
        self.latest = latest * self.per_time
        fixed = [vehicle.fixed or 0 for vehicle in problem.vehicles]
        dearest = max([*(max(map(max, one.cost)) for one in legs), max(fixed) / 1000, 1])
        self.per_cost = _scale(fixed, [one.cost for one in legs], dearest, DEAREST)

    def _nodes(self) -> None:
        """A location for each end of a route, then one for each stop and window."""
        problem = self.problem
        self.ends = list(dict.fromkeys(end for one in problem.vehicles for end in (one.start, one.end)))
        self.nodes: list[tuple[int, int]] = [(end, 0) for end in self.ends]
        often = Counter(stop.place for stop in problem.stops) + Counter(self.ends)
        self.alone = {place for place, times in often.items() if times == 1}

    def _point(self, place: int) -> tuple[float, float]:
        return (0, 0) if place == NOWHERE else self.problem.places[place].point or (0, 0)

    def _node(self, stop: Stop, window: tuple[Number, Number]) -> tuple[int, int, int, int]:
        """Keep a location; returns it with its earliest, latest and service, scaled.

        Setup lies on the leg to the stop where that can be said in time windows, else it is part of the service.
        """
        setup = stop.setup
        alone = stop.place in self.alone
        on_leg = setup if alone or window[1] - window[0] >= setup else 0
        self.nodes.append((stop.place, self._up(on_leg)))
        early = max(self._up(window[0] - self.origin + on_leg), 0)
        late = self._down(window[1] - self.origin + (on_leg if alone else 0))
        return len(self.nodes) - 1, early, max(late, early), self._up(stop.service + setup - on_leg)

    def _up(self, value: Number) -> int:
        return math.ceil(value * self.per_time - NOISE)

    def _down(self, value: Number) -> int:
        return np.iinfo(np.int64).max if value == LAST else math.floor(value * self.per_time + NOISE)

    def _clients(self) -> list[pyvrp.Client]:
        problem = self.problem
        clients: list[pyvrp.Client] = []
        self.groups: list[pyvrp.ClientGroup] = []
        self.shipments: list[pyvrp.Shipment] = []
        self.stop_of: list[int] = []
        self.client_of: dict[int, list[int]] = {}
        self.shipment_of: dict[int, int] = {}
        self.task_of: list[int] = []
        for at in self.tasks:
            task, prize = problem.tasks[at], self._prize(problem.tasks[at])
            if len(task.stops) > 1:
                self.shipment_of[at] = len(self.shipments)
                self.task_of.append(at)
                self.shipments.append(self._shipment(task, prize))
                continue
            stop = problem.stops[task.stops[0]]
            group = len(self.groups) if len(stop.windows) > 1 else None
            self.client_of[at] = []
            for window in stop.windows:
                location, early, late, service = self._node(stop, window)
                self.client_of[at].append(len(clients))
                self.stop_of.append(task.stops[0])
                clients.append(
                    pyvrp.Client(
                        location, self._load(task, task.delivery, 1), self._load(task, task.pickup, 0), service, early, late, 0,
                        prize, group is None and not self.optional, group,
                    )
                )  # fmt: skip
            if group is not None:
                self.groups.append(pyvrp.ClientGroup(self.client_of[at], required=not self.optional))
        return clients

    def _shipment(self, task: Task, prize: int) -> pyvrp.Shipment:
        ends = []
        for number in task.stops:
            stop = self.problem.stops[number]
            ends.append(self._node(stop, (stop.windows[0][0], stop.windows[-1][1])))
        (pickup, early, late, service), (delivery, early_there, late_there, service_there) = ends
        return pyvrp.Shipment(
            pickup, delivery, early, late, service, early_there, late_there, service_there,
            self._load(task, task.amount, 0), prize, not self.optional,
        )  # fmt: skip

    def _load(self, task: Task, amounts: Iterable[int], tasks: int) -> list[int]:
        """Amounts, then one for each skill that is needed, then what counts for ``max_tasks``."""
        needed = 1 if tasks or len(task.stops) > 1 else 0
        return [*amounts, *(needed if skill in task.skills else 0 for skill in self.skills), tasks]

    def _prize(self, task: Task) -> int:
        if not self.optional:
            return 0
        weight = task.priority * (len(self.tasks) + 1) + 1
        heaviest = sum(self.problem.tasks[at].priority * (len(self.tasks) + 1) + 1 for at in self.tasks)
        dearest = max([DEAR * self.leg, *(one.fixed or 0 for one in self.problem.vehicles)]) + 4 * self.leg
        return int(weight * max(1, min(dearest * self.per_cost, ALL_PRIZES / heaviest)))

    def _vehicles(self, fleet: list[int], most: int | None) -> pyvrp.VehicleType:
        one = self.problem.vehicles[fleet[0]]
        many = len(self.problem.stops)
        dear = DEAR * self.leg if most is None else 0  # bounded, vehicles need no price: it would only crowd the search
        fixed = dear if one.fixed is None else one.fixed
        farthest = _farthest(self.problem, one)
        return pyvrp.VehicleType(
            min(len(fleet), len(self.tasks), most or len(fleet)),
            [*one.capacity, *(many if skill in one.skills else 0 for skill in self.skills), int(min(one.max_tasks, many))],
            self.ends.index(one.start),
            self.ends.index(one.end),
            math.ceil(fixed * self.per_cost - NOISE),
            self._up(one.window[0] - self.origin),
            self._down(one.window[1] - self.origin),
            self._down(one.max_duration),
            np.iinfo(np.int64).max if farthest == LAST else math.floor(farthest * self.per_cost + NOISE),
            profile=self.kinds.index(one.travel),
        )

    def _table(self, vehicle: Vehicle, *, cost: bool) -> Table:
        legs = self.problem.legs(vehicle)
        at = np.array([place for place, _ in self.nodes])
        scale = self.per_cost if cost else self.per_time
        base = np.ceil(np.array(legs.cost if cost else legs.duration, dtype=float) * scale - NOISE).astype(np.int64)
        found: Table = base[np.ix_(at, at)]
        if not cost:
            found += np.where(at[:, None] != at[None, :], np.array([setup for _, setup in self.nodes])[None, :], 0)
        np.fill_diagonal(found, 0)
        return found

    def solution(self, plan: Plan) -> pyvrp.Solution:
        """A plan as PyVRP's solution."""
        kind = {vehicle: at for at, fleet in enumerate(self.fleets) for vehicle in fleet}
        return pyvrp.Solution(
            self.data,
            [pyvrp.Route(self.data, self._activities(route), kind[route.vehicle]) for route in plan.routes if route.stops],
        )

    def _activities(self, route: Route) -> list[pyvrp.Activity]:
        problem = self.problem
        times = timetable(problem, problem.vehicles[route.vehicle], route.stops)
        found = []
        for at, number in enumerate(route.stops):
            stop = problem.stops[number]
            if stop.task in self.shipment_of:
                first = problem.tasks[stop.task].stops[0] == number
                kind = pyvrp.ActivityType.PICKUP if first else pyvrp.ActivityType.DELIVERY
                found.append(pyvrp.Activity(kind, self.shipment_of[stop.task]))
                continue
            begins = times.visits[at].begins if times else stop.windows[0][0]
            window = next((which for which, (start, end) in enumerate(stop.windows) if start <= begins <= end), 0)
            found.append(pyvrp.Activity(pyvrp.ActivityType.CLIENT, self.client_of[stop.task][window]))
        return found

    def plan(self, solution: pyvrp.Solution) -> Plan:
        """PyVRP's solution as routes; whether they keep every limit is for ``mend`` to see."""
        free = [list(reversed(fleet)) for fleet in self.fleets]
        routes = []
        for route in solution.routes():
            stops = [self._stop(one) for one in route if not one.is_depot()]
            routes.append(Route(free[route.vehicle_type()].pop(), tuple(stops)))
        return Plan(tuple(routes))

    def _stop(self, activity: pyvrp.Activity) -> int:
        if activity.is_client():
            return self.stop_of[activity.idx]
        return self.problem.tasks[self.task_of[activity.idx]].stops[0 if activity.is_pickup() else 1]


def fleets(problem: Problem, vehicles: Collection[int] | None = None) -> list[list[int]]:
    """The vehicles, or these of them, those that are interchangeable together."""
    found: dict[object, list[int]] = {}
    for at in range(len(problem.vehicles)) if vehicles is None else sorted(vehicles):
        vehicle = problem.vehicles[at]
        found.setdefault(vehicle.alike, []).append(at)
    return list(found.values())


def search(
    model: Model,
    start: Plan | None,
    *,
    stop: Callable[[bool], bool],
    seed: int,
    insistent: bool = False,
) -> tuple[Plan, bool]:
    """Search from a plan, or from nothing, until ``stop`` (told whether a feasible solution is known) says so.

    Returns the best plan and whether PyVRP holds it to be feasible. ``insistent`` is PyVRP's own manner: violations cost much
    for long, and more is changed at a time, which more often finds any feasible plan with few vehicles; ours adapts sooner
    and changes less, which finds better plans in seconds.
    """
    rng = pyvrp.RandomNumberGenerator(seed=seed)
    data = model.data
    method = LocalSearch(
        data,
        rng,
        compute_neighbours(data),
        PerturbationManager(PerturbationParams() if insistent else PerturbationParams(1, WIDE if model.small else NARROW)),
    )
    for operator in OPERATORS:
        if operator.supports(data):
            method.add_operator(operator(data))
    manager = _penalties(model, insistent=insistent)
    if start is None:
        first = method(pyvrp.Solution.make_random(data, rng), manager.max_cost_evaluator(), exhaustive=True)
    else:
        first = model.solution(start)
    memory = IteratedLocalSearchParams(history_length=SHORT if model.bounded and not (model.small or insistent) else LONG)
    turn = count()

    def ended(best_cost: int) -> bool:
        return next(turn) % 4 == 0 and stop(best_cost < INFEASIBLE)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        found = IteratedLocalSearch(data, manager, method, first, memory).run(ended, False, False)
    return model.plan(found.best), found.best.is_feasible()


def _penalties(model: Model, *, insistent: bool) -> PenaltyManager:
    """What violations cost: one unit of load may cost several vehicles, or the search would rather overload one."""
    dear = model.leg * model.per_cost
    dearest = max([dear, *((one.fixed or 0) * model.per_cost for one in model.problem.vehicles)])
    amounts = sum(max([*task.delivery, *task.pickup, *task.amount, 0]) for task in model.problem.tasks)
    bound = MOST_PENALTIES / (max(len(model.problem.stops), 1) * max(model.latest, amounts, 1))
    highest = min(max(PenaltyParams().max_penalty, 4 * dearest), bound)
    by_time = min(PenaltyParams().max_penalty / 2 if insistent else CHEAP, highest)
    loads = [min(max(dear, 1.0), highest)] * model.data.num_load_dimensions
    turns = PenaltyParams().solutions_between_updates if insistent else QUICK
    return PenaltyManager((loads, by_time, by_time), PenaltyParams(turns, max_penalty=highest, min_penalty=min(0.1, highest)))


def _farthest(problem: Problem, vehicle: Vehicle) -> float:
    """How much cost of travel a route may have, where a limit of time or distance is in proportion to it."""
    by_time, by_distance = vehicle.per_hour / 3600, vehicle.per_km / 1000
    limits = [LAST]
    if not problem.matrices:
        of_time = by_time + by_distance * vehicle.speed_factor
        limits = (
            [of_time * vehicle.max_travel_time, of_time / vehicle.speed_factor * vehicle.max_distance] if of_time else limits
        )
    elif problem.matrices[vehicle.profile].costs is None:
        if by_time and not by_distance:
            limits = [by_time * vehicle.max_travel_time]
        elif by_distance and not by_time:
            limits = [by_distance * vehicle.max_distance]
    return min(limits)


def _scale(numbers: Iterable[Number], tables: Iterable[list[list[Number]]], largest: float, bound: float) -> int:
    """1 where all are whole, else the finest power of ten by which the largest stays below the bound."""
    rows = (row for table in tables for row in table)
    if all(isinstance(value, int) for value in numbers) and all(set(map(type, row)) <= {int} for row in rows):
        return 1
    scale = 1
    while scale < FINEST and largest * scale * 10 <= bound:
        scale *= 10
    return scale

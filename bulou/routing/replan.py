"""Re-planning after a change: what is done stays, who is on board stays, the rest starts from the present plan.

The remaining work is a problem of its own: each vehicle that has begun starts where and when it left its last stop; what it
has on board takes its room, and only it can deliver that. So any change of the file is one change here: a task that came
or went, a window that moved, a vehicle that is gone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bulou.routing.mend import filled, trimmed
from bulou.routing.plan import Plan, Route, fits, score, timetable
from bulou.routing.problem import LAST, Number, Problem, Task, Vehicle

AT_DEPOT = -1  # a skill that only vehicles have which have not left: goods that are still to be loaded
ABOARD = -2  # minus the vehicle's number: a skill that only it has
GRACE = 5.0  # seconds more for taking up what fits: on a busy machine rather late than left behind
WITHOUT = 0.6  # of the time at most for trying without another vehicle
ABOVE_ALL = 1_000  # priority of who is on board


@dataclass(frozen=True, slots=True)
class Change:
    """The problem as it is now, and how many stops of its route each vehicle (by id) has done or is doing."""

    problem: Problem
    done: Mapping[int, int] = field(default_factory=dict)


def replan(before: Problem, plan: Plan, change: Change, *, seconds: float = 1.0, seed: int = 0) -> Plan:
    """A plan of ``change.problem`` that keeps the done stops of the present plan, found within ``seconds``.

    It searches in this process, so that nothing has to be started; only taking up what still fits may last longer. Tasks
    on board of a vehicle that is gone stay unassigned: where they wait is for the caller to say, as a new task. What was
    done must still be in the problem.
    """
    until = time.monotonic() + seconds
    present = _translated(before, plan, change)
    rest = _Rest(change.problem, present)
    begun = trimmed(rest.problem, rest.open_part())
    start = filled(rest.problem, begun, over=lambda: time.monotonic() > until + GRACE, only=rest.tasks(begun))
    best = _searched(rest, begun, start, until, seed)
    return _whole(change.problem, rest, best)


@dataclass(frozen=True, slots=True)
class _Present:
    """Routes in the numbers of the new problem: by vehicle the done stops, and the planned ones after them."""

    done: dict[int, tuple[int, ...]]
    planned: dict[int, tuple[int, ...]]
    stranded: frozenset[int]


def _translated(before: Problem, plan: Plan, change: Change) -> _Present:
    after = change.problem
    stops = {(stop.kind, stop.id): at for at, stop in enumerate(after.stops)}
    vehicles = {vehicle.id: at for at, vehicle in enumerate(after.vehicles)}
    done: dict[int, tuple[int, ...]] = {}
    planned: dict[int, tuple[int, ...]] = {}
    stranded: set[int] = set()
    for route in plan.routes:
        name = before.vehicles[route.vehicle].id
        many = change.done.get(name, 0)
        known = [stops.get((before.stops[stop].kind, before.stops[stop].id)) for stop in route.stops]
        first = tuple(stop for stop in known[:many] if stop is not None)
        if name in vehicles:
            done[vehicles[name]] = first
            planned[vehicles[name]] = tuple(stop for stop in known[many:] if stop is not None)
        else:
            stranded |= {after.stops[stop].task for stop in first}
    return _Present({at: those for at, those in done.items() if those}, planned, frozenset(stranded))


class _Rest:
    """The remaining work as a problem with the numbers of the whole one: what is done has become part of the vehicles."""

    def __init__(self, whole: Problem, present: _Present) -> None:
        self.whole, self.present = whole, present
        self.finished: set[int] = set(present.stranded)
        self.aboard: dict[int, int] = {}
        for vehicle, stops in present.done.items():
            self._sort(vehicle, stops)
        self._bind()
        self.problem = replace(
            whole,
            vehicles=tuple(self._vehicle(at, vehicle) for at, vehicle in enumerate(whole.vehicles)),
            tasks=tuple(self._task(at, task) for at, task in enumerate(whole.tasks)),
        )

    def _sort(self, vehicle: int, stops: tuple[int, ...]) -> None:
        for number in stops:
            task = self.whole.stops[number].task
            if self.whole.tasks[task].stops[-1] == number:
                self.finished.add(task)
                self.aboard.pop(task, None)
            else:
                self.aboard[task] = vehicle

    def _bind(self) -> None:
        """Goods for the jobs that a begun route still has before it are in that vehicle."""
        self.loaded: dict[int, int] = {}
        for vehicle in self.present.done:
            for number in self.present.planned.get(vehicle, ()):
                task = self.whole.stops[number].task
                if any(self.whole.tasks[task].delivery):
                    self.loaded[task] = vehicle

    def _task(self, at: int, task: Task) -> Task:
        if at in self.aboard:
            nothing = (0,) * len(task.amount)
            bound = task.skills | {ABOARD - self.aboard[at]}
            return replace(
                task,
                stops=task.stops[1:],
                delivery=task.amount,
                pickup=nothing,
                amount=nothing,
                skills=bound,
                priority=ABOVE_ALL,
            )
        if at in self.loaded:
            return replace(task, skills=task.skills | {ABOARD - self.loaded[at]})
        return replace(task, skills=task.skills | {AT_DEPOT}) if any(task.delivery) else task

    def _vehicle(self, at: int, vehicle: Vehicle) -> Vehicle:
        stops = self.present.done.get(at)
        if not stops:
            return replace(vehicle, skills=vehicle.skills | {AT_DEPOT})
        legs, here, driven, travelled = self.whole.legs(vehicle), vehicle.start, 0.0, 0.0
        for number in stops:
            there = self.whole.stops[number].place
            driven, travelled = driven + legs.distance[here][there], travelled + legs.duration[here][there]
            here = there
        leaves, lasted = _so_far(self.whole, vehicle, stops)
        collected = [
            sum(self.whole.tasks[task].pickup[dim] for task in self._jobs(stops)) for dim in range(len(vehicle.capacity))
        ]
        return replace(
            vehicle,
            start=here,
            window=(leaves, vehicle.window[1]),
            capacity=tuple(max(0, room - held) for room, held in zip(vehicle.capacity, collected, strict=True)),
            skills=vehicle.skills | {ABOARD - at},
            max_tasks=_less(vehicle.max_tasks, len(stops)),
            max_travel_time=_less(vehicle.max_travel_time, travelled),
            max_distance=_less(vehicle.max_distance, driven),
            max_duration=_less(vehicle.max_duration, lasted),
            fixed=0,  # it is on the road: using it further costs no other vehicle
        )

    def _jobs(self, stops: tuple[int, ...]) -> set[int]:
        return {self.whole.stops[number].task for number in stops}

    def tasks(self, plan: Plan) -> list[int]:
        """What still has to be planned and stands in no route."""
        return [task for task in plan.unassigned(self.problem) if task not in self.finished]

    def open_part(self) -> Plan:
        """The present plan without what is done, lost or not to be served by its vehicle any more."""
        routes = []
        for vehicle, stops in self.present.planned.items():
            kept = tuple(stop for stop in stops if self._may(vehicle, stop))
            if kept:
                routes.append(Route(vehicle, kept))
        return Plan(tuple(routes))

    def _may(self, vehicle: int, stop: int) -> bool:
        task = self.whole.stops[stop].task
        return task not in self.finished and self.problem.tasks[task].skills <= self.problem.vehicles[vehicle].skills


def _less(limit: Number, used: Number) -> Number:
    return limit if limit == LAST else max(0, limit - used)


def _so_far(whole: Problem, vehicle: Vehicle, stops: tuple[int, ...]) -> tuple[Number, Number]:
    """When a vehicle is through with its done stops, and how long it has been on the road then."""
    times = timetable(whole, replace(vehicle, end=-1), stops)
    return (times.ends, times.ends - times.leaves) if times else (vehicle.window[1], 0)


def _searched(rest: _Rest, begun: Plan, start: Plan, until: float, seed: int) -> Plan:
    """The best of the start and what two searches from it find, the second from the first.

    Where taking up what was open took another vehicle, it is first tried without: ``begun`` is the plan before.
    """
    from bulou.routing.engine import Model, search  # noqa: PLC0415 - a solver is loaded when one is needed

    problem = rest.problem
    tasks = [task for task in range(len(problem.tasks)) if task not in rest.finished and _possible(problem, task)]
    best = start
    if not tasks:
        return best

    def improved(model: Model, plan: Plan, end: float, turn: int, *, first: bool = False) -> Plan:
        def stop(feasible: bool) -> bool:  # noqa: FBT001 - the engine says it by position
            return (first and feasible) or time.monotonic() >= end

        found, _ = search(model, plan, stop=stop, seed=seed + turn, insistent=first)
        return min(best, trimmed(problem, found), key=lambda one: score(problem, one))

    served = not set(rest.tasks(start)) & set(tasks)
    if served and begun.routes and score(problem, start).vehicles > score(problem, begun).vehicles:
        enough = {route.vehicle for route in begun.routes} | set(rest.present.done)
        end = time.monotonic() + WITHOUT * (until - time.monotonic())
        best = improved(Model(problem, tasks, vehicles=enough), begun, end, 2, first=True)
    model = Model(problem, tasks, optional=not served)
    for turn in range(2):
        best = improved(model, best, time.monotonic() + (until - time.monotonic()) / (2 - turn), turn)
    return best


def _possible(problem: Problem, task: int) -> bool:
    return any(fits(problem, vehicle, problem.tasks[task].stops) for vehicle in problem.vehicles)


def _whole(problem: Problem, rest: _Rest, best: Plan) -> Plan:
    """Done and planned stops together; a last look drops what the whole route cannot keep."""
    after = {route.vehicle: route.stops for route in best.routes}
    routes = [
        Route(vehicle, (*rest.present.done.get(vehicle, ()), *after.get(vehicle, ())))
        for vehicle in sorted(after.keys() | rest.present.done.keys())
    ]
    return trimmed(problem, Plan(tuple(routes)), dict(rest.present.done))

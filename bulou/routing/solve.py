"""``solve(problem, stop, seed)``: a plan within a time, searched on all cores.

1. Tasks that no vehicle could serve even alone are set aside.
2. All search from nothing for a plan that serves everything. While there is none, all but one may leave out, at a price by
   priority.
3. Where vehicles count first and all are alike: one search goes on with the vehicles known to be enough, the others look for
   any plan with one vehicle less, again and again, down to what the amounts need.
4. The best plan is searched on, and every second process begins once more from nothing. A plan of many stops is cut into as
   many parts as there are processes instead, each searched by one, and joined and cut elsewhere after a while.
5. At last all search on from the best.
6. What is still unassigned is tried exactly, place by place.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bulou.routing.engine import fleets
from bulou.routing.mend import filled
from bulou.routing.parts import joined, parted
from bulou.routing.plan import Plan, score
from bulou.routing.problem import Problem
from bulou.routing.reasons import servable
from bulou.routing.worker import Found, Order
from bulou.routing.workers import Workers

MOST_WORKERS = 8
PER_PAIR = 0.02  # seconds after which nothing more is expected of a small problem, for each pair of stops
GRACE = 5.0  # seconds that the last answers may take to arrive
FIRST, REDUCED, MIDDLE = 0.12, 0.45, 0.8  # of the time: when the first phase, the fleet's and the middle one end
PARTED = 0.9  # of the time: when the middle phase ends that searches in parts
ATTEMPT = 0.17  # of the time for one attempt with one vehicle less
ROUND = 0.08  # of the time until a plan that is searched in parts is cut elsewhere
PARTS = (0.25, 0.5, MIDDLE)  # of the time: when plans are exchanged that leave something out


@dataclass(frozen=True, slots=True)
class Stop:
    """When a search ends: after so many seconds, or when ``cancelled`` says so."""

    seconds: float
    cancelled: Callable[[], bool] = field(default=lambda: False)


def solve(problem: Problem, stop: Stop, seed: int = 0, *, workers: int | None = None) -> Plan:
    """The best plan found by the end of ``stop``; it keeps every limit and leaves out what does not fit.

    ``workers`` is the number of processes, by default the cores that this process may use.
    """
    began = time.monotonic()
    tasks = servable(problem)
    if not tasks:
        return Plan(())
    stops = sum(len(problem.tasks[task].stops) for task in tasks)
    seconds = min(stop.seconds, 0.5 + PER_PAIR * stops**2)
    many = workers or min(MOST_WORKERS, len(os.sched_getaffinity(0)))
    with Workers(many, problem, tasks) as searching:
        best = _Search(problem, tasks, searching, began, seconds, stop.cancelled, seed).run()
    return filled(problem, best, over=lambda: time.monotonic() > began + seconds + GRACE, only=_left(problem, best, tasks))


def _left(problem: Problem, plan: Plan, tasks: list[int]) -> list[int]:
    could = set(tasks)
    return [task for task in plan.unassigned(problem) if task in could]


@dataclass
class _Search:
    problem: Problem
    tasks: list[int]
    workers: Workers
    began: float
    seconds: float
    cancelled: Callable[[], bool]
    seed: int
    best: Plan = field(default_factory=lambda: Plan(()))
    orders: int = 0
    improving: int | None = None  # the vehicles with which the first worker was last told to improve

    def __post_init__(self) -> None:
        self.least = _least(self.problem, self.tasks)

    def run(self) -> Plan:
        self.first()
        if not self.complete:
            self.partly()
        if self.complete:
            reducible = self.least is not None and len(self.best.routes) > self.least
            if reducible:
                self.reduce(self.least or 1)
            if self.least is None or not self.in_parts():
                self.middle()
        self.together(1.0)
        return self.best

    @property
    def others(self) -> range:
        """The workers beside the first; the first itself where it is alone."""
        many = len(self.workers.busy)
        return range(1, many) if many > 1 else range(1)

    def partly(self) -> None:
        """While something is left out: the first goes on looking for any plan of everything, the others leave out the least."""
        if len(self.workers.busy) > 1:
            self.give(0, self.until(MIDDLE), start=None, first=True)
        for part in PARTS:
            until = self.until(part)
            if self.complete or time.monotonic() >= until or self.cancelled():
                return
            for one in self.others:
                self.give(one, until, start=self.best, optional=True)
            while not self.complete and any(self.workers.busy[one] for one in self.others):
                if self.collect(until + GRACE) is None:
                    break

    @property
    def complete(self) -> bool:
        return not _left(self.problem, self.best, self.tasks)

    def until(self, part: float) -> float:
        return self.began + part * self.seconds

    def keep(self, found: Found | None) -> bool:
        """Whether a plan is the best so far; then it is kept."""
        if found is None or score(self.problem, found.plan) >= score(self.problem, self.best):
            return False
        self.best = found.plan
        return True

    def give(self, one: int, until: float, *, start: Plan | None, **more: object) -> None:
        """Order a search; the answer to an order before it is kept."""
        self.orders += 1
        seed = (self.seed * 1009 + self.orders) % 2**32
        order = Order(max(0.05, until - time.monotonic()), seed, start=start, **more)  # type: ignore[arg-type]
        self.keep(self.workers.order(one, order))

    def collect(self, until: float) -> tuple[int, Found] | None:
        """The next answer, kept; None when the time has passed or somebody calls it off."""
        while not self.cancelled():
            found = self.workers.wait(min(until, time.monotonic() + 0.2))
            if found is not None:
                self.keep(found[1])
                return found
            if time.monotonic() >= until or not any(self.workers.busy):
                return None
        return None

    def gather(self, until: float) -> None:
        """All answers that are under way."""
        while any(self.workers.busy) and self.collect(until + GRACE) is not None:
            continue

    def first(self) -> None:
        until = self.until(FIRST)
        for one in range(len(self.workers.busy)):
            self.give(one, until, start=None)
        self.gather(until)

    def together(self, part: float) -> None:
        """All from the best; while something is left out, one goes on looking for a plan that serves everything."""
        until = self.until(part)
        if time.monotonic() >= until or self.cancelled():
            return
        complete = self.complete
        for one in range(len(self.workers.busy)):
            self.give(one, until, start=self.best, optional=not complete and one > 0, most=self.most)
        self.gather(until)

    def reduce(self, least: int) -> None:
        """One vehicle less, as long as it is found in time; the first worker improves what is known meanwhile."""
        until = self.until(REDUCED)
        others = self.others
        tried = 0
        while len(self.best.routes) > least and time.monotonic() < until and not self.cancelled():
            used = len(self.best.routes)
            if 0 not in others and not (tried and self.workers.busy[0]):
                self.give(0, self.until(MIDDLE), start=self.best, most=used)
                self.improving = used
            for one in others:
                end = min(until, time.monotonic() + ATTEMPT * self.seconds)
                self.give(one, end, most=used - 1, first=True, **self.attempt(tried + one - others[0]))
            while len(self.best.routes) == used and any(self.workers.busy[one] for one in others):
                if self.collect(until + GRACE) is None:
                    break
            tried = 0 if len(self.best.routes) < used else tried + 1

    def attempt(self, which: int) -> dict[str, Any]:
        """In what manner a vehicle less is tried, the most promising first.

        A plan of many stops without its smallest route keeps most of its worth; a small one is sooner found from nothing.
        """
        manners: list[dict[str, Any]] = [{"start": None, "insistent": True}, {"start": None, "insistent": False}]
        if parted(self.problem, self.best, len(self.workers.busy), 0):
            manners.insert(0, {"start": without_smallest(self.best), "insistent": True})
        return manners[which % len(manners)]

    def middle(self) -> None:
        """Undisturbed searches; every second one from nothing, because one from a good plan seldom leaves its neighbourhood.

        The first worker goes on if it is at it already, with no more vehicles than are needed by now.
        """
        until = self.until(MIDDLE)
        if time.monotonic() >= until or self.cancelled():
            return
        for one, busy in enumerate(self.workers.busy):
            if not (busy and one == 0 and self.improving == self.most):
                self.give(one, until, start=None if one % 2 else self.best, most=self.most)
        self.gather(until)

    def in_parts(self) -> bool:
        """Search the parts of the best plan side by side, cut elsewhere each time; False where it cannot be parted."""
        until = self.until(PARTED)
        many = len(self.workers.busy)
        if not parted(self.problem, self.best, many, 0):
            return False
        for one, busy in enumerate(self.workers.busy):  # what they have found by now comes back
            if busy:
                self.give(one, time.monotonic(), start=self.best, most=self.most)
        self.gather(until)
        turn = 0
        while time.monotonic() < until and not self.cancelled():
            parts = parted(self.problem, self.best, many, turn)
            end = min(until, time.monotonic() + ROUND * self.seconds)
            for one, part in enumerate(parts):
                self.give(one, end, start=Plan(part.routes), most=len(part.routes), part=part)
            found = {}
            while (answer := self.collect(end + GRACE)) is not None:
                found[answer[0]] = answer[1].plan
            self.keep(Found(joined(self.problem, parts, found), feasible=True))
            turn += 1
        return True

    @property
    def most(self) -> int | None:
        """The vehicles of the best plan, where fewer are better and all are alike."""
        return len(self.best.routes) if self.least is not None and self.complete else None


def without_smallest(plan: Plan) -> Plan:
    """The plan without the route of the fewest stops."""
    smallest = min(plan.routes, key=lambda route: len(route.stops))
    return Plan(tuple(route for route in plan.routes if route is not smallest))


def _least(problem: Problem, tasks: list[int]) -> int | None:
    """The fewest vehicles that the amounts allow; None where vehicles do not count first or are not alike."""
    if len(fleets(problem)) > 1 or problem.vehicles[0].fixed is not None:
        return None
    chosen = [problem.tasks[task] for task in tasks]
    bounds = [1]
    for dim, room in enumerate(problem.vehicles[0].capacity):
        amount = max(sum(task.delivery[dim] for task in chosen), sum(task.pickup[dim] for task in chosen))
        bounds += [-(-amount // room)] if room else []
    return max(bounds)

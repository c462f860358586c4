"""A plan in the making: units that wait at their points, rooms left, loads on the road; every step can be undone."""

from __future__ import annotations

import numpy as np

from bulou.routing.allocation.problem import RISKS, Problem
from bulou.routing.allocation.rooms import Rooms
from bulou.routing.allocation.roster import Load, Roster, Slot


class State:
    """Units waiting, rooms, roster, and the three sums that the objective is made of."""

    def __init__(self, problem: Problem, plannable: list[int]) -> None:
        """``plannable``: the units that some plan could place; the others are never looked at."""
        self.problem = problem
        self.rooms = Rooms(problem)
        self.roster = Roster(problem)
        self.loads: dict[Load, None] = {}
        self.open = [False] * len(problem.units)
        self.at_point: list[list[int]] = [[] for _ in range(problem.pickups)]
        self.waiting = np.zeros((len(RISKS), max(problem.pickups, 1)))  # weight
        self.people = [[0] * max(problem.pickups, 1) for _ in RISKS]
        self.weight = 0.0
        self.placed = 0
        self.wait = 0  # person-seconds from ready to arrival
        self.driving = 0  # vehicle-seconds on trips
        for unit in sorted(plannable, key=lambda unit: (-problem.units[unit].weight / problem.units[unit].size, unit)):
            for point, _, _ in problem.units[unit].stops:
                self.at_point[point].append(unit)
            self.reopen(unit)

    def reopen(self, number: int) -> None:
        """The unit waits again."""
        unit = self.problem.units[number]
        self.open[number] = True
        for point, people, _ in unit.stops:
            self.waiting[unit.risk, point] += unit.weight * people / unit.size
            self.people[unit.risk][point] += people

    def close(self, number: int) -> None:
        """The unit waits no more."""
        unit = self.problem.units[number]
        self.open[number] = False
        for point, people, _ in unit.stops:
            left = self.people[unit.risk][point] - people
            self.people[unit.risk][point] = left
            if left:
                self.waiting[unit.risk, point] -= unit.weight * people / unit.size
            else:
                self.waiting[unit.risk, point] = 0.0

    def commit(self, load: Load, slot: Slot) -> None:
        """A load with its slot becomes part of the plan."""
        load.driver, load.vehicle, load.start, load.ride = slot.driver, slot.vehicle, slot.start, slot.ride
        load.wait = self.wait_of(load)
        self.restore(load)

    def wait_of(self, load: Load) -> int:
        """Person-seconds from ready to arrival."""
        if load.ride is None:
            return 0
        arrives = {site: load.start + at for site, at in zip(load.sites, load.ride.at[len(load.points) :], strict=True)}
        units = self.problem.units
        return sum(units[unit].size * arrives[site] - units[unit].ready for unit, site in load.goes_to.items())

    def restore(self, load: Load) -> None:
        """Put a load in, with the rooms, vehicle, driver and time that it carries."""
        units = self.problem.units
        for unit in load.units:
            self.rooms.take(units[unit], load.beds[unit])
            self.close(unit)
        self.roster.restore(load)
        self.loads[load] = None
        self.weight += load.weight
        self.placed += load.size
        self.wait += load.wait
        self.driving += load.end - load.start

    def remove(self, load: Load) -> None:
        """Take a load out: its units wait again, its rooms are free."""
        units = self.problem.units
        for unit in load.units:
            self.rooms.release(units[unit], load.beds[unit])
            self.reopen(unit)
        self.roster.remove(load)
        del self.loads[load]
        self.weight -= load.weight
        self.placed -= load.size
        self.wait -= load.wait
        self.driving -= load.end - load.start

    def value(self) -> tuple[float, int, int]:
        """What is maximised: weight placed, then less waiting, then less driving."""
        return round(self.weight, 6), -self.wait, -self.driving

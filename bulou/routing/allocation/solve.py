"""``allocate``: who goes where, with which vehicle and driver; as many people by weight as possible, then least waiting."""

from __future__ import annotations

import math
import random
import time
from dataclasses import replace
from datetime import datetime

import numpy as np

from bulou.routing.allocation.alone import shortest
from bulou.routing.allocation.bound import upper_bound
from bulou.routing.allocation.build import Builder, Style
from bulou.routing.allocation.draft import Draft, Frame
from bulou.routing.allocation.plan import assemble, gather
from bulou.routing.allocation.pool import State
from bulou.routing.allocation.problem import FAR, Problem
from bulou.routing.allocation.reasons import Leftover, Standing
from bulou.routing.allocation.roster import Gap, Load, Slot
from bulou.routing.allocation.values import Instance, Limits, Plan

HALF = 0.5
EVEN, NEARLY = 0.4, 0.9  # how far a trip may be cut to fill the time evenly, and what that may cost
SEEDS, POWERS, WAITS, CUTS = (3, 4, 6), (1.0, 1.0, 0.8, 0.5), (0, 600, 1800, FAR), (0, 0, 1, 2, 3, 4)
NOISES, GREEDS, PATIENT = (0.1, 0.25, 0.5, 0.95), (1.0, 1.0, 1.5, 5.0), 0.3
NEAR, LATER, PACKED, RESHAPED = 0.25, 0.5, 0.8, 0.7  # how often which move is made
FEW = 60  # points from which trips begin in a rebuilding
STEPS, EASY = 40, 3  # steps of the search for each trip; where everybody has a place
WORTH = 1_000_000  # person-seconds of waiting that one unit of weight outweighs: more than eleven days


def construct(state: State, builder: Builder, chance: random.Random, style: Style) -> None:
    """Trip after trip for the driver who is free first, until nobody finds one."""
    for patience in (0, FAR):
        this = replace(style, patience=patience)
        begun: dict[int, int] = {}  # how far each driver has been tried
        while True:
            gaps = [
                (gap.begins, driver, gap)
                for driver in range(len(state.problem.shifts))
                for gap in state.roster.gaps(driver)
                if gap.begins >= begun.get(driver, -FAR)
            ]
            if not gaps:
                break
            begins, driver, gap = min(gaps, key=lambda one: one[:2])
            found = _even(state, builder, chance, gap, this)
            if found is None:
                begun[driver] = begins + 1
                continue
            state.commit(*found[1:])


def _even(
    state: State, builder: Builder, chance: random.Random, gap: Gap, style: Style
) -> tuple[float, Load, Slot] | None:  # fmt: skip
    """The best trip, or nearly as good a one of which a whole number fills the driver's time."""
    found = builder.trip(state, gap, style, chance)
    if found is None:
        return None
    length = found[2].ride.length
    left = min(gap.work, gap.ends - found[2].start)
    cut = max(1, math.ceil(left / length - EVEN))
    if cut > left / length:
        shorter = builder.trip(state, gap, replace(style, cut=cut), chance)
        if shorter is not None and shorter[0] >= NEARLY * found[0]:
            return shorter
    return found


class Search:
    """Ruin and recreate on trips, with undo: the state is always a plan that keeps the rules."""

    def __init__(self, state: State, builder: Builder, chance: random.Random) -> None:
        """Begin from the state as it stands."""
        self.state, self.builder, self.chance = state, builder, chance
        self.removed: list[Load] = []
        self.added: list[Load] = []
        self.now = self.best = self.value()
        self.best_loads = dict(state.loads)

    def value(self) -> float:
        """The objective as one number."""
        weight, wait, driving = self.state.value()
        return weight * WORTH + wait + driving / 100

    def remove(self, load: Load) -> None:
        """Take a load out, remembered."""
        self.state.remove(load)
        if load in self.added:
            self.added.remove(load)
        else:
            self.removed.append(load)

    def _undo(self) -> None:
        for load in self.added:
            self.state.remove(load)
        for load in self.removed:
            self.state.restore(load)

    def step(self, tolerance: float) -> None:
        """One ruin and one rebuilding; kept unless it is worse by more than the tolerance."""
        self.removed, self.added = [], []
        loads = [load for load in self.state.loads if not load.fixed]
        if not loads:
            return
        move = self.chance.random()
        if move < NEAR:
            drivers = self._ruin_near(loads)
        elif move < LATER:
            drivers = self._ruin_day(loads)
        elif move < PACKED:
            drivers = self._repack(loads)
        else:
            drivers = self._reshape(loads)
        self._rebuild(drivers)
        value = self.value()
        if value < self.now and value < self.best - tolerance:
            self._undo()
            return
        self.now = value
        if value > self.best:
            self.best = value
            self.best_loads = dict(self.state.loads)

    def _ruin_near(self, loads: list[Load]) -> list[int]:
        """A trip and those that share its points, sites or neighbourhood."""
        first = self.chance.choice(loads)
        mine = set(first.points) | {point for here in first.points for point in self.builder.near_points[here][:6]}
        sites = set(first.sites) | {site for here in first.sites for site in self.builder.near_sites[here][1:3]}
        like = [one for one in loads if one is not first and (mine & set(one.points) or sites & set(one.sites))]
        self.chance.shuffle(like)
        gone = [first, *like[: self.chance.randint(0, 3)]]
        for load in gone:
            self.remove(load)
        return sorted({load.driver for load in gone})

    def _ruin_day(self, loads: list[Load]) -> list[int]:
        """The later part of one or two drivers' days."""
        drivers = sorted({load.driver for load in loads})
        chosen = self.chance.sample(drivers, min(len(drivers), self.chance.randint(1, 2)))
        for driver in chosen:
            day = [load for load in self.state.roster.days[driver] if not load.fixed]
            for load in day[self.chance.randrange(len(day)) :] if day else []:
                self.remove(load)
        return chosen

    def _repack(self, loads: list[Load]) -> list[int]:
        """Trips of a few drivers are shared out anew, without the small ones, so that time is left in one piece."""
        drivers = sorted({load.driver for load in loads})
        chosen = self.chance.sample(drivers, min(len(drivers), self.chance.randint(2, 4)))
        mine = [load for driver in chosen for load in self.state.roster.days[driver] if not load.fixed]
        for load in mine:
            self.remove(load)
        kept = [load for load in mine if self.chance.random() < load.size / self.state.problem.kinds[load.kind].seats + 0.1]
        if self.chance.random() < HALF:
            kept.sort(key=shortest, reverse=True)
        else:
            self.chance.shuffle(kept)
        for load in kept:
            self._move(load, chosen)
        return chosen

    def _move(self, load: Load, drivers: list[int]) -> None:
        """The load to the driver with least time left that takes it; else its people wait."""
        roster, shifts = self.state.roster, self.state.problem.shifts
        for driver in sorted(drivers, key=lambda driver: shifts[driver].work - roster.worked[driver]):
            for gap in roster.gaps(driver):
                if shifts[driver].vehicle not in {None, load.vehicle}:
                    continue
                moved = replace(load, name="", changed=set())
                slot = roster.slot(moved, gap)
                if slot is not None:
                    self.state.commit(moved, slot)
                    self.added.append(moved)
                    return

    def _reshape(self, loads: list[Load]) -> list[int]:
        """One or two trips lose a stop and are filled again where they stand."""
        drivers: set[int] = set()
        for load in self.chance.sample(loads, min(len(loads), self.chance.randint(1, 2))):
            keep = list(load.units)
            if self.chance.random() < RESHAPED and len(load.points) + len(load.sites) > 2:  # noqa: PLR2004 - more than one of each
                stop = self.chance.randrange(len(load.points) + len(load.sites))
                keep = self._without(load, stop)
            self.remove(load)
            if not self._refill(load, keep):
                drivers.add(load.driver)
        return sorted(drivers)

    def _without(self, load: Load, stop: int) -> list[int]:
        units = self.state.problem.units
        if stop < len(load.points):
            gone = load.points[stop]
            return [unit for unit in load.units if all(point != gone for point, _, _ in units[unit].stops)]
        site = load.sites[stop - len(load.points)]
        return [unit for unit in load.units if load.goes_to[unit] != site]

    def top_up(self, load: Load) -> None:
        """More people for a load, or the load as it was."""
        self.added = []
        self.state.remove(load)
        if self._refill(load, list(load.units)):
            if self.added[0].weight > load.weight:
                return
            self.state.remove(self.added[0])
        self.state.restore(load)

    def _refill(self, load: Load, keep: list[int]) -> bool:
        """The load with these units and whatever else fits, in the driver's gap where it was."""
        state = self.state
        gap = next((gap for gap in state.roster.gaps(load.driver) if gap.begins <= load.start < gap.ends), None)
        if gap is None or not keep:
            return False
        begins, ends = state.roster.reach(gap, load.kind)
        draft = Draft(state, load.kind, load.risk, Frame(begins, ends, gap.work, FAR))
        ok = draft.resume(load, keep)
        if ok:
            draft.board()
            draft.grow(self.builder.near_points, self.builder.near_sites, self.chance.choice(GREEDS))
        draft.undo()
        made = draft.load() if ok else None
        slot = state.roster.slot(made, gap) if made is not None else None
        if made is None or slot is None:
            return False
        state.commit(made, slot)
        self.added.append(made)
        return True

    def _rebuild(self, drivers: list[int]) -> None:
        """New trips for these drivers (and now and then another) until none finds one."""
        pick = self.chance.choice
        patience = FAR if self.chance.random() < PATIENT else 0
        style = Style(pick(SEEDS), pick(NOISES), pick(POWERS), patience, pick(WAITS), pick(GREEDS), pick(CUTS))
        among = self._among()
        if self.chance.random() > RESHAPED:
            drivers = [*drivers, self.chance.randrange(len(self.state.problem.shifts))]
        order = list(dict.fromkeys(drivers))
        self.chance.shuffle(order)
        for driver in order:
            tried: set[int] = set()
            while True:
                gap = next((gap for gap in self.state.roster.gaps(driver) if gap.begins not in tried), None)
                if gap is None:
                    break
                found = self.builder.trip(self.state, gap, style, self.chance, among=among)
                if found is None:
                    tried.add(gap.begins)
                    continue
                self.state.commit(*found[1:])
                self.added.append(found[1])

    def _among(self) -> np.ndarray | None:
        """The points from which new trips begin: those of the ruined, and some more that wait."""
        freed = {point for load in self.removed for point in load.points}
        waiting = np.flatnonzero(self.state.waiting.sum(axis=0))
        if len(waiting) <= FEW:
            return None
        more = self.chance.sample(waiting.tolist(), FEW * 2 // 3)
        return np.array(sorted(freed | set(more)))

    def finish(self) -> None:
        """Go back to the best plan seen."""
        for load in [load for load in self.state.loads if load not in self.best_loads]:
            self.state.remove(load)
        for load in self.best_loads:
            if load not in self.state.loads:
                self.state.restore(load)
        self.now = self.value()


def improve(search: Search, *, seconds: float, rounds: int) -> int:
    """Steps until the rounds or the seconds are over; returns the steps made."""
    begun = time.monotonic()
    done = 0
    while done < rounds:
        share = max(done / rounds, (time.monotonic() - begun) / seconds if seconds else 1.0)
        if share >= 1:
            break
        search.step(6 * WORTH * (1 - share) ** 2)
        done += 1
    search.finish()
    return done


def last_chances(state: State, search: Search, standing: Standing) -> None:
    """Whoever still waits goes on a trip that has seats, or on one of the own, if there is any."""
    for load in [load for load in state.loads if not load.fixed and load.size < state.problem.kinds[load.kind].seats]:
        if any(state.open):
            search.top_up(load)
    tried: set[object] = set()
    leftover = Leftover(state, standing, search.builder)
    waiting = [number for number, is_open in enumerate(state.open) if is_open and number not in standing.codes]
    for number in sorted(waiting, key=lambda number: (-state.problem.units[number].weight, number)):
        unit = state.problem.units[number]
        key = (unit.like, unit.vehicle, unit.escort, unit.stops, unit.due)
        if not state.open[number] or key in tried:
            continue
        found = leftover.trip(number)
        if found is None:
            tried.add(key)
        else:
            state.commit(*found)
            leftover = Leftover(state, standing, search.builder)


def solve(
    instance: Instance, limits: Limits, *, seconds: float = 30.0, seed: int = 0, not_before: datetime | None = None,
    rounds: int | None = None,
) -> Plan:  # fmt: skip
    """A plan for the instance: as many people by weight as found, all rules kept, a reason for everybody else, a bound.

    The same seed gives the same plan unless ``seconds`` cut the search short; ``rounds`` limits its steps (by default in
    proportion to the trips). ``not_before``: no trip leaves earlier.
    """
    begun = time.monotonic()
    problem = Problem(instance, limits, not_before=not_before)
    standing = Standing(problem)
    bound = upper_bound(problem, standing.plannable)
    state = State(problem, standing.plannable)
    builder, chance = Builder(problem), random.Random(seed)  # noqa: S311 - a search, not a secret
    construct(state, builder, chance, Style())
    search = Search(state, builder, chance)
    everybody = state.placed == sum(problem.units[number].size for number in standing.plannable)
    steps = (EASY if everybody else STEPS) * len(state.loads) if rounds is None else rounds
    improve(search, seconds=seconds - (time.monotonic() - begun), rounds=steps)
    last_chances(state, search, standing)
    gather(state)
    return assemble(state, Leftover(state, standing, builder), bound)

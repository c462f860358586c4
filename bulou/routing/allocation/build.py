"""The next trip of a driver: many beginnings are weighed at once, a few are filled, the best per second of driving is taken."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bulou.routing.allocation.draft import Draft, Frame
from bulou.routing.allocation.pool import State
from bulou.routing.allocation.problem import FAR, RISKS, Problem
from bulou.routing.allocation.roster import Gap, Load, Slot

KNOWN = 60  # neighbours of a point that are remembered


@dataclass(frozen=True, slots=True)
class Style:
    """How a trip is chosen: beginnings that are filled, noise on their weighing, how much length counts (1: fully), waits."""

    seeds: int = 12
    noise: float = 0.0
    power: float = 1.0
    patience: int = 0
    wait: int = 600
    greed: float = 1.0
    cut: int = 0  # a trip takes no more than this part of the driver's time left (2: half); 0: as it likes


class Builder:
    """Finds trips for gaps. Distances from bases over points to sites are kept as matrices."""

    def __init__(self, problem: Problem) -> None:
        """Neighbour lists and matrices of a problem."""
        self.problem = problem
        self.points = np.arange(problem.pickups)
        at = np.array([site.point for site in problem.sites], dtype=np.int64)
        x, y = np.array(problem.x), np.array(problem.y)
        px, py = x[: problem.pickups], y[: problem.pickups]
        sx, sy = x[at] if len(at) else x[:0], y[at] if len(at) else y[:0]
        self.near_points = _nearest(px, py, px, py, KNOWN)
        self.near_sites = _nearest(sx, sy, sx, sy, len(at))
        self.cluster = np.array([row[:8] for row in self.near_points]) if problem.pickups else np.zeros((0, 0), dtype=int)
        self.around = np.array([row[:3] for row in self.near_sites]) if len(at) else np.zeros((0, 0), dtype=int)
        between = self._seconds(np.hypot(px[:, None] - sx[None, :], py[:, None] - sy[None, :]))
        self.path: dict[int, np.ndarray] = {}
        self.out: dict[int, np.ndarray] = {}
        for base in {kind.base for kind in problem.kinds}:
            out = self._seconds(np.hypot(px - x[base], py - y[base]))
            home = self._seconds(np.hypot(sx - x[base], sy - y[base]))
            self.out[base] = out[:, None] + between
            self.path[base] = self.out[base] + home[None, :]
        self.opens = np.array(
            [[min((kind.opens for kind in site.kinds if kind.risk in {None, risk}), default=FAR) for site in problem.sites]
             for risk in range(len(RISKS))], dtype=np.float64,
        ).reshape(len(RISKS), len(problem.sites))  # fmt: skip
        groups: dict[object, list[int]] = {}
        for number, kind in enumerate(problem.kinds):
            groups.setdefault((kind.base, kind.seats, kind.risk, kind.shift_from, kind.shift_until), []).append(number)
        self.alike = list(groups.values())
        self.classes = [
            tuple(risk for risk in range(len(RISKS)) if kind.risk is None or kind.risk == risk) for kind in problem.kinds
        ]  # fmt: skip

    def _seconds(self, km: np.ndarray) -> Any:
        limits = self.problem.limits
        slow = km if limits.trunk_from_km is None else np.minimum(km, limits.trunk_from_km)
        return 3600 * (slow / limits.speed_kmh + (km - slow) / limits.trunk_kmh)

    def trip(
        self, state: State, gap: Gap, style: Style, chance: random.Random, *, among: np.ndarray | None = None
    ) -> tuple[float, Load, Slot] | None:  # fmt: skip
        """The best trip found for a gap, with its score; ``among`` limits the points from which it may begin."""
        best: tuple[float, Load, Slot] | None = None
        filled = 0
        begun: list[tuple[float, int, int, int, int, Frame]] = []
        for kind, risk, frame in self._frames(state, gap, style, chance):
            begun += [
                (score, kind, risk, point, site, frame)
                for score, point, site in self._beginnings(state, kind, risk, frame, style, chance, among)
            ]
        begun.sort(key=lambda one: (-one[0], *one[1:5]))
        for _, kind, risk, point, site, frame in begun:
            if filled >= style.seeds:
                break
            draft = Draft(state, kind, risk, frame)
            if draft.begin(point, site):
                draft.grow(self.near_points, self.near_sites, style.greed)
            draft.undo()
            filled += bool(draft.units)
            luck = chance.uniform(1 - style.noise, 1 + style.noise) if style.noise else 1.0
            best = self._better(state, gap, draft, style.power, luck, best)
        return best

    def _better(
        self, state: State, gap: Gap, draft: Draft, power: float, luck: float, best: tuple[float, Load, Slot] | None
    ) -> tuple[float, Load, Slot] | None:  # fmt: skip
        if not draft.units:
            return best
        load = draft.load()
        if load is None:
            return best
        slot = state.roster.slot(load, gap)
        if slot is None:
            return best
        seconds = slot.ride.length + max(0, slot.start - draft.frame.begins)
        score = luck * draft.weight / seconds**power
        return (score, load, slot) if best is None or score > best[0] else best

    def _frames(self, state: State, gap: Gap, style: Style, chance: random.Random) -> Iterable[tuple[int, int, Frame]]:
        own = self.problem.shifts[gap.driver].vehicle
        if own is not None:
            kinds = [self.problem.kind_of[own]] if own >= 0 else []
        else:  # of those that differ in features only, one by chance
            kinds = [alike[0] if len(alike) == 1 else chance.choice(alike) for alike in self.alike]
        for kind in kinds:
            begins, ends = state.roster.reach(gap, kind)
            if ends <= begins:
                continue
            free = self._free_from(state, kind, own, begins)
            if free >= ends:
                continue
            work = min(gap.work, ends - free)
            for risk in self.classes[kind]:
                if state.waiting[risk].any():
                    yield kind, risk, Frame(free, ends, work // style.cut if style.cut else work, style.patience, style.wait)

    def _free_from(self, state: State, kind: int, own: int | None, begins: int) -> int:
        """When a vehicle of the kind is free, at or after ``begins``: a guess that the slot makes exact."""
        soonest = FAR
        for vehicle in self.problem.kinds[kind].members if own is None else (own,):
            busy = state.roster.busy[vehicle]
            if not busy or busy[-1][1] + self.problem.turn <= begins:
                return begins
            if begins + self.problem.turn < busy[0][0]:
                return begins
            soonest = min(soonest, next((end + self.problem.turn for _, end in busy if end + self.problem.turn >= begins), FAR))
        return soonest

    def _beginnings(
        self, state: State, kind: int, risk: int, frame: Frame, style: Style, chance: random.Random, among: np.ndarray | None
    ) -> list[tuple[float, int, int]]:  # fmt: skip
        problem, vehicle = self.problem, self.problem.kinds[kind]
        weight = state.waiting[risk]
        points = np.flatnonzero(weight) if among is None else among[weight[among] > 0]
        beds = np.array(state.rooms.beds[risk])
        sites = np.flatnonzero(beds > 0)
        if not len(points) or not len(sites):
            return []
        near = weight[points] * 0.4 + 0.6 * weight[self.cluster[points]].sum(axis=1)
        people = np.array(state.people[risk])
        each = weight[points] / people[points]
        room = beds[sites] * 0.4 + 0.6 * beds[self.around[sites]].sum(axis=1)
        count = np.minimum(np.minimum((near / each)[:, None], room[None, :]), vehicle.seats)
        path = self.path[vehicle.base][np.ix_(points, sites)]
        seconds = path + 2 * problem.per_stop + count * (2 * problem.per_person)
        score = count * each[:, None] / seconds**style.power
        late = self.opens[risk][sites][None, :] > frame.begins + self.out[vehicle.base][np.ix_(points, sites)] + (
            problem.per_stop + vehicle.seats * problem.per_person + frame.patience
        )
        score = np.where(late | (seconds > min(frame.work, frame.ends - frame.begins)), 0.0, score)
        if style.noise:
            score = score * np.random.default_rng(chance.getrandbits(32)).uniform(1 - style.noise, 1 + style.noise, score.shape)
        return _top(score, points, sites, style.seeds * 8)


def _top(score: np.ndarray, points: np.ndarray, sites: np.ndarray, seeds: int) -> list[tuple[float, int, int]]:
    """The best pairs, at most two for each point."""
    flat = score.ravel()
    many = min(len(flat), seeds * 4)
    chosen = np.argpartition(-flat, many - 1)[:many] if many < len(flat) else np.arange(len(flat))
    chosen = chosen[np.lexsort((chosen, -flat[chosen]))]
    found: list[tuple[float, int, int]] = []
    times: dict[int, int] = {}
    for place in chosen.tolist():
        if flat[place] <= 0 or len(found) >= seeds:
            break
        row, column = divmod(place, len(sites))
        if times.get(row, 0) < 2:  # noqa: PLR2004 - the two best sites of a point are enough
            times[row] = times.get(row, 0) + 1
            found.append((float(flat[place]), int(points[row]), int(sites[column])))
    return found


def _nearest(x: np.ndarray, y: np.ndarray, tx: np.ndarray, ty: np.ndarray, count: int) -> Sequence[Sequence[int]]:
    """For each place the nearest others, itself first, at most ``count`` + 1."""
    found: list[list[int]] = []
    for place in range(len(x)):
        away = np.hypot(tx - x[place], ty - y[place])
        away[place] = -1.0
        order = np.argsort(away, kind="stable")[: count + 1]
        row = order.tolist()
        found.append(row + [row[0]] * (8 - len(row)))
    return found

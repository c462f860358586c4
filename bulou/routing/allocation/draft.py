"""One trip filled step by step: a point and a site to begin with, then whatever gives most people per second more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bulou.routing.allocation.pool import State
from bulou.routing.allocation.problem import FAR
from bulou.routing.allocation.rooms import Beds
from bulou.routing.allocation.roster import Load, rides_of

NEAR_POINTS, NEAR_SITES = 10, 6


class Frame(NamedTuple):
    """The time that a trip may take: first second to leave, last to be back, seconds of work left to the driver."""

    begins: int
    ends: int
    work: int
    patience: int  # how long a room may open later than the trip would be there
    wait: int = 600  # how long a trip that has somebody may wait for others to be ready, or for a room to open


class _Option(NamedTuple):
    gain: float
    cost: float
    point: int
    site: int


class Draft:
    """A trip being filled. It takes units and rooms from the state while it grows; ``undo`` gives them back."""

    def __init__(self, state: State, kind: int, risk: int, frame: Frame) -> None:
        """An empty trip of a vehicle kind for one class."""
        self.state, self.problem = state, state.problem
        self.number, self.kind, self.risk, self.frame = kind, self.problem.kinds[kind], risk, frame
        self.points: list[int] = []
        self.sites: list[int] = []
        self.boards: dict[int, int] = {}
        self.leaves: dict[int, int] = {}
        self.ready: dict[int, int] = {}
        self.opens: dict[int, int] = {}
        self.latest: dict[int, int] = {}
        self.units: list[int] = []
        self.beds: dict[int, Beds] = {}
        self.goes_to: dict[int, int] = {}
        self.first = frame.begins  # when it would leave
        self.size = 0
        self.weight = 0.0
        self.legs = 0

    # -- time

    def _site(self, site: int) -> int:
        return self.problem.sites[site].point

    def length(self) -> int:
        """Seconds without rests."""
        stands = self.problem.per_stop * (len(self.points) + len(self.sites)) + math.ceil(
            2 * self.size * self.problem.per_person
        )
        return self.legs + stands

    def _legs(self) -> int:
        legs, here, total = self.problem.legs, self.kind.base, 0
        for there in (*self.points, *(self._site(site) for site in self.sites), self.kind.base):
            total += legs[here][there]
            here = there
        return total

    def window(self) -> tuple[int, int]:
        """First and last second to leave, without rests."""
        problem, here, now = self.problem, self.kind.base, 0
        first, last = self.frame.begins, FAR
        for point in self.points:
            now += problem.drive(here, point)
            first = max(first, self.ready.get(point, -FAR) - now)
            now += problem.stand(self.boards.get(point, 0))
            here = point
        for site in self.sites:
            there = self._site(site)
            now += problem.drive(here, there)
            first = max(first, self.opens.get(site, -FAR) - now)
            last = min(last, self.latest.get(site, FAR) - now)
            now += problem.stand(self.leaves.get(site, 0))
            here = there
        return first, last

    def fits(self) -> bool:
        """Whether the trip as it is keeps the frame, the windows, the time on board and the length of the route."""
        length = self.length()
        if length > self.frame.work:
            return False
        first, last = self.window()
        if first > last or first + length > self.frame.ends:
            return False
        self.first = first
        if self.points and self.sites:
            out = self.problem.drive(self.kind.base, self.points[0])
            home = self.problem.drive(self._site(self.sites[-1]), self.kind.base)
            aboard = length - out - home - self.problem.stand(self.leaves.get(self.sites[-1], 0))
            if aboard > self.problem.on_board or self._km() > self.problem.limits.route_km:
                return False
        return True

    def _km(self) -> float:
        stops = [*self.points, *(self._site(site) for site in self.sites)]
        return sum(self.problem.km(here, there) for here, there in pairwise(stops))

    def idle(self) -> int:
        """How long the vehicle would wait before it leaves."""
        return self.window()[0] - self.frame.begins

    # -- growing

    def _cheapest(self, point: int) -> tuple[int, int]:
        """Where a pick-up costs least, and how many seconds of driving."""
        legs, best, place = self.problem.legs, FAR, 0
        to_point = legs[point]
        here = self.kind.base
        for number, there in enumerate((*self.points, self._site(self.sites[0]))):
            more = to_point[here] + to_point[there] - legs[here][there]
            if more < best:
                best, place = more, number
            here = there
        return place, best

    def _cheapest_site(self, site: int) -> tuple[int, int]:
        legs, best, place = self.problem.legs, FAR, 0
        to_site = legs[self._site(site)]
        here = self.points[-1]
        for number, after in enumerate((*(self._site(one) for one in self.sites), self.kind.base)):
            more = to_site[here] + to_site[after] - legs[here][after]
            if more < best:
                best, place = more, number
            here = after
        return place, best

    def begin(self, point: int, site: int) -> bool:
        """The first point and site; False when that alone does not fit or nobody can go."""
        self.points, self.sites = [point], [site]
        self.legs = self._legs()
        return self.fits() and self.board()

    def resume(self, load: Load, keep: Sequence[int]) -> bool:
        """The stops and the given units of a load that has been taken out; False when they do not fit here."""
        units = self.problem.units
        kept = set(keep)
        points = {point for unit in keep for point, _, _ in units[unit].stops}
        sites = {load.goes_to[unit] for unit in keep}
        self.points = [point for point in load.points if point in points]
        self.sites = [site for site in load.sites if site in sites]
        self.legs = self._legs()
        frame = self.frame
        self.frame = frame._replace(wait=FAR)
        fits = all(self._take(unit, load.goes_to[unit], load.beds[unit]) for unit in load.units if unit in kept)
        self.frame = frame
        return fits

    def board(self) -> bool:
        """Everybody waiting at the trip's points who finds a seat and a room at its sites; False: nobody more."""
        state, units, before = self.state, self.problem.units, self.size
        failed: set[tuple[int, int]] = set()
        for point in tuple(self.points):
            if not state.people[self.risk][point]:
                continue
            waiting = [number for number in state.at_point[point] if state.open[number] and units[number].risk == self.risk]
            if not self.size:
                waiting.sort(key=lambda number: max(units[number].ready_last, self.frame.begins))
            latest = self._reached(point)
            for number in waiting:
                if self.size >= self.kind.seats:
                    return True
                unit = units[number]
                if self.size + unit.size > self.kind.seats or (self.size and unit.ready_last > latest):
                    continue
                if self.problem.suits(self.kind, unit):
                    nobody = not self.size
                    self._seat(number, unit.like, failed)
                    latest = self._reached(point) if nobody and self.size else latest
        return self.size > before

    def _reached(self, point: int) -> int:
        """Until when somebody at a point may become ready without keeping the trip waiting too long."""
        now, here = max(self.first, self.frame.begins + self.frame.wait), self.kind.base
        for one in self.points:
            now += self.problem.legs[here][one]
            if one == point:
                break
            now += self.problem.stand(self.boards.get(one, 0))
            here = one
        return now

    def _seat(self, number: int, like: int, failed: set[tuple[int, int]]) -> None:
        """Room for a unit at the first of the sites that has one."""
        for site in self.sites:
            if (like, site) not in failed:
                if self._take(number, site):
                    return
                failed.add((like, site))

    def _arrival(self, site: int) -> int:
        """About when the trip would be at a site."""
        first, now, here = self.frame.begins, 0, self.kind.base
        for point in self.points:
            now += self.problem.drive(here, point)
            first = max(first, self.ready.get(point, -FAR) - now)
            now += self.problem.stand(self.boards.get(point, 0))
            here = point
        for one in self.sites:
            there = self._site(one)
            now += self.problem.drive(here, there)
            if one == site:
                break
            now += self.problem.stand(self.leaves.get(one, 0))
            here = there
        return first + now

    def _take(self, number: int, site: int, held: Beds | None = None) -> bool:
        """One unit more, when a room (or the rooms that it held), its other stops and its windows allow."""
        unit, state = self.problem.units[number], self.state
        beds = held or state.rooms.fit(unit, site, self._arrival(site), self.frame.patience)
        if beds is None:
            return False
        kept = (list(self.points), dict(self.boards), dict(self.ready), self.legs)
        had = (self.leaves.get(site), self.opens.get(site), self.latest.get(site))
        for point, people, ready in unit.stops:
            if point not in self.points:
                place, more = self._cheapest(point)
                self.points.insert(place, point)
                self.legs += more
            self.boards[point] = self.boards.get(point, 0) + people
            self.ready[point] = max(self.ready.get(point, -FAR), ready)
        opens, closes = state.rooms.window(beds)
        self.leaves[site] = self.leaves.get(site, 0) + unit.size
        self.opens[site] = max(self.opens.get(site, -FAR), opens)
        self.latest[site] = min(self.latest.get(site, FAR), unit.due, closes)
        before, late = self.first, max(self.first, self.frame.begins + self.frame.wait)
        self.size += unit.size
        if not self.fits() or (self.size > unit.size and self.first > late):
            self.first = before
            self.size -= unit.size
            self.points, self.boards, self.ready, self.legs = kept
            for table, value in zip((self.leaves, self.opens, self.latest), had, strict=True):
                if value is None:
                    table.pop(site, None)
                else:
                    table[site] = value
            return False
        self.units.append(number)
        self.beds[number] = beds
        self.goes_to[number] = site
        self.weight += unit.weight
        state.rooms.take(unit, beds)
        state.close(number)
        return True

    def grow(self, near_points: Sequence[Sequence[int]], near_sites: Sequence[Sequence[int]], greed: float = 1.0) -> None:
        """Add stops as long as people per second do not fall; with ``greed`` above 1, not by more than that factor."""
        tried: set[tuple[int, int]] = set()
        while self.size < self.kind.seats:
            option = self._best(near_points, near_sites, tried)
            if option is None:
                return
            tried.add((option.point, option.site))
            if greed * option.gain * self.length() < self.weight * option.cost:
                return
            self._try(option)

    def _try(self, option: _Option) -> None:
        """Add the stops where they cost least; where somebody would not be ready or be late, in another order."""
        points, sites, legs = list(self.points), list(self.sites), self.legs
        new = option.point >= 0 and option.point not in points
        cheapest = self._cheapest(option.point)[0] if new else 0
        for place in sorted(range(len(points) + 1), key=lambda place: place != cheapest) if new else (0,):
            if new:
                self.points.insert(place, option.point)
            if option.site >= 0 and option.site not in self.sites:
                self.sites.insert(self._cheapest_site(option.site)[0], option.site)
            self.legs = self._legs()
            if self.fits() and self.board():
                return
            self.points, self.sites, self.legs = list(points), list(sites), legs

    def _best(
        self, near_points: Sequence[Sequence[int]], near_sites: Sequence[Sequence[int]], tried: set[tuple[int, int]]
    ) -> _Option | None:  # fmt: skip
        """The stop, or pair of stops, that gives most weight for its seconds."""
        people, beds = self.state.people[self.risk], self.state.rooms.beds[self.risk]
        here = sum(people[point] for point in self.points)
        room = sum(beds[site] for site in self.sites)
        best: _Option | None = None
        points = self._points(near_points) if room > 0 or here <= 0 else ()
        sites = self._sites(near_sites) if here > 0 or room <= 0 else ()
        if room > 0:
            for point, each, waiting, more in points:
                best = self._better(best, (point, -1), min(waiting, room), each, more, tried)
        if here > 0:
            for site, free, more in sites:
                best = self._better(best, (-1, site), min(here, free), self.weight / self.size, more, tried)
        elif room <= 0:
            for point, each, waiting, more in points:
                for site, free, detour in sites:
                    best = self._better(best, (point, site), min(waiting, free), each, more + detour, tried)
        return best

    def _better(
        self, best: _Option | None, stops: tuple[int, int], count: float, each: float, detour: int, tried: set[tuple[int, int]]
    ) -> _Option | None:  # fmt: skip
        if stops in tried:
            return best
        count = min(count, self.kind.seats - self.size)
        stand = self.problem.per_stop * ((stops[0] >= 0) + (stops[1] >= 0)) + count * 2 * self.problem.per_person
        cost, gain = max(detour + stand, 1.0), count * each
        return _Option(gain, cost, *stops) if best is None or gain * best.cost > best.gain * cost else best

    def _points(self, near: Sequence[Sequence[int]]) -> list[tuple[int, float, int, int]]:
        people, found, seen = self.state.people[self.risk], [], set(self.points)
        waiting = self.state.waiting[self.risk]
        for here in self.points[:1] + self.points[-1:]:
            count = 0
            for point in near[here]:
                if point in seen or not people[point]:
                    continue
                seen.add(point)
                found.append((point, float(waiting[point]) / people[point], people[point], self._cheapest(point)[1]))
                count += 1
                if count >= NEAR_POINTS:
                    break
            if len(self.points) == 1:
                break
        return found

    def _sites(self, near: Sequence[Sequence[int]]) -> list[tuple[int, int, int]]:
        found, beds = [], self.state.rooms.beds[self.risk]
        for site in near[self.sites[-1]]:
            if beds[site] <= 0 or site in self.sites:
                continue
            found.append((site, beds[site], self._cheapest_site(site)[1]))
            if len(found) >= NEAR_SITES:
                break
        return found

    # -- finishing

    def undo(self) -> None:
        """Give units and rooms back; what the trip holds stays written in it."""
        for number in self.units:
            self.state.rooms.release(self.problem.units[number], self.beds[number])
            self.state.reopen(number)

    def load(self) -> Load | None:
        """The trip as a load without its slot; None when its rides break a limit of driving or of time on board."""
        sites = tuple(site for site in self.sites if self.leaves.get(site))
        points = tuple(point for point in self.points if self.boards.get(point))
        counts = (*(self.boards[point] for point in points), *(self.leaves[site] for site in sites))
        day, night = rides_of(self.problem, self.number, points, sites, counts)
        on_board = self.problem.on_board
        if day is not None and day.at[-1] - day.at[0] > on_board:
            day = None
        if night is not None and night.at[-1] - night.at[0] > on_board:
            night = None
        if day is None and night is None:
            return None
        return Load(
            self.number, self.risk, tuple(self.units), dict(self.beds), dict(self.goes_to), points, sites, counts,
            (*(self.ready[point] for point in points), *(self.opens[site] for site in sites)),
            (*(FAR for _ in points), *(self.latest[site] for site in sites)),
            self.size, self.weight, day, night,
        )  # fmt: skip

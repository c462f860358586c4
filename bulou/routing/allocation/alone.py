"""A unit on a trip of its own: where it could go, whether a driver, a vehicle, both are there; the reasons rest on it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from bulou.routing.allocation.pool import State
from bulou.routing.allocation.problem import FAR, Problem, Unit
from bulou.routing.allocation.rooms import Beds, Rooms
from bulou.routing.allocation.roster import Gap, Load, Roster, Slot, rides_of

ALWAYS = 2 * FAR


class Holding:
    """Which sites' rooms, as they are left, hold a unit; asked once for units that are alike and meet the same open rooms."""

    def __init__(self, problem: Problem, rooms: Rooms) -> None:
        """For rooms that do not change while this is asked."""
        self.problem, self.rooms = problem, rooms
        self.opens = sorted({kind.opens for kind in rooms.kinds})
        self.closes = sorted({kind.closes for kind in rooms.kinds})
        self._known: dict[object, list[tuple[int, Beds]]] = {}

    def sites(self, unit: Unit, *, in_time: bool = True) -> list[tuple[int, Beds]]:
        """Sites that hold the unit at some instant of its window, or at any."""
        arrival, patience = (ready_of(unit), unit.due - ready_of(unit)) if in_time else (-FAR, ALWAYS)
        if patience < 0:
            return []
        key = (unit.like, bisect_right(self.opens, arrival + patience), bisect_right(self.closes, arrival))
        if key not in self._known:
            fits = (
                (site, self.rooms.fit(unit, site, arrival, patience, thorough=True)) for site in range(len(self.problem.sites))
            )
            self._known[key] = [(site, beds) for site, beds in fits if beds is not None]
        return self._known[key]


def ready_of(unit: Unit) -> int:
    """When the last of the unit can board."""
    return max(ready for _, _, ready in unit.stops)


def in_reach(problem: Problem, unit: Unit, site: int) -> bool:
    """Whether the direct way keeps the limits of time on board and of the route's length."""
    points = [point for point, _, _ in unit.stops]
    stops = [*points, problem.sites[site].point]
    seconds = sum(problem.drive(here, there) for here, there in pairwise(stops))
    stands = sum(problem.stand(people) for _, people, _ in unit.stops)
    km = sum(problem.km(here, there) for here, there in pairwise(stops))
    return seconds + stands <= problem.on_board and km <= problem.limits.route_km


def alone(problem: Problem, rooms: Rooms, number: int, kind: int, site: int, beds: Beds) -> Load | None:
    """The trip with the unit alone; None when it breaks a limit of driving or of time on board."""
    unit = problem.units[number]
    points = tuple(point for point, _, _ in unit.stops)
    counts = (*(people for _, people, _ in unit.stops), unit.size)
    day, night = rides_of(problem, kind, points, (site,), counts)
    day = day if day is not None and day.at[-1] - day.at[0] <= problem.on_board else None
    night = night if night is not None and night.at[-1] - night.at[0] <= problem.on_board else None
    if day is None and night is None:
        return None
    opens, closes = rooms.window(beds)
    return Load(
        kind, unit.risk, (number,), {number: beds}, {number: site}, points, (site,), counts,
        (*(ready for _, _, ready in unit.stops), opens), (*(FAR for _ in points), min(unit.due, closes)),
        unit.size, unit.weight, day, night,
    )  # fmt: skip


def shortest(load: Load) -> int:
    """Seconds of the load's quicker ride."""
    return min(going.length for going in (load.day, load.night) if going is not None)


def kinds_for(problem: Problem, unit: Unit) -> list[int]:
    """Vehicle kinds that suit and take the unit."""
    return [number for number, kind in enumerate(problem.kinds) if problem.suits(kind, unit)]


def gaps_for(problem: Problem, roster: Roster, kind: int) -> Iterator[Gap]:
    """All free times of drivers who may drive a kind."""
    for driver, shift in enumerate(problem.shifts):
        if shift.vehicle is None or shift.vehicle in problem.kinds[kind].members:
            yield from roster.gaps(driver)


def slots(problem: Problem, state: State, load: Load, *, any_vehicle: bool = False) -> Iterator[Slot]:
    """Where a load could go beside the plan's trips."""
    least = shortest(load)
    for gap in gaps_for(problem, state.roster, load.kind):
        if least <= gap.work and least <= gap.ends - gap.begins:
            slot = state.roster.slot(load, gap, any_vehicle=any_vehicle)
            if slot is not None:
                yield slot


def vehicle_slot(problem: Problem, state: State, load: Load) -> Slot | None:
    """Where a vehicle alone could take it, whoever drives."""
    kind = problem.kinds[load.kind]
    return state.roster.slot(load, Gap(-1, 0, kind.shift_from, kind.shift_until, FAR, -1, -1))

"""One change while a plan is under way: people on board stay on board, as little as possible changes, in about a second.

What the change does not touch keeps its trip, room, vehicle, driver and time. Whom it touches gets, in this order: another
room of the same site; the same trip with another vehicle or driver, not before its time; a new trip; a seat on another trip
that has not left; or a reason. Whoever stayed before may find a place in what has become free.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bulou.routing.allocation.alone import gaps_for
from bulou.routing.allocation.build import Builder, Style
from bulou.routing.allocation.changing import changed, without
from bulou.routing.allocation.plan import assemble, gather
from bulou.routing.allocation.pool import State
from bulou.routing.allocation.problem import FAR, NUMBER, Problem, stamp
from bulou.routing.allocation.reasons import Leftover, Standing
from bulou.routing.allocation.rides import Ride
from bulou.routing.allocation.rooms import Beds
from bulou.routing.allocation.roster import Load, Slot, rides_of
from bulou.routing.allocation.solve import Search, construct, last_chances
from bulou.routing.allocation.values import Change, Instance, Limits, Placed, Plan, Reason, Stop, StopKind, Trip

COMPANY = (Reason.CARER_OF_OTHER_CLASS, Reason.CARER_APART, Reason.LEAVES_DEPENDENT, Reason.NO_CARER)
INNER = (StopKind.PICKUP, StopKind.DROPOFF)


@dataclass(frozen=True, slots=True)
class Replanned:
    """The instance after the change and its plan; who is on the way and has no room; whose plan is not as it was."""

    instance: Instance
    plan: Plan
    stranded: tuple[str, ...]
    changed: tuple[str, ...]


def replan(instance: Instance, limits: Limits, plan: Plan, change: Change, *, seed: int = 0) -> Replanned:
    """The plan after one change at ``change.at``.

    The bound is carried on: what is lost places nobody more, and a person added or gone at most the own group. A stranded
    person is on a trip that has left to a site that has no room any more: where to is for a person to decide, at once.
    """
    after, trips = changed(instance, plan, change)
    problem = Problem(after, limits, not_before=change.at)
    standing = Standing(problem)
    keeper = _Keeper(problem, standing, instance, plan, change)
    builder, chance, state = Builder(problem), random.Random(seed), keeper.state  # noqa: S311 - a search, not a secret
    for trip in trips:
        keeper.keep(trip)
    keeper.find_rooms()
    search = Search(state, builder, chance)
    for load in keeper.broken:
        keeper.other_hands(load)
    if keeper.homeless:
        construct(state, builder, chance, Style(seeds=4))
    last_chances(state, search, standing)
    gather(state)
    group = {person.group_id for person in (*instance.people, *after.people) if person.person_id == _person(change)}
    more = sum(person.group_id in group for person in after.people)
    bound = min(len(after.people), plan.bound + more)
    made = assemble(state, Leftover(state, standing, builder), bound, kept=keeper.trips)
    before = {one.person_id: one for one in plan.placed}
    now = {one.person_id: one for one in made.placed}
    otherwise = tuple(sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name)))
    return Replanned(after, made, tuple(sorted(keeper.stranded)), otherwise)


def _person(change: Change) -> str:
    return change.person.person_id if change.person is not None else change.subject_id


class _Keeper:
    """Puts the trips of a plan back into a state, as they were as far as the change allows."""

    def __init__(self, problem: Problem, standing: Standing, before: Instance, plan: Plan, change: Change) -> None:
        self.problem, self.at, self.codes = problem, change.at, standing.codes
        self.placed: Mapping[str, Placed] = {one.person_id: one for one in plan.placed}
        self.site_of = {room.room_id: room.site_id for room in before.rooms}
        self.trips: dict[Load, Trip] = {}  # handed out as they were
        self.broken: list[Load] = []
        self.stranded: list[str] = []
        self.waiting: list[tuple[Trip, int]] = []  # units of a trip whose room is lost
        self.homeless = False
        instance = self.problem.instance
        self.rooms = {room.room_id: place for place, room in enumerate(instance.rooms)}
        self.vehicles = {one.vehicle_id: place for place, one in enumerate(instance.vehicles)}
        self.drivers = {shift.driver_id: place for place, shift in enumerate(self.problem.shifts) if shift.driver_id}
        self.own = {shift.vehicle: place for place, shift in enumerate(self.problem.shifts) if not shift.driver_id}
        self.unit_of = {
            one.person_id: number for number, unit in enumerate(self.problem.units) for one in unit.household.people
        }  # fmt: skip
        # Who is on a trip counts as placeable, whatever could be begun from now on.
        on_trips = {self.unit_of[name] for name in self.placed if name in self.unit_of}
        self.state = State(problem, sorted({*standing.plannable, *on_trips}))

    def keep(self, trip: Trip) -> None:
        """The trip with those of its units that are as they were and have their rooms."""
        on = set(trip.people)
        beds: dict[int, Beds] = {}
        for number in dict.fromkeys(self.unit_of[person] for person in trip.people):
            people = self.problem.units[number].household.people
            apart = self.codes.get(number) in COMPANY and trip.departs_at > self.at
            if apart or not all(one.person_id in on for one in people):
                self.homeless = True  # somebody has joined the unit: it is planned anew
                continue
            found = self._beds(number)
            if found is None:
                self.waiting.append((trip, number))
            else:
                beds[number] = found
        self._put(trip, beds)

    def _put(self, trip: Trip, beds: dict[int, Beds]) -> None:
        load = self._load(trip, beds)
        if load is None:
            return
        load.fixed = trip.departs_at <= self.at
        if not load.fixed and not self._stands(load):
            self.broken.append(load)
            return
        self.state.restore(load)
        people = {one.person_id for number in beds for one in self.problem.units[number].household.people}
        self.trips[load] = without(trip, set(trip.people) - people, self.at)

    def _beds(self, number: int) -> Beds | None:
        """The unit's rooms as they were, when they are there and still hold it."""
        by_room: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(self.problem.units[number].household.people):
            by_room[self.placed[one.person_id].room_id].append(place)
        if any(name not in self.rooms for name in by_room):
            return None
        return tuple((self.rooms[name], tuple(places)) for name, places in by_room.items())

    def find_rooms(self) -> None:
        """Other rooms of the same site for units whose rooms are lost, those on the way first."""
        for trip, number in sorted(self.waiting, key=lambda one: (one[0].departs_at > self.at, one[0].departs_at)):
            unit = self.problem.units[number]
            first = self.placed[unit.household.people[0].person_id]
            site_id = self.site_of[first.room_id]
            arrival = stamp(first.arrive_at)
            sites = [place for place, site in enumerate(self.problem.sites) if site.site_id == site_id]
            found = next((beds for site in sites if (beds := self.state.rooms.fit(unit, site, arrival)) is not None), None)
            if found is not None:
                self._join(trip, number, found)
            elif trip.departs_at <= self.at:
                self.stranded += [one.person_id for one in unit.household.people]
            else:
                self.homeless = True

    def _join(self, trip: Trip, number: int, beds: Beds) -> None:
        """A unit back onto its trip."""
        load = next((load for load, kept in self.trips.items() if kept.trip == trip.trip), None)
        if load is None:
            self._put(trip, {number: beds})
            return
        self.state.remove(load)
        del self.trips[load]
        self._put(trip, {**load.beds, number: beds})

    def _load(self, trip: Trip, beds: dict[int, Beds]) -> Load | None:
        """The trip as a load with its own times."""
        problem = self.problem
        if not beds or trip.vehicle_id not in self.vehicles:
            return None
        people = {one.person_id for number in beds for one in problem.units[number].household.people}
        trip = without(trip, set(trip.people) - people, self.at)
        inner = [stop for stop in trip.stops if stop.kind in INNER]
        picks = [stop for stop in inner if stop.kind is StopKind.PICKUP]
        drops = [stop for stop in inner if stop.kind is StopKind.DROPOFF]
        start = stamp(trip.departs_at)
        sites = [self._site(stop) for stop in drops]
        goes_to = {self.unit_of[one]: site for stop, site in zip(drops, sites, strict=True) for one in stop.people}
        vehicle = self.vehicles[trip.vehicle_id]
        ordered = [*picks, *drops]
        ride = Ride(
            stamp(trip.ends_at) - start, tuple(stamp(stop.arrives_at) - start for stop in ordered), (), _stretches(trip)
        )
        units = [problem.units[number] for number in beds]
        return Load(
            problem.kind_of[vehicle], NUMBER[trip.risk], tuple(beds), beds, goes_to,
            tuple(problem.point(stop.x, stop.y) for stop in picks), tuple(sites), tuple(len(stop.people) for stop in ordered),
            tuple(stamp(stop.arrives_at) for stop in ordered), self._latest(picks, sites, goes_to, beds),
            sum(unit.size for unit in units), sum(unit.weight for unit in units), ride, ride, trip.trip,
            self.drivers.get(trip.driver_id, -1) if trip.driver_id else self.own.get(vehicle, -1), vehicle, start, ride,
            sum(unit.size * stamp(self.placed[unit.household.people[0].person_id].arrive_at) - unit.ready for unit in units),
        )  # fmt: skip

    def _latest(self, picks: list[Stop], sites: list[int], goes_to: dict[int, int], beds: dict[int, Beds]) -> tuple[int, ...]:
        """Until when each stop may be reached."""
        late = dict.fromkeys(sites, FAR)
        for number, held in beds.items():
            site = goes_to[number]
            late[site] = min(late[site], self.problem.units[number].due, self.state.rooms.window(held)[1])
        return (*(FAR for _ in picks), *(late[site] for site in sites))

    def _site(self, stop: Stop) -> int:
        point = self.problem.point(stop.x, stop.y)
        return next(
            place for place, site in enumerate(self.problem.sites) if site.site_id == stop.site_id and site.point == point
        )  # fmt: skip

    def _stands(self, load: Load) -> bool:
        """Whether vehicle and driver are still there for the whole of the trip."""
        kind = self.problem.kinds[load.kind]
        return load.driver >= 0 and load.end <= min(kind.shift_until, self.problem.shifts[load.driver].ends)

    def other_hands(self, load: Load) -> None:
        """A trip that has lost vehicle or driver, with others: not before its time, as soon after as can be."""
        problem = self.problem
        best: tuple[Load, Slot] | None = None
        units = [problem.units[number] for number in load.units]
        for kind, one in enumerate(problem.kinds):
            if load.size > one.seats or not all(problem.suits(one, unit) for unit in units):
                continue
            rides = rides_of(problem, kind, load.points, load.sites, load.counts)
            short = [going is not None and going.at[-1] - going.at[0] <= problem.on_board for going in rides]
            day, night = (going if ok else None for going, ok in zip(rides, short, strict=True))
            moved = replace(load, kind=kind, day=day, night=night, name="", changed=set(), fixed=False)
            for gap in gaps_for(problem, self.state.roster, kind):
                slot = self.state.roster.slot(moved, gap) if day is not None or night is not None else None
                if slot is not None and (best is None or slot.start < best[1].start):
                    best = (moved, slot)
        if best is None:
            self.homeless = True
        else:
            self.state.commit(*best)


def _stretches(trip: Trip) -> tuple[tuple[int, int, int], ...]:
    """Driving between rests: seconds driven, from when, until when, counted from leaving."""
    start = stamp(trip.departs_at)
    found: list[tuple[int, int, int]] = []
    driven, since, here = 0, 0, trip.stops[0]
    for stop in trip.stops[1:]:
        driven += stamp(stop.arrives_at) - stamp(here.leaves_at)
        here = stop
        if stop.kind is StopKind.REST:
            found.append((driven, since, stamp(stop.arrives_at) - start))
            driven, since = 0, stamp(stop.leaves_at) - start
    found.append((driven, since, stamp(trip.ends_at) - start))
    return tuple(found)

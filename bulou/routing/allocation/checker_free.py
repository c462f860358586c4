"""What a plan leaves free of vehicles and drivers, and whether one more trip with one unit alone would fit into it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from bulou.routing.allocation.checker_case import CARER, NEAR, Case, named
from bulou.routing.allocation.checker_trips import by_departure, distance, hours_between
from bulou.routing.allocation.values import Driver, Stop, Trip, Vehicle


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One unit's direct way to one site; ``cautious`` counts every rest and buffer that could be asked for, else none."""

    x: float
    y: float
    to_x: float
    to_y: float
    drive: timedelta
    boarding: timedelta
    ready_at: datetime
    due_at: datetime
    opens_at: datetime | None
    closes_at: datetime | None
    cautious: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """A time in which a vehicle or a driver is free, and where it stands at either end; None: anywhere."""

    begins: datetime
    ends: datetime
    begins_at: Stop | Vehicle | None = None
    ends_at: Stop | Vehicle | None = None


def _span(case: Case, way: Way, vehicle: Vehicle) -> tuple[timedelta, timedelta, timedelta]:
    """From leaving to the pick-up, to the site's door, to the end at the vehicle's own place."""
    limits = case.limits
    come = timedelta(seconds=limits.seconds(math.hypot(vehicle.x - way.x, vehicle.y - way.y)))
    home = timedelta(seconds=limits.seconds(math.hypot(vehicle.x - way.to_x, vehicle.y - way.to_y)))
    rests = timedelta(0)
    if way.cautious:
        shortest = min(limits.continuous_night, limits.continuous_day)
        rests = ((come + way.drive + home) // shortest) * limits.rest if shortest else timedelta(0)
    door = come + way.boarding + way.drive + rests
    return come, door, door + way.boarding + home


def _earliest(case: Case, way: Way, vehicle: Vehicle, begins: datetime, ends: datetime) -> datetime | None:
    """When a trip with the unit alone could leave within a time; None when it cannot."""
    come, door, whole = _span(case, way, vehicle)
    if whole > ends - begins:
        return None
    leaves = max(begins, way.ready_at - come, *([way.opens_at - door] if way.opens_at else []))
    latest = min(ends - whole, way.due_at - door)
    if way.closes_at:
        latest = min(latest, way.closes_at - door - timedelta(seconds=1))
    if case.limits.is_coach(vehicle):
        limits = case.limits
        # A part ends with the trip where the stop is longer: the next try begins there, and is moved on again.
        while leaves <= latest and (
            stop := next(hours_between(leaves, leaves + whole, limits.coach_stop_from, limits.coach_stop_until), None)
        ):
            leaves = stop[1]
    return leaves if leaves <= latest else None


def fits(case: Case, way: Way, vehicle: Vehicle, driver: Driver) -> bool:
    """Whether the vehicle and the driver, both with nothing else to do, could bring the unit."""
    begins, ends = max(vehicle.shift_from, driver.shift_from), min(vehicle.shift_until, driver.shift_until)
    hours = timedelta(hours=driver.hours_left)
    return _span(case, way, vehicle)[2] <= hours and _earliest(case, way, vehicle, begins, ends) is not None


class Free:
    """What the plan's trips leave: gaps of vehicles and drivers, hours of drivers; computed when asked."""

    def __init__(self, case: Case) -> None:
        """Keep the case; nothing is computed yet."""
        self.case = case

    @cached_property
    def carers(self) -> dict[str, list[str]]:
        """Who names whom as carer: carer → dependents, of all people of the instance."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.case.instance.people:
            for carer in named(one, CARER):
                found[carer].append(one.person_id)
        return dict(found)

    @cached_property
    def trips_of(self) -> tuple[dict[str, list[Trip]], dict[str, list[Trip]]]:
        """Each vehicle's and each driver's trips in order."""
        vehicles: dict[str, list[Trip]] = defaultdict(list)
        drivers: dict[str, list[Trip]] = defaultdict(list)
        for trip in by_departure(self.case.plan.trips):
            vehicles[trip.vehicle_id].append(trip)
            drivers[trip.driver_id].append(trip)
        return vehicles, drivers

    def pairs(self, vehicles: Sequence[Vehicle]) -> Iterator[tuple[Vehicle, Driver]]:
        """Vehicles with who could drive them, those that are alike once; A19 without drivers."""
        drivers = self.case.instance.drivers
        alike: set[tuple[object, ...]] = set()
        kinds = {(one.shift_from, one.shift_until, one.hours_left, one.vehicle_id): one for one in drivers or ()}
        bound = {one.vehicle_id for one in drivers or ()}
        for vehicle in vehicles:
            coach = self.case.limits.is_coach(vehicle)
            own = vehicle.vehicle_id if vehicle.vehicle_id in bound else ""
            key = (vehicle.x, vehicle.y, vehicle.shift_from, vehicle.shift_until, coach, own)
            if key in alike:
                continue
            alike.add(key)
            if drivers is None:
                yield vehicle, self._own(vehicle)
            for driver in kinds.values():
                if driver.vehicle_id in {"", own}:
                    yield vehicle, driver

    def _own(self, vehicle: Vehicle) -> Driver:
        hours = self.case.limits.driver_hours
        return Driver(vehicle.vehicle_id, vehicle.shift_from, vehicle.shift_until, hours)

    @cached_property
    def _vehicle_gaps(self) -> dict[str, list[Gap]]:
        rest, found = self.case.limits.turn_round, {}
        for vehicle in self.case.instance.vehicles:
            begins, at = vehicle.shift_from, vehicle
            gaps: list[Gap] = []
            where: Stop | Vehicle = at
            for trip in self.trips_of[0].get(vehicle.vehicle_id, ()):
                gaps.append(Gap(begins, trip.departs_at - rest, where, trip.stops[0]))
                begins, where = trip.ends_at + rest, trip.stops[-1]
            gaps.append(Gap(begins, vehicle.shift_until, where, vehicle))
            # A trip of its own begins and ends at the vehicle's own place: gaps elsewhere belong to the trips around them.
            found[vehicle.vehicle_id] = [
                gap
                for gap in gaps
                if gap.ends > gap.begins and all(end and distance(vehicle, end) <= NEAR for end in (gap.begins_at, gap.ends_at))
            ]
        return found

    @cached_property
    def _driver_gaps(self) -> dict[str, tuple[Driver, timedelta, list[Gap]]]:
        found = {}
        for driver in self.case.instance.drivers or ():
            begins, where, gaps = driver.shift_from, None, []
            worked = timedelta(0)
            for trip in self.trips_of[1].get(driver.driver_id, ()):
                gaps.append(Gap(begins, trip.departs_at, where, trip.stops[0]))
                vehicle = self.case.vehicles[trip.vehicle_id]
                begins, where = trip.ends_at, trip.stops[-1]
                worked += trip.ends_at - trip.departs_at
                if distance(vehicle, trip.stops[-1]) > NEAR:  # bound to bring the vehicle home
                    begins = datetime.max.replace(tzinfo=trip.ends_at.tzinfo)
            gaps.append(Gap(begins, driver.shift_until, where, None))
            left = timedelta(hours=driver.hours_left) - worked
            found[driver.driver_id] = (driver, left, [gap for gap in gaps if gap.ends > gap.begins])
        return found

    def _driver_times(self, way: Way, vehicle: Vehicle) -> Iterator[tuple[datetime, datetime]]:
        """When some driver could be on a trip of this vehicle with this unit alone."""
        whole = _span(self.case, way, vehicle)[2]
        if self.case.instance.drivers is None:
            trips = self.trips_of[0].get(vehicle.vehicle_id, ())
            worked = sum((trip.ends_at - trip.departs_at for trip in trips), timedelta(0))
            if whole <= timedelta(hours=self.case.limits.driver_hours) - worked:
                # The vehicle's own driver is free between its trips, whether the vehicle is clean or not.
                starts = [vehicle.shift_from, *(trip.ends_at for trip in trips)]
                stops = [*(trip.departs_at for trip in trips), vehicle.shift_until]
                yield from ((start, stop) for start, stop in zip(starts, stops, strict=True) if stop > start)
            return
        if whole > self._most_left:
            return
        buffer = self.case.limits.rest if way.cautious else timedelta(0)
        for driver, left, gaps in self._driver_gaps.values():
            if whole > left or driver.vehicle_id not in {"", vehicle.vehicle_id}:
                continue
            for gap in gaps:
                begins = gap.begins + self._travel(gap.begins_at, vehicle) + (buffer if gap.begins_at else timedelta(0))
                ends = gap.ends - self._travel(gap.ends_at, vehicle) - (buffer if gap.ends_at else timedelta(0))
                if ends > begins:
                    yield begins, ends

    def _travel(self, place: Stop | Vehicle | None, vehicle: Vehicle) -> timedelta:
        return timedelta(seconds=self.case.limits.seconds(distance(place, vehicle))) if place else timedelta(0)

    @cached_property
    def _likeness(self) -> dict[str, object]:
        """What drivers' times depend on, by vehicle."""
        drivers, limits = self.case.instance.drivers, self.case.limits
        bound = {one.vehicle_id for one in drivers or ()}
        return {
            one.vehicle_id: (
                one.x, one.y, one.shift_from, one.shift_until, limits.is_coach(one),
                one.vehicle_id if drivers is None or one.vehicle_id in bound else "",
            )
            for one in self.case.instance.vehicles
        }  # fmt: skip

    def unlike(self, vehicles: Iterable[Vehicle]) -> Iterable[Vehicle]:
        """Of vehicles that drivers' times do not tell apart, one."""
        return {self._likeness[one.vehicle_id]: one for one in vehicles}.values()

    @cached_property
    def _most_left(self) -> timedelta:
        """The most that any driver has left: a longer trip needs no look at each of them."""
        return max((left for _, left, _ in self._driver_gaps.values()), default=timedelta(0))

    def driver_for(self, way: Way, vehicles: Iterable[Vehicle]) -> bool:
        """Whether some driver has time and hours left for a trip with the unit alone in one of these vehicles (``unlike``)."""
        return any(
            _earliest(self.case, way, one, max(begins, one.shift_from), min(ends, one.shift_until)) is not None
            for one in vehicles
            for begins, ends in self._driver_times(way, one)
        )

    def vehicle_for(self, way: Way, vehicles: Iterable[Vehicle]) -> bool:
        """Whether some vehicle that suits is free for a trip with the unit alone."""
        return any(
            _earliest(self.case, way, one, gap.begins, gap.ends) is not None
            for one in vehicles
            for gap in self._vehicle_gaps[one.vehicle_id]
        )

    def both_for(self, way: Way, vehicles: Iterable[Vehicle]) -> bool:
        """Whether a vehicle and a driver are free together."""
        return any(
            _earliest(self.case, way, one, max(gap.begins, begins), min(gap.ends, ends)) is not None
            for one in vehicles
            for gap in self._vehicle_gaps[one.vehicle_id]
            for begins, ends in self._driver_times(way, one)
        )

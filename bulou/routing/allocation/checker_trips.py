"""The checker's rules of the road: seats, travel times, shifts, hours, night, rests, time on board (A6, A13 to A19)."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise

from bulou.kernel import clock
from bulou.routing.allocation.checker_case import NEAR, Case, Violation
from bulou.routing.allocation.values import Driver, Stop, StopKind, Trip, Vehicle

DAY = timedelta(days=1)


def check(case: Case) -> Iterator[Violation]:
    """Every rule of the road that a trip of the plan breaks."""
    for trip in case.plan.trips:
        yield from _load(case, trip)
        yield from _times(case, trip)
        yield from _on_board(case, trip)
        if case.limits.is_coach(case.vehicles[trip.vehicle_id]) and in_coach_stop(case, trip.departs_at, trip.ends_at):
            yield Violation("A17", trip.trip, "a coach is on the road in the hours in which coaches stand")
    yield from _vehicles(case)
    yield from _drivers(case)


def distance(here: Stop | Vehicle, there: Stop | Vehicle) -> float:
    """Straight kilometres between two places."""
    return math.hypot(there.x - here.x, there.y - here.y)


def service(case: Case, people: int) -> timedelta:
    """How long a stop for so many people lasts at least (A13)."""
    return case.limits.per_stop + people * case.limits.per_person


def _load(case: Case, trip: Trip) -> Iterator[Violation]:
    vehicle = case.vehicles[trip.vehicle_id]
    if vehicle.risk not in {None, trip.risk}:
        yield Violation("A6", trip.trip, f"a vehicle for {vehicle.risk} carries {trip.risk}")
    others = [one for one in trip.people if one in case.people and case.people[one].risk is not trip.risk]
    if others:
        yield Violation("A6", trip.trip, f"several classes in one vehicle: {', '.join(others)} on a trip for {trip.risk}")
    seats, aboard = case.limits.usable_seats(vehicle), 0
    for stop in trip.stops:
        if stop.kind is StopKind.PICKUP:
            aboard += len(stop.people)
        elif stop.kind is StopKind.DROPOFF:
            aboard -= len(stop.people)
        if aboard > seats:
            yield Violation("A6", trip.trip, f"{aboard} people on {seats} usable seats")
            return


def _times(case: Case, trip: Trip) -> Iterator[Violation]:
    for here, there in pairwise(trip.stops):
        needed = timedelta(seconds=case.limits.seconds(distance(here, there)))
        if there.arrives_at - here.leaves_at < needed:
            yield Violation("A13", trip.trip, f"a leg of {distance(here, there):.1f} km is driven too fast")
    for stop in trip.stops:
        if stop.leaves_at < stop.arrives_at:
            yield Violation("A13", trip.trip, "leaves a stop before it arrives there")
        if stop.kind in {StopKind.PICKUP, StopKind.DROPOFF}:
            if not stop.people:
                yield Violation("A13", trip.trip, "stops for nobody")
            begins = [case.placed[one].pickup_at for one in stop.people if stop.kind is StopKind.PICKUP]
            if stop.leaves_at - min(begins, default=stop.arrives_at) < service(case, len(stop.people)):
                yield Violation("A13", trip.trip, f"{len(stop.people)} people need longer at a stop")
        yield from _places(case, trip, stop)


def _places(case: Case, trip: Trip, stop: Stop) -> Iterator[Violation]:
    """Who boards is fetched at the own place, who leaves stands at the site's door at the instant that the plan says."""
    if stop.kind is StopKind.PICKUP:
        for one in stop.people:
            if math.hypot(case.people[one].x - stop.x, case.people[one].y - stop.y) > NEAR:
                yield Violation("A13", one, "is not fetched at the own place")
            if not stop.arrives_at <= case.placed[one].pickup_at <= stop.leaves_at:
                yield Violation("A13", one, "is picked up while the vehicle is not there")
    if stop.kind is StopKind.DROPOFF:
        for one in stop.people:
            room = case.rooms[case.placed[one].room_id]
            if case.placed[one].trip == trip.trip and case.placed[one].arrive_at != stop.arrives_at:
                yield Violation("A13", one, "arrives at another instant than the vehicle")
            if math.hypot(room.x - stop.x, room.y - stop.y) > NEAR:
                yield Violation("A13", one, f"leaves the vehicle elsewhere than at {room.site_id}")


def _on_board(case: Case, trip: Trip) -> Iterator[Violation]:
    for one in trip.people:
        placed = case.placed[one]
        if placed.arrive_at - placed.pickup_at > case.limits.on_board:
            yield Violation("A18", one, f"is on board for {placed.arrive_at - placed.pickup_at}")
    picks = [n for n, stop in enumerate(trip.stops) if stop.kind is StopKind.PICKUP]
    drops = [n for n, stop in enumerate(trip.stops) if stop.kind is StopKind.DROPOFF]
    if picks and drops:
        km = sum(distance(here, there) for here, there in pairwise(trip.stops[picks[0] : drops[-1] + 1]))
        if km > case.limits.route_km + NEAR:
            yield Violation("A18", trip.trip, f"the route is {km:.1f} km long")


def hours_between(begin: datetime, end: datetime, low: time, high: time) -> Iterator[tuple[datetime, datetime]]:
    """The parts of ``[low, high)`` of each local day that lie between two instants; ``low`` may be after ``high``."""
    day = clock.local(begin).replace(hour=0, minute=0, second=0, microsecond=0) - DAY
    while day < end:
        first = day.replace(hour=low.hour, minute=low.minute)
        last = day.replace(hour=high.hour, minute=high.minute) + (DAY if high <= low else timedelta(0))
        if first < end and begin < last:
            yield max(first, begin), min(last, end)
        day += DAY


def in_coach_stop(case: Case, begin: datetime, end: datetime) -> bool:
    """Whether any of the time lies in the hours in which coaches stand (A17)."""
    return any(hours_between(begin, end, case.limits.coach_stop_from, case.limits.coach_stop_until))


def by_departure(trips: Iterable[Trip]) -> list[Trip]:
    """Trips in the order of driving."""
    return sorted(trips, key=lambda trip: (trip.departs_at, trip.ends_at, trip.trip))


def _vehicles(case: Case) -> Iterator[Violation]:
    used: dict[str, list[Trip]] = defaultdict(list)
    for trip in case.plan.trips:
        used[trip.vehicle_id].append(trip)
    for vehicle_id, trips in used.items():
        vehicle, order = case.vehicles[vehicle_id], by_departure(trips)
        for trip in order:
            if trip.departs_at < vehicle.shift_from or trip.ends_at > vehicle.shift_until:
                yield Violation("A14", trip.trip, f"outside the shift of the vehicle {vehicle_id}")
        if distance(vehicle, order[0].stops[0]) > NEAR or distance(vehicle, order[-1].stops[-1]) > NEAR:
            yield Violation("A14", vehicle_id, "does not begin and end at its own place")
        for one, following in pairwise(order):
            if following.departs_at < one.ends_at + case.limits.turn_round:
                yield Violation("A14", following.trip, f"leaves before {vehicle_id} is disinfected after {one.trip}")
            if distance(one.stops[-1], following.stops[0]) > NEAR:
                yield Violation("A14", following.trip, f"begins elsewhere than where {one.trip} ended")
            if distance(vehicle, one.stops[-1]) > NEAR and one.driver_id != following.driver_id:
                yield Violation("A15", following.trip, f"{one.driver_id} does not bring {vehicle_id} home")


def _drivers(case: Case) -> Iterator[Violation]:
    drivers = case.instance.drivers
    driven: dict[str, list[Trip]] = defaultdict(list)
    for trip in case.plan.trips:
        if drivers is None and trip.driver_id:
            yield Violation("A19", trip.trip, f"names the driver {trip.driver_id}, and no drivers are given")
        driven[trip.driver_id if drivers is not None else trip.vehicle_id].append(trip)
    known: dict[str, Driver] = {one.driver_id: one for one in drivers or ()}
    for driver_id, trips in driven.items():
        order = by_departure(trips)
        if drivers is None:
            vehicle = case.vehicles[driver_id]
            driver = Driver(driver_id, vehicle.shift_from, vehicle.shift_until, case.limits.driver_hours)
        elif driver_id in known:
            driver = known[driver_id]
        else:
            yield Violation("A19", order[0].trip, f"there is no driver {driver_id!r}")
            continue
        yield from _one_driver(case, driver, order, own_vehicle=drivers is None)
        yield from _rests(case, driver, order)


def _one_driver(case: Case, driver: Driver, order: Sequence[Trip], *, own_vehicle: bool) -> Iterator[Violation]:
    for trip in order:
        if driver.vehicle_id not in {"", trip.vehicle_id}:
            yield Violation("A19", trip.trip, f"the driver {driver.driver_id} belongs to {driver.vehicle_id}")
        if trip.departs_at < driver.shift_from or trip.ends_at > driver.shift_until:
            yield Violation("A15", trip.trip, f"outside the shift of the driver {driver.driver_id}")
    worked = sum((trip.ends_at - trip.departs_at for trip in order), timedelta(0))
    if worked > timedelta(hours=driver.hours_left):
        code = "A19" if own_vehicle else "A15"
        hours = worked / timedelta(hours=1)
        yield Violation(code, driver.driver_id, f"drives {hours:.2f} h of {driver.hours_left:g} h")
    for one, following in pairwise(order):
        way = timedelta(seconds=case.limits.seconds(distance(one.stops[-1], following.stops[0])))
        if following.departs_at < one.ends_at:
            yield Violation("A15", driver.driver_id, f"is on {one.trip} and {following.trip} at one time")
        elif following.departs_at < one.ends_at + way:
            yield Violation("A15", driver.driver_id, f"cannot be where {following.trip} begins")
        away = distance(case.vehicles[one.vehicle_id], one.stops[-1]) > NEAR
        if away and following.vehicle_id != one.vehicle_id:
            yield Violation("A15", driver.driver_id, f"leaves {one.vehicle_id} where {one.trip} ended")


def _rests(case: Case, driver: Driver, order: Sequence[Trip]) -> Iterator[Violation]:
    limits = case.limits
    wheel: list[tuple[datetime, datetime]] = []
    before: datetime | None = None
    for trip in order:
        if before is not None and trip.departs_at - before >= limits.rest:
            wheel = []
        for here, there in pairwise(trip.stops):
            if here.kind is StopKind.REST and here.leaves_at - here.arrives_at >= limits.rest:
                wheel = []
            if there.arrives_at > here.leaves_at:
                wheel.append((here.leaves_at, there.arrives_at))
            fault = _too_long(case, wheel)
            if fault:
                yield Violation("A16", driver.driver_id, f"{fault} without a rest on {trip.trip}")
                wheel = []
        before = trip.ends_at


def _too_long(case: Case, wheel: Sequence[tuple[datetime, datetime]]) -> str:
    limits = case.limits
    total = sum((end - begin for begin, end in wheel), timedelta(0))
    if total > limits.continuous_day:
        return f"drives {total}"
    by_night = total > limits.continuous_night and any(
        any(hours_between(begin, end, limits.night_from, limits.night_until)) for begin, end in wheel
    )
    return f"drives {total} by night" if by_night else ""

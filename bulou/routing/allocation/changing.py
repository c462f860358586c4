"""What one change does to an instance and to the trips of its plan, before anybody is planned anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bulou.routing.allocation.values import Change, ChangeKind, Instance, Plan, Stop, StopKind, Trip


def changed(instance: Instance, plan: Plan, change: Change) -> tuple[Instance, list[Trip]]:
    """The instance after the change, and the trips that remain (a vehicle lost on the way leaves its trip)."""
    trips = sorted(plan.trips, key=lambda trip: (trip.departs_at, trip.trip))
    kind, lost, at = change.kind, change.subject_id, change.at
    if kind is ChangeKind.PERSON_ADDED and change.person is not None:
        return replace(instance, people=(*instance.people, change.person)), trips
    if kind is ChangeKind.PERSON_GONE:
        people = tuple(one for one in instance.people if one.person_id != lost)
        return replace(instance, people=people), [without(trip, {lost}, at) for trip in trips]
    if kind in {ChangeKind.ROOM_LOST, ChangeKind.SITE_LOST}:
        # Where somebody has arrived, the room is the isolation site's matter and stays in this plan.
        held = {one.room_id for one in plan.placed if one.arrive_at <= at}
        rooms = tuple(room for room in instance.rooms if lost not in {room.room_id, room.site_id} or room.room_id in held)
        return replace(instance, rooms=rooms), trips
    if kind is ChangeKind.DRIVER_LOST:
        ends = [trip.ends_at for trip in trips if trip.driver_id == lost and trip.departs_at <= at < trip.ends_at]
        return _without_driver(instance, lost, max(ends, default=at)), trips  # a trip that has left is driven to its end
    if kind is ChangeKind.VEHICLE_LOST:
        return _without_vehicle(instance, plan, trips, change)
    return instance, trips


def _without_driver(instance: Instance, driver_id: str, at: datetime) -> Instance:
    drivers = instance.drivers and tuple(
        replace(one, shift_until=max(one.shift_from, at)) if one.driver_id == driver_id else one for one in instance.drivers
    )
    return replace(instance, drivers=drivers)


def _without_vehicle(instance: Instance, plan: Plan, trips: list[Trip], change: Change) -> tuple[Instance, list[Trip]]:
    """People on board wait where the vehicle stands, its driver stays with it, who has arrived is there and leaves the plan."""
    lost, at = change.subject_id, change.at
    vehicles = tuple(
        replace(one, shift_until=max(one.shift_from, at)) if one.vehicle_id == lost else one for one in instance.vehicles
    )
    after = replace(instance, vehicles=vehicles)
    running = next((trip for trip in trips if trip.vehicle_id == lost and trip.departs_at <= at < trip.ends_at), None)
    if running is None:
        return after, trips
    x, y = position(running, at)
    reached = [stop for stop in running.stops if stop.arrives_at <= at]
    boarded = {one for stop in reached if stop.kind is StopKind.PICKUP for one in stop.people}
    arrived = {one for stop in reached if stop.kind is StopKind.DROPOFF for one in stop.people}
    people = tuple(
        replace(one, x=x, y=y, ready_at=at) if one.person_id in boarded else one
        for one in after.people
        if one.person_id not in arrived
    )
    full = {one.room_id for one in plan.placed if one.person_id in arrived}
    rooms = tuple(room for room in after.rooms if room.room_id not in full)
    after = _without_driver(replace(after, people=people, rooms=rooms), running.driver_id, at)
    return after, [trip for trip in trips if trip is not running]


def position(trip: Trip, at: datetime) -> tuple[float, float]:
    """Where a vehicle on a trip is at an instant: at a stop, or on the straight line between two."""
    before = trip.stops[0]
    for stop in trip.stops:
        if at < stop.arrives_at:
            if at <= before.leaves_at:
                return before.x, before.y
            share = (at - before.leaves_at) / (stop.arrives_at - before.leaves_at)
            return before.x + share * (stop.x - before.x), before.y + share * (stop.y - before.y)
        before = stop
    return before.x, before.y


def without(trip: Trip, people: set[str], at: datetime) -> Trip:
    """The trip without some people, at its times; a stop at which nobody is left is passed by.

    The minutes that were meant for that stop are spent at the stop before it, since they are no driving: a trip that has
    not left at ``at`` leaves later by them.
    """
    if not people & set(trip.people):
        return trip
    inner = {StopKind.PICKUP, StopKind.DROPOFF}
    stops: list[Stop] = []
    for stop in trip.stops:
        left = replace(stop, people=tuple(one for one in stop.people if one not in people))
        if left.people or stop.kind not in inner:
            stops.append(left)
            continue
        meant, before = stop.leaves_at - stop.arrives_at, stops[-1]
        if before.kind is not StopKind.START:
            stops[-1] = replace(before, leaves_at=before.leaves_at + meant)
        elif trip.departs_at > at:
            stops[-1] = replace(before, arrives_at=before.arrives_at + meant, leaves_at=before.leaves_at + meant)
    return replace(trip, stops=tuple(stops))

"""A dispatcher with paper and pencil: one group after the other, one trip each, the first room and vehicle that do.

It stands in for the solver where a test is about what the room does with a plan, not about how good the plan is.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from bulou.kernel import clock
from bulou.routing.allocation.checker import check
from bulou.routing.allocation.values import Instance, Limits, Plan, Reason, Room, Trip, Unplaced, Vehicle
from tests.routing import by_hand


def solve(instance: Instance, limits: Limits, *, seconds: float = 0, seed: int = 0) -> tuple[Plan, float]:
    """Place whom it can; for everybody else the first reason that the checker takes for true."""
    del seconds, seed
    units: dict = {}
    for one in instance.people:
        units.setdefault(one.unit, []).append(one)
    trips: list[Trip] = []
    rooms: dict[str, str] = {}
    for unit in sorted(units.values(), key=lambda people: (min(one.due_at for one in people), people[0].person_id)):
        found = next(
            filter(None, (_try(instance, limits, units, trips, rooms, unit, *pair) for pair in _pairs(instance))), None
        )
        if found is not None:
            trips.append(found[0])
            rooms |= found[1]
    plan = _plan(instance, trips, rooms, {})
    left = {
        one.person_id: _reason(instance, limits, plan, one.person_id) for one in instance.people if one.person_id not in rooms
    }
    return _plan(instance, trips, rooms, left), 0.01


def _pairs(instance: Instance):
    return product(instance.vehicles, instance.drivers or (), instance.rooms)


def _try(instance, limits, units, trips, rooms, unit, vehicle: Vehicle, driver, room: Room):
    if len(unit) > room.beds or room.room_id in rooms.values():
        return None
    before = [one for one in trips if one.vehicle_id == vehicle.vehicle_id]
    others = [one for one in trips if one.driver_id == driver.driver_id]
    free = max(
        [one.ends_at + limits.turn_round for one in before] + [one.ends_at for one in others], default=vehicle.shift_from
    )
    soonest = max(free, vehicle.shift_from, driver.shift_from)
    five = clock.local(soonest).replace(hour=5, minute=0, second=0, microsecond=0)  # when coaches may run again
    return next(
        filter(
            None,
            (
                _from(instance, limits, trips, rooms, unit, vehicle, driver, room, leaves)
                for leaves in (soonest, max(five, soonest))
            ),
        ),
        None,
    )


def _from(instance, limits, trips, rooms, unit, vehicle, driver, room, leaves):
    made = by_hand.trip(f"T{len(trips) + 1}", vehicle, driver.driver_id, [unit], room, leaves=leaves, limits=limits)
    mine = {one.person_id: room.room_id for one in unit}
    tried = _plan(instance, [*trips, made], rooms | mine, {})
    stays = {one.person_id for one in instance.people} - set(rooms) - set(mine)
    alone = replace(instance, people=tuple(one for one in instance.people if one.person_id not in stays))
    return (made, mine) if not check(alone, limits, tried, reasons=False) else None


def _plan(instance: Instance, trips, rooms, left) -> Plan:
    made = by_hand.plan(instance, trips, rooms)
    return replace(made, unplaced=tuple(Unplaced(name, code, code.value.replace("_", " ")) for name, code in left.items()))


def _reason(instance: Instance, limits: Limits, plan: Plan, person_id: str) -> Reason:
    unit = next(one.unit for one in instance.people if one.person_id == person_id)
    placed = {one.person_id for one in plan.placed}
    asked = replace(instance, people=tuple(one for one in instance.people if one.unit == unit or one.person_id in placed))
    for code in Reason:
        stays = tuple(Unplaced(one.person_id, code, "asked") for one in instance.people if one.unit == unit)
        if not check(asked, limits, replace(plan, unplaced=stays)):
            return code
    return Reason.NO_COMBINATION

"""A plan as the solver gives it, kept as JSON beside the record until a person decides about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bulou.routing.allocation.values import Placed, Plan, Reason, RiskClass, Stop, StopKind, Trip, Unplaced

JSON = dict[str, Any]


def as_json(plan: Plan) -> JSON:
    """The plan as values that a JSON column holds."""
    return {
        "bound": plan.bound,
        "placed": [
            [
                one.person_id,
                one.room_id,
                one.vehicle_id,
                one.driver_id,
                one.trip,
                one.pickup_at.isoformat(),
                one.arrive_at.isoformat(),
            ]
            for one in plan.placed
        ],
        "unplaced": [[one.person_id, one.code.value, one.reason] for one in plan.unplaced],
        "trips": [_trip(one) for one in plan.trips],
    }


def _trip(one: Trip) -> JSON:
    return {
        "trip": one.trip,
        "vehicle": one.vehicle_id,
        "driver": one.driver_id,
        "risk": one.risk.value,
        "stops": [
            [
                stop.kind.value,
                stop.x,
                stop.y,
                stop.arrives_at.isoformat(),
                stop.leaves_at.isoformat(),
                list(stop.people),
                stop.site_id,
            ]
            for stop in one.stops
        ],
    }


def from_json(data: Mapping[str, Any]) -> Plan:
    """The plan that was kept."""
    when = datetime.fromisoformat
    return Plan(
        placed=tuple(
            Placed(person, room, vehicle, driver, trip, when(pickup), when(arrive))
            for person, room, vehicle, driver, trip, pickup, arrive in data["placed"]
        ),
        unplaced=tuple(Unplaced(person, Reason(code), reason) for person, code, reason in data["unplaced"]),
        trips=tuple(
            Trip(
                one["trip"],
                one["vehicle"],
                one["driver"],
                RiskClass(one["risk"]),
                tuple(
                    Stop(StopKind(kind), x, y, when(arrives), when(leaves), tuple(people), site)
                    for kind, x, y, arrives, leaves, people, site in one["stops"]
                ),
            )
            for one in data["trips"]
        ),
        bound=int(data["bound"]),
    )

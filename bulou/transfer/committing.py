"""A person commits a plan: the checker looks again at the city as it is now, and rooms and seats are claimed or nothing is.

Locked in one order: the plan, the trips that make way, vehicles, drivers, requests, rooms. Two who commit at once wait for
each other, and the second is refused by what the first has taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.routing.allocation import values
from bulou.routing.allocation.checker import Violation, check
from bulou.transfer import rows, rules
from bulou.transfer.choices import LeftCode, PlanState, RequestState, TripState
from bulou.transfer.housing import Guest, claim_rooms
from bulou.transfer.models import LeftOut, Leg, Plan, TransferDriver, TransferRequest, Trip, TripStop, Vehicle
from bulou.transfer.planning import SHOWN
from bulou.transfer.proposal import from_json
from bulou.transfer.reading import City, read_city
from bulou.transfer.requests import leave, settle
from bulou.transfer.seats import give_back


def commit_plan(*, code: str, by: Actor, at: datetime) -> Plan:
    """Make a proposal binding (指挥长审定): by a person, after the checker has found nothing against it on present facts.

    ``Refused`` with the checker's words when it breaks a rule by now; the plan then stands as refused, and a new one is
    asked for. ``CapacityFull`` when a room was taken in the meantime: nothing has changed then.
    """
    with transaction.atomic():
        plan = rows.locked_plan(code)
        permit(by, Operation.PLAN_TRANSFER, plan.unit_id)
        if plan.state == PlanState.COMMITTED:
            return plan
        if plan.state != PlanState.PROPOSED:
            message = f"the plan {code} is {plan.state}"
            raise Refused(message, code="plan-state", remedy="Propose a new one.")
        proposed = from_json(plan.content)
        city = _present(plan, proposed, by=replace(by, unit=plan.unit_id), at=at)
        # Who is left and has been withdrawn since is missed by nobody; who was to travel and is not there is a fault.
        proposed = replace(proposed, unplaced=tuple(one for one in proposed.unplaced if one.person_id in city.requests))
        found = check(city.instance, city.limits, proposed, reasons=False)
        if not found:
            return _commit(plan, proposed, city, by=by, at=at)
        _refuse(plan, found, by=by, at=at)
    words = "; ".join(f"{one.code} {one.who} {one.words}" for one in found[:3])
    message = f"the plan breaks {len(found)} rules on present facts: {words}"
    raise Refused(message, code="plan-broken", remedy="Propose a new one.")


def _present(plan: Plan, proposed: values.Plan, *, by: Actor, at: datetime) -> City:
    """The city as it is now, of what the plan speaks of: everything locked that the plan would take."""
    renewing = plan.content["renewing"]
    list(Trip.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=renewing).order_by("pk"))
    vehicles = {one.vehicle_id for one in proposed.trips}
    drivers = {one.driver_id for one in proposed.trips}
    list(Vehicle.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=vehicles).order_by("pk"))
    list(TransferDriver.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=drivers).order_by("pk"))
    codes = [*plan.content["requests"].values(), *plan.content["nowhere"]]
    rows.locked_requests(codes)
    still = list(Trip.objects.filter(pk__in=renewing, state=TripState.PLANNED, stopped=False).values_list("pk", flat=True))
    return read_city(by, at=at, renewing=still, only=codes)


def _refuse(plan: Plan, found: Sequence[Violation], *, by: Actor, at: datetime) -> None:
    plan.state, plan.decided_at, plan.decided_by = PlanState.REFUSED.value, at, rows.signature(by)
    plan.violations = [{"code": one.code, "who": one.who, "words": one.words} for one in found[:SHOWN]]
    plan.save(update_fields=("state", "decided_at", "decided_by", "violations"))
    ledger.record(
        tag=Tag.TRANSFER_PLAN_REFUSED,
        subject=f"plan:{plan.pk}",
        unit=plan.unit_id,
        by=by,
        at=at,
        data={"violations": len(found), "first": f"{found[0].code} {found[0].words}"},
    )


def _commit(plan: Plan, proposed: values.Plan, city: City, *, by: Actor, at: datetime) -> Plan:
    _make_way(plan, by=by, at=at)
    moved = {one.person_id: city.requests[one.person_id] for one in proposed.placed}
    trips = _trips(plan, proposed, city, at=at)
    guests = [Guest(moved[one.person_id], one.room_id, one.arrive_at, trips[one.trip].pk) for one in proposed.placed]
    claim_rooms(guests, by=by, at=at)
    _legs(proposed, city, trips)
    for row in moved.values():
        row.state, row.reason_code, row.reason = RequestState.PLANNED.value, "", ""
    TransferRequest.objects.bulk_update(moved.values(), ("state", "reason_code", "reason"), batch_size=500)
    _leave(plan, proposed, city, by=by, at=at)
    plan.state, plan.decided_at, plan.decided_by, plan.violations = PlanState.COMMITTED.value, at, rows.signature(by), []
    plan.save(update_fields=("state", "decided_at", "decided_by", "violations"))
    others = Plan.objects.filter(unit=plan.unit_id, state=PlanState.PROPOSED).exclude(pk=plan.pk)
    others.update(state=PlanState.SUPERSEDED, decided_at=at, decided_by=rows.signature(by))
    if plan.replaces_id:
        Plan.objects.filter(pk=plan.replaces_id).update(state=PlanState.SUPERSEDED)
    ledger.record(
        tag=Tag.TRANSFER_PLAN_COMMITTED,
        subject=f"plan:{plan.pk}",
        unit=plan.unit_id,
        by=by,
        at=at,
        data={"placed": len(moved), "left": len(proposed.unplaced) + len(city.nowhere), "trips": len(trips)},
    )
    settle(moved.values(), (rules.MORNING, rules.EXPLAINED), tag=Tag.TRANSFER_PLAN_COMMITTED, by=by, at=at)
    return plan


def _make_way(plan: Plan, *, by: Actor, at: datetime) -> None:
    """Trips that have not begun make way for the new ones: their seats and beds are given back."""
    old = Trip.objects.filter(pk__in=plan.content["renewing"], state=TripState.PLANNED, stopped=False)
    codes = list(old.order_by("pk").values_list("pk", flat=True))
    held = Leg.objects.filter(trip__in=codes, live=True).values_list("request_id", flat=True)
    give_back(list(held), ended=RequestState.OPEN, why=f"planned anew: {plan.pk}", by=by, at=at)
    Trip.objects.filter(pk__in=codes).update(state=TripState.CANCELLED)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.TRIP_CANCELLED,
            subject=rules.trip_about(code),
            unit=plan.unit_id,
            by=by,
            at=at,
            data={"replaced_by": plan.pk},
        )
        for code in codes
    )


def _trips(plan: Plan, proposed: values.Plan, city: City, *, at: datetime) -> dict[str, Trip]:
    vehicles = {one.vehicle_id: one for one in city.instance.vehicles}
    made: dict[str, Trip] = {}
    stops: list[TripStop] = []
    for one in proposed.trips:
        vehicle = vehicles[one.vehicle_id]
        made[one.trip] = trip = Trip(
            code=public_id("TJ", at),
            plan=plan,
            unit_code=plan.unit_id,
            vehicle_id=one.vehicle_id,
            driver_id=one.driver_id,
            risk_class=one.risk.value,
            seats=city.limits.usable_seats(vehicle),
            taken=len(one.people),
            leaves_at=one.departs_at,
            ends_at=one.ends_at,
            free_at=one.ends_at + city.limits.turn_round,
            km=round(one.km, 2),
        )
        stops += [
            TripStop(
                trip=trip,
                number=number,
                kind=stop.kind.value,
                x=stop.x,
                y=stop.y,
                arrives_at=stop.arrives_at,
                leaves_at=stop.leaves_at,
                receiver_id=stop.site_id or None,
            )
            for number, stop in enumerate(one.stops)
        ]
    Trip.objects.bulk_create(made.values(), batch_size=500)
    TripStop.objects.bulk_create(stops, batch_size=500)
    return made


def _legs(proposed: values.Plan, city: City, trips: Mapping[str, Trip]) -> None:
    Leg.objects.bulk_create(
        (
            Leg(
                trip=trips[one.trip],
                request=city.requests[one.person_id],
                person_id=one.person_id,
                receiver_id=city.rooms[one.room_id].receiver,
                room_id=one.room_id,
                pickup_at=one.pickup_at,
                arrive_at=one.arrive_at,
            )
            for one in proposed.placed
        ),
        batch_size=500,
    )


def _leave(plan: Plan, proposed: values.Plan, city: City, *, by: Actor, at: datetime) -> None:
    """Everybody who stays has a reason in plain words, and a duty with an owner for the morning (G16)."""
    reasons = {city.requests[one.person_id].pk: (one.code.value, one.reason) for one in proposed.unplaced}
    reasons |= {code: (LeftCode.NO_POSITION.value, words) for code, words in city.nowhere.items()}
    LeftOut.objects.bulk_create(
        (LeftOut(plan=plan, request_id=code, code=kind, reason=words[:300]) for code, (kind, words) in reasons.items()),
        batch_size=500,
    )
    leave(reasons, by=by, at=at)

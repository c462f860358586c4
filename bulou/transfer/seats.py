"""Seats on trips: claimed once however many hands reach for them, and given back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull, InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.transfer import rows, rules
from bulou.transfer.carers import require_carers
from bulou.transfer.choices import RequestState, TripState
from bulou.transfer.housing import Guest, claim_rooms, position_of, release_rooms
from bulou.transfer.models import Leg, Trip, TripStop


def claim_seat(trip: Trip) -> None:
    """Take one seat; the statement changes the row only while one is left, whoever comes second finds none."""
    free = Trip.objects.filter(pk=trip.pk, state__in=(TripState.PLANNED, TripState.BOARDING), taken__lt=F("seats"))
    if not free.update(taken=F("taken") + 1):
        trip.refresh_from_db()
        raise _full(trip)


def _full(trip: Trip) -> CapacityFull:
    message = f"the trip {trip.pk} has no seat left ({trip.taken} of {trip.seats}, {trip.state})"
    return CapacityFull(message, code="seat-taken", remedy="Choose another trip, or plan anew.")


def seat_person(*, code: str, trip_code: str, room_id: str, by: Actor, at: datetime) -> Leg:
    """Put one more person on a trip that has not left (补位), with a room at one of its receivers: seat and bed or neither.

    A trip that is seen to be full is refused before anything is locked: who asks in vain keeps nobody waiting.
    """
    trip = Trip.objects.select_related("vehicle").filter(pk=trip_code).first()
    if trip is None:
        raise rows.missing_record()
    permit(by, Operation.PLAN_TRANSFER, trip.unit_code)
    if trip.taken >= trip.seats:
        raise _full(trip)
    return _seat(code, trip, room_id, by=by, at=at)


@transaction.atomic
def _seat(code: str, trip: Trip, room_id: str, *, by: Actor, at: datetime) -> Leg:
    row = rows.locked_request(code)
    permit(by, Operation.PLAN_TRANSFER, row.place_code)
    if row.risk_class != trip.risk_class:
        message = f"a {row.risk_class} does not travel with {trip.risk_class}"
        raise Refused(message, code="classes-mix", remedy="Choose a trip of the own class.")
    if row.state not in {RequestState.OPEN, RequestState.LEFT_IN_PLACE}:
        message = f"the transfer {code} is {row.state}"
        raise Refused(message, code="transfer-state", remedy="One person has one seat.")
    offered = rules.words(trip.vehicle.features)
    lacks = [need for need in ("wheelchair", "stretcher") if need in rules.words(row.needs) and need not in offered]
    if lacks:
        message = f"{trip.vehicle_id} has no place for: {', '.join(lacks)}"
        raise Refused(message, code="need-not-met", remedy="Choose a vehicle that has.")
    drop = _drop(trip, room_id)
    require_carers([row], at=at)
    claim_seat(trip)
    claim_rooms([Guest(row, room_id, drop.arrives_at, trip.pk)], by=by, at=at)
    made = Leg.objects.create(
        trip=trip,
        request=row,
        person_id=row.person_id,
        receiver_id=drop.receiver_id,
        room_id=room_id,
        pickup_at=min(max(trip.leaves_at, row.ready_at), drop.arrives_at),
        arrive_at=drop.arrives_at,
    )
    row.reason = row.reason_code = ""
    rows.set_state(row, RequestState.PLANNED, fields=("reason", "reason_code"))
    ledger.record(
        tag=Tag.TRANSFER_SEATED,
        subject=rules.request_about(row.pk),
        unit=row.place_code,
        by=by,
        at=at,
        data={"trip": trip.pk, "room": room_id},
    )
    return made


def _drop(trip: Trip, room_id: str) -> TripStop:
    """Where on this trip the room's receiver stands; a trip does not go round by another door for one more."""
    receiver, _, _ = position_of(room_id)
    found = TripStop.objects.filter(trip=trip, kind="dropoff", receiver=receiver).first()
    if found is None:
        message = f"the trip {trip.pk} does not go to the room {room_id}"
        raise InputFault(message, column="room_id", remedy="Choose a room of a receiver on its way.")
    return found


def give_back(codes: Iterable[str], *, ended: RequestState, why: str, by: Actor, at: datetime) -> list[Leg]:
    """End the live legs of requests that do not travel: seats and beds are free again. Requests are locked by the caller."""
    mine = Leg.objects.select_for_update(of=("self",), no_key=True).filter(request__in=list(codes), live=True)
    legs = list(mine.order_by("trip_id", "id"))
    if not legs:
        return []
    for trip in sorted({leg.trip_id for leg in legs}):
        count = sum(leg.trip_id == trip for leg in legs)
        Trip.objects.filter(pk=trip).update(taken=F("taken") - count)
    release_rooms(legs, why=why, by=by, at=at)
    Leg.objects.filter(pk__in=[leg.pk for leg in legs]).update(live=False, ended=ended.value)
    return legs

"""A receiver does not take somebody who stands at its door: the sender still owes the transfer, and finds another room."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.opening import Owed, open_duty
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.transfer import rows, rules
from bulou.transfer.choices import RequestState
from bulou.transfer.housing import Guest, claim_rooms, leave_door, position_of, release_rooms
from bulou.transfer.journeys import close_door
from bulou.transfer.models import Leg, TransferRequest, TripStop


@transaction.atomic
def decline_person(*, trip_code: str, code: str, reason: str, by: Actor, at: datetime) -> TransferRequest:
    """The receiver says no at its door, with a reason: the person is on board again and the sender owes another room."""
    trip = rows.locked_trip(trip_code)
    row = rows.locked_request(code)
    leg = Leg.objects.filter(trip=trip, request=row, live=True).first()
    if leg is None:
        raise rows.missing_record()
    permit(by, Operation.RECEIVE_PEOPLE, leg.receiver_id)
    if row.state != RequestState.ARRIVED:
        message = f"{code} does not stand at the door: {row.state}"
        raise Refused(message, code="transfer-state", remedy="Only who has arrived is declined at the door.")
    if not reason.strip():
        message = "a refusal needs a reason"
        raise InputFault(message, column="reason")
    row.door_at = None
    row.reason = reason.strip()[:300]
    rows.set_state(row, RequestState.BOARDED, fields=("door_at", "reason"))
    about = rules.request_about(row.pk)
    handovers.refuse_by_fact(kind=rules.moved_kind(rows.risk(row)), about=about, reason=reason, by=by, at=at)
    ledger.record(
        tag=Tag.TRANSFER_DECLINED,
        subject=about,
        unit=row.place_code,
        by=by,
        at=at,
        data={"trip": trip.pk, "by": leg.receiver_id, "reason": reason},
    )
    open_duty(
        Owed(
            kind=rules.REDIRECTED,
            about=about,
            label=f"{row.pk} · {trip.vehicle_id}",
            place_code=row.place_code,
            facts={"declined_at": at},
            why=f"{leg.receiver_id}: {reason}",
        ),
        by=by,
        at=at,
    )
    leave_door(leg, why=reason, by=by, at=at)
    close_door(trip, leg.receiver_id, by=by, at=at)
    return row


@transaction.atomic
def redirect(*, code: str, room_id: str, by: Actor, at: datetime) -> Leg:
    """Another room for somebody who is on board; the old bed is given back only with the new one, the trip gets a stop."""
    row = rows.locked_request(code)
    permit(by, Operation.PLAN_TRANSFER, row.place_code)
    if row.state != RequestState.BOARDED:
        message = f"the transfer {code} is {row.state}"
        raise Refused(message, code="transfer-state", remedy="Only who is on board is redirected; others are planned anew.")
    leg = Leg.objects.select_related("trip").get(request=row, live=True)
    receiver, x, y = position_of(room_id)
    release_rooms([leg], why=row.reason or "redirected", by=by, at=at)  # a person has one stay
    claim_rooms([Guest(row, room_id, at, leg.trip_id)], by=by, at=at)
    leg.receiver_id, leg.room_id, leg.arrive_at = receiver, room_id, max(at, leg.pickup_at)
    leg.save(update_fields=("receiver", "room_id", "arrive_at"))
    waiting = TripStop.objects.filter(trip=leg.trip_id, receiver=receiver, kind="dropoff", door_at=None)
    if not waiting.exists():
        last = TripStop.objects.filter(trip=leg.trip_id).aggregate(last=Max("number"))["last"]
        TripStop.objects.create(
            trip_id=leg.trip_id,
            number=last + 1,
            kind="dropoff",
            x=x,
            y=y,
            arrives_at=leg.arrive_at,
            leaves_at=leg.arrive_at,
            receiver_id=receiver,
        )
    entry = ledger.record(
        tag=Tag.TRANSFER_REDIRECTED,
        subject=rules.request_about(row.pk),
        unit=row.place_code,
        by=by,
        at=at,
        data={"room": room_id, "to": receiver},
    )
    duties.fulfil_by_fact(
        kind=rules.REDIRECTED,
        about=rules.request_about(row.pk),
        tag=Tag.TRANSFER_REDIRECTED,
        ref=f"{room_id} entry:{entry.pk}",
        by=by,
        at=at,
    )
    return leg

"""On the way: people board, the trip departs, stands at a door, and both sides sign for everybody (双方签收).

Until the receiver has signed, the sender owes the transfer: it is an ordinary hand-over of the duty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

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
from bulou.transfer.choices import LeftCode, RequestState, TripState
from bulou.transfer.fleet import is_agreed
from bulou.transfer.housing import admit, arrive
from bulou.transfer.models import DriverShift, Leg, Receiver, TransferRequest, Trip, TripStop, VehicleShift
from bulou.transfer.reading import limits_of
from bulou.transfer.requests import leave, settle
from bulou.transfer.seats import give_back


def _moving(trip_code: str, by: Actor) -> Trip:
    """The trip, locked, for whoever drives it, sends it, or stands where its people board."""
    trip = rows.locked_trip(trip_code)
    places = list(trip.legs.filter(live=True).values_list("request__place_code", flat=True))
    permit(by, Operation.MOVE_PEOPLE, trip.unit_code, trip.vehicle.unit_id, trip.driver.unit_id, *places)
    return trip


def _require_not_stopped(trip: Trip) -> None:
    if trip.stopped:
        message = f"the trip {trip.pk} is stopped for safety"
        raise Refused(message, code="stopped", remedy="The unit above answers the stop first.")


@transaction.atomic
def board(*, trip_code: str, code: str, by: Actor, at: datetime) -> TransferRequest:
    """Somebody has boarded (上车); from here no plan takes anybody off the vehicle. Said again, the first instant stands."""
    trip = _moving(trip_code, by)
    row = rows.locked_request(code)
    if not Leg.objects.filter(trip=trip, request=row, live=True).exists():
        message = f"{code} has no seat on this trip"
        raise Refused(message, code="no-seat", remedy="Look on which trip the person is.")
    if row.state == RequestState.BOARDED:
        return row
    _require_not_stopped(trip)
    row.boarded_at = at
    rows.set_state(row, RequestState.BOARDED, fields=("boarded_at",))
    if trip.state == TripState.PLANNED:
        trip.state = TripState.BOARDING.value
        trip.save(update_fields=("state",))
    ledger.record(
        tag=Tag.TRANSFER_BOARDED,
        subject=rules.request_about(row.pk),
        unit=row.place_code,
        by=by,
        at=at,
        data={"trip": trip.pk},
    )
    return row


@transaction.atomic
def leave_behind(*, trip_code: str, code: str, reason: str, by: Actor, at: datetime) -> TransferRequest:
    """Somebody was not at the pick-up or cannot travel: the seat and the bed are free, the morning's duty has an owner."""
    trip = _moving(trip_code, by)
    row = rows.locked_request(code)
    if row.state != RequestState.PLANNED or not Leg.objects.filter(trip=trip, request=row, live=True).exists():
        message = f"{code} does not wait for this trip"
        raise Refused(message, code="no-seat", remedy="Who is on board stays on board.")
    if not reason.strip():
        message = "say why the person does not travel"
        raise InputFault(message, column="reason")
    give_back([row.pk], ended=RequestState.LEFT_IN_PLACE, why=reason, by=by, at=at)
    leave({row.pk: (LeftCode.NOT_RUN.value, rules.SAID_NOT_THERE % {"reason": reason})}, by=by, at=at)
    _close_empty(trip, by=by, at=at)
    row.refresh_from_db()
    return row


def _close_empty(trip: Trip, *, by: Actor, at: datetime) -> None:
    """A trip that has lost everybody before it left does not run."""
    if trip.departed_at is None and not Leg.objects.filter(trip=trip, live=True).exists():
        trip.state = TripState.CANCELLED.value
        trip.save(update_fields=("state",))
        ledger.record(tag=Tag.TRIP_CANCELLED, subject=rules.trip_about(trip.pk), unit=trip.unit_code, by=by, at=at)


@transaction.atomic
def depart(*, trip_code: str, by: Actor, at: datetime) -> Trip:
    """The trip leaves its last pick-up. Night stop, shifts, stops for safety and agreements are hard: no deadline is asked."""
    trip = _moving(trip_code, by)
    if trip.state in {TripState.UNDER_WAY, TripState.AT_DOOR}:
        return trip
    if trip.state not in {TripState.PLANNED, TripState.BOARDING}:
        message = f"the trip {trip_code} is {trip.state}"
        raise Refused(message, code="trip-state")
    legs = list(Leg.objects.filter(trip=trip, live=True).select_related("request").order_by("id"))
    if not legs:
        message = "nobody is on board"
        raise Refused(message, code="not-boarded")
    rules.require_departure(_departure(trip, legs, at=at), at=at)
    trip.state, trip.departed_at = TripState.UNDER_WAY.value, at
    trip.save(update_fields=("state", "departed_at"))
    ledger.record(
        tag=Tag.TRIP_DEPARTED,
        subject=rules.trip_about(trip.pk),
        unit=trip.unit_code,
        by=by,
        at=at,
        data={
            "people": len(legs),
            "vehicle": trip.vehicle_id,
            "driver": trip.driver_id,
            "to": sorted({leg.receiver_id for leg in legs}),
        },
    )
    return trip


def _departure(trip: Trip, legs: Sequence[Leg], *, at: datetime) -> rules.Departure:
    limits = limits_of(rows.pack_at(at))
    outside = Receiver.objects.filter(pk__in={leg.receiver_id for leg in legs}).order_by("pk")
    # Planned instants are of the way as it was meant: what is late at the last pick-up is late until the end.
    planned = TripStop.objects.filter(trip=trip, kind="pickup").order_by("-number").values_list("leaves_at", flat=True).first()
    driver = DriverShift.objects.filter(driver=trip.driver_id, from_at__lte=trip.leaves_at, until_at__gt=trip.leaves_at)
    vehicle = VehicleShift.objects.filter(vehicle=trip.vehicle_id, from_at__lte=trip.leaves_at, until_at__gt=trip.leaves_at)
    return rules.Departure(
        planned_at=planned or trip.leaves_at,
        ends_at=trip.ends_at,
        coach=trip.vehicle.seats > limits.coach_over_seats,
        stop_from=limits.coach_stop_from,
        stop_until=limits.coach_stop_until,
        driver_until=driver.values_list("until_at", flat=True).first() or trip.ends_at,
        vehicle_until=vehicle.values_list("until_at", flat=True).first() or trip.ends_at,
        not_agreed=[one.name for one in outside if not is_agreed(one)],
        not_boarded=[leg.request_id for leg in legs if leg.request.state != RequestState.BOARDED],
        stopped=trip.stopped,
    )


@transaction.atomic
def arrive_at_door(*, trip_code: str, receiver: str, by: Actor, at: datetime) -> TripStop:
    """The vehicle stands at a receiver's door (到门口): the sender signs that these people are there, and the wait begins.

    The receiver owes the door within minutes; the transfer of each stays the sender's until the receiver signs.
    """
    trip = _moving(trip_code, by)
    stop = (
        TripStop.objects.select_for_update(of=("self",))
        .filter(trip=trip, receiver=receiver, kind="dropoff")
        .order_by("-number")
        .first()
    )
    if stop is None:
        message = f"the trip {trip_code} does not go to {receiver}"
        raise Refused(message, code="no-stop", remedy="Redirect its people first.")
    if stop.door_at is not None:
        return stop
    if trip.departed_at is None:
        message = f"the trip {trip_code} has not departed"
        raise Refused(message, code="trip-state", remedy="Enter the departure first.")
    codes = list(Leg.objects.filter(trip=trip, receiver=receiver, live=True).values_list("request_id", flat=True))
    people = rows.locked_requests(codes)
    stop.door_at = at
    stop.save(update_fields=("door_at",))
    trip.state = TripState.AT_DOOR.value
    trip.save(update_fields=("state",))
    for row in people:
        row.door_at = at
        rows.set_state(row, RequestState.ARRIVED, fields=("door_at",))
        handovers.offer_by_fact(
            kind=rules.moved_kind(rows.risk(row)),
            about=rules.request_about(row.pk),
            to_unit=receiver,
            note=f"{trip.pk} · {trip.vehicle_id}",
            by=by,
            at=at,
        )
    about = rules.trip_about(trip.pk, receiver)
    ledger.record(
        tag=Tag.TRIP_AT_DOOR,
        subject=about,
        unit=trip.unit_code,
        by=by,
        at=at,
        data={"people": len(people), "announced_at": stop.arrives_at, "to": receiver},
    )
    if not arrive([row.person_id for row in people], trip=trip.pk, by=by, at=at):
        _owe_door(trip, receiver, about, len(people), by=by, at=at)
    return stop


def _owe_door(trip: Trip, receiver: str, about: str, people: int, *, by: Actor, at: datetime) -> None:
    """At a site of ours isolation owes the door; at another city's door the receiver does."""
    open_duty(
        Owed(
            kind=rules.DOOR_OPENED,
            about=about,
            label=f"{trip.vehicle_id} · {people}",
            place_code=rows.place_of(receiver),
            owners={"explicit": receiver},
            facts={"door_at": at},
            issuer=trip.unit_code,
        ),
        by=by,
        at=at,
    )


@transaction.atomic
def sign_over(*, trip_code: str, codes: Sequence[str], by: Actor, at: datetime) -> list[TransferRequest]:
    """The receiver signs for these people (接收签字): from here they are the receiver's; signed again changes nothing."""
    trip = rows.locked_trip(trip_code)
    people = rows.locked_requests(codes)
    legs = {leg.request_id: leg for leg in Leg.objects.filter(trip=trip, request__in=list(codes))}
    if len(people) != len(set(codes)) or len(legs) != len(people):
        raise rows.missing_record()
    for row in people:
        permit(by, Operation.RECEIVE_PEOPLE, legs[row.pk].receiver_id)
    signed = [row for row in people if row.state != RequestState.RECEIVED]
    found = _signed(trip, people, signed, legs, by=by, at=at)
    admit([row.person_id for row in signed], by=by, at=at)  # after the states: an admission signs for who is not signed for
    return found


def _signed(
    trip: Trip,
    people: list[TransferRequest],
    signed: list[TransferRequest],
    legs: Mapping[str, Leg],
    *,
    by: Actor,
    at: datetime,
) -> list[TransferRequest]:
    for row in signed:
        receiver = legs[row.pk].receiver_id
        row.received_at, row.received_by, row.closed_at = at, receiver, at
        rows.set_state(row, RequestState.RECEIVED, fields=("received_at", "received_by", "closed_at"))
        about = rules.request_about(row.pk)
        kind = rules.moved_kind(rows.risk(row))
        handovers.pass_by_fact(kind=kind, about=about, to_unit=receiver, by=by, at=at)
        recorded = ledger.record(
            tag=Tag.TRANSFER_RECEIVED,
            subject=about,
            unit=receiver,
            by=by,
            at=at,
            data={"trip": trip.pk, "room": legs[row.pk].room_id, "door_at": row.door_at},
            personal={"person_id": row.person_id},
        )
        duties.fulfil_by_fact(
            kind=kind, about=about, tag=Tag.TRANSFER_RECEIVED, ref=f"{receiver} entry:{recorded.pk}", by=by, at=at
        )
    settle(signed, (rules.MORNING, rules.EXPLAINED, rules.REDIRECTED), tag=Tag.TRANSFER_RECEIVED, by=by, at=at)
    Leg.objects.filter(pk__in=[legs[row.pk].pk for row in signed]).update(live=False, ended=RequestState.RECEIVED.value)
    for receiver in sorted({leg.receiver_id for leg in legs.values()}):
        close_door(trip, receiver, by=by, at=at)
    return people


@transaction.atomic
def sign_over_by_fact(*, person_id: str, by: Actor, at: datetime) -> TransferRequest | None:
    """The site took somebody in on its own page: that is its signature; None when nobody is being brought there."""
    leg = Leg.objects.filter(person_id=person_id, live=True).first()
    if leg is None:
        return None
    trip, row = rows.locked_trip(leg.trip_id), rows.locked_request(leg.request_id)
    if row.state not in {RequestState.ARRIVED, RequestState.BOARDED}:
        return None
    if row.state == RequestState.BOARDED:  # nobody entered the arrival: the site's signature shows it
        row.door_at = at
        rows.set_state(row, RequestState.ARRIVED, fields=("door_at",))
    return _signed(trip, [row], [row], {row.pk: leg}, by=by, at=at)[0]


def close_door(trip: Trip, receiver: str, *, by: Actor, at: datetime) -> None:
    """When nobody of a trip waits at a receiver's door any more, the door's duty is done; after the last one, the trip."""
    waits = Leg.objects.filter(trip=trip, receiver=receiver, live=True, request__state=RequestState.ARRIVED).exists()
    if not waits:
        TripStop.objects.filter(trip=trip, receiver=receiver, door_at__isnull=False, done_at=None).update(done_at=at)
        duties.fulfil_by_fact(
            kind=rules.DOOR_OPENED,
            about=rules.trip_about(trip.pk, receiver),
            tag=Tag.TRANSFER_RECEIVED,
            ref=trip.pk,
            by=by,
            at=at,
        )
    if trip.state == TripState.DONE:
        return
    if not Leg.objects.filter(trip=trip, live=True).exists():
        trip.state, trip.done_at = TripState.DONE.value, at
        trip.save(update_fields=("state", "done_at"))
        ledger.record(tag=Tag.TRIP_DONE, subject=rules.trip_about(trip.pk), unit=trip.unit_code, by=by, at=at)
    elif not waits and trip.state == TripState.AT_DOOR:
        trip.state = TripState.UNDER_WAY.value
        trip.save(update_fields=("state",))

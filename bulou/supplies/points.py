"""Hand-over points: slots with a crowd limit, bookings, and what happens when people come all the same (G3).

The wall is one statement: ``UPDATE … SET taken = taken + 1 WHERE code = … AND taken < places``. Who comes second waits for
the first, sees its figure, and is refused with the next free slot. The table's check is the second wall.
"""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import IntegrityError, transaction
from django.db.models import F

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked, signature
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, CapacityFull, InputFault, NotFound, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.supplies import rules
from bulou.supplies.choices import BookingState, NeedState, PointState, Proof
from bulou.supplies.models import Booking, Need, Point, Slot
from bulou.supplies.needs import deliver_needs

FETCHED = "fetched at the point"


@transaction.atomic
def open_point(
    *, unit: str, place_code: str, name: str, crowd: int, by: Actor, at: datetime, leader: str = "", leader_phone: str = "",
    code: str = "",
) -> Point:  # fmt: skip
    """A place where people fetch things, with how many may stand there at once, and its group-buy leader (团长)."""
    permit(by, Operation.KEEP_POINT, unit)
    row = Point.objects.create(
        code=code or public_id("PT", at), unit_id=unit, place_code=place_code, leader=leader[:80],
        name=rules.require_text(name, "name", "say where it is")[:120], leader_phone=leader_phone[:32],
        crowd=rules.require_amount(crowd, "crowd"),
    )  # fmt: skip
    commit(tag=LineTag.POINT_OPENED, subject=_of(row), unit=unit, by=by, at=at, data={"crowd": crowd},
           personal={"leader": row.leader, "phone": row.leader_phone})  # fmt: skip
    return row


@transaction.atomic
def name_leader(*, code: str, leader: str, leader_phone: str, by: Actor, at: datetime) -> Point:
    """Another group-buy leader stands for the point from now on."""
    row = locked(Point, code)
    permit(by, Operation.KEEP_POINT, row.unit_id)
    row.leader, row.leader_phone = rules.require_text(leader, "leader", "say who")[:80], leader_phone[:32]
    row.save(update_fields=("leader", "leader_phone"))
    commit(tag=LineTag.POINT_LEADER, subject=_of(row), unit=row.unit_id, by=by, at=at,
           personal={"leader": row.leader, "phone": row.leader_phone})  # fmt: skip
    return row


@transaction.atomic
def close_point(*, code: str, reason: str, by: Actor, at: datetime) -> Point:
    """Nobody comes here any more; who has booked for later is told to book anew, so their bookings end."""
    row = locked(Point, code)
    permit(by, Operation.KEEP_POINT, row.unit_id)
    rules.require(row.state, {PointState.OPEN}, doing="closed")
    row.state, row.ended = PointState.CLOSED, rules.require_text(reason, "reason", "say why")[:200]
    row.save(update_fields=("state", "ended"))
    booked = Booking.objects.filter(slot__point=row, slot__ends_at__gt=at, state=BookingState.BOOKED)
    homes = list(booked.values_list("pk", flat=True))
    booked.update(state=BookingState.CANCELLED, ended_at=at)
    Slot.objects.filter(point=row, ends_at__gt=at).update(taken=0)
    commit(tag=LineTag.POINT_CLOSED, subject=_of(row), unit=row.unit_id, by=by, at=at,
           data={"reason": row.ended, "bookings": homes})  # fmt: skip
    return row


@transaction.atomic
def open_slot(
    *, point: str, starts_at: datetime, ends_at: datetime, places: int, by: Actor, at: datetime, code: str = ""
) -> Slot:
    """One slot of a point; never for more than may stand there."""
    return _slots(_open(point), [(starts_at, ends_at)], places, code=code, by=by, at=at)[0]


@transaction.atomic
def plan_slots(
    *, code: str, on: date, opens: str, closes: str, minutes: int, by: Actor, at: datetime, places: int | None = None
) -> Point:
    """A point's day cut into slots of equal length, each for as many as may stand there at once, or fewer."""
    row = _open(code)
    cuts = rules.slots(opens_at=_instant(on, opens, "opens"), closes_at=_instant(on, closes, "closes"), minutes=minutes)
    _slots(row, cuts, row.crowd if places is None else places, code="", by=by, at=at)
    return row


def _open(point: str) -> Point:
    row = locked(Point, point)
    rules.require(row.state, {PointState.OPEN}, doing="given slots")
    return row


def _instant(on: date, hour: str, column: str) -> datetime:
    try:
        return clock.as_utc(datetime.combine(on, time.fromisoformat(hour.strip()), tzinfo=clock.CITY_ZONE))
    except ValueError:
        message = f"{hour!r} is not a time of day"
        raise InputFault(message, column=column, remedy="Write 08:00.") from None


def _slots(
    point: Point, cuts: list[tuple[datetime, datetime]], places: int, *, code: str, by: Actor, at: datetime
) -> list[Slot]:
    permit(by, Operation.KEEP_POINT, point.unit_id)
    if not 0 < places <= point.crowd:
        message = f"{point.crowd} may stand at this point at once, not {places}"
        raise InputFault(message, column="places")
    if any(ends <= starts for starts, ends in cuts):
        message = "a slot ends after it starts"
        raise InputFault(message, column="ends_at")
    first, last = cuts[0][0], cuts[-1][1]
    if Slot.objects.filter(point=point, starts_at__lt=last, ends_at__gt=first).exists():
        message = "the point has slots in these hours already"
        raise Refused(message, remedy="Two slots at once would let twice as many come.")
    made = Slot.objects.bulk_create(
        Slot(code=code or public_id("SL", at), point=point, unit_id=point.unit_id, place_code=point.place_code,
             starts_at=starts, ends_at=ends, places=places)
        for starts, ends in cuts
    )  # fmt: skip
    commit(tag=LineTag.SLOTS_PLANNED, subject=_of(point), unit=point.unit_id, by=by, at=at,
           data={"slots": len(made), "places": places, "from": first, "to": last})  # fmt: skip
    return made


@transaction.atomic
def book_slot(*, slot: str, household_id: str, by: Actor, at: datetime, code: str = "") -> Booking:
    """A household's place in a slot; a full slot is refused with the next one that has room (G3)."""
    found = Slot.objects.select_related("point").filter(pk=slot).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    permit(by, Operation.BOOK_SLOT, found.unit_id, found.place_code)
    rules.require(found.point.state, {PointState.OPEN}, doing="booked")
    if found.ends_at <= at:
        message = "this slot is over"
        raise Refused(message, remedy=_offer(found, at))
    home, on = rules.require_text(household_id, "household_id", "say which household")[:40], clock.day_of(found.starts_at)
    if not Slot.objects.filter(pk=slot, taken__lt=F("places")).update(taken=F("taken") + 1):
        message = f"{found.point} is full at {_hour(found)}"
        raise CapacityFull(message, remedy=_offer(found, at))
    row = Booking(
        code=code or public_id("BK", at), slot=found, unit_id=found.unit_id, place_code=found.place_code, household_id=home,
        on=on, booked_at=at, booked_by=signature(by),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as fault:
        if Booking.objects.filter(household_id=home, on=on).exclude(state=BookingState.CANCELLED).exists():
            message = f"this household has a slot on {on} already"
            raise Refused(message, remedy="Cancel that one first.") from fault
        raise
    commit(tag=LineTag.SLOT_BOOKED, subject=f"booking:{row.pk}", unit=row.unit_id, by=by, at=at, data={"slot": slot},
           personal={"household": home})  # fmt: skip
    return row


def next_free(slot: Slot, at: datetime) -> Slot | None:
    """The next slot with room: at the same point, else at another of the same unit; none that has begun."""
    room = Slot.objects.select_related("point").filter(point__state=PointState.OPEN, taken__lt=F("places"))
    later = room.filter(unit=slot.unit_id, starts_at__gte=max(at, slot.starts_at)).exclude(pk=slot.pk)
    return later.filter(point=slot.point_id).order_by("starts_at").first() or later.order_by("starts_at", "code").first()


def _hour(slot: Slot) -> str:
    return f"{clock.local(slot.starts_at):%m-%d %H:%M}"


def _offer(slot: Slot, at: datetime) -> str:
    free = next_free(slot, at)
    if free is None:
        return "No later slot of this unit has room: ask for more slots, or for delivery to the door."
    return f"The next free slot: {free.pk}, {free.point}, {_hour(free)}."


@transaction.atomic
def cancel_booking(*, code: str, by: Actor, at: datetime) -> Booking:
    """The household does not come: its place is free again."""
    row = locked(Booking, code)
    permit(by, Operation.BOOK_SLOT, row.unit_id, row.place_code)
    rules.require(row.state, {BookingState.BOOKED}, doing="cancelled")
    row.state, row.ended_at = BookingState.CANCELLED, at
    row.save(update_fields=("state", "ended_at"))
    Slot.objects.filter(pk=row.slot_id).update(taken=F("taken") - 1)
    commit(tag=LineTag.BOOKING_CANCELLED, subject=f"booking:{code}", unit=row.unit_id, by=by, at=at)
    return row


@transaction.atomic
def collect_booking(*, code: str, proof: str, by: Actor, at: datetime) -> Booking:
    """Fetched, and signed for: what was picked for the household is delivered with that."""
    row = locked(Booking, code)
    permit(by, Operation.DELIVER_SUPPLIES, row.unit_id, row.place_code)
    rules.require(row.state, {BookingState.BOOKED}, doing="fetched")
    row.state, row.ended_at = BookingState.COLLECTED, at
    row.proof = rules.require_text(proof, "proof", "say who signed")[:120]
    row.save(update_fields=("state", "ended_at", "proof"))
    picked = Need.objects.filter(household_id=row.household_id, state=NeedState.PICKED, unit=row.unit_id).order_by("code")
    for answer in deliver_needs(
        rows=[{"need": one, "proof_kind": Proof.SIGNATURE, "proof": row.proof, "ahead": FETCHED}
              for one in picked.values_list("code", flat=True)],
        by=by, at=at,
    ):  # fmt: skip
        if isinstance(answer, BulouError):
            raise answer
    commit(tag=LineTag.BOOKING_COLLECTED, subject=f"booking:{code}", unit=row.unit_id, by=by, at=at)
    return row


def _of(row: Point) -> str:
    return f"point:{row.pk}"

"""Beds claimed and given back (预留房间): one conditional statement per room, so the last bed is never granted twice.

``UPDATE … SET taken = taken + n WHERE room = … AND taken + n <= beds AND its class, its group, its state still fit``. Who
comes second waits for the first, sees its figures, and is refused. The triggers and checks of the tables are the second
wall.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When

from bulou.access.choices import Operation
from bulou.access.rules import covers, permit
from bulou.isolation import rows
from bulou.isolation.choices import RiskClass, RoomState, StayState
from bulou.isolation.models import LIVE, Room, Stay
from bulou.isolation.rules import names
from bulou.isolation.rules.stays import RoomNow, refusal_of_room, require_stay
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, CapacityFull, InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """One person for one bed. People of one ``group_id`` and class for one room are placed together or not at all."""

    person_id: str
    room_id: str
    risk_class: RiskClass
    basis: str  # case:C…, contact:…
    home_code: str  # where the person goes home to
    clock_from: datetime  # last exposure, or the positive
    expected_at: datetime
    group_id: str = ""  # blank: the person alone
    needs: str = ""
    sender: str = ""
    trip: str = ""


def reserve_room(*, reservation: Reservation, by: Actor, at: datetime) -> Stay:
    """Reserve one bed; ``CapacityFull`` or ``Refused`` says why not.

    A room that is evidently full is answered by a look alone: on SQLite nobody then waits for the file's one write lock.
    """
    seen = _evidently_full(reservation, by)
    if seen is not None:
        raise seen
    answer = reserve_rooms(reservations=[reservation], by=by, at=at)[0]
    if isinstance(answer, BulouError):
        raise answer
    return answer


def _evidently_full(one: Reservation, by: Actor) -> CapacityFull | None:
    """Why the room does not take the person at this instant; None when it may, or when something else is to be said."""
    permit(by, Operation.RESERVE_ROOM)
    room = Room.objects.filter(pk=one.room_id).first()
    if room is None or not covers(by, room.site_id) or Stay.objects.filter(person_id=one.person_id, state__in=LIVE).exists():
        return None
    group = one.group_id or one.person_id
    why = _refusal(room, risk_class=one.risk_class, group=group, people=1, arriving=one.expected_at)
    return _full(one.room_id, why) if why else None


@transaction.atomic
def reserve_rooms(*, reservations: Sequence[Reservation], by: Actor, at: datetime) -> list[Stay | BulouError]:
    """Reserve beds for a plan: one answer for each, in order; one group's refusal never undoes another's.

    The same person for the same room again gives the stay that stands. ``CapacityFull``: no bed, another class, another
    group, not disinfected, site not open. ``Refused``: the person has a stay elsewhere.
    """
    permit(by, Operation.RESERVE_ROOM)
    rooms = dict(Room.objects.filter(pk__in={one.room_id for one in reservations}).values_list("room_id", "site_id"))
    standing = {row.person_id: row for row in _live([one.person_id for one in reservations])}
    answers: dict[int, Stay | BulouError] = {}
    claims: dict[tuple[str, str, RiskClass], list[int]] = defaultdict(list)
    for place, one in enumerate(reservations):
        fault = _fault(one, rooms.get(one.room_id, ""), by)
        stands = standing.get(one.person_id)
        if fault is not None:
            answers[place] = fault
        elif stands is not None:
            answers[place] = stands if stands.room_id == one.room_id else _elsewhere(one.person_id)
        else:
            claims[one.room_id, one.group_id or one.person_id, one.risk_class].append(place)
    made: list[Stay] = []
    for key in sorted(claims):  # in one order of rooms, so that two plans cannot wait for each other in a ring
        wanted = [reservations[place] for place in claims[key]]
        outcome = _claim(wanted, rooms[key[0]], group=key[1], at=at)
        for number, place in enumerate(claims[key]):
            answers[place] = outcome if isinstance(outcome, BulouError) else outcome[number]
        made += [] if isinstance(outcome, BulouError) else outcome
    ledger.record_many(
        ledger.Draft(
            tag=Tag.STAY_RESERVED,
            subject=names.stay_about(stay.pk),
            unit=stay.site_code,
            by=by,
            at=at,
            data={"room": stay.room_id, "class": stay.risk_class, "expected_at": stay.expected_at, "basis": stay.basis},
        )
        for stay in made
    )
    return [answers[place] for place in range(len(reservations))]


def _live(people: Sequence[str]) -> list[Stay]:
    return list(Stay.objects.filter(person_id__in=people, state__in=LIVE))


def _elsewhere(person_id: str) -> Refused:
    message = f"{person_id} has a stay in another room"
    return Refused(message, code="has-stay", remedy="Move that stay, or cancel it first.")


def _fault(one: Reservation, site: str, by: Actor) -> BulouError | None:
    if not site or not covers(by, site):
        return rows.missing_record()
    if not (one.person_id and one.basis and one.home_code):
        message = "a reservation names the person, the fact because of which, and the home"
        return InputFault(message, column="person_id" if not one.person_id else "basis" if not one.basis else "home_code")
    return None


def _claim(wanted: Sequence[Reservation], site: str, *, group: str, at: datetime) -> list[Stay] | BulouError:
    first, people = wanted[0], len(wanted)
    arriving = min(one.expected_at for one in wanted)
    try:
        with transaction.atomic():
            if not take_beds(first.room_id, first.risk_class, group=group, people=people, arriving=arriving):
                return full(first.room_id, first.risk_class, group=group, people=people, arriving=arriving)
            return Stay.objects.bulk_create(
                Stay(
                    code=public_id("ST", at),
                    person_id=one.person_id,
                    group_id=group,
                    room_id=one.room_id,
                    site_code=site,
                    risk_class=one.risk_class.value,
                    needs=one.needs,
                    basis=one.basis,
                    home_code=one.home_code,
                    sender=one.sender,
                    trip=one.trip,
                    clock_from=one.clock_from,
                    reserved_at=at,
                    expected_at=one.expected_at,
                )
                for one in wanted
            )
    except IntegrityError as fault:
        if "stay_one_live" in str(fault) or "person_id" in str(fault):  # somebody else placed the person meanwhile
            return _elsewhere(first.person_id)
        raise


def take_beds(room_id: str, risk_class: RiskClass, *, group: str, people: int, arriving: datetime) -> bool:
    """The conditional statement; False when the room does not take them."""
    return bool(
        Room.objects.filter(
            Q(risk_class="") | Q(risk_class=risk_class),
            Q(class_now="") | Q(class_now=risk_class),
            Q(shared=True) | Q(taken=0) | Q(group_now=group),
            Q(state=RoomState.READY) | Q(state=RoomState.DISINFECTING, ready_at__lte=arriving),
            Q(opens_at=None) | Q(opens_at__lte=arriving),
            Q(closes_at=None) | Q(closes_at__gt=arriving),
            pk=room_id,
            offered=True,
            taken__lte=F("beds") - people,
        ).update(
            taken=F("taken") + people,
            class_now=risk_class.value,
            group_now=Case(When(shared=True, then=Value("")), default=Value(group)),
        )
    )


def give_back(room_id: str, *, slept_in: bool, ready_at: datetime) -> bool:
    """One bed is free again; the room that was slept in and is empty now waits for its disinfection (then True)."""
    empties = Room.objects.filter(pk=room_id, taken=1)
    emptied = empties.update(
        taken=0,
        class_now="",
        group_now="",
        **({"state": RoomState.DISINFECTING, "ready_at": ready_at} if slept_in else {}),
    )
    if emptied:
        return slept_in
    Room.objects.filter(pk=room_id, taken__gt=1).update(taken=F("taken") - 1)
    return False


def full(room_id: str, risk_class: RiskClass, *, group: str, people: int, arriving: datetime) -> CapacityFull:
    """Why the statement found nothing to change, as the room stands now."""
    room = Room.objects.get(pk=room_id)
    return _full(room_id, _refusal(room, risk_class=risk_class, group=group, people=people, arriving=arriving))


def _full(room_id: str, why: str) -> CapacityFull:
    message = f"the room {room_id} does not take them: {why or 'it was taken meanwhile'}"
    return CapacityFull(message, code="room", remedy="Choose another room.")


def _refusal(room: Room, *, risk_class: RiskClass, group: str, people: int, arriving: datetime) -> str:
    return refusal_of_room(
        RoomNow(
            risk_class=room.risk_class,
            class_now=room.class_now,
            group_now=room.group_now,
            beds=room.beds,
            taken=room.taken,
            shared=room.shared,
            offered=room.offered,
            state=RoomState(room.state),
            ready_at=room.ready_at,
            opens_at=room.opens_at,
            closes_at=room.closes_at,
        ),
        risk_class=risk_class,
        group=group,
        people=people,
        arriving=arriving,
    )


@transaction.atomic
def cancel_reservation(*, stay: str, reason: str, by: Actor, at: datetime) -> Stay:
    """Give a reserved bed back before the person came."""
    row = rows.locked_stay(stay)
    permit(by, Operation.RESERVE_ROOM, row.site_code)
    require_stay(StayState(row.state), (StayState.RESERVED,), doing="cancelled")
    if not reason.strip():
        message = "say why the bed is not needed"
        raise InputFault(message, column="reason")
    return cancel_by_fact(row, reason=reason, by=by, at=at)


@transaction.atomic
def cancel_by_fact(row: Stay, *, reason: str, by: Actor, at: datetime) -> Stay:
    """The same for a stay that is locked, because its transfer does not take place: that action was already permitted.

    Somebody who stands at the door, and whom the site does not take in, leaves it again.
    """
    require_stay(StayState(row.state), (StayState.RESERVED, StayState.AT_DOOR), doing="cancelled")
    row.state, row.ended_at, row.end_reason = StayState.CANCELLED, at, reason[:300]
    row.save(update_fields=("state", "ended_at", "end_reason"))
    give_back(row.room_id, slept_in=False, ready_at=at)
    ledger.record(
        tag=Tag.STAY_CANCELLED,
        subject=names.stay_about(row.pk),
        unit=row.site_code,
        by=by,
        at=at,
        data={"room": row.room_id, "reason": reason},
    )
    return row


def live_stays(people: Sequence[str]) -> dict[str, Stay]:
    """The live stay of each person who has one; for rooms above whose action was already permitted."""
    return {row.person_id: row for row in _live(people)}

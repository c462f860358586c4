"""Rooms at the end of a transfer: which are free, claimed once however many hands reach for them, given back.

The city's own sites are isolation's, and its wall of claims is asked; the rooms that other cities offer are kept here.
Both stand behind the same functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, Q

from bulou.access.queries import within
from bulou.investigation.choices import ContactStatus, Grade
from bulou.investigation.models import Contact
from bulou.isolation import actions as isolation
from bulou.isolation import choices as stays
from bulou.isolation import queries as isolation_queries
from bulou.isolation.models import Room, Stay
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, CapacityFull, InputFault, Refused
from bulou.ledger.tags import Tag
from bulou.transfer.models import Leg, OutsideRoom, Receiver, TransferRequest

_ISOLATED = (Grade.CLOSE.value, Grade.SECONDARY.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeRoom:
    """A room with beds left; ``receiver`` is the unit at whose door the transfer ends."""

    room_id: str
    receiver: str
    risk_class: str  # blank: any one class
    beds: int
    features: tuple[str, ...]
    x: float
    y: float
    from_at: datetime | None = None
    until_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody for whom a bed is claimed in a room, from when the trip arrives."""

    request: TransferRequest
    room_id: str
    arrive_at: datetime
    trip: str = ""


def free_rooms(by: Actor, *, at: datetime, until: datetime) -> list[FreeRoom]:
    """Every room that the planner may use within a time: of the sites below its unit, and of cities that it may ask.

    A room in which somebody sleeps stays with that group: only where its class may share one is it offered again.
    """
    return [*_own(by, at=at, until=until), *_outside(by, at=at)]


def _own(by: Actor, *, at: datetime, until: datetime) -> list[FreeRoom]:
    return [
        FreeRoom(
            room_id=room.room_id,
            receiver=room.site_id,
            risk_class=room.risk_class,
            beds=room.free,
            features=tuple(room.features),
            x=room.x,
            y=room.y,
            from_at=room.from_at,
            until_at=room.until_at,
        )
        for room in isolation_queries.free_rooms(by, at=at, until=until)
        if room.x is not None
        and room.y is not None
        and (room.free == room.beds or (room.shared and room.risk_class == stays.RiskClass.CASE))
    ]


def _outside(by: Actor, *, at: datetime) -> list[FreeRoom]:
    open_now = Q(receiver__until_at__gt=at, receiver__declined_at=None)
    asked = Receiver.objects.filter(asked_by__in=codes.chain(by.unit)).values("unit_id")  # who asks, asks for all below
    found = OutsideRoom.objects.filter(open_now, Q(receiver__in=asked) | Q(within(by, "receiver__asked_by")), taken=0)
    return [_of_receiver(room, room.beds) for room in found.select_related("receiver").order_by("room_id")]


def _of_receiver(room: OutsideRoom, beds: int) -> FreeRoom:
    return FreeRoom(
        room_id=room.pk,
        receiver=room.receiver_id,
        risk_class=room.receiver.risk_class,
        beds=beds,
        features=tuple(filter(None, room.receiver.features.split(";"))),
        x=room.receiver.x,
        y=room.receiver.y,
        from_at=room.receiver.from_at,
        until_at=room.receiver.until_at,
    )


def held_rooms(legs: Collection[tuple[str, str]]) -> list[FreeRoom]:
    """The rooms that these (room, class) hold, with the beds that would be free without them."""
    beds = Counter(room for room, _ in legs)
    classes = dict(legs)
    outside = OutsideRoom.objects.filter(pk__in=list(beds)).select_related("receiver")
    own = Room.objects.filter(pk__in=list(beds)).select_related("site")
    found = [_of_receiver(room, room.beds - room.taken + beds[room.pk]) for room in outside]
    for room in own:
        if room.site.x is not None and room.site.y is not None:
            alone = room.taken == beds[room.pk]
            found.append(
                FreeRoom(
                    room_id=room.pk,
                    receiver=room.site_id,
                    risk_class=room.risk_class if alone else classes[room.pk],
                    beds=room.beds - room.taken + beds[room.pk],
                    features=tuple(filter(None, room.features.split(";"))),
                    x=room.site.x,
                    y=room.site.y,
                    from_at=room.opens_at,
                    until_at=room.closes_at,
                )
            )
    return found


def claim_rooms(guests: Sequence[Guest], *, by: Actor, at: datetime) -> None:
    """Claim a bed for each guest, all or none: conditional statements, one per room, in one order for all.

    ``CapacityFull`` when a room has not so many beds left; nothing of the caller's transaction may then stand.
    """
    outside = dict(
        OutsideRoom.objects.filter(pk__in={one.room_id for one in guests}).values_list("room_id", "receiver__risk_class")
    )
    _claim_outside([one for one in guests if one.room_id in outside], outside)
    own = [one for one in guests if one.room_id not in outside]
    if not own:
        return
    exposed = _last_exposed({one.request.person_id for one in own if one.request.risk_class != stays.RiskClass.CASE})
    wanted = [_reservation(one, since=exposed.get(one.request.person_id, one.request.clock_from)) for one in own]
    for answer in isolation.reserve_rooms(reservations=wanted, by=by, at=at):
        if isinstance(answer, BulouError):
            raise answer


def _last_exposed(people: Collection[str]) -> dict[str, datetime]:
    """When each contact was last exposed: a stay's days count from there, and not from the grading that asked for the bed."""
    standing = Contact.objects.filter(person_id__in=people, status=ContactStatus.ACTIVE, grade__in=_ISOLATED)
    return dict(standing.order_by().values("person_id").annotate(last=Max("last_exposed_at")).values_list("person_id", "last"))


def _reservation(one: Guest, *, since: datetime) -> isolation.Reservation:
    row = one.request
    return isolation.Reservation(
        person_id=row.person_id,
        room_id=one.room_id,
        risk_class=stays.RiskClass(row.risk_class),
        basis=row.basis,
        home_code=row.place_code,
        clock_from=since,
        expected_at=one.arrive_at,
        group_id=row.group_id,
        needs=row.needs,
        sender=codes.up_to(row.place_code, codes.Level.DISTRICT) or row.place_code,
        trip=one.trip,
    )


def _claim_outside(guests: Sequence[Guest], classes: dict[str, str]) -> None:
    wrong = next((one for one in guests if classes[one.room_id] != one.request.risk_class), None)
    if wrong is not None:
        message = f"{wrong.room_id} is no room for {wrong.request.risk_class}"
        raise Refused(message, code="classes-mix", remedy="Choose a room of the own class.")
    for room_id, beds in sorted(Counter(one.room_id for one in guests).items()):
        room = OutsideRoom.objects.filter(pk=room_id, taken__lte=F("beds") - beds)
        if not room.update(taken=F("taken") + beds):
            message = f"the room {room_id} has not {beds} beds left"
            raise CapacityFull(message, code="room-taken", remedy="Somebody was quicker: plan anew.")


def release_rooms(legs: Iterable[Leg], *, why: str, by: Actor, at: datetime) -> None:
    """Give back the beds of legs that end before anybody slept there."""
    given = list(legs)
    for room_id, count in sorted(Counter(leg.room_id for leg in given).items()):
        OutsideRoom.objects.filter(pk=room_id).update(taken=F("taken") - count)
    rooms = {leg.person_id: leg.room_id for leg in given}
    waiting = Stay.objects.select_for_update(of=("self",)).filter(
        person_id__in=list(rooms), state__in=(stays.StayState.RESERVED, stays.StayState.AT_DOOR)
    )
    for stay in waiting.order_by("room_id", "code"):
        if stay.room_id == rooms[stay.person_id]:
            isolation.cancel_by_fact(stay, reason=why or "not moved", by=by, at=at)


def position_of(room_id: str) -> tuple[str, float, float]:
    """The unit at whose door a room's guests arrive, and where that is; ``InputFault`` when there is no such room."""
    outside = OutsideRoom.objects.filter(pk=room_id).values_list("receiver_id", "receiver__x", "receiver__y").first()
    own = Room.objects.filter(pk=room_id, site__x__isnull=False).values_list("site_id", "site__x", "site__y").first()
    found = outside or own
    if found is None:
        message = f"there is no room {room_id}"
        raise InputFault(message, column="room_id", remedy="Choose one of the free rooms.")
    return found[0], float(found[1] or 0), float(found[2] or 0)


def arrive(people: Collection[str], *, trip: str, by: Actor, at: datetime) -> bool:
    """People stand at the door of a site of ours: isolation measures the wait and owes the door. False: another city's."""
    live = [stay.pk for stay in isolation.live_stays(list(people)).values()]
    if live:
        isolation.arrive_by_fact(stays=live, trip=trip, by=by, at=at)
    return bool(live)


def admit(people: Collection[str], *, by: Actor, at: datetime) -> None:
    """Both sides have signed: who has a stay at a site of ours is a guest from this instant."""
    codes_ = [stay.pk for stay in isolation.live_stays(list(people)).values()]
    for stay in Stay.objects.select_for_update(of=("self",)).filter(pk__in=codes_).order_by("pk"):
        isolation.admit_by_fact(stay, by=by, at=at)


def leave_door(leg: Leg, *, why: str, by: Actor, at: datetime) -> None:
    """A site of ours did not take somebody in: the bed is free, and its door is cleared when nobody else waits."""
    stay = isolation.live_stays([leg.person_id]).get(leg.person_id)
    if stay is not None and stay.room_id == leg.room_id:
        isolation.cancel_by_fact(stay, reason=why, by=by, at=at)
        isolation.clear_door(leg.receiver_id, tag=Tag.TRANSFER_DECLINED, ref=why[:100], by=by, at=at)

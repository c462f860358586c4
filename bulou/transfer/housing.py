"""Rooms at the end of a transfer: which are free, claimed once however many hands reach for them, given back.

Another city's rooms are this room's own; the city's sites are isolation's. Both stand behind the same three functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q, QuerySet

from bulou.access.queries import within
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull, InputFault, Refused
from bulou.transfer.models import Leg, OutsideRoom, Receiver


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
    """Somebody for whom a room is claimed."""

    request: str
    person_id: str
    room_id: str
    receiver: str
    risk_class: str
    arrive_at: datetime


def free_rooms(by: Actor, *, at: datetime) -> list[FreeRoom]:
    """Every room with beds left that the planner may use: of receivers that its unit, or one below or above it, asked.

    A room of another city in which somebody has a bed stays with that somebody's group: it is not offered again.
    """
    open_now = Q(receiver__until_at__gt=at, receiver__declined_at=None)
    found = OutsideRoom.objects.filter(open_now, taken=0).filter(
        Q(receiver__in=_asked_by(by)) | Q(within(by, "receiver__asked_by"))
    )
    rows = found.order_by("room_id").values_list(
        "room_id",
        "receiver_id",
        "receiver__risk_class",
        "beds",
        "receiver__features",
        "receiver__x",
        "receiver__y",
        "receiver__from_at",
        "receiver__until_at",
    )
    return [
        FreeRoom(
            room_id=room_id,
            receiver=receiver,
            risk_class=risk,
            beds=beds,
            features=tuple(filter(None, features.split(";"))),
            x=x,
            y=y,
            from_at=opens,
            until_at=until,
        )
        for room_id, receiver, risk, beds, features, x, y, opens, until in rows.iterator()
    ]


def _asked_by(by: Actor) -> list[str]:
    """Receivers that a unit above the planner asked serve all below it."""
    return list(Receiver.objects.filter(asked_by__in=codes.chain(by.unit)).values_list("unit_id", flat=True))


def claim_rooms(guests: Iterable[Guest], *, by: Actor, at: datetime) -> None:
    """Claim a bed for each guest, all or none: one conditional statement per room, in one order for all.

    ``CapacityFull`` when a room has not so many beds left; nothing of the caller's transaction may then stand.
    """
    asked = list(guests)
    wanted = Counter(one.room_id for one in asked)
    classes = dict(OutsideRoom.objects.filter(pk__in=list(wanted)).values_list("room_id", "receiver__risk_class"))
    wrong = next((one for one in asked if classes.get(one.room_id) != one.risk_class), None)
    if wrong is not None:
        message = f"{wrong.room_id} is no room for {wrong.risk_class}"
        raise Refused(message, code="classes-mix", remedy="Choose a room of the own class.")
    for room_id, beds in sorted(wanted.items()):
        room = OutsideRoom.objects.filter(pk=room_id, taken__lte=F("beds") - beds)
        if not room.update(taken=F("taken") + beds):
            message = f"the room {room_id} has not {beds} beds left"
            raise CapacityFull(message, code="room-taken", remedy="Somebody was quicker: plan anew.")
    del by, at


def release_rooms(legs: Iterable[Leg]) -> None:
    """Give back the beds of legs that end before anybody slept there."""
    beds: Mapping[str, int] = Counter(leg.room_id for leg in legs)
    for room_id, count in sorted(beds.items()):
        OutsideRoom.objects.filter(pk=room_id).update(taken=F("taken") - count)


def held_rooms(legs: QuerySet[Leg]) -> list[FreeRoom]:
    """The rooms that these legs hold, with the beds that would be free without them."""
    beds = Counter(legs.values_list("room_id", flat=True))
    found = OutsideRoom.objects.filter(pk__in=list(beds)).select_related("receiver")
    return [
        FreeRoom(
            room_id=room.pk,
            receiver=room.receiver_id,
            risk_class=room.receiver.risk_class,
            beds=room.beds - room.taken + beds[room.pk],
            features=tuple(filter(None, room.receiver.features.split(";"))),
            x=room.receiver.x,
            y=room.receiver.y,
            from_at=room.receiver.from_at,
            until_at=room.receiver.until_at,
        )
        for room in found
    ]


def position_of(room_id: str) -> tuple[str, float, float]:
    """The unit at whose door a room's guests arrive, and where that is; ``InputFault`` when there is no such room."""
    found = OutsideRoom.objects.filter(pk=room_id).values_list("receiver_id", "receiver__x", "receiver__y").first()
    if found is None:
        message = f"there is no room {room_id}"
        raise InputFault(message, column="room_id", remedy="Choose one of the free rooms.")
    return found

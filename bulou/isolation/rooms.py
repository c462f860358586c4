"""Rooms registered, blocked, and disinfected after somebody left (终末消毒)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.isolation import rows
from bulou.isolation.choices import RiskClass, RoomState, SiteState
from bulou.isolation.models import Room
from bulou.isolation.rules import names
from bulou.isolation.rules.sites import require_reason
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag

BEDS_MOST = 2_000  # a hall; the column's check says the same


@transaction.atomic
def register_room(
    *,
    room_id: str,
    site: str,
    beds: int,
    by: Actor,
    at: datetime,
    risk_class: RiskClass | None = None,
    shared: bool = False,
    floor: int = 1,
    air: str = "",
    features: str = "",
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
) -> tuple[Room, bool]:
    """Enter a room, or change one; (room, whether anything changed).

    What people lie in is not changed under them: beds below those taken, another class or site are ``Refused``.
    """
    stands = rows.locked_site(site)
    permit(by, Operation.KEEP_ROOMS, site)
    if not room_id or not 1 <= beds <= BEDS_MOST:
        message = f"a room has an id and 1 to {BEDS_MOST:,} beds"
        raise InputFault(message, column="beds" if room_id else "room_id")
    if opens_at and closes_at and closes_at <= opens_at:
        message = "the room closes before it opens"
        raise InputFault(message, column="until")
    wanted = {
        "beds": beds,
        "risk_class": risk_class.value if risk_class else "",
        "shared": shared,
        "floor": floor,
        "air": air,
        "features": features,
        "opens_at": opens_at,
        "closes_at": closes_at,
    }
    row = Room.objects.select_for_update(no_key=True).filter(pk=room_id).first()
    if row is not None and row.site_id != site:
        message = f"the room {room_id} belongs to another site"
        raise Refused(message, code="room-elsewhere", remedy="Give the room another id.")
    if row is None:
        row = Room.objects.create(room_id=room_id, site=stands, offered=stands.state == SiteState.OPEN, **wanted)
    else:
        changed = [name for name, value in wanted.items() if getattr(row, name) != value]
        if not changed:
            return row, False
        if row.taken and (beds < row.taken or {"risk_class", "shared"} & set(changed)):
            message = f"{row.taken} people hold beds in the room {room_id}"
            raise Refused(message, code="room-taken", remedy="Change it when it is empty.")
        for name in changed:
            setattr(row, name, wanted[name])
        row.save(update_fields=changed)
    ledger.record(
        tag=Tag.ROOM_REGISTERED,
        subject=names.room_about(room_id),
        unit=site,
        by=by,
        at=at,
        data={"beds": beds, "class": wanted["risk_class"]},
    )
    return row, True


@transaction.atomic
def block_room(*, room_id: str, reason: str, by: Actor, at: datetime) -> Room:
    """A room cannot be used (停用); refused while anybody holds a bed in it."""
    row = rows.locked_room(room_id)
    permit(by, Operation.KEEP_ROOMS, row.site_id)
    require_reason(reason)
    if row.taken:
        message = f"{row.taken} people hold beds in the room {room_id}"
        raise Refused(message, code="room-taken", remedy="Move them first.")
    row.state, row.reason, row.ready_at = RoomState.BLOCKED, reason[:200], None
    row.save(update_fields=("state", "reason", "ready_at"))
    duties.supersede_by_fact(
        kind=names.ROOM_DISINFECTED, about=names.room_about(room_id), successor=f"the room is blocked: {reason}", by=by, at=at
    )
    ledger.record(
        tag=Tag.ROOM_BLOCKED, subject=names.room_about(room_id), unit=row.site_id, by=by, at=at, data={"reason": reason}
    )
    return row


@transaction.atomic
def record_disinfection(*, room_id: str, by: Actor, at: datetime) -> Room:
    """The room is disinfected, or mended after it was blocked: it may be slept in."""
    row = rows.locked_room(room_id)
    permit(by, Operation.KEEP_ROOMS, row.site_id)
    if row.state == RoomState.READY:
        return row
    row.state, row.ready_at, row.reason = RoomState.READY, None, ""
    row.save(update_fields=("state", "ready_at", "reason"))
    recorded = ledger.record(tag=Tag.ROOM_DISINFECTED, subject=names.room_about(room_id), unit=row.site_id, by=by, at=at)
    duties.fulfil_by_fact(
        kind=names.ROOM_DISINFECTED,
        about=names.room_about(room_id),
        tag=Tag.ROOM_DISINFECTED,
        ref=f"entry:{recorded.pk}",
        by=by,
        at=at,
    )
    return row


def owe_disinfection(room: Room, *, left_at: datetime, by: Actor, at: datetime) -> None:
    """The room that was slept in stands empty: its site owes the disinfection."""
    open_duty(
        Owed(
            kind=names.ROOM_DISINFECTED,
            about=names.room_about(room.pk),
            label=room.pk,
            place_code=room.site.place_code,
            owners={"explicit": room.site_id},
            facts={"left_at": left_at},
        ),
        by=by,
        at=at,
    )

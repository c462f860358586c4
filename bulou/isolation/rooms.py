"""Rooms registered, blocked, and disinfected after somebody left (终末消毒)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import covers, permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.isolation import rows
from bulou.isolation.choices import RiskClass, RoomState, SiteState
from bulou.isolation.models import IsolationSite, Room
from bulou.isolation.rules import names
from bulou.isolation.rules.sites import require_reason
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag

BEDS_MOST = 2_000  # a hall; the column's check says the same


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomGiven:
    """A room as it is entered; a blank class takes any one class at a time."""

    room_id: str
    site: str
    beds: int
    risk_class: RiskClass | None = None
    shared: bool = False
    floor: int = 1
    air: str = ""
    features: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def columns(self) -> dict[str, object]:
        """What the row holds of it."""
        return {
            "beds": self.beds,
            "risk_class": self.risk_class.value if self.risk_class else "",
            "shared": self.shared,
            "floor": self.floor,
            "air": self.air,
            "features": self.features,
            "opens_at": self.opens_at,
            "closes_at": self.closes_at,
        }


class Kept(StrEnum):
    """What became of a room that was entered."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Registered:
    """A room as it stands now, and what became of it."""

    room: Room
    kept: Kept


def register_room(*, by: Actor, at: datetime, **given: Any) -> Registered:
    """Enter one room, or change it (``RoomGiven`` names the columns); raises what is wrong with it."""
    answer = register_rooms(rooms=[RoomGiven(**given)], by=by, at=at)[0]
    if isinstance(answer, BulouError):
        raise answer
    return answer


@transaction.atomic
def register_rooms(*, rooms: Sequence[RoomGiven], by: Actor, at: datetime) -> list[Registered | BulouError]:
    """Enter rooms as a set, one answer for each in order; a refused one never undoes another.

    What people lie in is not changed under them: beds below those taken, another class or site are ``Refused``.
    """
    permit(by, Operation.KEEP_ROOMS)
    asked = sorted({one.site for one in rooms})
    sites = {row.pk: row for row in IsolationSite.objects.select_for_update(no_key=True).filter(pk__in=asked).order_by("pk")}
    ids = sorted({one.room_id for one in rooms})
    known = {row.pk: row for row in Room.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}
    answers: list[Registered | BulouError] = []
    fresh: list[Room] = []
    changed: list[Room] = []
    for one in rooms:
        site, row = sites.get(one.site), known.get(one.room_id)
        fault = _fault(one, row, by, known_site=site is not None)
        if fault is not None or site is None:
            answers.append(fault or rows.missing_record())
        elif row is None:
            row = Room(room_id=one.room_id, site=site, offered=site.state == SiteState.OPEN, **one.columns())
            known[one.room_id] = row
            fresh.append(row)
            answers.append(Registered(row, Kept.CREATED))
        else:
            differs = [name for name, value in one.columns().items() if getattr(row, name) != value]
            for name in differs:
                setattr(row, name, one.columns()[name])
            changed += [row] if differs and row not in fresh else []
            answers.append(Registered(row, Kept.UPDATED if differs else Kept.UNCHANGED))
    Room.objects.bulk_create(fresh, batch_size=500)
    Room.objects.bulk_update(changed, tuple(RoomGiven(room_id="", site="", beds=1).columns()), batch_size=200)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.ROOM_REGISTERED,
            subject=names.room_about(row.pk),
            unit=row.site_id,
            by=by,
            at=at,
            data={"beds": row.beds, "class": row.risk_class},
        )
        for row in (*fresh, *changed)
    )
    return answers


def _fault(one: RoomGiven, row: Room | None, by: Actor, *, known_site: bool) -> BulouError | None:
    if not known_site or not covers(by, one.site):
        return rows.missing_record()
    if not one.room_id or not 1 <= one.beds <= BEDS_MOST:
        message = f"a room has an id and 1 to {BEDS_MOST:,} beds"
        return InputFault(message, column="beds" if one.room_id else "room_id")
    if one.opens_at and one.closes_at and one.closes_at <= one.opens_at:
        message = "the room closes before it opens"
        return InputFault(message, column="until")
    return _conflict(one, row) if row is not None else None


def _conflict(one: RoomGiven, row: Room) -> BulouError | None:
    """Why a room that stands is not changed into this one."""
    if row.site_id != one.site:
        message = f"the room {one.room_id} belongs to another site"
        return Refused(message, code="room-elsewhere", remedy="Give the room another id.")
    wanted = one.columns()
    if row.taken and (one.beds < row.taken or any(getattr(row, name) != wanted[name] for name in ("risk_class", "shared"))):
        message = f"{row.taken} people hold beds in the room {one.room_id}"
        return Refused(message, code="room-taken", remedy="Change it when it is empty.")
    return None


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

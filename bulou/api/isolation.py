"""Isolation sites and rooms to read over HTTP: occupancy, and what is free; nobody's name is in them."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from bulou.api.auth import caller
from bulou.api.paging import DEFAULT, page
from bulou.isolation import queries
from bulou.isolation.choices import RiskClass
from bulou.kernel import clock

router = Router(tags=["isolation"])


@router.get("/isolation/sites")
def list_sites(
    request: HttpRequest,
    state: Literal["candidate", "surveyed", "rebuilt", "accepted", "reserve", "open", "paused", "closed", ""] = "",
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """Sites of the caller's jurisdiction by code, each with its beds: taken, free, expected, at the door."""
    by, now = caller(request), clock.city()
    found = queries.sites(by).filter(pk__gt=after)
    if state:
        found = found.filter(state=state)
    held: dict[str, queries.Occupancy] = {}

    def rows(count: int) -> list[Any]:
        shown = list(found[:count])
        held.update(queries.occupancy(by, at=now, units=[row.pk for row in shown] or [""]))
        return shown

    def show(row: Any) -> dict[str, Any]:
        one = held[row.pk]
        return {
            "site_id": row.pk,
            "name": row.name,
            "place_code": row.place_code,
            "state": row.state,
            "parties": row.parties,
            "x": row.x,
            "y": row.y,
            "opens_within_min": row.opens_within_min,
            "rooms": one.rooms,
            "beds": one.beds,
            "taken": one.taken,
            "reserved": one.reserved,
            "at_door": one.at_door,
            "admitted": one.admitted,
            "free": one.free,
        }

    return page(rows, limit=limit, key=lambda row: str(row.pk), show=show)


@router.get("/isolation/rooms")
def list_free_rooms(
    request: HttpRequest,
    risk_class: Literal["case", "contact", "secondary", ""] = "",
    site: str = "",
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """Rooms with free beds now, by id, with what they may take."""
    found = queries.free_rooms(
        caller(request),
        at=clock.city(),
        risk_class=RiskClass(risk_class) if risk_class else None,
        sites=[site] if site else (),
    )
    rest = [room for room in found if room.room_id > after]

    def show(room: queries.FreeRoom) -> dict[str, Any]:
        return {
            "room_id": room.room_id,
            "site_id": room.site_id,
            "class": room.risk_class,
            "beds": room.beds,
            "free": room.free,
            "shared": room.shared,
            "group_id": room.group_id,
            "floor": room.floor,
            "features": sorted(room.features),
            "x": room.x,
            "y": room.y,
            "from": room.from_at,
            "until": room.until_at,
        }

    return page(lambda count: rest[:count], limit=limit, key=lambda room: room.room_id, show=show)

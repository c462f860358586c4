"""Transfers over HTTP: who waits, by clock, and the trips that are not over; people by number, never by name."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router

from bulou.access.actions import log_read
from bulou.api.auth import caller
from bulou.api.paging import DEFAULT, page
from bulou.kernel import clock
from bulou.transfer import queries
from bulou.transfer.models import TransferRequest, Trip

router = Router(tags=["transfers"])


def _request(row: TransferRequest) -> dict[str, Any]:
    return {
        "code": row.pk,
        "person_id": row.person_id,
        "group_id": row.group_id,
        "class": row.risk_class,
        "needs": [need for need in row.needs.split(";") if need],
        "place_code": row.place_code,
        "ready_at": row.ready_at,
        "due_at": row.due_at,
        "state": row.state,
        "stopped": row.stopped,
        "reason_code": row.reason_code,
        "reason": row.reason,
        "received_by": row.received_by,
    }


@router.get("/transfers")
def list_transfers(
    request: HttpRequest,
    state: Literal["open", "planned", "boarded", "arrived", "received", "left_in_place", "cancelled", ""] = "",
    risk_class: Literal["case", "contact", "secondary", ""] = "",
    unit: str = "",
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """Transfers of the caller's jurisdiction by due time; without a state those not closed. Every reading is logged."""
    by = caller(request)
    chosen = queries.Filter(state=state, risk_class=risk_class, unit=unit)
    found = queries.after(queries.listed(by, chosen), after)
    answer = page(lambda count: list(found[:count]), limit=limit, key=queries.key_of, show=_request)
    log_read(reader=by, subject=f"people:{unit or by.unit}", purpose="transfers", at=clock.city(), count=len(answer["items"]))
    return answer


def _trip(row: Trip) -> dict[str, Any]:
    return {
        "code": row.pk,
        "vehicle_id": row.vehicle_id,
        "driver_id": row.driver_id,
        "class": row.risk_class,
        "seats": row.seats,
        "taken": row.taken,
        "leaves_at": row.leaves_at,
        "ends_at": row.ends_at,
        "departed_at": row.departed_at,
        "state": row.state,
        "stopped": row.stopped,
    }


@router.get("/trips")
def list_trips(request: HttpRequest) -> list[Any]:
    """Trips that are not over, by departure; at most 200."""
    return [_trip(row) for row in queries.under_way(caller(request))[:200]]

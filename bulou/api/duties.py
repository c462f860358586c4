"""Duties over HTTP: lists, and the answers that an owner or receiver gives."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from bulou.api.auth import caller
from bulou.api.idempotency import once
from bulou.api.paging import DEFAULT, page
from bulou.duties import actions, handovers, queries
from bulou.duties.models import Duty
from bulou.kernel import clock

router = Router(tags=["duties"])


class Strict(Schema):
    """A body with unknown fields is refused, because a misspelt field would be lost."""

    model_config = ConfigDict(extra="forbid")


class FulfilIn(Strict):
    """Evidence that a duty is done."""

    kind: str = Field(min_length=1, max_length=48)
    ref: str = Field(min_length=1, max_length=120)
    note: str = Field(default="", max_length=300)


class HandoverIn(Strict):
    """Offer to a unit, or the answer to an offer."""

    to_unit: str = Field(min_length=2, max_length=64)
    note: str = Field(default="", max_length=300)


class ReasonIn(Strict):
    """A reason in plain words."""

    reason: str = Field(min_length=1, max_length=300)


def shown(row: Duty, *, now: datetime) -> dict[str, Any]:
    """A duty as the API gives it; *overdue* is computed."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "line": row.line,
        "label": row.label,
        "about": row.about,
        "owner": row.owner_id,
        "place": row.place_code,
        "opened_at": row.opened_at,
        "due_at": row.due_at,
        "state": row.state,
        "overdue": row.state == "open" and row.due_at < now,
        "why": row.why,
        "closed_at": row.closed_at,
        "proof": row.proof,
        "pack": f"{row.pack} {row.pack_version}",
    }


def told(row: Duty) -> HttpResponse:
    """The duty as an HTTP answer."""
    body = json.dumps(shown(row, now=clock.city()), default=lambda value: value.isoformat(), ensure_ascii=False)
    return HttpResponse(body, content_type="application/json")


@router.get("/duties")
def list_duties(
    request: HttpRequest,
    state: Literal["open", "fulfilled", "waived", "superseded", "failed", ""] = "open",
    overdue: bool = False,  # noqa: FBT001, FBT002 - a query field
    unit: str = "",
    line: str = "",
    kind: str = "",
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """What is owed within the caller's jurisdiction, by due time."""
    now = clock.city()
    chosen = queries.Filter(state=state, overdue=overdue, unit=unit, line=line, kind=kind)
    found = queries.after(queries.listed(caller(request), chosen, now=now), after)
    return page(lambda count: list(found[:count]), limit=limit, key=queries.key_of, show=lambda row: shown(row, now=now))


@router.get("/duties/{duty_id}")
def one_duty(request: HttpRequest, duty_id: str) -> dict[str, Any]:
    """One duty."""
    return shown(queries.duty(caller(request), duty_id), now=clock.city())


@router.post("/duties/{duty_id}/fulfil")
@once
def fulfil(request: HttpRequest, duty_id: str, body: FulfilIn) -> HttpResponse:
    """Close it with evidence."""
    by = caller(request)
    queries.duty(by, duty_id)
    return told(actions.fulfil(duty_id=duty_id, kind=body.kind, ref=body.ref, note=body.note, by=by, at=clock.city()))


@router.post("/duties/{duty_id}/handover")
@once
def offer(request: HttpRequest, duty_id: str, body: HandoverIn) -> HttpResponse:
    """Offer it to another unit; the sender owes it until that accepts."""
    by = caller(request)
    queries.duty(by, duty_id)
    made = handovers.offer_handover(duty_id=duty_id, to_unit=body.to_unit, note=body.note, by=by, at=clock.city())
    return told(made.duty)


@router.post("/duties/{duty_id}/accept")
@once
def accept(request: HttpRequest, duty_id: str) -> HttpResponse:
    """Accept what was offered to us."""
    by = caller(request)
    queries.duty(by, duty_id)
    return told(handovers.accept_handover(duty_id=duty_id, by=by, at=clock.city()))


@router.post("/duties/{duty_id}/refuse")
@once
def refuse(request: HttpRequest, duty_id: str, body: ReasonIn) -> HttpResponse:
    """Refuse what was offered to us, with a reason."""
    by = caller(request)
    queries.duty(by, duty_id)
    return told(handovers.refuse_handover(duty_id=duty_id, reason=body.reason, by=by, at=clock.city()))


@router.post("/duties/{duty_id}/waive")
@once
def waive(request: HttpRequest, duty_id: str, body: ReasonIn) -> HttpResponse:
    """Release the owner; only a superior may."""
    by = caller(request)
    queries.duty(by, duty_id)
    return told(actions.waive(duty_id=duty_id, reason=body.reason, by=by, at=clock.city()))

"""Boxes, their hand-overs, and results over HTTP."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, Field

from bulou.api import problems
from bulou.api.auth import caller
from bulou.api.duties import Strict
from bulou.api.idempotency import once
from bulou.api.specimens import CREATED, REPEATED, answer
from bulou.kernel import clock
from bulou.kernel.errors import BulouError
from bulou.specimens import actions, stories
from bulou.specimens.actions import Reported, ResultScan
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Box, BoxTransfer

router = Router(tags=["specimens"])
Id = Field(min_length=1, max_length=40)


class BoxIn(Strict):
    """Tubes packed into a box."""

    box_id: str = Id
    site_id: str = Field(min_length=2, max_length=64)
    tubes: list[str] = Field(min_length=1, max_length=500)


class SealIn(Strict):
    """A seal's number and the count that the sealer read."""

    seal_number: str = Id
    count: int = Field(ge=1, le=2_000)


class HandoverIn(Strict):
    """A box offered to the next hand, with what the sender counts and reads now."""

    box_id: str = Id
    to_unit: str = Field(min_length=2, max_length=64)
    count: int = Field(ge=0, le=2_000)
    seal: str = Field(max_length=40)
    vehicle: str = Field(default="", max_length=40)


class AcceptIn(Strict):
    """What the receiver counts and reads."""

    box_id: str = Id
    count: int = Field(ge=0, le=2_000)
    seal: str = Field(max_length=40)


class RefuseIn(Strict):
    """Why it is refused."""

    reason: str = Field(min_length=1, max_length=200)


class ResultIn(Strict):
    """What a laboratory says of one tube."""

    tube_id: str = Id
    outcome: Literal["negative", "positive", "indeterminate", "invalid"]
    tested_at: AwareDatetime
    reported_at: AwareDatetime
    run_id: str = Field(default="", max_length=40)


def box_shown(row: Box) -> dict[str, Any]:
    """A box as the API gives it."""
    return {
        "box_id": row.pk,
        "round": row.round_id,
        "site_id": row.unit_code,
        "state": row.state,
        "holder": row.holder_id,
        "laboratory": row.laboratory_id,
        "seal_number": row.seal_number,
        "tube_count": row.tube_count,
        "oldest_collected_at": row.oldest_collected_at,
        "sealed_at": row.sealed_at,
        "received_at": row.received_at,
    }


def handover_shown(row: BoxTransfer) -> dict[str, Any]:
    """A hand-over as the API gives it; ``discrepancies`` says what did not agree."""
    return {
        "id": row.pk,
        "box_id": row.box_id,
        "sender": row.sender_id,
        "receiver": row.receiver_id,
        "state": row.state,
        "sent_count": row.sent_count,
        "received_count": row.received_count,
        "discrepancies": [kind for kind in row.discrepancies.split(";") if kind],
        "offered_at": row.offered_at,
        "answered_at": row.answered_at,
        "reason": row.reason,
    }


@router.post("/boxes")
@once
def pack_box(request: HttpRequest, body: BoxIn) -> HttpResponse:
    """Pack tubes of one site into a box."""
    made = actions.pack_box(box_id=body.box_id, site_id=body.site_id, tubes=body.tubes, by=caller(request), at=clock.city())
    return answer(CREATED, box_shown(made))


@router.get("/boxes/{box_id}")
def one_box(request: HttpRequest, box_id: str) -> dict[str, Any]:
    """One box with every hand that it passed."""
    found = stories.box_story(caller(request), box_id)
    return {**box_shown(found.box), "handovers": [handover_shown(one) for one in found.transfers]}


@router.post("/boxes/{box_id}/seal")
@once
def seal_box(request: HttpRequest, box_id: str, body: SealIn) -> HttpResponse:
    """Seal it; from here its delivery is owed."""
    made = actions.seal_box(box_id=box_id, seal_number=body.seal_number, count=body.count, by=caller(request), at=clock.city())
    return answer(REPEATED, box_shown(made))


@router.post("/handovers")
@once
def offer_box(request: HttpRequest, body: HandoverIn) -> HttpResponse:
    """Offer a box to the next hand."""
    made = actions.offer_box(
        box_id=body.box_id,
        to_unit=body.to_unit,
        count=body.count,
        seal=body.seal,
        vehicle=body.vehicle,
        by=caller(request),
        at=clock.city(),
    )
    return answer(CREATED, handover_shown(made))


@router.post("/handovers/{handover_id}/accept")
@once
def accept_box(request: HttpRequest, handover_id: int, body: AcceptIn) -> HttpResponse:
    """Take the box over, with our own count; what differs is recorded and owed, and a swapped box is not taken."""
    made = actions.accept_box(
        transfer_id=handover_id,
        box_id=body.box_id,
        count=body.count,
        seal=body.seal,
        by=caller(request),
        at=clock.city(),
    )
    return answer(REPEATED, handover_shown(made))


@router.post("/handovers/{handover_id}/refuse")
@once
def refuse_box(request: HttpRequest, handover_id: int, body: RefuseIn) -> HttpResponse:
    """Refuse it with a reason; the sender still owes it."""
    made = actions.refuse_box(transfer_id=handover_id, reason=body.reason, by=caller(request), at=clock.city())
    return answer(REPEATED, handover_shown(made))


@router.get("/tubes/{tube_id}")
def one_tube(request: HttpRequest, tube_id: str) -> dict[str, Any]:
    """One tube; who is in it only for a role that may know, and then it is logged."""
    from bulou.access.actions import log_read  # noqa: PLC0415 - only where personal data is read

    by = caller(request)
    found = stories.tube_story(by, tube_id)
    if found.people:
        log_read(reader=by, subject=f"tube:{tube_id}", purpose="api", at=clock.city(), count=len(found.people))
    row = found.tube
    return {
        "tube_id": row.pk,
        "round": row.round_id,
        "site_id": row.unit_code,
        "collected_at": row.collected_at,
        "registered_at": row.registered_at,
        "people": list(found.people) if found.people is not None else None,
        "people_count": row.people,
        "box_id": row.box_id,
        "state": row.state,
        "outcome": row.outcome,
    }


@router.post("/results")
@once
def report_results(request: HttpRequest, body: list[ResultIn]) -> HttpResponse:
    """Report up to 500 results: a list of ``{status, result | problem}`` in order."""
    scans = [
        ResultScan(
            tube_id=one.tube_id,
            outcome=Outcome(one.outcome),
            tested_at=one.tested_at,
            reported_at=one.reported_at,
            run_id=one.run_id,
        )
        for one in body
    ]
    found = actions.report_results(results=scans, by=caller(request), at=clock.city())
    return answer(REPEATED, [_result(one) for one in found])


def _result(found: Reported | BulouError) -> dict[str, Any]:
    if isinstance(found, BulouError):
        return {"status": problems.status_of(found), "problem": problems.of(found)}
    row = found.result
    shown = {"tube_id": row.tube_id, "laboratory": row.laboratory_id, "outcome": row.outcome, "state": row.state}
    return {"status": CREATED if found.created else REPEATED, "result": shown}

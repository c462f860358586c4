"""Tubes over HTTP: one at a time and by the batch; the busiest door of the city."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import AwareDatetime, Field, ValidationError

from bulou.api import problems
from bulou.api.auth import caller
from bulou.api.duties import Strict
from bulou.api.idempotency import once
from bulou.kernel import clock
from bulou.kernel.errors import BulouError
from bulou.specimens import tubes
from bulou.specimens.rules import TubeScan
from bulou.specimens.tubes import Registered

router = Router(tags=["specimens"])
CREATED, REPEATED = 201, 200


class TubeIn(Strict):
    """A tube as the site's device scanned it."""

    tube_id: str = Field(min_length=1, max_length=40)
    site_id: str = Field(min_length=2, max_length=64)
    collected_at: AwareDatetime
    people: list[str] = Field(min_length=1, max_length=20)

    def scan(self) -> TubeScan:
        """The tube as the specimens' room takes it."""
        return TubeScan(tube_id=self.tube_id, site_id=self.site_id, collected_at=self.collected_at, people=tuple(self.people))


class ReceiptOut(Strict):
    """What the device keeps."""

    tube_id: str
    site_id: str
    round: str
    people: int
    collected_at: datetime
    registered_at: datetime


def answer(status: int, body: object) -> HttpResponse:
    """A JSON answer; instants are written in ISO 8601."""
    text = json.dumps(body, ensure_ascii=False, default=lambda value: value.isoformat())
    return HttpResponse(text, status=status, content_type="application/json")


@router.post("/tubes", response={201: ReceiptOut, 200: ReceiptOut})
@once
def register_tube(request: HttpRequest, body: TubeIn) -> HttpResponse:
    """Register one tube; the same tube again gives the first receipt with 200."""
    made = tubes.register_tubes(scans=[body.scan()], by=caller(request), at=clock.city())[0]
    if isinstance(made, BulouError):
        raise made
    return answer(CREATED if made.created else REPEATED, made.receipt.as_json())


@router.post("/tubes/batch")
@once
def register_tubes(request: HttpRequest, body: list[dict[str, Any]]) -> HttpResponse:
    """Register up to 500 tubes: a list of ``{status, receipt | problem}`` in order; no item's fault undoes another's."""
    found: list[dict[str, Any] | None] = [None] * len(body)
    scans: list[TubeScan] = []
    places: list[int] = []
    for place, item in enumerate(body):
        read = _read(item)
        if isinstance(read, TubeScan):
            scans.append(read)
            places.append(place)
        else:
            found[place] = {"status": 422, "problem": read}
    registered = tubes.register_tubes(scans=scans, by=caller(request), at=clock.city())
    for place, one in zip(places, registered, strict=True):
        found[place] = _item(one)
    return answer(REPEATED, found)


def _read(item: dict[str, Any]) -> TubeScan | dict[str, Any]:
    """One item of a batch, checked as a single tube would be; a wrong one is a problem of its own."""
    try:
        return TubeIn.model_validate(item).scan()
    except ValidationError as fault:
        found = [
            {"where": ".".join(str(part) for part in one["loc"]), "problem": one["msg"]}
            for one in fault.errors(include_url=False, include_context=False, include_input=False)
        ]
        return problems.document(422, code="validation", detail="this tube cannot be taken", problems=found)


def _item(found: Registered | BulouError) -> dict[str, Any]:
    if isinstance(found, BulouError):
        return {"status": problems.status_of(found), "problem": problems.of(found)}
    return {"status": CREATED if found.created else REPEATED, "receipt": found.receipt.as_json()}

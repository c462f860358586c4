"""The register over HTTP: read it, propose, approve, refuse, lift, object and answer.

A stopped proposal answers 409 with the reason; its alarm is recorded although the request is rolled back.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import AwareDatetime, ConfigDict, Field

from bulou.access.actions import log_read
from bulou.api.auth import caller
from bulou.api.idempotency import once
from bulou.api.paging import DEFAULT, page
from bulou.kernel import clock
from bulou.restrictions import actions, queries
from bulou.restrictions.choices import Kind, Lifting
from bulou.restrictions.models import Appeal, Restriction

router = Router(tags=["restrictions"])


class Strict(Schema):
    """A body with unknown fields is refused, because a misspelt field would be lost."""

    model_config = ConfigDict(extra="forbid")


class ProposalIn(Strict):
    """A proposal: of a person, or of a place when ``person_id`` is left out. ``evidence`` is a ledger entry's number."""

    kind: Kind
    person_id: str = Field(default="", max_length=40)
    place_code: str = Field(min_length=2, max_length=64)
    evidence: int
    legal_basis: str = Field(min_length=1, max_length=64)
    reason: str = Field(min_length=1, max_length=300)
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class ListIn(Strict):
    """Proposals that stand or fall together."""

    reason: str = Field(min_length=1, max_length=300)
    restrictions: list[ProposalIn] = Field(min_length=1, max_length=5_000)


class ApproveIn(Strict):
    """Who owns each counter-duty, for a measure that keeps a place's people indoors."""

    owners: dict[str, str] = Field(default_factory=dict)


class LiftIn(Strict):
    """Why it is lifted, at once, by one person."""

    reason: str = Field(min_length=1, max_length=300)
    why: Literal["by_rule", "medical_exit", "evacuation", "mistake", "no_ground"] = "by_rule"


class ReasonIn(Strict):
    """A reason in plain words."""

    reason: str = Field(min_length=1, max_length=300)


class AppealIn(Strict):
    """An objection filed on somebody's behalf."""

    text: str = Field(min_length=1, max_length=4_000)
    how: Literal["phone", "paper", "visit"] = "phone"


class AnswerIn(Strict):
    """The answer to an objection; allowed, the restriction is lifted."""

    allowed: bool
    answer: str = Field(min_length=1, max_length=4_000)


def shown(row: Restriction, *, holds: bool) -> dict[str, Any]:
    """A restriction as the API gives it; ``in_force`` is computed at this instant."""
    return {
        "code": row.pk,
        "kind": row.kind,
        "person_id": row.person_id,
        "place_code": row.place_code,
        "state": row.state,
        "in_force": holds,
        "legal_basis": row.legal_basis,
        "evidence": row.evidence_id,
        "reason": row.reason,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "proposed_by": row.proposed_unit_id,
        "proposed_at": row.proposed_at,
        "approved_by": row.approved_unit_id,
        "approved_at": row.approved_at,
        "notified_at": row.notified_at,
        "closed_at": row.closed_at,
        "lifting": row.lifting,
        "list": row.in_list_id,
        "pack": f"{row.pack} {row.pack_version}",
    }


def _one(row: Restriction) -> dict[str, Any]:
    return shown(row, holds=Restriction.objects.filter(queries.holding(clock.city()), pk=row.pk).exists())


def told(body: object, *, status: int = 200) -> HttpResponse:
    """An HTTP answer in JSON."""

    def plain(value: object) -> str:
        return value.isoformat() if isinstance(value, datetime) else str(value)

    return HttpResponse(json.dumps(body, default=plain, ensure_ascii=False), status=status, content_type="application/json")


@router.get("/restrictions")
def list_restrictions(
    request: HttpRequest,
    show: Literal["in_force", "proposed", "soon", "appealed", "closed", "all"] = "in_force",
    kind: str = "",
    place: str = "",
    person: str = "",
    after: str = "",
    limit: int = DEFAULT,
) -> dict[str, Any]:
    """The register within the caller's jurisdiction, the newest proposal first; the reading is logged."""
    by, now = caller(request), clock.city()
    chosen = queries.Filter(show=show, kind=kind, place=place, person=person)
    found = queries.after(queries.listed(by, chosen, at=now), after)

    def read(count: int) -> list[tuple[Restriction, bool]]:
        rows = list(found[:count])
        held = set(Restriction.objects.filter(queries.holding(now), pk__in=[r.pk for r in rows]).values_list("pk", flat=True))
        log_read(reader=by, subject=f"people:{place or by.unit}", purpose="restrictions", at=now, count=len(rows))
        return [(row, row.pk in held) for row in rows]

    return page(read, limit=limit, key=lambda pair: queries.key_of(pair[0]), show=lambda pair: shown(pair[0], holds=pair[1]))


def _wanted(body: ProposalIn) -> actions.Wanted:
    return actions.Wanted(
        kind=body.kind,
        person_id=body.person_id,
        place_code=body.place_code,
        evidence_id=body.evidence,
        legal_basis=body.legal_basis,
        reason=body.reason,
        starts_at=clock.as_utc(body.starts_at),
        ends_at=clock.as_utc(body.ends_at),
    )


@router.post("/restrictions")
@once
def propose(request: HttpRequest, body: ProposalIn) -> HttpResponse:
    """Propose one; it restricts nobody until another unit approves it."""
    made = actions.propose_many(wanted=[_wanted(body)], reason=body.reason, by=caller(request), at=clock.city())
    return told(_one(made[0]), status=201)


@router.post("/restrictions/batch")
@once
def propose_list(request: HttpRequest, body: ListIn) -> HttpResponse:
    """Propose a list: all of it, or nothing and an alarm; above the limit it stands, stopped, for a second superior."""
    made = actions.propose_many(
        wanted=[_wanted(one) for one in body.restrictions], reason=body.reason, by=caller(request), at=clock.city()
    )
    put = made[0].in_list
    return told(
        {"restrictions": [row.pk for row in made], "list": put.pk if put else None, "state": put.state if put else "free"},
        status=201,
    )


@router.get("/restrictions/{code}")
def one_restriction(request: HttpRequest, code: str) -> dict[str, Any]:
    """One restriction; the reading is logged for the person concerned."""
    by = caller(request)
    row = queries.one(by, code)
    if row.person_id:
        log_read(reader=by, subject=f"person:{row.person_id}", purpose=f"restriction {row.pk}", at=clock.city())
    return _one(row)


@router.post("/restrictions/{code}/approve")
@once
def approve(request: HttpRequest, code: str, body: ApproveIn) -> HttpResponse:
    """Approve as a second unit."""
    return told(_one(actions.approve(code=code, owners=body.owners, by=caller(request), at=clock.city())))


@router.post("/restrictions/{code}/refuse")
@once
def refuse(request: HttpRequest, code: str, body: ReasonIn) -> HttpResponse:
    """Refuse as a second unit."""
    return told(_one(actions.refuse(code=code, reason=body.reason, by=caller(request), at=clock.city())))


@router.post("/restrictions/{code}/lift")
@once
def lift(request: HttpRequest, code: str, body: LiftIn) -> HttpResponse:
    """Lift at once; the unit above looks at it afterwards."""
    row = actions.lift(code=code, reason=body.reason, why=Lifting(body.why), by=caller(request), at=clock.city())
    return told(_one(row))


def _appeal(row: Appeal) -> dict[str, Any]:
    return {
        "code": row.pk,
        "restriction": row.restriction_id,
        "state": row.state,
        "filed_at": row.filed_at,
        "answer_by": row.answer_by,
        "lifts_at": row.lifts_at,
        "answered_at": row.answered_at,
        "answer": row.answer,
    }


@router.post("/restrictions/{code}/appeals")
@once
def appeal(request: HttpRequest, code: str, body: AppealIn) -> HttpResponse:
    """File an objection on somebody's behalf; one that is open already is returned."""
    made = actions.appeal(code=code, text=body.text, how=body.how, by=caller(request), at=clock.city())
    return told(_appeal(made), status=201)


@router.post("/restrictions/appeals/{code}/answer")
@once
def answer(request: HttpRequest, code: str, body: AnswerIn) -> HttpResponse:
    """Answer an objection as a third unit."""
    done = actions.decide_appeal(code=code, allowed=body.allowed, answer=body.answer, by=caller(request), at=clock.city())
    return told(_appeal(done))

"""Objections (申诉): filed by the person or on its behalf, answered by a third unit; silence escalates and then lifts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.duties.rows import signature
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.policy import load_pack
from bulou.restrictions import rules
from bulou.restrictions.alarms import superior_of
from bulou.restrictions.approving import locked
from bulou.restrictions.choices import AppealState, State
from bulou.restrictions.ending import close_by_appeal
from bulou.restrictions.models import Appeal, Restriction

HOW = ("page", "phone", "paper", "visit")  # how an objection reached us; nobody needs a telephone or a log-in


@transaction.atomic
def appeal(*, code: str, text: str, how: str, by: Actor, at: datetime) -> Appeal:
    """Somebody of the community files an objection on the person's behalf: by phone, on paper, at the door."""
    permit(by, Operation.FILE_APPEAL)
    row = locked(code)
    permit(by, Operation.FILE_APPEAL, row.place_code, row.proposed_unit_id, row.approved_unit_id or "")
    return file_appeal(row, text=text, how=how, filed_by=signature(by), by=by, at=at)


def file_appeal(row: Restriction, *, text: str, how: str, filed_by: str, by: Actor, at: datetime) -> Appeal:
    """Keep the objection and owe its answer; one that is open already is returned as it stands."""
    if how not in HOW:
        message = f"{how!r} is none of {', '.join(HOW)}"
        raise InputFault(message, column="how")
    if not text.strip():
        message = "an objection says what is wrong"
        raise InputFault(message, column="text", remedy="One sentence is enough.")
    standing = Appeal.objects.filter(restriction=row, state=AppealState.OPEN).first()
    if standing is not None:
        return standing
    if row.state != State.IN_FORCE or row.ends_at <= at:
        message = "this restriction holds nobody any more"
        raise Refused(message, code="restriction-state", remedy="A complaint about what was done is a request (12345).")
    pack = load_pack(row.pack, row.pack_version)
    made = Appeal.objects.create(
        code=public_id("A", at),
        restriction=row,
        text=text[:4000],
        how=how,
        filed_at=at,
        filed_by=filed_by[:120],
        answer_by=at + pack.span("appeal_answer"),
        lifts_at=at + max(pack.span("appeal_silence"), pack.span("appeal_answer")),
    )
    ledger.record(
        tag=Tag.APPEAL_FILED,
        subject=f"appeal:{made.pk}",
        unit=row.place_code,
        by=by,
        at=at,
        data={"restriction": row.pk, "how": how, "answer_by": made.answer_by, "lifts_at": made.lifts_at},
        personal={"text": made.text, "person_id": row.person_id},
    )
    open_duty(
        Owed(
            kind=rules.APPEAL_ANSWERED,
            about=f"appeal:{made.pk}",
            label=row.pk,
            place_code=row.place_code,
            owners={"superior": superior_of(row.approved_unit_id or row.proposed_unit_id)},
            facts={"answer_by": made.answer_by, "lifts_at": made.lifts_at},
            why=rules.SAID_UNANSWERED,
        ),
        by=by,
        at=at,
    )
    return made


@transaction.atomic
def decide_appeal(*, code: str, allowed: bool, answer: str, by: Actor, at: datetime) -> Appeal:
    """A unit that neither proposed nor approved answers; allowed, the restriction is lifted at this instant."""
    found = Appeal.objects.select_for_update(of=("self",)).filter(pk=code).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    row = locked(found.restriction_id)
    permit(by, Operation.DECIDE_APPEAL, row.place_code)
    for unit in (row.proposed_unit_id, row.approved_unit_id or ""):
        if unit and (by.unit == unit or codes.is_below(by.unit, unit)):
            message = f"{by.unit} does not answer an objection to what {unit} proposed or approved"
            raise Refused(message, code="same-unit", remedy="A third unit, not below either, answers.")
    if not answer.strip():
        message = "an answer says why"
        raise InputFault(message, column="answer")
    if found.state != AppealState.OPEN:
        message = f"the objection is {found.state}"
        raise Refused(message, code="appeal-state")
    if at >= found.lifts_at:
        message = "nobody answered in time: the restriction was lifted by itself"
        raise Refused(message, code="too-late", remedy="A new fact may begin a new one.")
    found.state = (AppealState.ALLOWED if allowed else AppealState.DISMISSED).value
    found.answer, found.answered_at, found.answered_by = answer[:4000], at, signature(by)
    found.answered_unit_id = by.unit
    found.save(update_fields=("state", "answer", "answered_at", "answered_by", "answered_unit"))
    ledger.record(
        tag=Tag.APPEAL_ANSWERED,
        subject=f"appeal:{code}",
        unit=row.place_code,
        by=by,
        at=at,
        data={"restriction": row.pk, "allowed": allowed},
        personal={"answer": found.answer},
    )
    duties.fulfil_by_fact(
        kind=rules.APPEAL_ANSWERED, about=f"appeal:{code}", tag=Tag.APPEAL_ANSWERED, ref=f"{code} {found.state}", by=by, at=at
    )
    if allowed and row.state == State.IN_FORCE and row.ends_at > at:
        close_by_appeal(row, reason=f"objection {code} was right", by=by, at=at)
    return found

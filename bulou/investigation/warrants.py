"""Warrants to search presences (轨迹查询审批): bound to one case, signed by another post, with an end."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import rows
from bulou.duties.opening import Owed, open_duty
from bulou.investigation.actions import permitted
from bulou.investigation.choices import CaseStatus, WarrantState
from bulou.investigation.models import Case, Warrant
from bulou.investigation.rules import CHASED
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag

ANSWERED = "warrant.answered"


@transaction.atomic
def ask_warrant(
    *, case: str, purpose: str, from_at: datetime, until_at: datetime, ends_at: datetime, by: Actor, at: datetime
) -> Warrant:  # fmt: skip
    """Ask to search who was with a case within a window; the superior owes an answer within the pack's minutes."""
    row = permitted(case, by, Operation.SEARCH_PRESENCES, CHASED)
    _require_a_person(by)
    if row.status == CaseStatus.EXCLUDED or row.merged_into_id:
        message = "the case is excluded or merged into another"
        raise Refused(message, code="case-ended")
    if not purpose.strip():
        message = "a search has a purpose"
        raise InputFault(message, column="purpose", remedy="Say what it is to find, and why nothing less will do.")
    if not from_at < until_at <= at:
        message = "the window begins before it ends, and lies in the past"
        raise InputFault(message, column="until_at", remedy="Give the days in which the case was infectious.")
    longest = rows.pack_now(clock.day_of(at)).span("warrant_longest")
    if not at < ends_at <= at + longest:
        message = f"a warrant ends after now and within {longest}"
        raise InputFault(message, column="ends_at", remedy="Ask for a shorter one; it can be asked for again.")
    made = Warrant.objects.create(
        code=public_id("W", at),
        case=row,
        purpose=purpose.strip()[:300],
        from_at=from_at,
        until_at=until_at,
        unit=by.unit,
        asked_at=at,
        asked_by=f"{by.name} · {by.unit}"[:120],
        asked_post=by.post,
        ends_at=ends_at,
    )
    _record(Tag.WARRANT_ASKED, made, {"from": from_at, "until": until_at, "ends_at": ends_at}, by=by, at=at)
    open_duty(
        Owed(
            kind=ANSWERED,
            about=_about(made),
            label=f"{made.pk} · {row.pk}",
            place_code=row.place_code,
            owners={"of": by.unit},
            why=made.purpose,
        ),
        by=by,
        at=at,
    )
    return made


@transaction.atomic
def sign_warrant(*, warrant: str, legal_basis: str, by: Actor, at: datetime) -> Warrant:
    """Another post of the unit, or of one above it, signs, and names the legal basis; nobody signs his own request."""
    row = _to_answer(warrant, by, at=at)
    bases = rows.pack_now(clock.day_of(at)).legal_bases
    if legal_basis not in bases:
        message = f"{legal_basis!r} is no legal basis of the pack"
        raise InputFault(message, column="legal_basis", remedy=f"Bases: {', '.join(bases)}.")
    if row.ends_at <= at:
        message = "the end that was asked for is past"
        raise Refused(message, code="warrant-ended", remedy="Ask again.")
    row.state, row.signed_at, row.signed_by = WarrantState.SIGNED, at, f"{by.name} · {by.unit}"[:120]
    row.signed_post, row.legal_basis = by.post, legal_basis
    row.save(update_fields=("state", "signed_at", "signed_by", "signed_post", "legal_basis"))
    _record(Tag.WARRANT_SIGNED, row, {"legal_basis": legal_basis}, by=by, at=at)
    duties.fulfil_by_fact(kind=ANSWERED, about=_about(row), tag=Tag.WARRANT_SIGNED, ref=row.pk, by=by, at=at)
    return row


@transaction.atomic
def refuse_warrant(*, warrant: str, reason: str, by: Actor, at: datetime) -> Warrant:
    """The search is not permitted, with a reason."""
    row = _to_answer(warrant, by, at=at)
    return _end(row, WarrantState.REFUSED, Tag.WARRANT_REFUSED, reason=reason, by=by, at=at)


@transaction.atomic
def end_warrant(*, warrant: str, reason: str, by: Actor, at: datetime) -> Warrant:
    """Nobody searches under it from now on; whoever asked or may sign can end it, at once."""
    row = _locked(warrant)
    permit(by, Operation.SEARCH_PRESENCES, row.unit, row.case.place_code)
    if row.state not in {WarrantState.ASKED, WarrantState.SIGNED}:
        return row
    return _end(row, WarrantState.ENDED, Tag.WARRANT_ENDED, reason=reason, by=by, at=at)


def _end(
    row: Warrant, state: WarrantState, tag: Tag, *, reason: str, by: Actor, at: datetime
) -> Warrant:  # fmt: skip
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason")
    row.state, row.reason = state, reason.strip()[:300]
    row.save(update_fields=("state", "reason"))
    _record(tag, row, {"reason": reason.strip()}, by=by, at=at)
    duties.fulfil_by_fact(kind=ANSWERED, about=_about(row), tag=tag, ref=row.pk, by=by, at=at)
    return row


def _to_answer(warrant: str, by: Actor, *, at: datetime) -> Warrant:
    del at
    row = _locked(warrant)
    permit(by, Operation.SIGN_WARRANT, row.unit)
    _require_a_person(by)
    if by.post == row.asked_post:
        message = "nobody signs the own request"
        raise NotPermitted(message, remedy="Let another post, or the unit above, answer it.")
    if row.state != WarrantState.ASKED:
        message = f"the request is answered ({row.state})"
        raise Refused(message, code="warrant-answered")
    return row


def _require_a_person(by: Actor) -> None:
    if not by.post:
        message = "a warrant is asked for and signed by people who hold a post"
        raise NotPermitted(message, remedy="Log in as somebody on duty.")


def _locked(warrant: str) -> Warrant:
    row = Warrant.objects.select_for_update(of=("self",)).select_related("case").filter(pk=warrant).first()
    if row is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return row


def usable(warrant: str, by: Actor, *, at: datetime) -> Warrant:
    """A signed warrant that has not ended, for somebody of the unit that asked; ``Refused`` otherwise."""
    row = _locked(warrant)
    permit(by, Operation.SEARCH_PRESENCES, row.unit)
    case: Case = row.case
    if row.state != WarrantState.SIGNED:
        message = f"the warrant is not signed ({row.state})"
        raise Refused(message, code="warrant-unsigned", remedy="Wait for the signature of another post.")
    if row.ends_at <= at:
        message = "the warrant has ended"
        raise Refused(message, code="warrant-ended", remedy="Ask for another, if it is still needed.")
    if case.status == CaseStatus.EXCLUDED:
        message = "the case is excluded: there is nothing to search for"
        raise Refused(message, code="case-ended")
    return row


def _about(row: Warrant) -> str:
    return f"warrant:{row.pk}"


def _record(tag: Tag, row: Warrant, data: dict[str, object], *, by: Actor, at: datetime) -> None:
    ledger.record(
        tag=tag, subject=_about(row), unit=row.unit, by=by, at=at, data={"case": row.case_id, **data}
    )  # fmt: skip

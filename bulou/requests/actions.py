"""What units and residents do with a request: assign, start, say done, refuse, hand over; confirm, dispute, reopen; erase."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked, pack_at, signature
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door
from bulou.kernel.errors import InputFault, NotFound
from bulou.ledger.line_tags import LineTag
from bulou.requests import rules
from bulou.requests.choices import ANSWERED, LOOKED, Category, RequestState
from bulou.requests.filing import about, by_ticket, digest, owed, resident
from bulou.requests.joining import ALIKE
from bulou.requests.models import ResidentRequest
from bulou.units.models import Unit

ERASED_AT_ONCE = 1_000


@transaction.atomic
def assign_request(*, code: str, unit: str, by: Actor, at: datetime, place_code: str = "") -> ResidentRequest:
    """The desk says whose it is, and where it lies more exactly; the duty passes with it and its clock runs on."""
    row = _locked(code, by, Operation.ASSIGN_REQUEST)
    rules.require(RequestState(row.state), rules.WORKED_ON, doing="assigned")
    permit(by, Operation.ASSIGN_REQUEST, unit)
    if rules.concerned(unit, row.about_id or ""):
        message = "a complaint is not given to the unit that it is about"
        raise InputFault(message, column="unit", remedy="Choose a unit above or beside it.")
    row.unit_id, row.place_code = unit, place_code or row.place_code
    if row.state == RequestState.RECEIVED:
        row.state = RequestState.ASSIGNED
    _save(row, "place_code")
    duties_of = handovers.pass_by_fact(kind=_kind(row), about=about(row.pk), to_unit=unit, by=by, at=at)
    if duties_of is not None:
        Duty.objects.filter(pk=duties_of.pk).update(place_code=codes.territory(unit) if row.about_id else row.place_code)
    commit(tag=LineTag.REQUEST_ASSIGNED, subject=about(row.pk), unit=unit, by=by, at=at, data={"to": unit})
    return row


@transaction.atomic
def start_request(*, code: str, by: Actor, at: datetime) -> ResidentRequest:
    """The unit begins; the resident reads it on the ticket's page."""
    row = _locked(code, by, Operation.KEEP_REQUEST)
    rules.require(RequestState(row.state), rules.STARTED_FROM, doing="started")
    row.state = RequestState.DOING
    _save(row)
    commit(tag=LineTag.REQUEST_STARTED, subject=about(row.pk), unit=row.unit_id, by=by, at=at)
    return row


@transaction.atomic
def claim_done(*, code: str, evidence: str, by: Actor, at: datetime) -> ResidentRequest:
    """The unit says that it is done, with evidence. That is a claim: the resident confirms or disputes it."""
    row = _locked(code, by, Operation.KEEP_REQUEST)
    rules.require(RequestState(row.state), rules.WORKED_ON, doing="said to be done")
    above = codes.chain(row.unit_id)[1:]
    topmost = not Unit.objects.filter(pk__in=above).exists()
    rules.require_second(disputes=row.disputes, owner=row.unit_id, signer=by.unit, topmost=topmost)
    row.evidence = rules.require_said(evidence, column="evidence", message="say what shows that it is done")[:300]
    _close(row, RequestState.DONE_CLAIMED, tag=LineTag.REQUEST_DONE, data={"evidence": row.evidence}, by=by, at=at)
    return row


@transaction.atomic
def refuse_request(*, code: str, reason: str, by: Actor, at: datetime) -> ResidentRequest:
    """It will not be done: the reason and the name of who says so stand on the resident's page."""
    row = _locked(code, by, Operation.KEEP_REQUEST)
    rules.require(RequestState(row.state), rules.WORKED_ON, doing="refused")
    row.reason = rules.require_said(reason, column="reason", message="a refusal needs its reason")[:300]
    _close(row, RequestState.REFUSED, tag=LineTag.REQUEST_REFUSED, data={"reason": row.reason}, by=by, at=at)
    return row


def _close(
    row: ResidentRequest, state: RequestState, *, tag: LineTag, data: dict[str, object], by: Actor, at: datetime
) -> None:
    row.state, row.closed_at, row.closed_by, row.closed_late = state, at, signature(by), at > row.due_at
    _save(row)
    commit(tag=tag, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data=data, closes=[_kind(row), LOOKED])


@transaction.atomic
def hand_over(*, code: str, unit: str, reason: str, by: Actor, at: datetime) -> ResidentRequest:
    """The wrong addressee offers it to the right one (转办): until that one accepts, the sender owes it; nothing is dropped."""
    row = _locked(code, by, Operation.HAND_OVER)
    rules.require(RequestState(row.state), rules.WORKED_ON, doing="handed over")
    rules.require_said(reason, column="reason", message="say why it is not yours")
    if rules.concerned(unit, row.about_id or ""):
        message = "a complaint is not handed to the unit that it is about"
        raise InputFault(message, column="unit", remedy="Choose a unit above or beside it.")
    duty = Duty.objects.get(kind=_kind(row), about=about(row.pk), state=DutyState.OPEN)
    handovers.offer_handover(duty_id=duty.pk, to_unit=unit, note=reason, by=by, at=at)
    row.state, row.offered_to_id = RequestState.HANDED_OVER, unit
    _save(row)
    data = {"to": unit, "reason": reason[:300]}
    commit(tag=LineTag.REQUEST_OFFERED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data=data)
    return row


@transaction.atomic
def passed_by_fact(*, code: str, unit: str, by: Actor, at: datetime) -> None:
    """The duty of a request has this owner after an offer was answered, or a superior decided: the request follows it."""
    row = locked(ResidentRequest, code)
    if row.state not in rules.LIVE or (row.unit_id == unit and row.state != RequestState.HANDED_OVER):
        return
    row.unit_id, row.offered_to_id = unit, None
    if row.state == RequestState.HANDED_OVER:
        row.state = RequestState.ASSIGNED
    _save(row)
    commit(tag=LineTag.REQUEST_ASSIGNED, subject=about(row.pk), unit=unit, by=by, at=at, data={"to": unit})


@transaction.atomic
def same_request(*, code: str, first: str, by: Actor, at: datetime) -> ResidentRequest:
    """The desk finds that this one repeats another: one is worked on, and both residents are answered by it."""
    row = _locked(code, by, Operation.KEEP_REQUEST)
    rules.require(RequestState(row.state), rules.WORKED_ON, doing="joined")
    other = ResidentRequest.objects.filter(pk=first, same_as=None, state__in=rules.LIVE).exclude(pk=code).first()
    if other is None or other.about_id != row.about_id or not may_read(by, other):
        message = "no such live request"
        raise InputFault(message, column="first", remedy="Write the number of a request that is worked on.")
    if row.duplicates.exists():
        message = "others repeat this one: join them to it"
        raise InputFault(message, column="first", remedy="Take this one as the first.")
    duties.supersede_by_fact(kind=_kind(row), about=about(row.pk), successor=about(other.pk), by=by, at=at)
    row.same_as = other
    for name in ALIKE:
        setattr(row, name, getattr(other, name))
    row.save(update_fields=("same_as", *ALIKE))
    commit(tag=LineTag.REQUEST_JOINED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"first": other.pk})
    return row


@transaction.atomic
def confirm(*, code: str, by: Actor, at: datetime) -> ResidentRequest:
    """The resident told the desk that it is done."""
    return _confirm(_locked(code, by, Operation.FILE_REQUEST), by=by, at=at)


@transaction.atomic
def dispute(*, code: str, why: str, by: Actor, at: datetime) -> ResidentRequest:
    """The resident told the desk that it is not done; the unit above must look."""
    return disputed(_locked(code, by, Operation.FILE_REQUEST), why=why, by=by, at=at)


@transaction.atomic
def reopen(*, code: str, why: str, by: Actor, at: datetime) -> ResidentRequest:
    """The resident told the desk that it has come again."""
    return _reopen(_locked(code, by, Operation.FILE_REQUEST), why=why, by=by, at=at)


@transaction.atomic
def confirm_by_ticket(*, ticket: str, door: Door, at: datetime) -> ResidentRequest:
    """The holder of the ticket confirms."""
    row = _own(ticket)
    return _confirm(row, by=resident(door, row.unit_id), at=at)


@transaction.atomic
def dispute_by_ticket(*, ticket: str, why: str, door: Door, at: datetime) -> ResidentRequest:
    """The holder of the ticket says that it is not done."""
    row = _own(ticket)
    return disputed(row, why=why, by=resident(door, row.unit_id), at=at)


@transaction.atomic
def reopen_by_ticket(*, ticket: str, why: str, door: Door, at: datetime) -> ResidentRequest:
    """The holder of the ticket opens it again."""
    row = _own(ticket)
    return _reopen(row, why=why, by=resident(door, row.unit_id), at=at)


def _own(ticket: str) -> ResidentRequest:
    row = locked(ResidentRequest, by_ticket(ticket).pk)
    if row.ticket != digest(ticket):  # replaced between the two readings
        message = "no such record"
        raise NotFound(message, remedy="Check the ticket.")
    return row


def _confirm(row: ResidentRequest, *, by: Actor, at: datetime) -> ResidentRequest:
    rules.require(RequestState(row.state), rules.CONFIRMED_FROM, doing="confirmed")
    row.state, row.confirmed_at = RequestState.CONFIRMED, at
    row.save(update_fields=("state", "confirmed_at"))  # of its own resident: a duplicate's resident speaks for itself
    commit(tag=LineTag.REQUEST_CONFIRMED, subject=about(row.pk), unit=row.unit_id, by=by, at=at)
    return row


def disputed(row: ResidentRequest, *, why: str, by: Actor, at: datetime) -> ResidentRequest:
    """The request is owed again with a new clock, and the unit above must look; for the locked row."""
    rules.require(RequestState(row.state), rules.DISPUTED_FROM, doing="disputed")
    return _again(row, RequestState.DISPUTED, tag=LineTag.REQUEST_DISPUTED, why=why, by=by, at=at)


def _reopen(row: ResidentRequest, *, why: str, by: Actor, at: datetime) -> ResidentRequest:
    rules.require(RequestState(row.state), rules.REOPENED_FROM, doing="reopened")
    closed = row.confirmed_at or row.closed_at
    if closed is not None:
        rules.require_recent(closed, within=pack_at(at).span("request_reopened_within"), at=at)
    return _again(row, RequestState.ASSIGNED, tag=LineTag.REQUEST_REOPENED, why=why, by=by, at=at)


def _again(row: ResidentRequest, state: RequestState, *, tag: LineTag, why: str, by: Actor, at: datetime) -> ResidentRequest:
    said = rules.require_said(why, column="why", message="say what is still missing")[:300]
    row.state, row.disputes, row.same_as, row.confirmed_at = state, row.disputes + 1, None, None
    row.due_at = pack_at(at).duty(_kind(row)).due_at({"opened_at": at, "asked_at": at})
    row.save(update_fields=("state", "disputes", "same_as", "confirmed_at", "due_at"))
    commit(
        tag=tag, subject=about(row.pk), unit=row.unit_id, by=by, at=at, personal={"why": said},
        opens=[
            owed(row, _kind(row), owner=row.unit_id, asked_at=at),
            owed(row, LOOKED, above=row.unit_id, disputed_at=at),
        ],
    )  # fmt: skip
    return row


@transaction.atomic
def erase_due(*, by: Actor, at: datetime) -> int:
    """Erase what closed requests say of persons, after the pack's days; the counts, times and units stay. Returns how many.

    A ticket opens nothing any more. What a live request says stays until it is closed.
    """
    before = at - pack_at(at).span("request_kept")
    due = ResidentRequest.objects.filter(closed_at__lt=before, state__in=rules.CLOSED, erased_at=None)
    chosen = list(due.order_by("closed_at", "code").values_list("pk", flat=True)[:ERASED_AT_ONCE])
    if not chosen:
        return 0
    ResidentRequest.objects.filter(pk__in=chosen).update(text="", name="", phone="", place="", ticket="", erased_at=at)
    data = {"count": len(chosen), "first": chosen[0], "last": chosen[-1]}
    commit(tag=LineTag.REQUESTS_ERASED, subject="rule:request_kept", unit=by.unit, by=by, at=at, data=data)
    return len(chosen)


def may_read(by: Actor, row: ResidentRequest) -> bool:
    """Whether the reader's jurisdiction covers the request, and it is not the unit complained about."""
    inside = any(codes.is_below(code, by.unit) for code in (row.unit_id, row.place_code, row.offered_to_id or "") if code)
    return inside and not rules.concerned(by.unit, row.about_id or "")


def _locked(code: str, by: Actor, operation: Operation) -> ResidentRequest:
    row = locked(ResidentRequest, code)
    permit(by, operation, row.unit_id, row.place_code)
    if not may_read(by, row):
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return row


def _kind(row: ResidentRequest) -> str:
    return ANSWERED[Category(row.category)]


def _save(row: ResidentRequest, *more: str) -> None:
    """Save how the request stands; those that repeat it stand like it, as long as their residents said nothing themselves."""
    row.save(update_fields=(*ALIKE, *more))
    row.duplicates.exclude(state=RequestState.CONFIRMED).update(**{name: getattr(row, name) for name in ALIKE})

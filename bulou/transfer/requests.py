"""Who must move: asked for by a fact or by a person, withdrawn, or left where they are with a reason and a name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import sets
from bulou.duties.by_set import fulfil_many_by_fact
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.people.models import Resident
from bulou.transfer import rows, rules
from bulou.transfer.choices import LeftCode, RequestState, RiskClass
from bulou.transfer.models import LIVE, NamedCarer, TransferRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Somebody to be moved: because of which fact, of which class, with whom, what the person needs.

    ``group_id`` blank: the household. ``clock_from`` is the instant from which the pack's time runs (the positive, the
    grading); ``x``, ``y`` are planar kilometres, blank where the place's pick-up point counts.
    """

    person_id: str
    risk: RiskClass
    basis: str
    clock_from: datetime
    place_code: str = ""
    group_id: str = ""
    needs: tuple[str, ...] = ()
    ready_at: datetime | None = None
    x: float | None = None
    y: float | None = None


@transaction.atomic
def request_transfer(*, wanted: Wanted, by: Actor, at: datetime) -> TransferRequest:
    """Somebody of the desk or the community asks for a transfer; a person has one that is not closed."""
    place = wanted.place_code or _place(wanted.person_id)
    permit(by, Operation.REQUEST_TRANSFER, place)
    return request_by_fact(wanted=[wanted], by=by, at=at)[0]


def _place(person_id: str) -> str:
    found = Resident.objects.filter(pk=person_id).values_list("place_code", flat=True).first()
    if not found:
        message = f"nobody knows where {person_id} stays"
        raise InputFault(message, column="place_code", remedy="Say where the person is to be fetched.")
    return found


@transaction.atomic
def request_by_fact(*, wanted: Sequence[Wanted], by: Actor, at: datetime) -> list[TransferRequest]:
    """Ask for transfers because facts demand them: the request of somebody who waits already is returned as it stands.

    A contact who turns out to be a case is asked for anew: the class decides with whom nobody may travel.
    """
    people = {one.pk: one for one in Resident.objects.filter(pk__in=[one.person_id for one in wanted])}
    standing = {
        row.person_id: row
        for row in TransferRequest.objects.filter(person_id__in=[one.person_id for one in wanted], state__in=LIVE)
    }
    mapping = str(rows.pack_at(at).number("needs_of_vulnerable").value)
    answers: dict[str, TransferRequest] = {}
    fresh: list[tuple[TransferRequest, Wanted]] = []
    for one in wanted:
        before = standing.get(one.person_id) or answers.get(one.person_id)
        if before is not None and not _outranks(one.risk, before):
            answers[one.person_id] = before
            continue
        if before is not None:
            cancel_by_fact(requests=[before.pk], reason=f"now {one.risk}: {one.basis}", by=by, at=at)
        made = _row(one, people.get(one.person_id), mapping, at)
        answers[one.person_id] = made
        fresh.append((made, one))
    owed = [_moved(row, one) for row, one in fresh]
    for (row, one), duty in zip(fresh, open_many(owed, by=by, at=at), strict=True):
        row.due_at = max(duty.due_at, row.ready_at)
        if one.ready_at is None:
            row.ready_at = min(row.ready_at, row.due_at)
    TransferRequest.objects.bulk_create([row for row, _ in fresh], batch_size=500)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.TRANSFER_REQUESTED,
            subject=rules.request_about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data={"class": row.risk_class, "basis": row.basis, "due_at": row.due_at, "needs": row.needs},
            personal={"person_id": row.person_id},
        )
        for row, _ in fresh
    )
    return [answers[one.person_id] for one in wanted]


def _outranks(risk: RiskClass, before: TransferRequest) -> bool:
    """Whether somebody who waits as a contact is a case by now, and has not been fetched yet."""
    waits = before.state in {RequestState.OPEN, RequestState.PLANNED, RequestState.LEFT_IN_PLACE}
    return waits and risk is RiskClass.CASE and before.risk_class != RiskClass.CASE


def _row(one: Wanted, resident: Resident | None, mapping: str, at: datetime) -> TransferRequest:
    place = one.place_code or (resident.place_code if resident else "")
    if not codes.is_place(place):
        message = f"nobody knows where {one.person_id} is to be fetched"
        raise InputFault(message, column="place_code", remedy="Give a division's code, or a building's or floor's below it.")
    known = rules.needs_of(resident.vulnerable, mapping) if resident else ()
    carer = (f"carer:{resident.guardian_id}",) if resident and resident.guardian_id else ()
    household = resident.household_id if resident else ""
    ready = max(one.ready_at or at, at)
    return TransferRequest(
        code=public_id("TR", at),
        person_id=one.person_id,
        group_id=one.group_id or (f"household:{household}" if household else f"person:{one.person_id}"),
        risk_class=one.risk.value,
        needs=";".join(dict.fromkeys((*one.needs, *known, *carer)))[:160],
        place_code=place,
        x=one.x,
        y=one.y,
        basis=one.basis[:96],
        clock_from=one.clock_from,
        ready_at=ready,
        due_at=ready,
        requested_at=at,
    )


def _moved(row: TransferRequest, one: Wanted) -> Owed:
    return Owed(
        kind=rules.moved_kind(one.risk),
        about=rules.request_about(row.pk),
        label=f"{row.pk} · {one.basis}",
        place_code=row.place_code,
        facts={"clock_from": one.clock_from},
    )


@transaction.atomic
def cancel_transfer(*, code: str, reason: str, by: Actor, at: datetime) -> TransferRequest:
    """Nobody needs to be moved any more (excluded, moved otherwise): said with a reason, by somebody of the desk."""
    row = rows.locked_request(code)
    permit(by, Operation.PLAN_TRANSFER, row.place_code)
    return cancel_by_fact(requests=[code], reason=reason, by=by, at=at)[0]


@transaction.atomic
def cancel_by_fact(*, requests: Iterable[str], reason: str, by: Actor, at: datetime) -> list[TransferRequest]:
    """The same for many because a fact says so (an excluded case, a class that changed), in a bounded number of statements."""
    from bulou.transfer.seats import give_back  # noqa: PLC0415 - a seat is given back by the room's wall of seats

    if not reason.strip():
        message = "a cancelled transfer needs a reason"
        raise InputFault(message, column="reason")
    found = rows.locked_requests(requests)
    if not found:
        return []
    for row in found:
        rules.require_step(RequestState(row.state), RequestState.CANCELLED)
        row.state, row.closed_at, row.reason = RequestState.CANCELLED.value, at, reason.strip()[:300]
    give_back([row.pk for row in found], ended=RequestState.CANCELLED, why=reason, by=by, at=at)
    TransferRequest.objects.bulk_update(found, ("state", "closed_at", "reason"), batch_size=500)
    owed = Duty.objects.filter(
        kind__in=(*rules.MOVED, rules.MORNING, rules.EXPLAINED),
        about__in=[rules.request_about(row.pk) for row in found],
        state=DutyState.OPEN,
    )
    ids = list(owed.values_list("pk", flat=True))
    sets.supersede_many(duty_ids=ids, successor=f"{Tag.TRANSFER_CANCELLED.value}: {reason}"[:300], by=by, at=at)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.TRANSFER_CANCELLED,
            subject=rules.request_about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data={"reason": reason},
        )
        for row in found
    )
    return found


@transaction.atomic
def leave_in_place(*, code: str, reason: str, by: Actor, at: datetime) -> TransferRequest:
    """Say why somebody stays where they are tonight; the morning's duty has an owner (日清日结)."""
    row = rows.locked_request(code)
    permit(by, Operation.PLAN_TRANSFER, row.place_code)
    if row.state not in {RequestState.OPEN, RequestState.LEFT_IN_PLACE}:
        message = f"the transfer {code} is {row.state}"
        raise Refused(
            message, code="transfer-state", remedy="Whoever has a seat is left behind at the pick-up, or planned anew."
        )
    leave({row.pk: (LeftCode.NOT_RUN.value, reason)}, by=by, at=at)
    row.refresh_from_db()
    return row


def leave(reasons: Mapping[str, tuple[str, str]], *, by: Actor, at: datetime) -> None:
    """Leave people in place, each with code and words; their morning's duties are opened as one set."""
    left = rows.locked_requests(reasons)
    for row in left:
        rules.require_step(RequestState(row.state), RequestState.LEFT_IN_PLACE)
        row.state = RequestState.LEFT_IN_PLACE.value
        row.reason_code, row.reason = reasons[row.pk][0][:40], reasons[row.pk][1].strip()[:300]
        if not row.reason:
            message = "whoever is left in place is told why"
            raise InputFault(message, column="reason")
    TransferRequest.objects.bulk_update(left, ("state", "reason_code", "reason"), batch_size=500)
    morning = rules.next_morning(at, hour=rows.pack_at(at).amount("transfer_morning"))
    open_many([_morning(row, morning) for row in left], by=by, at=at)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.TRANSFER_LEFT,
            subject=rules.request_about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data={"code": row.reason_code, "reason": row.reason},
        )
        for row in left
    )
    settle(left, (rules.EXPLAINED,), tag=Tag.TRANSFER_LEFT, by=by, at=at)


def _morning(row: TransferRequest, morning: datetime) -> Owed:
    return Owed(
        kind=rules.MORNING,
        about=rules.request_about(row.pk),
        label=f"{row.pk} · {row.basis}",
        place_code=row.place_code,
        facts={"morning_at": morning},
        why=row.reason,
    )


def settle(people: Iterable[TransferRequest], kinds: Sequence[str], *, tag: Tag, by: Actor, at: datetime) -> None:
    """Close what was owed about these people, because a fact shows that it is done."""
    refs = {rules.request_about(row.pk): row.pk for row in people}
    for kind in kinds:
        fulfil_many_by_fact(kind=kind, refs=refs, tag=tag, by=by, at=at)


@transaction.atomic
def name_carer(
    *, person_id: str, carer_name: str, by: Actor, at: datetime, carer_id: str = "", phone: str = "", place_code: str = ""
) -> NamedCarer:
    """Name who cares for somebody while the own carer is away; the one named before ends at this instant."""
    place = place_code or _place(person_id)
    permit(by, Operation.REQUEST_TRANSFER, place)
    if not carer_name.strip():
        message = "a carer has a name"
        raise InputFault(message, column="carer_name")
    NamedCarer.objects.filter(person_id=person_id, until_at=None).update(until_at=at)
    made = NamedCarer.objects.create(
        person_id=person_id,
        place_code=place,
        carer_id=carer_id,
        carer_name=carer_name.strip()[:80],
        phone=phone[:32],
        from_at=at,
        named_by=rows.signature(by),
    )
    about = f"carer:{person_id}"
    ledger.record(
        tag=Tag.CARER_NAMED,
        subject=f"carer:{made.pk}",
        unit=place,
        by=by,
        at=at,
        data={"carer": made.pk},
        personal={"person_id": person_id, "carer_name": carer_name, "carer_id": carer_id},
    )
    duties.fulfil_by_fact(kind=rules.CARER_NAMED, about=about, tag=Tag.CARER_NAMED, ref=f"carer:{made.pk}", by=by, at=at)
    return made

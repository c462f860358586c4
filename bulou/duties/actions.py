"""What people and facts do to duties; the only writers of duties beside the opening and the sweep.

Functions named ``*_by_fact`` serve the rooms whose own action was already permitted: a scan that closes a delivery.
The others are asked for by a person and check role and jurisdiction here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import rows, rules
from bulou.duties.choices import DutyState, HandoverState, TenureHow
from bulou.duties.models import Duty, Evidence, Notice
from bulou.duties.opening import Owed, existing_owners, open_duty, open_many
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import AnyTag
from bulou.ledger.tags import Tag
from bulou.units import queries as units
from bulou.units.models import Post

QUESTIONS = ("handover.decided", "capacity.answered")  # kinds that ask a superior about another duty


@transaction.atomic
def fulfil(*, duty_id: str, kind: str, ref: str, by: Actor, at: datetime, note: str = "") -> Duty:
    """Close a duty with evidence (办结): its kind, a reference to it, and a note."""
    row = rows.locked(duty_id)
    permit(by, Operation.ANSWER_DUTY, row.owner_id)
    return _fulfil(row, kind=kind, ref=ref, note=note, by=by, at=at)


@transaction.atomic
def fulfil_by_fact(*, kind: str, about: str, tag: AnyTag, ref: str, by: Actor, at: datetime) -> Duty | None:
    """Close the open duty of this kind about this thing, because a fact shows that it is done; None when none is open."""
    row = Duty.objects.select_for_update(of=("self",)).filter(kind=kind, about=about, state=DutyState.OPEN).first()
    return _fulfil(row, kind=tag.value, ref=ref, note="", by=by, at=at) if row else None


def _fulfil(row: Duty, *, kind: str, ref: str, note: str, by: Actor, at: datetime) -> Duty:
    evidence = f"{kind} {ref}".strip() if ref else ""
    after = rules.fulfil(rows.value(row, rows.open_offer(row)), evidence=evidence, at=at)
    rows.add_evidence(row, kind=kind, ref=ref, note=note, by=by, at=at)
    _close(row, after, by=by, at=at, tag=Tag.DUTY_FULFILLED, data={"evidence": evidence})
    return row


def _close(row: Duty, after: rules.Duty, *, by: Actor, at: datetime, tag: AnyTag, data: Mapping[str, object]) -> None:
    """Close the duty, and with it what was asked about it."""
    rows.close(row, after, by=by, at=at, tag=tag, data=data)
    settle_questions(row, tag=tag, ref=f"{row.pk} is {row.state}", by=by, at=at)


def settle_questions(row: Duty, *, tag: AnyTag, ref: str, by: Actor, at: datetime) -> None:
    """Close what superiors were asked about a duty, because it has an owner anew or ended: the question is gone."""
    asked = Duty.objects.select_for_update(of=("self",)).filter(
        kind__in=QUESTIONS, about=f"duty:{row.pk}", state=DutyState.OPEN
    )
    for question in asked.order_by("id"):
        _fulfil(question, kind=tag.value, ref=ref, note="", by=by, at=at)


@transaction.atomic
def add_evidence(*, duty_id: str, kind: str, ref: str, by: Actor, at: datetime, note: str = "") -> Evidence:
    """Show progress on an open duty without closing it: *acknowledged is not executed*, evidence is."""
    row = rows.locked(duty_id)
    permit(by, Operation.ANSWER_DUTY, row.owner_id)
    rules.require_open(rows.value(row, None))
    made = rows.add_evidence(row, kind=kind, ref=ref, note=note, by=by, at=at)
    ledger.record(
        tag=Tag.DUTY_EVIDENCE, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at, data={"kind": kind, "ref": ref}
    )
    return made


@transaction.atomic
def explain(*, duty_id: str, why: str, by: Actor, at: datetime) -> Duty:
    """Say in plain words why a duty waits; the desk shows it beside the clock."""
    row = rows.locked(duty_id)
    permit(by, Operation.ANSWER_DUTY, row.owner_id)
    rules.require_open(rows.value(row, None))
    row.why = why[:300]
    row.save(update_fields=("why",))
    rows.add_evidence(row, kind="note", ref=row.pk, note=why, by=by, at=at)
    ledger.record(tag=Tag.DUTY_EVIDENCE, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at, data={"why": why})
    return row


@transaction.atomic
def waive(*, duty_id: str, reason: str, by: Actor, at: datetime) -> Duty:
    """Release the owner, with a reason, signed by a post of a superior unit."""
    row = rows.locked(duty_id)
    permit(by, Operation.WAIVE_DUTY, row.owner_id)
    after = rules.waive(rows.value(row, rows.open_offer(row)), reason=reason, signer_unit=by.unit, at=at)
    _close(row, after, by=by, at=at, tag=Tag.DUTY_WAIVED, data={"reason": reason})
    return row


@transaction.atomic
def supersede_by_fact(*, kind: str, about: str, successor: str, by: Actor, at: datetime) -> Duty | None:
    """Close the open duty of this kind about this thing, because others carry it now; None when none is open."""
    row = Duty.objects.select_for_update(of=("self",)).filter(kind=kind, about=about, state=DutyState.OPEN).first()
    if row is None:
        return None
    after = rules.supersede(rows.value(row, rows.open_offer(row)), successor=successor, at=at)
    _close(row, after, by=by, at=at, tag=Tag.DUTY_SUPERSEDED, data={"successor": successor})
    return row


@transaction.atomic
def fail(*, duty_id: str, reason: str, successor: Owed, by: Actor, at: datetime) -> Duty:
    """Close as not achieved and open the successor in the same transaction; returns the successor."""
    row = rows.locked(duty_id)
    permit(by, Operation.ANSWER_DUTY, row.owner_id)
    return _fail(row, reason=reason, successors=[successor], by=by, at=at)[0]


@transaction.atomic
def fail_by_fact(*, kind: str, about: str, reason: str, successors: list[Owed], by: Actor, at: datetime) -> list[Duty]:
    """The same, because a fact shows that it cannot be done any more (a lost tube → re-sample its members)."""
    row = Duty.objects.select_for_update(of=("self",)).filter(kind=kind, about=about, state=DutyState.OPEN).first()
    if row is None:
        return open_many(successors, by=by, at=at)
    return _fail(row, reason=reason, successors=successors, by=by, at=at)


def _fail(row: Duty, *, reason: str, successors: list[Owed], by: Actor, at: datetime) -> list[Duty]:
    opened = open_many(successors, by=by, at=at)
    if any(one.pk == row.pk for one in opened):
        message = "a duty does not follow from itself"
        raise Refused(message, code="own-successor", remedy="Name another kind or another thing for what follows.")
    named = ", ".join(one.pk for one in opened[:5]) + (f" … {len(opened)}" if len(opened) > 5 else "")  # noqa: PLR2004 - a line's worth
    after = rules.fail(rows.value(row, rows.open_offer(row)), reason=reason, successor=named, at=at)
    Duty.objects.filter(pk__in=[one.pk for one in opened], parent=None).update(parent=row)
    _close(row, after, by=by, at=at, tag=Tag.DUTY_FAILED, data={"reason": reason, "successors": len(opened)})
    return opened


@transaction.atomic
def take_over(*, duty_id: str, by: Actor, at: datetime) -> Duty:
    """A superior takes the duty over; escalation only tells, this changes the owner."""
    row = rows.locked(duty_id)
    permit(by, Operation.TAKE_OVER, row.owner_id)
    rules.require_open(rows.value(row, None))
    if not rules.is_above(by.unit, row.owner_id):
        message = "only a superior of the owner may take a duty over"
        raise Refused(message, code="not-superior")
    offer = rows.open_offer(row)
    if offer is not None:
        rows.answer(offer, HandoverState.WITHDRAWN, by=by, at=at, reason="taken over by the superior")
    before = row.owner_id
    rows.pass_to(row, owner=by.unit, how=TenureHow.TAKEN_OVER, at=at)
    entry = ledger.record(
        tag=Tag.DUTY_TAKEN_OVER, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at, data={"from": before}
    )
    settle_questions(row, tag=Tag.DUTY_TAKEN_OVER, ref=f"{by.unit} took it over", by=by, at=at)
    rows.tell(row, step=f"taken_over:{entry.pk}", unit=before, due_at=at, at=at, by=by)
    return row


@transaction.atomic
def answer_no_capacity(*, duty_id: str, reason: str, by: Actor, at: datetime) -> Duty:
    """No capacity (无力承担) is an answer with a time stamp; the superior then owes one. Returns its duty."""
    row = rows.locked(duty_id)
    permit(by, Operation.ANSWER_DUTY, row.owner_id)
    rules.require_open(rows.value(row, None))
    if not reason:
        message = "say what is lacking"
        raise InputFault(message, column="reason", remedy="Hands, vehicles, tubes, rooms: how many, since when.")
    row.why = reason[:300]
    row.save(update_fields=("why",))
    rows.add_evidence(row, kind="no_capacity", ref=row.pk, note=reason, by=by, at=at)
    ledger.record(tag=Tag.CAPACITY_DECLARED, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at, data={"reason": reason})
    superior = codes.parent_unit(row.owner_id) or row.owner_id
    asked = open_duty(
        Owed(
            kind="capacity.answered",
            about=f"duty:{row.pk}",
            label=row.label,
            place_code=row.place_code,
            owners={"explicit": superior},
            facts={"declared_at": at},
            why=reason,
            parent=row.pk,
        ),
        by=by,
        at=at,
    )
    _tell_once(asked, step="capacity:asked", unit=asked.owner_id, by=by, at=at)
    return asked


def _tell_once(row: Duty, *, step: str, unit: str, by: Actor, at: datetime) -> None:
    if not Notice.objects.filter(duty=row, step=step).exists():
        rows.tell(row, step=step, unit=unit, due_at=at, at=at, by=by)


@transaction.atomic
def assign_task(*, to_unit: str, text: str, due_at: datetime, by: Actor, at: datetime, place_code: str = "") -> Duty:
    """A superior gives a task (交办): a duty like any other, that can be refused only with a reason."""
    receiver = units.unit(to_unit)
    permit(by, Operation.ASSIGN_TASK, receiver.code)
    if not text.strip():
        message = "a task says what is to be done"
        raise InputFault(message, column="text")
    if due_at <= at:
        message = "a task is due in the future"
        raise InputFault(message, column="due_at", remedy=f"Choose an instant after {at.isoformat()}.")
    about = public_id("task:", at)
    made = open_duty(
        Owed(
            kind="task.done",
            about=about,
            label=text.strip(),
            place_code=place_code or codes.territory(receiver.code),
            owners={"explicit": receiver.code},
            facts={"due_at": due_at},
            issuer=by.unit,
        ),
        by=by,
        at=at,
    )
    ledger.record(tag=Tag.TASK_ASSIGNED, subject=f"duty:{made.pk}", unit=receiver.code, by=by, at=at, data={"due_at": due_at})
    rows.tell(made, step="task:assigned", unit=receiver.code, due_at=at, at=at, by=by)
    return made


@transaction.atomic
def reclock_by_fact(*, kind: str, about: str, facts: Mapping[str, datetime], by: Actor, at: datetime) -> Duty | None:
    """A deadline moved: compute the open duty's clock anew from its own pack version; steps already told stay told."""
    row = Duty.objects.select_for_update(of=("self",)).filter(kind=kind, about=about, state=DutyState.OPEN).first()
    if row is None:
        return None
    merged = {name: datetime.fromisoformat(text) for name, text in row.facts.items()} | dict(facts)
    before, row.due_at = row.due_at, rows.rule_of(row).due_at(merged)
    row.facts = {name: instant.isoformat() for name, instant in merged.items()}
    offer = rows.open_offer(row)
    rows.set_act_at(row, answer_by=offer.answer_by if offer else None)
    row.save(update_fields=("due_at", "facts", "act_at"))
    ledger.record(
        tag=Tag.DUTY_RECLOCKED,
        subject=f"duty:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"from": before, "to": row.due_at},
    )
    return row


@transaction.atomic
def pass_on_vacancy(*, post: Post, by: Actor, at: datetime) -> int:
    """A post fell vacant without an acting holder: what it owes passes to the superior unit at this instant (G17).

    Duties of the unit as a whole pass too when nobody else stands in any of its posts. Returns how many passed.
    """
    superior = codes.parent_unit(post.unit_id)
    if not superior:
        return 0
    owner = existing_owners([superior])[superior]
    attended = bool(units.attendances([post.unit_id], at=at).get(post.unit_id))
    open_rows = Duty.objects.select_for_update(of=("self",)).filter(owner=post.unit_id, state=DutyState.OPEN)
    concerned = open_rows.filter(owner_post=post) if attended else open_rows
    passed = 0
    for row in concerned.order_by("due_at", "id"):
        offer = rows.open_offer(row)
        if offer is not None:
            rows.answer(offer, HandoverState.WITHDRAWN, by=by, at=at, reason="the sender's post fell vacant")
        rows.pass_to(row, owner=owner, how=TenureHow.VACANCY, at=at)
        tenure = row.tenures.order_by("-id").values_list("pk", flat=True)[0]
        rows.tell(row, step=f"vacancy:{tenure}", unit=owner, due_at=at, at=at, by=by)
        ledger.record(
            tag=Tag.DUTY_PASSED,
            subject=f"duty:{row.pk}",
            unit=owner,
            by=by,
            at=at,
            data={"from": post.unit_id, "post": post.pk},
        )
        settle_questions(row, tag=Tag.DUTY_PASSED, ref=f"{owner} has it", by=by, at=at)
        passed += 1
    return passed


@transaction.atomic
def read_notice(*, notice_id: int, by: Actor, at: datetime) -> Notice:
    """Somebody of the unit has read a line of its inbox (已读); read is not done."""
    notice = Notice.objects.select_for_update().filter(pk=notice_id).first()
    if notice is None:
        message = "no such record"
        raise NotFound(message)
    permit(by, Operation.SEE_DUTIES, notice.unit_id)
    if notice.read_at is None:
        notice.read_at, notice.read_by = at, by.name
        notice.save(update_fields=("read_at", "read_by"))
    return notice

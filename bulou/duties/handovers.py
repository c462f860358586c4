"""Handing a duty over (移交): offered; accepted, refused, withdrawn or lapsed; and who decides when nobody will."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions, rows, rules
from bulou.duties.choices import DutyState, HandoverState, TenureHow
from bulou.duties.models import Duty, Handover
from bulou.duties.opening import Owed, open_duty
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.units import queries as units
from bulou.units.models import Unit


@transaction.atomic
def offer_handover(*, duty_id: str, to_unit: str, by: Actor, at: datetime, note: str = "") -> Handover:
    """Offer a duty to another unit (移交); until it accepts, the sender owes it (未接收前仍由移交方负责)."""
    row = rows.locked(duty_id)
    permit(by, Operation.HAND_OVER, row.owner_id)
    made = _offer(row, units.unit(to_unit), note=note, by=by, at=at)
    rows.tell(row, step=f"handover:{made.pk}:offered", unit=made.receiver_id, due_at=at, at=at, by=by)
    return made


def _offer(row: Duty, receiver: Unit, *, note: str, by: Actor, at: datetime) -> Handover:
    rule = rows.rule_of(row)
    after = rules.offer(rows.value(row, rows.open_offer(row)), receiver=receiver.code, at=at, answer_within=rule.answer_within)
    offered = rules.require_offer(after)
    made = Handover.objects.create(
        duty=row,
        sender_id=row.owner_id,
        receiver=receiver,
        offered_at=at,
        offered_by=rows.signature(by),
        answer_by=offered.answer_by,
        note=note[:300],
    )
    rows.set_act_at(row, answer_by=made.answer_by)
    row.save(update_fields=("act_at",))
    ledger.record(
        tag=Tag.HANDOVER_OFFERED,
        subject=f"duty:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"to": receiver.code, "note": note},
    )
    return made


@transaction.atomic
def offer_by_fact(*, kind: str, about: str, to_unit: str, note: str, by: Actor, at: datetime) -> Handover | None:
    """A thing is offered, and the duty about it with it (a box and its delivery); None when nothing is owed or passes.

    Nobody is told: whoever is to receive the thing stands beside it. Unanswered, the offer lapses like any other.
    """
    row = _open(kind, about)
    if row is None or row.owner_id == to_unit:
        return None
    _withdraw(row, by=by, at=at, reason="offered anew")
    return _offer(row, units.unit(to_unit), note=note, by=by, at=at)


@transaction.atomic
def pass_by_fact(*, kind: str, about: str, to_unit: str, by: Actor, at: datetime) -> Duty | None:
    """Both sides signed for a thing, so the duty about it passes with it; whose it is needs no decision any more."""
    row = _open(kind, about)
    if row is None:
        return None
    offer = rows.open_offer(row)
    before = row.owner_id
    if offer is not None:
        state = HandoverState.ACCEPTED if offer.receiver_id == to_unit else HandoverState.WITHDRAWN
        rows.answer(offer, state, by=by, at=at, reason="" if state is HandoverState.ACCEPTED else "the thing went elsewhere")
    row.refusals, row.why = 0, ""
    if before != to_unit:
        rows.pass_to(row, owner=to_unit, how=TenureHow.HANDED_OVER, at=at)
    else:
        rows.set_act_at(row, answer_by=None)
        row.save(update_fields=("act_at", "refusals", "why"))
    ledger.record(
        tag=Tag.HANDOVER_ACCEPTED,
        subject=f"duty:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"from": before, "kind": row.kind},
    )
    actions.settle_questions(row, tag=Tag.HANDOVER_ACCEPTED, ref=f"{to_unit} signed", by=by, at=at)
    return row


@transaction.atomic
def refuse_by_fact(*, kind: str, about: str, reason: str, by: Actor, at: datetime) -> Duty | None:
    """The thing was refused, and the duty about it with it; refused twice, the common superior must decide."""
    row = _open(kind, about)
    offer = rows.open_offer(row) if row is not None else None
    if row is None or offer is None:
        return row
    after = rules.refuse(rows.value(row, offer), reason=reason)
    rows.answer(offer, HandoverState.REFUSED, by=by, at=at, reason=reason)
    _came_back(row, offer, refusals=after.refusals, lapsed=False, by=by, at=at, why=reason)
    ledger.record(
        tag=Tag.HANDOVER_REFUSED,
        subject=f"duty:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"by": offer.receiver_id, "reason": reason, "refusals": after.refusals},
    )
    return row


@transaction.atomic
def withdraw_by_fact(*, kind: str, about: str, reason: str, by: Actor, at: datetime) -> Duty | None:
    """The thing is no longer offered: it is sent elsewhere, or the scan was wrong."""
    row = _open(kind, about)
    if row is not None:
        _withdraw(row, by=by, at=at, reason=reason)
    return row


def _open(kind: str, about: str) -> Duty | None:
    return Duty.objects.select_for_update(of=("self",)).filter(kind=kind, about=about, state=DutyState.OPEN).first()


def _withdraw(row: Duty, *, by: Actor, at: datetime, reason: str) -> None:
    offer = rows.open_offer(row)
    if offer is None:
        return
    rows.answer(offer, HandoverState.WITHDRAWN, by=by, at=at, reason=reason)
    rows.set_act_at(row, answer_by=None)
    row.save(update_fields=("act_at",))
    ledger.record(
        tag=Tag.HANDOVER_WITHDRAWN, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at, data={"reason": reason}
    )


def _offered(duty_id: str, by: Actor, *, side: str) -> tuple[Duty, Handover]:
    row = rows.locked(duty_id)
    offer = rows.open_offer(row)
    if offer is None:
        permit(by, Operation.HAND_OVER, row.owner_id)
        message = "the duty is not offered to anybody"
        raise Refused(message, code="not-offered")
    permit(by, Operation.HAND_OVER, offer.receiver_id if side == "receiver" else row.owner_id)
    return row, offer


@transaction.atomic
def accept_handover(*, duty_id: str, by: Actor, at: datetime) -> Duty:
    """The receiver accepts: from this instant it owns the duty."""
    row, offer = _offered(duty_id, by, side="receiver")
    after = rules.accept(rows.value(row, offer), by_unit=by.unit, at=at)
    rows.answer(offer, HandoverState.ACCEPTED, by=by, at=at)
    rows.pass_to(row, owner=after.owner, how=TenureHow.HANDED_OVER, at=at)
    ledger.record(
        tag=Tag.HANDOVER_ACCEPTED,
        subject=f"duty:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"from": offer.sender_id, "kind": row.kind},
    )
    actions.settle_questions(row, tag=Tag.HANDOVER_ACCEPTED, ref=f"{row.owner_id} accepted", by=by, at=at)
    return row


@transaction.atomic
def refuse_handover(*, duty_id: str, reason: str, by: Actor, at: datetime) -> Duty:
    """The receiver refuses with a reason; refused twice, the lowest common superior must decide (G18)."""
    row, offer = _offered(duty_id, by, side="receiver")
    after = rules.refuse(rows.value(row, offer), reason=reason, by_unit=by.unit)
    rows.answer(offer, HandoverState.REFUSED, by=by, at=at, reason=reason)
    _came_back(row, offer, refusals=after.refusals, lapsed=False, by=by, at=at, why=reason)
    ledger.record(
        tag=Tag.HANDOVER_REFUSED,
        subject=f"duty:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"by": offer.receiver_id, "reason": reason, "refusals": after.refusals},
    )
    return row


@transaction.atomic
def withdraw_handover(*, duty_id: str, by: Actor, at: datetime) -> Duty:
    """The sender takes the offer back."""
    row, offer = _offered(duty_id, by, side="sender")
    rules.withdraw(rows.value(row, offer))
    rows.answer(offer, HandoverState.WITHDRAWN, by=by, at=at)
    rows.set_act_at(row, answer_by=None)
    row.save(update_fields=("act_at",))
    ledger.record(tag=Tag.HANDOVER_WITHDRAWN, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at)
    return row


def lapse(row: Duty, offer: Handover, *, by: Actor, at: datetime) -> None:
    """Nobody answered in time: the common superior must decide. Called by the sweep, in its transaction."""
    after = rules.lapse(rows.value(row, offer), at=at)
    rows.answer(offer, HandoverState.LAPSED, by=by, at=at, reason=rules.SAID_LAPSED)
    _came_back(row, offer, refusals=after.refusals, lapsed=True, by=by, at=at, why=rules.SAID_LAPSED)
    ledger.record(
        tag=Tag.HANDOVER_LAPSED,
        subject=f"duty:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"to": offer.receiver_id, "answer_by": offer.answer_by},
    )


def _came_back(row: Duty, offer: Handover, *, refusals: int, lapsed: bool, by: Actor, at: datetime, why: str) -> None:
    row.refusals, row.why = refusals, f"{offer.receiver_id}: {why}"[:300]
    rows.set_act_at(row, answer_by=None)
    row.save(update_fields=("refusals", "act_at", "why"))
    rows.tell(row, step=f"handover:{offer.pk}:returned", unit=row.owner_id, due_at=at, at=at, by=by)
    if not rules.goes_to_superior(refusals=refusals, lapsed=lapsed):
        return
    superior = rules.superior_for(sender=offer.sender_id, receiver=offer.receiver_id)
    decision = open_duty(
        Owed(
            kind="handover.decided",
            about=f"duty:{row.pk}",
            label=row.label,
            place_code=row.place_code,
            owners={"explicit": superior, "common_superior": superior},
            facts={"returned_at": at},
            why=why,
            parent=row.pk,
        ),
        by=by,
        at=at,
    )
    rows.tell(decision, step=f"handover:{offer.pk}:decide", unit=decision.owner_id, due_at=at, at=at, by=by)


@transaction.atomic
def decide_owner(*, duty_id: str, to_unit: str, reason: str, by: Actor, at: datetime) -> Duty:
    """A unit above both sides decides who owns the duty; no acceptance is asked for, and the question is closed."""
    row = rows.locked(duty_id)
    permit(by, Operation.DECIDE_OWNER, row.owner_id)
    receiver = units.unit(to_unit)
    rules.require_open(rows.value(row, None))
    if not (rules.is_above(by.unit, row.owner_id) and codes.is_below(receiver.code, by.unit)):
        message = "only a unit above both sides may decide"
        raise Refused(message, code="not-superior", remedy="Ask the lowest common superior.")
    offer = rows.open_offer(row)
    if offer is not None:
        rows.answer(offer, HandoverState.WITHDRAWN, by=by, at=at, reason="decided by the superior")
    before = row.owner_id
    row.refusals, row.why = 0, ""
    if receiver.code != before:
        rows.pass_to(row, owner=receiver.code, how=TenureHow.DECIDED, at=at)
    else:
        rows.set_act_at(row, answer_by=None)
        row.save(update_fields=("refusals", "why", "act_at"))
    entry = ledger.record(
        tag=Tag.DUTY_DECIDED,
        subject=f"duty:{row.pk}",
        unit=row.owner_id,
        by=by,
        at=at,
        data={"to": receiver.code, "reason": reason, "kind": row.kind},
    )
    actions.settle_questions(row, tag=Tag.DUTY_DECIDED, ref=f"{receiver.code}: {reason}"[:90], by=by, at=at)
    rows.tell(row, step=f"decided:{entry.pk}", unit=receiver.code, due_at=at, at=at, by=by)
    if before != receiver.code:
        rows.tell(row, step=f"passed_on:{entry.pk}", unit=before, due_at=at, at=at, by=by)
    return row

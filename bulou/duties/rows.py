"""Between the row and the value: lock a duty, apply a pure rule to it, write what changed. Used by this room only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.conf import settings

from bulou.duties import rules
from bulou.duties.choices import DutyState, HandoverState, NoticeState, TenureHow
from bulou.duties.models import Duty, Evidence, Handover, Notice, Tenure
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import AnyTag
from bulou.ledger.tags import Tag
from bulou.policy import DutyRule, Pack, load_pack, pack_in_force
from bulou.units import queries as units


def pack_now(on: date) -> Pack:
    """The policy pack in force on a day."""
    return pack_in_force(settings.BULOU_POLICY, on)


def rule_of(row: Duty) -> DutyRule:
    """The rule under which the duty was opened: its own pack version, not today's."""
    return load_pack(row.pack, row.pack_version).duty(row.kind)


def locked(duty_id: str) -> Duty:
    """The duty's row, locked until the transaction ends; ``NotFound`` when there is none."""
    found = Duty.objects.select_for_update(of=("self",)).filter(pk=duty_id).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


def open_offer(row: Duty) -> Handover | None:
    """The hand-over that waits for an answer."""
    return Handover.objects.filter(duty=row, state=HandoverState.OFFERED).first()


def value(row: Duty, offer: Handover | None) -> rules.Duty:
    """The duty as the state machine sees it; of its tenures only the present one, which is the one that can end."""
    return rules.Duty(
        owner=row.owner_id,
        opened_at=row.opened_at,
        due_at=row.due_at,
        state=DutyState(row.state),
        closed_at=row.closed_at,
        proof=row.proof,
        offer=rules.Offer(offer.sender_id, offer.receiver_id, offer.answer_by) if offer else None,
        refusals=row.refusals,
        tenures=(rules.Tenure(row.owner_id, TenureHow.OPENED, row.opened_at),),
    )


def ladder(row: Duty) -> list[rules.StepDue]:
    """The duty's escalation steps in due order."""
    escalate = ((step.key, step.offset, step.to.value) for step in rule_of(row).escalate)
    return rules.steps(due_at=row.due_at, escalate=escalate, opened_at=row.opened_at)


def set_act_at(row: Duty, *, answer_by: datetime | None, done: Iterable[str] | None = None) -> None:
    """Compute when the sweep must look at the row again."""
    told = set(done) if done is not None else set(row.notices.values_list("step", flat=True))
    row.act_at = rules.next_act(ladder=ladder(row), done=told, answer_by=answer_by)


def close(row: Duty, after: rules.Duty, *, by: Actor, at: datetime, tag: AnyTag, data: Mapping[str, object]) -> None:
    """Write a closed duty: its state, the end of its tenure and of an open offer, and the ledger entry."""
    row.state, row.closed_at, row.proof = after.state, at, after.proof[:300]
    row.closed_by, row.act_at = signature(by), None
    row.save(update_fields=("state", "closed_at", "proof", "closed_by", "act_at"))
    Tenure.objects.filter(duty=row, ends_at=None).update(ends_at=at)
    Handover.objects.filter(duty=row, state=HandoverState.OFFERED).update(
        state=HandoverState.WITHDRAWN, answered_at=at, answered_by=signature(by), reason="the duty was closed"
    )
    ledger.record(tag=tag, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at, data={"kind": row.kind, **data})


def pass_to(row: Duty, *, owner: str, how: TenureHow, at: datetime) -> None:
    """Write a change of owner: one tenure ends where the next begins; an open offer must be answered by the caller.

    What was refused was the owner before; the new one starts with no refusals.
    """
    Tenure.objects.filter(duty=row, ends_at=None).update(ends_at=at)
    Tenure.objects.create(duty=row, unit_id=owner, how=how, starts_at=at)
    row.owner_id, row.owner_post, row.refusals = owner, None, 0
    set_act_at(row, answer_by=None)
    row.save(update_fields=("owner", "owner_post", "act_at", "refusals", "why"))


def answer(offer: Handover, state: HandoverState, *, by: Actor, at: datetime, reason: str = "") -> None:
    """Write the answer to an offer."""
    offer.state, offer.answered_at, offer.answered_by, offer.reason = state, at, signature(by), reason[:300]
    offer.save(update_fields=("state", "answered_at", "answered_by", "reason"))


def add_evidence(row: Duty, *, kind: str, ref: str, by: Actor, at: datetime, note: str = "") -> Evidence:
    """Keep one piece of evidence with the duty."""
    return Evidence.objects.create(
        duty=row, kind=kind[:48], ref=ref[:120], note=note[:300], added_at=at, added_by=signature(by)
    )


def tell(
    row: Duty,
    *,
    step: str,
    unit: str,
    due_at: datetime,
    at: datetime,
    by: Actor,
    state: NoticeState = NoticeState.SENT,
) -> Notice:
    """Put one line into a unit's inbox, naming who is on duty there; unique on (duty, step)."""
    told = units.on_duty([unit], at=at)[unit].staff_name if state is NoticeState.SENT else ""
    made = Notice.objects.create(duty=row, step=step, unit_id=unit, told=told, due_at=due_at, told_at=at, state=state)
    ledger.record(
        tag=Tag.DUTY_TOLD,
        subject=f"duty:{row.pk}",
        unit=unit,
        by=by,
        at=at,
        data={"step": step, "due_at": due_at, "state": state},
    )
    return made


def signature(by: Actor) -> str:
    """Who did it, as a duty's story shows it: name and unit at that time."""
    return f"{by.name} · {by.unit}"[:120]


def today() -> date:
    """The city's day, to choose the pack in force."""
    return clock.day_of(clock.city())

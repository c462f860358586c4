"""What facts do to many duties at once: a thousand rows in a bounded number of statements, the same story for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from bulou.duties import rows, rules
from bulou.duties.actions import QUESTIONS, settle_questions
from bulou.duties.choices import DutyState, HandoverState, NoticeState
from bulou.duties.models import Duty, Evidence, Handover, Notice, Tenure
from bulou.kernel.actor import Actor
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import AnyTag
from bulou.ledger.tags import Tag

BATCH = 500  # rows in one statement; SQLite's and PostgreSQL's limits on parameters lie far above


def _locked(kind: str, about: Iterable[str]) -> list[Duty]:
    open_rows = Duty.objects.select_for_update(of=("self",)).filter(kind=kind, about__in=list(about), state=DutyState.OPEN)
    return list(open_rows.order_by("id"))


def _offers(found: Sequence[Duty]) -> dict[str, Handover]:
    waiting = Handover.objects.filter(duty__in=[row.pk for row in found], state=HandoverState.OFFERED)
    return {offer.duty_id: offer for offer in waiting}


@transaction.atomic
def fulfil_many_by_fact(*, kind: str, refs: Mapping[str, str], tag: AnyTag, by: Actor, at: datetime) -> list[Duty]:
    """Close the open duties of one kind: ``refs`` names for each thing (``about``) the fact that shows it done."""
    found = _locked(kind, refs)
    if not found:
        return []
    offers = _offers(found)
    for row in found:
        evidence = f"{tag.value} {refs[row.about]}".strip()
        after = rules.fulfil(rows.value(row, offers.get(row.pk)), evidence=evidence, at=at)
        row.state, row.closed_at, row.proof = after.state, at, after.proof[:300]
        row.closed_by, row.act_at = rows.signature(by), None
    Duty.objects.bulk_update(found, ("state", "closed_at", "proof", "closed_by", "act_at"), batch_size=BATCH)
    keys = [row.pk for row in found]
    Tenure.objects.filter(duty__in=keys, ends_at=None).update(ends_at=at)
    Handover.objects.filter(duty__in=keys, state=HandoverState.OFFERED).update(
        state=HandoverState.WITHDRAWN, answered_at=at, answered_by=rows.signature(by), reason="the duty was closed"
    )
    Evidence.objects.bulk_create(
        (
            Evidence(duty=row, kind=tag.value[:48], ref=refs[row.about][:120], added_at=at, added_by=rows.signature(by))
            for row in found
        ),
        batch_size=BATCH,
    )
    ledger.record_many(
        ledger.Draft(
            tag=Tag.DUTY_FULFILLED, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at,
            data={"kind": row.kind, "evidence": row.proof},
        )
        for row in found
    )  # fmt: skip
    asked = Duty.objects.filter(kind__in=QUESTIONS, about__in=[f"duty:{pk}" for pk in keys], state=DutyState.OPEN)
    concerned = set(asked.values_list("about", flat=True))
    for row in found:
        if f"duty:{row.pk}" in concerned:
            settle_questions(row, tag=Tag.DUTY_FULFILLED, ref=f"{row.pk} is {row.state}", by=by, at=at)
    return found


@transaction.atomic
def reclock_many_by_fact(
    *, kind: str, about: Iterable[str], facts: Mapping[str, datetime], by: Actor, at: datetime
) -> list[Duty]:
    """A deadline moved for many: each open duty's clock anew from its own pack version; steps already told stay told."""
    found = _locked(kind, about)
    if not found:
        return []
    offers = _offers(found)
    told: dict[str, set[str]] = defaultdict(set)
    for pk, step in Notice.objects.filter(duty__in=[row.pk for row in found]).values_list("duty_id", "step"):
        told[pk].add(step)
    same: dict[tuple[datetime, datetime | None, tuple[tuple[str, str], ...]], list[str]] = defaultdict(list)
    before = {}
    for row in found:
        merged = {name: datetime.fromisoformat(text) for name, text in row.facts.items()} | dict(facts)
        before[row.pk], row.due_at = row.due_at, rows.rule_of(row).due_at(merged)
        row.facts = {name: instant.isoformat() for name, instant in merged.items()}
        offer = offers.get(row.pk)
        rows.set_act_at(row, answer_by=offer.answer_by if offer else None, done=told[row.pk])
        same[row.due_at, row.act_at, tuple(sorted(row.facts.items()))].append(row.pk)
    for (due_at, act_at, merged_facts), keys in same.items():  # a round's duties are alike: one statement, or a few
        for start in range(0, len(keys), BATCH):
            part = Duty.objects.filter(pk__in=keys[start : start + BATCH])
            part.update(due_at=due_at, act_at=act_at, facts=dict(merged_facts))
    ledger.record_many(
        ledger.Draft(
            tag=Tag.DUTY_RECLOCKED, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at,
            data={"from": before[row.pk], "to": row.due_at},
        )
        for row in found
    )  # fmt: skip
    return found


@transaction.atomic
def tell_many(notices: Sequence[Notice], *, by: Actor) -> list[Notice]:
    """Put lines into inboxes as a set; each names its duty, step, unit, who is on duty there, and its instants."""
    made = Notice.objects.bulk_create(notices, batch_size=BATCH)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.DUTY_TOLD, subject=f"duty:{one.duty_id}", unit=one.unit_id, by=by, at=one.told_at,
            data={"step": one.step, "due_at": one.due_at, "state": NoticeState(one.state)},
        )
        for one in made
    )  # fmt: skip
    return made

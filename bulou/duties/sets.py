"""What facts do to one duty, done to many in a bounded number of statements: an excluded case frees a hundred people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from bulou.duties import rows, rules
from bulou.duties.actions import QUESTIONS, settle_questions
from bulou.duties.choices import DutyState, HandoverState, TenureHow
from bulou.duties.models import Duty, Evidence, Handover, Notice, Tenure
from bulou.duties.opening import existing_owners
from bulou.kernel.actor import Actor
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import AnyTag
from bulou.ledger.tags import Tag


@transaction.atomic
def supersede_many(*, duty_ids: Collection[str], successor: str, by: Actor, at: datetime) -> int:
    """Close open duties because others carry them now, or nobody owes them any more by the fact named; returns how many."""
    found = _locked(duty_ids)
    for row in found:
        rules.supersede(rows.value(row, None), successor=successor, at=at)
    _close(found, DutyState.SUPERSEDED, Tag.DUTY_SUPERSEDED, proof=successor, data={"successor": successor}, by=by, at=at)
    return len(found)


@transaction.atomic
def fulfil_many(*, duty_ids: Collection[str], tag: AnyTag, ref: str, by: Actor, at: datetime, note: str = "") -> int:
    """Close open duties with one piece of evidence that shows them all; returns how many."""
    found = _locked(duty_ids)
    evidence = f"{tag.value} {ref}".strip()
    for row in found:
        rules.fulfil(rows.value(row, None), evidence=evidence, at=at)
    Evidence.objects.bulk_create(
        Evidence(
            duty=row, kind=tag.value[:48], ref=ref[:120], note=note[:300], added_at=at, added_by=rows.signature(by)
        )
        for row in found
    )  # fmt: skip
    _close(found, DutyState.FULFILLED, Tag.DUTY_FULFILLED, proof=evidence, data={"evidence": evidence}, by=by, at=at)
    return len(found)


@transaction.atomic
def reclock_many(*, facts: Mapping[str, Mapping[str, datetime]], by: Actor, at: datetime) -> int:
    """Deadlines moved: compute the clocks of open duties anew from their facts (duty id → facts); returns how many moved."""
    found = _locked(facts)
    moved: list[tuple[Duty, datetime]] = []
    offers = {one.duty_id: one for one in Handover.objects.filter(duty__in=found, state=HandoverState.OFFERED)}
    told = _told(found)
    for row in found:
        merged = {name: datetime.fromisoformat(text) for name, text in row.facts.items()} | dict(facts[row.pk])
        before, row.due_at = row.due_at, rows.rule_of(row).due_at(merged)
        row.facts = {name: instant.isoformat() for name, instant in merged.items()}
        offer = offers.get(row.pk)
        rows.set_act_at(row, answer_by=offer.answer_by if offer else None, done=told.get(row.pk, set()))
        moved.append((row, before))
    Duty.objects.bulk_update(found, ["due_at", "facts", "act_at"], batch_size=200)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.DUTY_RECLOCKED, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at,
            data={"from": before, "to": row.due_at},
        )
        for row, before in moved
    )  # fmt: skip
    return len(moved)


@transaction.atomic
def pass_many(*, owners: Mapping[str, str], how: TenureHow, by: Actor, at: datetime) -> int:
    """Open duties change their owner because of a fact (duty id → unit code): one tenure ends where the next begins."""
    known = existing_owners(sorted(set(owners.values()))) if owners else {}
    found = [row for row in _locked(owners) if row.owner_id != known[owners[row.pk]]]
    _withdraw(found, by=by, at=at, reason="the person is in the care of another unit")
    Tenure.objects.filter(duty__in=found, ends_at=None).update(ends_at=at)
    told = _told(found)
    former = {row.pk: row.owner_id for row in found}
    for row in found:
        row.owner_id, row.owner_post, row.refusals = known[owners[row.pk]], None, 0
        rows.set_act_at(row, answer_by=None, done=told.get(row.pk, set()))
    Tenure.objects.bulk_create(Tenure(duty=row, unit_id=row.owner_id, how=how, starts_at=at) for row in found)
    Duty.objects.bulk_update(found, ["owner", "owner_post", "refusals", "act_at"], batch_size=200)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.DUTY_PASSED, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at, data={"from": former[row.pk]}
        )
        for row in found
    )
    return len(found)


def _locked(duty_ids: Collection[str]) -> list[Duty]:
    """The open ones of these duties, locked in the order of their ids."""
    if not duty_ids:
        return []
    found = Duty.objects.select_for_update(of=("self",)).filter(pk__in=list(duty_ids), state=DutyState.OPEN)
    return list(found.order_by("id"))


def _told(found: Sequence[Duty]) -> dict[str, set[str]]:
    """The steps already told of each duty: what is told stays told."""
    told: dict[str, set[str]] = {row.pk: set() for row in found}
    for duty_id, step in Notice.objects.filter(duty__in=found).values_list("duty_id", "step"):
        told[duty_id].add(step)
    return told


def _withdraw(found: Sequence[Duty], *, by: Actor, at: datetime, reason: str) -> None:
    Handover.objects.filter(duty__in=found, state=HandoverState.OFFERED).update(
        state=HandoverState.WITHDRAWN, answered_at=at, answered_by=rows.signature(by), reason=reason
    )


def _close(
    found: Sequence[Duty], state: DutyState, tag: AnyTag, *, proof: str, data: Mapping[str, object], by: Actor, at: datetime
) -> None:  # fmt: skip
    if not found:
        return
    ids = [row.pk for row in found]
    Duty.objects.filter(pk__in=ids).update(
        state=state, closed_at=at, proof=proof[:300], closed_by=rows.signature(by), act_at=None
    )
    Tenure.objects.filter(duty__in=ids, ends_at=None).update(ends_at=at)
    _withdraw(found, by=by, at=at, reason="the duty was closed")
    ledger.record_many(
        ledger.Draft(
            tag=tag, subject=f"duty:{row.pk}", unit=row.owner_id, by=by, at=at, data={"kind": row.kind, **data}
        )
        for row in found
    )  # fmt: skip
    asked = Duty.objects.filter(kind__in=QUESTIONS, about__in=[f"duty:{pk}" for pk in ids], state=DutyState.OPEN)
    concerned = {about.removeprefix("duty:") for about in asked.values_list("about", flat=True)}
    for row in found:
        if row.pk in concerned:
            row.state = state.value
            settle_questions(row, tag=tag, ref=f"{row.pk} is {state}", by=by, at=at)

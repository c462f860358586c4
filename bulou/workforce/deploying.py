"""Where free hands go: a proposal to the largest gap, the gap before and after, and a named person who commits it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked, pack_at, signature
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, InputFault
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.workforce import queries, rules
from bulou.workforce.actions import place_hand
from bulou.workforce.choices import DeploymentState, NeedState, Skill
from bulou.workforce.models import Deployment, HandsNeed


@transaction.atomic
def propose_deployment(
    *, unit: str, from_at: datetime, until_at: datetime, by: Actor, at: datetime, code: str = ""
) -> Deployment:
    """What could be done with the free hands of a unit and all below it for the needs that start in the window."""
    permit(by, Operation.DEPLOY_HANDS, unit)
    if until_at <= from_at:
        message = "the window ends before it starts"
        raise InputFault(message, column="until_at")
    low, high = codes.below(unit)
    needs = list(HandsNeed.objects.filter(
        unit__gte=low, unit__lt=high, state=NeedState.OPEN, starts_at__gte=from_at, starts_at__lt=until_at
    ))  # fmt: skip
    rest = pack_at(at).span("work_rest")
    gaps = [rules.Gap(one.pk, one.skill, one.starts_at, one.ends_at, one.hands - one.planned) for one in needs]
    staying = max((one.ends_at for one in needs), default=until_at)
    free = queries.hands(queries.with_unit(unit, from_at=from_at, until_at=staying))
    lines = rules.propose(gaps, free, rest=rest, days={one.pk: clock.day_of(one.ends_at) for one in needs})
    before = sum(one.missing for one in gaps)
    row = Deployment.objects.create(
        code=code or public_id("DP", at), unit_id=unit, from_at=from_at, until_at=until_at, proposed_at=at,
        proposed_by=signature(by), lines=[list(one) for one in lines], gap_before=before, gap_after=before - len(lines),
        free=sum(rules.rested(from_at, until_at, one.taken) for one in free),
    )  # fmt: skip
    commit(tag=LineTag.HANDS_PROPOSED, subject=f"deployment:{row.pk}", unit=unit, by=by, at=at,
           data={"lines": row.lines, "gap_before": before, "gap_after": row.gap_after})  # fmt: skip
    return row


@transaction.atomic
def commit_deployment(*, code: str, by: Actor, at: datetime) -> Deployment:
    """The person on duty puts the proposal into effect; what has become impossible since is left out and counted."""
    row = _decided(code, DeploymentState.COMMITTED, by=by, at=at)
    left: list[list[str]] = []
    for need, worker in row.lines:
        asked = HandsNeed.objects.get(pk=need)
        try:
            if asked.state != NeedState.OPEN:
                left.append([need, worker])
                continue
            with transaction.atomic():
                place_hand(
                    worker=worker, unit=asked.unit_id, place=asked.place, skill=Skill(asked.skill), need=need,
                    starts_at=asked.starts_at, ends_at=asked.ends_at, by=by, at=at,
                )  # fmt: skip
            row.placed += 1
        except BulouError:
            left.append([need, worker])
    row.gap_after = row.gap_before - row.placed
    row.save(update_fields=("placed", "gap_after"))
    commit(tag=LineTag.HANDS_DEPLOYED, subject=f"deployment:{code}", unit=row.unit_id, by=by, at=at,
           data={"placed": row.placed, "left_out": left})  # fmt: skip
    return row


@transaction.atomic
def drop_deployment(*, code: str, by: Actor, at: datetime) -> Deployment:
    """The proposal is not followed."""
    row = _decided(code, DeploymentState.DROPPED, by=by, at=at)
    commit(tag=LineTag.DEPLOYMENT_DROPPED, subject=f"deployment:{code}", unit=row.unit_id, by=by, at=at)
    return row


def _decided(code: str, state: DeploymentState, *, by: Actor, at: datetime) -> Deployment:
    row = locked(Deployment, code)
    permit(by, Operation.DEPLOY_HANDS, row.unit_id)
    rules.require(row.state, {DeploymentState.PROPOSED}, doing="decided")
    row.state, row.decided_at, row.decided_by = state, at, signature(by)
    row.save(update_fields=("state", "decided_at", "decided_by"))
    return row

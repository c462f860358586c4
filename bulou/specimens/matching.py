"""What people settle about results: whose an unmatched one is, and which of two that differ stands."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger.tags import Tag
from bulou.specimens import rows, rules
from bulou.specimens.choices import Outcome, ResultState, TubeState
from bulou.specimens.models import LaboratoryResult, Tube
from bulou.specimens.results import take, unmatched_about


@transaction.atomic
def match_result(*, result_id: int, tube_id: str, by: Actor, at: datetime) -> LaboratoryResult:
    """Say which tube an unmatched result belongs to (查明样本); from here it takes effect like any other."""
    row = _locked(result_id)
    permit(by, Operation.ANSWER_DUTY, row.laboratory_id)
    if row.state != ResultState.UNMATCHED:
        message = f"this result is {row.state}"
        raise Refused(message, code="result-state", remedy="Only an unmatched result is matched.")
    tube = Tube.objects.filter(pk=tube_id).exclude(state=TubeState.VOIDED).first()
    if tube is None:
        message = f"no tube is registered as {tube_id}"
        raise InputFault(message, column="tube_id", remedy="Register the tube, or choose another.")
    return _adopt(row, tube_id, by=by, at=at)


@transaction.atomic
def adopt(*, result_id: int, by: Actor, at: datetime) -> LaboratoryResult:
    """Take an unmatched result whose tube has been registered since; called by the watch."""
    row = _locked(result_id)
    if row.state != ResultState.UNMATCHED:
        return row
    return _adopt(row, row.tube_id, by=by, at=at)


def _locked(result_id: int) -> LaboratoryResult:
    found = LaboratoryResult.objects.select_for_update().filter(pk=result_id).first()
    if found is None:
        raise rows.missing_record()
    return found


def _adopt(row: LaboratoryResult, tube_id: str, *, by: Actor, at: datetime) -> LaboratoryResult:
    written = row.tube_id
    tubes = {tube.pk: tube for tube in rows.locked_tubes([tube_id]).select_related("site")}
    row.tube_id, row.state = tube_id, ResultState.VALID.value
    row.save(update_fields=("tube_id", "state"))
    take([row], tubes, by=by, at=at)
    duties.fulfil_by_fact(
        kind=rules.MATCHED,
        about=unmatched_about(row),
        tag=Tag.RESULT_UNMATCHED,
        ref=f"{written} = {tube_id}",
        by=by,
        at=at,
    )
    return row


@transaction.atomic
def settle_conflict(*, tube_id: str, outcome: Outcome, reason: str, by: Actor, at: datetime) -> Tube:
    """The experts say which of two contradicting results stands (核定); the other is overruled, with the reason.

    A positive acted when it was reported; settled negative, its case is excluded by the experts' diagnosis.
    """
    tube = rows.locked_tubes([tube_id]).select_related("site").first()
    if tube is None:
        raise rows.missing_record()
    permit(by, Operation.DIAGNOSE_CASE, tube.unit_code)
    if not reason.strip():
        message = "a settlement needs a reason"
        raise InputFault(message, column="reason")
    return settle_by_fact(tube, outcome=outcome, reason=reason, tag=Tag.RESULT_CONFLICTING, by=by, at=at)


@transaction.atomic
def settle_by_fact(tube: Tube, *, outcome: Outcome, reason: str, tag: Tag, by: Actor, at: datetime) -> Tube:
    """The same, for a locked tube, because a fact settles it: the experts diagnosed the case."""
    differing = LaboratoryResult.objects.filter(tube_id=tube.pk, state=ResultState.CONFLICTING)
    if not is_disputed(tube):
        message = f"no results of the tube {tube.pk} contradict each other"
        raise Refused(message, code="no-conflict", remedy="Open the tube to see its results.")
    differing.exclude(outcome=outcome).update(state=ResultState.OVERRULED, recalled_reason=reason[:200])
    differing.filter(outcome=outcome).update(state=ResultState.VALID)
    tube.outcome = outcome.value
    tube.save(update_fields=("outcome",))
    duties.fulfil_by_fact(
        kind=rules.CONFLICT_SETTLED,
        about=rules.tube_about(tube.pk),
        tag=tag,
        ref=f"{outcome}: {reason}"[:110],
        by=by,
        at=at,
    )
    return tube


def is_disputed(tube: Tube) -> bool:
    """Whether results of the tube contradict each other and nobody has settled which stands."""
    return LaboratoryResult.objects.filter(tube_id=tube.pk, state=ResultState.CONFLICTING).exists()

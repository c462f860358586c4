"""Laboratory results (快检、快报): taken as a set, kept even when the tube is unknown; a pool's is never a person's.

A positive acts at once, also when another laboratory contradicts it: the conflict is settled by people, with a clock,
and meanwhile the cautious reading stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties.opening import Owed
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, Conflict, InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.specimens import owed, rows, rules
from bulou.specimens.choices import Outcome, ResultState, TubeState
from bulou.specimens.closing import close_recalls_of, close_tested
from bulou.specimens.models import LaboratoryResult, Tube, TubeMember

_COUNTS = (ResultState.VALID, ResultState.CONFLICTING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultScan:
    """What a laboratory says of one tube; ``run_id`` names the plate, by which a control failure recalls."""

    tube_id: str
    outcome: Outcome
    tested_at: datetime
    reported_at: datetime
    run_id: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """A result as it was taken, and whether this was the first time."""

    result: LaboratoryResult
    created: bool


def report_result(
    *,
    tube_id: str,
    outcome: Outcome,
    tested_at: datetime,
    reported_at: datetime,
    by: Actor,
    at: datetime,
    run_id: str = "",
) -> Reported:
    """Report one tube's result as the actor's laboratory; raises what is wrong with it."""
    scan = ResultScan(tube_id=tube_id, outcome=outcome, tested_at=tested_at, reported_at=reported_at, run_id=run_id)
    answer = report_results(results=[scan], by=by, at=at)[0]
    if isinstance(answer, BulouError):
        raise answer
    return answer


@transaction.atomic
def report_results(*, results: Sequence[ResultScan], by: Actor, at: datetime) -> list[Reported | BulouError]:
    """Report up to 500 results as the actor's laboratory; one answer for each, in order.

    The natural key is laboratory, tube and ``reported_at``: the same content gives the first answer, other content is a
    ``Conflict``. A result for a tube that nobody registered is kept as unmatched, and somebody must find whose it is.
    """
    permit(by, Operation.REPORT_RESULT)
    lab = rows.laboratory(by.unit)
    if len(results) > rules.BATCH_MAX:
        message = f"{len(results)} results in one batch"
        raise InputFault(message, code="batch-too-large", remedy=f"Send at most {rules.BATCH_MAX}.")
    asked = [scan.tube_id for scan in results]
    tubes = {tube.pk: tube for tube in rows.locked_tubes(asked).exclude(state=TubeState.VOIDED).select_related("site")}
    known = {(row.tube_id, row.reported_at): row for row in LaboratoryResult.objects.filter(laboratory=lab, tube_id__in=asked)}
    answers: list[Reported | BulouError] = []
    fresh: list[LaboratoryResult] = []
    for scan in results:
        fault = rules.result_fault(
            tube_id=scan.tube_id, run_id=scan.run_id, tested_at=scan.tested_at, reported_at=scan.reported_at, at=at
        )
        before = known.get((scan.tube_id, scan.reported_at)) if fault is None else None
        if fault is not None:
            answers.append(fault)
        elif before is not None:
            answers.append(_repeat(scan, before))
        else:
            made = LaboratoryResult(
                tube_id=scan.tube_id,
                laboratory=lab,
                outcome=scan.outcome.value,
                tested_at=scan.tested_at,
                reported_at=scan.reported_at,
                recorded_at=at,
                run_id=scan.run_id,
                state=(ResultState.VALID if scan.tube_id in tubes else ResultState.UNMATCHED).value,
            )
            known[scan.tube_id, scan.reported_at] = made
            fresh.append(made)
            answers.append(Reported(made, created=True))
    LaboratoryResult.objects.bulk_create(fresh)
    keep_unmatched([row for row in fresh if row.tube_id not in tubes], by=by, at=at)
    take(fresh, tubes, by=by, at=at)
    return answers


def _repeat(scan: ResultScan, before: LaboratoryResult) -> Reported | BulouError:
    if (scan.outcome, scan.tested_at, scan.run_id) == (before.outcome, before.tested_at, before.run_id):
        return Reported(before, created=False)
    message = f"the tube {scan.tube_id} was reported at that instant with another outcome, run or test"
    return Conflict(message, column="outcome", remedy="Report the corrected result with its own instant.")


def unmatched_about(row: LaboratoryResult) -> str:
    """How the search for a result's specimen is named."""
    return f"result:{row.pk}"


def keep_unmatched(found: Sequence[LaboratoryResult], *, by: Actor, at: datetime) -> None:
    """Results whose tube nobody registered: kept, and their laboratory must find whose they are."""
    if not found:
        return
    ledger.record_many(
        ledger.Draft(
            tag=Tag.RESULT_UNMATCHED,
            subject=rules.tube_about(row.tube_id),
            unit=row.laboratory_id,
            by=by,
            at=at,
            data={"outcome": row.outcome, "laboratory": row.laboratory_id, "result": row.pk, "run": row.run_id},
        )
        for row in found
    )
    place = codes.territory(by.unit)
    owed.open_all(
        [
            Owed(
                kind=rules.MATCHED,
                about=unmatched_about(row),
                label=f"{row.tube_id} · {row.outcome}",
                place_code=place if codes.is_place(place) else "",
                owners={"laboratory": row.laboratory_id},
                facts={"reported_at": row.reported_at},
            )
            for row in found
        ],
        by=by,
        at=at,
    )


def take(fresh: Sequence[LaboratoryResult], tubes: dict[str, Tube], *, by: Actor, at: datetime) -> None:
    """Let results that belong to locked tubes take effect: the tubes' outcome, the facts, and the duties they close."""
    matched = [row for row in fresh if row.tube_id in tubes]
    if not matched:
        return
    concerned = {row.tube_id for row in matched}
    new = {row.pk for row in matched}
    earlier: dict[str, list[LaboratoryResult]] = defaultdict(list)
    for row in LaboratoryResult.objects.filter(tube_id__in=concerned, state__in=_COUNTS).exclude(pk__in=new):
        earlier[row.tube_id].append(row)
    people = _people([tubes[row.tube_id] for row in matched if row.outcome == Outcome.POSITIVE])
    released = _released([tubes[row.tube_id] for row in matched if row.outcome == Outcome.POSITIVE])
    drafts: list[ledger.Draft] = []
    disputed: list[Tube] = []
    contradicted: list[LaboratoryResult] = []
    for row in matched:
        tube = tubes[row.tube_id]
        before = [Outcome(one.outcome) for one in earlier[tube.pk]]
        outcome = Outcome(row.outcome)
        if rules.conflicts(outcome, before):
            disputed.append(tube)
            contradicted += [row, *earlier[tube.pk]]
            drafts.append(_draft(Tag.RESULT_CONFLICTING, row, tube, by=by, at=at, repeated=False, person=""))
        tag = _tag(outcome, tube, late=tube.pk in released)
        person = people.get(tube.pk, "") if tag is Tag.RESULT_POSITIVE else ""
        drafts.append(_draft(tag, row, tube, by=by, at=at, repeated=outcome in before, person=person))
        tube.outcome = rules.standing(outcome, before).value
        tube.state, tube.reported_at = TubeState.REPORTED.value, row.reported_at
        earlier[tube.pk].append(row)
    LaboratoryResult.objects.filter(pk__in=[one.pk for one in contradicted]).update(state=ResultState.CONFLICTING)
    for row in contradicted:
        row.state = ResultState.CONFLICTING.value
    Tube.objects.bulk_update([tubes[tube_id] for tube_id in sorted(concerned)], ("outcome", "state", "reported_at"))
    ledger.record_many(drafts)
    _owe_settlement(disputed, by=by, at=at)
    close_tested({box for box in (tubes[one].box_id for one in concerned) if box}, tag=Tag.RESULT_NEGATIVE, by=by, at=at)
    close_recalls_of(concerned, tag=Tag.RESULT_NEGATIVE, by=by, at=at)


def _tag(outcome: Outcome, tube: Tube, *, late: bool) -> Tag:
    if outcome is Outcome.POSITIVE and tube.people > 1:
        return Tag.RESULT_POOL_ABNORMAL
    if outcome is Outcome.POSITIVE:
        return Tag.RESULT_LATE if late else Tag.RESULT_POSITIVE
    return {
        Outcome.NEGATIVE: Tag.RESULT_NEGATIVE,
        Outcome.INDETERMINATE: Tag.RESULT_INDETERMINATE,
        Outcome.INVALID: Tag.RESULT_INVALID,
    }[outcome]


def _draft(
    tag: Tag, row: LaboratoryResult, tube: Tube, *, by: Actor, at: datetime, repeated: bool, person: str
) -> ledger.Draft:
    return ledger.Draft(
        # Apart and erasable: the one fact on which a restriction of this person may rest.
        personal={"person_id": person} if person else None,
        tag=tag,
        subject=rules.tube_about(tube.pk),
        unit=tube.unit_code,
        by=by,
        at=at,
        data={
            "outcome": row.outcome,
            "laboratory": row.laboratory_id,
            "run": row.run_id,
            "people": tube.people,
            "collected_at": tube.collected_at,
            "reported_at": row.reported_at,
            "repeated": repeated,
        },
    )


def _people(positive: Iterable[Tube]) -> dict[str, str]:
    """Whose sample a positive single tube holds."""
    single = [tube.pk for tube in positive if tube.people == 1]
    return dict(TubeMember.objects.filter(tube__in=single).values_list("tube_id", "person_id")) if single else {}


def _released(positive: Iterable[Tube]) -> set[str]:
    """Of these tubes, each with one person, those whose person was released after the sample was taken."""
    single = {tube.pk: tube for tube in positive if tube.people == 1}
    if not single:
        return set()
    members = dict(TubeMember.objects.filter(tube__in=list(single)).values_list("person_id", "tube_id"))
    ended = Case.objects.filter(person_id__in=list(members), released_at__isnull=False).exclude(status=CaseStatus.EXCLUDED)
    return {
        tube_id
        for person, released_at in ended.values_list("person_id", "released_at")
        if released_at is not None and single[tube_id := members[person]].collected_at < released_at
    }


def _owe_settlement(disputed: Sequence[Tube], *, by: Actor, at: datetime) -> None:
    """Two results that contradict each other: the city's experts settle one answer."""
    owed.open_all(
        [
            Owed(
                kind=rules.CONFLICT_SETTLED,
                about=rules.tube_about(tube.pk),
                label=f"{tube.pk} · {tube.site.name}",
                place_code=tube.site.place_code,
                facts={"collected_at": tube.collected_at},
            )
            for tube in disputed
        ],
        by=by,
        at=at,
    )

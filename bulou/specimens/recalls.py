"""A control failure recalls a run (质控失败召回): its results no longer stand, and what they caused is listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.models import Duty
from bulou.duties.opening import Owed
from bulou.investigation.models import Case
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.specimens import owed, rows, rules
from bulou.specimens.choices import Outcome, ResultState, TubeState
from bulou.specimens.models import LaboratoryResult, Tube, TubeMember


@dataclass(frozen=True, slots=True, kw_only=True)
class Caused:
    """What results had caused: people told that they are negative, cases opened, new samples asked for."""

    negatives: int
    positives: int
    people_told_negative: int
    cases: tuple[str, ...]
    new_samples: tuple[str, ...]  # ids of the duties


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What was recalled, what it had caused, and who owes new results."""

    laboratory: str
    run_id: str
    results: int
    caused: Caused
    duty: Duty | None


@transaction.atomic
def recall_run(*, run_id: str, reason: str, by: Actor, at: datetime) -> Recall:
    """Take back every result that the actor's laboratory reported from a run; each tube is owed a new result.

    Cases and new samples that the wrong results caused are not undone by software: they are listed, and people decide.
    Said again, nothing changes.
    """
    permit(by, Operation.REPORT_RESULT)
    lab = rows.laboratory(by.unit)
    if not run_id.strip() or not reason.strip():
        message = "a recall names the run and the reason"
        raise InputFault(message, column="run_id" if not run_id.strip() else "reason")
    of_run = LaboratoryResult.objects.filter(laboratory=lab, run_id=run_id).exclude(state=ResultState.OVERRULED)
    if not of_run.exists():
        raise rows.missing_record()
    tubes = {
        tube.pk: tube
        for tube in rows.locked_tubes(list(of_run.values_list("tube_id", flat=True))).exclude(state=TubeState.VOIDED)
    }
    standing = list(of_run.exclude(state=ResultState.RECALLED).order_by("pk"))
    caused = caused_by(standing)
    LaboratoryResult.objects.filter(pk__in=[row.pk for row in standing]).update(
        state=ResultState.RECALLED, recalled_reason=reason[:200]
    )
    waiting = _set_back(tubes, by=by, at=at)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.RESULT_RECALLED,
            subject=rules.tube_about(row.tube_id),
            unit=lab.pk,
            by=by,
            at=at,
            data={"was": row.outcome, "run": run_id, "laboratory": lab.pk, "reason": reason},
        )
        for row in standing
    )
    for row in standing:
        if row.state == ResultState.UNMATCHED:
            duties.supersede_by_fact(
                kind=rules.MATCHED, about=f"result:{row.pk}", successor=f"{Tag.RESULT_RECALLED} {run_id}", by=by, at=at
            )
    duty = _owe_retest(lab.pk, run_id, waiting, reason=reason, by=by, at=at) if waiting and standing else None
    return Recall(laboratory=lab.pk, run_id=run_id, results=len(standing), caused=caused, duty=duty)


def _set_back(tubes: dict[str, Tube], *, by: Actor, at: datetime) -> list[Tube]:
    """Tubes whose only standing result was recalled wait for one again; returns them. Another result stands."""
    left: dict[str, list[LaboratoryResult]] = {tube_id: [] for tube_id in tubes}
    for row in LaboratoryResult.objects.filter(
        tube_id__in=list(tubes), state__in=(ResultState.VALID, ResultState.CONFLICTING)
    ).order_by("reported_at", "pk"):
        left[row.tube_id].append(row)
    agreed: list[int] = []
    for tube in tubes.values():
        others = left[tube.pk]
        outcomes = [Outcome(row.outcome) for row in others]
        tube.state = (TubeState.REPORTED if others else TubeState.RECEIVED).value
        tube.outcome = rules.standing(outcomes[-1], outcomes[:-1]).value if outcomes else ""
        tube.reported_at = others[-1].reported_at if others else None
        if others and not rules.conflicts(outcomes[-1], outcomes[:-1]):
            agreed += [row.pk for row in others if row.state == ResultState.CONFLICTING]
            duties.supersede_by_fact(
                kind=rules.CONFLICT_SETTLED,
                about=rules.tube_about(tube.pk),
                successor=f"{Tag.RESULT_RECALLED} {tube.pk}",
                by=by,
                at=at,
            )
    LaboratoryResult.objects.filter(pk__in=agreed).update(state=ResultState.VALID)
    Tube.objects.bulk_update(tubes.values(), ("state", "outcome", "reported_at"))
    return [tube for tube in tubes.values() if not left[tube.pk]]


def _owe_retest(laboratory: str, run_id: str, waiting: list[Tube], *, reason: str, by: Actor, at: datetime) -> Duty:
    place = codes.territory(laboratory)
    return owed.open_all(
        [
            Owed(
                kind=rules.RETESTED,
                about=rules.run_about(laboratory, run_id),
                label=f"{run_id} · {len(waiting)}",
                place_code=place if codes.is_place(place) else "",
                owners={"laboratory": laboratory},
                facts={"recalled_at": at, "oldest_collected_at": min(tube.collected_at for tube in waiting)},
                why=reason,
            )
        ],
        by=by,
        at=at,
    )[0]


def caused_by(results: list[LaboratoryResult]) -> Caused:
    """What these results caused; three statements."""
    positive = [row.tube_id for row in results if row.outcome == Outcome.POSITIVE]
    negative = [row.tube_id for row in results if row.outcome == Outcome.NEGATIVE]
    sampled = TubeMember.objects.filter(tube__in=positive).values_list("person_id", flat=True)
    asked = Duty.objects.filter(
        kind=rules.RESAMPLED,
        about__in=[rules.person_about(person) for person in sampled],
        opened_at__gte=min((row.recorded_at for row in results), default=clock.city()),
    )
    return Caused(
        negatives=len(negative),
        positives=len(positive),
        people_told_negative=TubeMember.objects.filter(tube__in=negative).count(),
        cases=tuple(Case.objects.filter(tube_id__in=positive).order_by("code").values_list("code", flat=True)),
        new_samples=tuple(asked.order_by("pk").values_list("pk", flat=True)),
    )

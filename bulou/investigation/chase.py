"""The chase's clock (追阳): each case's steps with the pack's limits, late first; and the fact that its contacts are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.duties import rows
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.investigation import queries
from bulou.investigation.actions import permitted, step_done_by_fact
from bulou.investigation.choices import CaseStatus, ChaseStep
from bulou.investigation.models import Case, ChaseStepDone, Contact
from bulou.investigation.rules import CHASED, case_about
from bulou.investigation.rules import clock as rules
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


@transaction.atomic
def contacts_complete(*, case: str, by: Actor, at: datetime, note: str = "") -> ChaseStepDone:
    """The tracer says that the list of contacts is whole (密接判定完成): the step of the chase is done by this fact.

    ``InputFault``: nobody is listed, and no reason is given why there is nobody. What is listed later is added all the same.
    """
    row = permitted(case, by, Operation.CHASE_CASE, CHASED)
    if row.status == CaseStatus.EXCLUDED:
        message = "the case is excluded"
        raise Refused(message, code="case-status")
    grades: dict[str, int] = {}
    for grade in Contact.objects.filter(case=row).exclude(status="withdrawn").values_list("grade", flat=True):
        grades[grade] = grades.get(grade, 0) + 1
    if not grades and not note.strip():
        message = "nobody is listed"
        raise InputFault(message, column="note", remedy="List the contacts, or say why there are none.")
    ledger.record(
        tag=Tag.CONTACTS_COMPLETE,
        subject=case_about(row.pk),
        unit=row.place_code,
        by=by,
        at=at,
        data={"contacts": grades, "note": note.strip()},
    )
    said = note.strip() or ", ".join(f"{count} {grade}" for grade, count in sorted(grades.items()))
    return step_done_by_fact(row, ChaseStep.CONTACTS_LISTED, by=by, at=at, note=said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chase:
    """A case with its clock, who owes its chase, and the next step."""

    case: Case
    clock: rules.Clock
    duty: Duty | None


def board(reader: Actor, *, at: datetime, done: bool = False) -> list[Chase]:
    """The open chases (or with ``done`` those closed on the present day), late first, then by next limit.

    Three statements for any number of cases.
    """
    found = queries.cases(reader).prefetch_related("steps")
    owed = Duty.objects.filter(kind=CHASED)
    if done:
        start, end = clock.day_bounds(clock.day_of(at))
        owed = owed.exclude(state=DutyState.OPEN).filter(closed_at__gte=start, closed_at__lt=end)
    else:
        owed = owed.filter(state=DutyState.OPEN)
    duties = {row.about.removeprefix("case:"): row for row in owed.select_related("owner")}
    rows_ = found.filter(pk__in=list(duties)) if len(duties) < _IN_MOST else found.filter(Q(released_at=None))
    chased = [_chase(row, duties.get(row.pk), at=at) for row in rows_ if row.pk in duties]
    return sorted(chased, key=lambda one: (one.clock.next_due or one.case.detected_at, one.case.pk))


_IN_MOST = 900  # values in one statement that SQLite takes


def of_case(row: Case, *, at: datetime) -> Chase:
    """One case's clock."""
    duty = Duty.objects.filter(kind=CHASED, about=case_about(row.pk)).select_related("owner").order_by("-opened_at").first()
    return _chase(row, duty, at=at)


def _chase(row: Case, duty: Duty | None, *, at: datetime) -> Chase:
    return Chase(case=row, clock=clock_of(row, list(row.steps.all()), at=at), duty=duty)


def clock_of(row: Case, steps: Sequence[ChaseStepDone], *, at: datetime) -> rules.Clock:
    """The clock of a case from its rows and the pack in force when it was detected."""
    done = {ChaseStep(one.step): one.done_at for one in steps}
    return rules.clock(
        sampled_at=row.sampled_at,
        detected_at=row.detected_at,
        done=done,
        limits=rules.limits(rows.pack_now(clock.day_of(row.detected_at))),
        now=at,
    )

"""The only writers of cases: opened by a positive, then chased, diagnosed, reported, released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.investigation import ending, rules, same
from bulou.investigation.choices import CaseStatus, ChaseStep, FoundWhere
from bulou.investigation.models import Case, ChaseStepDone
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


@dataclass(frozen=True, slots=True)
class Opened:
    """The person's open case, and whether this opened it."""

    case: Case
    fresh: bool


@transaction.atomic
def open_case(
    *,
    person_id: str,
    place_code: str,
    tube_id: str,
    sampled_at: datetime | None,
    detected_at: datetime,
    by: Actor,
    at: datetime,
    laboratory: str = "",
    found_where: FoundWhere = FoundWhere.UNKNOWN,
) -> Case:
    """Somebody opens a case by hand, as after the review of a late result; a person has one open case."""
    permit(by, Operation.CHASE_CASE, place_code)
    return open_case_by_fact(
        person_id=person_id,
        place_code=place_code,
        tube_id=tube_id,
        sampled_at=sampled_at,
        detected_at=detected_at,
        laboratory=laboratory,
        found_where=found_where,
        by=by,
        at=at,
    ).case


@transaction.atomic
def open_case_by_fact(
    *,
    person_id: str,
    place_code: str,
    tube_id: str,
    sampled_at: datetime | None,
    detected_at: datetime,
    by: Actor,
    at: datetime,
    laboratory: str = "",
    found_where: FoundWhere = FoundWhere.UNKNOWN,
) -> Opened:
    """Open the person's case because a laboratory reported a positive; a second laboratory is added to the open one.

    An id that was found to be somebody else's opens that person's case; where the person was a contact, it is one no more.
    """
    person_id = same.person(person_id)
    made, fresh = Case.objects.exclude(status=CaseStatus.EXCLUDED).get_or_create(
        person_id=person_id,
        released_at=None,
        merged_into=None,
        defaults={
            "code": public_id("C", at),
            "place_code": place_code,
            "tube_id": tube_id,
            "sampled_at": sampled_at,
            "detected_at": detected_at,
            "found_where": found_where.value,
            "laboratories": laboratory,
        },
    )
    if not fresh:
        row = _locked(made.pk)
        row.laboratories = rules.with_laboratory(row.laboratories, laboratory)[:160]
        row.save(update_fields=("laboratories",))
        return Opened(row, fresh=False)
    ledger.record(
        tag=Tag.CASE_OPENED,
        subject=rules.case_about(made.pk),
        unit=place_code,
        by=by,
        at=at,
        data={"tube": tube_id, "sampled_at": sampled_at, "detected_at": detected_at, "laboratory": laboratory},
        personal={"person_id": person_id},
    )
    ending.became_case_by_fact(made, by=by, at=at)
    return Opened(made, fresh=True)


def _locked(code: str) -> Case:
    found = Case.objects.select_for_update().filter(pk=code).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


def permitted(code: str, by: Actor, operation: Operation, kind: str) -> Case:
    """The case, locked, for somebody whose jurisdiction holds the place of stay or who owes this step of it."""
    row = _locked(code)
    owner = (
        Duty.objects.filter(kind=kind, about=rules.case_about(code), state=DutyState.OPEN)
        .values_list("owner_id", flat=True)
        .first()
    )
    permit(by, operation, row.place_code, owner or "")
    return row


@transaction.atomic
def report_case(*, code: str, by: Actor, at: datetime) -> Case:
    """The case is entered into the direct network (网络直报); said once, the first instant stands."""
    row = permitted(code, by, Operation.DIAGNOSE_CASE, rules.REPORTED)
    if row.reported_at is not None:
        return row
    row.reported_at = at
    row.save(update_fields=("reported_at",))
    _record(row, Tag.CASE_REPORTED, by=by, at=at, data={})
    duties.fulfil_by_fact(kind=rules.REPORTED, about=rules.case_about(code), tag=Tag.CASE_REPORTED, ref=code, by=by, at=at)
    return row


@transaction.atomic
def diagnose_case(
    *, code: str, status: CaseStatus, by: Actor, at: datetime, note: str = "", found_where: FoundWhere | None = None
) -> Case:
    """The experts turn a preliminary positive into confirmed, asymptomatic or excluded (专家组诊断).

    An excluded case ends here: its chase and report are superseded by the diagnosis.
    """
    row = permitted(code, by, Operation.DIAGNOSE_CASE, rules.DIAGNOSED)
    rules.require_diagnosis(status=CaseStatus(row.status), to=status)
    row.status, row.diagnosed_as, row.diagnosed_at = status.value, status.value, at
    row.found_where = (found_where or FoundWhere(row.found_where)).value
    row.save(update_fields=("status", "diagnosed_as", "diagnosed_at", "found_where"))
    _record(row, Tag.CASE_DIAGNOSED, by=by, at=at, data={"status": status, "note": note, "tube": row.tube_id})
    about = rules.case_about(code)
    duties.fulfil_by_fact(kind=rules.DIAGNOSED, about=about, tag=Tag.CASE_DIAGNOSED, ref=f"{code} {status}", by=by, at=at)
    if status is CaseStatus.EXCLUDED:
        for kind in (rules.CHASED, rules.REPORTED):
            duties.supersede_by_fact(kind=kind, about=about, successor=f"{Tag.CASE_DIAGNOSED} {code} excluded", by=by, at=at)
        ending.case_excluded_by_fact(row, by=by, at=at)
    return row


@transaction.atomic
def reclassify_case(*, code: str, status: CaseStatus, reason: str, by: Actor, at: datetime) -> Case:
    """A diagnosis changes (订正、转归); asymptomatic to confirmed is a conversion, and is counted once."""
    row = permitted(code, by, Operation.DIAGNOSE_CASE, rules.DIAGNOSED)
    before = CaseStatus(row.status)
    rules.require_reclassified(status=before, to=status, reason=reason)
    converted = rules.is_conversion(diagnosed_as=CaseStatus(row.diagnosed_as), to=status, converted_at=row.converted_at)
    if converted:
        row.converted_at = at
    row.status = status.value
    row.save(update_fields=("status", "converted_at"))
    _record(
        row,
        Tag.CASE_RECLASSIFIED,
        by=by,
        at=at,
        data={"from": before, "to": status, "reason": reason, "conversion": converted},
    )
    if status is CaseStatus.EXCLUDED:
        ending.case_excluded_by_fact(row, by=by, at=at)
    return row


@transaction.atomic
def release_case(*, code: str, reason: str, by: Actor, at: datetime) -> Case:
    """The person is released (解除): a later result for an earlier sample is a late one."""
    row = permitted(code, by, Operation.CHASE_CASE, rules.CHASED)
    if row.status == CaseStatus.PRELIMINARY:
        message = "a preliminary positive is diagnosed before anybody is released"
        raise Refused(message, code="case-status", remedy="Let the experts diagnose it.")
    if row.released_at is not None:
        return row
    if not reason.strip():
        message = "a release needs a reason"
        raise InputFault(message, column="reason")
    return _release(row, reason, by=by, at=at)


def _release(row: Case, reason: str, *, by: Actor, at: datetime) -> Case:
    row.released_at = at
    row.save(update_fields=("released_at",))
    _record(row, Tag.CASE_RELEASED, by=by, at=at, data={"reason": reason})
    return row


@transaction.atomic
def release_case_by_fact(*, code: str, reason: str, by: Actor, at: datetime) -> Case:
    """The same for a diagnosed case, because its person left isolation by the rule: that action was already permitted."""
    row = Case.objects.select_for_update(of=("self",)).get(pk=code)
    return row if row.released_at is not None else _release(row, reason, by=by, at=at)


@transaction.atomic
def chase_step_done(*, code: str, step: ChaseStep, by: Actor, at: datetime, note: str = "") -> ChaseStepDone:
    """One step of the chase is done (追阳); the last of them closes the chase. Said again, the first instant stands."""
    row = permitted(code, by, Operation.CHASE_CASE, rules.CHASED)
    return step_done_by_fact(row, step, by=by, at=at, note=note)


def step_done_by_fact(row: Case, step: ChaseStep, *, by: Actor, at: datetime, note: str = "") -> ChaseStepDone:
    """The same, because a fact shows it: an interview, a list of contacts, a restriction in force."""
    made, fresh = ChaseStepDone.objects.get_or_create(
        case=row,
        step=step.value,
        defaults={"done_at": at, "done_by": f"{by.name} · {by.unit}"[:120], "note": note[:300]},
    )
    if not fresh:
        return made
    _record(row, Tag.CHASE_STEP_DONE, by=by, at=at, data={"step": step})
    done = [ChaseStep(one) for one in row.steps.values_list("step", flat=True)]
    if rules.is_chased(done):
        duties.fulfil_by_fact(
            kind=rules.CHASED,
            about=rules.case_about(row.pk),
            tag=Tag.CHASE_STEP_DONE,
            ref=f"{row.pk} {step}",
            by=by,
            at=at,
        )
    return made


def _record(row: Case, tag: Tag, *, by: Actor, at: datetime, data: dict[str, object]) -> None:
    ledger.record(tag=tag, subject=rules.case_about(row.pk), unit=row.place_code, by=by, at=at, data=data)

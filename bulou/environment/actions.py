"""What people do with jobs at places: ask, start, finish, report the samples, let people in again, cancel."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, signature
from bulou.duties.opening import Owed
from bulou.environment import rules
from bulou.environment.choices import CLEARED, DONE, REPORTED, JobKind, JobState, Outcome
from bulou.environment.models import Job
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag

MOST_WAIT = timedelta(hours=48)  # longer than any agent or airing needs: a slip of the pen


@transaction.atomic
def ask_job(
    *,
    kind: JobKind,
    unit: str,
    place_code: str,
    place: str,
    reason: str,
    by: Actor,
    at: datetime,
    because: str = "",
    code: str = "",
) -> Job:
    """Ask a unit to sample or disinfect a place; its clock runs from now. Asked twice for one cause, the open job answers."""
    permit(by, Operation.ASK_ENVIRONMENT, unit)
    return _ask(
        kind=kind, unit=unit, place_code=place_code, place=place, reason=reason, because=because, code=code, by=by, at=at
    )


@transaction.atomic
def ask_job_by_fact(
    *, kind: JobKind, unit: str, place_code: str, place: str, reason: str, because: str, by: Actor, at: datetime
) -> Job:
    """The same, because a fact demands it; asked by the playbook."""
    return _ask(kind=kind, unit=unit, place_code=place_code, place=place, reason=reason, because=because, code="", by=by, at=at)


def _ask(
    *, kind: JobKind, unit: str, place_code: str, place: str, reason: str, because: str, code: str, by: Actor, at: datetime
) -> Job:
    if not place.strip() or not reason.strip():
        column = "reason" if place.strip() else "place"
        message = "say where, and why"
        raise InputFault(message, column=column)
    if because:
        standing = Job.objects.filter(kind=kind, because=because, state__in=rules.LIVE).first()
        if standing is not None:
            return standing
    row = Job.objects.create(
        code=code or public_id("EN", at),
        kind=kind,
        unit_id=unit,
        place_code=place_code,
        place=place[:160],
        reason=reason[:200],
        because=because,
        asked_at=at,
        asked_by=signature(by),
        due_at=due_of(DONE[kind], at=at, facts={"asked_at": at}),
    )
    owed = _owed(row, DONE[kind], asked_at=at)
    commit(
        tag=LineTag.JOB_ASKED,
        subject=_about(row),
        unit=unit,
        by=by,
        at=at,
        data={"kind": kind, "because": because},
        opens=[owed],
    )
    return row


@transaction.atomic
def start_job(*, code: str, by: Actor, at: datetime) -> Job:
    """Somebody is there and begins."""
    row = locked(Job, code)
    permit(by, Operation.DO_ENVIRONMENT, row.unit_id)
    rules.require_live(JobState(row.state), doing="started")
    row.state, row.started_at = JobState.UNDER_WAY, row.started_at or at
    row.save(update_fields=("state", "started_at"))
    commit(tag=LineTag.JOB_STARTED, subject=_about(row), unit=row.unit_id, by=by, at=at)
    return row


@transaction.atomic
def finish_job(
    *, code: str, evidence: str, by: Actor, at: datetime, samples: int | None = None, reopens_at: datetime | None = None
) -> Job:
    """It is done, with the record that proves it; samples owe a result, anything else a decision on re-entry."""
    row = locked(Job, code)
    permit(by, Operation.DO_ENVIRONMENT, row.unit_id)
    rules.require_live(JobState(row.state), doing="finished")
    kind = JobKind(row.kind)
    if not evidence.strip():
        message = "name the record or the photograph that proves it"
        raise InputFault(message, column="evidence")
    if kind is JobKind.SAMPLING and not samples:
        message = "say how many samples were taken"
        raise InputFault(message, column="samples")
    if reopens_at is not None and not at <= reopens_at <= at + MOST_WAIT:
        message = "re-entry is planned within 48 hours from now"
        raise InputFault(message, column="reopens_at")
    row.state, row.done_at, row.done_by, row.evidence = JobState.DONE, at, signature(by), evidence[:200]
    row.started_at, row.samples, row.reopens_at = row.started_at or at, samples, reopens_at
    row.save(update_fields=("state", "done_at", "done_by", "evidence", "started_at", "samples", "reopens_at"))
    following = _owed(row, REPORTED if kind is JobKind.SAMPLING else CLEARED, done_at=at, reopens_at=reopens_at or at)
    commit(
        tag=LineTag.JOB_DONE, subject=_about(row), unit=row.unit_id, by=by, at=at,
        data={"evidence": row.evidence, "samples": samples}, closes=[DONE[kind]], opens=[following],
    )  # fmt: skip
    return row


@transaction.atomic
def report_samples(*, code: str, outcome: Outcome, by: Actor, at: datetime) -> Job:
    """The laboratory's answer for a place: a positive asks for terminal disinfection, after which samples are taken again."""
    row = locked(Job, code)
    permit(by, Operation.DO_ENVIRONMENT, row.unit_id)
    if row.kind != JobKind.SAMPLING or row.state != JobState.DONE or row.outcome:
        message = "no result is owed for this job"
        raise Refused(message, remedy="A result is reported once, for samples that were taken.")
    row.outcome, row.reported_at = outcome, at
    row.save(update_fields=("outcome", "reported_at"))
    negative = outcome is Outcome.NEGATIVE
    opens = [_owed(row, CLEARED, done_at=at, reopens_at=at)] if negative else []
    commit(
        tag=LineTag.JOB_REPORTED, subject=_about(row), unit=row.unit_id, by=by, at=at, data={"outcome": outcome},
        closes=[REPORTED],
        opens=opens,
    )  # fmt: skip
    if not negative:
        _ask(
            kind=JobKind.TERMINAL, unit=row.unit_id, place_code=row.place_code, place=row.place,
            reason=row.reason, because=_about(row), code="", by=by, at=at,
        )  # fmt: skip
    return row


@transaction.atomic
def clear_place(*, code: str, by: Actor, at: datetime) -> Job:
    """People may enter again: signed by another unit than did the job."""
    row = locked(Job, code)
    permit(by, Operation.CLEAR_PLACE, row.unit_id)
    rules.require_clearance(
        kind=JobKind(row.kind), state=JobState(row.state), outcome=row.outcome, reopens_at=row.reopens_at, doer=row.unit_id,
        signer=by.unit, at=at,
    )  # fmt: skip
    row.state, row.cleared_at, row.cleared_by = JobState.CLEARED, at, signature(by)
    row.save(update_fields=("state", "cleared_at", "cleared_by"))
    commit(tag=LineTag.PLACE_CLEARED, subject=_about(row), unit=row.unit_id, by=by, at=at, closes=[CLEARED])
    if row.because.startswith("environment:") and row.kind == JobKind.TERMINAL:
        _ask(
            kind=JobKind.SAMPLING, unit=row.unit_id, place_code=row.place_code, place=row.place,
            reason=row.reason, because=_about(row), code="", by=by, at=at,
        )  # fmt: skip
    return row


@transaction.atomic
def cancel_job(*, code: str, reason: str, by: Actor, at: datetime) -> Job:
    """It is not needed after all: whoever may ask for jobs says why, and the duty ends with that."""
    row = locked(Job, code)
    permit(by, Operation.ASK_ENVIRONMENT, row.unit_id)
    rules.require_live(JobState(row.state), doing="cancelled")
    if not reason.strip():
        message = "say why it is not needed"
        raise InputFault(message, column="reason")
    row.state, row.ended = JobState.CANCELLED, reason[:200]
    row.save(update_fields=("state", "ended"))
    commit(
        tag=LineTag.JOB_CANCELLED, subject=_about(row), unit=row.unit_id, by=by, at=at, data={"reason": row.ended},
        closes=[DONE[JobKind(row.kind)]],
    )  # fmt: skip
    return row


def _about(row: Job) -> str:
    return f"environment:{row.pk}"


def _owed(row: Job, kind: str, **facts: datetime) -> Owed:
    return Owed(
        kind=kind, about=_about(row), label=f"{row.place} · {row.pk}", place_code=row.place_code,
        owners={"of": row.unit_id} if kind == CLEARED else {"explicit": row.unit_id}, facts=facts, why=row.reason,
    )  # fmt: skip

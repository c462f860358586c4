"""The interview of a case (流行病学调查): answers by the pack's form, refusal, and somebody who cannot be reached."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.duties import rows
from bulou.investigation import grades
from bulou.investigation.actions import permitted, step_done_by_fact
from bulou.investigation.choices import ChaseStep, ContactStatus, InterviewState
from bulou.investigation.models import Case, Interview, InterviewAnswer
from bulou.investigation.rules import CHASED, case_about
from bulou.investigation.rules import interview as rules
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.models import PersonalPayload
from bulou.ledger.tags import Tag
from bulou.policy import Pack, load_pack
from bulou.policy.forms import Question

_GIVEN_UP = {InterviewState.REFUSED, InterviewState.UNREACHABLE}


@transaction.atomic
def record_interview(*, case: str, answers: Mapping[str, object], by: Actor, at: datetime, language: str = "") -> Interview:
    """Take answers of a case's interview; said again, the later answer stands. ``InputFault`` names the question.

    The first answers show that the person was found; when nothing required is missing the case is investigated. A first
    day of symptoms moves the infectious window, and with it the grades of the contacts.
    """
    row = permitted(case, by, Operation.CHASE_CASE, CHASED)
    held = _held(row, by=by, at=at)
    form = form_of(held)
    taken = rules.validated(form, answers)
    if not taken:
        message = "no answer was given"
        raise InputFault(message, column="answers", remedy="Answer a question, or say that the person was not reached.")
    whole = {**answers_of(held), **taken}
    entry = ledger.record(
        tag=Tag.INTERVIEW_RECORDED,
        subject=case_about(row.pk),
        unit=row.place_code,
        by=by,
        at=at,
        data={"questions": sorted(taken), "pack": held.pack_version},
        personal=dict(taken),
    )
    InterviewAnswer.objects.bulk_create(
        InterviewAnswer(interview=held, question=name, entry=entry, answered_at=at) for name in taken
    )
    found = rules.progress(form, whole)
    held.answered, held.required, held.missing = found.answered, found.required, len(found.missing)
    held.language = (language or str(taken.get("language", "")) or held.language)[:16]
    held.interviewer = f"{by.name} · {by.unit}"[:120]
    held.reason = ""
    held.state, held.ended_at = (
        (InterviewState.OPEN, None) if found.missing else (InterviewState.COMPLETE, held.ended_at or at)
    )  # fmt: skip
    held.save()
    step_done_by_fact(row, ChaseStep.FOUND, by=by, at=at, note="interview")
    if not found.missing:
        step_done_by_fact(row, ChaseStep.INVESTIGATED, by=by, at=at, note="interview")
    if "symptoms" in taken or "onset_on" in taken:
        onset = whole.get("onset_on") if whole.get("symptoms") != "no" else None
        set_onset(row, date.fromisoformat(str(onset)) if onset else None, by=by, at=at)
    return held


@transaction.atomic
def interview_failed(*, case: str, how: InterviewState, reason: str, by: Actor, at: datetime) -> Interview:
    """The person refuses, or cannot be reached: recorded with its reason, each time; the chase stays open and climbs."""
    row = permitted(case, by, Operation.CHASE_CASE, CHASED)
    if how not in _GIVEN_UP:
        message = f"{how} is no way in which an interview fails"
        raise InputFault(message, column="how", remedy="Say refused or unreachable.")
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason", remedy="Who was called or visited, when, and what was said.")
    held = _held(row, by=by, at=at)
    held.attempts += 1
    if held.state != InterviewState.COMPLETE:
        held.state, held.ended_at, held.reason = how.value, at, reason.strip()[:300]
    held.save()
    ledger.record(
        tag=Tag.INTERVIEW_FAILED,
        subject=case_about(row.pk),
        unit=row.place_code,
        by=by,
        at=at,
        data={"how": how, "attempt": held.attempts},
        personal={"reason": reason.strip()},
    )
    return held


def set_onset(row: Case, onset: date | None, *, by: Actor, at: datetime) -> None:
    """The first day of symptoms is known, or corrected: contacts are graded anew by the window that follows from it."""
    if row.onset_on == onset:
        return
    before, row.onset_on = row.onset_on, onset
    row.save(update_fields=("onset_on",))
    ledger.record(
        tag=Tag.CASE_CORRECTED,
        subject=case_about(row.pk),
        unit=row.place_code,
        by=by,
        at=at,
        data={"column": "onset_on", "from": before, "to": onset},
    )
    stand = row.contacts.filter(status=ContactStatus.ACTIVE).values_list("pk", flat=True)
    grades.regrade(list(stand), why="the first day of symptoms was corrected", by=by, at=at)


def _held(row: Case, *, by: Actor, at: datetime) -> Interview:
    pack = rows.pack_now(clock.day_of(at))
    held, _ = Interview.objects.select_for_update(of=("self",)).get_or_create(
        case=row,
        defaults={
            "pack": pack.name,
            "pack_version": pack.version,
            "started_at": at,
            "interviewer": f"{by.name} · {by.unit}"[:120],
        },
    )
    return held


def form_of(held: Interview | None) -> Mapping[str, Question]:
    """The form under which an interview was begun; today's for one that is not."""
    pack: Pack = load_pack(held.pack, held.pack_version) if held else rows.pack_now(rows.today())
    return pack.questions


def answers_of(held: Interview) -> dict[str, rules.Answer]:
    """The answers that stand; one whose payload was erased by rule is not among them. Two statements."""
    latest = dict(held.answers.order_by("id").values_list("question", "entry_id"))  # of several the last stands
    bodies = dict(PersonalPayload.objects.filter(pk__in=set(latest.values()), erased_by=None).values_list("entry_id", "body"))
    read = {entry: json.loads(body) for entry, body in bodies.items()}
    return {question: read[entry][question] for question, entry in latest.items() if entry in read}

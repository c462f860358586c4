"""What people do about a need: ask, ask a hospital, answer, bring, receive, end; and keep standing visits."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, signature
from bulou.care import rules
from bulou.care.choices import (
    ACCEPTED,
    ANSWERED,
    HOME,
    REFUSAL,
    TRANSPORTED,
    AnswerState,
    CareState,
    How,
    Need,
)  # fmt: skip
from bulou.care.models import CareNeed, HospitalAnswer, StandingVisit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.units.choices import UnitKind
from bulou.units.models import Unit


@transaction.atomic
def ask_care(
    *, person_id: str, need: Need, unit: str, place_code: str, how: How, by: Actor, at: datetime, note: str = "", code: str = ""
) -> CareNeed:
    """Somebody needs help (就医需求): by phone, building captain, paper or at the door; the clock runs in minutes from now."""
    permit(by, Operation.ASK_CARE, unit, place_code)
    if not person_id.strip():
        message = "say who needs help"
        raise InputFault(message, column="person_id")
    said: dict[str, object] = {
        "person_id": person_id.strip(),
        "need": need,
        "unit_id": unit,
        "place_code": place_code,
        "how": how,
    }
    return _ask(said, note=note, due_at=due_of(ACCEPTED[need], at=at, facts={"asked_at": at}), code=code, by=by, at=at)


def _ask(
    said: dict[str, object], *, note: str, due_at: datetime, code: str, by: Actor, at: datetime, **more: object
) -> CareNeed:
    row = CareNeed.objects.create(
        code=code or public_id("CN", at), note=note[:300], asked_at=at, asked_by=signature(by), due_at=due_at, **said, **more
    )
    commit(
        tag=LineTag.CARE_ASKED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"need": row.need, "how": row.how},
        personal={"person": row.person_id, "note": row.note},
        opens=[_owed(row, ACCEPTED[Need(row.need)], owner=row.unit_id, asked_at=at, due_at=due_at)],
    )  # fmt: skip
    return row


@transaction.atomic
def ask_hospital(*, code: str, hospital: str, by: Actor, at: datetime) -> CareNeed:
    """Ask a hospital to take the person: it owes an answer within minutes; several may be asked at once."""
    row = locked(CareNeed, code)
    permit(by, Operation.KEEP_CARE, row.unit_id, row.place_code)
    rules.require(CareState(row.state), frozenset({CareState.ASKED}), doing="offered to a hospital")
    if not rules.travels(Need(row.need)):
        message = "this help comes to the person; no hospital is asked"
        raise Refused(message)
    _hospital(hospital)
    if row.answers.filter(hospital=hospital, state=AnswerState.ASKED).exists():
        message = "this hospital was asked and has not answered yet"
        raise Refused(message, remedy="Ask another one beside it.")
    due = due_of(ANSWERED, at=at, facts={"asked_at": at})
    answer = HospitalAnswer.objects.create(code=public_id("HA", at), need=row, hospital_id=hospital, asked_at=at, due_at=due)
    commit(
        tag=LineTag.HOSPITAL_ASKED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"hospital": hospital},
        closes=[REFUSAL], opens=[_owed(row, ANSWERED, owner=hospital, subject=_asked(answer), asked_at=at)],
    )  # fmt: skip
    return row


def _hospital(code: str) -> Unit:
    found = Unit.objects.filter(pk=code, kind=UnitKind.HOSPITAL).first()
    if found is None:
        message = f"{code!r} is no hospital"
        raise InputFault(message, column="hospital", remedy="bulou export units shows the hospitals' codes.")
    return found


@transaction.atomic
def accept_person(*, code: str, by: Actor, at: datetime) -> HospitalAnswer:
    """The hospital takes the person; whoever else was asked need not answer any more, and the transport's clock runs."""
    answer = locked(HospitalAnswer, code)
    permit(by, Operation.ANSWER_CARE, answer.hospital_id)
    row = locked(CareNeed, answer.need_id)
    _require_open(answer)
    rules.require(CareState(row.state), frozenset({CareState.ASKED}), doing="accepted")
    _answer(answer, AnswerState.ACCEPTED, by=by, at=at)
    for other in row.answers.select_for_update().filter(state=AnswerState.ASKED):
        _answer(other, AnswerState.OVERTAKEN, by=by, at=at)
        duties.supersede_by_fact(kind=ANSWERED, about=_asked(other), successor=about(row.pk), by=by, at=at)
    row.state, row.hospital_id = CareState.ACCEPTED, answer.hospital_id
    row.save(update_fields=("state", "hospital"))
    commit(tag=LineTag.HOSPITAL_ACCEPTED, subject=_asked(answer), unit=answer.hospital_id, by=by, at=at, closes=[ANSWERED])
    commit(
        tag=LineTag.CARE_ACCEPTED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"hospital": answer.hospital_id},
        closes=[ACCEPTED[Need(row.need)], REFUSAL],
        opens=[_owed(row, TRANSPORTED, owner=row.unit_id, accepted_at=max(at, row.visit_at or at))],
    )  # fmt: skip
    return answer


@transaction.atomic
def refuse_person(*, code: str, reason: str, by: Actor, at: datetime, no_test: bool = False) -> HospitalAnswer:
    """The hospital says no, with the reason: the unit above the asking one decides at once."""
    answer = locked(HospitalAnswer, code)
    permit(by, Operation.ANSWER_CARE, answer.hospital_id)
    row = locked(CareNeed, answer.need_id)
    _require_open(answer)
    if not reason.strip():
        message = "a refusal needs its reason"
        raise InputFault(message, column="reason")
    _answer(answer, AnswerState.REFUSED, by=by, at=at, reason=reason, no_test=no_test)
    row.refusals += 1
    row.save(update_fields=("refusals",))
    commit(tag=LineTag.HOSPITAL_REFUSED, subject=_asked(answer), unit=answer.hospital_id, by=by, at=at, closes=[ANSWERED],
           data={"reason": answer.reason, "no_test": no_test})  # fmt: skip
    standing = row.answers.filter(state=AnswerState.ASKED).exists()
    if row.state == CareState.ASKED and not standing:
        commit(
            tag=LineTag.CARE_REFUSED, subject=about(row.pk), unit=row.unit_id, by=by, at=at,
            data={"hospital": answer.hospital_id, "reason": answer.reason},
            opens=[_owed(row, REFUSAL, above=row.unit_id, why=answer.reason, refused_at=at)],
        )  # fmt: skip
    return answer


def _require_open(answer: HospitalAnswer) -> None:
    if answer.state != AnswerState.ASKED:
        message = f"this question is {answer.state}"
        raise Refused(message, remedy="A hospital answers a question once.")


def _answer(
    answer: HospitalAnswer, state: AnswerState, *, by: Actor, at: datetime, reason: str = "", no_test: bool = False
) -> None:
    answer.state, answer.answered_at, answer.answered_by = state, at, signature(by)
    answer.reason, answer.no_test = reason[:200], no_test
    answer.save(update_fields=("state", "answered_at", "answered_by", "reason", "no_test"))


@transaction.atomic
def set_off(*, code: str, vehicle: str, by: Actor, at: datetime) -> CareNeed:
    """The person is on the way; no measure and no missing test stops it."""
    row = locked(CareNeed, code)
    permit(by, Operation.KEEP_CARE, row.unit_id, row.place_code)
    rules.require(CareState(row.state), frozenset({CareState.ACCEPTED}), doing="under way")
    if not vehicle.strip():
        message = "say which vehicle"
        raise InputFault(message, column="vehicle")
    row.state, row.vehicle, row.left_at = CareState.ON_THE_WAY, vehicle[:80], at
    row.save(update_fields=("state", "vehicle", "left_at"))
    commit(tag=LineTag.CARE_ON_THE_WAY, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"vehicle": row.vehicle})
    return row


@transaction.atomic
def receive_person(*, code: str, by: Actor, at: datetime) -> CareNeed:
    """The hospital has the person; from now on somebody owes the way home."""
    row = locked(CareNeed, code)
    permit(by, Operation.ANSWER_CARE, row.hospital_id or "")
    rules.require(CareState(row.state), frozenset({CareState.ACCEPTED, CareState.ON_THE_WAY}), doing="received")
    row.state, row.received_at = CareState.RECEIVED, at
    row.save(update_fields=("state", "received_at"))
    commit(
        tag=LineTag.CARE_RECEIVED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[TRANSPORTED],
        opens=[_owed(row, HOME, owner=row.unit_id, received_at=at)],
    )  # fmt: skip
    return row


@transaction.atomic
def end_care(*, code: str, result: str, by: Actor, at: datetime) -> CareNeed:
    """The help has come: home again (or admitted), the medicine is in the hand, the call was made; with what came of it."""
    row = locked(CareNeed, code)
    permit(by, Operation.KEEP_CARE, row.unit_id, row.place_code)
    at_home = not rules.travels(Need(row.need))
    rules.require(CareState(row.state), frozenset({CareState.ASKED if at_home else CareState.RECEIVED}), doing="ended")
    return _end(
        row,
        CareState.HELPED,
        result,
        tag=LineTag.CARE_ENDED,
        closes=[ACCEPTED[Need(row.need)] if at_home else HOME],
        by=by,
        at=at,
    )


@transaction.atomic
def withdraw_care(*, code: str, result: str, by: Actor, at: datetime) -> CareNeed:
    """The person does not want it any more: who said so, and why."""
    row = locked(CareNeed, code)
    permit(by, Operation.KEEP_CARE, row.unit_id, row.place_code)
    rules.require(CareState(row.state), frozenset({CareState.ASKED, CareState.ACCEPTED}), doing="withdrawn")
    for answer in row.answers.select_for_update().filter(state=AnswerState.ASKED):
        _answer(answer, AnswerState.OVERTAKEN, by=by, at=at)
        duties.supersede_by_fact(kind=ANSWERED, about=_asked(answer), successor=about(row.pk), by=by, at=at)
    closes = [ACCEPTED[Need(row.need)], REFUSAL, TRANSPORTED]
    return _end(row, CareState.WITHDRAWN, result, tag=LineTag.CARE_WITHDRAWN, closes=closes, by=by, at=at)


def _end(row: CareNeed, state: CareState, result: str, *, tag: LineTag, closes: list[str], by: Actor, at: datetime) -> CareNeed:
    if not result.strip():
        message = "say what came of it"
        raise InputFault(message, column="result")
    row.state, row.ended_at, row.result = state, at, result[:200]
    row.save(update_fields=("state", "ended_at", "result"))
    commit(tag=tag, subject=about(row.pk), unit=row.unit_id, by=by, at=at, personal={"result": row.result}, closes=closes)
    return row


@transaction.atomic
def keep_standing_visit(
    *, person_id: str, need: Need, unit: str, place_code: str, hospital: str, weekdays: str, hour: str, since_on: date,
    by: Actor, at: datetime, until_on: date | None = None, code: str = "",
) -> StandingVisit:  # fmt: skip
    """Visits that come again: each is asked for the day before, whatever is ordered for the place then."""
    permit(by, Operation.KEEP_CARE, unit, place_code)
    if not rules.travels(need):
        message = "a standing visit is one to a hospital"
        raise InputFault(message, column="need")
    _hospital(hospital)
    try:
        clocked = time.fromisoformat(hour.strip())
    except ValueError:
        message = f"{hour!r} is not a time of day"
        raise InputFault(message, column="hour", remedy="Write 02:00.") from None
    if until_on is not None and until_on < since_on:
        message = "the last day lies before the first"
        raise InputFault(message, column="until_on")
    row = StandingVisit.objects.create(
        code=code or public_id("SV", at), person_id=person_id.strip(), unit_id=unit, place_code=place_code, need=need,
        hospital_id=hospital, weekdays=rules.read_days(weekdays), at=clocked, since_on=since_on, until_on=until_on,
        planned_to=at, kept_by=signature(by),
    )  # fmt: skip
    commit(
        tag=LineTag.VISIT_KEPT, subject=f"visit:{row.pk}", unit=unit, by=by, at=at, data={"need": need,
        "weekdays": row.weekdays},
        personal={"person": row.person_id},
    )  # fmt: skip
    return row


@transaction.atomic
def end_standing_visit(*, code: str, until_on: date, by: Actor, at: datetime) -> StandingVisit:
    """The visits end with that day."""
    row = locked(StandingVisit, code)
    permit(by, Operation.KEEP_CARE, row.unit_id, row.place_code)
    row.until_on = max(until_on, row.since_on)
    row.save(update_fields=("until_on",))
    commit(
        tag=LineTag.VISIT_ENDED,
        subject=f"visit:{row.pk}",
        unit=row.unit_id,
        by=by,
        at=at,
        data={"until": row.until_on.isoformat()},
    )
    return row


@transaction.atomic
def ask_for_visits(*, upto: datetime, by: Actor, at: datetime) -> int:
    """Ask for every standing visit up to an instant that was not asked for yet; its hospital expects the person already.

    Called by the worker again and again: a visit is asked for once. Returns how many were asked for.
    """
    made = 0
    for row in StandingVisit.objects.select_for_update(of=("self",), no_key=True).filter(planned_to__lt=upto).order_by("code"):
        found = rules.visits(
            weekdays=row.weekdays, hour=row.at, since=row.since_on, until=row.until_on, after=clock.local(row.planned_to),
            before=clock.local(upto),
        )  # fmt: skip
        for visit in found:
            _expect(row, clock.as_utc(visit), by=by, at=at)
            made += 1
        row.planned_to = upto
        row.save(update_fields=("planned_to",))
    return made


def _expect(row: StandingVisit, visit_at: datetime, *, by: Actor, at: datetime) -> None:
    said: dict[str, object] = {
        "person_id": row.person_id, "need": row.need, "unit_id": row.unit_id, "place_code": row.place_code, "how": How.STANDING,
    }  # fmt: skip
    due = due_of(ACCEPTED[Need(row.need)], at=at, facts={"asked_at": at})
    need = _ask(said, note="", due_at=min(due, visit_at), code="", by=by, at=at, visit_at=visit_at, standing=row)
    asked = due_of(ANSWERED, at=at, facts={"asked_at": at})
    answer = HospitalAnswer.objects.create(
        code=public_id("HA", at), need=need, hospital_id=row.hospital_id, asked_at=at, due_at=asked
    )
    commit(
        tag=LineTag.HOSPITAL_ASKED, subject=about(need.pk), unit=row.unit_id, by=by, at=at, data={"hospital": row.hospital_id},
        opens=[_owed(need, ANSWERED, owner=row.hospital_id, subject=_asked(answer), asked_at=at)],
    )  # fmt: skip


def about(code: str) -> str:
    """How ledger and duties name a need."""
    return f"care:{code}"


def _asked(answer: HospitalAnswer) -> str:
    return f"hospital_answer:{answer.pk}"


def _owed(
    row: CareNeed, kind: str, *, owner: str = "", above: str = "", subject: str = "", why: str = "", **facts: datetime
) -> Owed:
    return Owed(
        kind=kind, about=subject or about(row.pk), label=row.pk, place_code=row.place_code,
        owners={"explicit": owner} if owner else {"of": above}, facts=facts, why=why,
    )  # fmt: skip

"""A stop for safety (安全叫停): any driver, nurse, doctor or carer may; it wins until a person above answers.

It is never a missed duty: the clocks of the people concerned do not run against whoever stopped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_duty
from bulou.duties.rules import is_above
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.transfer import rows, rules
from bulou.transfer.choices import LeftCode, RequestState, StopState, TripState
from bulou.transfer.models import RUNNING, Leg, SafetyStop, TransferRequest, Trip
from bulou.transfer.requests import leave
from bulou.transfer.seats import give_back


@transaction.atomic
def stop_for_safety(*, trip_code: str, reason: str, said_by: str, by: Actor, at: datetime) -> SafetyStop:
    """Stop a trip, before or on its way; ``said_by`` is who asked for it, also somebody without an account.

    A second stop of the same trip is added to the first one's reason: one answer lets it go on.
    """
    trip = rows.locked_trip(trip_code)
    legs = list(Leg.objects.filter(trip=trip, live=True).order_by("id").values_list("request_id", "receiver_id"))
    people = rows.locked_requests(code for code, _ in legs)
    permit(
        by,
        Operation.STOP_FOR_SAFETY,
        trip.unit_code,
        trip.vehicle.unit_id,
        trip.driver.unit_id,
        *{receiver for _, receiver in legs},
        *{row.place_code for row in people},
    )
    if trip.state not in RUNNING:
        message = f"the trip {trip_code} is {trip.state}"
        raise Refused(message, code="trip-state")
    if not reason.strip() or not said_by.strip():
        message = "a stop says why, and who asked for it"
        raise InputFault(message, column="reason" if not reason.strip() else "said_by")
    standing = SafetyStop.objects.filter(trip=trip, state=StopState.STANDING).first()
    if standing is not None:
        standing.reason = f"{standing.reason}; {said_by}: {reason}"[:300]
        standing.save(update_fields=("reason",))
        _record(Tag.TRIP_STOPPED, trip, standing, by=by, at=at)
        return standing
    made = SafetyStop.objects.create(
        trip=trip,
        reason=reason.strip()[:300],
        said_by=said_by.strip()[:120],
        stopped_at=at,
        stopped_by=rows.signature(by),
        unit_code=by.unit,
    )
    trip.stopped = True
    trip.save(update_fields=("stopped",))
    TransferRequest.objects.filter(pk__in=[row.pk for row in people]).update(stopped=True)
    _record(Tag.TRIP_STOPPED, trip, made, by=by, at=at)
    for row in people:
        kind = rules.moved_kind(rows.risk(row))
        duties.reclock_by_fact(kind=kind, about=rules.request_about(row.pk), facts={"clock_from": at}, by=by, at=at)
    place = rows.place_of(trip.unit_code)
    open_duty(
        Owed(
            kind=rules.STOP_ANSWERED,
            about=f"stop:{made.pk}",
            label=f"{trip.vehicle_id} · {len(people)}",
            place_code=place,
            owners={"explicit": answerer(trip.unit_code, by.unit)},
            facts={"stopped_at": at},
            why=f"{made.said_by}: {made.reason}",
        ),
        by=by,
        at=at,
    )
    return made


def answerer(planner: str, stopper: str) -> str:
    """Who answers a stop: the unit whose plan it is when it stands above who stopped, else the one above them both."""
    if is_above(planner, stopper):
        return planner
    return codes.common_superior(planner, stopper) or codes.parent_unit(planner) or planner


def _record(tag: Tag, trip: Trip, stop: SafetyStop, *, by: Actor, at: datetime) -> None:
    ledger.record(
        tag=tag,
        subject=rules.trip_about(trip.pk),
        unit=trip.unit_code,
        by=by,
        at=at,
        data={"stop": stop.pk, "reason": stop.reason, "answer": stop.answer},
        personal={"said_by": stop.said_by},
    )


@transaction.atomic
def answer_stop(*, stop_id: int, resume: bool, answer: str, by: Actor, at: datetime) -> SafetyStop:
    """A unit above answers: the trip goes on, or it ends and its people stand where they were, with a reason and an owner.

    Who stopped does not answer alone, nor anybody of the same unit. On the way a trip is not ended but redirected: the
    people are on board.
    """
    stop = SafetyStop.objects.select_for_update(of=("self",)).filter(pk=stop_id).first()
    if stop is None:
        raise rows.missing_record()
    trip = rows.locked_trip(stop.trip_id)
    permit(by, Operation.ANSWER_STOP, trip.unit_code, stop.unit_code)
    if stop.state != StopState.STANDING:
        message = f"the stop is {stop.state}"
        raise Refused(message, code="already-answered")
    if not is_above(by.unit, stop.unit_code) and not codes.is_below(answerer(trip.unit_code, stop.unit_code), by.unit):
        message = "a unit above answers a stop for safety"
        raise Refused(message, code="not-superior", remedy=f"Ask {answerer(trip.unit_code, stop.unit_code)}.")
    if not answer.strip():
        message = "an answer says why"
        raise InputFault(message, column="answer")
    stop.state = (StopState.RESUMED if resume else StopState.ENDED).value
    stop.answered_at, stop.answered_by, stop.answer = at, rows.signature(by), answer.strip()[:300]
    stop.save(update_fields=("state", "answered_at", "answered_by", "answer"))
    codes_ = list(Leg.objects.filter(trip=trip, live=True).values_list("request_id", flat=True))
    people = rows.locked_requests(codes_)
    TransferRequest.objects.filter(pk__in=codes_).update(stopped=False)
    trip.stopped = False
    trip.save(update_fields=("stopped",))
    _move_clocks(people, stop, by=by, at=at)
    tag = Tag.TRIP_RESUMED if resume else Tag.TRIP_ENDED
    if not resume:
        _end(trip, people, stop, by=by, at=at)
    _record(tag, trip, stop, by=by, at=at)
    duties.fulfil_by_fact(kind=rules.STOP_ANSWERED, about=f"stop:{stop.pk}", tag=tag, ref=stop.answer[:90], by=by, at=at)
    return stop


def _move_clocks(people: Sequence[TransferRequest], stop: SafetyStop, *, by: Actor, at: datetime) -> None:
    """The time of the stop is not counted: each clock stands as far from its end as when it was stopped."""
    due = {rules.request_about(row.pk): row for row in people}
    owed = Duty.objects.filter(kind__in=rules.MOVED, about__in=list(due), state=DutyState.OPEN)
    for kind, about, due_at, facts in list(owed.values_list("kind", "about", "due_at", "facts")):
        span = due_at - datetime.fromisoformat(facts["clock_from"])
        before = due[about].due_at - span
        duties.reclock_by_fact(kind=kind, about=about, facts={"clock_from": before + (at - stop.stopped_at)}, by=by, at=at)
        TransferRequest.objects.filter(pk=due[about].pk).update(due_at=due[about].due_at + (at - stop.stopped_at))


def _end(trip: Trip, people: Sequence[TransferRequest], stop: SafetyStop, *, by: Actor, at: datetime) -> None:
    if trip.departed_at is not None:
        message = "a trip that is on its way is redirected, not ended"
        raise Refused(message, code="under-way", remedy="Give its people other rooms, then let it go on.")
    for row in people:
        row.refresh_from_db()
    give_back([row.pk for row in people], ended=RequestState.LEFT_IN_PLACE, why=stop.answer, by=by, at=at)
    words = rules.SAID_STOP % {"reason": stop.answer}
    leave({row.pk: (LeftCode.NOT_RUN.value, words) for row in people}, by=by, at=at)
    trip.state = TripState.CANCELLED.value
    trip.save(update_fields=("state",))

"""What is done with hands: register, need, plan, begin, end, fall ill, stand in; the teams that were sent."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, pack_at, signature
from bulou.duties.opening import Owed
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.workforce import queries, rules
from bulou.workforce.choices import (
    DEPLOYED,
    ENDED,
    MET,
    SUBSTITUTE,
    NeedState,
    ShiftState,
    Skill,
    TeamState,
    Why,
    WorkerKind,
    WorkerState,
)  # fmt: skip
from bulou.workforce.models import LIVE_SHIFTS, Certificate, HandsNeed, Shift, Team, Worker

NAMED = 5  # people whom a search for a substitute names
LIVE = frozenset(LIVE_SHIFTS)


@transaction.atomic
def receive_team(
    *, name: str, sender: str, host: str, people: int, arrived_at: datetime, by: Actor, at: datetime, code: str = ""
) -> Team:
    """A team sent to help has arrived: within hours all of it has work, or who holds it answers why not."""
    permit(by, Operation.KEEP_WORKFORCE, host)
    if people < 1:
        message = "a team is of people"
        raise InputFault(message, column="people")
    row = Team.objects.create(
        code=code or public_id("TM", at), name=rules.require_text(name, "name", "name the team")[:120], sender=sender[:120],
        host_id=host, people=people, arrived_at=arrived_at, due_at=due_of(DEPLOYED, at=at, facts={"arrived_at": arrived_at}),
    )  # fmt: skip
    commit(
        tag=LineTag.TEAM_ARRIVED, subject=f"team:{row.pk}", unit=host, by=by, at=at, data={"people": people,
        "sender": row.sender},
        opens=[_owed(DEPLOYED, f"team:{row.pk}", row.name, owner=host, arrived_at=arrived_at)],
    )  # fmt: skip
    return row


@transaction.atomic
def release_team(*, code: str, reason: str, by: Actor, at: datetime) -> Team:
    """The team goes home or on to another city; nobody of it keeps a shift."""
    row = locked(Team, code)
    permit(by, Operation.KEEP_WORKFORCE, row.host_id)
    rules.require(row.state, {TeamState.ARRIVED, TeamState.DEPLOYED}, doing="released")
    if Shift.objects.filter(worker__team=row, state__in=LIVE).exists():
        message = "some of its people still have shifts"
        raise Refused(message, remedy="End or pass on their shifts first.")
    row.state, row.ended_at = TeamState.RELEASED, at
    row.ended = rules.require_text(reason, "reason", "say why, and where it goes")[:200]
    row.save(update_fields=("state", "ended_at", "ended"))
    row.members.update(state=WorkerState.GONE, until_at=at)
    commit(tag=LineTag.TEAM_RELEASED, subject=f"team:{row.pk}", unit=row.host_id, by=by, at=at, closes=[DEPLOYED])
    return row


@transaction.atomic
def register_worker(
    *, name: str, kind: WorkerKind, home: str, host: str, skills: str, since_at: datetime, by: Actor, at: datetime,
    until_at: datetime | None = None, team: str = "", place_code: str = "", phone: str = "", code: str = "",
) -> Worker:  # fmt: skip
    """Somebody whose hands are counted on from now: whose they are, for whom they work, until when."""
    permit(by, Operation.KEEP_WORKFORCE, host)
    if until_at is not None and until_at <= since_at:
        message = "the end lies before the start"
        raise InputFault(message, column="until_at")
    if kind is WorkerKind.CAPTAIN and not place_code:
        message = "a building captain answers for a building"
        raise InputFault(message, column="place_code")
    sent = locked(Team, team) if team else None
    if sent is not None:
        permit(by, Operation.KEEP_WORKFORCE, sent.host_id)
    row = Worker.objects.create(
        code=code or public_id("W", at), name=rules.require_text(name, "name", "name the person")[:80], kind=kind, home_id=home,
        host_id=host, team=sent, place_code=place_code, phone=phone[:24], skills=rules.read_skills(skills), since_at=since_at,
        until_at=until_at,
    )  # fmt: skip
    commit(tag=LineTag.WORKER_REGISTERED, subject=f"worker:{row.pk}", unit=host, by=by, at=at,
           data={"kind": kind, "home": home, "skills": row.skills, "team": team})  # fmt: skip
    return row


@transaction.atomic
def move_worker(*, code: str, host: str, by: Actor, at: datetime, until_at: datetime | None = None) -> Worker:
    """Another unit has the person's hands from now; the home unit stays. Shifts planned for the first one must be settled."""
    row = locked(Worker, code)
    permit(by, Operation.KEEP_WORKFORCE, row.host_id, row.home_id)
    rules.require(row.state, {WorkerState.IDLE, WorkerState.ABSENT}, doing="moved")
    row.host_id, row.until_at = host, until_at
    row.save(update_fields=("host", "until_at"))
    commit(tag=LineTag.WORKER_MOVED, subject=f"worker:{code}", unit=host, by=by, at=at, data={"host": host})
    return row


@transaction.atomic
def return_worker(*, code: str, by: Actor, at: datetime) -> Worker:
    """Well again: the person can be planned."""
    row = locked(Worker, code)
    permit(by, Operation.KEEP_WORKFORCE, row.host_id)
    rules.require(row.state, {WorkerState.ABSENT}, doing="back")
    row.state = WorkerState.IDLE
    row.save(update_fields=("state",))
    commit(tag=LineTag.WORKER_BACK, subject=f"worker:{code}", unit=row.host_id, by=by, at=at)
    return row


@transaction.atomic
def enter_certificate(
    *, worker: str, skill: Skill, number: str, expires_on: date, by: Actor, at: datetime, code: str = ""
) -> Certificate:
    """What the person is allowed to do, and until when."""
    person = locked(Worker, worker)
    permit(by, Operation.KEEP_WORKFORCE, person.host_id)
    number = rules.require_text(number, "number", "write the certificate's number")[:60]
    if person.certificates.filter(skill=skill, number=number).exists():
        message = "this certificate is entered"
        raise Refused(message)
    row = Certificate.objects.create(
        code=code or public_id("CF", at), worker=person, skill=skill, number=number, expires_on=expires_on
    )
    commit(tag=LineTag.CERTIFICATE_ENTERED, subject=f"certificate:{row.pk}", unit=person.host_id, by=by, at=at,
           data={"worker": worker, "skill": skill, "expires_on": expires_on.isoformat()})  # fmt: skip
    return row


@transaction.atomic
def ask_hands(
    *, unit: str, place: str, skill: Skill, hands: int, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime,
    code: str = "",
) -> HandsNeed:  # fmt: skip
    """A unit needs hands in a window of one shift; the unit above sees to it before it starts."""
    permit(by, Operation.ASK_HANDS, unit)
    rules.minutes(starts_at, ends_at, most=pack_at(at).span("work_shift_most"))
    if hands < 1:
        message = "say how many hands"
        raise InputFault(message, column="hands")
    row = HandsNeed.objects.create(
        code=code or public_id("HN", at), unit_id=unit, place=place[:160], skill=skill, hands=hands, starts_at=starts_at,
        ends_at=ends_at, asked_at=at, asked_by=signature(by),
    )  # fmt: skip
    commit(
        tag=LineTag.HANDS_ASKED, subject=f"hands:{row.pk}", unit=unit, by=by, at=at, data={"skill": skill, "hands": hands},
        opens=[_owed(MET, f"hands:{row.pk}", f"{hands} {skill}", above=unit, starts_at=starts_at)],
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw_need(*, code: str, reason: str, by: Actor, at: datetime) -> HandsNeed:
    """The hands are not needed any more; shifts that are planned stay until somebody ends them."""
    row = locked(HandsNeed, code)
    permit(by, Operation.ASK_HANDS, row.unit_id)
    rules.require(row.state, {NeedState.OPEN}, doing="withdrawn")
    row.state, row.ended = NeedState.WITHDRAWN, rules.require_text(reason, "reason", "say why")[:200]
    row.save(update_fields=("state", "ended"))
    commit(tag=LineTag.HANDS_WITHDRAWN, subject=f"hands:{code}", unit=row.unit_id, by=by, at=at, closes=[MET])
    return row


@transaction.atomic
def plan_shift(
    *, worker: str, unit: str, place: str, skill: Skill, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime,
    need: str = "", code: str = "",
) -> Shift:  # fmt: skip
    """Hours for one person: never over the pack's hours, never inside of the rest, never without skill and certificate."""
    permit(by, Operation.KEEP_WORKFORCE, unit)
    return place_hand(
        worker=worker,
        unit=unit,
        place=place,
        skill=skill,
        starts_at=starts_at,
        ends_at=ends_at,
        need=need,
        code=code,
        by=by,
        at=at,
    )


@transaction.atomic
def place_hand(
    *, worker: str, unit: str, place: str, skill: Skill, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime,
    need: str = "", code: str = "", stands_in: Shift | None = None,
) -> Shift:  # fmt: skip
    """The same, called by whoever was permitted already."""
    person = locked(Worker, worker)
    permit(by, Operation.KEEP_WORKFORCE, person.host_id)
    pack = pack_at(at)
    most, rest = pack.span("work_shift_most"), pack.span("work_rest")
    length = rules.minutes(starts_at, ends_at, most=most)
    if person.state in {WorkerState.ABSENT, WorkerState.GONE}:
        message = f"{person.name} is {person.state}"
        raise Refused(message, remedy="Find somebody else.")
    if starts_at < person.since_at or (person.until_at is not None and ends_at > person.until_at):
        message = f"{person.name} is not with us at that time"
        raise Refused(message, remedy="Find somebody else.")
    hand = queries.hands([person])[0]
    if not rules.able(hand, skill, clock.day_of(ends_at)):
        message = f"{person.name} has no {skill} skill with a certificate in force"
        raise Refused(message, remedy="Find somebody who has, or enter the certificate.")
    if not rules.rested(starts_at, ends_at + rest, hand.taken):
        message = f"{person.name} would not have {rest / timedelta(hours=1):g} hours of rest"
        raise Refused(message, remedy="Find somebody who is rested.")
    asked = locked(HandsNeed, need) if need else None
    row = Shift.objects.create(
        code=code or public_id("SH", at), worker=person, unit_id=unit, place=place[:160], skill=skill, need=asked,
        stands_in=stands_in, starts_at=starts_at, ends_at=ends_at, minutes=length,
        most_minutes=int(most / timedelta(minutes=1)), free_at=ends_at + rest, planned_by=signature(by),
    )  # fmt: skip
    person.state = WorkerState.PLACED
    person.save(update_fields=("state",))
    commit(tag=LineTag.WORK_PLANNED, subject=_about(row), unit=unit, by=by, at=at,
           data={"worker": worker, "need": need, "starts_at": starts_at, "ends_at": ends_at})  # fmt: skip
    if asked is not None:
        _counted(asked, 1, by=by, at=at)
    if person.team_id:
        _team_placed(person.team_id, by=by, at=at)
    return row


def _counted(need: HandsNeed, more: int, *, by: Actor, at: datetime) -> None:
    need.planned = max(0, need.planned + more)
    was = need.state
    if was != NeedState.WITHDRAWN:
        need.state = NeedState.MET if need.planned >= need.hands else NeedState.OPEN
    need.save(update_fields=("planned", "state"))
    about = f"hands:{need.pk}"
    if was == NeedState.OPEN and need.state == NeedState.MET:
        commit(tag=LineTag.HANDS_MET, subject=about, unit=need.unit_id, by=by, at=at, closes=[MET])
    if was == NeedState.MET and need.state == NeedState.OPEN:
        owed = _owed(MET, about, f"{need.hands} {need.skill}", above=need.unit_id, starts_at=need.starts_at)
        begun = need.starts_at <= at  # then the substitute is owed, with a clock of its own
        commit(tag=LineTag.HANDS_SHORT, subject=about, unit=need.unit_id, by=by, at=at, opens=[] if begun else [owed])


def _team_placed(code: str, *, by: Actor, at: datetime) -> None:
    team = locked(Team, code)
    team.placed = team.members.filter(shifts__isnull=False).distinct().count()
    whole = team.state == TeamState.ARRIVED and team.placed >= team.people
    if whole:
        team.state = TeamState.DEPLOYED
    team.save(update_fields=("placed", "state"))
    if whole:
        commit(tag=LineTag.TEAM_DEPLOYED, subject=f"team:{code}", unit=team.host_id, by=by, at=at, closes=[DEPLOYED])


@transaction.atomic
def begin_shift(*, code: str, by: Actor, at: datetime) -> Shift:
    """The person is there. Who came off another shift late is not begun again before the rest is over."""
    row = locked(Shift, code)
    permit(by, Operation.WORK_SHIFT, row.unit_id)
    rules.require(row.state, {ShiftState.PLANNED}, doing="begun")
    others = Shift.objects.filter(worker=row.worker_id, begun_at__isnull=False).exclude(pk=code)
    if others.filter(state=ShiftState.BEGUN).exists() or others.filter(free_at__gt=at).exists():
        message = "the person has not rested since the last shift"
        raise Refused(message, remedy="Report that nobody can begin: a substitute is found.")
    if row.ends_at - at > timedelta(minutes=row.most_minutes):
        message = "begun so early, the shift is over the hours that anybody may work"
        raise Refused(message, remedy="Begin later, or end it earlier with a substitute.")
    row.state, row.begun_at = ShiftState.BEGUN, at
    row.save(update_fields=("state", "begun_at"))
    commit(tag=LineTag.WORK_BEGAN, subject=_about(row), unit=row.unit_id, by=by, at=at,
           opens=[_owed(ENDED, _about(row), row.place, owner=row.unit_id, ends_at=row.ends_at)])  # fmt: skip
    return row


@transaction.atomic
def end_shift(*, code: str, by: Actor, at: datetime) -> Shift:
    """The person goes home; the rest counts from now."""
    row = locked(Shift, code)
    permit(by, Operation.WORK_SHIFT, row.unit_id)
    rules.require(row.state, {ShiftState.BEGUN}, doing="ended")
    row.state, row.ended_at = ShiftState.ENDED, at
    row.free_at = max(row.ends_at, at) + pack_at(at).span("work_rest")
    row.save(update_fields=("state", "ended_at", "free_at"))
    _unplaced(locked(Worker, row.worker_id), WorkerState.IDLE)
    commit(tag=LineTag.WORK_ENDED, subject=_about(row), unit=row.unit_id, by=by, at=at, closes=[ENDED])
    return row


def _unplaced(person: Worker, state: WorkerState) -> None:
    still = state is WorkerState.IDLE and person.shifts.filter(state__in=LIVE).exists()
    person.state = WorkerState.PLACED if still else state
    person.save(update_fields=("state",))


@transaction.atomic
def report_absent(*, code: str, why: Why, by: Actor, at: datetime) -> Shift:
    """The person of a shift fell ill or cannot stay: for each of their shifts a substitute is found within minutes.

    It is no fault and nobody's score: whoever cannot work says so and stops.
    """
    row = locked(Shift, code)
    permit(by, Operation.WORK_SHIFT, row.unit_id)
    rules.require(row.state, LIVE, doing="left")
    person = locked(Worker, row.worker_id)
    _unplaced(person, WorkerState.ABSENT)  # first: nobody stands in for themselves
    for shift in person.shifts.select_for_update(of=("self",), no_key=True).filter(state__in=LIVE).order_by("starts_at"):
        begun, shift.why = shift.state == ShiftState.BEGUN, why
        shift.state, shift.ended_at = ShiftState.RELIEVED, at
        shift.free_at = max(shift.ends_at, at) + pack_at(at).span("work_rest") if begun else shift.free_at
        shift.save(update_fields=("state", "ended_at", "why", "free_at"))
        opens = []
        if shift.ends_at > at:
            named = queries.substitutes(shift, at=at)[:NAMED]
            said = "; ".join(f"{one.name} ({one.pk})" for one in named) or "nobody of the unit is free and rested"
            opens = [_owed(SUBSTITUTE, _about(shift), shift.place, owner=shift.unit_id, why=said, reported_at=at)]
        commit(tag=LineTag.WORK_RELIEVED, subject=_about(shift), unit=shift.unit_id, by=by, at=at, data={"why": why},
               closes=[ENDED] if begun else [], opens=opens)  # fmt: skip
        if shift.need_id:
            _counted(locked(HandsNeed, shift.need_id), -1, by=by, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def substitute(*, code: str, worker: str, by: Actor, at: datetime) -> Shift:
    """Somebody else takes what is left of a shift; returns the shift that was left."""
    row = locked(Shift, code)
    permit(by, Operation.KEEP_WORKFORCE, row.unit_id)
    rules.require(row.state, {ShiftState.RELIEVED}, doing="stood in for")
    if Shift.objects.filter(stands_in=row).exists():
        message = "somebody stands in already"
        raise Refused(message)
    place_hand(
        worker=worker, unit=row.unit_id, place=row.place, skill=Skill(row.skill), starts_at=max(row.starts_at, at),
        ends_at=row.ends_at, need=row.need_id or "", stands_in=row, by=by, at=at,
    )  # fmt: skip
    commit(tag=LineTag.WORK_STOOD_IN, subject=_about(row), unit=row.unit_id, by=by, at=at, data={"worker": worker},
           closes=[SUBSTITUTE])  # fmt: skip
    return row


def _about(row: Shift) -> str:
    return f"work_shift:{row.pk}"


def _owed(kind: str, about: str, label: str, *, owner: str = "", above: str = "", why: str = "", **facts: datetime) -> Owed:
    return Owed(
        kind=kind, about=about, label=label, why=why, owners={"explicit": owner} if owner else {"of": above}, facts=facts
    )

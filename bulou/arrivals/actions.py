"""What people do about an arrival: register, receive, hand over, take over, find, test, ask less; the rule's end ends it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.arrivals import rules
from bulou.arrivals.choices import (
    APPEARED,
    FIRST_TEST,
    FOLLOWED,
    SEARCHED,
    TESTED,
    ArrivalState,
    Measure,
    Risk,
    TestState,
    Transport,
)  # fmt: skip
from bulou.arrivals.models import Arrival, ArrivalTest
from bulou.books.facts import commit, locked, pack_at, signature
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.policy import Pack

AT_ONCE = 500  # a turn of the worker
MOST_AHEAD = timedelta(days=60)


def terms_of(pack: Pack, risk: Risk) -> rules.Terms:
    """What the pack asks of an arrival at most, with the rule's own words; nothing of who comes from no such area."""
    if risk is Risk.NONE:
        return rules.Terms(Measure.NONE, 0, (), "nothing is asked of who stayed in no area of risk")
    days = pack.number(f"arrival_{risk.value}_tests").value
    said = pack.number(f"arrival_{risk.value}_measure")
    return rules.Terms(
        measure=Measure(str(said.value)), days=int(pack.amount(f"arrival_{risk.value}_days")), source=said.source[:200],
        tests=tuple(int(day) for day in days) if isinstance(days, tuple) else (int(days),),
    )  # fmt: skip


@transaction.atomic
def register_arrival(
    *, name: str, whence: str, risk: Risk, transport: Transport, arrives_at: datetime, unit: str, stay_unit: str,
    place_code: str,
    stay: str, by: Actor, at: datetime, person_id: str = "", phone: str = "", carrier: str = "", left_on: date | None = None,
    code: str = "",
) -> Arrival:  # fmt: skip
    """Register somebody before or at the arrival (报备): ``unit`` owes the follow-up until the community of stay takes over.

    Registered at or after the arrival, the person is here: tests and hand-over are owed from then on.
    """
    permit(by, Operation.REGISTER_ARRIVAL, unit)
    for column, said in (("name", name), ("whence", whence), ("stay", stay)):
        if not said.strip():
            message = "say who comes, from where, and where the person will stay"
            raise InputFault(message, column=column)
    if abs(arrives_at - at) > MOST_AHEAD:
        message = "the arrival lies more than 60 days away"
        raise InputFault(message, column="arrives_at")
    rules.require_left(left_on, arrives_on=clock.day_of(arrives_at))
    terms = terms_of(pack_at(at), risk)
    row = Arrival.objects.create(
        code=code or public_id("AR", at), person_id=person_id.strip(), name=name.strip()[:80], phone=phone.strip()[:24],
        whence=whence[:120], risk=risk, left_on=left_on, transport=transport, carrier=carrier[:60], arrives_at=arrives_at,
        unit_id=unit, stay_unit_id=stay_unit, place_code=place_code, stay=stay[:160], registered_at=at,
        registered_by=signature(by), measure=terms.measure, days=terms.days, rule_days=terms.days, rule=terms.source,
    )  # fmt: skip
    here = arrives_at <= at
    commit(
        tag=LineTag.ARRIVAL_REGISTERED, subject=about(row.pk), unit=unit, by=by, at=at,
        data={"risk": risk, "measure": terms.measure},
        opens=[] if here else [_owed(row, APPEARED, owner=unit, arrives_at=arrives_at)],
    )  # fmt: skip
    return _arrive(row, arrived_at=arrives_at, by=by, at=at) if here else row


@transaction.atomic
def arrive(*, code: str, by: Actor, at: datetime) -> Arrival:
    """The person is here: the tests of the rule are owed, and the community of stay is asked to take over."""
    row = _locked(code, by, Operation.REGISTER_ARRIVAL)
    rules.require(ArrivalState(row.state), {ArrivalState.EXPECTED}, doing="received")
    return _arrive(row, arrived_at=at, by=by, at=at)


def _arrive(row: Arrival, *, arrived_at: datetime, by: Actor, at: datetime) -> Arrival:
    terms, arrived_on = terms_of(pack_at(at), Risk(row.risk)), clock.day_of(arrived_at)
    row.arrived_at, row.state = arrived_at, ArrivalState.ARRIVED
    row.ends_at = clock.day_bounds(rules.last_day(terms, arrived_on=arrived_on, left_on=row.left_on))[1]
    asked = rules.tests(terms, arrived_on=arrived_on, left_on=row.left_on)
    if terms.measure is Measure.NONE:
        row.state, row.ended_at, row.ended = ArrivalState.ENDED, at, terms.source
    row.save(update_fields=("arrived_at", "state", "ends_at", "ended_at", "ended"))
    made = ArrivalTest.objects.bulk_create(
        ArrivalTest(
            code=f"{row.pk}-{one.day:02}", arrival=row, unit_id=row.unit_id, place_code=row.place_code, day=one.day,
            first=number == 0, due_at=max(clock.day_bounds(one.on)[1], arrived_at + timedelta(hours=12)) if number == 0
            else clock.day_bounds(one.on)[1],
        )
        for number, one in enumerate(asked)
    )  # fmt: skip
    opens = [] if row.ended_at else [_owed(row, FOLLOWED, owner=row.unit_id, ends_at=row.ends_at)]
    commit(
        tag=LineTag.ARRIVAL_HERE, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[APPEARED],
        data={"tests": len(made), "ends_at": row.ends_at}, opens=[*opens, *(_test_owed(row, one) for one in made)],
    )  # fmt: skip
    return row if row.ended_at else _offer(row, row.stay_unit_id, note=row.stay, by=by, at=at)


def _offer(row: Arrival, unit: str, *, note: str, by: Actor, at: datetime) -> Arrival:
    """Ask a unit to take over; whoever owes it now owes it until then. Its own community owes it already."""
    if unit == row.unit_id:
        row.state, row.offered_to_id = ArrivalState.FOLLOWED, None
        row.accepted_at, row.accepted_by = row.accepted_at or at, row.accepted_by or signature(by)
        row.save(update_fields=("state", "offered_to", "accepted_at", "accepted_by"))
        return row
    handovers.offer_handover(duty_id=_duty(row).pk, to_unit=unit, note=note, by=by, at=at)
    row.state, row.offered_to_id = ArrivalState.OFFERED, unit
    row.save(update_fields=("state", "offered_to"))
    commit(tag=LineTag.ARRIVAL_OFFERED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"to": unit})
    return row


@transaction.atomic
def accept_arrival(*, code: str, by: Actor, at: datetime) -> Arrival:
    """The community takes over (接收); accepting the duty on any other page does the same, by the playbook."""
    row = _locked(code, by, Operation.FOLLOW_ARRIVAL)
    rules.require(ArrivalState(row.state), {ArrivalState.OFFERED}, doing="taken over")
    handovers.accept_handover(duty_id=_duty(row).pk, by=by, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def decline_arrival(*, code: str, reason: str, by: Actor, at: datetime) -> Arrival:
    """The person does not stay there: who asked owes it as before; refused twice, the common superior decides."""
    row = _locked(code, by, Operation.FOLLOW_ARRIVAL)
    rules.require(ArrivalState(row.state), {ArrivalState.OFFERED}, doing="declined")
    handovers.refuse_handover(duty_id=_duty(row).pk, reason=reason, by=by, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def pass_on(*, code: str, unit: str, place_code: str, stay: str, reason: str, by: Actor, at: datetime) -> Arrival:
    """The address was wrong or has changed: the community of the new one is asked; until it accepts nothing is dropped."""
    row = _locked(code, by, Operation.FOLLOW_ARRIVAL)
    allowed = {ArrivalState.ARRIVED, ArrivalState.OFFERED, ArrivalState.FOLLOWED}
    rules.require(ArrivalState(row.state), allowed, doing="handed over")
    if not reason.strip():
        message = "say why another community is to take over"
        raise InputFault(message, column="reason")
    if unit == row.unit_id:
        message = "this unit owes it already"
        raise InputFault(message, column="unit")
    if row.offered_to_id:
        handovers.withdraw_handover(duty_id=_duty(row).pk, by=by, at=at)
    _move(row, place_code=place_code, stay=stay)
    return _offer(row, unit, note=reason, by=by, at=at)


def _move(row: Arrival, *, place_code: str, stay: str) -> None:
    row.place_code, row.stay = place_code, stay[:160]
    row.save(update_fields=("place_code", "stay"))


@transaction.atomic
def passed_by_fact(*, code: str, unit: str, by: Actor, at: datetime) -> None:
    """The duty of a follow-up has this owner: an offer was answered or lapsed, or a superior decided. All goes with it."""
    row = locked(Arrival, code)
    if row.state not in rules.HERE or (row.unit_id == unit and row.state != ArrivalState.OFFERED):
        return
    passed = row.unit_id != unit
    row.offered_to = None
    if passed:
        row.unit_id, row.stay_unit_id = unit, unit
        row.accepted_at, row.accepted_by = at, unit
    row.state = ArrivalState.FOLLOWED if row.accepted_at else ArrivalState.ARRIVED
    row.save(update_fields=("unit", "stay_unit", "offered_to", "accepted_at", "accepted_by", "state"))
    if not passed:
        return
    commit(tag=LineTag.ARRIVAL_FOLLOWED, subject=about(row.pk), unit=unit, by=by, at=at, closes=[SEARCHED])
    for test in row.tests.filter(state=TestState.OWED).order_by("day"):
        test.unit_id, test.place_code = unit, row.place_code
        test.save(update_fields=("unit", "place_code"))
        handovers.pass_by_fact(kind=_kind(test), about=_of(test), to_unit=unit, by=by, at=at)


@transaction.atomic
def not_found(*, code: str, tried: str, by: Actor, at: datetime) -> Arrival:
    """Nobody of that name is at the address: what was tried, and the unit above searches; the follow-up stays owed."""
    row = _locked(code, by, Operation.FOLLOW_ARRIVAL)
    rules.require(ArrivalState(row.state), {ArrivalState.ARRIVED, ArrivalState.FOLLOWED}, doing="searched for")
    if not tried.strip():
        message = "say what was tried"
        raise InputFault(message, column="tried", remedy="The telephone, the neighbours, who registered the arrival.")
    row.state, row.tried = ArrivalState.SEARCHED, tried[:200]
    row.save(update_fields=("state", "tried"))
    owed = Owed(
        kind=SEARCHED, about=about(row.pk), label=row.pk, place_code=row.place_code, owners={"of": row.unit_id},
        facts={"not_found_at": at}, why=row.tried,
    )  # fmt: skip
    commit(tag=LineTag.ARRIVAL_NOT_FOUND, subject=about(row.pk), unit=row.unit_id, by=by, at=at, opens=[owed])
    return row


@transaction.atomic
def found_again(*, code: str, unit: str, place_code: str, stay: str, by: Actor, at: datetime) -> Arrival:
    """The person is found: here, or elsewhere, where that community is asked to take over."""
    row = _locked(code, by, Operation.FOLLOW_ARRIVAL)
    rules.require(ArrivalState(row.state), {ArrivalState.SEARCHED}, doing="found")
    _move(row, place_code=place_code, stay=stay)
    row.state = ArrivalState.ARRIVED
    row.save(update_fields=("state",))
    commit(tag=LineTag.ARRIVAL_FOUND, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[SEARCHED])
    return _offer(row, unit, note=stay, by=by, at=at)


@transaction.atomic
def take_test(*, code: str, tube: str, by: Actor, at: datetime) -> ArrivalTest:
    """The sample is taken: the tube's number; its result comes by the specimen chain."""
    row = locked(ArrivalTest, code)
    permit(by, Operation.FOLLOW_ARRIVAL, row.unit_id)
    if row.state not in {TestState.OWED, TestState.MISSED}:
        message = f"this test is {row.state}"
        raise Refused(message, remedy="A day's test is taken once.")
    if not tube.strip():
        message = "name the tube"
        raise InputFault(message, column="tube")
    row.state, row.taken_at, row.taken_by, row.tube = TestState.TAKEN, at, signature(by), tube.strip()[:60]
    row.save(update_fields=("state", "taken_at", "taken_by", "tube"))
    commit(
        tag=LineTag.ARRIVAL_TESTED, subject=_of(row), unit=row.unit_id, by=by, at=at, data={"tube": row.tube, "day": row.day},
        closes=[_kind(row)],
    )  # fmt: skip
    return row


@transaction.atomic
def set_terms(*, code: str, measure: Measure, days: int | None, tests: str, reason: str, by: Actor, at: datetime) -> Arrival:
    """Ask less than the rule, with a reason. More is refused, and the rule is named."""
    row = _locked(code, by, Operation.FOLLOW_ARRIVAL)
    rules.require(ArrivalState(row.state), rules.HERE, doing="changed")
    if not reason.strip():
        message = "say why less is asked"
        raise InputFault(message, column="reason")
    rule = terms_of(pack_at(at), Risk(row.risk))
    chosen, wanted = rules.read_days(tests, column="tests"), rule.days if days is None else days
    rules.require_no_stricter(rule, measure=measure, days=wanted, test_days=chosen)
    if set(chosen) - set(rule.tests):
        message = f"no test on a day on which the rule asks for none: {rule.source}"
        raise Refused(message, code="over-control", remedy="Choose among the rule's days.")
    if row.arrived_at is None:  # here, by the state: told to the type checker
        return row
    terms = rules.Terms(measure, wanted, chosen, rule.source)
    last = rules.last_day(terms, arrived_on=clock.day_of(row.arrived_at), left_on=row.left_on)
    row.measure, row.days, row.relief, row.ends_at = measure, wanted, reason[:200], clock.day_bounds(last)[1]
    row.save(update_fields=("measure", "days", "relief", "ends_at"))
    duties.reclock_by_fact(kind=FOLLOWED, about=about(row.pk), facts={"ends_at": row.ends_at}, by=by, at=at)
    _drop(row, TestState.NOT_OWED, successor=f"{about(row.pk)}: {reason}", but=chosen, by=by, at=at)
    data = {"measure": measure, "days": wanted, "tests": list(chosen), "reason": row.relief}
    commit(tag=LineTag.ARRIVAL_RELIEVED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data=data)
    return row


def _drop(row: Arrival, state: TestState, *, successor: str, by: Actor, at: datetime, but: tuple[int, ...] = ()) -> int:
    found = list(row.tests.filter(state=TestState.OWED).exclude(day__in=but).order_by("day"))
    for test in found:
        test.state = state
        test.save(update_fields=("state",))
        duties.supersede_by_fact(kind=_kind(test), about=_of(test), successor=successor[:300], by=by, at=at)
    return len(found)


@transaction.atomic
def cancel_arrival(*, code: str, reason: str, by: Actor, at: datetime) -> Arrival:
    """The person does not come, and how that is known."""
    row = _locked(code, by, Operation.REGISTER_ARRIVAL)
    rules.require(ArrivalState(row.state), {ArrivalState.EXPECTED}, doing="cancelled")
    if not reason.strip():
        message = "say how it is known that the person does not come"
        raise InputFault(message, column="reason")
    row.state, row.ended_at, row.ended = ArrivalState.CANCELLED, at, reason[:200]
    row.save(update_fields=("state", "ended_at", "ended"))
    commit(tag=LineTag.ARRIVAL_CANCELLED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, closes=[APPEARED])
    return row


@transaction.atomic
def end_due(*, by: Actor, at: datetime) -> int:
    """End what the rule ends: nobody needs to agree, and a test that was missed is asked of nobody after it. How many ended."""
    due = Arrival.objects.select_for_update(of=("self",), no_key=True).filter(ended_at=None, ends_at__lte=at)
    found = list(due.order_by("ends_at", "code")[:AT_ONCE])
    for row in found:
        missed = _drop(row, TestState.MISSED, successor=f"{about(row.pk)} ended", by=by, at=at)
        row.state, row.offered_to, row.ended_at, row.ended = ArrivalState.ENDED, None, at, row.rule
        row.save(update_fields=("state", "offered_to", "ended_at", "ended"))
        commit(
            tag=LineTag.ARRIVAL_ENDED, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data={"missed": missed},
            closes=[FOLLOWED, SEARCHED],
        )  # fmt: skip
    return len(found)


@transaction.atomic
def erase_due(*, by: Actor, at: datetime) -> int:
    """Forget who it was, after the pack's days from the end; whence, days, tests and units stay. How many."""
    before = at - pack_at(at).span("arrival_kept")
    due = Arrival.objects.filter(ended_at__lt=before).exclude(name="")
    found = list(due.order_by("ended_at", "code").values_list("pk", flat=True)[:AT_ONCE])
    if found:
        Arrival.objects.filter(pk__in=found).update(name="", phone="", person_id="", stay="", carrier="")
        data = {"count": len(found), "first": found[0], "last": found[-1]}
        commit(tag=LineTag.ARRIVALS_ERASED, subject="rule:arrival_kept", unit=by.unit, by=by, at=at, data=data)
    return len(found)


def about(code: str) -> str:
    """How ledger and duties name an arrival."""
    return f"arrival:{code}"


def _of(test: ArrivalTest) -> str:
    return f"arrival_test:{test.pk}"


def _kind(test: ArrivalTest) -> str:
    return FIRST_TEST if test.first else TESTED


def _locked(code: str, by: Actor, operation: Operation) -> Arrival:
    row = locked(Arrival, code)
    permit(by, operation, row.unit_id, row.offered_to_id or "", row.place_code)
    return row


def _duty(row: Arrival) -> Duty:
    return Duty.objects.get(kind=FOLLOWED, about=about(row.pk), state=DutyState.OPEN)


def _owed(row: Arrival, kind: str, *, owner: str, **facts: datetime) -> Owed:
    return Owed(
        kind=kind, about=about(row.pk), label=row.pk, place_code=row.place_code, owners={"explicit": owner}, facts=facts
    )


def _test_owed(row: Arrival, test: ArrivalTest) -> Owed:
    return Owed(
        kind=_kind(test), about=_of(test), label=f"{row.pk} · {test.day}", place_code=row.place_code,
        owners={"explicit": row.unit_id}, facts={"due_at": test.due_at},
    )  # fmt: skip

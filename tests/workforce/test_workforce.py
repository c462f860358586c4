"""Hands (D15) and major events (D16): legal rest in the action and in the table, certificates, proposals, reports upward."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.workforce import actions, deploying, events, queries, rules
from bulou.workforce.choices import (
    EventKind,
    EventState,
    NeedState,
    ReportKind,
    ShiftState,
    Skill,
    Why,
    WorkerKind,
    WorkerState,
)
from bulou.workforce.models import EventReport, HandsNeed, MajorEvent, Shift, Worker
from tests import city as cities
from tests.city import COMMUNITY_A, COMMUNITY_B, EAST, STREET_1, at

REST = timedelta(hours=10)


def _gap(code, missing, start=0, hours=8, skill="door"):
    return rules.Gap(code, skill, at(start), at(start + hours), missing)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 6), st.integers(0, 40), st.integers(1, 12)), max_size=6),
    st.lists(st.booleans(), max_size=12),
)
def test_a_proposal_never_breaks_rest_nor_fills_a_need_over(needs, able):
    gaps = [_gap(f"N{number}", missing, start, hours) for number, (missing, start, hours) in enumerate(needs)]
    hands = [rules.Hand(f"W{number:02}", frozenset({"door" if one else "desk"})) for number, one in enumerate(able)]
    days = {gap.code: gap.ends_at.date() for gap in gaps}
    lines = rules.propose(gaps, hands, rest=REST, days=days)
    by_code = {gap.code: gap for gap in gaps}
    for code, gap in by_code.items():
        placed = [worker for need, worker in lines if need == code]
        assert len(placed) == len(set(placed)) <= gap.missing
        free = [hand.code for hand in hands if "door" in hand.skills]
        if len(placed) < gap.missing:  # whoever is left over could not have come: the rest is in the way
            for one in set(free) - set(placed):
                spans = [(by_code[need].starts_at, by_code[need].ends_at + REST) for need, worker in lines if worker == one]
                assert not rules.rested(gap.starts_at, gap.ends_at + REST, spans)
    for hand in hands:
        spans = sorted((by_code[need].starts_at, by_code[need].ends_at) for need, worker in lines if worker == hand.code)
        assert all(later[0] - earlier[1] >= REST for earlier, later in itertools.pairwise(spans))
        assert not spans or "door" in hand.skills


def test_the_largest_gap_comes_first_and_rare_skills_stay_free():
    gaps = [_gap("A", 1), _gap("B", 3), _gap("C", 1, skill="driver")]
    hands = [
        rules.Hand("W1", frozenset({"door", "driver"}), {"driver": date(2030, 1, 1)}), rules.Hand("W2", frozenset({"door"})),
    ]  # fmt: skip
    days = dict.fromkeys("ABC", at().date())
    assert rules.propose(gaps, hands, rest=REST, days=days) == [("B", "W2"), ("B", "W1")]
    assert rules.propose(gaps[::2], hands, rest=REST, days=days) == [("A", "W2"), ("C", "W1")]


@pytest.mark.parametrize(("text", "read"), [("door", "door"), (" door, desk;door", "desk;door")])
def test_skills_are_read(text, read):
    assert rules.read_skills(text) == read
    for wrong in ("", " ; ", "cook"):
        with pytest.raises(InputFault):
            rules.read_skills(wrong)


def _worker(city, skills="door", host=COMMUNITY_A, **given):
    said = {
        "name": "甲",
        "kind": WorkerKind.STAFF,
        "home": STREET_1,
        "host": host,
        "since_at": at(),
        "by": city.actor(EAST),
        "at": at(),
    }
    return actions.register_worker(skills=skills, **{**said, **given})


def _plan(city, worker, start, end, skill=Skill.DOOR, **given):
    said = {"unit": COMMUNITY_A, "place": "3 栋", "by": city.actor(EAST), "at": at()}
    return actions.plan_shift(worker=worker.pk, skill=skill, starts_at=at(start), ends_at=at(end), **{**said, **given})


def test_a_shift_of_thirteen_hours_is_refused_and_one_of_twelve_is_not(city):
    person = _worker(city)
    with pytest.raises(Refused, match="12 hours"):
        _plan(city, person, 1, 14)
    with pytest.raises(InputFault):
        _plan(city, person, 3, 3)
    shift = _plan(city, person, 1, 13)
    for change in ({"most_minutes": 60}, {"ends_at": at(0)}, {"minutes": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Shift.objects.filter(pk=shift.pk).update(**change)
    with pytest.raises(Refused, match="12 hours"):
        actions.ask_hands(
            unit=COMMUNITY_A,
            place="3 栋",
            skill=Skill.DOOR,
            hands=1,
            starts_at=at(0),
            ends_at=at(13),
            by=city.actor(EAST),
            at=at(),
        )


def test_the_rest_is_kept_by_the_action_and_by_the_table(city):
    person = _worker(city)
    first = _plan(city, person, 24, 32)
    for start, end in ((25, 30), (41, 44), (6, 15), (20, 26), (32, 40)):
        with pytest.raises(Refused, match="10 hours of rest"):
            _plan(city, person, start, end)
    _plan(city, person, 42, 50)
    _plan(city, person, 6, 14)
    with pytest.raises(IntegrityError), transaction.atomic():
        Shift.objects.create(
            code="X", worker=person, unit_id=COMMUNITY_A, place="x", skill="door", starts_at=at(33), ends_at=at(35), minutes=120,
            most_minutes=720, free_at=at(45), planned_by="somebody",
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Shift.objects.filter(pk=first.pk).update(starts_at=at(36), ends_at=at(40), free_at=at(50))


def test_who_comes_off_late_does_not_begin_again_before_the_rest_is_over(city):
    person = _worker(city)
    first, second = _plan(city, person, 1, 9), _plan(city, person, 19, 27)
    actions.begin_shift(code=first.pk, by=city.actor(COMMUNITY_A), at=at(1))
    for hour in (9.25, 10, 11):
        sweep(at=at(hour))
    kind = "workforce.shift_ended"
    told = [(one.unit_id, one.due_at) for one in Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at")]
    assert told == [(COMMUNITY_A, at(9.25)), (STREET_1, at(10)), (EAST, at(11))], "nobody works on unseen"
    actions.end_shift(code=first.pk, by=city.actor(COMMUNITY_A), at=at(12))
    with pytest.raises(Refused, match="not rested"):
        actions.begin_shift(code=second.pk, by=city.actor(COMMUNITY_A), at=at(19))
    actions.begin_shift(code=second.pk, by=city.actor(COMMUNITY_A), at=at(22))
    with pytest.raises(Refused):
        actions.begin_shift(code=second.pk, by=city.actor(COMMUNITY_A), at=at(22))


def test_a_shift_begun_so_early_that_it_is_too_long_is_refused(city):
    shift = _plan(city, _worker(city), 4, 14)
    with pytest.raises(Refused, match="begun so early"):
        actions.begin_shift(code=shift.pk, by=city.actor(COMMUNITY_A), at=at(1.5))


def test_a_certificate_out_of_force_and_somebody_not_here_are_refused(city):
    person = _worker(city, "sampler", until_at=at(40))
    with pytest.raises(Refused, match="certificate"):
        _plan(city, person, 1, 9, Skill.SAMPLER)
    expiry = at(9).date()
    actions.enter_certificate(
        worker=person.pk, skill=Skill.SAMPLER, number="1", expires_on=expiry, by=city.actor(EAST), at=at()
    )
    with pytest.raises(Refused, match="certificate"):
        _plan(city, person, 30, 38, Skill.SAMPLER)
    with pytest.raises(Refused, match="not with us"):
        _plan(city, person, 36, 44, Skill.SAMPLER)
    with pytest.raises(Refused, match="certificate"):
        _plan(city, person, 1, 9, Skill.DOOR)
    _plan(city, person, 1, 9, Skill.SAMPLER)
    with pytest.raises(Refused):
        actions.enter_certificate(
            worker=person.pk, skill=Skill.SAMPLER, number="1", expires_on=expiry, by=city.actor(EAST), at=at()
        )


def test_illness_relieves_all_shifts_reopens_the_need_and_ends_when_well(city):
    by, person, other = city.actor(EAST), _worker(city), _worker(city, host=STREET_1, name="乙")
    need = actions.ask_hands(
        unit=COMMUNITY_A, place="3 栋", skill=Skill.DOOR, hands=1, starts_at=at(24), ends_at=at(30), by=by, at=at()
    )
    first, second = _plan(city, person, 1, 9), _plan(city, person, 24, 30, need=need.pk)
    assert HandsNeed.objects.get().state == NeedState.MET
    assert not Duty.objects.filter(kind="workforce.need_met", state="open").exists()
    actions.report_absent(code=first.pk, why=Why.ILL, by=city.actor(COMMUNITY_A), at=at(0.5))
    assert set(Shift.objects.values_list("state", flat=True)) == {ShiftState.RELIEVED}
    assert HandsNeed.objects.get().state == NeedState.OPEN
    assert Duty.objects.filter(kind="workforce.need_met", state="open", owner=STREET_1).count() == 1
    assert {one.why for one in Duty.objects.filter(kind="workforce.substitute_found")} == {f"乙 ({other.pk})"}, (
        "of the street above"
    )
    with pytest.raises(Refused, match="absent"):
        _plan(city, person, 60, 66)
    with pytest.raises(NotFound):
        actions.substitute(code=second.pk, worker=other.pk, by=city.actor(COMMUNITY_A), at=at(1))
    actions.substitute(code=second.pk, worker=other.pk, by=city.actor(STREET_1), at=at(1))
    assert HandsNeed.objects.get().state == NeedState.MET
    with pytest.raises(Refused):
        actions.substitute(code=second.pk, worker=other.pk, by=city.actor(STREET_1), at=at(1))
    actions.return_worker(code=person.pk, by=city.actor(COMMUNITY_A), at=at(30))
    assert Worker.objects.get(pk=person.pk).state == WorkerState.IDLE


def test_a_proposal_leaves_out_what_has_become_impossible(city):
    by, person = city.actor(EAST), _worker(city)
    actions.ask_hands(unit=COMMUNITY_A, place="3 栋", skill=Skill.DOOR, hands=2, starts_at=at(4), ends_at=at(9), by=by, at=at())
    row = deploying.propose_deployment(unit=EAST, from_at=at(1), until_at=at(20), by=by, at=at())
    assert (row.gap_before, row.gap_after, row.free) == (2, 1, 1)
    _plan(city, person, 2, 8)
    row = deploying.commit_deployment(code=row.pk, by=by, at=at(1))
    assert (row.placed, row.gap_after) == (0, 2)
    with pytest.raises(Refused):
        deploying.drop_deployment(code=row.pk, by=by, at=at(1))
    with pytest.raises(NotPermitted):
        deploying.propose_deployment(unit=COMMUNITY_A, from_at=at(1), until_at=at(20), by=city.actor(COMMUNITY_A), at=at())


def test_a_proposal_asks_as_many_statements_for_many(city, django_assert_max_num_queries):
    by = city.actor(EAST)
    for number in range(30):
        _worker(city, name=f"甲{number}")
    for start in range(4, 16):
        actions.ask_hands(
            unit=COMMUNITY_B, place="门", skill=Skill.DOOR, hands=3, starts_at=at(start), ends_at=at(start + 8), by=by, at=at()
        )
    with django_assert_max_num_queries(12):
        row = deploying.propose_deployment(unit=EAST, from_at=at(1), until_at=at(20), by=by, at=at())
    assert (row.gap_before, row.gap_after) == (36, 6)


def test_hands_are_lent_and_the_home_unit_still_sees_them(city):
    person = _worker(city, home=COMMUNITY_A)
    actions.move_worker(code=person.pk, host=COMMUNITY_B, by=city.actor(EAST), at=at())
    assert {one.pk for one in queries.idle(city.actor(COMMUNITY_B))} == {person.pk}
    with pytest.raises(InputFault):
        _worker(city, kind=WorkerKind.CAPTAIN)
    captain = _worker(city, kind=WorkerKind.CAPTAIN, place_code=f"{COMMUNITY_A}-0001")
    assert captain.place_code.startswith(COMMUNITY_A)


def test_a_major_event_is_reported_first_on_and_to_its_end(city):
    row = events.register_event(
        kind=EventKind.ACCIDENT, unit=COMMUNITY_A, place_code=COMMUNITY_A, what="转运车侧翻", people=3, seen_at=at(),
        by=city.actor(COMMUNITY_A), at=at(0.2),
    )  # fmt: skip
    assert row.due_at == at(2), "from when it was seen"
    with pytest.raises(Refused):
        events.close_event(code=row.pk, text="完", by=city.actor(COMMUNITY_A), at=at(1))
    for hour in (0.2, 1.5, 2, 2.5):
        sweep(at=at(hour))
    told = [
        one.unit_id for one in Notice.objects.filter(duty__kind="event.first_report", state="sent").order_by("due_at", "id")
    ]
    assert told[-2:] == [STREET_1, EAST]
    events.report_event(code=row.pk, text="已救治 3 人", people=4, by=city.actor(COMMUNITY_A), at=at(2.6))
    events.report_event(code=row.pk, text="伤者稳定", by=city.actor(COMMUNITY_A), at=at(20))
    assert Duty.objects.get(state="open").due_at == at(44)
    events.close_event(code=row.pk, text="原因查明", by=city.actor(COMMUNITY_A), at=at(30))
    assert not Duty.objects.filter(state="open").exists()
    found = list(EventReport.objects.values_list("number", "kind", "people", "late"))
    assert found == [(1, ReportKind.FIRST, 4, True), (2, ReportKind.PROGRESS, 4, False), (3, ReportKind.FINAL, 4, False)]
    assert MajorEvent.objects.get().state == EventState.CLOSED
    with pytest.raises(InputFault):
        events.register_event(
            kind=EventKind.OTHER, unit=COMMUNITY_A, place_code=COMMUNITY_A, what="x", seen_at=cities.at(5),
            by=city.actor(COMMUNITY_A), at=at(),
        )  # fmt: skip

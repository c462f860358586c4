"""Meetings whose tasks are followed, checkpoints that end by themselves, passes without tracks, patrols that find too much."""

from __future__ import annotations

import pytest

from bulou.duties import actions as duties
from bulou.duties.models import Duty
from bulou.duties.sweep import sweep
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger.models import Entry
from bulou.orders import actions as orders
from bulou.orders import rules
from bulou.orders.choices import MeetingKind, PatrolFinding, PostState, Purpose, ShiftState, Standing
from bulou.orders.models import Checkpoint, CheckpointShift, Meeting, MeetingFigure, Pass, Patrol
from tests import city as cities
from tests.city import CITY, COMMUNITY_A, EAST, STREET_1, at
from tests.orders.desk import owed, told

pytestmark = pytest.mark.django_db


def _meeting(city, when, previous="", **given):
    return orders.open_meeting(
        title="调度会", kind=MeetingKind.MEETING, previous=previous, by=city.actor(EAST), at=when, **given
    )  # fmt: skip


def test_figures_are_frozen_as_they_stood(city):
    duties.assign_task(to_unit=STREET_1, text="x", due_at=at(0.5), by=city.actor(EAST), at=at())
    row = _meeting(city, at(1))
    figures = dict(MeetingFigure.objects.filter(meeting=row).values_list("name", "value"))
    assert (figures["duties_open"], figures["duties_overdue"], figures["tested"]) == (1, 1, None)
    duties.assign_task(to_unit=STREET_1, text="y", due_at=at(9), by=city.actor(EAST), at=at(2))
    assert MeetingFigure.objects.get(meeting=row, name="duties_open").value == 1, "what is learnt later changes nothing"


def test_a_series_has_one_next_meeting_and_carries_what_is_open(city):
    first = _meeting(city, at())
    made = orders.decide(meeting=first.pk, unit=STREET_1, text="补齐底数", due_at=at(30), by=city.actor(EAST), at=at(0.1))
    second = _meeting(city, at(2), previous=first.pk)
    with pytest.raises(InputFault, match="follows"):
        _meeting(city, at(3), previous=first.pk)
    third = _meeting(city, at(4), previous=second.pk)
    assert [one.standing for one in third.sheet.all()] == [Standing.OPEN], "what was open is carried to every next sheet"
    duties.answer_no_capacity(duty_id=made.duty_id, reason="缺三人", by=city.actor(STREET_1), at=at(5))
    fourth = _meeting(city, at(6), previous=third.pk)
    assert [(one.standing, one.note) for one in fourth.sheet.all()] == [(Standing.NO_CAPACITY, "缺三人")]
    duties.fulfil(duty_id=made.duty_id, kind="list", ref="底数表", by=city.actor(STREET_1), at=at(7))
    fifth = _meeting(city, at(8), previous=fourth.pk)
    assert [one.standing for one in fifth.sheet.all()] == [Standing.DONE]
    assert not _meeting(city, at(9), previous=fifth.pk).sheet.exists(), "what was done and told is told once"
    assert Meeting.objects.filter(series=first.pk).count() == 6


@pytest.mark.parametrize(
    ("state", "closed", "lacks", "expected"),
    [
        ("fulfilled", at(1), False, Standing.DONE), ("fulfilled", at(3), False, Standing.DONE_LATE),
        ("open", None, False, Standing.OVERDUE), ("open", None, True, Standing.NO_CAPACITY),
        ("waived", at(1), False, Standing.ENDED), ("failed", at(1), True, Standing.ENDED),
    ],
)  # fmt: skip
def test_how_a_decision_stands(state, closed, lacks, expected):
    assert rules.standing(state=state, due_at=at(2), closed_at=closed, no_capacity=lacks, at=at(4)) is expected
    if expected is Standing.OVERDUE:
        assert rules.standing(state=state, due_at=at(5), closed_at=None, no_capacity=False, at=at(4)) is Standing.OPEN


def _checkpoint(city, **given):
    said = {
        "name": "东门",
        "unit": COMMUNITY_A,
        "place_code": COMMUNITY_A,
        "basis": "指令 1 号",
        "exits": "东侧车道常开",
        "exits_open": True,
    }
    return orders.open_checkpoint(**{**said, "ends_at": at(12), **given}, by=city.actor(EAST), at=at())


def test_a_checkpoint_hands_in_counts_shift_by_shift_and_ends_by_itself(city):
    row = _checkpoint(city)
    here = city.actor(COMMUNITY_A)
    first = CheckpointShift.objects.get()
    assert (first.ends_at, owed("checkpoint.shift_reported")) == (at(8), [COMMUNITY_A])
    orders.report_shift(code=first.pk, hands=2, passed=140, turned_back=3, emergencies=1, by=here, at=at(8.1))
    second = CheckpointShift.objects.get(state=ShiftState.OWED)
    assert (second.starts_at, second.ends_at) == (at(8), at(12)), "the last shift ends with the checkpoint"
    assert orders.end_due_posts(by=cities.SYSTEM, at=at(12.2)) == 1
    row.refresh_from_db()
    assert (row.state, row.ended_at) == (PostState.ENDED, at(12))
    orders.report_shift(code=second.pk, hands=2, passed=10, turned_back=0, emergencies=0, by=here, at=at(12.3))
    assert CheckpointShift.objects.count() == 2
    assert not Duty.objects.filter(state="open").exists()


def test_no_checkpoint_blocks_an_exit_or_stands_without_basis_and_end(city):
    with pytest.raises(Refused, match="fire exit"):
        _checkpoint(city, exits_open=False)
    with pytest.raises(InputFault, match="ambulances"):
        _checkpoint(city, exits=" ")
    with pytest.raises(InputFault, match="order on which it rests"):
        _checkpoint(city, basis="")
    with pytest.raises(InputFault, match="longest"):
        _checkpoint(city, ends_at=at(24 * 8))
    assert not Checkpoint.objects.exists()


def test_a_pass_has_purpose_hours_and_end_and_is_forgotten_in_time(city):
    def leave(**given):
        said = {
            "holder": "P1", "unit": COMMUNITY_A, "place_code": COMMUNITY_A, "purpose": Purpose.CARE, "reason": "照料母亲",
            "hours": "06:00-09:00", "starts_at": at(), "ends_at": at(48),
        }  # fmt: skip
        return orders.issue_pass(**{**said, **given}, by=city.actor(COMMUNITY_A), at=at())

    with pytest.raises(InputFault, match="no hours of a day"):
        leave(hours="全天")
    with pytest.raises(InputFault, match="longest"):
        leave(ends_at=at(24 * 30))
    row = leave()
    assert {field.name for field in Pass._meta.get_fields()} & {"used_at", "seen_at", "gate"} == set()
    assert orders.end_due_posts(by=cities.SYSTEM, at=at(48)) == 1
    assert orders.erase_passes(by=cities.SYSTEM, at=at(48 + 24 * 13)) == 0
    assert orders.erase_passes(by=cities.SYSTEM, at=at(48 + 24 * 15)) == 1
    row.refresh_from_db()
    assert row.holder == ""
    assert Entry.objects.filter(tag="order:passes:erased").count() == 1


def test_a_patrol_finds_too_much_control_and_it_is_owed(city):
    row = orders.plan_patrol(
        unit=COMMUNITY_A, place_code=COMMUNITY_A, route="1–5 栋", starts_at=at(1), by=city.actor(STREET_1), at=at()
    )
    here = city.actor(COMMUNITY_A)
    with pytest.raises(InputFault, match="say what was found"):
        orders.report_patrol(code=row.pk, finding=PatrolFinding.TOO_MUCH, by=here, at=at(1))
    orders.report_patrol(code=row.pk, finding=PatrolFinding.TOO_MUCH, what="单元门上锁", by=here, at=at(1))
    assert owed("patrol.finding_mended") == [COMMUNITY_A]
    orders.mend_finding(code=row.pk, evidence="照片", by=here, at=at(2))
    assert not Duty.objects.filter(state="open").exists()


def test_a_blocked_fire_exit_is_told_to_the_street_in_minutes(city):
    row = orders.plan_patrol(
        unit=COMMUNITY_A, place_code=COMMUNITY_A, route="3 栋", starts_at=at(), by=city.actor(STREET_1), at=at()
    )
    orders.report_patrol(code=row.pk, finding=PatrolFinding.EXIT_BLOCKED, what="焊死", by=city.actor(COMMUNITY_A), at=at())
    for minutes in (0, 5, 15, 30):
        sweep(at=at(minutes=minutes))
    assert told("patrol.exit_cleared") == [(COMMUNITY_A, 0), (STREET_1, 5), (EAST, 15), (CITY, 30)]
    assert Patrol.objects.get().due_at == at(minutes=15)

"""The sweep: in due order, exactly once, also after an outage; a poison row stops nobody; a silent sweep is said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties import rows, sweep
from bulou.duties.choices import NoticeState
from bulou.duties.models import Duty, Heartbeat, Notice
from bulou.duties.opening import Owed, open_duty
from bulou.kernel import clock
from tests import city as cities

pytestmark = pytest.mark.django_db


def _task(city, number, *, due, owner=cities.COMMUNITY_A):
    owed = Owed(
        kind="task.done", about=f"task:{number}", label=f"task {number}", owners={"explicit": owner},
        facts={"due_at": due}, issuer=cities.EAST,
    )  # fmt: skip
    return open_duty(owed, by=cities.SYSTEM, at=cities.at())


def test_each_step_is_told_once_to_whom_the_pack_says(city):
    duty = _task(city, 1, due=cities.at(4))
    told = []
    for minute in range(0, 8 * 60, 5):
        now = cities.at(minutes=minute)
        sweep.sweep(at=now)
        told += [(one.step, one.unit_id, one.told_at) for one in Notice.objects.filter(told_at=now).order_by("id")]
    assert told == [
        ("before:PT1H:owner", cities.COMMUNITY_A, cities.at(3)),
        ("after:PT0M:issuer", cities.EAST, cities.at(4)),
        ("after:PT2H:superior", cities.STREET_1, cities.at(6)),
    ]
    assert Notice.objects.filter(duty=duty).first().told == "甲社区值班员"
    assert Duty.objects.get(pk=duty.pk).act_at is None  # nothing is left to do; it stays overdue


def test_after_a_ten_minute_outage_every_alarm_is_there_once_in_due_order(city):
    for number in range(40):
        _task(city, number, due=cities.at(4, minutes=number * 0.5), owner=[cities.COMMUNITY_A, cities.COMMUNITY_C][number % 2])
    sweep.sweep(at=cities.at(3))  # lives, then is silent for ten minutes around the due instants
    before = set(Notice.objects.values_list("duty_id", "step"))
    now = cities.at(4, minutes=10)
    sweep.sweep(at=now)
    sweep.sweep(at=now)
    fresh = [one for one in Notice.objects.order_by("id") if (one.duty_id, one.step) not in before]
    due = [(row.pk, step.key, step.due_at) for row in Duty.objects.all() for step in rows.ladder(row) if step.due_at <= now]
    owed = {(pk, key) for pk, key, _ in due} - before
    assert {(one.duty_id, one.step) for one in fresh} == owed
    assert len(fresh) == len(owed)  # exactly once
    assert [one.due_at for one in fresh] == sorted(one.due_at for one in fresh)


def test_a_step_overtaken_during_an_outage_is_recorded_and_not_sent(city):
    duty = _task(city, 1, due=cities.at(4))
    sweep.sweep(at=cities.at(7))
    states = list(Notice.objects.filter(duty=duty).order_by("id").values_list("step", "state"))
    assert states == [
        ("before:PT1H:owner", NoticeState.COLLAPSED),
        ("after:PT0M:issuer", NoticeState.COLLAPSED),
        ("after:PT2H:superior", NoticeState.SENT),
    ]


def test_a_poison_row_is_pushed_back_and_reported_and_the_others_go_on(city, monkeypatch):
    bad, good = _task(city, 1, due=cities.at(1)), _task(city, 2, due=cities.at(1, minutes=1))
    real = rows.ladder

    def broken(row):
        if row.pk == bad.pk:
            message = "the pack of this duty cannot be read"
            raise ValueError(message)
        return real(row)

    monkeypatch.setattr(rows, "ladder", broken)
    swept = sweep.sweep(at=cities.at(1, minutes=2))
    assert swept.failed == 1
    assert Notice.objects.filter(duty=good, state=NoticeState.SENT).exists()
    repair = Duty.objects.get(kind="consequence.repaired")
    assert "cannot be read" in repair.why
    assert repair.owner_id == cities.CITY
    assert Duty.objects.get(pk=bad.pk).act_at == cities.at(1, minutes=7)


def test_two_sweeps_that_hold_the_same_row_tell_it_once(city):
    duty = _task(city, 1, due=cities.at(4))
    act_at = duty.act_at
    assert sweep._act(duty.pk, act_at, at=cities.at(4), by=cities.SYSTEM) is not None
    assert sweep._act(duty.pk, act_at, at=cities.at(4), by=cities.SYSTEM) is None  # the claim is gone
    assert Notice.objects.filter(duty=duty).count() == 1


def test_a_silent_sweep_is_said_and_a_living_one_is_not(db):
    assert sweep.silent_since() is not None  # it never lived
    sweep.beat(sweep.Swept(0, 0, timedelta(0)), at=cities.at())
    assert sweep.silent_since() is None
    Heartbeat.objects.update(beat_at=clock.wall() - timedelta(minutes=10))
    assert sweep.silent_since() is not None

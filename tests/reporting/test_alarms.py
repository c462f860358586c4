"""Alarm fatigue: a day counted by hand; who acted, what ended without them, what came again for one cause, and why it came."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bulou.commands import main
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.duties.sweep import sweep
from bulou.reporting.alarms import alarms
from tests import city as cities

pytestmark = pytest.mark.django_db

A, EAST, STREET = cities.COMMUNITY_A, cities.EAST, cities.STREET_1
DAY = date(2022, 9, 20)


def _task(about, *, due):
    owed = Owed(
        kind="task.done", about=about, label=about, owners={"explicit": A}, facts={"due_at": cities.at(due)}, issuer=EAST
    )
    return open_duty(owed, by=cities.SYSTEM, at=cities.at())


@pytest.fixture
def told(city):
    done, taken, dropped = (_task(f"task:{number}", due=4) for number in (1, 2, 3))
    for place in "ab":
        _task(f"task:r@{place}", due=4)
    _task("task:late", due=10)
    sweep(at=cities.at(3))  # 11:00: five to the community
    duties.fulfil(duty_id=done.pk, kind="note", ref="N1", by=city.actor(A), at=cities.at(3.5))
    duties.supersede_by_fact(kind="task.done", about=dropped.about, successor="N2", by=city.actor(EAST), at=cities.at(3.5))
    sweep(at=cities.at(4))  # 12:00: three to who gave the task
    duties.take_over(duty_id=taken.pk, by=city.actor(EAST), at=cities.at(4.5))  # told to the community
    duties.fulfil(duty_id=taken.pk, kind="note", ref="N3", by=city.actor(EAST), at=cities.at(5))
    sweep(at=cities.at(6))  # 14:00: two to the street
    sweep(at=cities.at(9))  # 17:00, another shift: one to the community
    return city


def _figures(line):
    return line.alarms, line.acted, line.settled, line.open, line.repeated


def test_a_day_counted_by_hand(told):
    found = alarms(told.actor("9901"), on=DAY)
    assert _figures(found.total) == (12, 2, 3, 7, 4)
    assert {(one.unit, one.shift): _figures(one) for one in found.by_shift} == {
        (A, 1): (6, 1, 3, 2, 2),
        (A, 2): (1, 0, 0, 1, 0),
        (EAST, 1): (3, 1, 0, 2, 1),
        (STREET, 1): (2, 0, 0, 2, 1),
    }
    again = {(EAST, "r"), (A, "2"), (A, "r"), (STREET, "r")}  # task 2: told before the limit, and that it was taken over
    assert {(one.unit, one.cause, one.alarms) for one in found.causes} == {(u, f"task.done task:{n}", 2) for u, n in again}
    assert [one.kind for one in found.by_kind] == ["task.done"]


def test_an_act_after_the_next_reminder_answers_the_reminder_alone(city):
    duty = _task("task:slow", due=4)
    sweep(at=cities.at(3))
    for hours in (3.2, 3.4):  # evidence twice is one answered alarm
        duties.add_evidence(duty_id=duty.pk, kind="note", ref="N", by=city.actor(A), at=cities.at(hours))
    assert _figures(alarms(city.actor("9901"), on=DAY).total) == (1, 1, 0, 0, 0)
    assert alarms(city.actor("9901"), on=date(2022, 9, 21)).total.share is None


def test_a_reader_counts_its_own_jurisdiction_and_one_statement_does_it(told):
    with CaptureQueriesContext(connection) as asked:
        found = alarms(told.actor(A), on=DAY)
    assert len(asked) == 1
    assert {one.unit for one in found.by_shift} == {A}
    assert found.total.alarms == 7


def test_the_command_prints_what_the_query_found(told, capsys, monkeypatch):
    monkeypatch.setattr("bulou.commands.setup.django", lambda: None)
    monkeypatch.setattr("bulou.commands.setup.actor", lambda _: told.actor("9901"))
    assert main.run(["report", "alarms", "--date", "2022-09-20", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["total"] == {
        "alarms": 12, "acted": 2, "settled": 3, "open": 7, "repeated": 4, "share_acted": 0.1667,
    }  # fmt: skip
    assert main.run(["report", "alarms", "--date", "2022-09-20"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "unit,shift,alarms,acted,settled,open,repeated,share_acted"
    assert f"{A},1,6,1,3,2,2,0.1667" in lines
    assert len(lines) == 5

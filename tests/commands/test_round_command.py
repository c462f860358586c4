"""``bulou round``: what it prints, and its exit codes."""

from __future__ import annotations

import json

import pytest

from bulou.access.models import Account
from bulou.commands.main import run
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock
from bulou.ledger.models import Entry
from bulou.rounds.models import TestingRound
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader(city, monkeypatch):
    Account.objects.create_account("leader", None, staff=city.staff[CITY], created_at=at(-1))
    Account.objects.create_account("worker", None, staff=city.staff[COMMUNITY_A], created_at=at(-1))
    monkeypatch.setenv("BULOU_USER", "leader")
    town.settle(COMMUNITY_A, 3)
    town.settle(COMMUNITY_B, 2)
    return city


def answer(capsys, *arguments, code=0):
    assert run(["round", *arguments, "--json"]) == code
    shown = capsys.readouterr()
    return json.loads(shown.out)


PLAN = ("--area", "test-city", "--deadline", "2022-09-20T20:00", "--name", "第一轮")


def test_open_plans_and_opens_in_one_go(leader, capsys):
    found = answer(capsys, "open", "R1", *PLAN)
    assert (found["state"], found["roster"], found["owner"]) == ("open", 5, CITY)
    assert TestingRound.objects.get().deadline_at == at(12)  # without offset in the city's zone
    assert not Entry.objects.filter(seal=None).exists()  # sealed when the command ends


def test_open_opens_what_was_planned(leader, capsys):
    town.plan(leader)
    assert answer(capsys, "open", "R1")["roster"] == 5
    assert answer(capsys, "open", "R1", code=2)["error"]["code"] == "round-state"


def test_a_plan_that_cannot_open_leaves_nothing(leader, capsys):
    late = ("--area", "test-city", "--opens", "2022-09-19T08:00", "--deadline", "2022-09-19T20:00")
    assert answer(capsys, "open", "R1", *late, code=2)["error"]["code"] == "deadline-passed"
    assert not TestingRound.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "column"),
    [
        (("open", "R1", "--area", "test-city"), "--deadline"),
        (("open", "R1", "--area", "test-city", "--deadline", "tonight"), "--deadline"),
        (("open", "R1", *PLAN, "--kind", "smell"), "--kind"),
        (("list", "--state", "gone"), "--state"),
    ],
)
def test_bad_usage_is_one_line_that_names_the_option(leader, capsys, arguments, column):
    assert answer(capsys, *arguments, code=2)["error"]["column"] == column


def test_extend_says_what_it_would_do_and_does_it(leader, capsys):
    answer(capsys, "open", "R1", *PLAN)
    with clock.frozen(at(12.5)):
        asked = ("extend", "R1", "--deadline", "2022-09-20T23:00+08:00", "--reason", "rain")
        would = answer(capsys, *asked, "--dry-run")
        assert TestingRound.objects.get().deadline_at == at(12)
        did = answer(capsys, *asked)
    assert would | {"dry_run": False} == did
    assert (did["moved"], did["no_longer_overdue"], did["still_overdue"]) == (2, 2, 0)
    assert TestingRound.objects.get().deadline_at == at(15)


def test_close_cuts_off_past_the_deadline_and_refuses_before_it(leader, capsys):
    answer(capsys, "open", "R1", *PLAN)
    assert answer(capsys, "close", "R1", code=2)["error"]["code"] == "still-missing"
    with clock.frozen(at(12)):
        found = answer(capsys, "close", "R1")
    assert (found["state"], found["missing"]) == ("closed", 5)
    assert Duty.objects.filter(kind="person.tested", state=DutyState.OPEN).count() == 5


def test_cancel_and_list(leader, capsys):
    answer(capsys, "open", "R1", *PLAN)
    answer(capsys, "open", "R2", *PLAN)
    assert answer(capsys, "cancel", "R2", "--reason", "double")["state"] == "cancelled"
    rows = answer(capsys, "list")["rounds"]
    assert [(row["code"], row["state"], row["missing"]) for row in rows] == [
        ("R1", "open", None),
        ("R2", "cancelled", None),
    ]
    assert [row["code"] for row in answer(capsys, "list", "--state", "open", "--as", "worker")["rounds"]] == ["R1"]


def test_the_list_reads_well_without_json(leader, capsys):
    answer(capsys, "open", "R1", *PLAN)
    assert run(["round", "list"]) == 0
    assert capsys.readouterr().out == "R1               open       pcr      due 09-20 20:00  not counted yet  第一轮\n"


def test_who_may_not_is_told_so(leader, capsys):
    assert answer(capsys, "open", "R1", *PLAN, "--as", "worker", code=2)["error"]["code"] == "not-permitted"
    assert answer(capsys, "close", "R9", code=2)["error"]["code"] == "not-found"

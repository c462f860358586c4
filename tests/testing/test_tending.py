"""The worker's round: figures every few minutes, the cut-off at the deadline, and no round stops another."""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty
from bulou.ledger.models import Entry
from bulou.testing import actions as testing
from bulou.testing import tending
from bulou.testing.models import Progress
from tests import town
from tests.city import CITY, COMMUNITY_A, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def running(city):
    town.settle(COMMUNITY_A, 2)
    town.running(city)
    return city


def test_figures_are_counted_every_five_minutes_however_often_it_is_asked(running):
    for minutes in range(0, 11, 1):
        testing.tend_rounds(at=at(1, minutes=minutes))
    assert sorted(set(Progress.objects.values_list("as_of", flat=True))) == [at(1), at(1, minutes=5), at(1, minutes=10)]


def test_the_deadline_cuts_off_once_and_counting_goes_on(running):
    assert testing.tend_rounds(at=at(12)).cut_off == ("R1",)
    assert testing.tend_rounds(at=at(12, minutes=4)) == tending.Tended(refreshed=(), cut_off=(), failed=())
    assert testing.tend_rounds(at=at(12, minutes=5)).refreshed == ("R1",)
    assert Entry.objects.filter(tag="testing:round:cut_off").count() == 1
    assert Duty.objects.filter(kind="person.tested").count() == 2


def test_rounds_that_do_not_run_are_left_alone(city):
    town.plan(city)
    assert testing.tend_rounds(at=at(13)) == tending.Tended(refreshed=(), cut_off=(), failed=())


def test_a_round_that_fails_becomes_a_duty_and_does_not_stop_the_others(running, monkeypatch):
    town.running(running, code="R0")
    whole = tending.refresh_progress

    def broken(*, round_code, by, at):
        if round_code == "R0":
            message = "disk full"
            raise OSError(message)
        return whole(round_code=round_code, by=by, at=at)

    monkeypatch.setattr(tending, "refresh_progress", broken)
    assert testing.tend_rounds(at=at(1)) == tending.Tended(refreshed=("R1",), cut_off=(), failed=("R0",))
    duty = Duty.objects.get(kind="consequence.repaired")
    assert (duty.owner_id, duty.about) == (CITY, "tending:R0")
    assert "disk full" in duty.why

"""A line's failures are read off the desk, each by one line only; what is in order shows none."""

from __future__ import annotations

import inspect
from datetime import timedelta
from pathlib import Path

import pytest

import simulation
from bulou.arrivals import actions as entry
from bulou.arrivals.choices import Risk, Transport
from bulou.duties.sweep import sweep
from bulou.environment import actions as disinfection
from bulou.environment.choices import JobKind
from bulou.hazards import actions as dangers
from bulou.hazards.choices import Cause, HazardKind, How
from simulation import arrivals, environment, hazards, lines, supplies
from simulation import plan as plans
from simulation.plan import Failure, Seeded
from tests import pantry
from tests.city import COMMUNITY_A, EAST, SITE_A, at

NOON = at(4)


def test_each_failure_of_the_lines_is_read_by_exactly_one_line():
    for failure in plans.OF_LINES:
        readers = [one.__name__ for one in lines.LINES if f"Failure.{failure.name}" in inspect.getsource(one.seen)]
        assert len(readers) == 1, (failure, readers)


def test_every_module_that_plays_a_line_is_listed():
    folder = Path(simulation.__file__).parent
    plays = {path.stem for path in folder.glob("*.py") if "\ndef seen(now: datetime)" in path.read_text(encoding="utf-8")}
    assert plays == {one.__name__.rpartition(".")[2] for one in lines.LINES}


def _crowd(city, place):
    return dangers.report_hazard(
        kind=HazardKind.CROWD, unit=COMMUNITY_A, place_code=COMMUNITY_A, place=place, what="人越聚越多", how=How.PHONE, people=80,
        by=city.actor(COMMUNITY_A), at=NOON,
    )  # fmt: skip


@pytest.mark.django_db
def test_a_crowd_at_a_pick_up_point_is_of_supplies_and_any_other_is_not(city):
    point = pantry.point(city)
    at_gate, late = _crowd(city, "东门"), NOON + timedelta(minutes=31)
    assert hazards.seen(NOON + timedelta(minutes=29)) == set(), "its minutes have not passed"
    assert (hazards.seen(late), supplies.seen(late)) == ({Seeded(Failure.CROWD_STAYS, COMMUNITY_A)}, set())
    _crowd(city, point.name)
    dangers.disperse_crowd(
        code=at_gate.pk, people_left=0, cause=Cause.QUEUE, because=f"site:{SITE_A}", witness="网格员",
        by=city.actor(COMMUNITY_A), at=late,
    )  # fmt: skip
    assert (hazards.seen(late), supplies.seen(late)) == (set(), {Seeded(Failure.POINT_CROWDED, COMMUNITY_A)})


@pytest.mark.django_db
def test_a_place_is_undone_until_its_record_is_entered(city):
    job = disinfection.ask_job(
        kind=JobKind.TERMINAL, unit=COMMUNITY_A, place_code=COMMUNITY_A, place="超市", reason="病例到访场所", by=city.actor(EAST),
        at=at(),
    )  # fmt: skip
    assert environment.seen(at(6)) == set()
    assert environment.seen(at(6.1)) == {Seeded(Failure.PLACE_UNDONE, COMMUNITY_A)}
    disinfection.finish_job(code=job.pk, evidence="记录", by=city.actor(COMMUNITY_A), at=at(6.2))
    assert environment.seen(at(20)) == set(), "that nobody has signed yet is another duty"


@pytest.mark.django_db
@pytest.mark.parametrize("answers", [True, False])
def test_an_arrival_is_lost_where_the_community_never_answers_and_nobody_decides(city, answers):
    row = entry.register_arrival(
        name="来某", whence="外省", risk=Risk.LOW, transport=Transport.TRAIN, arrives_at=at(), unit=EAST,
        stay_unit=COMMUNITY_A, place_code=COMMUNITY_A, stay="3 栋", by=city.actor(EAST), at=at(),
    )  # fmt: skip
    sweep(at=at(1))
    if answers:
        entry.accept_arrival(code=row.pk, by=city.actor(COMMUNITY_A), at=at(1))
    sweep(at=at(2.1))
    assert arrivals.seen(at(2.2)) == set(), "whoever decides has a quarter of an hour"
    assert arrivals.seen(at(3)) == (set() if answers else {Seeded(Failure.ARRIVAL_LOST, COMMUNITY_A)})

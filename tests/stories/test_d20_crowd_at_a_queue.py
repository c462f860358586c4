"""D20: a crowd at a queue; its owner is told and does not answer; who stands in is owed it at minute five.

Mirror: the community goes in three minutes, and nobody above is bothered.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.hazards import actions as hazards
from bulou.hazards.choices import Cause, HazardKind, HazardState, How
from bulou.hazards.models import Hazard
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from tests.city import CITY, COMMUNITY_A, EAST, SITE_A, STREET_1, SYSTEM, at

pytestmark = pytest.mark.django_db


def after(minutes):
    return at(10) + timedelta(minutes=minutes)


def _crowd(city):
    """A resident calls the city's hotline: no account, no phone of the community's."""
    return hazards.report_hazard(
        kind=HazardKind.CROWD, unit=COMMUNITY_A, place_code=COMMUNITY_A, place="采样点外广场", what="排队的人挤在一起", how=How.PHONE,
        people=180, by=city.actor(CITY), at=after(0),
    )  # fmt: skip


def _watch(*minutes):
    for minute in minutes:
        hazards.watch_crowds(by=SYSTEM, at=after(minute))
        sweep(at=after(minute))


def _told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - after(0)) / timedelta(minutes=1)) for one in found]


def test_the_owner_does_not_answer_and_who_stands_in_goes(city):
    row = _crowd(city)
    _watch(0, 1, 5, 6)
    assert _told("hazard.crowd_answered") == [(COMMUNITY_A, 0), (STREET_1, 5)]
    assert _told("hazard.crowd_taken_up") == [(STREET_1, 5)], "the street stands in, and owes it now"
    hazards.go(code=row.pk, by=city.actor(STREET_1), at=after(9))
    _watch(15, 20, 30)
    assert _told("hazard.crowd_taken_up") == [(STREET_1, 5)], "the district is not told: somebody went"
    assert _told("hazard.crowd_dispersed") == [(COMMUNITY_A, 20), (STREET_1, 30)]
    hazards.disperse_crowd(
        code=row.pk, people_left=12, cause=Cause.QUEUE, because=f"site:{SITE_A}", photo="0" * 64, witness="街道值班员",
        by=city.actor(STREET_1), at=after(38),
    )  # fmt: skip
    assert not Duty.objects.filter(state="open").exists()
    row = Hazard.objects.get()
    assert (row.state, row.people, row.people_left, row.because) == (HazardState.OVER, 180, 12, f"site:{SITE_A}")
    assert (row.unanswered_at, row.going_at, row.closed_at) == (after(5), after(9), after(38))
    tags = list(Entry.objects.filter(subject=f"hazard:{row.pk}").order_by("id").values_list("tag", flat=True))
    assert tags == ["hazard:hazard:reported", "hazard:crowd:unanswered", "hazard:hazard:going", "hazard:hazard:over"]
    seal(at=after(60))
    assert verify(at=after(60)).broken is None


def test_nobody_goes_at_all_and_the_district_then_the_city_hear_of_it(city):
    _crowd(city)
    _watch(0, 5, 15, 20, 30, 45)
    assert _told("hazard.crowd_taken_up") == [(STREET_1, 5), (EAST, 15), (CITY, 20)]
    assert _told("hazard.crowd_dispersed") == [(COMMUNITY_A, 20), (STREET_1, 30), (EAST, 45)]


def test_mirror_the_community_goes_and_nobody_above_is_bothered(city):
    row = _crowd(city)
    _watch(0, 1)
    hazards.go(code=row.pk, by=city.actor(COMMUNITY_A), at=after(3))
    hazards.disperse_crowd(
        code=row.pk, people_left=0, cause=Cause.QUEUE, because=f"site:{SITE_A}", witness="网格员", by=city.actor(COMMUNITY_A),
        at=after(18),
    )  # fmt: skip
    _watch(20, 30, 60, 600)
    assert {unit for kind in ("hazard.crowd_answered", "hazard.crowd_dispersed") for unit, _ in _told(kind)} == {COMMUNITY_A}
    assert not Duty.objects.filter(state="open").exists()
    assert not Duty.objects.filter(kind="hazard.crowd_taken_up").exists()

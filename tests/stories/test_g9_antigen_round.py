"""G9: a whole-city antigen round: kits at every door by 10:00, positives report themselves, each opens a PCR visit.

One community brings no kits: its street hears at 10:00, the city at 10:30. Mirror: all doors have theirs, nobody is bothered.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.investigation.models import Case
from bulou.ledger.seals import seal, verify
from bulou.rounds.choices import RoundKind
from bulou.specimens import actions as specimens
from bulou.specimens.choices import Outcome
from bulou.testing import actions as testing
from bulou.testing import kits
from bulou.testing.choices import AntigenOutcome
from bulou.testing.models import KitDelivery
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, COMMUNITY_D, LAB_1, SITE_A, STREET_2, at

pytestmark = pytest.mark.django_db
COMMUNITIES = (COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, COMMUNITY_D)


@pytest.fixture
def morning(city):
    """08:00: the round is open in four communities of 30 people each, ten households in each."""
    people = {place: town.settle(f"{place}-0001-001", 30, prefix=f"P{place}") for place in COMMUNITIES}
    town.laboratory(city)
    town.running(city, kind=RoundKind.ANTIGEN)
    return city, people


def _bring(city, place, households=10, *, minutes=60):
    kits.deliver_kits(
        code=f"R1:{place}", households=households, evidence="签收单", by=city.actor(place), at=at(minutes=minutes)
    )


def _told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - at()) / timedelta(minutes=1)) for one in found]


def test_one_community_brings_no_kits_and_its_street_hears_at_ten(morning):
    city, _ = morning
    for place in COMMUNITIES:
        if place != COMMUNITY_C:
            _bring(city, place)
    _bring(city, COMMUNITY_C, 4, minutes=80)
    for minute in (90, 120, 150):
        sweep(at=at(minutes=minute))
    assert _told("antigen.kits_delivered") == [(COMMUNITY_C, 90), (STREET_2, 120), (CITY, 150)]
    assert [(one.place_code, one.missing) for one in KitDelivery.objects.all() if one.missing] == [(COMMUNITY_C, 6)]
    _bring(city, COMMUNITY_C, 6, minutes=170)
    assert not Duty.objects.filter(kind="antigen.kits_delivered", state="open").exists()


def test_a_positive_self_test_is_visited_and_becomes_a_case_by_its_pcr_only(morning):
    city, people = morning
    for place in COMMUNITIES:
        _bring(city, place)
    finder = people[COMMUNITY_A][7]
    testing.report_antigen(
        round_code="R1", person_id=finder, outcome=AntigenOutcome.POSITIVE, by=city.actor(COMMUNITY_A), at=at(minutes=150)
    )
    visit = Duty.objects.get(kind="antigen.visited")
    assert (visit.owner_id, visit.due_at, visit.state) == (COMMUNITY_A, at(minutes=270), "open")
    assert not Case.objects.exists(), "a self-test is no case"
    sweep(at=at(minutes=240))
    sweep(at=at(minutes=270))
    assert [unit for unit, _ in _told("antigen.visited")] == [COMMUNITY_A, COMMUNITY_A[:9]]
    # The worker takes a sample at the door, in the PCR round that runs beside it.
    town.running(city, code="R2")
    town.site(city, SITE_A, code="R2")
    scan = specimens.TubeScan(tube_id="T-door", site_id=SITE_A, collected_at=at(minutes=280), people=(finder,))
    specimens.register_tubes(scans=[scan], by=city.actor(SITE_A), at=at(minutes=280))
    testing.refresh_progress(round_code="R1", by=city.actor(CITY), at=at(minutes=285))
    visit.refresh_from_db()
    assert visit.state == "fulfilled"
    specimens.report_results(
        results=[specimens.ResultScan(tube_id="T-door", outcome=Outcome.POSITIVE, tested_at=at(minutes=400), reported_at=at(minutes=410), run_id="L1")],
        by=city.actor(LAB_1), at=at(minutes=410),
    )  # fmt: skip
    assert Case.objects.get().person_id == finder
    seal(at=at(8))
    assert verify(at=at(8)).broken is None


def test_mirror_every_door_has_its_kit_and_everybody_is_negative(morning):
    city, people = morning
    for place in COMMUNITIES:
        _bring(city, place)
        for person in people[place]:
            testing.report_antigen(
                round_code="R1", person_id=person, outcome=AntigenOutcome.NEGATIVE, by=city.actor(place), at=at(minutes=150)
            )
    testing.refresh_progress(round_code="R1", by=city.actor(CITY), at=at(minutes=200))
    for minute in (90, 120, 150, 300, 720):
        sweep(at=at(minutes=minute))
    assert not Notice.objects.filter(state="sent").exists()
    assert not Duty.objects.filter(state="open").exists()

"""G1: samples are collected with no laboratory assigned, the oldest passes its limit, the duty leader asks for figures.

08:45 the city's laboratory says that it is full. A box sealed at 09:00 in the eastern community A has no laboratory, and
one that was sealed before is on its way to the full one. Nobody acts. Who was told, when, and what evidence remains; and
the mirror, in which the district names another laboratory at once and nobody is bothered.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.ledger.actions import content
from bulou.ledger.models import Entry
from bulou.reporting import base_figures
from bulou.rounds import actions as rounds
from bulou.specimens import actions as specimens
from bulou.specimens import queries, stories
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Box
from tests import chain as chains
from tests.chain import Chain, owed, passes, told
from tests.city import CITY, COURIER, EAST, LAB_1, LAB_2, SITE_A, at

PROVINCE = "99"


@pytest.fixture
def chain(city) -> Chain:
    """Until 09:00: one box under way to the laboratory that fills up, one sealed after it."""
    made = chains.running(city)
    under_way = made.sealed(made.tubes(2, when=at(0.4)), when=at(0.5), box_id="UNDER-WAY")
    made.hand(under_way, COURIER, when=at(0.6))
    later = made.tubes(3, when=at(0.5), first=20)
    rounds.report_full(laboratory=LAB_1, reason="reagents gone", by=city.actor(LAB_1), at=at(0.75))
    made.sealed(later, when=at(1), box_id="ORPHAN")
    return made


def test_the_district_owes_a_laboratory_from_the_seal_on_and_the_city_is_told_half_an_hour_later(chain):
    (row,) = owed("specimen.laboratory_assigned")
    assert (row.owner_id, row.about, row.opened_at, row.due_at) == (EAST, "box:ORPHAN", at(1), at(1.5))
    assert row.why == f"{LAB_1} has said that it is full: reagents gone"
    passes(at(2), since=at(1))
    assert told("specimen.laboratory_assigned") == [(CITY, at(1.5), "after:PT0M:city")]


def test_a_named_owner_owes_the_rerouting_of_what_is_on_its_way(chain):
    (row,) = owed("specimen.rerouted")
    assert (row.owner_id, row.about, row.due_at) == (CITY, "box:UNDER-WAY", at(0.75, minutes=20))
    passes(at(2), since=at(0.75))
    assert [(unit, when) for unit, when, _ in told("specimen.rerouted")] == [
        (CITY, at(0.75, minutes=20)),
        (PROVINCE, at(0.75, minutes=40)),
    ]


def test_before_the_oldest_specimen_passes_its_limit_its_holder_is_told_and_then_those_above(chain):
    passes(at(6), since=at(1))
    about_orphan = Notice.objects.filter(duty__kind="specimen.delivered", duty__about="box:ORPHAN")
    assert list(about_orphan.order_by("id").values_list("unit_id", "told_at", "told")) == [
        (SITE_A, at(3.5), "甲社区采样点值班员"),
        (EAST, at(4.5), "东区值班员"),
        (CITY, at(5.5), "试验市值班员"),
    ]


def test_the_duty_leader_finds_the_base_figures_on_one_page(chain, django_assert_max_num_queries):
    leader = chain.city.actor(CITY)
    passes(at(4.6), since=at(1), every=timedelta(minutes=12))
    with django_assert_max_num_queries(25):
        page = base_figures.page(leader, at=at(4.6))
    assert page.value("oldest_specimen") == 4.2 * 60
    assert page.value("boxes_without_laboratory") == 1
    assert page.value("laboratories_full") == 1
    assert page.value("tubes") == 5
    assert all(one.as_of and one.source for one in page.figures), "each with its time and source"
    whole, east = queries.ages(leader, now=at(4.6))
    assert (whole.oldest_undelivered, whole.late, whole.limit) == (at(0.4), 5, timedelta(hours=4))
    assert (east.code, east.late) == (EAST, 5)
    (orphan,) = queries.without_laboratory(leader, now=at(4.6))
    assert (orphan.box_id, orphan.tubes, orphan.owner, orphan.due_at) == ("ORPHAN", 3, EAST, at(1.5))
    assert orphan.why == f"{LAB_1} has said that it is full: reagents gone"


def test_what_remains_afterwards_says_who_knew_what_and_how_it_ended(chain):
    passes(at(4.6), since=at(1))
    leader = chain.city.actor(CITY)
    specimens.assign_laboratory(box_id="ORPHAN", laboratory=LAB_2, by=leader, at=at(4.7))
    specimens.reroute_box(box_id="UNDER-WAY", laboratory=LAB_2, reason="the other is full", by=leader, at=at(4.7))
    orphan, under_way = Box.objects.get(pk="ORPHAN"), Box.objects.get(pk="UNDER-WAY")
    chain.hand(orphan, COURIER, when=at(4.8))
    for box in (orphan, under_way):
        assert chain.hand(box, LAB_2, when=at(5)).discrepancies == "late"
    duty = Duty.objects.get(kind="specimen.laboratory_assigned")
    assert (duty.state, duty.closed_at, duty.proof) == ("fulfilled", at(4.7), f"specimen:box:assigned {LAB_2}")
    assert duty.closed_by == f"试验市值班员 · {CITY}"
    story = stories.box_story(leader, "ORPHAN")
    assert [entry.tag.split(":", 1)[1] for entry in story.entries] == [
        "box:packed", "box:sealed", "tube:without_laboratory", "box:assigned", "box:offered", "box:discrepant",
        "box:accepted", "box:offered", "box:discrepant", "box:received",
    ]  # fmt: skip
    orphaned = Entry.objects.get(tag="specimen:tube:without_laboratory")
    assert content(orphaned) == {"tubes": 3, "why": f"{LAB_1} has said that it is full: reagents gone"}
    assert not owed("specimen.delivered")
    assert {row.owner_id for row in owed("specimen.tested")} == {LAB_2}


def test_mirror_the_district_names_another_laboratory_at_once_and_nobody_is_bothered(chain):
    passes(at(1.1), since=at(0.7))
    leader = chain.city.actor(EAST)
    specimens.assign_laboratory(box_id="ORPHAN", laboratory=LAB_2, by=leader, at=at(1.1))
    city = chain.city.actor(CITY)
    specimens.reroute_box(box_id="UNDER-WAY", laboratory=LAB_2, reason="the other is full", by=city, at=at(1))
    chain.hand(Box.objects.get(pk="ORPHAN"), COURIER, when=at(1.2))
    for box in Box.objects.order_by("pk"):
        assert chain.hand(box, LAB_2, when=at(1.6)).discrepancies == ""
    passes(at(6), since=at(1.6))
    assert not Notice.objects.filter(duty__kind__in=("specimen.delivered", "specimen.laboratory_assigned")).exists()
    assert not Notice.objects.filter(duty__kind="specimen.rerouted").exists()
    assert queries.without_laboratory(city, now=at(6)) == []
    assert queries.ages(city, now=at(6))[0].late == 0


def test_mirror_with_a_laboratory_that_has_room_nothing_is_said_at_all(city):
    made = chains.running(city)
    tubes = made.tubes(3, when=at(0.5))
    passes(at(0.8))
    box = made.sealed(tubes, when=at(1))
    made.hand(box, COURIER, when=at(1.2))
    made.hand(box, LAB_1, when=at(1.8))
    passes(at(3), since=at(1.8))
    specimens.report_results(
        results=[
            specimens.ResultScan(tube_id=tube, outcome=Outcome.NEGATIVE, tested_at=at(3), reported_at=at(3)) for tube in tubes
        ],
        by=city.actor(LAB_1),
        at=at(3),
    )
    passes(at(7), since=at(3))
    assert not Notice.objects.exists()
    assert set(Duty.objects.filter(line="D2").values_list("state", flat=True)) == {"fulfilled"}
    assert base_figures.page(city.actor(CITY), at=at(7)).value("duties_overdue") == 0

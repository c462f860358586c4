"""A site opens only with laboratory capacity behind it; an attempt without it is a fact and a duty. Queues."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel.errors import Conflict, InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.rounds import actions as rounds
from bulou.rounds import queries
from bulou.rounds.choices import SiteState
from bulou.rounds.models import CapacityClaim, CapacityWindow, QueueReport, Site
from tests import town
from tests.city import (
    CITY,
    COMMUNITY_A,
    COURIER,
    EAST,
    LAB_1,
    LAB_2,
    SITE_A,
    SITE_C,
    SITE_D,
    STREET_1,
    WEST,
    at,
)

pytestmark = pytest.mark.django_db
ABOUT = f"site:R1/{SITE_A}"


@pytest.fixture
def running(city):
    town.settle(COMMUNITY_A, 3)
    town.running(city)
    return city


def duty(kind, about=ABOUT):
    return Duty.objects.filter(kind=kind, about=about).order_by("-opened_at", "-id").first()


def tags():
    return list(Entry.objects.filter(subject=ABOUT).order_by("id").values_list("tag", flat=True))


def test_a_planned_site_owes_its_opening_at_the_planned_instant(running):
    town.site(running, SITE_A, lab="", open_at=False)
    owed = duty("site.opened_as_planned")
    assert (owed.owner_id, owed.due_at, owed.state) == (SITE_A, at(0), DutyState.OPEN)


def test_without_a_laboratory_nothing_opens_and_the_attempt_stays_on_record(running):
    site = town.site(running, SITE_A, lab="", open_at=False)
    answer = rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0))
    assert not answer.opened
    assert "no laboratory" in answer.why
    site.refresh_from_db()
    assert site.state == SiteState.PLANNED
    assert tags() == ["round:site:planned", "round:site:refused"]
    assert answer.duty is not None
    assert (answer.duty.kind, answer.duty.owner_id, answer.duty.due_at) == (
        "site.lab_secured",
        EAST,
        at(0) + timedelta(minutes=30),
    )
    assert duty("site.opened_as_planned").state == DutyState.OPEN  # still owed


def test_the_refusal_survives_the_callers_transaction(running):
    site = town.site(running, SITE_A, lab="", open_at=False)
    with transaction.atomic():  # as an edge does that stores its answer in the effect's transaction
        rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0))
    assert Entry.objects.filter(tag="round:site:refused").count() == 1


def test_asking_twice_records_twice_and_owes_once(running):
    site = town.site(running, SITE_A, lab="", open_at=False)
    first = rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0))
    again = rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0.1))
    assert first.duty == again.duty
    assert Entry.objects.filter(tag="round:site:refused").count() == 2


def test_a_laboratory_with_capacity_lets_it_open_and_closes_both_duties(running):
    town.laboratory(running)
    site = town.site(running, SITE_A, lab="", open_at=False)
    rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0))
    rounds.give_site_laboratory(site_id=site.pk, laboratory=LAB_1, by=running.actor(EAST), at=at(0.2))
    assert duty("site.lab_secured").state == DutyState.FULFILLED
    assert LAB_1 in duty("site.lab_secured").proof
    opened = rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0.3))
    assert opened.opened
    assert duty("site.opened_as_planned").state == DutyState.FULFILLED
    assert rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0.4)).opened
    assert tags().count("round:site:opened") == 1


def test_a_laboratory_that_is_full_lets_nothing_open(running):
    town.laboratory(running)
    site = town.site(running, SITE_A, open_at=False)
    rounds.report_full(laboratory=LAB_1, reason="two machines down", by=running.actor(LAB_1), at=at(0), until=at(2))
    assert "full" in rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(1)).why
    assert rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(2)).opened


def test_capacity_for_fewer_tubes_than_its_people_fill_is_not_enough(running):
    town.laboratory(running)
    site = town.site(running, SITE_A, people=300, open_at=False)
    CapacityClaim.objects.filter(site=site).first().delete()
    assert "27 tubes of 30" in rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0)).why


def test_the_database_itself_refuses_an_open_site_without_a_laboratory(running):
    site = town.site(running, SITE_A, lab="", open_at=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.filter(pk=site.pk).update(state=SiteState.OPEN)


def test_a_site_opens_within_its_window_and_its_round(city):
    town.settle(COMMUNITY_A, 1)
    town.plan(city)
    town.laboratory(city)
    site = town.site(city, SITE_A, open_at=False)
    with pytest.raises(Refused, match="planned"):
        rounds.open_site(site_id=site.pk, by=city.actor(SITE_A), at=at(0))
    rounds.open_round(round_code="R1", by=city.actor(CITY), at=at(0))
    with pytest.raises(Refused, match="to close at"):
        rounds.open_site(site_id=site.pk, by=city.actor(SITE_A), at=at(10))


def test_a_site_is_planned_once(running):
    first = town.site(running, SITE_A, lab="", open_at=False)
    assert town.site(running, SITE_A, lab="", open_at=False) == first
    with pytest.raises(Conflict, match="expected_people"):
        town.site(running, SITE_A, lab="", people=999, open_at=False)
    with pytest.raises(InputFault):
        rounds.plan_site(round_code="R1", unit=SITE_C, opens_at=at(1), closes_at=at(1), by=running.actor(EAST), at=at(0))


def queue(city, site, people, wait, hours):
    return rounds.report_queue(site_id=site.pk, people=people, wait_minutes=wait, by=city.actor(SITE_A), at=at(hours))


def test_a_queue_over_the_limit_is_owed_by_the_street_until_it_is_below(running):
    town.laboratory(running)
    site = town.site(running, SITE_A)
    queue(running, site, 60, 60, 1)
    assert duty("site.queue_relieved") is None
    queue(running, site, 61, 10, 2)
    owed = duty("site.queue_relieved")
    assert (owed.owner_id, owed.state, owed.why) == (STREET_1, DutyState.OPEN, "61 people, 10 min")
    queue(running, site, 80, 90, 2.5)
    queue(running, site, 40, 20, 3)
    assert Duty.objects.filter(kind="site.queue_relieved").count() == 1
    owed.refresh_from_db()
    assert owed.state == DutyState.FULFILLED
    assert "40 people, 20 min" in owed.proof
    site.refresh_from_db()
    assert (site.queue_people, site.wait_minutes, site.queue_at) == (40, 20, at(3))


def test_a_report_that_arrives_late_is_kept_and_changes_nothing(running):
    town.laboratory(running)
    site = town.site(running, SITE_A)
    queue(running, site, 10, 5, 2)
    queue(running, site, 500, 300, 1)
    site.refresh_from_db()
    assert site.queue_people == 10
    assert QueueReport.objects.count() == 2
    assert duty("site.queue_relieved") is None


def test_only_an_open_site_has_a_queue_and_none_is_negative(running):
    town.laboratory(running)
    site = town.site(running, SITE_A, open_at=False)
    with pytest.raises(Refused):
        queue(running, site, 1, 1, 1)
    rounds.open_site(site_id=site.pk, by=running.actor(SITE_A), at=at(0))
    with pytest.raises(InputFault):
        queue(running, site, -1, 1, 1)


def test_closing_gives_back_the_hours_to_come_and_ends_its_duties(running):
    town.laboratory(running)
    site = town.site(running, SITE_A)
    queue(running, site, 100, 100, 1)
    rounds.close_site(site_id=site.pk, by=running.actor(SITE_A), at=at(4.5))
    assert CapacityWindow.objects.filter(starts_at__lt=at(4), claimed=3).count() == 4
    assert CapacityWindow.objects.filter(starts_at__gte=at(4), claimed=0).count() == 6
    assert not Duty.objects.filter(about=ABOUT, state=DutyState.OPEN).exists()
    assert rounds.close_site(site_id=site.pk, by=running.actor(SITE_A), at=at(5)).closed_at == at(4.5)


def test_a_site_that_never_opened_is_closed_with_a_reason_and_its_opening_superseded(running):
    site = town.site(running, SITE_A, lab="", open_at=False)
    with pytest.raises(InputFault):
        rounds.close_site(site_id=site.pk, by=running.actor(SITE_A), at=at(1))
    rounds.close_site(site_id=site.pk, reason="its people go to 丙", by=running.actor(SITE_A), at=at(1))
    owed = duty("site.opened_as_planned")
    assert owed.state == DutyState.SUPERSEDED
    assert "go to 丙" in owed.proof


def test_sites_are_refused_outside_role_and_jurisdiction(running):
    town.laboratory(running)
    site = town.site(running, SITE_A, open_at=False)
    asked = {
        rounds.open_site: {},
        rounds.close_site: {"reason": "x"},
        rounds.report_queue: {"people": 1, "wait_minutes": 1},
        rounds.give_site_laboratory: {"laboratory": LAB_1},
        rounds.release_capacity: {},
    }
    for step, arguments in asked.items():
        with pytest.raises(NotPermitted):
            step(site_id=site.pk, **arguments, by=running.actor(COURIER), at=at(0))
        with pytest.raises(NotFound):
            step(site_id=site.pk, **arguments, by=running.actor(WEST), at=at(0))
        with pytest.raises(NotFound):
            step(site_id=site.pk + 1, **arguments, by=running.actor(CITY), at=at(0))
    with pytest.raises(NotPermitted):  # a site's lead opens it, and does not choose its laboratory
        rounds.give_site_laboratory(site_id=site.pk, laboratory=LAB_1, by=running.actor(SITE_A), at=at(0))
    with pytest.raises(NotFound):
        rounds.plan_site(round_code="R1", unit=SITE_D, opens_at=at(0), closes_at=at(1), by=running.actor(EAST), at=at(0))


def test_the_list_of_sites_shows_queue_laboratory_and_what_stands_behind_it(running, django_assert_num_queries):
    town.laboratory(running)
    town.laboratory(running, LAB_2, tubes_per_hour=50)
    first = town.site(running, SITE_A)
    town.site(running, SITE_C, lab="", open_at=False)
    town.site(running, SITE_D, lab=LAB_2, open_at=False)
    queue(running, first, 90, 20, 1)
    rounds.report_full(laboratory=LAB_2, reason="no reagent", by=running.actor(LAB_2), at=at(1))
    with django_assert_num_queries(2):
        rows = queries.sites(running.actor(CITY), "R1", now=at(1))
    assert [(row.site.unit_id, row.tubes_held, row.is_backed, row.queue_over) for row in rows] == [
        (SITE_A, 30, True, True),
        (SITE_C, 0, False, False),
        (SITE_D, 30, False, False),
    ]
    assert [row.site.unit_id for row in queries.sites(running.actor(EAST), "R1", now=at(1))] == [SITE_A, SITE_C]
    assert [row.site.unit_id for row in queries.sites(running.actor(SITE_A), "R1", now=at(1))] == [SITE_A]
    assert [row.site.unit_id for row in queries.sites(running.actor(CITY), "R1", now=at(1), place=WEST)] == [SITE_D]

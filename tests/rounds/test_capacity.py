"""Laboratory capacity is claimed hour by hour, all or none, and given back."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from bulou.kernel.errors import CapacityFull, Conflict, InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.rounds import actions as rounds
from bulou.rounds import queries
from bulou.rounds.models import CapacityClaim, CapacityWindow, Laboratory
from tests import town
from tests.city import CITY, COMMUNITY_A, COURIER, EAST, LAB_1, LAB_2, SITE_A, SITE_C, STREET_1, WEST, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(city):
    town.settle(COMMUNITY_A, 3)
    town.running(city)
    town.laboratory(city)
    return town.site(city, SITE_A, lab="", open_at=False)


def claim(city, site, tubes, *, hours=0.0, lab=LAB_1):
    return rounds.claim_capacity(
        site_id=site.pk, laboratory=lab, starts_at=at(hours), tubes=tubes, by=city.actor(EAST), at=at(0)
    )


def books_balance() -> bool:
    """Whether every window's figure is the sum of its live claims, and none is over."""
    for window in CapacityWindow.objects.all():
        live = window.claims.filter(released_at=None).aggregate(tubes=Sum("tubes"))["tubes"] or 0
        if live != window.claimed or live > window.capacity:
            return False
    return True


def test_an_hour_is_claimed_to_its_last_tube_and_not_beyond(city, site):
    claim(city, site, 99, hours=2.75)
    with pytest.raises(CapacityFull, match="1 tubes left"):
        claim(city, site, 2, hours=2)
    claim(city, site, 1, hours=2)
    window = CapacityWindow.objects.get()
    assert (window.starts_at, window.claimed, window.capacity) == (at(2), 100, 100)
    assert books_balance()


def test_a_refused_claim_leaves_nothing(city, site):
    with pytest.raises(CapacityFull):
        claim(city, site, 101)
    assert not CapacityClaim.objects.exists()
    assert not Entry.objects.filter(tag="round:capacity:claimed").exists()


def test_the_database_itself_refuses_more_than_there_is(city, site):
    claim(city, site, 100)
    with pytest.raises(IntegrityError), transaction.atomic():
        CapacityWindow.objects.update(claimed=F("claimed") + 1)


@pytest.mark.parametrize("tubes", [0, -1])
def test_a_claim_is_for_at_least_one_tube(city, site, tubes):
    with pytest.raises(InputFault):
        claim(city, site, tubes)


def test_a_full_laboratory_gives_no_hour_before_its_end(city, site):
    rounds.report_full(laboratory=LAB_1, reason="backlog", by=city.actor(LAB_1), at=at(0), until=at(3))
    with pytest.raises(CapacityFull, match="backlog"):
        claim(city, site, 1, hours=2)
    claim(city, site, 1, hours=3)
    rounds.report_available(laboratory=LAB_1, by=city.actor(LAB_1), at=at(1))
    claim(city, site, 1, hours=2)


def test_a_laboratory_says_why_it_is_full_and_once_that_it_is_not(city, site):
    with pytest.raises(InputFault):
        rounds.report_full(laboratory=LAB_1, reason=" ", by=city.actor(LAB_1), at=at(0))
    rounds.report_available(laboratory=LAB_1, by=city.actor(LAB_1), at=at(0))
    assert not Entry.objects.filter(tag="round:laboratory:available").exists()
    rounds.report_full(laboratory=LAB_1, reason="backlog", by=city.actor(LAB_1), at=at(1))
    assert Laboratory.objects.get(pk=LAB_1).full_since == at(1)


def test_a_laboratory_behind_a_site_holds_all_its_tubes_or_none(city, site):
    rounds.give_site_laboratory(site_id=site.pk, laboratory=LAB_1, by=city.actor(EAST), at=at(0))
    assert [window.claimed for window in CapacityWindow.objects.all()] == [3] * 10
    small = town.laboratory(city, LAB_2, tubes_per_hour=2)
    with pytest.raises(CapacityFull):
        rounds.give_site_laboratory(site_id=site.pk, laboratory=small, by=city.actor(EAST), at=at(0))
    site.refresh_from_db()
    assert site.laboratory_id == LAB_1
    assert CapacityWindow.objects.filter(laboratory=LAB_1, claimed=3).count() == 10
    assert books_balance()


def test_another_laboratory_takes_over_and_the_first_gets_its_hours_back(city, site):
    town.laboratory(city, LAB_2)
    for lab in (LAB_1, LAB_2, LAB_2):
        rounds.give_site_laboratory(site_id=site.pk, laboratory=lab, by=city.actor(EAST), at=at(0))
    assert not CapacityWindow.objects.filter(laboratory=LAB_1, claimed__gt=0).exists()
    assert CapacityWindow.objects.filter(laboratory=LAB_2).aggregate(n=Sum("claimed"))["n"] == 30
    assert books_balance()


def test_an_open_site_that_changes_its_laboratory_claims_what_is_left_of_its_day(city, site):
    rounds.give_site_laboratory(site_id=site.pk, laboratory=LAB_1, by=city.actor(EAST), at=at(0))
    rounds.open_site(site_id=site.pk, by=city.actor(SITE_A), at=at(0))
    town.laboratory(city, LAB_2)
    rounds.give_site_laboratory(site_id=site.pk, laboratory=LAB_2, by=city.actor(EAST), at=at(5))
    claims = CapacityClaim.objects.filter(released_at=None)
    assert claims.aggregate(n=Sum("tubes"))["n"] == 15
    assert claims.filter(window__starts_at__lt=at(5)).count() == 0


def test_capacity_is_given_back_by_who_is_not_open(city, site):
    rounds.give_site_laboratory(site_id=site.pk, laboratory=LAB_1, by=city.actor(EAST), at=at(0))
    assert rounds.release_capacity(site_id=site.pk, by=city.actor(EAST), at=at(4)) == 18
    assert rounds.release_capacity(site_id=site.pk, by=city.actor(EAST), at=at(4)) == 0
    assert books_balance()
    other = town.site(city, SITE_C)
    with pytest.raises(Refused):
        rounds.release_capacity(site_id=other.pk, by=city.actor(EAST), at=at(1))


def test_hours_are_set_and_never_below_what_is_promised(city, site):
    def setting(tubes):
        return rounds.set_capacity(
            laboratory=LAB_1, starts_at=at(0), ends_at=at(2), tubes=tubes, by=city.actor(LAB_1), at=at(0)
        )

    assert [window.capacity for window in setting(40)] == [40, 40]
    claim(city, site, 40)
    with pytest.raises(Refused, match="40 tubes are already claimed"):
        setting(39)
    assert set(CapacityWindow.objects.values_list("capacity", flat=True)) == {40}
    with pytest.raises(InputFault):
        setting(-1)


def test_a_laboratory_is_a_laboratory_and_is_registered_once(city):
    town.laboratory(city)
    town.laboratory(city)
    assert Entry.objects.filter(tag="round:laboratory:registered").count() == 1
    with pytest.raises(Conflict):
        town.laboratory(city, tubes_per_hour=5)
    with pytest.raises(InputFault, match="not a laboratory"):
        rounds.register_laboratory(unit=COURIER, tubes_per_hour=5, by=city.actor(CITY), at=at(0))
    with pytest.raises(InputFault):
        rounds.register_laboratory(unit=LAB_2, tubes_per_hour=0, by=city.actor(CITY), at=at(0))


def test_laboratories_are_kept_by_themselves_and_those_above(city):
    town.laboratory(city)
    steps = {
        rounds.report_full: {"reason": "x"},
        rounds.report_available: {},
        rounds.set_capacity: {"starts_at": at(0), "ends_at": at(1), "tubes": 1},
    }
    for step, arguments in steps.items():
        with pytest.raises(NotPermitted):
            step(laboratory=LAB_1, **arguments, by=city.actor(COMMUNITY_A), at=at(0))
        with pytest.raises(NotFound):
            step(laboratory=LAB_1, **arguments, by=city.actor(EAST), at=at(0))
        with pytest.raises(NotFound):
            step(laboratory=LAB_2, **arguments, by=city.actor(LAB_1), at=at(0))
        step(laboratory=LAB_1, **arguments, by=city.actor(CITY), at=at(0))


def test_what_is_left_of_laboratories_is_seen_below_them_and_not_beside(city, site):
    town.laboratory(city, LAB_2, tubes_per_hour=50)
    claim(city, site, 30)
    rounds.report_full(laboratory=LAB_2, reason="x", by=city.actor(LAB_2), at=at(0))

    def seen(unit):
        found = queries.laboratories(city.actor(unit), starts_at=at(0), ends_at=at(2), now=at(0))
        return {row.laboratory.pk: row.left for row in found}

    assert seen(CITY) == seen(STREET_1) == {LAB_1: 170, LAB_2: 0}
    assert seen(WEST) == {LAB_1: 170}

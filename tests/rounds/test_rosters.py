"""Who is on a roster, and who is exempt."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock
from bulou.kernel.errors import Conflict, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.people.models import Resident
from bulou.places.models import AreaPart
from bulou.rounds import actions as rounds
from bulou.rounds.choices import ExemptionReason
from bulou.rounds.models import Exemption, RosterEntry
from bulou.testing import actions as testing
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_D, EAST, SITE_A, STREET_1, at

pytestmark = pytest.mark.django_db


def draw(city):
    return rounds.draw_roster(round_code="R1", by=city.actor(CITY), at=at(0))


def test_the_roster_holds_the_area_each_person_once_with_the_place_of_stay(city):
    AreaPart.objects.all().delete()
    for part in (STREET_1, COMMUNITY_A, f"{COMMUNITY_A}-0001"):  # parts inside parts draw nobody twice
        AreaPart.objects.create(area_id="test-city", place_code=part)
    town.settle(f"{COMMUNITY_A}-0001-003", 3, prefix="T")
    town.settle(COMMUNITY_B, 2)
    town.settle(COMMUNITY_D, 4)
    town.plan(city)
    assert draw(city) == rounds.Drawn(added=5, size=5)
    entry = RosterEntry.objects.get(person_id="T-00000")
    assert (entry.place_code, entry.household_id) == (f"{COMMUNITY_A}-0001-003", "T-H0000")
    assert not RosterEntry.objects.filter(place_code__startswith=COMMUNITY_D).exists()


def test_drawing_again_adds_who_was_found_since_and_takes_nobody_away(city):
    first = town.settle(COMMUNITY_A, 3)
    town.plan(city)
    draw(city)
    Resident.objects.filter(pk=first[0]).delete()
    town.settle(COMMUNITY_A, 2, prefix="FOUND")
    assert draw(city) == rounds.Drawn(added=2, size=5)
    assert draw(city) == rounds.Drawn(added=0, size=5)


def test_who_has_left_or_comes_later_is_not_drawn(city):
    on = clock.day_of(at(0))
    people = town.settle(COMMUNITY_A, 5)
    for person, change in zip(
        people,
        (
            {"left_on": on},
            {"left_on": on + timedelta(days=1)},
            {"since_on": on},
            {"since_on": on + timedelta(days=1)},
            {},
        ),
        strict=True,
    ):
        Resident.objects.filter(pk=person).update(**change)
    town.plan(city)
    draw(city)
    assert town.ids(RosterEntry.objects.order_by("person_id")) == [people[1], people[2], people[4]]


def test_an_imported_roster_is_counted(city):
    row = town.plan(city)
    RosterEntry.objects.create(round=row, person_id="X1", place_code=COMMUNITY_A)
    assert rounds.count_roster(round_code="R1", by=city.actor(CITY), at=at(0)) == rounds.Drawn(added=1, size=1)


def exempt(city, person, *, unit=COMMUNITY_A, reason=ExemptionReason.INFANT, hours=1):
    return rounds.grant_exemption(
        round_code="R1", person_id=person, reason=reason, note="seen", by=city.actor(unit), at=at(hours)
    )


def test_an_exemption_is_granted_once_with_its_reason_apart_from_the_record(city):
    people = town.settle(COMMUNITY_A, 2)
    town.running(city)
    made = exempt(city, people[0])
    assert exempt(city, people[0], hours=2) == made
    with pytest.raises(Conflict, match="infant"):
        exempt(city, people[0], reason=ExemptionReason.MEDICAL)
    [entry] = Entry.objects.filter(tag="round:exemption:granted")
    assert "seen" not in entry.data
    assert "seen" in entry.personal.body
    assert Exemption.objects.get().granted_by.endswith(COMMUNITY_A)


def test_an_exemption_closes_the_persons_duty(city):
    people = town.settle(COMMUNITY_A, 2)
    town.running(city)
    testing.cut_off(round_code="R1", by=city.actor(CITY), at=at(12))
    exempt(city, people[0], hours=13)
    duty = Duty.objects.get(about=f"round:R1/person:{people[0]}")
    assert duty.state == DutyState.FULFILLED
    assert "infant" in duty.proof


def test_exemptions_are_refused_outside_role_jurisdiction_roster_and_round(city):
    people = town.settle(COMMUNITY_A, 1)
    town.running(city)
    with pytest.raises(NotPermitted):
        exempt(city, people[0], unit=SITE_A)
    with pytest.raises(NotFound):
        exempt(city, people[0], unit=COMMUNITY_B)
    with pytest.raises(NotFound):
        exempt(city, "nobody")
    exempt(city, people[0], unit=EAST)
    rounds.cancel_round(round_code="R1", reason="x", by=city.actor(CITY), at=at(2))
    with pytest.raises(Refused):
        exempt(city, people[0], hours=3)

"""At the deadline the missing become person duties, in bulk, and those are kept true afterwards."""

from __future__ import annotations

import pytest

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel.actor import Role
from bulou.kernel.errors import NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.rounds import actions as rounds
from bulou.rounds.choices import ExemptionReason
from bulou.rounds.models import RosterEntry, Site, TestingRound
from bulou.specimens.choices import TubeState
from bulou.specimens.models import Tube
from bulou.testing import actions as testing
from bulou.testing.choices import VisitOutcome
from bulou.testing.models import Visit
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_D, EAST, SITE_A, STREET_1, WEST, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(city):
    found = {COMMUNITY_A: town.settle(COMMUNITY_A, 8), COMMUNITY_D: town.settle(COMMUNITY_D, 3)}
    town.running(city)
    town.laboratory(city)
    town.sample(town.site(city, SITE_A), found[COMMUNITY_A][:5] + found[COMMUNITY_D], registered_at=at(3))
    return found


def cut(city, hours=12.0):
    return testing.cut_off(round_code="R1", by=city.actor(CITY), at=at(hours))


def refresh(city, hours):
    return testing.refresh_progress(round_code="R1", by=city.actor(CITY), at=at(hours))


def owed(person):
    return Duty.objects.filter(about=f"round:R1/person:{person}").order_by("-opened_at", "-id").first()


def open_people():
    found = Duty.objects.filter(kind="person.tested", state=DutyState.OPEN)
    return {about.rpartition(":")[2] for about in found.values_list("about", flat=True)}


def test_the_missing_are_owed_one_by_one_and_their_community_no_longer_as_a_whole(city, people):
    found = cut(city)
    assert (found.people, found.communities, found.total.roster) == (3, 1, 11)
    assert open_people() == set(people[COMMUNITY_A][5:])
    parent = Duty.objects.get(about=f"round:R1@{COMMUNITY_A}")
    assert (parent.state, parent.proof) == (DutyState.SUPERSEDED, "3 person duties")
    assert Duty.objects.get(about=f"round:R1@{COMMUNITY_D}").state == DutyState.FULFILLED
    one = owed(people[COMMUNITY_A][5])
    assert (one.owner_id, one.due_at, one.parent_id, one.place_code) == (COMMUNITY_A, at(18), parent.pk, COMMUNITY_A)
    assert one.label == "王** …0005 · 第一轮"
    assert TestingRound.objects.get().cut_off_at == at(12)
    assert '"missing":3' in Entry.objects.get(tag="testing:round:cut_off").data


def test_what_was_found_at_the_door_stands_in_the_duty(city, people):
    away, twice, silent = people[COMMUNITY_A][5:]
    for person, outcome, hours, when in (
        (away, VisitOutcome.AWAY, 4, None),
        (twice, VisitOutcome.NOT_FOUND, 4, None),
        (twice, VisitOutcome.APPOINTED, 5, at(13)),
    ):
        testing.record_visit(
            round_code="R1",
            person_id=person,
            outcome=outcome,
            appointed_at=when,
            by=city.actor(COMMUNITY_A),
            at=at(hours),
            note="door",
        )
    cut(city)
    assert owed(away).why == "away, visited 09-20 12:00"
    assert owed(twice).why == "appointed, visited 09-20 13:00, appointed for 09-20 21:00"
    assert owed(silent).why == ""
    assert not Duty.objects.filter(why__contains="door").exists()


def test_nobody_is_given_up_before_the_deadline_or_twice_or_without_the_right(city, people):
    with pytest.raises(Refused, match="deadline"):
        cut(city, 11.99)
    with pytest.raises(NotFound):
        testing.cut_off(round_code="R1", by=city.actor(EAST), at=at(12))
    with pytest.raises(NotPermitted):
        testing.cut_off(round_code="R1", by=city.actor(CITY, role=Role.AUDITOR), at=at(12))
    assert open_people() == set()
    cut(city)
    with pytest.raises(Refused, match="was cut off"):
        cut(city, 13)
    with pytest.raises(Refused, match="cut off"):
        rounds.extend_round(round_code="R1", deadline_at=at(20), reason="x", by=city.actor(CITY), at=at(13))
    with pytest.raises(Refused, match="person by person"):
        rounds.cancel_round(round_code="R1", reason="x", by=city.actor(CITY), at=at(13))


def test_a_sample_taken_afterwards_closes_the_persons_duty_with_its_tube(city, people):
    cut(city)
    site = Site.objects.get()
    [tube] = town.sample(site, people[COMMUNITY_A][5:6], registered_at=at(13))
    refresh(city, 13.5)
    done = owed(people[COMMUNITY_A][5])
    assert done.state == DutyState.FULFILLED
    assert f"tube:{tube}" in done.proof
    assert open_people() == set(people[COMMUNITY_A][6:])
    assert not Duty.objects.filter(kind="round.covered", state=DutyState.OPEN).exists()


def test_a_tube_voided_afterwards_owes_its_people_again(city, people):
    cut(city)
    first = Tube.objects.order_by("tube_id").first()
    members = set(first.members.values_list("person_id", flat=True))
    Tube.objects.filter(pk=first.pk).update(state=TubeState.VOIDED)
    refresh(city, 13)
    assert open_people() == members | set(people[COMMUNITY_A][5:])


def test_whom_a_superior_waived_is_not_owed_again(city, people):
    cut(city)
    person = people[COMMUNITY_A][5]
    duties.waive(duty_id=owed(person).pk, reason="abroad since spring", by=city.actor(STREET_1), at=at(13))
    refresh(city, 14)
    assert owed(person).state == DutyState.WAIVED


def test_a_person_found_afterwards_is_owed_too(city, people):
    cut(city)
    new = town.settle(COMMUNITY_B, 1)
    rounds.draw_roster(round_code="R1", by=city.actor(CITY), at=at(13))
    refresh(city, 13)
    assert set(new) < open_people()


def test_a_round_that_was_cut_off_closes_and_its_people_stay_owed(city, people):
    cut(city)
    rounds.close_round(round_code="R1", by=city.actor(CITY), at=at(14))
    assert open_people() == set(people[COMMUNITY_A][5:])


def test_a_refusal_expires_with_the_round(city, people):
    refused, away = people[COMMUNITY_A][5:7]
    for person, outcome in ((refused, VisitOutcome.REFUSED), (away, VisitOutcome.AWAY)):
        testing.record_visit(
            round_code="R1", person_id=person, outcome=outcome, by=city.actor(COMMUNITY_A), at=at(4), note="said no"
        )
    cut(city)
    assert owed(refused).why.startswith("refused")
    rounds.close_round(round_code="R1", by=city.actor(CITY), at=at(14))
    assert town.ids(Visit.objects.all()) == [away]
    assert "refused" not in owed(refused).why
    assert owed(away).why.startswith("away")


def test_ten_thousand_missing_people_are_owed_in_bulk(city, django_assert_max_num_queries):
    row = town.plan(city)
    RosterEntry.objects.bulk_create(
        (
            RosterEntry(round=row, person_id=f"M{number:05}", place_code=place)
            for number, place in zip(range(10_000), [COMMUNITY_A, COMMUNITY_B, COMMUNITY_D, STREET_1] * 2_500, strict=True)
        ),
        batch_size=2_000,
    )
    rounds.open_round(round_code="R1", by=city.actor(CITY), at=at(0))
    rounds.grant_exemption(round_code="R1", person_id="M00000", reason=ExemptionReason.DIED, by=city.actor(CITY), at=at(1))
    with django_assert_max_num_queries(700):  # fewer than one statement for ten people
        found = cut(city)
    assert (found.people, found.communities) == (9_999, 4)
    assert Duty.objects.filter(kind="person.tested", state=DutyState.OPEN).count() == 9_999
    assert Duty.objects.filter(kind="person.tested", owner=STREET_1).count() == 2_500
    assert WEST not in set(Duty.objects.values_list("owner_id", flat=True))

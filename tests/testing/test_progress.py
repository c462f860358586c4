"""A round's figures: derived from roster, tubes and exemptions; covered communities close, voided tubes open again."""

from __future__ import annotations

import random

import pytest
from django.db.models import Sum

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty, Evidence
from bulou.kernel.actor import Role
from bulou.kernel.errors import NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.rounds import actions as rounds
from bulou.rounds.choices import ExemptionReason, RoundKind
from bulou.rounds.models import Exemption, RosterEntry, TestingRound
from bulou.specimens.choices import TubeState
from bulou.specimens.models import Tube
from bulou.testing import actions as testing
from bulou.testing import progress, rules, tallies
from bulou.testing.choices import AntigenOutcome
from bulou.testing.models import Progress
from bulou.testing.rules import Tally
from tests import town
from tests.city import (
    CITY,
    COMMUNITY_A,
    COMMUNITY_B,
    COMMUNITY_C,
    COMMUNITY_D,
    EAST,
    SITE_A,
    SITE_D,
    STREET_1,
    WEST,
    at,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(city):
    return {
        COMMUNITY_A: town.settle(f"{COMMUNITY_A}-0001-003", 12, prefix="A") + town.settle(COMMUNITY_A, 8),
        COMMUNITY_B: town.settle(COMMUNITY_B, 10),
        COMMUNITY_D: town.settle(COMMUNITY_D, 5),
        STREET_1: town.settle(STREET_1, 3, prefix="S"),
    }


@pytest.fixture
def running(city, people):
    town.running(city)
    town.laboratory(city)
    return city


def refresh(city, hours=1.0):
    return testing.refresh_progress(round_code="R1", by=city.actor(CITY), at=at(hours))


def exempt(city, person, hours=0.5):
    rounds.grant_exemption(round_code="R1", person_id=person, reason=ExemptionReason.MEDICAL, by=city.actor(CITY), at=at(hours))


def snapshot(hours=1.0):
    rows = Progress.objects.filter(as_of=at(hours))
    return {row.place_code: (row.roster, row.tested, row.exempt, row.missing) for row in rows}


def test_every_level_has_its_figures_and_children_add_up(running, people):
    site = town.site(running, SITE_A)
    town.sample(site, people[COMMUNITY_A][:9] + people[STREET_1][:1] + ["stranger"], registered_at=at(0.5))
    town.sample(site, people[COMMUNITY_A][:2], registered_at=at(0.6))  # twice is once
    exempt(running, people[COMMUNITY_A][0])  # tested and exempt counts as tested
    exempt(running, people[COMMUNITY_A][19])
    found = refresh(running)
    assert found.total == Tally(roster=38, tested=10, exempt=1)
    assert snapshot() == {
        CITY: (38, 10, 1, 27),
        EAST: (33, 10, 1, 22),
        WEST: (5, 0, 0, 5),
        STREET_1: (33, 10, 1, 22),
        COMMUNITY_D[:9]: (5, 0, 0, 5),
        COMMUNITY_A: (20, 9, 1, 10),
        COMMUNITY_B: (10, 0, 0, 10),
        COMMUNITY_D: (5, 0, 0, 5),
    }
    rest = tallies.of_place(site.round, STREET_1, by=12, as_of=at(1))[STREET_1]
    assert rest == Tally(roster=3, tested=1, exempt=0)  # known to the street only


@pytest.mark.parametrize(
    ("state", "registered", "tested"),
    [
        (TubeState.COLLECTED, 0.5, 1),
        (TubeState.BOXED, 0.5, 1),
        (TubeState.REPORTED, 0.5, 1),
        (TubeState.VOIDED, 0.5, 0),
        (TubeState.LOST, 0.5, 0),
        (TubeState.COLLECTED, 1.5, 0),  # known only later: a figure as of one o'clock is always the same
    ],
)
def test_a_tube_counts_unless_it_was_voided_or_lost(running, people, state, registered, tested):
    site = town.site(running, SITE_A)
    town.sample(site, people[COMMUNITY_B][:1], registered_at=at(registered), state=state)
    assert refresh(running).total.tested == tested


def test_a_tube_of_another_round_does_not_count(running, people):
    town.running(running, code="R2")
    town.sample(town.site(running, SITE_A, code="R2"), people[COMMUNITY_A], registered_at=at(0.5))
    assert refresh(running).total.tested == 0


def test_the_same_snapshot_can_be_counted_again(running, people):
    refresh(running)
    site = town.site(running, SITE_A)
    town.sample(site, people[COMMUNITY_A], registered_at=at(0.5))
    refresh(running)
    assert snapshot()[CITY] == (38, 20, 0, 18)
    assert Progress.objects.count() == 8


def test_an_older_count_that_comes_late_undoes_nothing(running, people):
    site = town.site(running, SITE_A)
    before = tallies.of_round(site.round, as_of=at(1))
    town.sample(site, people[COMMUNITY_B], registered_at=at(1.1))
    assert refresh(running, 1.2).covered == (COMMUNITY_B,)
    late = progress.write_progress("R1", before, by=running.actor(CITY), at=at(1))
    assert (late.owed_again, late.total.tested) == ((), 0)
    assert Duty.objects.get(about=f"round:R1@{COMMUNITY_B}").state == DutyState.FULFILLED


def test_a_covered_community_closes_with_its_counts(running, people):
    site = town.site(running, SITE_A)
    town.sample(site, people[COMMUNITY_B][:9], registered_at=at(0.5))
    exempt(running, people[COMMUNITY_B][9])
    assert refresh(running).covered == (COMMUNITY_B,)
    duty = Duty.objects.get(about=f"round:R1@{COMMUNITY_B}")
    assert duty.state == DutyState.FULFILLED
    assert "roster 10 = tested 9 + exempt 1" in duty.proof
    assert Evidence.objects.filter(duty=duty, kind="testing:round:covered").count() == 1
    assert Entry.objects.get(tag="testing:round:covered").unit == COMMUNITY_B
    assert Duty.objects.filter(kind="round.covered", state=DutyState.OPEN).count() == 3
    assert refresh(running, 1.5).covered == ()


def test_a_voided_tube_owes_the_community_again(running, people):
    site = town.site(running, SITE_A)
    tubes = town.sample(site, people[COMMUNITY_B], registered_at=at(0.5))
    refresh(running)
    Tube.objects.filter(pk=tubes[0]).update(state=TubeState.VOIDED)
    assert refresh(running, 2).owed_again == (COMMUNITY_B,)
    states = Duty.objects.filter(about=f"round:R1@{COMMUNITY_B}").order_by("opened_at").values_list("state", flat=True)
    assert list(states) == [DutyState.FULFILLED, DutyState.OPEN]


def test_a_community_found_after_the_opening_is_owed_too(running):
    town.settle(COMMUNITY_C, 2)
    rounds.draw_roster(round_code="R1", by=running.actor(CITY), at=at(0.5))
    assert refresh(running).owed_again == (COMMUNITY_C,)


def test_a_roster_imported_into_a_running_round_moves_its_base_number(running):
    refresh(running)
    row = TestingRound.objects.get()
    RosterEntry.objects.create(round=row, person_id="X1", place_code=COMMUNITY_B)
    refresh(running, 2)
    row.refresh_from_db()
    assert row.roster_size == 39
    assert '"added":1' in Entry.objects.filter(tag="round:roster:drawn").last().data
    assert Entry.objects.filter(tag="round:roster:drawn").count() == 2


def test_a_covered_round_closes(running, people):
    site = town.site(running, SITE_A)
    town.sample(site, [one for ids in people.values() for one in ids], registered_at=at(0.5))
    refresh(running)
    assert rounds.close_round(round_code="R1", by=running.actor(CITY), at=at(2)).state == "closed"
    site.refresh_from_db()
    assert site.state == "closed"
    assert not Duty.objects.filter(state=DutyState.OPEN).exists()
    with pytest.raises(Refused):
        refresh(running, 3)


def test_in_an_antigen_round_self_tests_count_and_tubes_do_not(city, people):
    town.running(city, kind=RoundKind.ANTIGEN)
    town.laboratory(city)
    site = town.site(city, SITE_A)
    town.sample(site, people[COMMUNITY_B], registered_at=at(0.5))
    for person, outcome in zip(people[COMMUNITY_A], AntigenOutcome, strict=False):
        testing.report_antigen(round_code="R1", person_id=person, outcome=outcome, by=city.actor(COMMUNITY_A), at=at(0.5))
    assert refresh(city).total.tested == 2  # an invalid kit is no test


def test_counting_by_set_is_what_counting_one_by_one_gives(running, people):
    drawn = random.Random(7)
    where = [town.site(running, SITE_A), town.site(running, SITE_D)]
    everybody = [one for ids in people.values() for one in ids]
    for number in range(30):
        town.sample(
            drawn.choice(where),
            drawn.sample(everybody, drawn.randint(1, 6)),
            registered_at=at(drawn.uniform(0, 2)),
            state=drawn.choice(list(TubeState)),
        )
        if number % 4 == 0:
            exempt(running, drawn.choice(everybody))
    round_ = where[0].round
    tested = {
        member.person_id
        for tube in Tube.objects.filter(registered_at__lte=at(1)).exclude(state__in=("voided", "lost"))
        for member in tube.members.all()
    }
    free = set(Exemption.objects.values_list("person_id", flat=True))
    expected: dict[str, Tally] = {}
    for entry in RosterEntry.objects.filter(round=round_):
        done = entry.person_id in tested
        one = Tally(roster=1, tested=int(done), exempt=int(not done and entry.person_id in free))
        leaf = entry.place_code[:12]
        expected[leaf] = expected.get(leaf, rules.NOBODY) + one
    assert tallies.of_round(round_, as_of=at(1)) == expected
    assert tallies.of_place(round_, CITY, by=12, as_of=at(1)) == expected
    assert set(town.ids(tallies.missing(round_))) == {
        entry.person_id
        for entry in RosterEntry.objects.filter(round=round_)
        if entry.person_id not in free
        and not Tube.objects.filter(members__person_id=entry.person_id).exclude(state__in=("voided", "lost")).exists()
    }
    refresh(running)
    deepest = Progress.objects.filter(place_code__in=[place for place in expected if len(place) == 12])
    assert deepest.aggregate(n=Sum("roster"))["n"] == 35


def test_the_figures_are_refreshed_by_who_may_see_the_whole_round(running):
    with pytest.raises(NotFound):
        testing.refresh_progress(round_code="R1", by=running.actor(EAST), at=at(1))
    with pytest.raises(NotFound):
        testing.refresh_progress(round_code="R9", by=running.actor(CITY), at=at(1))
    with pytest.raises(NotPermitted):
        testing.refresh_progress(round_code="R1", by=running.actor(CITY, role=Role.COURIER), at=at(1))


def test_a_refresh_costs_the_same_statements_however_many_people(running, people, django_assert_max_num_queries):
    refresh(running, 0.5)
    site = town.site(running, SITE_A)
    town.sample(site, people[COMMUNITY_A][:15], registered_at=at(0.6))
    with django_assert_max_num_queries(10):
        refresh(running, 0.9)

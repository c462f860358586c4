"""What pages and lists read of a round: figures that add up at every level, lists that are paged and logged."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bulou.access.models import ReadLog
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotFound, NotPermitted
from bulou.rounds import actions as rounds
from bulou.rounds.choices import ExemptionReason
from bulou.testing import actions as testing
from bulou.testing import queries
from bulou.testing.choices import VisitOutcome
from bulou.testing.rules import NOBODY, Tally
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_D, EAST, SITE_A, STREET_1, STREET_2, WEST, at

pytestmark = pytest.mark.django_db
BUILDING = f"{COMMUNITY_A}-0001"


@pytest.fixture
def people(city):
    found = {
        "floor": town.settle(f"{BUILDING}-003", 9, prefix="F"),
        "building": town.settle(BUILDING, 2, prefix="G"),
        "community": town.settle(COMMUNITY_A, 4),
        "other": town.settle(COMMUNITY_B, 6),
        "street": town.settle(STREET_1, 3, prefix="S"),
        "west": town.settle(COMMUNITY_D, 5),
    }
    town.running(city)
    town.laboratory(city)
    town.sample(town.site(city, SITE_A), found["floor"][:4] + found["street"][:1], registered_at=at(0.5))
    rounds.grant_exemption(
        round_code="R1",
        person_id=found["floor"][8],
        reason=ExemptionReason.AWAY,
        by=city.actor(COMMUNITY_A),
        at=at(0.5),
    )
    testing.refresh_progress(round_code="R1", by=city.actor(CITY), at=at(1))
    return found


def view(city, unit, place="", hours=1.0):
    return queries.place_view(city.actor(unit), "R1", place, now=at(hours))


def table(found):
    return {("rest" if row.is_rest else row.code): row.tally for row in found.children}


def test_the_drill_down_goes_from_city_to_household_and_adds_up_on_every_step(city, people):
    place, depth = CITY, 0
    while True:
        found = view(city, CITY, place)
        assert sum((row.tally for row in found.children), NOBODY) == found.place.tally
        inner = next((row for row in found.children if row.code.startswith(f"{BUILDING}-003"[: len(row.code)])), None)
        depth += 1
        if inner is None or inner.is_rest:
            break
        place = inner.code
    assert (place, depth) == (f"{BUILDING}-003", 6)
    assert table(found) == {  # households of the floor
        "F-H0000": Tally(roster=3, tested=3, exempt=0),
        "F-H0001": Tally(roster=3, tested=1, exempt=0),
        "F-H0002": Tally(roster=3, tested=0, exempt=1),
    }


def test_who_is_known_no_deeper_is_a_line_of_its_own(city, people):
    assert table(view(city, CITY, STREET_1))["rest"] == Tally(roster=3, tested=1, exempt=0)
    assert table(view(city, CITY, COMMUNITY_A))["rest"] == Tally(roster=4, tested=0, exempt=0)
    assert table(view(city, CITY, BUILDING))["rest"] == Tally(roster=2, tested=0, exempt=0)
    assert "rest" not in table(view(city, CITY, CITY))


def test_names_come_with_the_places(city, people):
    found = view(city, CITY, STREET_1)
    assert found.place.name == "东一街道"
    assert [row.name for row in found.children] == ["甲社区", "乙社区", ""]
    assert [row.name for row in view(city, CITY, COMMUNITY_A).children] == ["1 栋", ""]


def test_a_projection_stands_beside_each_place_with_a_snapshot_behind_it(city, people):
    found = view(city, CITY, STREET_1)
    # 5 of the street's 24 were tested in the first hour, one is exempt, 18 are missing
    assert found.place.projection.per_hour == 5
    assert found.place.projection.finish_at == at(1 + 18 / 5)
    assert [row.projection.known for row in found.children] == [True, True, False]


def test_before_the_first_snapshot_the_figures_are_counted_at_once(city):
    town.settle(COMMUNITY_A, 2)
    town.running(city)
    found = view(city, CITY, hours=0.1)
    assert (found.as_of, found.place.tally) == (at(0.1), Tally(roster=2, tested=0, exempt=0))


def test_a_reader_starts_at_its_own_place_and_sees_nothing_beside_it(city, people):
    assert view(city, EAST).place.code == EAST
    assert view(city, COMMUNITY_A).place.code == COMMUNITY_A
    for unit, place in ((EAST, WEST), (EAST, CITY), (COMMUNITY_A, COMMUNITY_B), (COMMUNITY_A, STREET_1)):
        with pytest.raises(NotFound):
            view(city, unit, place)
    with pytest.raises(NotFound):
        view(city, CITY, STREET_2)  # nobody of it is on the roster
    with pytest.raises(NotFound):
        view(city, CITY, "no place")
    with pytest.raises(NotPermitted):
        queries.place_view(city.actor(EAST, role=Role.LABORATORY), "R1", EAST, now=at(1))


def test_a_level_costs_the_same_statements_however_many_places(city, people, django_assert_max_num_queries):
    for place, most in ((CITY, 7), (STREET_1, 7), (COMMUNITY_A, 6), (f"{BUILDING}-003", 3)):
        with django_assert_max_num_queries(most):
            view(city, CITY, place)


def test_the_overview_shows_each_round_with_the_readers_own_part(city, people, django_assert_num_queries):
    town.plan(city, code="R2")
    with django_assert_num_queries(2):
        rows = queries.overview(city.actor(CITY))
    assert [(row.round.pk, row.place, row.tally) for row in rows] == [
        ("R1", CITY, Tally(roster=29, tested=5, exempt=1)),
        ("R2", CITY, None),
    ]
    [own] = queries.overview(city.actor(COMMUNITY_A), state="open")
    assert (own.place, own.tally, own.as_of) == (COMMUNITY_A, Tally(roster=15, tested=4, exempt=1), at(1))


def test_progress_over_time_is_every_snapshot(city, people):
    testing.refresh_progress(round_code="R1", by=city.actor(CITY), at=at(2))
    points = queries.progress_over_time(city.actor(EAST), "R1", EAST)
    assert [(point.at, point.tested, point.roster) for point in points] == [(at(1), 5, 24), (at(2), 5, 24)]
    assert len(queries.progress_over_time(city.actor(EAST), "R1", EAST, since=at(1.5))) == 1
    with pytest.raises(NotFound):
        queries.progress_over_time(city.actor(EAST), "R1", WEST)


def page(city, unit, place, **more):
    return queries.missing_people(city.actor(unit), "R1", place, purpose="work list", now=at(1), **more)


def test_the_missing_are_listed_by_floor_page_by_page_without_gap_or_repeat(city, people):
    found, after = [], ""
    while True:
        rows = page(city, EAST, EAST, after=after, limit=4)
        if not rows:
            break
        found += rows
        after = rows[-1].key
    whole = page(city, EAST, EAST)
    assert found == whole
    expected = people["floor"][4:8] + people["building"] + people["community"] + people["other"] + people["street"][1:]
    assert sorted(town.ids(whole)) == sorted(expected)
    assert [row.key for row in whole] == sorted((row.key for row in whole), key=lambda key: tuple(key.split("|")))


def test_every_page_of_the_missing_costs_the_same(city, people, django_assert_max_num_queries):
    for after in ("", f"{COMMUNITY_A}|~"):
        with django_assert_max_num_queries(5):
            page(city, EAST, EAST, after=after, limit=5)


def test_a_deep_page_is_read_from_its_own_key_on_and_not_from_the_first(city, people):
    with CaptureQueriesContext(connection) as seen:
        page(city, CITY, CITY, after=f"{COMMUNITY_B}|~", limit=5)
    [statement] = [one["sql"] for one in seen if 'FROM "rounds_rosterentry"' in one["sql"]]
    bounds = re.findall(r'"place_code" >= \'?(\w+)', statement)
    assert bounds == [COMMUNITY_B]  # a second lower bound would be the one that SQLite's index takes


def test_a_list_of_people_is_logged_with_its_purpose(city, people):
    page(city, COMMUNITY_A, BUILDING)
    [line] = ReadLog.objects.all()
    assert (line.purpose, line.subject, line.count, line.unit) == (
        "work list",
        f"missing:R1@{BUILDING}",
        6,
        COMMUNITY_A,
    )


def test_a_list_of_people_is_for_their_own_units(city, people):
    with pytest.raises(NotFound):
        page(city, WEST, COMMUNITY_A)
    with pytest.raises(NotFound):
        page(city, COMMUNITY_B, COMMUNITY_A)
    with pytest.raises(NotPermitted):
        page(city, SITE_A, COMMUNITY_A)
    with pytest.raises(InputFault):
        page(city, EAST, EAST, after="nonsense")
    assert not ReadLog.objects.exists()


def test_a_refusal_is_told_to_the_community_and_the_rounds_unit_only(city, people):
    refused, away = people["community"][:2]
    for person, outcome in ((refused, VisitOutcome.REFUSED), (away, VisitOutcome.AWAY)):
        testing.record_visit(
            round_code="R1",
            person_id=person,
            outcome=outcome,
            note="at the door",
            by=city.actor(COMMUNITY_A),
            at=at(0.8),
        )

    def told(unit):
        rows = {row.person_id: row for row in page(city, unit, COMMUNITY_A)}
        assert rows[away].outcome == "away"
        assert rows[refused].visited_at == at(0.8)
        return rows[refused].outcome, rows[refused].note

    assert told(COMMUNITY_A) == told(CITY) == ("refused", "at the door")
    assert told(STREET_1) == told(EAST) == ("", "")

"""Base figures of any unit on one page (底数清): bounded, with source and doubt, each leading to as many rows as it counts."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import translation

from bulou.duties.models import Duty
from bulou.exchange.shelf import BOOKS
from bulou.kernel import clock
from bulou.kernel.actor import Role
from bulou.kernel.errors import NotFound
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.people.models import BaseNumberChange, Resident
from bulou.reporting import below, holdings
from bulou.reporting.base_figures import Why
from bulou.units.models import Holding
from tests import city as cities
from tests import town
from tests.books.scenes import SCENES
from tests.callers import callers
from tests.restrictions.facts import in_force

pytestmark = pytest.mark.django_db
NOW = cities.at(3)
HERE = f"{cities.COMMUNITY_A}-0001-001"
COUNTED = ("requests", "addressees", "care", "environment", "hazards", "needs")


@pytest.fixture
def busy(city):
    """People in two communities, a row of every book, a laboratory, somebody held at home."""
    town.settle(HERE, 30)
    town.settle(f"{cities.COMMUNITY_C}-0001-001", 12, prefix="PC")
    town.laboratory(city)
    town.running(city)
    for name in BOOKS:
        SCENES[name](city, cities.COMMUNITY_A, "甲社区")
    in_force(city, "P-held")
    return city


def _staying(place):
    """How many people stay below a place, counted row by row."""
    return sum(one.place_code.startswith(place) for one in Resident.objects.filter(left_on=None))


def test_every_level_is_answered_and_a_larger_unit_costs_no_more_statements(busy, django_assert_max_num_queries):
    leader = busy.actor("99")
    for unit in ("99", cities.CITY, cities.EAST, cities.STREET_1, cities.COMMUNITY_A, cities.LAB_1, cities.SITE_A):
        with django_assert_max_num_queries(56):
            page = holdings.whole(leader, at=NOW, unit=unit)
        with django_assert_max_num_queries(24):
            below.parts(leader, at=NOW, unit=unit)
        with django_assert_max_num_queries(8):
            below.houses(leader, unit=unit)
            below.posts(leader, at=NOW, unit=unit)
        assert all(one.source and one.as_of for one in page.figures), unit


def test_the_parts_add_up_to_the_whole(busy):
    leader = busy.actor(cities.CITY)
    whole = holdings.whole(leader, at=NOW)
    parts, total = below.parts(leader, at=NOW)
    assert total == len(parts)
    assert {one.code for one in parts} == {cities.EAST, cities.WEST, cities.LAB_1}
    own = Duty.objects.filter(owner=cities.CITY, state="open")
    assert sum(one.people or 0 for one in parts) == whole.value("base_number") == whole.value("residents") >= 42
    assert sum(one.open for one in parts) + own.count() == whole.value("duties_open")
    assert sum(one.late for one in parts) + own.filter(due_at__lt=NOW).count() == whole.value("duties_overdue")
    assert {one.code: one.people for one in parts}[cities.LAB_1] is None, "a laboratory has no residents"
    (house,) = below.houses(leader, unit=cities.COMMUNITY_A)
    assert (house.people, house.floors) == (_staying(f"{cities.COMMUNITY_A}-0001"), 20)


def test_a_unit_that_is_no_territory_shows_no_people_of_the_territory_it_stands_in(busy):
    names = {one.name for one in holdings.whole(busy.actor(cities.LAB_1), at=NOW).figures}
    assert not names & {"residents", "households", "vulnerable", "roster", "missing", "cases", "base_number"}
    assert holdings.whole(busy.actor(cities.LAB_1), at=NOW).value("laboratories") == 1


def test_another_districts_figures_answer_like_missing_ones(busy):
    for unit in (cities.WEST, cities.COMMUNITY_D, "990999"):
        for read in (holdings.whole, below.parts):
            with pytest.raises(NotFound):
                read(busy.actor(cities.EAST), at=NOW, unit=unit)


def test_a_base_number_that_the_people_contradict_says_so_and_one_that_agrees_does_not(busy):
    leader = busy.actor(cities.COMMUNITY_A)

    def doubt():
        return next(one.doubt for one in holdings.whole(leader, at=NOW).figures if one.name == "base_number")

    assert doubt() is None
    Resident.objects.filter(place_code=HERE).first().delete()
    assert (doubt().why, doubt().other) == (Why.DISAGREES, _staying(cities.COMMUNITY_A))


def test_a_base_number_in_which_nothing_moved_for_a_week_is_shown_as_unconfirmed(busy):
    leader, late = busy.actor(cities.COMMUNITY_A), NOW + timedelta(days=8)
    last = BaseNumberChange.objects.filter(place_code=cities.COMMUNITY_A).latest("changed_at").changed_at
    found = {one.name: one for one in holdings.whole(leader, at=late).figures}
    assert (found["base_number"].doubt.why, found["base_number"].doubt.since) == (Why.OLD, last)
    assert found["inside_institutions"].doubt.why is Why.OLD
    BaseNumberChange.objects.create(place_code=cities.COMMUNITY_A, changed_at=late, cause="left", change=-1, source="t")
    Resident.objects.filter(place_code=HERE).first().delete()
    assert next(one for one in holdings.whole(leader, at=late).figures if one.name == "base_number").doubt is None


def test_posts_are_counted_as_filled_only_while_somebody_stands_in_them(busy):
    leader = busy.actor(cities.EAST)
    before = holdings.whole(leader, at=NOW)
    Holding.objects.filter(post__unit=cities.STREET_2).update(ends_at=NOW, end_reason="left")
    after = holdings.whole(leader, at=NOW)
    assert before.value("posts_filled") == before.value("posts") == after.value("posts")
    assert after.value("posts_filled") == after.value("posts") - 1
    assert after.value("units_unattended") == before.value("units_unattended") + 1
    ((_, present),) = below.posts(busy.actor(cities.CITY), at=NOW, unit=cities.STREET_2)
    assert present == []


def _rows(html):
    """The rows of a list page."""
    return html.count('<tr role="row"') - 1 if "<table" in html else 0


def test_the_leader_asks_and_each_figure_leads_to_as_many_rows_as_it_counts(busy):
    browser, _ = callers(Role.DUTY_LEADER, cities.CITY)
    with clock.frozen(NOW), translation.override("en"):
        html = browser.get(f"/figures/?unit={cities.COMMUNITY_A}", HTTP_ACCEPT_LANGUAGE="en").content.decode()
        page = holdings.whole(busy.actor(cities.CITY), at=NOW, unit=cities.COMMUNITY_A)
        shown = 0
        for book in COUNTED:
            for name, show in ((f"{book}_open", "open"), (f"{book}_late", "late")):
                (href,) = re.findall(rf'href="(/{book}/\?unit={cities.COMMUNITY_A}&amp;show={show})"', html)
                rows = _rows(browser.get(unescape(href)).content.decode())
                assert rows == page.value(name), name
                shown += rows
        assert shown >= len(COUNTED)
        people = re.findall(r'href="(/restrictions/\?[^"]*)"', html)
        assert len(people) == 3
        held = browser.get(unescape(people[0])).content.decode()
        assert _rows(held) == page.value("people_restricted") + page.value("zones_in_force")


def test_a_reader_who_may_not_see_rows_gets_the_figure_without_a_link(busy):
    browser, _ = callers(Role.SITE_LEAD, cities.COMMUNITY_A)
    with clock.frozen(NOW):
        html = browser.get("/figures/").content.decode()
    assert '"/people/?' not in html
    assert '"/figures/export.csv' not in html


def test_the_file_holds_what_the_page_shows_and_its_giving_is_recorded(busy):
    browser, _ = callers(Role.DUTY_LEADER, cities.CITY)
    with clock.frozen(NOW):
        answer = browser.get(f"/figures/export.csv?unit={cities.EAST}")
        assert browser.get("/figures/export.pdf").status_code == 409
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    page = holdings.whole(busy.actor(cities.CITY), at=NOW, unit=cities.EAST)
    assert {row["figure"]: row["value"] for row in rows if row["figure"] in {"residents", "requests_open", "posts"}} == {
        name: str(page.value(name)) for name in ("residents", "requests_open", "posts")
    }
    assert all(row["source"] and row["as_of"] for row in rows)
    assert Entry.objects.filter(tag=Tag.FILE_EXPORTED).count() == 1


def test_over_http_the_page_is_typed_and_holds_the_units_below(busy):
    browser, token = callers(Role.DUTY_LEADER, cities.CITY)
    with clock.frozen(NOW):
        found = browser.get(f"/api/v1/status?unit={cities.EAST}", headers={"Authorization": f"Bearer {token}"}).json()
    assert found["unit"] == cities.EAST
    assert {one["code"] for one in found["units"]} == {cities.STREET_1, cities.STREET_2, cities.LAB_2, cities.COURIER}
    figure = next(one for one in found["figures"] if one["name"] == "residents")
    assert (figure["value"], figure["unit"], figure["doubt"]) == (_staying(cities.EAST), "people", None)

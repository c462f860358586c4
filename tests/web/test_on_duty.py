"""The page of who is on duty: at any instant, up the chain, right below, and whose hands work there."""

from __future__ import annotations

import pytest

from bulou.kernel import clock
from bulou.kernel.actor import Role
from bulou.units import actions as units
from bulou.units.choices import UnitKind
from bulou.workforce import actions as workforce
from bulou.workforce.choices import Skill, WorkerKind
from tests import city as cities
from tests.callers import callers

pytestmark = pytest.mark.django_db
NOW = cities.at(3)


def _page(browser, **asked):
    with clock.frozen(NOW):
        return browser.get("/on-duty/", {"unit": cities.STREET_1, **asked}, HTTP_ACCEPT_LANGUAGE="en")


@pytest.fixture
def browser(city):
    return callers(Role.DUTY_LEADER, cities.EAST)[0]


def _night_shift(city):
    """Somebody else stands in the street's post from hour 6 to hour 10."""
    other = units.register_staff(
        number="N-1",
        name="夜班员",
        home_unit=city.units[cities.STREET_1],
        by=cities.SYSTEM,
        at=cities.at(),
        phone="13900000001",
    )
    units.plan_shift(
        post=city.posts[cities.STREET_1], staff=other, starts_at=cities.at(6), ends_at=cities.at(10), by=cities.SYSTEM, at=cities.at()
    )  # fmt: skip


def test_it_names_who_answers_now_and_who_answers_at_another_instant(city, browser):
    _night_shift(city)
    now = _page(browser).content.decode()
    night = _page(browser, at=clock.local(cities.at(7)).strftime("%Y-%m-%dT%H:%M")).content.decode()
    holder = city.staff[cities.STREET_1].name
    assert f"{holder}, holds the post" in now
    assert "夜班员" not in now
    assert "夜班员, on shift" in night
    assert "13900000001" in night
    assert f"{holder}, holds the post" in night, "who answers when the night's person is absent"
    for above in (cities.EAST, cities.CITY):
        assert city.staff[above].name in now, "the chain above is named"


def test_a_unit_without_anybody_shows_its_superior_and_says_so(city, browser):
    empty = units.register_unit(
        code=f"{cities.STREET_1}:site077",
        name="无人点",
        kind=UnitKind.SAMPLING_SITE,
        by=cities.SYSTEM,
        at=cities.at(),
    )
    html = _page(browser).content.decode()
    assert empty.name in html
    assert "nobody of its own" in html
    assert f"{city.staff[cities.STREET_1].name} of" in html


def test_the_hands_at_work_are_those_of_the_instant_and_a_foreign_unit_is_not_found(city, browser):
    by = city.actor(cities.CITY)
    worker = workforce.register_worker(
        name="采样员甲", kind=WorkerKind.SECONDED, home=cities.STREET_1, host=cities.STREET_1, skills="door", since_at=cities.at(), by=by, at=cities.at()
    )  # fmt: skip
    workforce.plan_shift(
        worker=worker.pk, unit=cities.STREET_1, place="2 号棚", skill=Skill.DOOR, starts_at=cities.at(2), ends_at=cities.at(8), by=by, at=cities.at()
    )  # fmt: skip
    assert "采样员甲" in _page(browser).content.decode()
    with clock.frozen(NOW):
        listed = browser.get("/shifts/").content.decode()
    assert "采样员甲" in listed, "a list names the person, and not only the number"
    late = _page(browser, at=clock.local(cities.at(9)).strftime("%Y-%m-%dT%H:%M")).content.decode()
    assert "采样员甲" not in late
    assert "Nobody has a shift here at this instant" in late
    assert _page(browser, unit=cities.WEST).status_code == 404
    assert _page(browser, at="yesterday").status_code == 409


def test_it_asks_as_many_statements_for_many_units(city, browser, django_assert_max_num_queries):
    for number in range(30):
        units.register_unit(
            code=f"{cities.STREET_1}:site{number:03}", name=f"点{number}", kind=UnitKind.SAMPLING_SITE, by=cities.SYSTEM, at=cities.at()
        )  # fmt: skip
    with django_assert_max_num_queries(26):
        assert _page(browser).status_code == 200

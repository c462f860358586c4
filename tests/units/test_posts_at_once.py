"""Two who plan the same person at once, and a holding ended twice: the second is refused, on both databases."""

from __future__ import annotations

from functools import partial

import pytest

from bulou.kernel.errors import Refused
from bulou.ledger.models import Entry
from bulou.units import actions as units
from bulou.units.models import Holding, Shift
from tests import city as cities
from tests.arena import Arena

THREADS = 12
PEOPLE = 10


def _plan(city, posts):
    """Everybody is planned for the same hours in another post; how many of the attempts stood."""
    stood = 0
    for number, person in enumerate(list(city.staff.values())[:PEOPLE]):
        try:
            units.plan_shift(
                post=posts[number % len(posts)], staff=person, starts_at=cities.at(1), ends_at=cities.at(9),
                by=cities.SYSTEM, at=cities.at(),
            )  # fmt: skip
            stood += 1
        except Refused:
            continue
    return stood


@pytest.mark.django_db(transaction=True)
def test_many_planners_at_once_never_put_one_person_in_two_places(tmp_path):
    city = cities.build_city()
    posts = list(city.posts.values())
    arena = Arena(tmp_path)
    turned = [posts[place:] + posts[:place] for place in range(THREADS)]
    stood = arena.at_once([partial(_plan, city, mine) for mine in turned])
    assert sum(stood) == PEOPLE
    held = arena.look(lambda: list(Shift.objects.values_list("staff_id", flat=True)))
    assert len(held) == len(set(held)) == PEOPLE
    assert arena.look(lambda: Entry.objects.filter(tag="unit:shift:planned").count()) == PEOPLE


@pytest.mark.django_db(transaction=True)
def test_an_acting_holding_that_many_end_at_once_ends_once(tmp_path):
    city = cities.build_city()
    post = city.posts[cities.COMMUNITY_A]
    acting = units.name_acting(post=post, staff=city.staff[cities.COMMUNITY_B], by=cities.SYSTEM, at=cities.at(1))
    arena = Arena(tmp_path)

    def end(minute):
        try:
            units.end_holding(
                holding=Holding.objects.get(pk=acting.pk), reason="回岗", by=cities.SYSTEM, at=cities.at(2, minutes=minute)
            )
        except Refused as fault:
            return fault.code
        return "ended"

    answers = arena.at_once([partial(end, minute) for minute in range(THREADS)])
    assert sorted(answers) == ["already-ended"] * (THREADS - 1) + ["ended"]
    assert arena.look(lambda: Entry.objects.filter(tag="unit:post:vacated").count()) == 1


@pytest.mark.django_db
def test_hours_that_touch_are_no_clash_and_a_shift_that_was_left_frees_the_person(city):
    person, post = city.staff[cities.COMMUNITY_A], city.posts[cities.COMMUNITY_B]
    plan = partial(units.plan_shift, staff=person, by=cities.SYSTEM, at=cities.at())
    plan(post=post, starts_at=cities.at(1), ends_at=cities.at(5))
    plan(post=post, starts_at=cities.at(5), ends_at=cities.at(9))
    with pytest.raises(Refused):
        plan(post=city.posts[cities.COMMUNITY_A], starts_at=cities.at(8.9), ends_at=cities.at(10))

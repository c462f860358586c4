"""G12, the site's side: isolated people wait at a site's door; found within minutes, both sides' share computed.

Three people announced for 10:00 stand at the door from 09:40. The site takes nobody in until 10:25. Who was told, when, and
whose minutes they were; and the mirror, in which they come as announced and go straight in.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Notice
from bulou.isolation import actions as isolation
from bulou.isolation import queries
from bulou.ledger.actions import content
from bulou.ledger.models import Entry
from tests import lodging as lodgings
from tests.chain import owed, passes, told
from tests.city import CITY, EAST, at
from tests.lodging import SITE, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def coming(city):
    """Beds reserved at 08:00 for 10:00."""
    lodging = lodgings.opened(city)
    stays = [
        lodging.reserve(person, f"iso001-{101 + number}", when=at(0), expected=at(2), trip="TR-1")
        for number, person in enumerate(people(3))
    ]
    return lodging, [stay.pk for stay in stays]


def _minutes(span: timedelta) -> int:
    return int(span / timedelta(minutes=1))


def test_the_site_the_district_and_the_city_know_within_minutes_and_each_has_its_share(coming):
    lodging, stays = coming
    early = at(1, minutes=40)
    isolation.arrive_at_door(stays=stays, by=lodging.manager, at=early)
    (row,) = owed("isolation.door_cleared")
    assert (row.owner_id, row.due_at, row.why) == (SITE, early + timedelta(minutes=15), "3 people arrived")
    passes(at(2, minutes=25), since=early)
    assert told("isolation.door_cleared") == [
        (SITE, early + timedelta(minutes=5), "before:PT10M:owner"),
        (EAST, early + timedelta(minutes=15), "after:PT0M:district"),
        (CITY, early + timedelta(minutes=30), "after:PT15M:city"),
    ]
    (door,) = queries.doors(lodging.leader(), at=at(2, minutes=25)).values()
    assert (door.people, door.since) == (3, early)
    assert (_minutes(door.sender), _minutes(door.site)) == (3 * 20, 3 * 25), "person-minutes: early, and kept waiting"
    isolation.admit_guest(stay=stays[0], by=lodging.manager, at=at(2, minutes=25))
    assert owed("isolation.door_cleared"), "two still wait"
    for stay in stays[1:]:
        isolation.admit_guest(stay=stay, by=lodging.manager, at=at(2, minutes=30))
    assert owed("isolation.door_cleared") == []
    assert queries.doors(lodging.leader(), at=at(3)) == {}
    said = [content(entry) for entry in Entry.objects.filter(tag="isolation:guest:admitted").order_by("id")]
    assert [(one["wait_min"], one["sender_min"], one["site_min"]) for one in said] == [(45, 20, 25), (50, 20, 30), (50, 20, 30)]


def test_who_comes_later_has_a_clock_of_their_own_when_the_first_are_in(coming):
    lodging, stays = coming
    isolation.arrive_at_door(stays=stays[:1], by=lodging.manager, at=at(2))
    isolation.arrive_at_door(stays=stays[1:], by=lodging.manager, at=at(2, minutes=12))
    isolation.admit_guest(stay=stays[0], by=lodging.manager, at=at(2, minutes=13))
    (row,) = owed("isolation.door_cleared")
    assert row.due_at == at(2, minutes=27), "from the arrival of who waits longest now"


def test_mirror_they_come_as_announced_and_go_straight_in(coming):
    lodging, stays = coming
    isolation.arrive_at_door(stays=stays, by=lodging.manager, at=at(2))
    for stay in stays:
        isolation.admit_guest(stay=stay, by=lodging.manager, at=at(2, minutes=4))
    passes(at(3), since=at(2))
    assert not Notice.objects.filter(duty__kind="isolation.door_cleared").exists()
    said = [content(entry) for entry in Entry.objects.filter(tag="isolation:guest:admitted")]
    assert {(one["sender_min"], one["site_min"], one["late_min"]) for one in said} == {(0, 4, 0)}

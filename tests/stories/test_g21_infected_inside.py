"""G21: somebody negative at entry turns positive on day 4 beside an infected neighbour; air, bus and staff are listed.

The guest of room 102 came on Tuesday by the bus TR-1, negative. The neighbour in 101, who came before, turned positive on
Thursday. On Saturday the guest is positive: the review is open with everybody who was near. And the mirror: the same
positive with nobody infected near is a conversion like others, and nobody is bothered.
"""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty, Notice
from bulou.isolation import actions as isolation
from bulou.isolation import queries
from bulou.isolation.choices import Cause
from bulou.isolation.models import GuestTest, InfectionReview
from bulou.kernel.errors import NotPermitted
from bulou.ledger.models import Entry
from bulou.specimens.choices import Outcome
from bulou.units.models import Shift
from tests import chain as chains
from tests import lodging as lodgings
from tests.chain import owed, passes, told
from tests.city import CITY, EAST, at
from tests.lodging import SITE, people

pytestmark = pytest.mark.django_db
NEGATIVE, POSITIVE = Outcome.NEGATIVE, Outcome.POSITIVE
DAY = 24


@pytest.fixture
def site(city):
    lodging = lodgings.opened(city, rooms=1)
    for number in (102, 103, 104, 105):
        lodging.room(f"iso001-{number}", air="shaft A" if number in {102, 105} else "")
    chain = chains.running(city)
    Shift.objects.create(post=city.posts[SITE], staff=city.staff[SITE], starts_at=at(20), ends_at=at(32))
    return lodging, chain, people(5)


def sampled(chain, person, outcome, hour):
    """One swab, one tube, and the laboratory's word three hours later: all by the public actions."""
    tube = chain.tube([person], when=at(hour))
    chain.report(tube, outcome, when=at(hour + 3))
    return tube


def lives(site, *, neighbour_ill: bool):
    lodging, chain, who = site
    guest, neighbour, bus_mate, on_same_air, far = who
    rooms = {guest: "102", neighbour: "101", bus_mate: "104", on_same_air: "105", far: "103"}
    for person, number in rooms.items():
        trip = "TR-1" if person in {guest, bus_mate} else "TR-2"
        lodging.admit(person, f"iso001-{number}", when=at(0), clock_from=at(-2), trip=trip)
    for person in who:
        sampled(chain, person, NEGATIVE, 1)
    if neighbour_ill:
        sampled(chain, neighbour, POSITIVE, 2 * DAY)
    sampled(chain, guest, POSITIVE, 4 * DAY)
    return guest


def test_a_review_is_open_with_neighbours_air_bus_and_staff(site):
    lodging, _, _ = site
    guest = lives(site, neighbour_ill=True)
    review = InfectionReview.objects.get()
    assert (review.stay.person_id, review.day) == (guest, 4)
    assert (review.negative_at, review.positive_at) == (at(1), at(4 * DAY))
    links = {(one.kind, one.detail, one.infected) for one in review.links.all()}
    assert links == {
        ("neighbour", "iso001-101", True), ("neighbour", "iso001-103", False), ("bus", "TR-1", False), ("staff", "1 shifts", False),
    }  # fmt: skip
    (row,) = owed("isolation.infection_reviewed")
    assert (row.owner_id, row.opened_at, row.due_at) == (EAST, at(4 * DAY + 3), at(5 * DAY + 3))
    assert row.why == "negative at entry, positive on day 4; infected and near: 1"
    passes(at(5 * DAY + 4), since=at(4 * DAY + 3))
    assert [(unit, when) for unit, when, _ in told("isolation.infection_reviewed")] == [
        (CITY, at(4 * DAY + 3)), (EAST, at(4 * DAY + 23)), (CITY, at(5 * DAY + 3)),
    ]  # fmt: skip
    shown = queries.acquired_inside(lodging.leader(), SITE, since=at(0), at=at(5 * DAY))
    assert (shown.reviews, round(shown.guest_days), round(shown.per_thousand)) == (1, 25, 40)


def test_a_unit_above_concludes_it_and_the_site_does_not_review_itself(site):
    lodging, _, _ = site
    lives(site, neighbour_ill=True)
    code = InfectionReview.objects.get().pk
    with pytest.raises(NotPermitted):
        isolation.conclude_review(review=code, cause=Cause.BEFORE, conclusion="x", by=lodging.manager, at=at(100))
    isolation.conclude_review(
        review=code,
        cause=Cause.INSIDE,
        conclusion="meals were handed out with both doors open",
        by=lodging.leader(EAST),
        at=at(100),
    )
    closed = Duty.objects.get(kind="isolation.infection_reviewed")
    assert (closed.state, closed.proof.split(" entry")[0]) == ("fulfilled", "isolation:infection:concluded inside")
    assert Entry.objects.filter(tag="isolation:infection:concluded").count() == 1


def test_mirror_the_same_positive_with_nobody_infected_near_is_no_review(site):
    lives(site, neighbour_ill=False)
    assert GuestTest.objects.filter(outcome="positive").count() == 1
    assert not InfectionReview.objects.exists()
    assert owed("isolation.infection_reviewed") == []
    assert not Notice.objects.filter(duty__kind="isolation.infection_reviewed").exists()


def test_positive_at_entry_was_not_infected_inside(site):
    lodging, chain, who = site
    lodging.admit(who[0], "iso001-102", when=at(0), clock_from=at(-2))
    lodging.admit(who[1], "iso001-101", when=at(0), clock_from=at(-2))
    sampled(chain, who[1], POSITIVE, 0.5)
    sampled(chain, who[0], POSITIVE, 1)
    assert not InfectionReview.objects.exists()

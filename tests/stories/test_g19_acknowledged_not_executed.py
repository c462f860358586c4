"""G19: an order is acknowledged, the sampling point opens, and its rate lags from the first half-hour.

The issuer knows within the hour, from the round's own facts. Mirror: the site keeps pace, and nobody is told.
"""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.ledger.models import Entry
from bulou.orders import actions as orders
from bulou.orders.choices import Link
from bulou.playbook import order_pace
from bulou.rounds import actions as rounds
from bulou.rounds.models import Site
from bulou.specimens.models import Tube
from tests import town
from tests.city import CITY, COMMUNITY_A, EAST, SITE_A, at
from tests.orders.desk import issue, read_down, told

pytestmark = pytest.mark.django_db
PER_HOUR = 120


@pytest.fixture
def ordered(city):
    """The district orders a site at a car park: 120 samples an hour; everybody has opened the order, the site is open."""
    town.settle(COMMUNITY_A, 9)
    town.running(city)
    town.laboratory(city)
    site = town.site(city, SITE_A, open_at=False)
    order = issue(city, by=EAST, round="R1", per_hour=PER_HOUR, named=SITE_A, due_at=at(9))
    row = read_down(city, order)[0]
    assert rounds.open_site(site_id=site.pk, by=city.actor(SITE_A), at=at(0.2)).opened
    row.refresh_from_db()
    return row


def _sample(row, *, people, until, since=0.2):
    """Tubes of ten, evenly from the opening on."""
    site = Site.objects.get(pk=row.site_id)
    known = Tube.objects.filter(site=site).count()
    Tube.objects.bulk_create(
        Tube(
            tube_id=f"T{known + number:05}", round=site.round, site=site, unit_code=site.unit_id, people=10,
            collected_at=at(since + (until - since) * (number + 0.5) / (people // 10)), registered_at=at(until),
        )
        for number in range(people // 10)
    )  # fmt: skip


def _watch(city, *hours):
    for hour in hours:
        order_pace.watch_pace(at=at(hour))
        sweep(at=at(hour))


def test_the_site_opens_and_lags_and_the_issuer_knows_within_the_hour(city, ordered):
    assert ordered.state == Link.STARTED, "the round's own fact says that it began"
    assert Entry.objects.filter(subject=f"addressee:{ordered.pk}", tag="order:addressee:started").exists()
    _watch(city, 0.5)
    assert not Duty.objects.filter(kind="order.lag_answered").exists(), "less than half an hour says nothing"
    _sample(ordered, people=20, until=0.7)
    _watch(city, 0.7)
    duty = Duty.objects.get(kind="order.lag_answered", state="open")
    assert (duty.owner_id, duty.opened_at) == (EAST, at(0.7))
    assert told("order.lag_answered") == [(EAST, 42)], "within the hour of the order, half an hour after the opening"
    ordered.refresh_from_db()
    assert (ordered.pace, ordered.lagging) == (40, True)
    _watch(city, 0.9, 1.2)
    assert told("order.lag_answered") == [(EAST, 42), (CITY, 72)], "unanswered it goes to the issuer's superior, once"
    orders.answer_lag(code=ordered.pk, note="增派两名采样员", by=city.actor(EAST), at=at(1.3))
    assert not Duty.objects.filter(kind="order.lag_answered", state="open").exists()
    said = Entry.objects.filter(subject=f"addressee:{ordered.pk}", tag="order:addressee:lags").get().data
    assert "40 / 120" in said


def test_the_duty_closes_by_itself_when_the_pace_is_back(city, ordered):
    _sample(ordered, people=20, until=0.7)
    _watch(city, 0.7)
    _sample(ordered, people=70, since=0.75, until=1.25)
    _watch(city, 1.25)
    assert Duty.objects.get(kind="order.lag_answered").state == "fulfilled"
    ordered.refresh_from_db()
    assert (ordered.lagging, ordered.pace) == (False, 140)


def test_mirror_the_site_keeps_pace_and_nobody_is_told(city, ordered):
    _sample(ordered, people=300, until=2.7)
    _watch(city, 0.7, 1.2, 1.7, 2.2, 2.7)
    assert not Duty.objects.filter(kind="order.lag_answered").exists()
    assert not Notice.objects.filter(duty__kind="order.lag_answered").exists()
    orders.finish_order(code=ordered.pk, count=300, witness="点长", by=city.actor(SITE_A), at=at(3))
    assert order_pace.watch_pace(at=at(4)) == 0, "what is done is not watched"

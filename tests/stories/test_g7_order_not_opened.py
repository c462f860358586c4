"""G7: an order stops at a street that never opened it: shown with the last link that did, its issuer told in time.

Mirror: everybody opens it within minutes, and nobody is bothered.
"""

from __future__ import annotations

import pytest

from bulou.books import reading
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.exchange.shelf import BOOKS
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.orders import actions as orders
from bulou.orders.choices import Link
from tests.city import CITY, COMMUNITY_A, COMMUNITY_C, EAST, STREET_1, STREET_2, at
from tests.orders.desk import issue, link, owed, read, told

pytestmark = pytest.mark.django_db


def test_an_order_stops_at_a_street_and_the_city_sees_the_last_link(city):
    order = issue(city, named=f"{COMMUNITY_A} {COMMUNITY_C}")
    read(city, order, EAST, at(minutes=5))
    read(city, order, STREET_2, at(minutes=8))
    read(city, order, COMMUNITY_C, at(minutes=10))
    for minutes in (5, 30, 35, 45, 60):
        sweep(at=at(minutes=minutes))
    about = [(unit, minute) for unit, minute in told("order.opened") if minute > 10]
    assert about == [(EAST, 35), (CITY, 45)], "the district when it is late, the issuer ten minutes after"
    stuck = Duty.objects.get(kind="order.opened", state="open")
    assert (stuck.owner_id, stuck.due_at) == (STREET_1, at(minutes=35))
    row = link(order, STREET_1)
    assert (row.state, row.came_from_id, row.read_at) == (Link.SENT, EAST, None), "the last link stands beside it"
    assert link(order, COMMUNITY_A).state == Link.WAITING
    book = BOOKS["addressees"]
    listed = reading.listed(book, city.actor(CITY), chosen={"state": Link.SENT})
    assert [one.unit_id for one in listed] == [STREET_1], "who has not opened it is one filter"
    first = reading.first_owed(book, reading.listed(book, city.actor(CITY), chosen={}).filter(order=order))
    assert first.first().unit_id == STREET_1, "and stands first on the order's own page"
    assert dict(reading.counted(book, first))[Link.SENT] == 1
    orders.pass_by(code=row.pk, reason="街道无人应答", by=city.actor(EAST), at=at(minutes=50))
    read(city, order, COMMUNITY_A, at(minutes=52))
    assert owed("order.executed") == [COMMUNITY_A, COMMUNITY_C]
    assert owed("order.opened") == [STREET_1], "the street still owes that it opens it"
    tags = list(Entry.objects.filter(subject=f"addressee:{row.pk}").values_list("tag", flat=True))
    assert tags == ["order:addressee:passed_by"], "no entry says that it was opened"
    seal(at=at(2))
    assert verify(at=at(2)).broken is None


def test_mirror_everybody_opens_and_does_it_and_nobody_is_bothered(city):
    order = issue(city)
    for minutes, unit in enumerate((EAST, STREET_1, COMMUNITY_A), start=1):
        sweep(at=at(minutes=minutes))
        read(city, order, unit, at(minutes=minutes))
    orders.start_order(code=link(order, COMMUNITY_A).pk, by=city.actor(COMMUNITY_A), at=at(minutes=20))
    orders.finish_order(code=link(order, COMMUNITY_A).pk, photo="c" * 64, by=city.actor(COMMUNITY_A), at=at(minutes=50))
    sweep(at=at(20))
    assert not Duty.objects.filter(state="open").exists()
    beyond = Notice.objects.filter(state="sent").exclude(duty__kind="order.opened")
    assert not beyond.exists()
    assert told("order.opened") == [(EAST, 0), (STREET_1, 1), (COMMUNITY_A, 2)], "each was told once that it is there"

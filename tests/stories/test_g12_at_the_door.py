"""G12: people stand at an isolation site's door: found within minutes, and the wait is divided between both sides.

Mirror: the site takes them in at once, nobody above hears of it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties import sweep
from bulou.duties.models import Duty, Notice
from bulou.isolation import actions as isolation
from bulou.isolation.models import Room, Stay
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.transfer import actions as transfer
from bulou.transfer import planning, queries
from bulou.transfer.models import Leg, TransferRequest, Trip
from tests import lodging as lodgings
from tests.city import CITY, EAST, at
from tests.lodging import SITE
from tests.transfer import by_first_come
from tests.transfer.desk import open_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def brought(city, monkeypatch):
    """Three of two households are on their way to the city's own site, whose rooms the plan has claimed."""
    monkeypatch.setattr(planning, "solve", by_first_come.solve)
    desk = open_desk(city, rooms=1)
    lodging = lodgings.opened(city, rooms=1)
    lodging.room("iso001-201", beds=2)
    type(lodging.site).objects.update(x=10.0, y=0.0)
    transfer.decline_receiver(unit="9902", reason="满员", by=desk.lead, at=at(-0.5))
    asked = desk.ask(desk.people(2, household="H1"), when=at(0))
    desk.planned(when=at(0.2))
    return desk, lodging, asked, Trip.objects.get()


def _ride(desk, trip, *, late: timedelta = timedelta(0)):
    leg = Leg.objects.filter(trip=trip, live=True).first()
    desk.all_board(trip, when=leg.pickup_at)
    transfer.depart(trip_code=trip.pk, by=desk.driver, at=leg.pickup_at + timedelta(minutes=6))
    transfer.arrive_at_door(trip_code=trip.pk, receiver=SITE, by=desk.driver, at=leg.arrive_at + late)
    return leg.arrive_at + late


def test_a_wait_at_the_door_is_found_in_minutes_and_divided(brought):
    desk, lodging, asked, trip = brought
    assert Room.objects.get(pk="iso001-201").taken == 2
    assert {stay.trip for stay in Stay.objects.all()} == {trip.pk}
    door = _ride(desk, trip)
    owed = Duty.objects.get(kind="isolation.door_cleared")
    assert (owed.owner_id, owed.state) == (SITE, "open")
    assert owed.due_at - door <= timedelta(minutes=20)
    sweep.sweep(at=owed.due_at)
    told = list(Notice.objects.filter(duty=owed).values_list("unit_id", flat=True))
    assert told
    # The sender still owes both transfers while they stand there, and the desk sees them by clock.
    for row in asked:
        assert Duty.objects.get(kind="transfer.contact_moved", about=f"transfer:{row.pk}").owner_id == EAST
    shown = queries.at_the_door(desk.lead, now=owed.due_at)
    assert [(one.receiver, one.people, one.since) for one in shown] == [(SITE, 2, door)]
    assert shown[0].shares.receiver == owed.due_at - door
    # Taken in at last, by the site's own page: that is its signature, and both sides' minutes stand in the record.
    taken = owed.due_at + timedelta(minutes=10)
    for stay in Stay.objects.filter(state="at_door"):
        isolation.admit_guest(stay=stay.pk, by=lodging.manager, at=taken)
    assert {row.state for row in TransferRequest.objects.all()} == {"received"}
    for row in asked:
        duty = Duty.objects.get(kind="transfer.contact_moved", about=f"transfer:{row.pk}")
        assert (duty.state, duty.owner_id) == ("fulfilled", SITE)
    assert Duty.objects.get(pk=owed.pk).state == "fulfilled"
    said = [ledger.content(one) for one in Entry.objects.filter(tag="isolation:guest:admitted")]
    assert {one["sender_min"] + one["site_min"] for one in said} == {int((taken - door).total_seconds() // 60)}
    trip.refresh_from_db()
    assert trip.state == "done"


def test_signed_at_once_nobody_waits_and_nobody_is_told(brought):
    desk, lodging, asked, trip = brought
    door = _ride(desk, trip)
    transfer.sign_over(trip_code=trip.pk, codes=[row.pk for row in asked], by=lodging.manager, at=door + timedelta(minutes=4))
    assert {stay.state for stay in Stay.objects.all()} == {"admitted"}
    assert Duty.objects.get(kind="isolation.door_cleared").state == "fulfilled"
    sweep.sweep(at=door + timedelta(hours=2))
    assert not Notice.objects.filter(duty__kind__in=("isolation.door_cleared", "transfer.contact_moved")).exists()
    assert queries.at_the_door(desk.lead, now=door + timedelta(hours=1)) == []
    assert CITY


def test_a_site_that_turns_somebody_away_has_its_bed_back_and_the_sender_another_room_to_find(brought):
    desk, lodging, asked, trip = brought
    door = _ride(desk, trip)
    transfer.decline_person(
        trip_code=trip.pk, code=asked[0].pk, reason="房间漏水", by=lodging.manager, at=door + timedelta(minutes=3)
    )
    assert Room.objects.get(pk="iso001-201").taken == 1
    owed = Duty.objects.get(kind="transfer.redirected")
    assert (owed.owner_id, owed.due_at) == (EAST, door + timedelta(minutes=23))
    free = Room.objects.filter(taken=0).first()
    transfer.redirect(code=asked[0].pk, room_id=free.pk, by=desk.lead, at=door + timedelta(minutes=8))
    assert Room.objects.get(pk=free.pk).taken == 1
    assert Stay.objects.get(person_id=asked[0].person_id, state="reserved").room_id == free.pk

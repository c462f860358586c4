"""G3: a pick-up point's slot is over-booked: refused, next slot offered; people come without a slot all the same.

The crowd reaches its owner and is dispersed; where nobody is on duty, the superior's. Mirror: people come in their slots.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel.errors import CapacityFull
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.supplies import actions as supplies
from bulou.supplies.models import Booking, Crowd, Slot
from bulou.units.models import Holding
from tests import pantry
from tests.city import CITY, COMMUNITY_A, EAST, STREET_1, at

pytestmark = pytest.mark.django_db
FIVE = at(9)  # 17:00 in the city: vegetables have come


def after(minutes):
    return FIVE + timedelta(minutes=minutes)


@pytest.fixture
def evening(city):
    """One point where twenty may stand, with two slots; the first is full."""
    pantry.point(city, crowd=20)
    supplies.plan_slots(
        code="PT1", on=at().date(), opens="17:00", closes="18:00", minutes=30, by=city.actor(COMMUNITY_A), at=at(4)
    )
    for number in range(20):
        _book(city, _slots()[0], f"H{number:03}")
    return city


def _slots():
    return list(Slot.objects.order_by("starts_at"))


def _book(city, slot, home):
    return supplies.book_slot(slot=slot.pk, household_id=home, by=city.actor(COMMUNITY_A), at=at(5))


def _told():
    found = Notice.objects.filter(duty__kind="supplies.crowd_dispersed", state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - FIVE) / timedelta(minutes=1)) for one in found]


def test_the_over_booked_slot_is_refused_and_the_crowd_that_comes_all_the_same_reaches_its_owner(evening):
    first, second = _slots()
    with pytest.raises(CapacityFull, match="full at 09-20 17:00") as refused:
        _book(evening, first, "H020")
    assert second.pk in refused.value.remedy
    assert "17:30" in refused.value.remedy
    assert Booking.objects.count() == 20, "nothing of the refused one stays"
    _book(evening, second, "H020")
    # Eighty come without a slot. Anybody on duty may say so; here the street's officer passes by.
    crowd = supplies.report_crowd(point="PT1", people=80, by=evening.actor(STREET_1), at=FIVE)
    owed = Duty.objects.get(kind="supplies.crowd_dispersed")
    assert (owed.owner_id, owed.due_at, owed.state) == (COMMUNITY_A, after(20), "open")
    for minute in (0, 10, 20, 30):
        sweep(at=after(minute))
    assert _told() == [(COMMUNITY_A, 0), (STREET_1, 10), (EAST, 20), (CITY, 30)]
    supplies.disperse_crowd(
        code=crowd.pk, people_after=12, evidence="照片 17:34,改为送货到户", by=evening.actor(STREET_1), at=after(34)
    )
    assert not Duty.objects.filter(state="open").exists()
    # What remains: both head counts, who told, who dispersed, in the sealed record.
    crowd.refresh_from_db()
    assert (crowd.people, crowd.people_after, crowd.dispersed_at) == (80, 12, after(34))
    found = Entry.objects.filter(subject=f"crowd:{crowd.pk}").order_by("id")
    assert [(one.tag, json.loads(one.data)["people"]) for one in found] == [
        ("supplies:crowd:reported", 80), ("supplies:crowd:dispersed", 12),
    ]  # fmt: skip
    seal(at=after(60))
    assert verify(at=after(60)).broken is None


def test_where_nobody_of_the_points_unit_is_on_duty_the_superior_owns_the_crowd_from_its_first_minute(evening):
    Holding.objects.filter(post__unit=COMMUNITY_A).update(ends_at=at(8))
    crowd = supplies.report_crowd(point="PT1", people=80, by=evening.actor(EAST), at=FIVE)
    for minute in (0, 10, 20):
        sweep(at=after(minute))
    assert _told() == [(STREET_1, 0), (EAST, 10), (EAST, 20)]
    supplies.disperse_crowd(code=crowd.pk, people_after=0, evidence="照片", by=evening.actor(STREET_1), at=after(22))
    assert Crowd.objects.get().owner_id == STREET_1
    assert not Duty.objects.filter(state="open").exists()


def test_mirror_people_come_in_their_slots_and_nobody_is_bothered(evening):
    for row in Booking.objects.order_by("code"):
        supplies.collect_booking(code=row.pk, proof="签收", by=evening.actor(COMMUNITY_A), at=after(10))
    for minute in (0, 30, 60, 600):
        sweep(at=after(minute))
    assert not Notice.objects.filter(state="sent").exists()
    assert not Duty.objects.filter(state="open").exists()
    assert {one.state for one in Booking.objects.all()} == {"collected"}

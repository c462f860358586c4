"""G3: a pick-up point's slot is over-booked: refused, next slot offered; people come without a slot all the same.

The crowd reaches its owner and is dispersed; where nobody is on duty, the superior's. Mirror: people come in their slots.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.hazards import actions as hazards
from bulou.hazards.choices import Cause, HazardKind, How
from bulou.kernel.errors import CapacityFull
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.supplies import actions as supplies
from bulou.supplies.models import Booking, Slot
from bulou.units.models import Holding
from tests import pantry
from tests.city import COMMUNITY_A, EAST, STREET_1, SYSTEM, at

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


def _crowd(city, unit):
    return hazards.report_hazard(
        kind=HazardKind.CROWD, unit=COMMUNITY_A, place_code=COMMUNITY_A, place="自提点", what="未预约人员聚集", how=How.SEEN, people=80,
        by=city.actor(unit), at=FIVE,
    )  # fmt: skip


def _watch(*minutes):
    for minute in minutes:
        hazards.watch_crowds(by=SYSTEM, at=after(minute))
        sweep(at=after(minute))


def _told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "id")
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
    crowd = _crowd(evening, STREET_1)
    owed = Duty.objects.get(kind="hazard.crowd_dispersed")
    assert (owed.owner_id, owed.due_at, owed.state) == (COMMUNITY_A, after(30), "open")
    hazards.go(code=crowd.pk, by=evening.actor(COMMUNITY_A), at=after(4))
    _watch(0, 10, 20, 30)
    assert _told("hazard.crowd_dispersed") == [(COMMUNITY_A, 20), (STREET_1, 30)]
    hazards.disperse_crowd(
        code=crowd.pk, people_left=12, cause=Cause.SUPPLY, because="supply:PT1", photo="0" * 64, witness="改为送货到户",
        by=evening.actor(STREET_1), at=after(34),
    )  # fmt: skip
    assert not Duty.objects.filter(state="open").exists()
    # What remains: both head counts, who told, who dispersed, in the sealed record.
    crowd.refresh_from_db()
    assert (crowd.people, crowd.people_left, crowd.closed_at, crowd.because) == (80, 12, after(34), "supply:PT1")
    found = Entry.objects.filter(subject=f"hazard:{crowd.pk}").order_by("id").values_list("tag", flat=True)
    assert list(found) == ["hazard:hazard:reported", "hazard:hazard:going", "hazard:hazard:over"]
    seal(at=after(60))
    assert verify(at=after(60)).broken is None


def test_where_nobody_of_the_points_unit_is_on_duty_the_superior_owes_it_after_five_minutes(evening):
    Holding.objects.filter(post__unit=COMMUNITY_A).update(ends_at=at(8))
    crowd = _crowd(evening, EAST)
    _watch(0, 5, 6)
    assert _told("hazard.crowd_taken_up") == [(STREET_1, 5)]
    hazards.go(code=crowd.pk, by=evening.actor(STREET_1), at=after(8))
    hazards.disperse_crowd(
        code=crowd.pk, people_left=0, cause=Cause.SUPPLY, because="supply:PT1", witness="街道值班员", by=evening.actor(STREET_1),
        at=after(22),
    )  # fmt: skip
    assert not Duty.objects.filter(state="open").exists()


def test_mirror_people_come_in_their_slots_and_nobody_is_bothered(evening):
    for row in Booking.objects.order_by("code"):
        supplies.collect_booking(code=row.pk, proof="签收", by=evening.actor(COMMUNITY_A), at=after(10))
    for minute in (0, 30, 60, 600):
        sweep(at=after(minute))
    assert not Notice.objects.filter(state="sent").exists()
    assert not Duty.objects.filter(state="open").exists()
    assert {one.state for one in Booking.objects.all()} == {"collected"}

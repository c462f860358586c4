"""Slots, bookings and provisions: what is refused, what is offered, who owns it, what counts as reached."""

from __future__ import annotations

import csv

import pytest
from django.db import IntegrityError, transaction

from bulou.duties.models import Duty
from bulou.duties.sweep import sweep
from bulou.exchange.exporting import export_file
from bulou.kernel import clock
from bulou.kernel.actor import Role
from bulou.kernel.errors import CapacityFull, InputFault, NotFound, Refused
from bulou.people.models import Resident
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind
from bulou.supplies import actions as supplies
from bulou.supplies import provisions
from bulou.supplies.choices import Proof, ProvisionState
from bulou.supplies.models import Booking, Need, Point, Provision, Slot
from tests import pantry
from tests.callers import callers
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, EAST, STREET_1, SYSTEM, at
from tests.restrictions.facts import positive

pytestmark = pytest.mark.django_db
ON = at().date()


@pytest.fixture
def day(city):
    """A point with three slots for two households each, from 10:00 on."""
    pantry.households(6)
    pantry.point(city)
    supplies.plan_slots(code="PT1", on=ON, opens="10:00", closes="11:30", minutes=30, by=city.actor(COMMUNITY_A), at=at())
    return city


def slots():
    return list(Slot.objects.order_by("starts_at"))


def book(city, slot, home, when=0):
    return supplies.book_slot(slot=slot.pk, household_id=home, by=city.actor(COMMUNITY_A), at=at(when))


def test_a_full_slot_names_the_next_one_at_the_point_then_one_elsewhere(day):
    first, second, third = slots()
    book(day, first, "H001")
    book(day, first, "H002")
    with pytest.raises(CapacityFull, match=r"full at 09-20 10:00") as found:
        book(day, first, "H003")
    assert second.pk in found.value.remedy
    for home, slot in (("H003", second), ("H004", second), ("H005", third), ("H006", third)):
        book(day, slot, home)
    pantry.point(day, code="PT2")
    supplies.plan_slots(code="PT2", on=ON, opens="12:00", closes="12:30", minutes=30, by=day.actor(COMMUNITY_A), at=at())
    with pytest.raises(CapacityFull) as found:
        book(day, third, "H007")
    assert Slot.objects.get(point="PT2").pk in found.value.remedy
    supplies.close_point(code="PT2", reason="雨", by=day.actor(COMMUNITY_A), at=at())
    with pytest.raises(CapacityFull, match="No later slot") as found:
        book(day, third, "H007")
    assert [one.taken for one in slots() if one.point_id == "PT1"] == [2, 2, 2]


def test_a_household_has_one_live_booking_a_day_and_a_cancelled_one_frees_its_place(day):
    first, second, _ = slots()
    row = book(day, first, "H001")
    with pytest.raises(Refused, match="already"):
        book(day, second, "H001")
    assert [one.taken for one in slots()] == [1, 0, 0], "the refused one holds no place"
    supplies.cancel_booking(code=row.pk, by=day.actor(COMMUNITY_A), at=at())
    book(day, second, "H001")
    assert [one.taken for one in slots()] == [0, 1, 0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.filter(pk=row.pk).update(state="booked")
    for taken in (3, -1):
        with pytest.raises(IntegrityError), transaction.atomic():
            Slot.objects.filter(pk=first.pk).update(taken=taken)


def test_slots_never_overlap_nor_take_more_than_may_stand_there(day):
    by = day.actor(COMMUNITY_A)
    with pytest.raises(Refused, match="already"):
        supplies.open_slot(point="PT1", starts_at=at(3.25), ends_at=at(4), places=1, by=by, at=at())
    with pytest.raises(InputFault, match="2 may stand"):
        supplies.open_slot(point="PT1", starts_at=at(9), ends_at=at(10), places=3, by=by, at=at())
    with pytest.raises(InputFault, match="time of day"):
        supplies.plan_slots(code="PT1", on=ON, opens="ten", closes="12:00", minutes=30, by=by, at=at())
    with pytest.raises(NotFound):
        supplies.open_slot(point="PT1", starts_at=at(9), ends_at=at(10), places=1, by=day.actor(COMMUNITY_C), at=at())
    with pytest.raises(Refused, match="over"):
        book(day, slots()[0], "H001", when=4)


def test_what_was_picked_for_a_household_is_delivered_when_it_fetches_it(day):
    pantry.rice(day)
    pantry.stock(day, 20_000)
    row, other = pantry.need(day, "H001"), pantry.need(day, "H002")
    supplies.pick_need(code=row.pk, by=day.actor(STREET_1), at=at(1))
    booked = book(day, slots()[0], "H001")
    supplies.collect_booking(code=booked.pk, proof="张", by=day.actor(COMMUNITY_A), at=at(2))
    row.refresh_from_db()
    assert (row.state, row.delivery.ahead) == ("delivered", "fetched at the point")
    assert set(Duty.objects.filter(state="open").values_list("about", flat=True)) == {f"supply:{other.pk}"}


# Places kept indoors.


def kept(city, place=COMMUNITY_A):
    return supplies.open_provision(place_code=place, because="order:7", by=city.actor(EAST), at=at())


def bring(city, *homes, when):
    rows = []
    for home in homes:
        row = pantry.need(city, home, when=at(when))
        rows.append({"need": row.pk, "proof_kind": Proof.SIGNATURE, "proof": "x", "ahead": "测试"})
    Need.objects.filter(pk__in=[one["need"] for one in rows]).update(state="picked")
    supplies.deliver_needs(rows=rows, by=city.actor(COMMUNITY_A), at=at(when))


def counted(row):
    row.refresh_from_db()
    return row.households, row.reached, row.vulnerable, row.vulnerable_reached


def owes(row):
    return sorted(Duty.objects.filter(about=f"provision:{row.pk}", state="open").values_list("kind", flat=True))


def test_coverage_is_counted_by_household_over_the_register_and_closes_its_duties(day):
    pantry.rice(day)
    Resident.objects.create(person_id="P-gone", identity_kind="none", place_code=COMMUNITY_A, household_id="GONE", left_on=ON)
    Resident.objects.create(person_id="P-alone", identity_kind="none", place_code=f"{COMMUNITY_A}-0001-009")
    Resident.objects.create(person_id="P-001b", identity_kind="none", place_code=pantry.DOOR.format(1), household_id="H001")
    pantry.households(2, community=COMMUNITY_B, prefix="B", first=())
    bring(day, "H001", when=-1)  # before the place was closed
    row = kept(day)
    assert counted(row) == (7, 0, 1, 0), "two people of one household count once, somebody without one as one"
    assert owes(row) == ["supplies.confirmed", "supplies.households_reached", "supplies.vulnerable_reached"]
    supplies.confirm_provision(code=row.pk, source="粮油公司", evidence="PU1", by=day.actor(COMMUNITY_A), at=at(1))
    bring(day, "H001", "H002", when=2)
    supplies.tend_provisions(by=SYSTEM, at=at(3))
    assert counted(row) == (7, 2, 1, 1)
    assert owes(row) == ["supplies.households_reached"]
    assert [one.household_id for one in provisions.not_reached(day.actor(STREET_1), row.pk)] == ["H003", "H004", "H005", "H006", "P-alone"]  # fmt: skip
    supplies.collect_booking(code=book(day, slots()[2], "H003").pk, proof="张", by=day.actor(COMMUNITY_A), at=at(4))
    bring(day, "H004", "H005", "H006", when=4)
    supplies.tend_provisions(by=SYSTEM, at=at(4))
    assert counted(row) == (7, 6, 1, 1)
    need = pantry.need(day, "P-alone", place_code=f"{COMMUNITY_A}-0001-009", when=at(5))
    Need.objects.filter(pk=need.pk).update(state="picked")
    supplies.deliver_need(need=need.pk, proof_kind=Proof.SIGNATURE, proof="x", by=day.actor(COMMUNITY_A), at=at(5))
    supplies.tend_provisions(by=SYSTEM, at=at(5))
    assert counted(row) == (7, 7, 1, 1)
    assert owes(row) == []


def test_who_got_nothing_yet_is_a_file_place_by_place_the_vulnerable_first(day, tmp_path):
    pantry.households(2, community=COMMUNITY_C, prefix="C", first=())
    row = kept(day)
    kept(day, COMMUNITY_C)
    export_file(kind="unreached", target=tmp_path / "u.csv", by=day.actor(STREET_1), at=at(1))
    with (tmp_path / "u.csv").open(encoding="utf-8-sig") as text:
        found = [tuple(one) for one in csv.reader(text)]
    assert found[1] == (row.pk, COMMUNITY_A, "H002", pantry.DOOR.format(2), "yes")
    assert [one[2] for one in found[2:]] == ["H001", "H003", "H004", "H005", "H006"], "the street does not see community C"
    assert len(list(provisions.not_reached(day.actor(CITY)))) == 8
    assert list(provisions.not_reached(day.actor(STREET_1), "nobody's")) == []


def test_a_page_names_the_building_and_who_was_told(day):
    row = kept(day, f"{COMMUNITY_A}-0001")
    for hour in (1.5, 2):
        sweep(at=at(hour))
    browser, _ = callers(Role.DUTY_LEADER, EAST)
    with clock.frozen(at(3)):
        text = browser.get(f"/provisions/{row.pk}/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
        gaps = browser.get("/provisions/?state=unconfirmed", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert "甲社区, building 1" in gaps
    assert "09-20 09:30 甲社区; 09-20 10:00 东一街道" in text


def test_after_the_cycles_days_every_household_is_owed_anew(day):
    pantry.rice(day)
    row = kept(day)
    bring(day, *(f"H00{number}" for number in range(1, 7)), when=1)
    supplies.tend_provisions(by=SYSTEM, at=at(2))
    assert owes(row) == ["supplies.confirmed"]
    supplies.tend_provisions(by=SYSTEM, at=at(71))
    assert owes(row) == ["supplies.confirmed"]
    supplies.tend_provisions(by=SYSTEM, at=at(73))
    assert counted(row) == (6, 0, 1, 0)
    assert owes(row) == ["supplies.confirmed", "supplies.households_reached", "supplies.vulnerable_reached"]
    assert Duty.objects.get(kind="supplies.households_reached", state="open").due_at == at(84)


def test_a_place_nobody_is_registered_in_is_never_all_reached(day):
    row = kept(day, COMMUNITY_B)
    supplies.tend_provisions(by=SYSTEM, at=at(1))
    assert counted(row) == (0, 0, 0, 0)
    assert len(owes(row)) == 3


def test_a_place_has_one_open_record_and_an_approved_measure_opens_and_ends_it(day):
    row = kept(day)
    with pytest.raises(Refused, match="already"):
        kept(day)
    with pytest.raises(InputFault):
        supplies.confirm_provision(code=row.pk, source="粮油公司", evidence=" ", by=day.actor(COMMUNITY_A), at=at(1))
    entry = positive(day, "P9", place=f"{COMMUNITY_B}-0001")
    measure = restrictions.propose(
        kind=Kind.ZONE_MEASURE, person_id="", place_code=f"{COMMUNITY_B}-0001", evidence_id=entry.pk, reason="positive, rule N9",
        legal_basis="infectious-diseases-law-41", starts_at=at(), ends_at=at(48), by=day.actor(STREET_1), at=at(),
    )  # fmt: skip
    owners = {f"counter.{what}": COMMUNITY_B for what in ("testing", "food", "medicine", "waste", "emergency", "frail")}
    restrictions.approve(code=measure.pk, owners=owners, by=day.actor(EAST), at=at(1))
    zone = Provision.objects.get(place_code=f"{COMMUNITY_B}-0001")
    assert (zone.unit_id, zone.because, len(owes(zone))) == (COMMUNITY_B, f"restriction:{measure.pk}", 3)
    pantry.households(1, community=COMMUNITY_B, prefix="B", first=())
    pantry.rice(day)
    need = pantry.need(day, "B001", unit=COMMUNITY_B, place_code=f"{COMMUNITY_B}-0001-001")
    Need.objects.filter(pk=need.pk).update(state="picked")
    supplies.deliver_need(need=need.pk, proof_kind=Proof.SIGNATURE, proof="x", by=day.actor(COMMUNITY_B), at=at(3))
    supplies.tend_provisions(by=SYSTEM, at=at(7))
    assert Duty.objects.get(kind="counter.food").state == "fulfilled", "every door was reached: that is what it asked for"
    assert Duty.objects.get(kind="counter.waste").state == "open"
    restrictions.lift(code=measure.pk, reason="复核阴性", by=day.actor(EAST), at=at(8))
    zone.refresh_from_db()
    assert (zone.state, owes(zone)) == (ProvisionState.CLOSED, [])
    assert Provision.objects.get(pk=row.pk).state == ProvisionState.UNCONFIRMED


def test_a_measure_over_a_street_opens_a_record_for_each_of_its_communities(day):
    kept(day)
    made = supplies.open_by_fact(place_code=STREET_1, because="restriction:R9", by=SYSTEM, at=at(1))
    assert [one.place_code for one in made] == [COMMUNITY_B], "community A stands open already"


def test_a_closed_point_takes_no_bookings_and_ends_those_for_later(day):
    row = book(day, slots()[0], "H001")
    supplies.close_point(code="PT1", reason="阳性", by=day.actor(COMMUNITY_A), at=at(1))
    row.refresh_from_db()
    assert (row.state, [one.taken for one in slots()], Point.objects.get().ended) == ("cancelled", [0, 0, 0], "阳性")
    with pytest.raises(Refused):
        book(day, slots()[0], "H001")


def test_a_leader_is_named_for_the_point(day):
    supplies.name_leader(code="PT1", leader="李团长", leader_phone="199", by=day.actor(CITY), at=at())
    assert Point.objects.get().leader == "李团长"

"""Beds are claimed once: never over, never two classes in a room, never two beds for one person; the database agrees."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from bulou.isolation import actions as isolation
from bulou.isolation import queries
from bulou.isolation.choices import RiskClass
from bulou.isolation.models import Room, Stay
from bulou.kernel.errors import BulouError, CapacityFull, NotFound, NotPermitted, Refused
from tests.city import COMMUNITY_A, EAST, WEST, at
from tests.lodging import SITE, people

pytestmark = pytest.mark.django_db
R1, R2, R3, R4 = (f"iso001-{number}" for number in (101, 102, 103, 104))


def _free(lodging, **more):
    return {room.room_id: room.free for room in queries.free_rooms(lodging.leader(), at=at(0), **more)}


def test_a_bed_is_reserved_and_no_longer_free(lodging):
    who = people(2)
    stay = lodging.reserve(who[0], R1)
    assert (stay.state, stay.site_code, stay.risk_class) == ("reserved", SITE, "contact")
    room = Room.objects.get(pk=R1)
    assert (room.taken, room.class_now, room.group_now) == (1, "contact", who[0])
    assert R1 not in _free(lodging)
    with pytest.raises(CapacityFull, match="0 of 1 beds are free"):
        lodging.reserve(who[1], R1)


def test_the_same_reservation_again_is_the_same_stay_and_another_room_is_refused(lodging):
    (who,) = people(1)
    first = lodging.reserve(who, R1)
    assert lodging.reserve(who, R1).pk == first.pk
    with pytest.raises(Refused, match="another room"):
        lodging.reserve(who, R2)
    assert Room.objects.get(pk=R2).taken == 0


def test_a_household_shares_a_room_and_strangers_never_do(lodging):
    mother, child, stranger = people(3)
    lodging.room("FAMILY", beds=3)
    lodging.reserve(mother, "FAMILY", group="H1")
    lodging.reserve(child, "FAMILY", group="H1")
    with pytest.raises(CapacityFull, match="do not belong together"):
        lodging.reserve(stranger, "FAMILY", group="H2")
    assert _free(lodging)["FAMILY"] == 1, "a bed is left, for who belongs to them"


def test_classes_never_mix_also_not_in_a_hall(lodging):
    ill, near = people(2)
    lodging.room("HALL", beds=50, shared=True)
    lodging.reserve(ill, "HALL", risk_class=RiskClass.CASE)
    with pytest.raises(CapacityFull, match="people of case stay there"):
        lodging.reserve(near, "HALL")
    isolation.cancel_reservation(stay=Stay.objects.get(person_id=ill).pk, reason="hospital", by=lodging.leader(), at=at(1))
    assert lodging.reserve(near, "HALL", when=at(1)).risk_class == "contact", "empty, it takes either"


def test_the_database_refuses_what_no_action_writes(lodging):
    first, second, third = people(3)
    made = lodging.reserve(first, R1)
    lodging.room("HALL", beds=2, shared=True)
    lodging.reserve(second, "HALL")

    def raw(person, room, risk_class):
        Stay.objects.create(
            code=f"RAW-{room}", person_id=person, group_id=first, room_id=room, site_code=SITE, basis="x", clock_from=at(),
            home_code=COMMUNITY_A, reserved_at=at(), expected_at=at(), risk_class=risk_class,
        )  # fmt: skip

    with pytest.raises(IntegrityError, match=r"classes_never_mix|another class"), transaction.atomic():
        raw(third, "HALL", "case")
    with pytest.raises(IntegrityError, match=r"beds_never_over|no bed left"), transaction.atomic():
        raw(third, R1, "contact")
    with pytest.raises(IntegrityError, match=r"stay_one_live|UNIQUE"), transaction.atomic():
        raw(first, "HALL", "contact")
    with pytest.raises(IntegrityError, match=r"room_not_over|room_class_now|CHECK"), transaction.atomic():
        Room.objects.filter(pk=R1).update(taken=2)
    isolation.cancel_reservation(stay=made.pk, reason="not needed", by=lodging.leader(), at=at(1))
    lodging.reserve(third, R1, when=at(1))
    with pytest.raises(IntegrityError, match=r"beds_never_over|no bed left"), transaction.atomic():
        Stay.objects.filter(pk=made.pk).update(state="reserved", ended_at=None)


def test_a_plan_is_answered_person_by_person_and_one_group_never_undoes_another(lodging):
    who = people(6)
    lodging.room("TWO", beds=2)

    def wish(person, room, group=""):
        return isolation.Reservation(
            person_id=person, room_id=room, risk_class=RiskClass.CONTACT, basis="x", home_code=COMMUNITY_A, clock_from=at(),
            expected_at=at(2), group_id=group,
        )  # fmt: skip

    answers = isolation.reserve_rooms(
        reservations=[
            wish(who[0], R1), wish(who[1], R1), wish(who[2], "TWO", "H"), wish(who[3], "TWO", "H"), wish(who[4], "TWO", "I"),
            wish(who[5], "NOWHERE"),
        ],
        by=lodging.leader(), at=at(0),
    )  # fmt: skip
    granted = [not isinstance(one, BulouError) for one in answers]
    assert granted == [True, False, True, True, False, False]
    assert isinstance(answers[5], NotFound)
    assert Room.objects.get(pk="TWO").taken == 2


def test_a_room_of_another_jurisdiction_answers_like_none(lodging):
    (who,) = people(1)
    wish = isolation.Reservation(
        person_id=who,
        room_id=R1,
        risk_class=RiskClass.CONTACT,
        basis="x",
        home_code=COMMUNITY_A,
        clock_from=at(),
        expected_at=at(),
    )
    with pytest.raises(NotFound):
        isolation.reserve_room(reservation=wish, by=lodging.leader(WEST), at=at(0))
    with pytest.raises(NotPermitted):
        isolation.reserve_room(reservation=wish, by=lodging.leader(COMMUNITY_A), at=at(0))
    assert isolation.reserve_room(reservation=wish, by=lodging.leader(EAST), at=at(0)).room_id == R1


def test_free_rooms_are_one_statement_and_know_class_window_and_site(lodging, django_assert_num_queries):
    lodging.room("WARD", risk_class=RiskClass.CASE, features="wheelchair;dialysis", beds=2, shared=True)
    lodging.room("LATER", opens_at=at(6), closes_at=at(20))
    with django_assert_num_queries(1):
        found = queries.free_rooms(lodging.leader(), at=at(0))
    assert [room.room_id for room in found] == ["WARD", R1, R2, R3, R4]
    ward = found[0]
    assert (ward.beds, ward.free, ward.risk_class, ward.features) == (2, 2, "case", {"wheelchair", "dialysis"})
    later = {room.room_id: room for room in queries.free_rooms(lodging.leader(), at=at(0), until=at(8))}["LATER"]
    assert (later.from_at, later.until_at) == (at(6), at(20))
    assert set(_free(lodging, risk_class=RiskClass.CONTACT)) == {R1, R2, R3, R4}
    isolation.pause_site(unit=SITE, reason="lift broken", by=lodging.leader(), at=at(0))
    assert _free(lodging) == {}


def test_a_paused_or_closed_site_gives_no_bed_and_closing_waits_for_the_last_guest(lodging):
    first, second = people(2)
    stay = lodging.reserve(first, R1)
    with pytest.raises(Refused, match="1 people hold beds"):
        isolation.close_isolation_site(unit=SITE, reason="given back", by=lodging.leader(), at=at(1))
    isolation.pause_site(unit=SITE, reason="lift broken", by=lodging.leader(), at=at(1))
    with pytest.raises(CapacityFull, match="takes nobody in"):
        lodging.reserve(second, R2, when=at(1))
    isolation.admit_guest(stay=stay.pk, by=lodging.manager, at=at(2))
    assert Stay.objects.get(pk=stay.pk).state == "admitted", "who holds a reservation may still come"

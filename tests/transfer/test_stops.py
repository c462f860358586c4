"""A stop for safety wins until a unit above answers, and no clock runs against whoever stopped."""

from __future__ import annotations

import pytest

from bulou.duties import sweep
from bulou.duties.models import Duty, Notice
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.transfer import actions as transfer
from bulou.transfer.models import OutsideRoom, SafetyStop, TransferRequest, Trip
from tests.city import CITY, COMMUNITY_A, COMMUNITY_D, COURIER, EAST, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(desk):
    """A trip that wants to leave."""
    asked = desk.ask(desk.people(2, household="H1"), when=at(0))
    desk.planned(when=at(0.5))
    desk.agree(when=at(0.5))
    trip = Trip.objects.get()
    desk.all_board(trip, when=at(1))
    return desk, trip, asked


def _stop(desk, trip, *, when, by=None):
    return transfer.stop_for_safety(
        trip_code=trip.pk, reason="司机已连续工作 12 小时", said_by="司机本人", by=by or desk.driver, at=when
    )


def test_a_driver_stops_the_trip_and_only_a_unit_above_lets_it_go_on(ready):
    desk, trip, asked = ready
    stop = _stop(desk, trip, when=at(1.1))
    with pytest.raises(Refused, match="stopped for safety"):
        transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(1.2))
    with pytest.raises(Refused, match="stopped for safety"):
        transfer.depart(trip_code=trip.pk, by=desk.lead, at=at(1.2))
    owed = Duty.objects.get(kind="transfer.stop_answered")
    assert (owed.owner_id, owed.due_at) == (CITY, at(1.1, minutes=15))
    assert "司机本人" in owed.why
    with pytest.raises(Refused, match="a unit above"):
        transfer.answer_stop(stop_id=stop.pk, resume=True, answer="继续", by=desk.city.actor(COURIER, role=Role.DUTY_LEADER), at=at(1.2))  # fmt: skip
    transfer.answer_stop(stop_id=stop.pk, resume=True, answer="已换司机", by=desk.lead, at=at(1.5))
    assert Duty.objects.get(pk=owed.pk).state == "fulfilled"
    assert transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(1.6)).state == "under_way"
    del asked


def test_a_stop_is_never_a_missed_duty(ready):
    desk, trip, asked = ready
    stop = _stop(desk, trip, when=at(1))
    moved = Duty.objects.get(kind="transfer.contact_moved", about=f"transfer:{asked[0].pk}")
    assert moved.due_at == at(9)  # the whole time from the stop on, while it stands
    sweep.sweep(at=at(8))
    assert not Notice.objects.filter(duty=moved, unit=CITY).exists()
    transfer.answer_stop(stop_id=stop.pk, resume=True, answer="已检修", by=desk.lead, at=at(3))
    moved.refresh_from_db()
    assert moved.due_at == at(10)  # eight hours, and the two of the stop
    assert TransferRequest.objects.get(pk=asked[0].pk).due_at == at(10)


def test_a_carer_without_an_account_is_heard_through_whoever_stands_there(ready):
    desk, trip, _ = ready
    made = transfer.stop_for_safety(
        trip_code=trip.pk, reason="父亲呼吸困难", said_by="家属", by=desk.city.actor(COMMUNITY_A), at=at(1.1)
    )
    assert made.said_by == "家属"
    again = _stop(desk, trip, when=at(1.2))
    assert again.pk == made.pk
    assert "父亲呼吸困难" in again.reason
    assert "12 小时" in again.reason
    assert SafetyStop.objects.count() == 1


def test_a_stop_that_is_upheld_leaves_the_people_with_a_reason_and_frees_rooms(ready):
    desk, trip, asked = ready
    stop = _stop(desk, trip, when=at(1.1))
    transfer.answer_stop(stop_id=stop.pk, resume=False, answer="今晚不再发车", by=desk.lead, at=at(1.3))
    trip.refresh_from_db()
    assert (trip.state, trip.taken) == ("cancelled", 0)
    for row in TransferRequest.objects.all():
        assert (row.state, row.reason) == ("left_in_place", "stopped for safety: 今晚不再发车")
        assert Duty.objects.get(kind="transfer.morning", about=f"transfer:{row.pk}").owner_id == EAST
    assert sum(OutsideRoom.objects.values_list("taken", flat=True)) == 0
    del asked


def test_under_way_a_stop_is_answered_by_other_rooms_not_by_an_end(ready):
    desk, trip, _ = ready
    transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(1.2))
    stop = _stop(desk, trip, when=at(1.3))
    with pytest.raises(Refused, match="redirected"):
        transfer.answer_stop(stop_id=stop.pk, resume=False, answer="x", by=desk.lead, at=at(1.4))
    assert SafetyStop.objects.get().state == "standing"
    transfer.answer_stop(stop_id=stop.pk, resume=True, answer="就近停靠后继续", by=desk.lead, at=at(1.5))


def test_a_stop_says_why_and_comes_from_somebody_concerned(ready):
    desk, trip, _ = ready
    with pytest.raises(InputFault):
        transfer.stop_for_safety(trip_code=trip.pk, reason=" ", said_by="x", by=desk.driver, at=at(1))
    with pytest.raises(NotFound):
        _stop(desk, trip, when=at(1), by=desk.city.actor(COMMUNITY_D))
    stop = _stop(desk, trip, when=at(1))
    with pytest.raises(InputFault):
        transfer.answer_stop(stop_id=stop.pk, resume=True, answer="", by=desk.lead, at=at(1))

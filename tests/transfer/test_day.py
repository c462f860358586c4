"""A transfer from the fact to the receiver's signature: who owes it when, and what stands in the way of a shortcut."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties import sweep
from bulou.duties.models import Duty, Notice, Tenure
from bulou.kernel.errors import CapacityFull, NotFound, NotPermitted, Refused
from bulou.transfer import actions as transfer
from bulou.transfer.choices import RiskClass
from bulou.transfer.models import LeftOut, Leg, OutsideRoom, Plan, TransferRequest, Trip, TripStop
from tests.city import COMMUNITY_A, COMMUNITY_C, EAST, WEST, at
from tests.transfer.desk import OUTSIDE, OUTSIDE_CASES

pytestmark = pytest.mark.django_db


def _duty(code: str, kind: str = "transfer.contact_moved") -> Duty:
    return Duty.objects.get(kind=kind, about=f"transfer:{code}")


def test_from_the_grading_to_the_signature_the_transfer_has_one_owner(desk):
    family = desk.people(3, household="H1")
    asked = desk.ask(family, when=at(0))
    assert [row.due_at for row in asked] == [at(8)] * 3
    assert {row.group_id for row in asked} == {"household:H1"}
    plan = desk.planned(when=at(0.5))
    assert (plan.placed, plan.people, plan.state) == (3, 3, "committed")
    trip = Trip.objects.get()
    assert set(Leg.objects.filter(trip=trip).values_list("room_id", flat=True)) == {f"{OUTSIDE}/00001"}  # one room for all
    assert OutsideRoom.objects.get(pk=f"{OUTSIDE}/00001").taken == 3
    assert _duty(asked[0].pk).owner_id == EAST
    desk.agree(when=at(0.6))
    desk.ride(trip)
    assert _duty(asked[0].pk).owner_id == EAST  # at the door the sender still owes it
    stop = TripStop.objects.get(trip=trip, receiver=OUTSIDE)
    transfer.sign_over(trip_code=trip.pk, codes=[row.pk for row in asked], by=desk.receiver(), at=stop.door_at + timedelta(minutes=5))  # fmt: skip
    duty = _duty(asked[0].pk)
    assert (duty.state, duty.owner_id) == ("fulfilled", OUTSIDE)
    assert list(Tenure.objects.filter(duty=duty).order_by("id").values_list("unit_id", flat=True)) == [EAST, OUTSIDE]
    trip.refresh_from_db()
    assert trip.state == "done"
    assert Duty.objects.get(kind="transfer.door_opened").state == "fulfilled"
    assert not Duty.objects.filter(kind="transfer.morning").exists()


def test_a_case_never_travels_with_contacts(desk):
    family = desk.people(2, household="H1")
    desk.ask(family[:1], when=at(0), risk=RiskClass.CASE)
    desk.ask(family[1:], when=at(0))
    desk.planned(when=at(0.5))
    assert {(one.risk_class, one.vehicle_id) for one in Trip.objects.all()} == {("case", "A0"), ("contact", "C0")}
    assert set(Leg.objects.values_list("receiver_id", flat=True)) == {OUTSIDE, OUTSIDE_CASES}


def test_a_contact_who_turns_out_to_be_a_case_loses_the_seat_among_contacts(desk):
    one = desk.people(1)
    first = desk.ask(one, when=at(0))[0]
    desk.planned(when=at(0.5))
    again = desk.ask(one, when=at(1), risk=RiskClass.CASE)[0]
    first.refresh_from_db()
    assert (first.state, again.risk_class, again.due_at) == ("cancelled", "case", at(3))
    assert _duty(first.pk).state == "superseded"
    assert Trip.objects.get().taken == 0
    assert desk.ask(one, when=at(1.1))[0].pk == again.pk  # the other way round nothing changes


def test_nobody_departs_to_another_city_before_all_three_are_agreed(desk):
    asked = desk.ask(desk.people(1), when=at(0))
    desk.planned(when=at(0.5))
    trip = Trip.objects.get()
    desk.all_board(trip, when=at(1))
    transfer.agree_receiver(unit=OUTSIDE, accepted_by="值班长", record=True, return_terms="", by=desk.lead, at=at(1))
    with pytest.raises(Refused, match="not agreed"):
        transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(1.1))
    assert Duty.objects.get(kind="transfer.receiver_agreed", about=f"receiver:{OUTSIDE}").state == "open"
    transfer.agree_receiver(unit=OUTSIDE, accepted_by="", record=False, return_terms="接收地送回", by=desk.lead, at=at(1.2))
    assert transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(1.2)).state == "under_way"
    del asked


def test_a_trip_that_would_run_into_the_night_stop_does_not_leave(city, monkeypatch):
    from bulou.transfer import planning
    from tests.transfer import by_first_come
    from tests.transfer.desk import open_desk

    monkeypatch.setattr(planning, "solve", by_first_come.solve)
    desk = open_desk(city, until=30)
    desk.ask(desk.people(1), when=at(16))
    desk.planned(when=at(16))  # midnight
    trip = Trip.objects.get()
    desk.agree(when=at(16))
    desk.all_board(trip, when=at(16.3))
    with pytest.raises(Refused, match="coach") as refused:
        transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(17.6))  # 01:36, an hour each way
    assert refused.value.code == "coach-stop"
    assert transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(16.35)).state == "under_way"


def test_everybody_is_on_board_or_left_with_a_reason_before_it_leaves(desk):
    people = desk.people(2, household="H1")
    asked = desk.ask(people, when=at(0))
    desk.planned(when=at(0.5))
    trip = Trip.objects.get()
    desk.agree(when=at(0.5))
    transfer.board(trip_code=trip.pk, code=asked[0].pk, by=desk.driver, at=at(1))
    with pytest.raises(Refused, match="1 of this trip have not boarded"):
        transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(1.1))
    transfer.leave_behind(trip_code=trip.pk, code=asked[1].pk, reason="发热,正在就医", by=desk.driver, at=at(1.1))
    left = TransferRequest.objects.get(pk=asked[1].pk)
    assert (left.state, left.reason) == ("left_in_place", "not at the pick-up point: 发热,正在就医")
    morning = _duty(left.pk, "transfer.morning")
    assert (morning.owner_id, morning.due_at, morning.why) == (EAST, at(24), left.reason)
    assert OutsideRoom.objects.get(pk=f"{OUTSIDE}/00001").taken == 1
    assert transfer.depart(trip_code=trip.pk, by=desk.driver, at=at(1.1)).state == "under_way"
    with pytest.raises(Refused):
        transfer.leave_behind(trip_code=trip.pk, code=asked[0].pk, reason="x", by=desk.driver, at=at(1.2))


def test_a_receiver_that_declines_leaves_the_transfer_with_the_sender(desk):
    asked = desk.ask(desk.people(1), when=at(0))[0]
    desk.planned(when=at(0.5))
    desk.agree(when=at(0.5))
    trip = desk.ride(Trip.objects.get())
    transfer.decline_person(trip_code=trip.pk, code=asked.pk, reason="房间尚未消毒", by=desk.receiver(), at=at(3))
    asked.refresh_from_db()
    assert asked.state == "boarded"
    duty = _duty(asked.pk)
    assert (duty.owner_id, duty.state, duty.refusals) == (EAST, "open", 1)
    owed = _duty(asked.pk, "transfer.redirected")
    assert (owed.owner_id, owed.due_at) == (EAST, at(3, minutes=20))
    transfer.redirect(code=asked.pk, room_id=f"{OUTSIDE}/00007", by=desk.lead, at=at(3.1))
    assert _duty(asked.pk, "transfer.redirected").state == "fulfilled"
    assert [OutsideRoom.objects.get(pk=f"{OUTSIDE}/0000{n}").taken for n in (1, 7)] == [0, 1]
    transfer.arrive_at_door(trip_code=trip.pk, receiver=OUTSIDE, by=desk.driver, at=at(3.2))
    transfer.sign_over(trip_code=trip.pk, codes=[asked.pk], by=desk.receiver(), at=at(3.3))
    trip.refresh_from_db()
    assert (_duty(asked.pk).state, trip.state) == ("fulfilled", "done")


def test_who_has_not_arrived_is_not_declined_at_a_door(desk):
    asked = desk.ask(desk.people(1), when=at(0))[0]
    desk.planned(when=at(0.5))
    with pytest.raises(Refused, match="does not stand at the door"):
        transfer.decline_person(trip_code=Trip.objects.get().pk, code=asked.pk, reason="满员", by=desk.receiver(), at=at(0.6))
    asked.refresh_from_db()
    assert asked.state == "planned"


def test_a_plan_is_refused_when_the_city_has_changed_since(desk):
    people = desk.people(2)
    asked = desk.ask(people[:1], when=at(0))
    plan = transfer.propose_plan(by=desk.lead, at=at(0.2))
    transfer.cancel_transfer(code=asked[0].pk, reason="排除", by=desk.lead, at=at(0.25))
    with pytest.raises(Refused, match="is in the plan and not among the people") as refused:
        transfer.commit_plan(code=plan.pk, by=desk.lead, at=at(0.3))
    assert refused.value.code == "plan-broken"
    plan.refresh_from_db()
    assert (plan.state, plan.violations[0]["code"]) == ("refused", "A1")
    assert not Trip.objects.exists()


def test_a_plan_that_is_committed_too_late_would_leave_in_the_past(desk):
    desk.ask(desk.people(1), when=at(0))
    plan = transfer.propose_plan(by=desk.lead, at=at(0.2))
    with pytest.raises(Refused, match="A14"):
        transfer.commit_plan(code=plan.pk, by=desk.lead, at=at(2))


def test_the_rooms_of_one_plan_are_not_another_s(desk):
    desk.ask(desk.people(1), when=at(0))
    plan = transfer.propose_plan(by=desk.lead, at=at(0.2))
    OutsideRoom.objects.filter(pk=plan.content["placed"][0][1]).update(taken=1)
    with pytest.raises((Refused, CapacityFull)):
        transfer.commit_plan(code=plan.pk, by=desk.lead, at=at(0.2))
    assert not Leg.objects.exists()


def test_a_plan_is_committed_once_and_by_somebody_who_may(desk, city):
    desk.ask(desk.people(1), when=at(0))
    plan = transfer.propose_plan(by=desk.lead, at=at(0.2))
    with pytest.raises(NotPermitted):
        transfer.commit_plan(code=plan.pk, by=desk.driver, at=at(0.2))
    with pytest.raises(NotFound):
        transfer.commit_plan(code=plan.pk, by=city.actor(WEST), at=at(0.2))
    first = transfer.commit_plan(code=plan.pk, by=desk.lead, at=at(0.2))
    assert transfer.commit_plan(code=plan.pk, by=desk.lead, at=at(0.3)).decided_at == first.decided_at
    assert Trip.objects.count() == 1


def test_planned_anew_who_is_on_board_stays_on_board(desk):
    asked = desk.ask(desk.people(2), when=at(0))
    first = desk.planned(when=at(0.2))
    trips = list(Trip.objects.order_by("leaves_at"))
    assert len(trips) == 2
    started = Leg.objects.get(trip=trips[0]).request_id
    transfer.board(trip_code=trips[0].pk, code=started, by=desk.driver, at=at(0.5))
    late = desk.ask(desk.people(1, place=COMMUNITY_C), when=at(0.5))
    again = transfer.replan(by=desk.lead, at=at(0.6))
    assert started not in again.content["requests"].values()
    transfer.commit_plan(code=again.pk, by=desk.lead, at=at(0.6))
    first.refresh_from_db()
    assert first.state == "superseded"
    assert {row.state for row in Trip.objects.filter(pk=trips[1].pk)} == {"cancelled"}
    assert Leg.objects.get(request=started, live=True).trip_id == trips[0].pk
    states = dict(TransferRequest.objects.values_list("code", "state"))
    assert states[started] == "boarded"
    assert states[late[0].pk] == "planned"
    assert sorted(states.values()) == ["boarded", "planned", "planned"]
    assert sum(OutsideRoom.objects.values_list("taken", flat=True)) == 3
    del asked


def test_who_has_no_pick_up_point_is_told_of(desk):
    from tests.city import COMMUNITY_D

    asked = desk.ask(desk.people(1, place=COMMUNITY_D), when=at(0))
    plan = desk.planned(when=at(0.2))
    left = LeftOut.objects.get(plan=plan)
    assert (left.request_id, left.code) == (asked[0].pk, "no_position")
    assert "990102001001" in left.reason
    assert _duty(asked[0].pk, "transfer.morning").owner_id == WEST


def test_a_late_transfer_tells_the_district_and_the_city(desk):
    asked = desk.ask(desk.people(1), when=at(0))[0]
    for hour in (6, 8):
        sweep.sweep(at=at(hour))
    told = list(Notice.objects.filter(duty=_duty(asked.pk)).order_by("id").values_list("unit_id", "told_at"))
    assert told == [(EAST, at(6)), ("9901", at(8))]


def test_the_day_s_list_is_closed_with_names_and_reasons(desk):
    asked = desk.ask(desk.people(3), when=at(0))
    transfer.leave_in_place(code=asked[0].pk, reason="血透后次日转运", by=desk.lead, at=at(10))
    closed = transfer.close_day(at=at(16, minutes=5))  # 00:05 in the city
    assert [(one.place_code, one.left, one.unexplained) for one in closed] == [(EAST, 1, 2)]
    owed = Duty.objects.filter(kind="transfer.line_explained")
    assert {duty.about for duty in owed} == {f"transfer:{row.pk}" for row in asked[1:]}
    assert {(duty.owner_id, duty.due_at) for duty in owed} == {(EAST, at(17))}
    assert transfer.close_day(at=at(16, minutes=6)) == []
    transfer.leave_in_place(code=asked[1].pk, reason="夜间不安排大巴", by=desk.lead, at=at(16.5))
    assert _duty(asked[1].pk, "transfer.line_explained").state == "fulfilled"


def test_no_line_is_open_at_the_day_s_end_when_all_are_moved(desk):
    asked = desk.ask(desk.people(1), when=at(0))
    desk.planned(when=at(0.2))
    desk.agree(when=at(0.2))
    trip = desk.ride(Trip.objects.get())
    transfer.sign_over(trip_code=trip.pk, codes=[asked[0].pk], by=desk.receiver(), at=at(3))
    closed = transfer.close_day(at=at(16, minutes=5))
    assert [(one.received, one.left, one.unexplained) for one in closed] == [(1, 0, 0)]
    assert not Duty.objects.filter(kind="transfer.line_explained").exists()
    assert Plan.objects.get().placed == 1
    assert COMMUNITY_A.startswith(EAST)

"""G16: the day's transfers cannot all be made safely: who is left stays where they are, with a reason, an owner, a morning.

Mirror: there are drivers and hours enough, everybody is moved and nobody owes a morning.
"""

from __future__ import annotations

import pytest

from bulou.duties import sweep
from bulou.duties.models import Duty, Notice
from bulou.routing.allocation.checker import check
from bulou.transfer import actions as transfer
from bulou.transfer import planning
from bulou.transfer.models import LeftOut, Leg, Plan, TransferRequest, Trip
from bulou.transfer.proposal import from_json
from bulou.transfer.reading import read_city
from tests.city import COMMUNITY_A, COMMUNITY_C, EAST, at
from tests.transfer import by_first_come
from tests.transfer.desk import open_desk

pytestmark = pytest.mark.django_db
EVENING = 15  # 23:00 in the city


@pytest.fixture
def evening(city, monkeypatch):
    """One coach and two drivers until the morning; late in the evening twelve households are found."""
    monkeypatch.setattr(planning, "solve", by_first_come.solve)
    desk = open_desk(city, until=30)
    asked = []
    for number in range(12):
        place = COMMUNITY_A if number % 2 else COMMUNITY_C
        people = desk.people(2, place=place, household=f"H{number}", first=10 * number)
        asked += desk.ask(people, when=at(EVENING))
    return desk, asked


def test_the_plan_leaves_people_where_they_are_rather_than_drive_by_night(evening):
    desk, asked = evening
    plan = desk.planned(when=at(EVENING))
    left = {row.request_id: row for row in LeftOut.objects.filter(plan=plan)}
    assert 0 < len(left) < len(asked)
    assert plan.placed + len(left) == len(asked)
    # Not one coach is on the road between two and five, and nobody drives on after two hours of a night.
    city = read_city(desk.lead, at=at(EVENING, minutes=15), only=[row.pk for row in asked])
    proposed = from_json(plan.content)
    assert check(city.instance, city.limits, proposed, reasons=False) != []  # the rooms are taken by now, by this very plan
    for trip in Trip.objects.all():
        assert trip.ends_at <= at(18) or trip.leaves_at >= at(21)  # 02:00 and 05:00
    # Everybody who is left has words, a state that says so, an owner, and a duty for the morning.
    for code, row in left.items():
        assert row.reason
        request = TransferRequest.objects.get(pk=code)
        assert (request.state, request.reason_code, request.reason) == ("left_in_place", row.code, row.reason)
        morning = Duty.objects.get(kind="transfer.morning", about=f"transfer:{code}")
        assert (morning.owner_id, morning.due_at, morning.state, morning.why) == (EAST, at(24), "open", row.reason)
        assert Duty.objects.get(kind="transfer.contact_moved", about=f"transfer:{code}").state == "open"  # its clock runs on


def test_in_the_morning_they_come_first_and_the_duty_is_done(evening):
    desk, _ = evening
    first = desk.planned(when=at(EVENING))
    left = list(first.left.values_list("request_id", flat=True))
    # The district hears before the morning is over, the city when it is.
    sweep.sweep(at=at(23.5))
    told = Notice.objects.filter(duty__kind="transfer.morning")
    assert set(told.values_list("unit_id", flat=True)) == {EAST}
    assert told.count() == len(left)
    for number in range(2):
        transfer.plan_driver_shift(driver_id=f"D{number}", from_at=at(30), until_at=at(40), hours=8, by=desk.lead, at=at(24))
    transfer.plan_vehicle_shift(vehicle_id="C0", from_at=at(30), until_at=at(44), by=desk.lead, at=at(24))
    Trip.objects.update(state="cancelled")  # what ran in the night is over
    Leg.objects.update(live=False, ended="received")
    again = transfer.propose_plan(by=desk.lead, at=at(29))
    assert set(again.content["requests"].values()) == set(left)
    transfer.commit_plan(code=again.pk, by=desk.lead, at=at(29))
    moved = set(Leg.objects.filter(live=True).values_list("request_id", flat=True))
    assert moved
    done = Duty.objects.filter(kind="transfer.morning", state="fulfilled")
    assert {duty.about for duty in done} == {f"transfer:{code}" for code in moved}


def test_with_hours_and_coaches_enough_nobody_is_left(city, monkeypatch):
    monkeypatch.setattr(planning, "solve", by_first_come.solve)
    desk = open_desk(city, coaches=3, drivers=4)
    for number in range(4):
        desk.ask(desk.people(2, household=f"H{number}", first=10 * number), when=at(0))
    plan = desk.planned(when=at(0.5))
    assert (plan.placed, plan.left.count()) == (8, 0)
    assert not Duty.objects.filter(kind__in=("transfer.morning", "transfer.line_explained")).exists()
    assert Plan.objects.get().bound >= 8

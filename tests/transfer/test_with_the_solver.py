"""The desk with the real solver: what it proposes passes the checker, and commits on both databases."""

from __future__ import annotations

import pytest

from bulou.transfer import actions as transfer
from bulou.transfer.choices import RiskClass
from bulou.transfer.models import LeftOut, Leg, Trip
from tests.city import COMMUNITY_A, COMMUNITY_C, at
from tests.transfer.desk import OUTSIDE, OUTSIDE_CASES, open_desk

pytestmark = pytest.mark.django_db


def test_by_day_everybody_is_moved_and_no_rule_is_broken(city):
    desk = open_desk(city, rooms=20, coaches=2, drivers=3)
    for number in range(12):
        place = COMMUNITY_A if number % 2 else COMMUNITY_C
        desk.ask(desk.people(2, place=place, household=f"H{number}", first=10 * number), when=at(0))
    desk.ask(desk.people(1, first=200), when=at(0), risk=RiskClass.CASE)
    plan = transfer.propose_plan(by=desk.lead, at=at(0.2), seconds=1)
    assert plan.violations == []
    assert (plan.placed, plan.bound) == (25, 25)
    transfer.commit_plan(code=plan.pk, by=desk.lead, at=at(0.25))
    assert Leg.objects.filter(live=True).count() == 25
    assert set(Leg.objects.values_list("receiver_id", flat=True)) == {OUTSIDE, OUTSIDE_CASES}
    assert all(trip.taken <= trip.seats for trip in Trip.objects.all())


def test_late_in_the_evening_it_leaves_people_with_true_reasons(city):
    desk = open_desk(city, until=17.8)  # the shifts end at 01:48
    for number in range(30):
        desk.ask(desk.people(3, household=f"H{number}", first=10 * number), when=at(15))
    plan = transfer.propose_plan(by=desk.lead, at=at(15), seconds=1)
    assert plan.violations == []
    transfer.commit_plan(code=plan.pk, by=desk.lead, at=at(15.1))
    left = LeftOut.objects.filter(plan=plan)
    assert left.count() == 90 - plan.placed > 0
    assert all(row.reason for row in left)
    assert all(trip.ends_at <= at(18) for trip in Trip.objects.all())


def test_planned_anew_in_a_second_the_trips_begun_stay(city):
    desk = open_desk(city, rooms=20, coaches=2, drivers=3)
    asked = []
    for number in range(16):
        asked += desk.ask(desk.people(2, household=f"H{number}", first=10 * number), when=at(0))
    first = transfer.propose_plan(by=desk.lead, at=at(0.2), seconds=1)
    transfer.commit_plan(code=first.pk, by=desk.lead, at=at(0.25))
    begun = Trip.objects.order_by("leaves_at", "code").first()
    on_board = set(Leg.objects.filter(trip=begun).values_list("request_id", flat=True))
    desk.all_board(begun, when=at(0.6))
    transfer.cancel_transfer(
        code=next(row.pk for row in asked if row.pk not in on_board), reason="排除", by=desk.lead, at=at(0.6)
    )
    again = transfer.replan(by=desk.lead, at=at(0.7), seconds=1)
    assert again.violations == []
    assert not on_board & set(again.content["requests"].values())
    transfer.commit_plan(code=again.pk, by=desk.lead, at=at(0.75))
    assert set(Leg.objects.filter(trip=begun, live=True).values_list("request_id", flat=True)) == on_board

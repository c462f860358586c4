"""One change while a plan is under way: the rules hold, who is on board stays on board, nobody else is moved about."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bulou.routing.allocation.changing import position, without
from bulou.routing.allocation.checker import check
from bulou.routing.allocation.replan import replan
from bulou.routing.allocation.solve import solve
from bulou.routing.allocation.values import Change, ChangeKind, Instance, Limits, RiskClass
from tests.routing.allocation.drawn import at, instances
from tests.routing.allocation.test_allocate import contact, room, van

LIMITS = Limits()
DRAWN = (Phase.explicit, Phase.reuse, Phase.generate)


def planned(instance: Instance):
    return solve(instance, LIMITS, seconds=20, rounds=20)


def after(instance: Instance, plan, change: Change):
    found = replan(instance, LIMITS, plan, change)
    # Reasons speak of what is left from now on, which the checker does not know: it is asked for everything else.
    wrong = check(found.instance, LIMITS, found.plan, reasons=False)
    stranded = set(found.stranded)
    assert [one for one in wrong if one.who not in stranded] == []
    return found


def _changes(draw, instance: Instance, plan) -> Change:
    kind = draw(st.sampled_from(ChangeKind))
    hour = at(draw(st.sampled_from([0.0, 1.0, 2.5, 4.0, 6.0, 9.0])))
    if kind is ChangeKind.PERSON_ADDED:
        group = draw(st.sampled_from([instance.people[0].group_id, "G-new"]))
        person = replace(
            instance.people[0],
            person_id="new",
            group_id=group,
            needs=frozenset(),
            ready_at=hour,
            due_at=hour + timedelta(hours=10),
        )
        return Change(kind, hour, "", person)
    ids = {
        ChangeKind.VEHICLE_LOST: [one.vehicle_id for one in instance.vehicles],
        ChangeKind.DRIVER_LOST: [one.driver_id for one in instance.drivers or ()] or ["none"],
        ChangeKind.ROOM_LOST: [one.room_id for one in instance.rooms],
        ChangeKind.SITE_LOST: [one.site_id for one in instance.rooms],
        ChangeKind.PERSON_GONE: [one.person_id for one in instance.people],
    }
    return Change(kind, hour, draw(st.sampled_from(ids[kind])))


@settings(max_examples=150, deadline=None, phases=DRAWN, suppress_health_check=[HealthCheck.too_slow])
@given(instance=instances(), data=st.data())
def test_after_any_change_the_rules_hold_and_trips_that_have_left_are_as_they_were(instance, data):
    plan = planned(instance)
    change = _changes(data.draw, instance, plan)
    if (
        change.kind is ChangeKind.PERSON_ADDED
        and change.person.group_id != "G-new"
        and any(
            trip.departs_at <= change.at
            and set(trip.people) & {one.person_id for one in instance.people if one.group_id == change.person.group_id}
            for trip in plan.trips
        )
    ):
        return  # somebody who joins a household that is on the road: the desk's matter
    found = after(instance, plan, change)
    now = {trip.trip: trip for trip in found.plan.trips}
    for trip in plan.trips:
        touched = change.subject_id in {trip.vehicle_id, *trip.people}
        if trip.departs_at <= change.at and not touched and not set(found.stranded) & set(trip.people):
            assert now[trip.trip].stops == trip.stops
    people = {one.person_id for one in found.instance.people}
    assert {one.person_id for one in found.plan.placed} | {one.person_id for one in found.plan.unplaced} | set(
        found.stranded
    ) >= people
    assert len(found.plan.placed) <= found.plan.bound


PEOPLE = (
    contact("A", x=1.0),
    contact("B", "G-B", x=2.0),
    contact("B2", "G-B", x=2.0),
    contact("C", risk=RiskClass.CASE, x=3.0),
)
CITY = Instance(
    PEOPLE,
    (room("R1"), room("R2"), room("R3", site="T", x=8.0), room("H", site="H", risk=RiskClass.CASE)),
    (van("V1"), van("V2")),
)


def _trip_of(plan, name: str):
    one = next(one for one in plan.placed if one.person_id == name)
    return next(trip for trip in plan.trips if trip.trip == one.trip)


def test_a_lost_room_is_another_room_of_the_site_and_nothing_else():
    plan = planned(CITY)
    lost = next(one for one in plan.placed if one.person_id == "A")
    found = after(CITY, plan, Change(ChangeKind.ROOM_LOST, at(-1), lost.room_id))
    moved = next(one for one in found.plan.placed if one.person_id == "A")
    assert moved.room_id != lost.room_id
    assert set(found.changed) == {"A"}


@pytest.mark.parametrize("kind", [ChangeKind.VEHICLE_LOST, ChangeKind.PERSON_GONE])
def test_a_change_that_concerns_nobody_changes_nothing(kind):
    plan = planned(CITY)
    free = {"V1", "V2"} - {trip.vehicle_id for trip in plan.trips}
    subject = "nobody" if kind is ChangeKind.PERSON_GONE or not free else free.pop()
    assert after(CITY, plan, Change(kind, at(-1), subject)).changed == ()


def test_a_vehicle_lost_before_it_leaves_is_replaced_by_another():
    plan = planned(CITY)
    trip = _trip_of(plan, "B")
    found = after(CITY, plan, Change(ChangeKind.VEHICLE_LOST, at(-1), trip.vehicle_id))
    assert len(found.plan.placed) == len(plan.placed)
    assert all(one.vehicle_id != trip.vehicle_id for one in found.plan.trips)


def test_people_on_board_a_lost_vehicle_are_fetched_where_it_stands():
    plan = planned(CITY)
    trip = _trip_of(plan, "B")
    pickups = [stop for stop in trip.stops if stop.kind.value == "pickup"]
    moment = pickups[-1].leaves_at + timedelta(minutes=2)
    where = position(trip, moment)
    found = after(CITY, plan, Change(ChangeKind.VEHICLE_LOST, moment, trip.vehicle_id))
    person = next(one for one in found.instance.people if one.person_id == "B")
    assert (person.x, person.y) == where
    assert next(one for one in found.plan.placed if one.person_id == "B").pickup_at >= moment


def test_who_is_on_the_way_to_a_lost_site_is_stranded_and_named_at_once():
    only = replace(CITY, rooms=(CITY.rooms[0], CITY.rooms[2], CITY.rooms[3]), people=PEOPLE[:1])
    plan = planned(only)
    trip = plan.trips[0]
    site = next(stop.site_id for stop in trip.stops if stop.site_id)
    found = replan(only, LIMITS, plan, Change(ChangeKind.SITE_LOST, trip.departs_at + timedelta(minutes=1), site))
    assert found.stranded == ("A",)


def test_somebody_added_takes_a_seat_and_the_others_stay_on_their_trips():
    plan = planned(CITY)
    new = contact("N", x=2.0, ready=0)
    found = after(CITY, plan, Change(ChangeKind.PERSON_ADDED, at(-1), person=new))
    assert "N" in {one.person_id for one in found.plan.placed}
    before, now = ({one.person_id: one.room_id for one in made.placed} for made in (plan, found.plan))
    assert all(now[name] == held for name, held in before.items())


def test_the_minutes_of_a_stop_that_is_passed_by_are_no_driving():
    people = [contact(f"P{number}", x=x, y=y) for number, (x, y) in enumerate([(6.0, 4.0), (7.0, -6.0), (2.0, -6.0)])]
    instance = Instance(tuple(people), (room("R0", beds=3, x=-8.0, y=6.0),), (van(),))
    plan = solve(instance, LIMITS, seconds=20, rounds=20)
    trip = plan.trips[0]
    for early in (at(-1), trip.departs_at):
        for gone in trip.people:
            kept = without(trip, {gone}, early)
            drives = [after_.arrives_at - before.leaves_at for before, after_ in pairwise(kept.stops)]
            legs = [after_.arrives_at - before.leaves_at for before, after_ in pairwise(trip.stops)]
            begun_at_first = early == trip.departs_at and trip.stops[1].people == (gone,)
            assert (sum(drives, timedelta()) > sum(legs, timedelta())) is begun_at_first
            assert kept.ends_at == trip.ends_at
            assert (kept.departs_at == trip.departs_at) or early < trip.departs_at

"""Plans by hand of any shape pass the checker; whatever is changed in one of them so that a rule breaks is caught."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bulou.routing.allocation.checker import check
from bulou.routing.allocation.values import Instance, Plan, RiskClass
from tests.routing import by_hand as hand
from tests.routing.by_hand import LIMITS, at

SECOND = timedelta(seconds=1)


@st.composite
def plans(draw) -> tuple[Instance, Plan]:
    """A city that can take everybody, and the trips that do it: several units each, one class each, one after the other."""
    people, rooms, vehicles, drivers, trips, where = [], [], [], [], [], {}
    coordinate = st.integers(0, 12)
    for v in range(draw(st.integers(1, 3))):
        risk = draw(st.sampled_from(list(RiskClass)))
        using = hand.vehicle(
            f"V{v}", 12, risk=draw(st.sampled_from((risk, None))), features="wheelchair", ends=60,
            x=draw(coordinate), y=draw(coordinate),
        )  # fmt: skip
        vehicles.append(using)
        drivers.append(hand.driver(f"D{v}", ends=60, hours=60))
        leaves = at(draw(st.floats(0, 3)))
        for t in range(draw(st.integers(1, 2))):
            x, y = draw(coordinate), draw(coordinate)
            loads, door = [], None
            for u in range(draw(st.integers(1, 3))):
                name = f"{v}{t}{u}"
                size = draw(st.integers(1, 3))
                ux, uy = draw(coordinate), draw(coordinate)
                needs = draw(st.sampled_from(("", "", "wheelchair", "frail", "infant"))) if size > 1 else ""
                unit = [
                    hand.person(f"P{name}{n}", f"G{name}", risk=risk, x=ux, y=uy, ready=draw(st.floats(0, 3)), due=60, needs=needs if not n else "")
                    for n in range(size)
                ]  # fmt: skip
                door = hand.room(
                    f"R{name}", f"S{v}{t}", risk=draw(st.sampled_from((risk, None))), beds=size, x=x, y=y,
                    features="wheelchair",
                )  # fmt: skip
                rooms.append(door)
                where |= {one.person_id: door.room_id for one in unit}
                people += unit
                loads.append(unit)
            made = hand.trip(f"T{v}{t}", using, f"D{v}", loads, door, leaves=leaves)
            trips.append(made)
            leaves = made.ends_at + LIMITS.turn_round
    instance = Instance(tuple(people), tuple(rooms), tuple(vehicles), tuple(drivers))
    return instance, hand.plan(instance, trips, where)


@settings(max_examples=60, deadline=None)
@given(plans())
def test_every_plan_by_hand_passes(made):
    assert check(made[0], LIMITS, made[1]) == []


def _first(items, name, value, **changes):
    return tuple(replace(one, **changes) if getattr(one, name) == value else one for one in items)


def _mutants(draw, instance: Instance, plan: Plan):
    """One change that surely breaks a rule, with the rules any of which must be named."""
    one = draw(st.sampled_from(plan.placed))
    who = next(p for p in instance.people if p.person_id == one.person_id)
    room = next(r for r in instance.rooms if r.room_id == one.room_id)
    trip = next(t for t in plan.trips if t.trip == one.trip)
    rest = tuple(p for p in plan.placed if p is not one)
    other = next(risk for risk in RiskClass if risk is not who.risk)
    stop = draw(st.integers(1, len(trip.stops) - 1))
    mates = [p for p in instance.people if p.unit == who.unit]

    def person(**changes):
        return replace(instance, people=_first(instance.people, "person_id", who.person_id, **changes))

    def vehicle(**changes):
        return replace(instance, vehicles=_first(instance.vehicles, "vehicle_id", trip.vehicle_id, **changes))

    def driver(**changes):
        return replace(instance, drivers=_first(instance.drivers, "driver_id", trip.driver_id, **changes))

    def stops(**changes):
        new = tuple(replace(s, **changes) if n == stop else s for n, s in enumerate(trip.stops))
        return replace(plan, trips=_first(plan.trips, "trip", trip.trip, stops=new))

    early = trip.stops[stop].arrives_at - SECOND
    yield {"A1"}, instance, replace(plan, placed=rest)
    yield {"A1"}, instance, replace(plan, placed=(*plan.placed, one))
    yield {"A1"}, instance, replace(plan, placed=(*rest, replace(one, room_id="nowhere")))
    yield {"A1"}, instance, replace(plan, trips=tuple(t for t in plan.trips if t is not trip))
    yield {"A4"}, replace(instance, rooms=_first(instance.rooms, "room_id", room.room_id, beds=room.beds - 1)), plan
    yield {"A5"}, replace(instance, rooms=_first(instance.rooms, "room_id", room.room_id, risk=other)), plan
    yield (
        {"A5"},
        replace(instance, rooms=_first(instance.rooms, "room_id", room.room_id, opens_at=one.arrive_at + SECOND)),
        plan,
    )
    yield {"A5"}, replace(instance, rooms=_first(instance.rooms, "room_id", room.room_id, closes_at=one.arrive_at)), plan
    yield {"A6", "A2"}, person(risk=other), plan
    yield {"A6"}, vehicle(risk=other), plan
    yield {"A6"}, vehicle(seats=len(trip.people) - 1), plan
    yield {"A7"}, person(needs=who.needs | {"stretcher"}), plan
    yield {"A9"}, replace(instance, people=_first(instance.people, "group_id", who.group_id, needs=frozenset({"infant"}))), plan
    yield {"A11"}, person(needs=who.needs | {"cares_for:somebody-at-home"}), plan
    yield {"A12"}, person(ready_at=one.pickup_at + SECOND), plan
    yield {"A12"}, person(due_at=one.arrive_at - SECOND), plan
    yield {"A13"}, instance, stops(arrives_at=early)
    yield {"A14"}, vehicle(shift_from=trip.departs_at + SECOND), plan
    yield {"A14"}, vehicle(shift_until=trip.ends_at - SECOND), plan
    yield {"A14"}, vehicle(x=50.0), plan
    yield {"A15"}, driver(shift_from=trip.departs_at + SECOND), plan
    yield {"A15"}, driver(shift_until=trip.ends_at - SECOND), plan
    yield {"A15"}, driver(hours_left=(trip.ends_at - trip.departs_at) / timedelta(hours=1) - 0.01), plan
    yield {"A19"}, replace(instance, drivers=tuple(d for d in instance.drivers if d.driver_id != trip.driver_id)), plan
    if len(mates) == 1:
        yield {"A8"}, person(needs=who.needs | {"frail"}), plan


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_every_mutant_is_caught(data):
    instance, plan = data.draw(plans())
    for number, (expected, changed, mutant) in enumerate(_mutants(data.draw, instance, plan)):
        found = {one.code for one in check(changed, LIMITS, mutant)}
        assert expected & found, f"mutant {number}: {expected} not among {found}"

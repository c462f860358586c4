"""The independent checker: a plan by hand passes, and for each rule a plan that breaks just that one is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bulou.routing.allocation.checker import check
from bulou.routing.allocation.values import Instance, Limits, Plan, Reason, Stop, StopKind
from tests.routing import by_hand as hand
from tests.routing.by_hand import CASE, CONTACT, LIMITS, at

MINUTE = timedelta(minutes=1)


def codes(instance: Instance, plan: Plan, limits: Limits = LIMITS) -> set[str]:
    """The rules that are broken."""
    found = check(instance, limits, plan)
    assert all(one.who and one.words for one in found)
    return {one.code for one in found}


def test_a_plan_by_hand_is_let_through():
    assert codes(*hand.good()) == set()


def _placed(plan: Plan, name: str, **changes: object) -> Plan:
    return replace(plan, placed=tuple(replace(one, **changes) if one.person_id == name else one for one in plan.placed))


def _trip(plan: Plan, name: str, change) -> Plan:
    """Change a trip, and what its people's rows say of it."""
    trips = tuple(change(one) if one.trip == name else one for one in plan.trips)
    made = next(one for one in trips if one.trip == name)
    placed = []
    for one in plan.placed:
        stops = [stop for stop in made.stops if one.person_id in stop.people]
        if one.trip == name and len(stops) == 2:
            late = stops[0].arrives_at - next(
                stop for trip in plan.trips if trip.trip == name for stop in trip.stops if one.person_id in stop.people
            ).arrives_at  # fmt: skip
            placed.append(
                replace(
                    one,
                    pickup_at=one.pickup_at + late,
                    arrive_at=stops[1].arrives_at,
                    vehicle_id=made.vehicle_id,
                    driver_id=made.driver_id,
                )
            )
        else:
            placed.append(one)
    return replace(plan, trips=trips, placed=tuple(placed))


def _stop(plan: Plan, trip: str, place: int, **changes: object) -> Plan:
    return _trip(
        plan,
        trip,
        lambda one: replace(one, stops=tuple(replace(s, **changes) if n == place else s for n, s in enumerate(one.stops))),
    )


def _people(instance: Instance, name: str, **changes: object) -> Instance:
    return replace(instance, people=tuple(replace(p, **changes) if p.person_id == name else p for p in instance.people))


def _rooms(instance: Instance, name: str, **changes: object) -> Instance:
    return replace(instance, rooms=tuple(replace(r, **changes) if r.room_id == name else r for r in instance.rooms))


def _vehicles(instance: Instance, name: str, **changes: object) -> Instance:
    return replace(instance, vehicles=tuple(replace(v, **changes) if v.vehicle_id == name else v for v in instance.vehicles))


def _drivers(instance: Instance, name: str, **changes: object) -> Instance:
    return replace(instance, drivers=tuple(replace(d, **changes) if d.driver_id == name else d for d in instance.drivers))


BROKEN = {
    "somebody is nowhere": ("A1", lambda i, p: (replace(i, people=(*i.people, hand.person("P99"))), p)),
    "somebody stands twice": ("A1", lambda i, p: (i, replace(p, placed=(*p.placed, p.placed[0])))),
    "a stranger is placed": ("A1", lambda i, p: (replace(i, people=i.people[1:]), p)),
    "a room that is not there": ("A1", lambda i, p: (i, _placed(p, "P8", room_id="R77"))),
    "a trip that is not there": ("A1", lambda i, p: (i, _placed(p, "P8", trip="T77"))),
    "another driver than the trip's": ("A1", lambda i, p: (i, _placed(p, "P8", driver_id="D2"))),
    "nobody fetches a placed person": ("A1", lambda i, p: (i, _stop(p, "T2", 1, people=()))),
    "a group torn apart": ("A2", lambda i, p: (_people(i, "P8", group_id="G3"), p)),
    "a room of another site": ("A2", lambda i, p: (i, _placed(p, "P8", room_id="R8"))),
    "spread while one room is empty": (
        "A3", lambda i, p: (replace(i, rooms=(*i.rooms, hand.room("R6", beds=3))), p)
    ),
    "three in two beds": ("A4", lambda i, p: (i, _placed(p, "P7", room_id="R3"))),
    "two groups of contacts in one room": ("A4", lambda i, p: (_rooms(i, "R2", beds=9), _placed(p, "P7", room_id="R2"))),
    "a contact in a room for cases": ("A5", lambda i, p: (_rooms(i, "R5", risk=CASE), p)),
    "the room opens too late": ("A5", lambda i, p: (_rooms(i, "R5", opens_at=at(11)), p)),
    "the room closes at the arrival": ("A5", lambda i, p: (_rooms(i, "R5", closes_at=next(x.arrive_at for x in p.placed if x.person_id == "P8")), p)),
    "a vehicle for cases carries contacts": ("A6", lambda i, p: (_vehicles(i, "V1", risk=CASE), p)),
    "more people than seats": ("A6", lambda i, p: (_vehicles(i, "V1", seats=6), p)),
    "no wheelchair in the room": ("A7", lambda i, p: (_rooms(i, "R5", features=frozenset({"lift"})), p)),
    "no wheelchair in the vehicle": ("A7", lambda i, p: (_vehicles(i, "V1", features=frozenset()), p)),
    "a need that nothing knows or offers": ("A7", lambda i, p: (_people(i, "P8", needs=frozenset({"wheelchair", "hovercraft"})), p)),
    "the frail without a companion": ("A8", lambda i, p: (_people(i, "P4", needs=frozenset({"frail"})), p)),
    "an infant in another room than the carer": ("A9", lambda i, p: (_rooms(i, "R1", beds=1), _placed(p, "P1", room_id="R7"))),
    "a carer of another group": ("A9", lambda i, p: (_people(i, "P1", needs=frozenset({"carer:P4"})), p)),
    "a group of two classes": ("A10", lambda i, p: (_people(_people(i, "C1", group_id="G1"), "P1", needs=frozenset({"infant"})), p)),
    "who is cared for stays behind": ("A11", lambda i, p: (_people(i, "P4", needs=frozenset({"cares_for:P77"})), p)),
    "fetched before being ready": ("A12", lambda i, p: (_people(i, "P8", ready_at=at(9)), p)),
    "brought after the time due": ("A12", lambda i, p: (_people(i, "P8", due_at=at(3.1)), p)),
    "driven too fast": ("A13", lambda i, p: (i, _stop(p, "T2", 2, arrives_at=next(t for t in p.trips if t.trip == "T2").stops[2].arrives_at - MINUTE))),
    "boarding in no time": ("A13", lambda i, p: (i, _stop(p, "T2", 1, leaves_at=next(x for x in p.placed if x.person_id == "P8").pickup_at))),
    "fetched at another place": ("A13", lambda i, p: (_people(i, "P8", x=2.5), p)),
    "before the vehicle's shift": ("A14", lambda i, p: (_vehicles(i, "V1", shift_from=at(0.1)), p)),
    "after the vehicle's shift": ("A14", lambda i, p: (_vehicles(i, "V1", shift_until=at(3)), p)),
    "not disinfected": ("A14", lambda i, p: (_people(i, "P8", ready_at=at(0)), _trip(p, "T2", lambda t: hand.moved(t, -MINUTE)))),
    "after the driver's shift": ("A15", lambda i, p: (_drivers(i, "D1", shift_until=at(3)), p)),
    "over the driver's hours": ("A15", lambda i, p: (_drivers(i, "D1", hours_left=2.0), p)),
    "a driver in two places": ("A15", lambda i, p: (i, _trip(p, "T3", lambda t: replace(t, driver_id="D1")))),
    "a driver who is not there": ("A19", lambda i, p: (_drivers(i, "D2", driver_id="D7"), p)),
    "a driver's name where each vehicle has its own": ("A19", lambda i, p: (replace(i, drivers=None), p)),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_rule_is_named(name):
    code, change = BROKEN[name]
    instance, plan = change(*hand.good())
    found = codes(instance, plan)
    assert found == {code}  # and nothing else


def _lone(limits: Limits, *, leaves: float, seats: int = 12, km: float = 10, hours: float = 10) -> tuple[Instance, Plan]:
    one, to = hand.person("P1", ready=-24, due=48), hand.room("R1", x=km)
    van, who = hand.vehicle("V1", seats, begins=-24, ends=48), hand.driver("D1", begins=-24, ends=48, hours=hours)
    instance = Instance((one,), (to,), (van,), (who,))
    made = hand.trip("T1", van, "D1", [[one]], to, leaves=at(leaves), limits=limits)
    return instance, hand.plan(instance, [made], {"P1": "R1"})


def test_no_coach_between_two_and_five_in_the_morning():
    # 08:00 is hour 0: 02:00 is hour -6, 05:00 hour -3; ten kilometres there and back take 51 minutes
    assert codes(*_lone(LIMITS, leaves=-4, seats=45)) == {"A17"}
    assert codes(*_lone(LIMITS, leaves=-6.5, seats=45)) == {"A17"}  # begun before two, still on the road after it
    assert codes(*_lone(LIMITS, leaves=-3, seats=45)) == set()
    assert codes(*_lone(LIMITS, leaves=-7, seats=45)) == set()
    assert codes(*_lone(LIMITS, leaves=-4, seats=12)) == set()  # no coach


def test_the_route_of_the_night_of_september_18_breaks_three_limits():
    # 270 km from 00:10, four hours and more at the speed of a highway, in one coach with one driver.
    limits = replace(LIMITS, trunk_from_km=20.0, trunk_kmh=70.0, route_km=150.0)
    assert {"A16", "A17", "A18"} <= codes(*_lone(limits, leaves=-7.8, seats=49, km=270), limits)


def test_nobody_is_longer_on_board_than_allowed():
    limits = replace(LIMITS, on_board=timedelta(hours=1))
    assert codes(*_lone(limits, leaves=0, km=28), limits) == {"A18"}
    assert codes(*_lone(limits, leaves=0, km=27), limits) == set()


def test_a_driver_rests_after_four_hours_by_day_and_two_by_night():
    far = replace(LIMITS, on_board=timedelta(hours=9))
    assert codes(*_lone(far, leaves=0, km=59), far) == set()  # 3:56 there and back, boarding is no rest
    assert codes(*_lone(far, leaves=0, km=61), far) == {"A16"}
    assert codes(*_lone(far, leaves=13, km=29), far) == set()  # 21:00 to 23:15 in the city, not two hours at the wheel
    assert codes(*_lone(far, leaves=13, km=31), far) == {"A16"}
    rested = replace(far, continuous_day=timedelta(hours=1))
    instance, plan = _lone(rested, leaves=0, km=20)
    assert codes(instance, plan, rested) == {"A16"}
    assert codes(instance, _with_rest(plan, rested.rest), rested) == set()
    assert codes(instance, _with_rest(plan, rested.rest - MINUTE), rested) == {"A16"}


def _with_rest(plan: Plan, rest: timedelta) -> Plan:
    """Stand at the site's place for a while before driving home."""
    one = plan.trips[0]
    *stops, drop, end = one.stops
    pause = Stop(StopKind.REST, drop.x, drop.y, drop.leaves_at, drop.leaves_at + rest)
    home = replace(end, arrives_at=end.arrives_at + rest, leaves_at=end.leaves_at + rest)
    return replace(plan, trips=(replace(one, stops=(*stops, drop, pause, home)),))


def test_a_driver_between_two_vehicles_needs_the_time_of_the_way():
    one, other = hand.person("P1"), hand.person("P2", x=6)
    to, away = hand.room("R1", x=1), hand.room("R2", x=7)
    near, far = hand.vehicle("V1"), hand.vehicle("V2", x=6)
    instance = Instance((one, other), (to, away), (near, far), (hand.driver("D1"),))
    first = hand.trip("T1", near, "D1", [[one]], to, leaves=at(0))

    def second(gap: timedelta) -> Plan:
        return hand.plan(
            instance,
            [first, hand.trip("T2", far, "D1", [[other]], away, leaves=first.ends_at + gap)],
            {"P1": "R1", "P2": "R2"},
        )

    assert codes(instance, second(timedelta(minutes=12))) == set()  # six kilometres
    assert codes(instance, second(timedelta(minutes=11))) == {"A15"}
    assert codes(instance, second(timedelta(minutes=-1))) == {"A15"}


def test_a_vehicle_left_elsewhere_is_brought_home_by_the_same_driver():
    instance, plan = hand.good()
    first, second = (next(one for one in plan.trips if one.trip == name) for name in ("T1", "T2"))
    stay = replace(first, stops=(*first.stops[:-1], replace(first.stops[-1], x=10, y=0)))
    begin = replace(second, stops=(replace(second.stops[0], x=10, y=0), *second.stops[1:]))
    third = next(one for one in plan.trips if one.trip == "T3")

    def with_driver(name: str) -> Plan:
        return replace(plan, trips=(stay, _driven(begin, name), third), placed=_placed(plan, "P8", driver_id=name).placed)

    assert codes(instance, with_driver("D1")) == {"A13"}  # the way from the site to the pick-up is longer now
    assert "A15" in codes(instance, with_driver("D2"))


def _driven(one, name: str):
    return replace(one, driver_id=name)


def test_a_case_and_a_contact_never_share():
    instance, plan = hand.good()
    mixed = _people(instance, "C2", risk=CONTACT)
    assert {"A4", "A5", "A6"} <= codes(mixed, plan)


def test_a_reason_is_words_too():
    one = hand.person("P1")
    instance = Instance((one,), (), (), ())
    plan = hand.plan(instance, [], {}, {"P1": Reason.NO_ROOM_OF_CLASS})
    assert codes(instance, plan) == set()
    wordless = replace(plan, unplaced=tuple(replace(u, reason=" ") for u in plan.unplaced))
    assert codes(instance, wordless) == {"A1"}

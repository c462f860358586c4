"""Every reason for staying is held against the facts: the true one passes, and every other one is found out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bulou.routing.allocation.checker import check
from bulou.routing.allocation.values import Instance, Limits, Plan, Reason
from tests.routing import by_hand as hand
from tests.routing.by_hand import CASE, LIMITS, at, driver, person, room, vehicle

FAR = replace(LIMITS, on_board=timedelta(hours=1))


def _one(people=(), rooms=None, vehicles=None, drivers=None, limits: Limits = LIMITS):
    """Nobody is placed: everybody's reason is true of the instance alone."""
    default = ((room("R1"),), (vehicle("V1"),), (driver("D1"),))
    given = [chosen if chosen is not None else usual for chosen, usual in zip((rooms, vehicles, drivers), default, strict=True)]
    return Instance(tuple(people), *map(tuple, given)), Plan((), (), (), 0), limits


def _full(rooms=1, vehicles=None, drivers=None, due: float = 12, limits: Limits = LIMITS):
    """P1 is placed by the only trip; P2 stays because of what that trip has taken."""
    one, other = person("P1", due=due), person("P2", due=due)
    homes = tuple(room(f"R{n}") for n in range(1, rooms + 1))
    fleet = vehicles or (vehicle("V1"),)
    who = drivers or (driver("D1"),)
    instance = Instance((one, other), homes, tuple(fleet), tuple(who))
    made = hand.trip("T1", fleet[0], "D1", [[one]], homes[0], leaves=at(0), limits=limits)
    return instance, hand.plan(instance, [made], {"P1": "R1"}), limits


SITUATIONS = {
    Reason.CARER_OF_OTHER_CLASS: _one([person("P1", "G", needs="infant"), person("P2", "G", risk=CASE)]),
    Reason.CARER_APART: _one([person("P1", "G", needs="carer:P2"), person("P2", "H")]),
    Reason.LEAVES_DEPENDENT: _one([person("P1", needs="cares_for:P9")]),
    Reason.NO_CARER: _one([person("P1", needs="infant")]),
    Reason.NO_COMPANION: _one([person("P1", needs="frail")]),
    Reason.NO_ROOM_OF_CLASS: _one([person("P1", risk=CASE)]),
    Reason.NO_ROOM_FOR_NEED: _one([person("P1", needs="dialysis")]),
    Reason.NO_ROOM_LARGE_ENOUGH: _one([person(f"P{n}", "G") for n in range(3)]),
    Reason.NO_ROOM_IN_TIME: _one([person("P1", due=5)], rooms=[room("R1", opens=6)]),
    Reason.NO_VEHICLE_OF_CLASS: _one([person("P1")], vehicles=[vehicle("V1", risk=CASE)]),
    Reason.NO_VEHICLE_FOR_NEED: _one([person("P1", needs="wheelchair")], rooms=[room("R1", features="wheelchair")]),
    Reason.NO_VEHICLE_LARGE_ENOUGH: _one([person("P1", "G"), person("P2", "G")], vehicles=[vehicle("V1", 1)]),
    Reason.TOO_FAR: _one([person("P1")], rooms=[room("R1", x=40)], limits=FAR),
    Reason.WINDOW: _one([person("P1", ready=4, due=4.1)]),
    Reason.ROOMS_TAKEN: _full(),
    Reason.NO_DRIVER_HOURS: _full(2, (vehicle("V1"), vehicle("V2")), (driver("D1", hours=1.2),)),
    Reason.NO_VEHICLE_FREE: _full(2, drivers=(driver("D1"), driver("D2")), due=1.5),
    # V2 is free until 1 h and no driver is; from then on D1 is free again and no vehicle.
    Reason.NO_COMBINATION: _full(2, (vehicle("V1"), vehicle("V2", ends=1)), due=2, limits=replace(LIMITS, turn_round=timedelta(hours=9))),
}  # fmt: skip


def _told(situation, code: Reason) -> set[str]:
    instance, plan, limits = situation
    stays = {one.person_id: code for one in instance.people if one.person_id not in {p.person_id for p in plan.placed}}
    left = hand.plan(instance, [], {}, stays).unplaced
    return {one.code for one in check(instance, limits, replace(plan, unplaced=left))}


@pytest.mark.parametrize("code", list(Reason), ids=str)
def test_the_true_reason_passes_and_every_other_one_is_found_out(code):
    passed = [one for one in Reason if _told(SITUATIONS[code], one) == set()]
    assert passed == [code]


def test_somebody_who_could_be_brought_is_not_left_without_a_true_reason():
    instance, plan, limits = _full(2, (vehicle("V1"), vehicle("V2")), (driver("D1"), driver("D2")))
    assert all(_told((instance, plan, limits), one) == {"A20"} for one in Reason)


def test_the_night_stop_is_a_reason_and_the_morning_after_it_is_not():
    # 02:00 to 05:00 is hour -6 to -3: due at 05:24 no coach can bring anybody ten kilometres, due at 07:00 it can.
    coach = vehicle("V1", 45, begins=-5.9, ends=12)
    for due, expected in ((-2.6, {Reason.WINDOW}), (1, set())):
        told = _one([person("P1", ready=-5.9, due=due)], vehicles=[coach], drivers=[driver("D1", begins=-6)])
        assert {one for one in Reason if _told(told, one) == set()} == expected
    van = _one([person("P1", ready=-5.9, due=-2.6)], vehicles=[vehicle("V1", begins=-5.9)], drivers=[driver("D1", begins=-6)])
    assert {one for one in Reason if _told(van, one) == set()} == set()


def test_without_drivers_each_vehicle_has_the_hours_of_its_own():
    instance, _, limits = _one([person("P1")], vehicles=[vehicle("V1")])
    own = replace(instance, drivers=None)
    assert _told((own, Plan((), (), (), 0), limits), Reason.WINDOW) == {"A20"}
    assert _told((own, Plan((), (), (), 0), replace(limits, driver_hours=0.5)), Reason.WINDOW) == set()
    assert _told((replace(instance, drivers=()), Plan((), (), (), 0), limits), Reason.WINDOW) == set()  # nobody drives


def test_a_household_with_a_child_fits_only_where_child_and_carer_share_a_room():
    family = [person("P1", "G", needs="infant"), person("P2", "G"), person("P3", "G")]
    for beds, fits in (((2, 1), True), ((1, 1, 1), False), ((1, 2), True), ((3,), True)):
        told = _one(family, rooms=[room(f"R{n}", beds=count) for n, count in enumerate(beds)])
        assert (_told(told, Reason.NO_ROOM_LARGE_ENOUGH) == set()) is not fits

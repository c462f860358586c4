"""Whether an allocation keeps every rule, computed anew from people, rooms, vehicles, drivers and limits.

Written from the rules A1 to A20 of ``values`` alone, apart from the solver, so that a fault of the one is not a fault of
the other. No plan is committed that this finds fault with; safety limits have no exception.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from bulou.routing.allocation import checker_reasons, checker_trips
from bulou.routing.allocation.checker_case import CARER, CARES_FOR, ESCORT, Case, Violation, named, stops_of
from bulou.routing.allocation.values import Instance, Limits, Person, Plan, Stop, StopKind

__all__ = ["Violation", "check"]


def check(instance: Instance, limits: Limits, plan: Plan, *, reasons: bool = True) -> list[Violation]:
    """Every rule that the plan breaks; an empty list is the leave to commit it.

    ``reasons=False`` leaves out A20 (whether each reason given is true), which costs more than all others together.
    """
    case = Case(instance, limits, plan)
    found = [*_everybody_once(case), *_consistent(case)]
    if any(one.code == "A1" for one in found):
        return found  # what refers to nothing cannot be computed on
    parts = [_whole_units(case), _rooms(case), _needs(case), _company(case), _carers(case), _windows(case)]
    found += chain.from_iterable(parts)
    found += checker_trips.check(case)
    if reasons:
        found += checker_reasons.check(case)
    return found


def _everybody_once(case: Case) -> Iterator[Violation]:
    plan = case.plan
    times = Counter(chain((one.person_id for one in plan.placed), (one.person_id for one in plan.unplaced)))
    for person_id in case.people:
        if times[person_id] != 1:
            said = "stands nowhere in the plan" if not times[person_id] else f"stands {times[person_id]} times in the plan"
            yield Violation("A1", person_id, said)
    for person_id in times.keys() - case.people.keys():
        yield Violation("A1", person_id, "is in the plan and not among the people")
    for one in plan.unplaced:
        if not one.reason.strip():
            yield Violation("A1", one.person_id, "is left without a reason in words")
    for trip, count in Counter(one.trip for one in plan.trips).items():
        if count > 1:
            yield Violation("A1", trip, f"{count} trips have this name")


def _consistent(case: Case) -> Iterator[Violation]:
    """What a placement and its trip say of each other."""
    carried: Counter[str] = Counter(chain.from_iterable(trip.people for trip in case.plan.trips))
    for person_id in carried.keys() - case.placed.keys():
        yield Violation("A1", person_id, "boards a trip and has no room")
    yield from _trip_shapes(case)
    yield from _placements(case, carried)


def _trip_shapes(case: Case) -> Iterator[Violation]:
    for trip in case.plan.trips:
        if trip.vehicle_id not in case.vehicles:
            yield Violation("A1", trip.trip, f"there is no vehicle {trip.vehicle_id}")
        if len(trip.stops) < 2 or trip.stops[0].kind is not StopKind.START or trip.stops[-1].kind is not StopKind.END:  # noqa: PLR2004 - a start and an end
            yield Violation("A1", trip.trip, "a trip goes from a start to an end")
        inner = [stop.kind for stop in trip.stops[1:-1]]
        if StopKind.START in inner or StopKind.END in inner:
            yield Violation("A1", trip.trip, "a trip has one start and one end")


def _placements(case: Case, carried: Counter[str]) -> Iterator[Violation]:
    for one in case.plan.placed:
        if one.room_id not in case.rooms:
            yield Violation("A1", one.person_id, f"there is no room {one.room_id}")
            continue
        found = case.trips.get(one.trip)
        if found is None:
            yield Violation("A1", one.person_id, f"there is no trip {one.trip}")
            continue
        if (found.vehicle_id, found.driver_id) != (one.vehicle_id, one.driver_id):
            yield Violation("A1", one.person_id, f"names another vehicle or driver than the trip {one.trip}")
        stops = stops_of(found, one.person_id)
        if stops is None or carried[one.person_id] != 1:
            yield Violation("A1", one.person_id, f"does not board once and leave once on the trip {one.trip}")


def _way(case: Case, one: Person) -> tuple[Stop, Stop]:
    found = stops_of(case.trips[case.placed[one.person_id].trip], one.person_id)
    if found is None:  # A1 has been asked before
        raise AssertionError(one.person_id)
    return found


def _said(people: Iterable[Person]) -> str:
    return ", ".join(sorted(one.person_id for one in people))


def _whole_units(case: Case) -> Iterator[Violation]:
    for (group, _), members in case.units.items():
        moved = [one for one in members if one.person_id in case.placed]
        if not moved:
            continue
        if len(moved) < len(members):
            stays = [one for one in members if one.person_id not in case.placed]
            yield Violation("A2", group, f"is torn apart: {_said(stays)} would stay")
        ways = {(case.placed[one.person_id].trip, id(_way(case, one)[1])) for one in moved}
        places = {(one.x, one.y, id(_way(case, one)[0])) for one in moved}
        if len(ways) > 1 or len({place[:2] for place in places}) < len(places):
            yield Violation("A2", group, "does not travel in one trip, from one stop at each place, to one site")
        for one in moved:
            _, leaves = _way(case, one)
            room = case.rooms[case.placed[one.person_id].room_id]
            if leaves.site_id != room.site_id:
                yield Violation("A2", one.person_id, f"leaves at {leaves.site_id} and has a room of {room.site_id}")
        if len({case.rooms[case.placed[one.person_id].room_id].site_id for one in moved}) > 1:
            yield Violation("A2", group, "is spread over several sites")
        yield from _one_room(case, group, moved)


def _one_room(case: Case, group: str, moved: Sequence[Person]) -> Iterator[Violation]:
    used = {case.placed[one.person_id].room_id for one in moved}
    if len(used) == 1:
        return
    site = case.rooms[min(used)].site_id
    arrives = max(case.placed[one.person_id].arrive_at for one in moved)
    for room in case.instance.rooms:
        empty = room.site_id == site and not case.in_room.get(room.room_id)
        open_then = (room.opens_at is None or room.opens_at <= arrives) and (room.closes_at is None or arrives < room.closes_at)
        if empty and open_then and room.beds >= len(moved) and case.takes(room, moved):
            yield Violation("A3", group, f"is spread over {len(used)} rooms while {room.room_id} has beds for all and is empty")
            return


def _rooms(case: Case) -> Iterator[Violation]:
    for room_id, inside in case.in_room.items():
        room = case.rooms[room_id]
        if len(inside) > room.beds:
            yield Violation("A4", room_id, f"{len(inside)} people in {room.beds} beds")
        classes = {one.risk for one in inside}
        if len(classes) > 1:
            yield Violation("A4", room_id, f"several classes in one room: {_said(inside)}")
        if len({one.unit for one in inside}) > 1 and not classes <= case.limits.shared_room_classes:
            yield Violation("A4", room_id, f"several groups in one room: {_said(inside)}")
        for one in inside:
            if room.risk not in {None, one.risk}:
                yield Violation("A5", one.person_id, f"is a {one.risk} in a room for {room.risk}")
            arrives = case.placed[one.person_id].arrive_at
            if (room.opens_at and arrives < room.opens_at) or (room.closes_at and arrives >= room.closes_at):
                yield Violation("A5", one.person_id, f"arrives while {room_id} is not open")


def _needs(case: Case) -> Iterator[Violation]:
    for one in (case.people[person_id] for person_id in case.placed):
        placed = case.placed[one.person_id]
        for_room, for_vehicle = case.room_needs([one]), case.vehicle_needs([one])
        if for_room is None:
            yield Violation("A7", one.person_id, "has a need that nothing here meets")
        elif not for_room <= case.rooms[placed.room_id].features:
            lacks = ", ".join(sorted(for_room - case.rooms[placed.room_id].features))
            yield Violation("A7", one.person_id, f"the room {placed.room_id} lacks: {lacks}")
        if not for_vehicle <= case.vehicles[placed.vehicle_id].features:
            lacks = ", ".join(sorted(for_vehicle - case.vehicles[placed.vehicle_id].features))
            yield Violation("A7", one.person_id, f"the vehicle {placed.vehicle_id} lacks: {lacks}")


def _company(case: Case) -> Iterator[Violation]:
    for one in (case.people[person_id] for person_id in case.placed):
        placed = case.placed[one.person_id]
        if not case.needs_company(one) or ESCORT in case.vehicles[placed.vehicle_id].features:
            continue
        beside = (other for other in case.units[one.unit] if other.person_id != one.person_id and case.can_accompany(other))
        if not any(case.placed[other.person_id].trip == placed.trip for other in beside if other.person_id in case.placed):
            yield Violation("A8", one.person_id, "travels without a companion")


def _carers(case: Case) -> Iterator[Violation]:
    for one in (case.people[person_id] for person_id in case.placed):
        for dependent in named(one, CARES_FOR):
            if dependent not in case.placed or case.people[dependent].unit != one.unit:
                yield Violation("A11", one.person_id, f"is moved while {dependent}, who depends on this person, is not beside")
        if case.is_dependent(one):
            yield from _carer_beside(case, one)
    yield from _apart(case)


def _apart(case: Case) -> Iterator[Violation]:
    """Carers and dependents of two units, and groups of several classes: neither is moved."""
    for person_id, one in case.people.items():  # also the carer's own unit stays when the two are apart
        for carer in named(one, CARER):
            if carer in case.placed and case.people[carer].unit != one.unit:
                yield Violation("A9", carer, f"is moved apart from {person_id}, whose carer this person is")
    for group, members in case.groups.items():
        if len({one.risk for one in members}) == 1 or not any(one.person_id in case.placed for one in members):
            continue
        for one in filter(case.is_dependent, members):
            carers = named(one, CARER)
            if not carers or any(carer in case.people and case.people[carer].unit != one.unit for carer in carers):
                yield Violation("A10", group, f"has several classes, and {one.person_id} names no carer of the own class")


def _carer_beside(case: Case, one: Person) -> Iterator[Violation]:
    carers = named(one, CARER)
    if any(carer in case.people and case.people[carer].unit != one.unit for carer in carers):
        yield Violation("A9", one.person_id, "is moved apart from the named carer")
        return
    if any(carer not in case.people for carer in carers):
        return  # waits at the site
    if carers:
        wanted = [case.people[carer] for carer in carers]
    else:
        wanted = [other for other in case.units[one.unit] if not case.is_dependent(other)]
    placed = case.placed[one.person_id]
    where = (placed.trip, placed.room_id)
    beside = (case.placed.get(other.person_id) for other in wanted)
    if not any(other is not None and (other.trip, other.room_id) == where for other in beside):
        yield Violation("A9", one.person_id, "has no carer on the trip and in the room")


def _windows(case: Case) -> Iterator[Violation]:
    for one in (case.people[person_id] for person_id in case.placed):
        placed = case.placed[one.person_id]
        if placed.pickup_at < one.ready_at:
            yield Violation("A12", one.person_id, "is picked up before being ready")
        if placed.arrive_at > one.due_at:
            yield Violation("A12", one.person_id, "arrives after the time due")

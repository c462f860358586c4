"""Allocation plans put together by hand: what a careful dispatcher writes down, with every time computed from the limits."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bulou.routing.allocation.values import (
    Driver,
    Instance,
    Limits,
    Person,
    Placed,
    Plan,
    Reason,
    RiskClass,
    Room,
    Stop,
    StopKind,
    Trip,
    Unplaced,
    Vehicle,
)

START = datetime(2022, 9, 17, 0, 0, tzinfo=UTC)  # 08:00 in the city
LIMITS = Limits()
CONTACT, CASE, SECONDARY = RiskClass.CONTACT, RiskClass.CASE, RiskClass.SECONDARY


def at(hours: float) -> datetime:
    """An instant after the start."""
    return START + timedelta(hours=hours)


def person(name: str, group: str = "", *, risk: RiskClass = CONTACT, x: float = 0, y: float = 0, needs: str = "", ready: float = 0, due: float = 12) -> Person:  # fmt: skip
    """Somebody to be moved."""
    wanted = frozenset(filter(None, needs.split(";")))
    return Person(name, group or f"g-{name}", risk, wanted, "990101001001", x, y, at(ready), at(due))


def room(name: str, site: str = "S1", *, risk: RiskClass | None = CONTACT, beds: int = 2, features: str = "", x: float = 10, y: float = 0, opens: float | None = None, closes: float | None = None) -> Room:  # fmt: skip
    """A room at a site."""
    offers = frozenset(filter(None, features.split(";")))
    hours = [None if one is None else at(one) for one in (opens, closes)]
    return Room(name, site, risk, beds, offers, x, y, hours[0], hours[1])


def vehicle(name: str, seats: int = 12, *, risk: RiskClass | None = CONTACT, features: str = "", begins: float = 0, ends: float = 12, x: float = 0, y: float = 0) -> Vehicle:  # fmt: skip
    """A vehicle at its own place."""
    return Vehicle(name, seats, risk, frozenset(filter(None, features.split(";"))), at(begins), at(ends), x, y)


def driver(name: str, *, begins: float = 0, ends: float = 12, hours: float = 8) -> Driver:
    """A driver with hours left."""
    return Driver(name, at(begins), at(ends), hours)


def _drive(here: tuple[float, float], there: tuple[float, float], limits: Limits) -> timedelta:
    return timedelta(seconds=limits.seconds(math.hypot(there[0] - here[0], there[1] - here[1])))


def trip(
    name: str,
    using: Vehicle,
    by: str,
    loads: Sequence[Sequence[Person]],
    to: Room,
    *,
    leaves: datetime,
    limits: Limits = LIMITS,
) -> Trip:
    """Fetch the units in this order, bring all to the room's site, drive home; nobody waits longer than needed."""
    place, now = (using.x, using.y), leaves
    stops = [Stop(StopKind.START, *place, now, now)]
    for unit in loads:
        there = (unit[0].x, unit[0].y)
        arrives = now + _drive(place, there, limits)
        begins = max(arrives, *(one.ready_at for one in unit))
        now = begins + limits.per_stop + len(unit) * limits.per_person
        stops.append(Stop(StopKind.PICKUP, *there, arrives, now, tuple(one.person_id for one in unit)))
        place = there
    everybody = tuple(one.person_id for unit in loads for one in unit)
    arrives = now + _drive(place, (to.x, to.y), limits)
    now = arrives + limits.per_stop + len(everybody) * limits.per_person
    stops.append(Stop(StopKind.DROPOFF, to.x, to.y, arrives, now, everybody, to.site_id))
    home = now + _drive((to.x, to.y), (using.x, using.y), limits)
    stops.append(Stop(StopKind.END, using.x, using.y, home, home))
    return Trip(name, using.vehicle_id, by, loads[0][0].risk, tuple(stops))


def plan(instance: Instance, trips: Iterable[Trip], rooms: dict[str, str], left: dict[str, Reason] | None = None) -> Plan:
    """Everybody on the trips into the rooms named; the others are left with the reasons given."""
    people = {one.person_id: one for one in instance.people}
    placed = []
    made = tuple(trips)
    for one in made:
        drop = next(stop for stop in one.stops if stop.kind is StopKind.DROPOFF)
        for stop in one.stops:
            if stop.kind is StopKind.PICKUP:
                begins = max(stop.arrives_at, *(people[name].ready_at for name in stop.people))
                placed += [
                    Placed(name, rooms[name], one.vehicle_id, one.driver_id, one.trip, begins, drop.arrives_at)
                    for name in stop.people
                ]
    unplaced = tuple(Unplaced(name, code, f"because of {code}") for name, code in (left or {}).items())
    return Plan(tuple(placed), unplaced, made, bound=len(instance.people))


def good() -> tuple[Instance, Plan]:
    """Two trips of contacts by one coach and driver, a case by a vehicle of its own; everybody has a room."""
    parents = [person("P1", "G1", needs="carer:P2;infant"), person("P2", "G1")]
    frail = [person("P3", "G2", x=3, needs="frail"), person("P4", "G2", x=3)]
    family = [person(f"P{n}", "G3", x=1, y=1) for n in (5, 6, 7)]
    chair = [person("P8", x=2, needs="wheelchair", ready=3)]
    case = [person("C1", "G4", risk=CASE, x=4, y=4), person("C2", "G5", risk=CASE, x=5, y=4)]
    rooms = [
        room("R1"), room("R2"), room("R3"), room("R4", beds=1), room("R5", features="wheelchair"),
        room("K1", "S2", risk=CASE, x=0, y=10), room("R7", beds=1), room("R8", "S3", features="wheelchair"),
    ]  # fmt: skip
    van, coach = vehicle("V1", features="wheelchair"), vehicle("V2", 4, risk=CASE)
    drivers = (driver("D1"), driver("D2"))
    instance = Instance((*parents, *frail, *family, *chair, *case), tuple(rooms), (van, coach), drivers)
    first = trip("T1", van, "D1", [parents, frail, family], rooms[0], leaves=at(0))
    second = trip("T2", van, "D1", [chair], rooms[4], leaves=first.ends_at + LIMITS.turn_round)
    third = trip("T3", coach, "D2", [case[:1], case[1:]], rooms[5], leaves=at(1))
    where = {
        "P1": "R1",
        "P2": "R1",
        "P3": "R2",
        "P4": "R2",
        "P5": "R3",
        "P6": "R3",
        "P7": "R4",
        "P8": "R5",
        "C1": "K1",
        "C2": "K1",
    }
    return instance, plan(instance, [first, second, third], where)


def moved(one: Trip, by: timedelta) -> Trip:
    """The same trip at another time."""
    return replace(
        one, stops=tuple(replace(stop, arrives_at=stop.arrives_at + by, leaves_at=stop.leaves_at + by) for stop in one.stops)
    )

"""What the checker's rules ask of an instance and a plan: indexes, needs, and the words of a violation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from bulou.routing.allocation.values import (
    Demand,
    Instance,
    Limits,
    Person,
    Placed,
    Plan,
    RiskClass,
    Room,
    Stop,
    StopKind,
    Trip,
    Vehicle,
)

CARER = "carer:"
CARES_FOR = "cares_for:"
ESCORT = "escort"
NEAR = 1e-6  # km: two texts of one coordinate
Unit = tuple[str, RiskClass]


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that the plan breaks: its number (``A4``), whom or what it concerns, and the same in plain words."""

    code: str
    who: str
    words: str


@dataclass(frozen=True)
class Case:
    """The instance, the limits and the plan, with the indexes that the rules ask for."""

    instance: Instance
    limits: Limits
    plan: Plan
    people: dict[str, Person] = field(init=False)
    rooms: dict[str, Room] = field(init=False)
    vehicles: dict[str, Vehicle] = field(init=False)
    trips: dict[str, Trip] = field(init=False)
    placed: dict[str, Placed] = field(init=False)
    units: dict[Unit, list[Person]] = field(init=False)
    groups: dict[str, list[Person]] = field(init=False)
    in_room: dict[str, list[Person]] = field(init=False)
    offered_by_rooms: frozenset[str] = field(init=False)
    offered_by_vehicles: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Index everything once."""
        fill = object.__setattr__
        fill(self, "people", {one.person_id: one for one in self.instance.people})
        fill(self, "rooms", {one.room_id: one for one in self.instance.rooms})
        fill(self, "vehicles", {one.vehicle_id: one for one in self.instance.vehicles})
        fill(self, "trips", {one.trip: one for one in self.plan.trips})
        fill(self, "placed", {one.person_id: one for one in self.plan.placed})
        units: dict[Unit, list[Person]] = defaultdict(list)
        groups: dict[str, list[Person]] = defaultdict(list)
        for one in self.instance.people:
            units[one.unit].append(one)
            groups[one.group_id].append(one)
        in_room: dict[str, list[Person]] = defaultdict(list)
        for placed in self.plan.placed:
            if placed.person_id in self.people:
                in_room[placed.room_id].append(self.people[placed.person_id])
        fill(self, "units", dict(units))
        fill(self, "groups", dict(groups))
        fill(self, "in_room", dict(in_room))
        fill(self, "offered_by_rooms", frozenset(chain.from_iterable(one.features for one in self.instance.rooms)))
        fill(self, "offered_by_vehicles", frozenset(chain.from_iterable(one.features for one in self.instance.vehicles)))

    def room_needs(self, people: Iterable[Person]) -> frozenset[str] | None:
        """The features that a room for all of these must have; None when no room can meet them (A7)."""
        return self._needs(people, room=True)

    def vehicle_needs(self, people: Iterable[Person]) -> frozenset[str]:
        """The features that a vehicle for all of these must have (A7)."""
        return self._needs(people, room=False) or frozenset()

    def _needs(self, people: Iterable[Person], *, room: bool) -> frozenset[str] | None:
        offered = self.offered_by_rooms if room else self.offered_by_vehicles
        asked: set[str] = set()
        for need in {need for one in people for need in one.needs}:
            rule = self.limits.rule_of(need)
            demand = rule.room if room else rule.vehicle
            if demand is Demand.ALWAYS or (demand is Demand.IF_OFFERED and need in offered):
                asked.add(need)
            elif room and not self.knows(need) and need not in self.offered_by_vehicles:
                return None  # a need that nobody knows and nothing offers is not met by silence
        return frozenset(asked)

    def knows(self, need: str) -> bool:
        """Whether the limits say what a need asks for."""
        return need in self.limits.needs or need.partition(":")[0] in self.limits.needs

    def is_dependent(self, one: Person) -> bool:
        """Whether somebody depends on a carer (A9)."""
        return any(self.limits.rule_of(need).carer for need in one.needs)

    def needs_company(self, one: Person) -> bool:
        """Whether somebody may not travel without a companion (A8)."""
        return any(self.limits.rule_of(need).companion for need in one.needs)

    def can_accompany(self, one: Person) -> bool:
        """Whether somebody may be the companion of another."""
        return not self.is_dependent(one) and not self.needs_company(one)

    def takes(self, room: Room, people: Sequence[Person]) -> bool:
        """Whether a room's class and features suit all of these; its beds apart."""
        asked = self.room_needs(people)
        return asked is not None and asked <= room.features and all(room.risk in {None, one.risk} for one in people)


def named(person: Person, prefix: str) -> list[str]:
    """Whom a person's needs name behind a prefix: ``carer:P7`` names P7."""
    return [need.removeprefix(prefix) for need in person.needs if need.startswith(prefix) and need != prefix]


def stops_of(trip: Trip, person_id: str) -> tuple[Stop, Stop] | None:
    """Where somebody boards and leaves, in this order, each exactly once; else None."""
    boards = [n for n, stop in enumerate(trip.stops) if stop.kind is StopKind.PICKUP for one in stop.people if one == person_id]
    leaves = [
        n for n, stop in enumerate(trip.stops) if stop.kind is StopKind.DROPOFF for one in stop.people if one == person_id
    ]
    if len(boards) != 1 or len(leaves) != 1 or boards[0] >= leaves[0]:
        return None
    return trip.stops[boards[0]], trip.stops[leaves[0]]

"""What people and units ask of rooms, vehicles and company (values.py: A7-A11), read once from the table of needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bulou.routing.allocation.values import Demand, Instance, Limits, Person, RiskClass

CARER, CARES_FOR = "carer", "cares_for"
ESCORT = "escort"


@dataclass(frozen=True, slots=True)
class Ask:
    """One person's asks: features of room and of vehicle, a companion on the way, a carer (named or any)."""

    room: frozenset[str]
    vehicle: frozenset[str]
    companion: bool
    dependent: bool
    carers: tuple[str, ...]  # named carers
    cares_for: tuple[str, ...]

    @property
    def helps(self) -> bool:
        """Whether this person can accompany somebody frail."""
        return not self.companion and not self.dependent


@dataclass(frozen=True, slots=True)
class Household:
    """A unit's people with their asks, in the order of their ids."""

    people: tuple[Person, ...]
    asks: tuple[Ask, ...]

    @property
    def room(self) -> frozenset[str]:
        """What one room for all must offer."""
        return frozenset().union(*(ask.room for ask in self.asks))

    @property
    def vehicle(self) -> frozenset[str]:
        """What the vehicle must offer."""
        return frozenset().union(*(ask.vehicle for ask in self.asks))

    @property
    def needs_escort(self) -> bool:
        """Whether somebody asks for a companion whom nobody of the unit can be."""
        return any(ask.companion for ask in self.asks) and not any(ask.helps for ask in self.asks)

    @property
    def plain(self) -> bool:
        """Nobody asks anything of rooms or carers: any split over rooms will do."""
        return not any(ask.room or ask.dependent for ask in self.asks)


def _named(person: Person, word: str) -> tuple[str, ...]:
    return tuple(sorted(need.partition(":")[2] for need in person.needs if need.startswith(f"{word}:") and need != f"{word}:"))


def _ask(person: Person, limits: Limits, rooms: frozenset[str], vehicles: frozenset[str]) -> Ask:
    room, vehicle = set(), set()
    companion = dependent = False
    for need in person.needs:
        rule = limits.rule_of(need)
        of_room = rule.room is Demand.ALWAYS or (rule.room is Demand.IF_OFFERED and need in rooms)
        of_vehicle = rule.vehicle is Demand.ALWAYS or (rule.vehicle is Demand.IF_OFFERED and need in vehicles)
        if not limits.knows(need) and not of_room and not of_vehicle:
            of_room = True
        if of_room:
            room.add(need)
        if of_vehicle:
            vehicle.add(need)
        companion = companion or rule.companion
        dependent = dependent or rule.carer
    return Ask(
        frozenset(room), frozenset(vehicle), companion, dependent, _named(person, CARER), _named(person, CARES_FOR)
    )  # fmt: skip


def households(instance: Instance, limits: Limits) -> dict[tuple[str, RiskClass], Household]:
    """Every unit by its key, sorted by key."""
    rooms = frozenset().union(*(room.features for room in instance.rooms)) if instance.rooms else frozenset()
    vehicles = frozenset().union(*(one.features for one in instance.vehicles)) if instance.vehicles else frozenset()
    members: dict[tuple[str, RiskClass], list[Person]] = defaultdict(list)
    for person in sorted(instance.people, key=lambda one: one.person_id):
        members[person.unit].append(person)
    asked: dict[frozenset[str], Ask] = {}
    made = {}
    for key in sorted(members):
        found = []
        for person in members[key]:
            if person.needs not in asked:
                asked[person.needs] = _ask(person, limits, rooms, vehicles)
            found.append(asked[person.needs])
        made[key] = Household(tuple(members[key]), tuple(found))
    return made


def carers_within(household: Household) -> list[tuple[int, tuple[int, ...]]] | None:
    """For each dependent (by place) who in the unit may be the carer, nobody for a carer from outside; None: one has none.

    Carers in another unit are not looked at here: ``separations`` keeps such units where they are.
    """
    places = {person.person_id: place for place, person in enumerate(household.people)}
    anybody = tuple(place for place, ask in enumerate(household.asks) if not ask.dependent)
    found: list[tuple[int, tuple[int, ...]]] = []
    for place, ask in enumerate(household.asks):
        if not ask.dependent:
            continue
        if ask.carers:
            inside = tuple(places[name] for name in ask.carers if name in places)
            outside = any(name not in places for name in ask.carers)
            found.append((place, () if outside else inside))
        elif anybody:
            found.append((place, anybody))
        else:
            return None
    return found


def separations(
    made: Mapping[tuple[str, RiskClass], Household],
    ids: Iterable[str],
) -> tuple[set[tuple[str, RiskClass]], set[tuple[str, RiskClass]], set[tuple[str, RiskClass]]]:
    """Units that may not be placed: mixed groups with an unnamed carer (A10), carers apart (A9), dependents left (A11)."""
    known = frozenset(ids)
    unit_of = {person.person_id: key for key, household in made.items() for person in household.people}
    classes: dict[str, list[tuple[str, RiskClass]]] = defaultdict(list)
    for key in made:
        classes[key[0]].append(key)
    mixed: set[tuple[str, RiskClass]] = set()
    apart: set[tuple[str, RiskClass]] = set()
    leaves: set[tuple[str, RiskClass]] = set()
    for key, household in made.items():
        for person, ask in zip(household.people, household.asks, strict=True):
            if ask.dependent and not ask.carers and len(classes[key[0]]) > 1:
                mixed.update(classes[key[0]])
            others = {unit_of[name] for name in ask.carers if name in known} - {key}
            if others:
                apart.update({key, *others})
            if ask.dependent and others and len(classes[key[0]]) > 1:
                mixed.update(classes[key[0]])
            if any(unit_of.get(name) != key for name in ask.cares_for if name != person.person_id):
                leaves.add(key)
    return mixed, apart - mixed, leaves

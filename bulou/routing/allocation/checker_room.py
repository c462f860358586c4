"""Whether a site's rooms hold a unit together (A3, A4, A7, A9): one room for all, or several with nobody apart from a carer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum

from bulou.routing.allocation.checker_case import CARER, Case, named
from bulou.routing.allocation.values import Person, Room

STEPS = 4_000  # of the search; beyond them the answer is "perhaps", and no reason is called false because of it


class Holds(Enum):
    """The answer: it fits, it cannot, or it was not found out."""

    YES = "yes"
    NO = "no"
    PERHAPS = "perhaps"


def holds(case: Case, people: Sequence[Person], rooms: Iterable[tuple[Room, int]]) -> Holds:
    """Whether these rooms with so many free beds each hold all of these people of one unit."""
    suits = [(room, free) for room, free in rooms if free > 0 and room.risk in {None, people[0].risk}]
    together = case.room_needs(people)
    if together is None:
        return Holds.NO
    if any(free >= len(people) and together <= room.features for room, free in suits):
        return Holds.YES
    asked = [case.room_needs([one]) or frozenset() for one in people]
    if any(not any(one <= room.features for room, _ in suits) for one in asked):
        return Holds.NO
    if sum(free for _, free in suits) < len(people):
        return Holds.NO
    dependent = any(case.is_dependent(one) for one in people)
    if not dependent and not together:
        return Holds.YES
    return _search(case, people, asked, suits)


def _search(case: Case, people: Sequence[Person], asked: Sequence[frozenset[str]], suits: Sequence[tuple[Room, int]]) -> Holds:
    """Put one after the other into a room; rooms that are alike are tried once."""
    order = sorted(range(len(people)), key=lambda n: (case.is_dependent(people[n]), -len(asked[n])))
    free = [beds for _, beds in suits]
    inside: list[list[Person]] = [[] for _ in suits]
    steps = 0

    def put(place: int) -> Holds:
        nonlocal steps
        if place == len(order):
            return Holds.YES
        steps += 1
        if steps > STEPS:
            return Holds.PERHAPS
        one, answer = people[order[place]], Holds.NO
        tried: set[tuple[int, frozenset[str], tuple[str, ...]]] = set()
        for n, (room, _) in enumerate(suits):
            alike = (free[n], room.features, tuple(other.person_id for other in inside[n]))
            if free[n] < 1 or alike in tried or not asked[order[place]] <= room.features:
                continue
            tried.add(alike)
            if case.is_dependent(one) and not _carer_in(case, one, people, inside[n]):
                continue
            free[n] -= 1
            inside[n].append(one)
            found = put(place + 1)
            inside[n].pop()
            free[n] += 1
            if found is Holds.YES:
                return found
            answer = Holds.PERHAPS if found is Holds.PERHAPS else answer
        return answer

    return put(0)


def _carer_in(case: Case, one: Person, people: Sequence[Person], inside: Sequence[Person]) -> bool:
    carers = named(one, CARER)
    if not carers:
        return any(not case.is_dependent(other) for other in inside)
    members = {other.person_id for other in people}
    outside = any(carer not in members for carer in carers)
    # A named carer who depends on somebody in turn is placed later: such a chain is not decided here, and counts as held.
    late = any(case.is_dependent(other) for other in people if other.person_id in carers)
    return outside or late or any(other.person_id in carers for other in inside)

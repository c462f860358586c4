"""Rooms left, and those that a unit gets at a site: one where beds allow, else several with carers beside (A3-A5, A9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bulou.routing.allocation.problem import RISKS, Problem, Unit

TRIES = 3_000
Beds = tuple[tuple[int, tuple[int, ...]], ...]
"""Which room holds which of a unit's people (by place in the unit)."""


class Rooms:
    """The rooms of all sites with what is left of them. ``fit`` asks, ``take`` and ``release`` change."""

    def __init__(self, problem: Problem) -> None:
        """All rooms empty."""
        self.problem = problem
        rooms = problem.instance.rooms
        self.shared = tuple(risk in problem.limits.shared_room_classes for risk in RISKS)
        self.site_of = [0] * len(rooms)
        self.kind_of = [0] * len(rooms)
        self.kinds = [kind for site in problem.sites for kind in site.kinds]
        self.kinds_at: list[tuple[int, ...]] = []
        self.free: list[dict[int, None]] = []
        self.left = [room.beds for room in rooms]
        self.risk = [-1] * len(rooms)  # of the people in it, -1 while empty
        self.partly: list[list[dict[int, None]]] = []  # by site and class: shared rooms with beds left
        self.beds = [[0] * len(problem.sites) for _ in RISKS]
        for number, site in enumerate(problem.sites):
            first = len(self.free)
            self.kinds_at.append(tuple(range(first, first + len(site.kinds))))
            self.partly.append([{} for _ in RISKS])
            for kind in site.kinds:
                for room in kind.rooms:
                    self.site_of[room], self.kind_of[room] = number, len(self.free)
                self.free.append(dict.fromkeys(kind.rooms))
                for risk in range(len(RISKS)):
                    if kind.risk is None or kind.risk == risk:
                        self.beds[risk][number] += kind.beds * len(kind.rooms)

    def _open_kinds(self, site: int, risk: int, arrival: int, patience: int) -> Iterator[int]:
        for number in self.kinds_at[site]:
            kind = self.kinds[number]
            if (kind.risk is None or kind.risk == risk) and kind.opens <= arrival + patience and kind.closes > arrival:
                yield number

    def one_room(self, unit: Unit, site: int, arrival: int, patience: int = 0, *, empty_only: bool = False) -> int | None:
        """A room of the site for the whole unit: the one with the fewest beds to spare, then the fewest features."""
        best, spare = None, 1 << 30
        if self.shared[unit.risk] and not empty_only:
            for room in self.partly[site][unit.risk]:
                kind = self.kinds[self.kind_of[room]]
                in_time = kind.opens <= arrival + patience and kind.closes > arrival
                if unit.size <= self.left[room] < spare and unit.room <= kind.features and in_time:
                    best, spare = room, self.left[room]
        if best is not None:
            return best
        for number in self._open_kinds(site, unit.risk, arrival, patience):
            kind = self.kinds[number]
            if kind.beds >= unit.size and self.free[number] and unit.room <= kind.features:
                return next(reversed(self.free[number]))
        return None

    def fit(self, unit: Unit, site: int, arrival: int, patience: int = 0, *, thorough: bool = False) -> Beds | None:
        """Rooms of the site for the unit, for an arrival at that second (or up to ``patience`` later); None: not all of it.

        ``thorough``: where carers and features make it hard, try every way of sharing rooms out.
        """
        if self.beds[unit.risk][site] < unit.size:
            return None
        room = self.one_room(unit, site, arrival, patience)
        if room is not None:
            return ((room, tuple(range(unit.size))),)
        if unit.size == 1:
            return None
        return self._spread(unit, site, arrival, patience, thorough=thorough)

    def _spread(self, unit: Unit, site: int, arrival: int, patience: int, *, thorough: bool) -> Beds | None:
        """Several rooms: dependents beside their carers, largest bundles first, each room as full as can be."""
        slots: list[tuple[int, int, frozenset[str]]] = []  # (room, beds left, features)
        if self.shared[unit.risk]:
            for room in self.partly[site][unit.risk]:
                kind = self.kinds[self.kind_of[room]]
                if kind.opens <= arrival + patience and kind.closes > arrival:
                    slots.append((room, self.left[room], kind.features))
        for number in self._open_kinds(site, unit.risk, arrival, patience):
            kind = self.kinds[number]
            for taken, room in enumerate(reversed(self.free[number])):
                if taken >= unit.size:
                    break
                slots.append((room, kind.beds, kind.features))
        if sum(beds for _, beds, _ in slots) < unit.size:
            return None
        packed = _packed(unit, slots)
        return _tried(unit, slots) if packed is None and thorough and not unit.plain else packed

    def take(self, unit: Unit, beds: Beds) -> None:
        """Give the unit these rooms."""
        risk = unit.risk
        for room, people in beds:
            kind, site = self.kinds[self.kind_of[room]], self.site_of[room]
            shared = self.shared[risk]
            if self.risk[room] < 0:
                del self.free[self.kind_of[room]][room]
                self.risk[room] = risk
                for other in range(len(RISKS)):
                    if (kind.risk is None or kind.risk == other) and not (shared and other == risk):
                        self.beds[other][site] -= kind.beds
            if shared:
                self.left[room] -= len(people)
                self.beds[risk][site] -= len(people)
                if self.left[room]:
                    self.partly[site][risk][room] = None
                else:
                    self.partly[site][risk].pop(room, None)

    def release(self, unit: Unit, beds: Beds) -> None:
        """Take the rooms back."""
        risk = unit.risk
        for room, people in beds:
            kind, site = self.kinds[self.kind_of[room]], self.site_of[room]
            shared = self.shared[risk]
            if shared:
                self.left[room] += len(people)
                self.beds[risk][site] += len(people)
                self.partly[site][risk][room] = None
            if not shared or self.left[room] == kind.beds:
                self.partly[site][risk].pop(room, None)
                self.free[self.kind_of[room]][room] = None
                self.risk[room] = -1
                for other in range(len(RISKS)):
                    if (kind.risk is None or kind.risk == other) and not (shared and other == risk):
                        self.beds[other][site] += kind.beds

    def close(self, room: int) -> None:
        """Take an empty room out of use (lost, or held by somebody outside of this plan)."""
        kind, site = self.kinds[self.kind_of[room]], self.site_of[room]
        del self.free[self.kind_of[room]][room]
        for other in range(len(RISKS)):
            if kind.risk is None or kind.risk == other:
                self.beds[other][site] -= kind.beds

    def window(self, beds: Beds) -> tuple[int, int]:
        """From when on, and until when at the latest, people may arrive in these rooms."""
        kinds = [self.kinds[self.kind_of[room]] for room, _ in beds]
        return max(kind.opens for kind in kinds), min(kind.closes for kind in kinds) - 1


def _bundles(unit: Unit) -> list[tuple[int, ...]]:
    """People who must share a room: each dependent with one carer; everybody else alone. Largest first."""
    with_carer: dict[int, list[int]] = {place: [] for place in range(unit.size)}
    for place, carers in unit.carers:
        if carers:
            free = [carer for carer in carers if carer in with_carer]
            chosen = min(free or carers, key=lambda carer: (len(with_carer.get(carer, ())), carer))
            if place in with_carer and chosen in with_carer and chosen != place:
                with_carer[chosen] += [place, *with_carer.pop(place)]
    return sorted(((carer, *others) for carer, others in with_carer.items()), key=lambda one: (-len(one), one))


def _packed(unit: Unit, slots: list[tuple[int, int, frozenset[str]]]) -> Beds | None:
    """Bundles into slots, or None."""
    chosen: dict[int, list[int]] = {}
    room_left: dict[int, int] = {}
    features = {room: offered for room, _, offered in slots}
    to_place = unit.size
    for bundle in _bundles(unit):
        asked = frozenset().union(*(unit.household.asks[place].room for place in bundle)) if not unit.plain else frozenset()
        room = _slot_for(len(bundle), asked, to_place, slots, room_left, features)
        if room is None:
            return None
        if room not in chosen:
            chosen[room] = []
            room_left[room] = next(beds for one, beds, _ in slots if one == room)
        chosen[room] += bundle
        room_left[room] -= len(bundle)
        to_place -= len(bundle)
    return tuple((room, tuple(sorted(people))) for room, people in chosen.items())


def _slot_for(
    size: int, asked: frozenset[str], to_place: int, slots: Sequence[tuple[int, int, frozenset[str]]],
    opened: dict[int, int], features: dict[int, frozenset[str]],
) -> int | None:  # fmt: skip
    """A room already opened for the unit, else the one that the people still to place fill best."""
    for room, left in opened.items():
        if left >= size and asked <= features[room]:
            return room
    best, cost = None, (1 << 30, 0, 0)
    for room, beds, offered in slots:
        if beds < size or room in opened or not asked <= offered:
            continue
        this = (beds - to_place if beds >= to_place else (to_place - beds) * 2, len(offered), room)
        if this < cost:
            best, cost = room, this
    return best


def _tried(unit: Unit, slots: list[tuple[int, int, frozenset[str]]]) -> Beds | None:
    """One person after the other into every kind of slot, carers before those who depend on them; None after many steps."""
    asks, carers = unit.household.asks, dict(unit.carers)
    if not all(any(ask.room <= offered for _, _, offered in slots) for ask in asks):
        return None
    order = sorted(range(unit.size), key=lambda place: (place in carers, -len(asks[place].room), place))
    left = {room: beds for room, beds, _ in slots}
    inside: dict[int, list[int]] = {room: [] for room, _, _ in slots}
    steps = 0

    def put(number: int) -> bool:
        nonlocal steps
        if number == len(order):
            return True
        steps += 1
        person = order[number]
        tried: set[tuple[int, frozenset[str], tuple[int, ...]]] = set()
        for room, _, offered in slots:
            alike = (left[room], offered, tuple(inside[room]))
            apart = carers.get(person) and person not in carers[person] and not set(carers[person]) & set(inside[room])
            if steps > TRIES or left[room] < 1 or alike in tried or apart or not asks[person].room <= offered:
                continue
            tried.add(alike)
            left[room] -= 1
            inside[room].append(person)
            if put(number + 1):
                return True
            inside[room].pop()
            left[room] += 1
        return False

    if not put(0):
        return None
    return tuple((room, tuple(sorted(people))) for room, people in inside.items() if people)

"""Infection acquired inside as an indicator: negative at entry, positive later, beside somebody infected (点内感染)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.isolation.choices import LinkKind, SampleOutcome


@dataclass(frozen=True, slots=True)
class Turned:
    """Somebody negative at entry who turned positive."""

    negative_at: datetime
    positive_at: datetime


def turned_positive(
    samples: Iterable[tuple[datetime, SampleOutcome]], *, admitted_at: datetime, entry: timedelta
) -> Turned | None:
    """The last negative at entry and the first positive sampled after it; None when there was none of either.

    A sample taken ``entry`` before or after admission counts as the one at entry.
    """
    ordered = sorted(samples)
    at_entry = [taken for taken, outcome in ordered if outcome is SampleOutcome.NEGATIVE and abs(taken - admitted_at) <= entry]
    if not at_entry:
        return None
    negative_at = at_entry[-1]
    positive = [taken for taken, outcome in ordered if outcome is SampleOutcome.POSITIVE and taken > negative_at]
    return Turned(negative_at, positive[0]) if positive else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodging:
    """Where somebody lay, with what air, and by which bus they came."""

    stay: str
    room_id: str
    floor: int
    air: str
    trip: str
    infected: bool


@dataclass(frozen=True, slots=True)
class Link:
    """What two guests share."""

    kind: LinkKind
    stay: str
    detail: str
    infected: bool


def links(guest: Lodging, others: Iterable[Lodging], *, rooms_of_floor: Sequence[str]) -> list[Link]:
    """What a guest shared with others, the closest kind of each pair that it has; ``rooms_of_floor`` in their order.

    Room mates, neighbours and bus mates are named all; of the same air and floor only who is infected, because a floor
    has dozens.
    """
    place = rooms_of_floor.index(guest.room_id) if guest.room_id in rooms_of_floor else -1
    beside = {rooms_of_floor[one] for one in (place - 1, place + 1) if place >= 0 and 0 <= one < len(rooms_of_floor)}
    found = []
    for other in others:
        kinds: list[tuple[LinkKind, str]] = []
        if other.room_id == guest.room_id:
            kinds.append((LinkKind.ROOM, other.room_id))
        elif other.room_id in beside:
            kinds.append((LinkKind.NEIGHBOUR, other.room_id))
        if other.trip and other.trip == guest.trip:
            kinds.append((LinkKind.BUS, other.trip))
        if other.infected and other.air and other.air == guest.air:
            kinds.append((LinkKind.AIR, other.air))
        elif other.infected and other.floor == guest.floor and not kinds:
            kinds.append((LinkKind.FLOOR, str(other.floor)))
        found += [Link(kind, other.stay, detail, other.infected) for kind, detail in kinds]
    return found


def is_suspicious(found: Iterable[Link]) -> bool:
    """Whether anybody infected is among the links: then a review is owed."""
    return any(one.infected for one in found)

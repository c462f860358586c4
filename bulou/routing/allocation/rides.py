"""One trip as a rigid piece of time: how long it takes, when each stop is reached, where the driver must rest.

A vehicle leaves so late that nobody waits on board for others to be ready, so a trip's length does not depend on when it
leaves but for the rests, which are closer together at night (A16). Pick-ups come first, then sites.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bulou.routing.allocation.problem import Problem


@dataclass(frozen=True, slots=True)
class Ride:
    """Offsets in seconds from leaving; ``stretches``: (driving, begins, ends) between rests."""

    length: int
    at: tuple[int, ...]  # arrival at each stop, pick-ups then sites
    rests: tuple[int, ...]  # before the leg to these stops (the number of stops: before the way home) a rest is taken
    stretches: tuple[tuple[int, int, int], ...]


def ride(problem: Problem, base: int, stops: Sequence[int], people: Sequence[int], limit: int) -> Ride | None:
    """The trip from ``base`` over ``stops`` (``people`` board or leave at each) and back; None: a leg is over the limit."""
    now = driven = since = 0
    here = base
    at: list[int] = []
    rests: list[int] = []
    stretches: list[tuple[int, int, int]] = []
    for number, there in enumerate((*stops, base)):
        leg = problem.drive(here, there)
        if leg > limit:
            return None
        if driven + leg > limit:
            stretches.append((driven, since, now))
            rests.append(number)
            now += problem.rest
            driven, since = 0, now
        now += leg
        driven += leg
        if number < len(stops):
            at.append(now)
            now += problem.stand(people[number])
        here = there
    stretches.append((driven, since, now))
    return Ride(now, tuple(at), tuple(rests), tuple(stretches))

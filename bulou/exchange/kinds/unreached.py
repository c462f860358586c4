"""Households of places kept indoors that got nothing yet (一户不落), with who owes it; read out only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bulou.kernel.actor import Actor
from bulou.supplies.provisions import not_reached

COLUMNS = ("provision", "unit", "household_id", "place_code", "vulnerable")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """What the reader sees, place by place, the vulnerable first."""
    del round_code
    for one in not_reached(by):
        yield one.provision, one.unit, one.household_id, one.place_code, "yes" if one.vulnerable else "no"

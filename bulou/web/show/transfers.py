"""The transfer desk: people by clock, rooms and vehicles beside them, the plan with its reasons, trips under way."""

from __future__ import annotations

from dataclasses import dataclass

from bulou.web.show.figures import Act, Chip, Figure, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanShown:
    """A plan as the desk decides about it: what it does, what it leaves, what the checker says, and the steps."""

    code: str
    chip: Chip
    made: str
    figures: tuple[Figure, ...]
    trips: Table
    left: Table
    verdict: Chip
    violations: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferPage:
    """Everything that the desk needs to move people today, on one page."""

    figures: tuple[Figure, ...]
    people: Table
    rooms: Table
    vehicles: Table
    trips: Table
    door: Table
    stops: Table
    receivers: Table
    plan: PlanShown | None
    acts: tuple[Act, ...] = ()
    reading: str = ""

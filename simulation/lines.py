"""The other lines of work in the drill: each founds what it needs, plays its day, and reads its own failures off the desk.

A line is a module with ``found``, ``play`` and ``seen``; its failures stand in ``plan.OF_LINES``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from simulation import (
    arrivals,
    care,
    environment,
    hazards,
    institutions,
    notices,
    orders,
    requests,
    supplies,
    workforce,
    zones,
)
from simulation.clockwork import At
from simulation.founding import City
from simulation.plan import Seeded


class Line(Protocol):
    """What a line's module gives."""

    def found(self, city: City, at: datetime) -> None:
        """Before the day: its units, posts, registers."""

    def play(self, city: City, at: At) -> None:
        """Hang the day's events into the clockwork."""

    def seen(self, now: datetime) -> set[Seeded]:
        """The failures as the desk shows them; the plan is not asked."""


LINES: tuple[Line, ...] = (
    arrivals, care, environment, hazards, institutions, orders, requests, supplies, workforce, zones, notices,
)  # fmt: skip

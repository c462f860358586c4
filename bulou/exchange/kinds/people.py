"""Residents, rosters and exemptions read out; ``importing`` takes them in by set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bulou.access.queries import within
from bulou.kernel.actor import Actor
from bulou.people.models import Resident
from bulou.rounds.models import Exemption, RosterEntry

RESIDENT_COLUMNS = (
    "person_id", "place_code", "household_id", "name", "identity_kind", "identity_number", "birth_on", "phone", "vulnerable",
    "guardian_id", "since_on", "left_on",
)  # fmt: skip
ROSTER_COLUMNS = ("person_id", "place_code", "household_id")
EXEMPTION_COLUMNS = ("person_id", "reason")


def residents(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """Who stays below the reader's unit."""
    del round_code
    found = Resident.objects.filter(within(by, "place_code")).order_by("person_id").values_list(*RESIDENT_COLUMNS)
    for row in found.iterator(chunk_size=10_000):
        yield ["" if value is None else str(value) for value in row]


def roster(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """Who must be tested in the round, with the place of stay at the drawing."""
    found = RosterEntry.objects.filter(within(by, "place_code"), round=round_code).order_by("person_id")
    yield from found.values_list(*ROSTER_COLUMNS).iterator(chunk_size=10_000)


def exemptions(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """Who of the reader's part of the roster need not be sampled, and why."""
    mine = RosterEntry.objects.filter(within(by, "place_code"), round=round_code).values("person_id")
    found = Exemption.objects.filter(round=round_code, person_id__in=mine).order_by("person_id")
    yield from found.values_list(*EXEMPTION_COLUMNS).iterator(chunk_size=10_000)

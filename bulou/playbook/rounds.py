"""What an opened, closed or cancelled round means for testing."""

from __future__ import annotations

from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.testing import actions as testing
from bulou.testing import kits


def owe_communities(entry: Entry) -> None:
    """A round opened: every community in it owes its people (``round.covered``)."""
    testing.open_population_duties(
        round_code=_round(entry), by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at
    )


def owe_kits(entry: Entry) -> None:
    """An antigen round opened: every community in it owes a kit at every door (抗原试剂到户)."""
    kits.owe_kits(round_code=_round(entry), by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at)


def expire_refusals(entry: Entry) -> None:
    """A round ended: what was said at doors ends with it (a refusal expires with the round)."""
    testing.expire_refusals(round_code=_round(entry), by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at)


def _round(entry: Entry) -> str:
    return str(ledger.content(entry)["round"])

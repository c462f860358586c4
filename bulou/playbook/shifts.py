"""A shift was planned (排班): at an isolation site only people work who were trained before."""

from __future__ import annotations

from datetime import datetime

from bulou.isolation import actions as isolation
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.units.models import Post


def training_owed(entry: Entry) -> None:
    """Whoever is planned there without training owes it before the shift starts, whichever door planned it."""
    said = ledger.content(entry)
    isolation.owe_training(
        post=Post.objects.get(pk=int(entry.subject.removeprefix("post:"))),
        staff=str(said["staff"]),
        starts_at=datetime.fromisoformat(str(said["starts_at"])),
        ends_at=datetime.fromisoformat(str(said["ends_at"])),
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )

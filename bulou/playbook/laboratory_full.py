"""A laboratory says that it is full (已满): what is on its way there is sent elsewhere by a named owner."""

from __future__ import annotations

from bulou.kernel.actor import Door, system
from bulou.ledger.models import Entry
from bulou.rounds.models import Laboratory
from bulou.specimens import boxes, owed, rows


def reroute_boxes(entry: Entry) -> None:
    """Owe another laboratory to every box under way to the one that is full."""
    lab = Laboratory.objects.get(pk=entry.subject.removeprefix("laboratory:"))
    owed.open_all(
        [owed.rerouting(box, box.site, why=rows.said_full(lab)) for box in boxes.under_way(lab)],
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )


def let_boxes_pass(entry: Entry) -> None:
    """The laboratory takes tubes again: boxes still under way to it may go on."""
    lab = Laboratory.objects.get(pk=entry.subject.removeprefix("laboratory:"))
    if not rows.takes_tubes(lab, at=entry.happened_at):
        return  # its hours were set anew, and it still says that it is full
    boxes.let_pass(lab, by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at)

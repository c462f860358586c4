"""A laboratory says that it is full (已满): what is on its way there is sent elsewhere by a named owner."""

from __future__ import annotations

from bulou.duties import actions as duties
from bulou.kernel.actor import Door, system
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.rounds.models import Laboratory
from bulou.specimens import owed, rows, rules
from bulou.specimens.choices import BoxState
from bulou.specimens.models import Box


def reroute_boxes(entry: Entry) -> None:
    """Owe another laboratory to every box under way to the one that is full."""
    lab = Laboratory.objects.get(pk=entry.subject.removeprefix("laboratory:"))
    owed.open_all(
        [owed.rerouting(box, box.site, why=f"{lab.pk}: {lab.full_reason}") for box in _under_way(lab)],
        by=system(unit=entry.unit, door=Door.PLAYBOOK),
        at=entry.happened_at,
    )


def let_boxes_pass(entry: Entry) -> None:
    """The laboratory takes tubes again: boxes still under way to it may go on."""
    lab = Laboratory.objects.get(pk=entry.subject.removeprefix("laboratory:"))
    if not rows.takes_tubes(lab, at=entry.happened_at):
        return  # its hours were set anew, and it still says that it is full
    for box in _under_way(lab):
        duties.fulfil_by_fact(
            kind=rules.REROUTED,
            about=rules.box_about(box.pk),
            tag=Tag(entry.tag),
            ref=lab.pk,
            by=system(unit=entry.unit, door=Door.PLAYBOOK),
            at=entry.happened_at,
        )


def _under_way(lab: Laboratory) -> list[Box]:
    found = Box.objects.filter(laboratory=lab, state__in=(BoxState.SEALED, BoxState.IN_TRANSIT))
    return list(found.select_related("site").order_by("pk"))

"""Carry out a consequence that failed once, after its cause was mended."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.models import Duty
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.ledger.line_tags import tag_of
from bulou.ledger.models import Entry
from bulou.playbook.repair import REPAIRED, about
from bulou.playbook.table import FOLLOWS


@transaction.atomic
def run_again(*, entry_id: int, step: str, by: Actor, at: datetime) -> Duty | None:
    """Run the step again; its repair is closed when it succeeds. What it raises is raised: the duty stays open."""
    entry = Entry.objects.filter(pk=entry_id).first()
    steps = {one.__name__: one for one in FOLLOWS.get(tag_of(entry.tag), ())} if entry else {}
    if entry is None or step not in steps:
        message = "no such record"
        raise NotFound(message, remedy="Entry and step stand in the duty's label.")
    permit(by, Operation.ANSWER_DUTY, entry.unit)
    steps[step](entry)
    return duties.fulfil_by_fact(
        kind=REPAIRED, about=about(entry, step), tag=tag_of(entry.tag), ref=f"{step} entry:{entry.pk}", by=by, at=at
    )

"""Somebody is taken over by the home community (社区接收): accepted on whichever page, or decided by a superior."""

from __future__ import annotations

from bulou.duties.models import Duty
from bulou.isolation import actions as isolation
from bulou.isolation.rules.names import HOME_ACCEPTED
from bulou.kernel.actor import Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry


def home_taken_over(entry: Entry) -> None:
    """The duty of a hand-over home has a new owner: the days at home begin with it."""
    if ledger.content(entry).get("kind") != HOME_ACCEPTED:
        return
    duty = Duty.objects.get(pk=entry.subject.removeprefix("duty:"))
    isolation.accepted_by_fact(duty, by=system(unit=entry.unit, door=Door.PLAYBOOK), at=entry.happened_at)

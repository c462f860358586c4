"""An arrival goes where the duty to follow it goes: an offer was answered or lapsed, or a superior decided whose it is."""

from __future__ import annotations

from bulou.arrivals import actions as arrivals
from bulou.arrivals.choices import FOLLOWED
from bulou.duties.models import Duty
from bulou.kernel.actor import Door, system
from bulou.ledger.models import Entry


def arrival_follows(entry: Entry) -> None:
    """The follow-up has the owner of its duty, its tests with it; refused or lapsed, the sender has it as before."""
    duty = Duty.objects.filter(pk=entry.subject.removeprefix("duty:"), kind=FOLLOWED).first()
    if duty is not None:
        arrivals.passed_by_fact(
            code=duty.about.removeprefix("arrival:"), unit=duty.owner_id, by=system(unit=entry.unit, door=Door.PLAYBOOK),
            at=entry.happened_at,
        )  # fmt: skip

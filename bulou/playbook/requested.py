"""A resident's request goes where its duty goes (转办): an offer was answered or lapsed, or a superior decided whose it is."""

from __future__ import annotations

from bulou.duties.models import Duty
from bulou.kernel.actor import Door, system
from bulou.ledger.models import Entry
from bulou.requests import actions as requests
from bulou.requests.choices import ANSWERED

_KINDS = frozenset(ANSWERED.values())


def request_follows(entry: Entry) -> None:
    """The request has the owner of its duty; refused, withdrawn or lapsed, the sender has it as before."""
    duty = Duty.objects.filter(pk=entry.subject.removeprefix("duty:"), kind__in=_KINDS).first()
    if duty is not None:
        requests.passed_by_fact(
            code=duty.about.removeprefix("request:"), unit=duty.owner_id, by=system(unit=entry.unit, door=Door.PLAYBOOK),
            at=entry.happened_at,
        )  # fmt: skip

"""Rows as actions need them: locked, or not found. Used by this room and by testing.

Locks are ``FOR NO KEY UPDATE``: a tube that is registered meanwhile refers to round and site by key and need not wait.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.policy import Pack, pack_in_force
from bulou.rounds.models import Laboratory, Site, TestingRound


def pack_at(at: datetime) -> Pack:
    """The policy pack in force on the instant's local day."""
    return pack_in_force(settings.BULOU_POLICY, clock.day_of(at))


def missing_record() -> NotFound:
    """The answer for what does not exist; a foreign record is answered alike."""
    message = "no such record"
    return NotFound(message, remedy="Check the identifier.")


def locked_round(code: str) -> TestingRound:
    """The round's row, locked until the transaction ends."""
    found = TestingRound.objects.select_for_update(no_key=True).filter(pk=code).first()
    if found is None:
        raise missing_record()
    return found


def locked_site(site_id: int) -> Site:
    """The site's row, locked, with its round."""
    found = Site.objects.select_for_update(of=("self",), no_key=True).select_related("round").filter(pk=site_id).first()
    if found is None:
        raise missing_record()
    return found


def locked_laboratory(unit: str) -> Laboratory:
    """The laboratory's row, locked."""
    found = Laboratory.objects.select_for_update(no_key=True).filter(pk=unit).first()
    if found is None:
        raise missing_record()
    return found


def signature(by: Actor) -> str:
    """Who did it, as a record shows it: name and unit at that time."""
    return f"{by.name} · {by.unit}"[:120]

"""Evidence as the rules see it: ledger entries by id, with the people whom their erasable part names."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date

from django.conf import settings

from bulou.ledger import rules as digests
from bulou.ledger.models import Entry
from bulou.policy import Pack, pack_in_force
from bulou.restrictions.choices import Kind
from bulou.restrictions.guards import GROUNDS
from bulou.restrictions.rules import Allowed, Fact, people_in


def facts(entry_ids: Collection[int]) -> dict[int, Fact]:
    """The entries that exist, as evidence; a personal part that does not match its commitment names nobody."""
    found = Entry.objects.filter(pk__in=set(entry_ids)).select_related("personal")
    return {entry.pk: _fact(entry) for entry in found}


def _fact(entry: Entry) -> Fact:
    payload = getattr(entry, "personal", None)
    true = payload is not None and digests.commitment(salt=payload.salt, body=payload.body) == entry.commitment
    return Fact(
        tag=entry.tag,
        door=str(json.loads(entry.actor).get("door", "")),
        place=entry.unit,
        subject=entry.subject,
        people=people_in(payload.body) if payload is not None and true else frozenset(),
    )


def pack_now(on: date) -> Pack:
    """The policy pack in force on a day."""
    return pack_in_force(settings.BULOU_POLICY, on)


def allowed(pack: Pack, kind: Kind) -> Allowed:
    """What the pack allows for a kind, within what the database's guards know; ``PolicyFault`` when it knows it not."""
    rule = pack.restriction(kind.value)
    return Allowed(
        bases=rule.legal_bases,
        longest=rule.grounds,
        doors={one.tag: one.door for one in GROUNDS if one.kind is kind},
        level=rule.level,
    )

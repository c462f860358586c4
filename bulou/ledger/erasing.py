"""Erasing what entries say of persons, by rule, with an entry that proves what was erased and when (到期删除)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import QuerySet

from bulou.kernel.actor import Actor
from bulou.ledger import actions, rules
from bulou.ledger.models import PersonalPayload
from bulou.ledger.tags import Tag

BATCH = 5_000  # payloads under one entry, so that no transaction holds the ledger for long


def erase_due(*, kept: Mapping[str, timedelta], default: timedelta, by: Actor, at: datetime) -> int:
    """Erase every payload that is older than its rule keeps it, oldest first; returns how many.

    ``kept`` names the time by tag, ``default`` that of all other tags. Each batch is one transaction and one entry.
    """
    erased = 0
    for tag, span in kept.items():
        erased += _erase_all(_older(at - span).filter(entry__tag=tag), rule=tag, by=by, at=at)
    rest = _older(at - default).exclude(entry__tag__in=list(kept))
    return erased + _erase_all(rest, rule="default", by=by, at=at)


def _older(than: datetime) -> QuerySet[PersonalPayload]:
    return PersonalPayload.objects.filter(erased_by=None, entry__recorded_at__lt=than)


def _erase_all(found: QuerySet[PersonalPayload], *, rule: str, by: Actor, at: datetime) -> int:
    total = 0
    while count := erase(found, rule=rule, by=by, at=at):
        total += count
    return total


@transaction.atomic
def erase(found: QuerySet[PersonalPayload], *, rule: str, by: Actor, at: datetime) -> int:
    """Empty up to a batch of payloads and record it: rule, count, first and last entry, the digest of them all."""
    chosen = found.filter(erased_by=None).order_by("entry").select_for_update(of=("self",))
    rows = list(chosen.values_list("entry", "entry__commitment")[:BATCH])
    if not rows:
        return 0
    entry = actions.record(
        tag=Tag.PERSONAL_ERASED,
        subject=f"rule:{rule}"[:96],
        unit=by.unit,
        by=by,
        at=at,
        data={
            "rule": rule,
            "count": len(rows),
            "first": rows[0][0],
            "last": rows[-1][0],
            "digest": rules.erasure_digest(rows),
        },
    )
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = ON")  # else the words stay in the file's free pages
    for start in range(0, len(rows), 500):
        some = [pk for pk, _ in rows[start : start + 500]]
        PersonalPayload.objects.filter(pk__in=some, erased_by=None).update(salt="", body="", erased_by=entry)
    return len(rows)

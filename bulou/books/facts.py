"""Committing a fact of a line's row: the ledger's entry, the duties that it closes, the duties that it opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Model

from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_many
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.ledger import actions as ledger
from bulou.ledger.line_tags import AnyTag
from bulou.ledger.models import Entry
from bulou.policy import Pack, pack_in_force

_Row = TypeVar("_Row", bound=Model)


@transaction.atomic
def commit(
    *,
    tag: AnyTag,
    subject: str,
    unit: str,
    by: Actor,
    at: datetime,
    data: Mapping[str, object] | None = None,
    personal: Mapping[str, object] | None = None,
    closes: Sequence[str] = (),
    opens: Sequence[Owed] = (),
) -> Entry:
    """Record the fact; the open duties about ``subject`` of the kinds ``closes`` are fulfilled by it, ``opens`` begin.

    What crosses from one room to another stands in the playbook, which runs inside of the record.
    """
    entry = ledger.record(tag=tag, subject=subject, unit=unit, by=by, at=at, data=data, personal=personal)
    for kind in closes:
        duties.fulfil_by_fact(kind=kind, about=subject, tag=tag, ref=f"entry:{entry.pk}", by=by, at=at)
    if opens:
        open_many(opens, by=by, at=at)
    return entry


def due_of(kind: str, *, at: datetime, facts: Mapping[str, datetime] | None = None) -> datetime:
    """When a duty of this kind would be due by the pack in force; for a record that shows its own clock."""
    return pack_at(at).duty(kind).due_at({"opened_at": at, **(facts or {})})


def pack_at(at: datetime) -> Pack:
    """The policy pack in force on the instant's local day."""
    return pack_in_force(settings.BULOU_POLICY, clock.day_of(at))


def locked(model: type[_Row], code: str) -> _Row:
    """The row, locked until the transaction ends; ``NotFound`` answers alike for a missing and a foreign one."""
    found = model._default_manager.select_for_update(of=("self",), no_key=True).filter(pk=code).first()  # noqa: SLF001 - Django's name
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


def signature(by: Actor) -> str:
    """Who did it, as a record shows it: name and unit at that time."""
    return f"{by.name} · {by.unit}"[:120]

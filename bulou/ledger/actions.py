"""Committing facts: ``record`` is the one door; what follows from a fact runs in the same transaction."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger import rules
from bulou.ledger.line_tags import AnyTag, tag_of
from bulou.ledger.models import Entry, PersonalPayload

Step = Callable[[Entry], None]
OnFailure = Callable[[Entry, str, Exception], None]


@dataclass(frozen=True, slots=True)
class Playbook:
    """What follows from what, as ``config`` hands it in: steps per tag, and what to do when a step raises."""

    follows: Mapping[AnyTag, Sequence[Step]]
    nothing_follows: Mapping[AnyTag, str]
    on_failure: OnFailure


_playbook: Playbook | None = None


def install(playbook: Playbook) -> None:
    """Set the process's playbook; called once, by ``config``, when Django is ready."""
    global _playbook  # noqa: PLW0603 - the one upward call of the house: a table handed in, not a registry
    _playbook = playbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A fact before it is committed; ``personal`` is stored apart and can be erased."""

    tag: AnyTag
    subject: str
    unit: str
    by: Actor
    at: datetime
    data: Mapping[str, object] = field(default_factory=dict)
    personal: Mapping[str, object] | None = None


def record(
    *,
    tag: AnyTag,
    subject: str,
    unit: str,
    by: Actor,
    at: datetime,
    data: Mapping[str, object] | None = None,
    personal: Mapping[str, object] | None = None,
) -> Entry:
    """Commit one fact and run what follows from it, in the caller's transaction (or one of its own)."""
    draft = Draft(tag=tag, subject=subject, unit=unit, by=by, at=at, data=data or {}, personal=personal)
    return record_many([draft])[0]


def record_many(drafts: Iterable[Draft]) -> list[Entry]:
    """Commit several facts in one statement, then run what follows from each, in order."""
    recorded_at = clock.city()
    entries: list[Entry] = []
    payloads: list[tuple[Entry, str, str]] = []
    for draft in drafts:
        data, actor = rules.canonical(draft.data), rules.canonical(draft.by.as_json())
        named = ""
        if draft.personal is not None:
            salt, body = secrets.token_hex(16), rules.canonical(draft.personal)
            named = rules.commitment(salt=salt, body=body)
        digest = rules.entry_digest(
            tag=draft.tag.value,
            subject=draft.subject,
            unit=draft.unit,
            actor=actor,
            happened_at=draft.at,
            recorded_at=recorded_at,
            data=data,
            commitment=named,
        )
        entry = Entry(
            tag=draft.tag.value,
            subject=draft.subject,
            unit=draft.unit,
            actor=actor,
            happened_at=draft.at,
            recorded_at=recorded_at,
            data=data,
            commitment=named,
            digest=digest,
        )
        entries.append(entry)
        if draft.personal is not None:
            payloads.append((entry, salt, body))
    with transaction.atomic(savepoint=False):
        if len(entries) == 1:
            entries[0].save(force_insert=True)
        else:
            Entry.objects.bulk_create(entries)
        if payloads:
            PersonalPayload.objects.bulk_create(
                PersonalPayload(entry=entry, salt=salt, body=body) for entry, salt, body in payloads
            )
        for entry in entries:
            _follow(entry)
    return entries


def _follow(entry: Entry) -> None:
    if _playbook is None:
        message = "no playbook is installed: a fact would be committed and what follows from it forgotten"
        raise RuntimeError(message)
    tag = tag_of(entry.tag)
    if tag in _playbook.nothing_follows:
        return
    for step in _playbook.follows[tag]:
        try:
            with transaction.atomic():
                step(entry)
        except Exception as problem:  # noqa: BLE001 - whatever failed, the fact stays and the step becomes a duty
            _playbook.on_failure(entry, step.__name__, problem)


def content(entry: Entry) -> dict[str, object]:
    """The entry's data as values."""
    found: dict[str, object] = json.loads(entry.data)
    return found

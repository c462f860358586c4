"""Sealing what was committed, and verifying the whole chain."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby

from django.db import connection, transaction

from bulou.ledger import rules
from bulou.ledger.models import Entry, PersonalPayload, Seal
from bulou.ledger.tags import Tag

_SEAL_LOCK = 0x62756C6F75  # "bulou": the advisory lock that lets one process seal at a time
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Broken:
    """The first entry that does not hold: its id (None where a seal itself is broken) and why, in plain words."""

    entry: int | None
    seal: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What ``ledger verify`` found; the keys of CONTRACT's ``ledger verify --json``."""

    entries: int
    seals: int
    unsealed: int
    oldest_unsealed_s: float
    broken: Broken | None

    def as_json(self) -> dict[str, object]:
        """The verdict as plain values."""
        return asdict(self)


@transaction.atomic
def seal(*, at: datetime) -> Seal | None:
    """Seal every committed entry that has none, oldest first; None when there is nothing to seal."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_SEAL_LOCK])
    rows = list(Entry.objects.filter(seal=None).order_by("id").values_list("id", "digest"))
    if not rows:
        return None
    last = Seal.objects.order_by("-number").first()
    number = last.number + 1 if last else 1
    previous = last.digest if last else rules.NO_SEAL
    root = rules.merkle_root([digest for _, digest in rows])
    made = Seal.objects.create(
        number=number,
        previous=previous,
        root=root,
        count=len(rows),
        sealed_at=at,
        leaves=[[pk, digest[:16]] for pk, digest in rows],
        digest=rules.seal_digest(number=number, previous=previous, root=root, count=len(rows), sealed_at=at),
    )
    for start in range(0, len(rows), _BATCH):
        ids = [pk for pk, _ in rows[start : start + _BATCH]]
        Entry.objects.filter(id__in=ids, seal=None).update(seal=made)
    return made


def verify(*, at: datetime, anchor: str = "") -> Verdict:
    """Check every seal and entry; names the first that is altered, missing, foreign, reordered, or cut off.

    ``anchor`` is the digest of an older seal (the daily report prints one): without that seal the record was truncated
    or rewritten, even when the rest is consistent in itself.
    """
    broken = _first_broken(anchor)
    unsealed = Entry.objects.filter(seal=None).order_by("recorded_at")
    oldest = unsealed.values_list("recorded_at", flat=True).first()
    return Verdict(
        entries=Entry.objects.count(),
        seals=Seal.objects.count(),
        unsealed=unsealed.count(),
        oldest_unsealed_s=max(0.0, (at - oldest).total_seconds()) if oldest else 0.0,
        broken=broken,
    )


def _first_broken(anchor: str) -> Broken | None:
    previous, expected = rules.NO_SEAL, 1
    anchored = not anchor
    for made in Seal.objects.order_by("number").iterator(chunk_size=100):
        fault = _seal_fault(made, expected=expected, previous=previous) or _entries_fault(made)
        if fault is not None:
            return fault
        anchored = anchored or made.digest == anchor
        previous, expected = made.digest, made.number + 1
    if not anchored:
        return Broken(None, None, f"truncated or rewritten: no seal has the anchor's digest {anchor}")
    unsealed = Entry.objects.filter(seal=None).order_by("id").prefetch_related("personal")
    for entry in unsealed.iterator(chunk_size=_BATCH):
        if recomputed(entry) != entry.digest:
            return Broken(entry.pk, None, "altered: the content of this unsealed entry does not give its digest")
        if wrong := _payload_fault(entry, getattr(entry, "personal", None)):
            return Broken(entry.pk, None, wrong)
    return _erasures_fault()


def _seal_fault(made: Seal, *, expected: int, previous: str) -> Broken | None:
    if made.number != expected:
        return Broken(None, expected, f"missing: seal #{expected} is not there, #{made.number} follows")
    if made.previous != previous:
        return Broken(None, made.number, f"rewritten: seal #{made.number} does not name the digest of the seal before")
    digest = rules.seal_digest(
        number=made.number, previous=made.previous, root=made.root, count=made.count, sealed_at=made.sealed_at
    )
    if digest != made.digest:
        return Broken(None, made.number, f"altered: the content of seal #{made.number} does not give its digest")
    return None


def _entries_fault(made: Seal) -> Broken | None:
    found = {entry.pk: entry for entry in Entry.objects.filter(seal=made).iterator(chunk_size=_BATCH)}
    kept = {row.pk: row for row in PersonalPayload.objects.filter(entry__seal=made)}
    digests, before = [], 0
    for pk, beginning in made.leaves:
        entry = found.pop(pk, None)
        if entry is None:
            return Broken(pk, made.number, f"missing: seal #{made.number} lists an entry that is not there")
        digest = recomputed(entry)
        fault = _payload_fault(entry, kept.get(pk))
        if digest != entry.digest or not digest.startswith(beginning):
            fault = "altered: the content of the entry does not give the digest that was sealed"
        elif pk < before:
            fault = f"reordered: entry {before} is sealed before it in seal #{made.number}"
        if fault:
            return Broken(pk, made.number, fault)
        before = pk
        digests.append(digest)
    if found:
        return Broken(min(found), made.number, f"foreign: the entry claims seal #{made.number}, which does not list it")
    if rules.merkle_root(digests) != made.root or len(digests) != made.count:
        return Broken(None, made.number, f"altered: the entries that seal #{made.number} lists do not give its root or count")
    return None


def _payload_fault(entry: Entry, payload: PersonalPayload | None) -> str:
    """What is wrong with what an entry says of a person; erased by a recorded rule is right."""
    if not entry.commitment:
        return "foreign: a personal payload stands beside an entry that commits to none" if payload else ""
    if payload is None:
        return "missing: the entry commits to a personal payload that is neither there nor erased by a rule"
    if payload.erased_by_id is None and rules.commitment(salt=payload.salt, body=payload.body) != entry.commitment:
        return "altered: the personal payload does not give the commitment of its entry"
    return ""


def _erasures_fault() -> Broken | None:
    """The first erasure whose entry does not account for exactly the payloads that name it."""
    claimed = PersonalPayload.objects.filter(erased_by__isnull=False).order_by("erased_by", "entry")
    rows = claimed.values_list("erased_by", "erased_by__tag", "erased_by__data", "entry", "entry__commitment")
    for (pk, tag, data), members in groupby(rows.iterator(chunk_size=_BATCH), key=lambda row: row[:3]):
        found = rules.erasure_digest([(entry, commitment) for *_, entry, commitment in members])
        if tag != Tag.PERSONAL_ERASED.value or json.loads(data).get("digest") != found:
            return Broken(pk, None, "erased: other payloads are empty than this entry says that it erased")
    told = set(claimed.order_by().values_list("erased_by", flat=True).distinct())
    for pk in Entry.objects.filter(tag=Tag.PERSONAL_ERASED.value).order_by("id").values_list("id", flat=True):
        if pk not in told:
            return Broken(pk, None, "erased: the payloads that this entry says it erased name it no more")
    return None


def recomputed(entry: Entry) -> str:
    """The digest that the entry's columns give now."""
    return rules.entry_digest(
        tag=entry.tag,
        subject=entry.subject,
        unit=entry.unit,
        actor=entry.actor,
        happened_at=entry.happened_at,
        recorded_at=entry.recorded_at,
        data=entry.data,
        commitment=entry.commitment,
    )

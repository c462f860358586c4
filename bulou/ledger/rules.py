"""Digests, Merkle roots and seals: how a later change of the record becomes visible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

NO_SEAL = "0" * 64  # what the first seal names as its predecessor


def canonical(value: object) -> str:
    """The one JSON text of a value: sorted keys, no blanks, instants in UTC ISO 8601."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return instant(value)
    return str(value)


def instant(at: datetime) -> str:
    """An instant as digests see it: UTC with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def entry_digest(
    *,
    tag: str,
    subject: str,
    unit: str,
    actor: str,
    happened_at: datetime,
    recorded_at: datetime,
    data: str,
    commitment: str,
) -> str:
    """SHA-256 of an entry's whole content; the parts are length-prefixed, so none can run into the next."""
    parts = (tag, subject, unit, actor, instant(happened_at), instant(recorded_at), data, commitment)
    text = "".join(f"{len(part.encode())}:{part}" for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()


def commitment(*, salt: str, body: str) -> str:
    """The salted digest under which a personal payload is named, so that it can be erased and not guessed."""
    return hashlib.sha256(f"{salt}:{body}".encode()).hexdigest()


def erasure_digest(erased: Sequence[tuple[int, str]]) -> str:
    """What an erasure's entry says that it erased: SHA-256 over (entry, commitment) in the order of entries."""
    return hashlib.sha256(canonical([list(pair) for pair in erased]).encode()).hexdigest()


def merkle_root(digests: Sequence[str]) -> str:
    """The root over hexadecimal digests; leaves and nodes are hashed in different domains (RFC 6962, 2.1)."""
    if not digests:
        return hashlib.sha256(b"").hexdigest()
    row = [hashlib.sha256(b"\x00" + bytes.fromhex(digest)).digest() for digest in digests]
    while len(row) > 1:
        paired = [hashlib.sha256(b"\x01" + row[place] + row[place + 1]).digest() for place in range(0, len(row) - 1, 2)]
        row = paired + ([row[-1]] if len(row) % 2 else [])
    return row[0].hex()


def seal_digest(*, number: int, previous: str, root: str, count: int, sealed_at: datetime) -> str:
    """The digest that a seal hands to its successor and that the daily report prints."""
    content: Mapping[str, object] = {
        "number": number,
        "previous": previous,
        "root": root,
        "count": count,
        "sealed_at": instant(sealed_at),
    }
    return hashlib.sha256(canonical(content).encode()).hexdigest()

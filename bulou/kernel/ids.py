"""Public identifiers: short, sortable by time, checkable when read aloud."""

from __future__ import annotations

import secrets
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U to be misread


def public_id(prefix: str, at: datetime) -> str:
    """``prefix`` and 19 characters: 9 of the millisecond, 10 of chance (50 bits: a cut-off opens 10⁵ duties at one instant)."""
    number = int(at.timestamp() * 1000)
    stamp = ""
    for _ in range(9):
        number, digit = divmod(number, 32)
        stamp = _ALPHABET[digit] + stamp
    chance = "".join(secrets.choice(_ALPHABET) for _ in range(10))
    return f"{prefix}{stamp}{chance}"

"""Keyset paging: ``?after=KEY&limit=N``; the body's ``next`` is the key for the following page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from bulou.kernel.errors import InputFault

DEFAULT, MOST = 50, 500
_Row = TypeVar("_Row")


def page(
    rows: Callable[[int], Sequence[_Row]], *, limit: int, key: Callable[[_Row], str], show: Callable[[_Row], Any]
) -> dict[str, Any]:
    """``limit`` rows and the key after the last; ``rows(n)`` fetches at most ``n``."""
    if not 1 <= limit <= MOST:
        message = f"limit is between 1 and {MOST}"
        raise InputFault(message, column="limit")
    found = rows(limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return {"items": [show(row) for row in shown], "next": key(shown[-1]) if more and shown else None}

"""Tries at the doors that are open without an account, counted by address in the process's cache."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """Who asks, as far as the server knows: the peer's address."""
    return str(request.META.get("REMOTE_ADDR", ""))


def spent(name: str, who: str, *, most: int) -> bool:
    """Whether this address has no try left at this door."""
    return int(cache.get(_key(name, who), 0)) >= most


def spend(name: str, who: str, *, within_s: int) -> None:
    """Count one try; the count begins anew when the time since the first one has passed."""
    key = _key(name, who)
    if not cache.add(key, 1, within_s):
        try:
            cache.incr(key)
        except ValueError:  # it ended between the two
            cache.add(key, 1, within_s)


def _key(name: str, who: str) -> str:
    return f"bulou.{name}:{who}"

"""Named due rules for what a pack's table cannot say: one readable dict, no expression language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bulou.kernel import clock


def half_past_midnight(facts: Mapping[str, datetime]) -> datetime:
    """00:30 after the end of the report day in which ``day_starts_at`` lies (CONTRACT: the sweep freezes at 00:30)."""
    _, end = clock.day_bounds(clock.day_of(facts["day_starts_at"]))
    return end + timedelta(minutes=30)


DUE_RULES: Mapping[str, Callable[[Mapping[str, datetime]], datetime]] = {
    "half_past_midnight": half_past_midnight,
}

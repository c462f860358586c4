"""The steps of base numbers read out; files and actions write them, no file does so directly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bulou.exchange.kinds.fields import shown
from bulou.kernel.actor import Actor
from bulou.people import base_numbers

COLUMNS = ("place_code", "changed_at", "cause", "change", "source")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """Every step below the reader's unit, the earliest first."""
    del round_code
    for row in base_numbers.changes(by).iterator(chunk_size=10_000):
        yield row.place_code, shown(row.changed_at), row.cause, str(row.change), row.source

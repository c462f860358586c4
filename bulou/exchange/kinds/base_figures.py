"""The base figures of a unit read out, one a line with its time, its source, and what speaks against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bulou.exchange.kinds.fields import shown
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.reporting import holdings
from bulou.reporting.base_figures import Page

COLUMNS = ("unit", "figure", "value", "counted_in", "as_of", "source", "doubt", "other_source", "other_value", "since")


def cells(page: Page) -> Iterator[Sequence[str]]:
    """The figures of a page, in its order."""
    for one in page.figures:
        doubt = one.doubt
        yield (
            page.unit, one.name, "" if one.value is None else str(one.value), one.unit, shown(one.as_of), one.source,
            doubt.why.value if doubt else "", doubt.source if doubt else "",
            str(doubt.other) if doubt and doubt.other is not None else "", shown(doubt.since) if doubt and doubt.since else "",
        )  # fmt: skip


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The figures of the reader's own unit, now."""
    del round_code
    yield from cells(holdings.whole(by, at=clock.city()))

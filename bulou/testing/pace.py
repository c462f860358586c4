"""How fast a round goes in each place: the rate over the last window, from the snapshots that progress keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.rounds.models import TestingRound
from bulou.testing import rules
from bulou.testing.models import Progress
from bulou.testing.rules import Projection, Sample, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What was tested in each place when the window began; None when nothing is known of that time."""

    base_at: datetime | None
    tested: Mapping[str, int]
    now: datetime
    least_span: timedelta

    def projection(self, place: str, tally: Tally) -> Projection:
        """When the place will be done, at its rate since the window began."""
        samples = [Sample(self.now, tally.tested)]
        if self.base_at is not None:
            samples.append(Sample(self.base_at, self.tested.get(place, 0)))
        return rules.projected_finish(samples, missing=tally.missing, now=self.now, least_span=self.least_span)


def pace_of(row: TestingRound, *, window: timedelta, now: datetime) -> Pace:
    """The round's pace over the window that ends now; three statements at most, each by index.

    The window begins with the last snapshot before it; where the round opened within it, with its opening, when nobody
    was tested; else with the oldest snapshot inside. A span under half the window says nothing.
    """
    base_at = _base_at(row, window=window, now=now)
    tested = {}
    if base_at is not None:
        tested = dict(Progress.objects.filter(round=row, as_of=base_at).values_list("place_code", "tested"))
    return Pace(base_at=base_at, tested=tested, now=now, least_span=window / 2)


def _base_at(row: TestingRound, *, window: timedelta, now: datetime) -> datetime | None:
    kept = Progress.objects.filter(round=row).values_list("as_of", flat=True)
    before = kept.filter(as_of__lte=now - window, as_of__gt=now - 2 * window).order_by("-as_of").first()
    if before is not None:
        return before
    opened_at = row.opened_at or row.opens_at
    if opened_at > now - 2 * window:
        return opened_at
    return kept.filter(as_of__gt=now - window, as_of__lt=now).order_by("as_of").first()

"""The epidemic curve: cases by day of symptoms, and by day of detection where no symptoms are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from bulou.web.show.figures import percent

_MOST_BARS = 92
_MOST_TEXTS = 9
_TOP = 0.92  # the highest bar, in shares of the plot


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveBar:
    """One day or week: cases with symptoms, and above them those known by detection alone."""

    first: date
    with_onset: int
    by_detection: int
    x: str
    width: str
    onset_y: str
    onset_h: str
    seen_y: str
    seen_h: str
    text: str  # the day, where there is room for it
    text_x: str

    @property
    def total(self) -> int:
        """All cases of the bar."""
        return self.with_onset + self.by_detection


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The bars, the rungs (place, number), and how many days a bar stands for."""

    bars: tuple[CurveBar, ...]
    rungs: tuple[tuple[str, int], ...]
    days: int


def curve(cases: Iterable[tuple[date | None, date]]) -> Curve | None:
    """Draw cases given as (day of symptoms or None, day of detection); None without any."""
    known: Counter[date] = Counter()
    seen: Counter[date] = Counter()
    for onset, detected in cases:
        (known if onset else seen)[onset or detected] += 1
    days = known.keys() | seen.keys()
    if not days:
        return None
    first, last = min(days), max(days)
    step = 1 if (last - first).days < _MOST_BARS else 7 * (1 + (last - first).days // (7 * _MOST_BARS))
    number = (last - first).days // step + 1
    sums = [
        tuple(sum(count for day, count in found.items() if (day - first).days // step == bar) for found in (known, seen))
        for bar in range(number)
    ]
    most = max(sum(one) for one in sums)
    every = -(-number // _MOST_TEXTS)
    wide = 1 / number
    bars = tuple(
        CurveBar(
            first=first + timedelta(days=step * place),
            with_onset=onset,
            by_detection=detected,
            x=percent(place * wide + wide * 0.08),
            width=percent(wide * 0.84),
            onset_y=percent(1 - _TOP * onset / most),
            onset_h=percent(_TOP * onset / most),
            seen_y=percent(1 - _TOP * (onset + detected) / most),
            seen_h=percent(_TOP * detected / most),
            text=f"{first + timedelta(days=step * place):%m-%d}" if place % every == 0 else "",
            text_x=percent(place * wide + wide / 2),
        )
        for place, (onset, detected) in enumerate(sums)
    )
    rungs = tuple((percent(1 - _TOP * value / most), value) for value in sorted({most, most // 2} - {0}))
    return Curve(bars=bars, rungs=rungs, days=step)

"""The arithmetic of the daily report: keys that must agree, two equations, small cells (D18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bulou.kernel.errors import Refused

SERIES = "2022-09-11"  # since then only confirmed and asymptomatic are published; "positives" before is another series


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What a figure is about; two figures are compared only when all but the day agree."""

    area: str
    day: date
    statistic: str
    series: str = SERIES
    source: str = ""


def difference(later: tuple[Key, int], earlier: tuple[Key, int]) -> int:
    """``later − earlier``; unlike keys are never subtracted (715 *positives* against 373 cases is no fall)."""
    first, second = later[0], earlier[0]
    for part in ("area", "statistic", "series", "source"):
        if getattr(first, part) != getattr(second, part):
            message = f"these figures differ in their {part}: {getattr(first, part)!r} and {getattr(second, part)!r}"
            raise Refused(message, code="unlike-keys", remedy="Compare figures of one area, statistic, series, source.")
    return later[1] - earlier[1]


def cumulative(*, yesterday: int, new: int, corrections: int = 0) -> int:
    """Cumulative = yesterday + new − corrections."""
    return yesterday + new - corrections


def existing_confirmed(*, yesterday: int, new: int, discharged: int) -> int:
    """Existing confirmed = yesterday + new (conversions are among the new) − discharged."""
    return yesterday + new - discharged


def existing_asymptomatic(*, yesterday: int, new: int, converted: int, released: int) -> int:
    """Existing asymptomatic = yesterday + new − converted − released."""
    return yesterday + new - converted - released


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation of the report as it was found: what it says, its two sides, whether they agree."""

    name: str
    left: int
    right: int
    terms: str

    @property
    def holds(self) -> bool:
        """Whether both sides are equal."""
        return self.left == self.right


def equations(*, today: Mapping[str, int], yesterday: Mapping[str, int]) -> list[Equation]:
    """Both equations for confirmed and asymptomatic, from the figures of two days that follow each other.

    Keys: cumulative_*, new_*, corrected_*, existing_*, converted, discharged, released. Only what is known is checked.
    """
    found = []
    for kind in ("confirmed", "asymptomatic"):
        before, now = yesterday.get(f"cumulative_{kind}"), today.get(f"cumulative_{kind}")
        if before is not None and now is not None:
            new, mended = today.get(f"new_{kind}", 0), today.get(f"corrected_{kind}", 0)
            right = cumulative(yesterday=before, new=new, corrections=mended)
            found.append(Equation(f"cumulative_{kind}", now, right, f"{before} + {new} − {mended}"))
    before, now = yesterday.get("existing_confirmed"), today.get("existing_confirmed")
    if before is not None and now is not None:
        new, left = today.get("new_confirmed", 0), today.get("discharged", 0)
        right = existing_confirmed(yesterday=before, new=new, discharged=left)
        found.append(Equation("existing_confirmed", now, right, f"{before} + {new} − {left}"))
    before, now = yesterday.get("existing_asymptomatic"), today.get("existing_asymptomatic")
    if before is not None and now is not None:
        new = today.get("new_asymptomatic", 0)
        turned, freed = today.get("converted", 0), today.get("released", 0)
        right = existing_asymptomatic(yesterday=before, new=new, converted=turned, released=freed)
        found.append(Equation("existing_asymptomatic", now, right, f"{before} + {new} − {turned} − {freed}"))
    return found


def public_row(cells: Mapping[str, int], *, smallest: int) -> dict[str, str]:
    """A row of a public table whose total is published too: no small cell can be computed from what is shown.

    Small cells read ``<5`` where their sum leaves each of them at least two values. Where it does not (one small cell; all
    ones), one more cell is hidden, the smallest that is not zero, else a zero, and all hidden ones read ``*``: any number
    (secondary suppression). ``cells`` holds every part, also those with zero. A row of one part is its own total.
    """
    small = [name for name, value in cells.items() if 0 < value < smallest]
    shown = {name: f"<{smallest}" if name in small else str(value) for name, value in cells.items()}
    count, total = len(small), sum(cells[name] for name in small)
    if not small or len(cells) == 1 or (count > 1 and count < total < count * (smallest - 1)):
        return shown
    others = sorted((value == 0, value, name) for name, value in cells.items() if name not in small)
    return shown | dict.fromkeys([*small, *(name for _, _, name in others[:1])], "*")

"""Half-open intervals of instants, and ISO 8601 durations as packs and files write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_DURATION = re.compile(r"P(?:(?P<days>\d+)D)?(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?")


@dataclass(frozen=True, slots=True)
class Period:
    """``start <= x < until``; ``until`` None means without a known end."""

    start: datetime
    until: datetime | None = None

    def __post_init__(self) -> None:
        """An empty or reversed period is a mistake of the caller."""
        if self.until is not None and self.until <= self.start:
            message = f"a period must end after it starts: {self.start} .. {self.until}"
            raise ValueError(message)

    def covers(self, at: datetime) -> bool:
        """Whether the instant lies inside."""
        return self.start <= at and (self.until is None or at < self.until)

    def overlaps(self, other: Period) -> bool:
        """Whether the two share an instant; touching is no overlap."""
        return (other.until is None or self.start < other.until) and (self.until is None or other.start < self.until)


def parse_duration(text: str) -> timedelta:
    """An ISO 8601 duration of days, hours, minutes, seconds (``PT4H``, ``P7D``); years and months are refused."""
    found = _DURATION.fullmatch(text)
    if found is None or text == "P":
        message = f"not a duration such as PT4H or P7D: {text!r}"
        raise ValueError(message)
    return timedelta(**{unit: int(value) for unit, value in found.groupdict().items() if value})


def duration_text(span: timedelta) -> str:
    """The canonical text of a non-negative duration, the inverse of ``parse_duration``."""
    seconds = int(span.total_seconds())
    if seconds < 0:
        message = f"a duration is not negative: {span}"
        raise ValueError(message)
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    clock = "".join(f"{value}{unit}" for value, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if value)
    if not days and not clock:
        return "PT0M"
    return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"

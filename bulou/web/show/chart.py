"""The one chart of a round: tested over time against the line that would reach everybody by the deadline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext

from bulou.web.show.band import Axis, Line, hour_lines
from bulou.web.show.words import count, time_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """How many had been tested by an instant."""

    at: datetime
    tested: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """A row of the table behind the chart."""

    time: str
    tested: int
    needed: int

    @property
    def ahead(self) -> int:
        """How many more than needed; negative when behind."""
        return self.tested - self.needed


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A horizontal line of the chart: a share of all that are to be tested."""

    y: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Paths in a drawing of 100 × 100 that is stretched over the plot; lines and rungs as SVG lengths; the table."""

    tested: str
    area: str
    needed: str
    projected: str
    lines: tuple[Line, ...]
    rungs: tuple[Rung, ...]
    rows: tuple[ChartRow, ...]
    words: str
    end_x: str = ""
    end_y: str = ""


def needed_by(at: datetime, *, starts_at: datetime, deadline: datetime, total: int) -> int:
    """How many must be tested by an instant, at an even rate from the start to the deadline."""
    part = (at - starts_at) / (deadline - starts_at)
    return int(total * min(1.0, max(0.0, part)))


def progress_chart(
    points: Sequence[Point],
    *,
    starts_at: datetime,
    deadline: datetime,
    total: int,
    now: datetime,
    projected_at: datetime | None = None,
    words: str = "",
) -> Chart:
    """Draw the tested against the needed; ``projected_at`` is when all are tested at the present rate."""
    end = max(deadline, now, min(projected_at, deadline + (deadline - starts_at) / 4) if projected_at else deadline)
    axis = Axis(starts_at, end + (end - starts_at) * 0.03)

    def place(at: datetime, number: float) -> str:
        high = 100 - 94 * min(1.0, number / total) if total else 100.0
        return f"{axis.clip(at) * 100:.2f},{high:.2f}"

    track = [place(p.at, p.tested) for p in points]
    area = ""
    if points:
        floor = f"{axis.clip(points[-1].at) * 100:.2f},100 {axis.clip(points[0].at) * 100:.2f},100"
        area = " ".join([*track, floor])
    projected = ""
    if points and projected_at and projected_at > points[-1].at:
        projected = f"{track[-1]} {_until(points[-1], projected_at, axis.end, total, place)}"
    rows = tuple(
        ChartRow(
            time=time_of(p.at, now),
            tested=p.tested,
            needed=needed_by(p.at, starts_at=starts_at, deadline=deadline, total=total),
        )
        for p in points
    )
    limit = Line(at=axis.place(deadline), text=gettext("limit %(time)s") % {"time": time_of(deadline, now)}, kind="limit")
    last = track[-1].split(",") if track else ["", ""]
    return Chart(
        tested=" ".join(track),
        area=area,
        needed=f"{place(starts_at, 0)} {place(deadline, total)}",
        projected=projected,
        lines=(*hour_lines(axis, now), limit),
        rungs=tuple(Rung(y=f"{100 - 94 * quarter / 4:.2f}%", text=count(total * quarter // 4)) for quarter in (1, 2, 3, 4)),
        rows=rows,
        words=words,
        end_x=f"{last[0]}%" if track else "",
        end_y=f"{last[1]}%" if track else "",
    )


def _until(last: Point, projected_at: datetime, end: datetime, total: int, place: Callable[[datetime, float], str]) -> str:
    """Where the projected line leaves the plot: at all tested, or at the plot's right edge before that."""
    if projected_at <= end:
        return place(projected_at, total)
    part = (end - last.at) / (projected_at - last.at)
    return place(end, last.tested + (total - last.tested) * part)

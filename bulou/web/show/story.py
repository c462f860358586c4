"""The same band for one thing's story: who held it from when to when, its clock, and the instants that mattered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext

from bulou.web.show.band import Axis, Band, Bar, Kind, Lane, Line, hour_lines
from bulou.web.show.words import late_words, span_words, time_of

_EDGE = 0.04  # room before the first and after the last instant, in shares of the story
_THIN = 0.006
_MOMENT = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Something that lasted: an owner, a place; ``until`` None means that it still lasts."""

    start: datetime
    until: datetime | None = None
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened at an instant: told, signed, scanned."""

    at: datetime
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLane:
    """One lane of a story: an owner with the intervals in which it held the thing, or a row of moments."""

    name: str
    intervals: tuple[Interval, ...] = ()
    moments: tuple[Moment, ...] = ()


def story(
    lanes: Sequence[StoryLane],
    *,
    now: datetime,
    opened_at: datetime,
    due_at: datetime | None,
    closed_at: datetime | None = None,
) -> Band:
    """The band of one duty, box or tube, from its opening to its close, or to now and its due instant if it is open.

    An interval is drawn as held up to the due instant and as late beyond it, until the thing closed.
    """
    last = closed_at or now
    end = max(last, due_at or last)
    span = max(end - opened_at, timedelta(minutes=10))
    axis = Axis(opened_at - span * _EDGE, opened_at + span * (1 + 2 * _EDGE))
    drawn = []
    for lane in lanes:
        bars: list[Bar] = []
        for interval in lane.intervals:
            until = min(interval.until or last, last)
            bars += _held(interval, until, due_at, axis.place(interval.start), axis)
        bars += [
            Bar(kind=Kind.TOLD, at=axis.place(m.at), width=_MOMENT, title=f"{time_of(m.at, now)} {m.label}")
            for m in lane.moments
        ]
        words = "; ".join(bar.title for bar in bars)
        drawn.append(Lane(name=lane.name, bars=tuple(bars), words=words))
    lines = list(hour_lines(axis, now if closed_at is None else None))
    if due_at is not None:
        text = gettext("limit %(time)s") % {"time": time_of(due_at, now)}
        lines.append(Line(at=axis.place(due_at), text=text, kind="limit"))
    return Band(lanes=tuple(drawn), lines=tuple(lines), now=axis.clip(now) if closed_at is None else None)


def _held(interval: Interval, until: datetime, due_at: datetime | None, left: float, axis: Axis) -> list[Bar]:
    """An interval as one bar, or as two where the clock ran out inside it."""
    title = f"{interval.label} {time_of(interval.start)}–{time_of(until)}".strip()
    if due_at is None or until <= due_at:
        return [Bar(kind=Kind.HELD, at=left, width=max(axis.place(until) - left, _THIN), title=title, label=interval.label)]
    cut = max(due_at, interval.start)
    late = Bar(
        kind=Kind.LATE,
        at=axis.place(cut),
        width=max(axis.place(until) - axis.place(cut), _THIN),
        title=gettext("%(what)s, %(span)s beyond the limit") % {"what": title, "span": span_words(until - cut)},
    )
    if cut <= interval.start:
        return [late]
    return [Bar(kind=Kind.HELD, at=left, width=axis.place(cut) - left, title=title, label=interval.label), late]


def age_lane(
    started_at: datetime,
    due_at: datetime,
    *,
    now: datetime,
    before: timedelta,
    after: timedelta,
    name: str = "",
    closed_at: datetime | None = None,
) -> Lane:
    """One thing's age on the axis of a table's column: held until its limit, late beyond it, with now and the limit."""
    axis = Axis(now - before, now + after)
    last = closed_at or now
    left, limit, right = axis.clip(started_at), axis.clip(due_at), axis.clip(last)
    bars = []
    if started_at < due_at:
        bars.append(
            Bar(
                kind=Kind.DONE if closed_at else Kind.HELD,
                at=left,
                width=max(min(limit, right) - left, _THIN),
                clipped=axis.place(started_at) < 0,
            )
        )
    if last > due_at:
        bars.append(Bar(kind=Kind.LATE, at=limit, width=max(right - limit, _THIN), clipped=axis.place(due_at) < 0))
    lines = (Line(at=limit, text="", kind="limit"), Line(at=axis.clip(now), text="", kind="now"))
    words = gettext("since %(time)s, %(clock)s") % {"time": time_of(started_at, now), "clock": late_words(due_at, last)}
    return Lane(name=name, bars=tuple(bars), lines=lines, words=words)

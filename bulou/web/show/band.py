"""The time band: now is a line, what is left of it and still open is late, hollow means within the hour.

Pure: marks and instants in, places in shares of the track's width out. A place is 0 at the band's left edge and 1 at
its right. A mark's left edge is its due instant, so that a bar begins to grow, red, at the moment now crosses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.translation import gettext, ngettext

from bulou.kernel import clock
from bulou.web.show.figures import HOUR, State, percent, state_of
from bulou.web.show.words import span_words, time_of

_SINGLE = 0.018  # width of one mark: 15 px of a desk's track, 5 px of a phone's
_PHONE_TRACK_PX = 300
_DESK_TRACK_PX = 660  # 55 letters of the small size: the wall's track, the narrowest of those that show labels
_DIGIT_PX = 7
_LETTER_PX = 6.5
_WIDE_LETTER_PX = 12
_GAP_PX = 6
_FIRST_CJK = 0x2E80
_MOST_HOURS = 6  # so many clock times stand beside each other on a phone's axis
_NEAR, _CLOSE = 0.06, 0.19  # half of "now 14:26" and of an hour's text, on the desk's axis and on a phone's
_EDGE = 0.04  # half of a clock time's width on the desk's axis
_BAR = 0.44  # height of a bar, in shares of the lane
_LOWEST, _HIGHEST = 0.22, 0.60  # height of the first and the last step of a late pile, in shares of the lane


class Kind(StrEnum):
    """What a bar means, and so how it is drawn."""

    LATE = "late"
    SOON = "soon"
    LATER = "later"
    HELD = "held"  # an interval in time: who owned the duty, where the box was
    DONE = "done"
    TOLD = "told"  # an instant: a step of the escalation, a signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something owed at an instant, in one lane; ``until`` when it is a slot rather than an instant."""

    lane: str
    due_at: datetime
    label: str = ""
    href: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneHead:
    """A lane's key, name, and where its late list is."""

    key: str
    name: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A drawn mark; the places are shares of the track, the texts already in the reader's language."""

    kind: Kind
    at: float
    width: float
    count: int = 1
    label: str = ""
    href: str = ""
    title: str = ""
    step: float = _BAR  # height in shares of the lane
    piled: bool = False  # a step of a pile: it stands on the lane's floor, not in its middle
    clipped: bool = False  # it began before the band's left edge

    @property
    def x(self) -> str:
        """Left edge as an SVG length."""
        return percent(self.at)

    @property
    def w(self) -> str:
        """Width as an SVG length."""
        return percent(self.width)

    @property
    def end(self) -> str:
        """Right edge as an SVG length."""
        return percent(self.at + self.width)

    @property
    def y(self) -> str:
        """Upper edge as an SVG length."""
        return percent((0.5 + _HIGHEST / 2 - self.step) if self.piled else (0.5 - self.step / 2))

    @property
    def h(self) -> str:
        """Height as an SVG length."""
        return percent(self.step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line across all lanes: the hour, the limit, now."""

    at: float
    text: str
    kind: str = "hour"
    close: bool = False  # its text would touch another on a phone, and is left out there

    @property
    def x(self) -> str:
        """Place as an SVG length."""
        return percent(self.at)

    @property
    def anchor(self) -> str:
        """How the text hangs on its line, so that it stays inside the drawing."""
        if self.at <= _EDGE:
            return "start"
        return "end" if self.at >= 1 - _EDGE else "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One line of work, one owner, one box: its bars from left to right."""

    name: str
    bars: tuple[Bar, ...] = ()
    lines: tuple[Line, ...] = ()
    href: str = ""
    late: int = 0
    note: str = ""
    words: str = ""  # what a screen reader says of the lane as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Lanes over one common time axis."""

    lanes: tuple[Lane, ...]
    lines: tuple[Line, ...]
    now: float | None  # None once the story is closed: now lies outside of it
    late: int = 0

    @property
    def now_x(self) -> str:
        """Where now is, as an SVG length; empty without it."""
        return "" if self.now is None else percent(self.now)


@dataclass(frozen=True, slots=True)
class Axis:
    """The stretch of time that a band shows."""

    start: datetime
    end: datetime

    def place(self, at: datetime) -> float:
        """Where an instant lies, 0 at the start and 1 at the end; outside of the band it is below 0 or above 1."""
        return (at - self.start) / (self.end - self.start)

    def clip(self, at: datetime) -> float:
        """The same, held within the band."""
        return min(1.0, max(0.0, self.place(at)))


def band(
    marks: Iterable[Mark],
    now: datetime,
    before: timedelta = HOUR,
    after: timedelta = 3 * HOUR,
    *,
    lanes: Sequence[LaneHead],
) -> Band:
    """Place what is owed from ``before`` ahead of now until ``after`` it, one lane for each head.

    What was due earlier than the band begins is cut at its left edge and said so; what is due later is left out.
    Late marks of a lane become one pile whose steps rise at each due instant. Coming marks that would touch on a
    phone become one bar with their number; a bar never joins what is due within the hour with what is due later.
    """
    axis = Axis(now - before, now + after)
    by_lane: dict[str, list[Mark]] = {head.key: [] for head in lanes}
    for mark in marks:
        if mark.lane not in by_lane:
            message = f"a mark of the unknown lane {mark.lane!r}"
            raise ValueError(message)
        by_lane[mark.lane].append(mark)
    drawn = []
    for head in lanes:
        late = sorted((m for m in by_lane[head.key] if m.due_at <= now), key=lambda m: m.due_at)
        coming = sorted((m for m in by_lane[head.key] if now < m.due_at < axis.end), key=lambda m: m.due_at)
        bars = (*_pile(late, now, axis, head.href), *_label(_crowd(coming, now, axis)))
        words = ngettext("%(count)d late", "%(count)d late", len(late)) % {"count": len(late)}
        drawn.append(Lane(name=head.name, bars=bars, href=head.href, late=len(late), words=words))
    return Band(
        lanes=tuple(drawn),
        lines=hour_lines(axis, now),
        now=axis.clip(now),
        late=sum(lane.late for lane in drawn),
    )


def _pile(late: list[Mark], now: datetime, axis: Axis, href: str) -> tuple[Bar, ...]:
    """The late marks of a lane as steps that rise towards now; a single one is a bar from its due instant to now."""
    steps = []
    rise = (_HIGHEST - _LOWEST) / max(1, len(late) - 1)
    for number, mark in enumerate(late):
        left = axis.clip(mark.due_at)
        if number + 1 < len(late) and axis.clip(late[number + 1].due_at) <= left:
            continue  # another was due at the same instant, or both before the band begins: the later step covers it
        steps.append(
            Bar(
                kind=Kind.LATE,
                at=left,
                width=max(axis.clip(now) - left, 0.004),
                count=number + 1,
                step=_LOWEST + rise * number if len(late) > 1 else _BAR,
                piled=len(late) > 1,
                href=mark.href if len(late) == 1 else href,
                title=_title(mark.label, mark.due_at, now),
                clipped=axis.place(mark.due_at) < 0,
            )
        )
    return tuple(steps)


def _crowd(coming: list[Mark], now: datetime, axis: Axis) -> list[Bar]:
    """Coming marks as bars; those that would touch on a phone's track become one with their number."""
    groups: list[tuple[Bar, list[Mark]]] = []
    for mark in coming:
        kind = Kind.SOON if state_of(mark.due_at, now) is State.SOON else Kind.LATER
        left = axis.place(mark.due_at)
        right = min(1.0, max(axis.place(mark.until), left + _SINGLE) if mark.until else left + _SINGLE)
        if groups:
            bar, members = groups[-1]
            if bar.kind is kind and left < bar.at + bar.width + _number_width(bar.count):
                members.append(mark)
                groups[-1] = (
                    replace(bar, width=max(bar.width, right - bar.at), count=len(members)),
                    members,
                )
                continue
        groups.append((Bar(kind=kind, at=left, width=right - left), [mark]))
    return [_named(bar, members, now) for bar, members in groups]


def _named(bar: Bar, members: list[Mark], now: datetime) -> Bar:
    """A bar with the label and link that its members share, and a title that names the first."""
    first = members[0]
    label = first.label if all(m.label == first.label for m in members) else ""
    title = _title(first.label, first.due_at, now)
    if len(members) > 1:
        # The name that is read out holds the words that are seen: "3 boxes".
        what = f"{len(members)} {label}" if label else gettext("%(count)d duties") % {"count": len(members)}
        title = gettext("%(what)s · first due %(time)s") % {"what": what, "time": time_of(first.due_at, now)}
    return replace(
        bar,
        label=label,
        href=first.href if all(m.href == first.href for m in members) else "",
        title=title,
    )


def _number_width(count: int) -> float:
    """The room that a bar's number takes on a phone's track, in shares."""
    return (2 * _GAP_PX + (_DIGIT_PX * len(str(count)) if count > 1 else 0)) / _PHONE_TRACK_PX


def _label(bars: list[Bar]) -> tuple[Bar, ...]:
    """Keep the label of a bar where it ends before the next bar begins; the title keeps it for all."""
    labelled = []
    for number, bar in enumerate(bars):
        limit = bars[number + 1].at if number + 1 < len(bars) else 1.0
        room = (limit - bar.at - bar.width) * _DESK_TRACK_PX - 2 * _GAP_PX
        digits = (len(str(bar.count)) + 1) * _DIGIT_PX if bar.count > 1 else 0
        fits = digits + text_width(bar.label) <= room
        labelled.append(bar if fits else replace(bar, label=""))
    return tuple(labelled)


def text_width(text: str) -> float:
    """A text's width in pixels at the small size, near enough to decide whether a label fits."""
    return sum(_WIDE_LETTER_PX if ord(letter) >= _FIRST_CJK else _LETTER_PX for letter in text)


def hour_lines(axis: Axis, now: datetime | None) -> tuple[Line, ...]:
    """Lines at full hours of the city's clock, and now where it is given.

    An hour has no text of its own where that would touch the text of now.
    """
    lines = []
    span = axis.end - axis.start
    step = next((hours * HOUR for hours in (1, 2, 3, 4, 6, 12) if span <= hours * _MOST_HOURS * HOUR), 24 * HOUR)
    at = clock.local(axis.start).replace(minute=0, second=0, microsecond=0)
    while at < axis.end:
        place = axis.place(at)
        if place >= 0:
            gap = abs(place - axis.place(now)) if now else 1.0
            lines.append(Line(at=place, text="" if gap < _NEAR else time_of(at), close=gap < _CLOSE))
        at += step
    if now is None:
        return tuple(lines)
    return (*lines, Line(at=axis.clip(now), text=gettext("now %(time)s") % {"time": time_of(now)}, kind="now"))


def _title(label: str, due_at: datetime, now: datetime) -> str:
    """What a mark says when it is pointed at or read out."""
    if due_at <= now:
        clock_words = gettext("%(span)s late") % {"span": span_words(now - due_at)}
    else:
        clock_words = gettext("due %(time)s") % {"time": time_of(due_at, now)}
    return f"{label} · {clock_words}" if label else clock_words

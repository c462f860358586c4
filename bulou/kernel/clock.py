"""The only reader of the system clock.

Two clocks: ``city()`` is the time in which duties fall due (simulated in drills), ``wall()`` is the machine's (sessions,
leases, the sweep's heartbeat). In production they agree. A drill runs its city clock at an offset, or stands still
inside ``frozen``. Actions take ``at``; only edges ask a clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CITY_ZONE = ZoneInfo("Asia/Shanghai")

_frozen: ContextVar[datetime | None] = ContextVar("bulou_city_clock", default=None)
_offset: timedelta = timedelta(0)


def wall() -> datetime:
    """The machine's time, UTC."""
    return datetime.now(UTC)


def city() -> datetime:
    """The city's time, UTC: the wall clock in production, the drill's clock in a drill."""
    at = _frozen.get()
    return at if at is not None else wall() + _offset


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Hold the city clock at one instant, as a drill does while it plays an event."""
    token = _frozen.set(as_utc(at))
    try:
        yield
    finally:
        _frozen.reset(token)


def run_from(at: datetime) -> None:
    """Let the city clock run on from ``at`` (a drill that is served after it was played)."""
    global _offset  # noqa: PLW0603 - the offset is the process's one clock setting, set once at start-up
    _offset = as_utc(at) - wall()


def drill_offset() -> timedelta:
    """How far the city clock runs from the wall clock: zero outside of drills."""
    return _offset


def as_utc(at: datetime) -> datetime:
    """An aware instant in UTC; a naive one is refused, because its zone would be guessed."""
    if at.tzinfo is None:
        message = f"a naive instant has no zone: {at.isoformat()}"
        raise ValueError(message)
    return at.astimezone(UTC)


def local(at: datetime) -> datetime:
    """The instant in the city's zone, for showing and for report days."""
    return at.astimezone(CITY_ZONE)


def day_of(at: datetime) -> date:
    """The local calendar day in which the instant falls."""
    return local(at).date()


def day_bounds(on: date) -> tuple[datetime, datetime]:
    """A report day as a half-open interval [00:00, 24:00) of local time, in UTC."""
    start = datetime.combine(on, time(0), tzinfo=CITY_ZONE)
    end = datetime.combine(on + timedelta(days=1), time(0), tzinfo=CITY_ZONE)
    return start.astimezone(UTC), end.astimezone(UTC)

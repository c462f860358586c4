"""Pure rules of testing: figures that add up, the rate to finish against the deadline, labels without names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

STREET_LENGTH: Final = 9  # digits of a street's or township's code
LENGTHS: Final = (4, 6, STREET_LENGTH, 12)  # digits of a code at each of LEVELS
_CHILD_LENGTH: Final = {2: 4, 4: 6, 6: 9, 9: 12, 12: 17, 17: 21}

HOUR: Final = timedelta(hours=1)

# What stands in a duty's "why", in English as it is stored; ``wording`` gives it in the reader's language.
SAID_RATE: Final = "%(missing)s of %(roster)s missing, %(rate)s tested an hour: done %(done)s, due %(due)s"
SAID_NEVER: Final = "%(missing)s of %(roster)s missing, %(rate)s tested an hour: never done at this rate, due %(due)s"
SAID_VISITED: Final = "%(outcome)s, visited %(visited)s"
SAID_APPOINTED: Final = "%(outcome)s, visited %(visited)s, appointed for %(appointed)s"
SAID_EXPIRED: Final = "what was said at the door expired with the round"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """People of a round in one place: on the roster, tested, else exempt, else missing. Always roster = the sum."""

    roster: int
    tested: int
    exempt: int

    @property
    def missing(self) -> int:
        """Who is neither tested nor exempt (漏检)."""
        return self.roster - self.tested - self.exempt

    def __add__(self, other: Tally) -> Tally:
        """Both places together."""
        return Tally(roster=self.roster + other.roster, tested=self.tested + other.tested, exempt=self.exempt + other.exempt)


NOBODY: Final = Tally(roster=0, tested=0, exempt=0)


def roll_up(leaves: Mapping[str, Tally]) -> dict[str, Tally]:
    """Figures of every place from community to city, from the figures of communities.

    People whose community is not known stand under their street, or district: they count there and above, so a parent
    is the sum of its children and of those who are known no deeper (``Tally`` of the leaf with the parent's own code).
    """
    found: dict[str, Tally] = defaultdict(lambda: NOBODY)
    for place, tally in leaves.items():
        for length in LENGTHS:
            if len(place) >= length:
                found[place[:length]] += tally
    return dict(found)


def child_length(place: str) -> int | None:
    """How many characters the codes of the next level below a place have; None below a floor."""
    return _CHILD_LENGTH.get(len(place))


@dataclass(frozen=True, slots=True, order=True)
class Sample:
    """How many people were tested by an instant; exemptions come in bulk and say nothing about hands and tables."""

    at: datetime
    tested: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """When a place will be done at its present rate.

    ``known`` is False while the samples span too little to say. ``finish_at`` None with ``known`` means: at this rate,
    never. ``per_hour`` is people tested an hour.
    """

    known: bool
    per_hour: float = 0.0
    finish_at: datetime | None = None


UNKNOWN: Final = Projection(known=False)


def projected_finish(samples: Sequence[Sample], *, missing: int, now: datetime, least_span: timedelta) -> Projection:
    """When ``missing`` people will be tested, at the rate of the samples' window (first to last, a straight line).

    Nobody missing is done now, whatever the rate. Fewer than two samples, or a span below ``least_span``, say nothing.
    A window in which the count fell or stood still projects to never.
    """
    ordered = sorted(samples)
    span = ordered[-1].at - ordered[0].at if ordered else timedelta(0)
    if missing <= 0:
        return Projection(known=True, per_hour=_rate(ordered, span), finish_at=now)
    if len(ordered) < 2 or span < least_span or not span:  # noqa: PLR2004 - a rate needs two points
        return UNKNOWN
    per_hour = _rate(ordered, span)
    if per_hour <= 0:
        return Projection(known=True)
    hours = missing / per_hour
    if hours > _NEVER_HOURS:
        return Projection(known=True, per_hour=per_hour)
    return Projection(known=True, per_hour=per_hour, finish_at=now + hours * HOUR)


_NEVER_HOURS: Final = 10_000.0  # more than a year: no date is worth showing, and the arithmetic stays in range


def _rate(ordered: Sequence[Sample], span: timedelta) -> float:
    if not span:
        return 0.0
    return max(0.0, (ordered[-1].tested - ordered[0].tested) / (span / HOUR))


def is_behind(projection: Projection, *, deadline_at: datetime) -> bool:
    """Whether a place will not be done by the deadline at its rate (进度滞后); what is not known is not behind."""
    return projection.known and (projection.finish_at is None or projection.finish_at > deadline_at)


def is_recovered(projection: Projection, *, deadline_at: datetime, margin: timedelta) -> bool:
    """Whether a place that fell behind is safely ahead again: a margin before the deadline, so it does not flap."""
    return projection.known and projection.finish_at is not None and projection.finish_at <= deadline_at - margin


def may_judge(*, opened_at: datetime, now: datetime, begins_after: timedelta) -> bool:
    """Whether the round has run long enough for a rate to say anything."""
    return now >= opened_at + begins_after


def reason_missing(*, outcome: str, visited: str, appointed: str = "") -> str:
    """Why somebody is still missing, as found at the door, in one plain line; empty when nobody went."""
    if not outcome:
        return ""
    said = SAID_APPOINTED if appointed else SAID_VISITED
    return said % {"outcome": outcome.replace("_", " "), "visited": visited, "appointed": appointed}


def said_of_rate(projection: Projection, tally: Tally, *, done: str, due: str) -> str:
    """A place's rate against the deadline in one plain line; ``done`` and ``due`` are written by the caller's zone."""
    said = SAID_RATE if projection.finish_at else SAID_NEVER
    return said % {
        "missing": tally.missing,
        "roster": tally.roster,
        "rate": round(projection.per_hour),
        "done": done,
        "due": due,
    }

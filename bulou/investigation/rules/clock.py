"""The clock of one chase: sample → result → held → interviewed → contacts listed, each with the pack's limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bulou.investigation.choices import ChaseStep
from bulou.policy import Pack


class Mark(StrEnum):
    """The marks of a chase's clock, in order."""

    SAMPLED = "sampled"
    RESULT = "result"
    HELD = "held"
    INTERVIEWED = "interviewed"
    LISTED = "listed"


STEP_OF: Final = {
    Mark.HELD: ChaseStep.HELD,
    Mark.INTERVIEWED: ChaseStep.INVESTIGATED,
    Mark.LISTED: ChaseStep.CONTACTS_LISTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long each part may take: sample to result, and from the result to each step."""

    result: timedelta
    held: timedelta
    interviewed: timedelta
    listed: timedelta


def limits(pack: Pack) -> Limits:
    """The pack's limits."""
    return Limits(
        result=pack.span("chase_result"),
        held=pack.span("chase_held"),
        interviewed=pack.span("chase_interviewed"),
        listed=pack.span("chase_listed"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One mark: when it was due, when it was done (None: not yet), and by how much it was or is late."""

    mark: Mark
    due_at: datetime | None
    done_at: datetime | None
    late: timedelta | None  # None: in time, or not due yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """All marks of a case, and the first that is still open."""

    points: tuple[Point, ...]

    @property
    def next(self) -> Point | None:
        """The open mark that is due first; None when all are done."""
        waiting = [(one.due_at, place) for place, one in enumerate(self.points) if one.done_at is None and one.due_at]
        return self.points[min(waiting)[1]] if waiting else None

    @property
    def next_due(self) -> datetime | None:
        """When the next mark is due."""
        return self.next.due_at if self.next else None

    @property
    def is_late(self) -> bool:
        """Whether an open mark is past its limit."""
        return any(one.done_at is None and one.late is not None for one in self.points)


def clock(
    *, sampled_at: datetime | None, detected_at: datetime, done: Mapping[ChaseStep, datetime], limits: Limits, now: datetime
) -> Clock:  # fmt: skip
    """The clock of a case at an instant."""
    due = {Mark.HELD: limits.held, Mark.INTERVIEWED: limits.interviewed, Mark.LISTED: limits.listed}
    points = [
        Point(mark=Mark.SAMPLED, due_at=None, done_at=sampled_at, late=None),
        _point(Mark.RESULT, sampled_at + limits.result if sampled_at else None, detected_at, now),
    ]
    points += [_point(mark, detected_at + span, done.get(STEP_OF[mark]), now) for mark, span in due.items()]
    return Clock(points=tuple(points))


def _point(mark: Mark, due_at: datetime | None, done_at: datetime | None, now: datetime) -> Point:
    if due_at is None:
        return Point(mark=mark, due_at=None, done_at=done_at, late=None)
    over = (done_at or now) - due_at
    return Point(mark=mark, due_at=due_at, done_at=done_at, late=over if over > timedelta(0) else None)

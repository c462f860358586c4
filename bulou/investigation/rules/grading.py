"""How near somebody was to a case, by the pack's rules (密接判定): pure, and the same for a person asking "why me"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bulou.investigation.choices import Grade, Setting
from bulou.kernel.errors import InputFault
from bulou.policy import Pack
from bulou.policy.forms import Grading

STRICTNESS: Final = {Grade.GENERAL: 0, Grade.SECONDARY: 1, Grade.CLOSE: 2}
SAID_OUTSIDE: Final = "met outside of the infectious window"
SAID_NO_RULE: Final = "no rule of the pack makes this more than a general contact"
SAID_UPGRADED: Final = "its close contact was positive within the first tests"
SAID_NOT_CLOSE: Final = "the person between is not, or no longer, a close contact"
SAID_BY_HAND: Final = "decided by hand: %(reason)s"
RULE_BY_HAND: Final = "a person's decision"
RULE_NONE: Final = "the pack's own order of grades"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One exposure as the rules see it; ``near`` says of whom: the ``case``, or a ``close`` contact of it."""

    setting: Setting
    from_at: datetime
    until_at: datetime
    near: str = "case"
    minutes: float | None = None  # of the longest uninterrupted meeting; else the window's whole length
    protected: bool = False
    recorded_at: datetime | None = None

    @property
    def lasted(self) -> float:
        """Minutes of the meeting as far as is known."""
        whole = (self.until_at - self.from_at) / timedelta(minutes=1)
        return whole if self.minutes is None else min(self.minutes, whole)


@dataclass(frozen=True, slots=True)
class Graded:
    """A grade with its reason in plain words and the rule's document and clause."""

    grade: Grade
    because: str
    rule: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """Somebody's decision, over what was known then."""

    grade: Grade
    reason: str
    at: datetime


def infectious_from(*, onset_at: datetime | None, sampled_at: datetime | None, detected_at: datetime, pack: Pack) -> datetime:
    """Since when a case counts as infectious: days before onset, or before the sample where no symptoms are known."""
    return (onset_at or sampled_at or detected_at) - pack.span("infectious_before")


def by_rules(seen: Iterable[Seen], *, since: datetime | None, gradings: Sequence[Grading]) -> Graded:
    """The strictest grade that any exposure gives; without one, a general contact.

    ``since``: start of the case's infectious window; what ended before it gives no grade. None: unknown, all count.
    """
    best: Graded | None = None
    inside = False
    for one in seen:
        if since is not None and one.until_at <= since:
            continue
        inside = True
        for rule in gradings:
            if not _holds(rule, one):
                continue
            found = Graded(Grade(rule.gives), rule.says_en, rule.source)
            if best is None or STRICTNESS[found.grade] > STRICTNESS[best.grade]:
                best = found
    return best or Graded(Grade.GENERAL, SAID_NO_RULE if inside else SAID_OUTSIDE, RULE_NONE)


def _holds(rule: Grading, one: Seen) -> bool:
    return (
        rule.near == one.near
        and rule.setting in {"*", one.setting.value}
        and one.lasted >= rule.min_minutes
        and (rule.protected or not one.protected)
    )


def graded(
    seen: Sequence[Seen], *, hand: ByHand | None, since: datetime | None, gradings: Sequence[Grading]
) -> Graded:  # fmt: skip
    """The grade that holds: a decision by hand stands over what was known then; a stricter exposure recorded later lifts it."""
    if hand is None:
        return by_rules(seen, since=since, gradings=gradings)
    later = [one for one in seen if one.recorded_at is not None and one.recorded_at > hand.at]
    lifted = by_rules(later, since=since, gradings=gradings) if later else None
    if lifted is not None and STRICTNESS[lifted.grade] > STRICTNESS[hand.grade]:
        return lifted
    return Graded(hand.grade, SAID_BY_HAND % {"reason": hand.reason}, RULE_BY_HAND)


def require_reason(reason: str) -> None:
    """Whoever decides otherwise than the rules says why."""
    if not reason.strip():
        message = "a decision on a grade needs a reason"
        raise InputFault(message, column="reason", remedy="Say what the rules do not see.")


def is_upgrade(before: Grade | None, after: Grade) -> bool:
    """Whether a change of grade is one to a stricter grade."""
    return before is not None and STRICTNESS[after] > STRICTNESS[before]

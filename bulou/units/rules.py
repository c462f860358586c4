"""Who is on duty, from shifts and holdings: pure functions over intervals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.kernel import codes
from bulou.units.choices import HoldingKind, OnDutyBy, PostKind

# Within one unit the duty officer answers before the leader, and both before anybody else who holds a post there.
_ORDER = {PostKind.DUTY_OFFICER: 0, PostKind.SITE_LEAD: 0, PostKind.RECEIVER: 0, PostKind.LEADER: 1}
_LAST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """One interval of presence of a person in a post, from a shift or a holding."""

    unit: str
    post_id: int
    post_kind: PostKind
    title: str
    title_en: str
    staff_id: int
    staff_name: str
    phone: str
    how: OnDutyBy
    starts_at: datetime
    ends_at: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether the person stands in the post at the instant."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Who answers for a unit at an instant; ``unit`` is where that person stands (a superior, when ``how`` says so)."""

    asked: str
    unit: str
    how: OnDutyBy
    staff_id: int | None = None
    staff_name: str = ""
    phone: str = ""
    title: str = ""
    title_en: str = ""
    since: datetime | None = None  # since when that person stands there


def holding_how(kind: HoldingKind) -> OnDutyBy:
    """How a holding counts: a seconded holder is a holder of the host's post."""
    return OnDutyBy.ACTING if kind is HoldingKind.ACTING else OnDutyBy.HOLDER


def on_duty(
    *, unit: str, attendances: Mapping[str, Sequence[Attendance]], at: datetime, absent: Collection[int] = ()
) -> OnDuty:
    """Who answers for ``unit`` at ``at``: its shift, else acting, else holder, else the nearest superior's.

    ``attendances`` maps unit codes (the unit and its superiors) to their intervals; staff in ``absent`` do not answer.
    """
    for step in codes.chain(unit):
        present = [one for one in attendances.get(step, ()) if one.covers(at) and one.staff_id not in absent]
        if not present:
            continue
        ranks = [OnDutyBy.SHIFT, OnDutyBy.ACTING, OnDutyBy.HOLDER]
        found = min(present, key=lambda one: (ranks.index(one.how), _ORDER.get(one.post_kind, _LAST), one.staff_id))
        return OnDuty(
            asked=unit,
            unit=step,
            how=found.how if step == unit else OnDutyBy.SUPERIOR,
            staff_id=found.staff_id,
            staff_name=found.staff_name,
            phone=found.phone,
            title=found.title,
            title_en=found.title_en,
            since=found.starts_at,
        )
    return OnDuty(asked=unit, unit="", how=OnDutyBy.NOBODY)


def post_is_vacant(*, attendances: Sequence[Attendance], post_id: int, at: datetime) -> bool:
    """Whether nobody holds or acts in the post at the instant; a shift alone does not fill a post."""
    return not any(one.post_id == post_id and one.how is not OnDutyBy.SHIFT and one.covers(at) for one in attendances)


def counts_as_absent(*, told_at: datetime, since: datetime | None, now: datetime, after: timedelta) -> bool:
    """Whether somebody on duty who has not answered counts as absent: told, and there, for ``after`` or longer.

    Whoever came on duty after the alarm was told has the same minutes from then on.
    """
    return max(told_at, since or told_at) + after <= now

"""Named reads over units and posts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from bulou.kernel import codes
from bulou.kernel.errors import NotFound
from bulou.units import rules
from bulou.units.choices import HoldingKind, OnDutyBy, PostKind
from bulou.units.models import Holding, Post, Shift, Unit


def unit(code: str) -> Unit:
    """The unit with this code; ``NotFound`` when there is none."""
    found = Unit.objects.filter(code=code).first()
    if found is None:
        message = f"no unit has the code {code}"
        raise NotFound(message, remedy="bulou export units lists the codes.")
    return found


def attendances(unit_codes: Iterable[str], *, at: datetime) -> dict[str, list[rules.Attendance]]:
    """Everybody in a post of these units or of their superiors at the instant, by unit; two statements."""
    wanted = {step for code in unit_codes for step in codes.chain(code)}
    covering = Q(starts_at__lte=at)
    found: dict[str, list[rules.Attendance]] = defaultdict(list)
    shifts = (
        Shift.objects.filter(covering, ends_at__gt=at, post__unit__in=wanted)
        .filter(Q(left_at=None) | Q(left_at__gt=at))
        .select_related("post", "staff")
    )
    for shift in shifts:
        ends_at = min(shift.ends_at, shift.left_at) if shift.left_at else shift.ends_at
        found[shift.post.unit_id].append(_attendance(shift.post, shift.staff, OnDutyBy.SHIFT, shift.starts_at, ends_at))
    holdings = (
        Holding.objects.filter(covering, post__unit__in=wanted)
        .filter(Q(ends_at=None) | Q(ends_at__gt=at))
        .select_related("post", "staff")
    )
    for holding in holdings:
        how = rules.holding_how(HoldingKind(holding.kind))
        found[holding.post.unit_id].append(_attendance(holding.post, holding.staff, how, holding.starts_at, holding.ends_at))
    return dict(found)


def _attendance(post: Post, staff: object, how: OnDutyBy, starts_at: datetime, ends_at: datetime | None) -> rules.Attendance:
    return rules.Attendance(
        unit=post.unit_id,
        post_id=post.pk,
        post_kind=PostKind(post.kind),
        title=post.title,
        title_en=post.title_en,
        staff_id=staff.pk,  # type: ignore[attr-defined]
        staff_name=staff.name,  # type: ignore[attr-defined]
        phone=staff.phone,  # type: ignore[attr-defined]
        how=how,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def on_duty(unit_codes: Iterable[str], *, at: datetime) -> dict[str, rules.OnDuty]:
    """Who answers for each unit at the instant; two statements however many units are asked."""
    wanted = set(unit_codes)
    present = attendances(wanted, at=at)
    return {code: rules.on_duty(unit=code, attendances=present, at=at) for code in wanted}


def on_duty_and_next(unit_codes: Iterable[str], *, at: datetime) -> dict[str, tuple[rules.OnDuty, rules.OnDuty]]:
    """Who answers for each unit, and who does when that person is absent; two statements however many are asked."""
    wanted = set(unit_codes)
    present = attendances(wanted, at=at)
    found = {}
    for code in wanted:
        first = rules.on_duty(unit=code, attendances=present, at=at)
        absent = () if first.staff_id is None else (first.staff_id,)
        found[code] = first, rules.on_duty(unit=code, attendances=present, at=at, absent=absent)
    return found


def unowned(*, top: str, at: datetime) -> QuerySet[Unit]:
    """The units at or below ``top`` in which nobody holds, acts in, or works a shift in any post at the instant."""
    low, high = codes.below(top)
    holding, shift = _holding(at), _working(at)
    return (
        Unit.objects.filter(code__gte=low, code__lt=high)
        .exclude(code__in=holding.values("post__unit"))
        .exclude(code__in=shift.values("post__unit"))
        .order_by("code")
    )


def units_of_posts(post_ids: Iterable[str]) -> set[str]:
    """The units to which these posts belong."""
    return set(Post.objects.filter(pk__in=[int(one) for one in post_ids]).values_list("unit", flat=True))


def _holding(at: datetime) -> QuerySet[Holding]:
    return Holding.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), starts_at__lte=at).order_by()


def _working(at: datetime) -> QuerySet[Shift]:
    return Shift.objects.filter(Q(left_at=None) | Q(left_at__gt=at), starts_at__lte=at, ends_at__gt=at).order_by()


def stands_in(*, post: OuterRef, staff: OuterRef, at: datetime) -> Q:
    """A condition for other queries: the person stands in the post at the instant, by holding or shift."""
    return Q(Exists(_holding(at).filter(post=post, staff=staff))) | Q(Exists(_working(at).filter(post=post, staff=staff)))


def posts_held(staff_id: int, *, at: datetime) -> QuerySet[Post]:
    """The posts in which somebody stands at the instant, by holding or shift."""
    holding, shift = _holding(at).filter(staff=staff_id), _working(at).filter(staff=staff_id)
    return (
        Post.objects.filter(Q(pk__in=holding.values("post")) | Q(pk__in=shift.values("post")))
        .select_related("unit")
        .order_by("unit", "id")
    )

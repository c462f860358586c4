"""The only writers of units, posts, holdings and shifts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bulou.kernel import codes
from bulou.kernel.actor import Actor, Role
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.places.models import Division
from bulou.units.choices import HoldingKind, PostKind, UnitKind
from bulou.units.models import Holding, Post, Shift, ShiftNote, Staff, Unit


@transaction.atomic
def register_unit(
    *,
    code: str,
    name: str,
    kind: UnitKind,
    by: Actor,
    at: datetime,
    name_en: str = "",
    sector_parent: Unit | None = None,
    phone: str = "",
) -> Unit:
    """Enter a unit under the superior that its code names; ``InputFault`` when code or superior do not exist."""
    if not codes.is_unit(code):
        message = f"{code!r} is not a unit code"
        raise InputFault(message, column="code", remedy="Write a division code, or <superior>:lab001.")
    above = codes.parent_unit(code)
    parent = Unit.objects.filter(code=above).first() if above else None
    made = Unit.objects.create(
        code=code,
        name=name,
        name_en=name_en,
        kind=kind.value,
        parent=parent,
        sector_parent=sector_parent,
        division=Division.objects.filter(code=codes.territory(code)).first(),
        phone=phone,
    )
    ledger.record(tag=Tag.UNIT_REGISTERED, subject=f"unit:{code}", unit=code, by=by, at=at, data={"name": name, "kind": kind})
    return made


@transaction.atomic
def register_staff(*, number: str, name: str, home_unit: Unit, by: Actor, at: datetime, phone: str = "") -> Staff:
    """Enter somebody who works in the response."""
    made = Staff.objects.create(number=number, name=name, home_unit=home_unit, phone=phone)
    ledger.record(
        tag=Tag.STAFF_REGISTERED,
        subject=f"staff:{number}",
        unit=home_unit.code,
        by=by,
        at=at,
        personal={"name": name, "phone": phone},
    )
    return made


@transaction.atomic
def create_post(
    *,
    unit: Unit,
    kind: PostKind,
    title: str,
    role: Role,
    by: Actor,
    at: datetime,
    title_en: str = "",
    place_code: str = "",
) -> Post:
    """Set up a post in a unit; a steward's post (包保) names the place it answers for."""
    made = Post.objects.create(
        unit=unit, kind=kind.value, title=title, title_en=title_en, role=role.value, place_code=place_code
    )
    ledger.record(
        tag=Tag.POST_CREATED, subject=f"post:{made.pk}", unit=unit.code, by=by, at=at, data={"kind": kind, "role": role}
    )
    return made


@transaction.atomic
def fill_post(*, post: Post, staff: Staff, by: Actor, at: datetime) -> Holding:
    """Somebody takes the post as its holder, or as seconded when the home unit is another; ends an acting holding."""
    locked = Post.objects.select_for_update().get(pk=post.pk)
    if locked.holdings.filter(ends_at=None).exclude(kind=HoldingKind.ACTING).exists():
        message = f"the post {post.title} of {post.unit_id} has a holder"
        raise Refused(message, remedy="Vacate it first.")
    locked.holdings.filter(ends_at=None, kind=HoldingKind.ACTING).update(ends_at=at, end_reason="post filled")
    kind = HoldingKind.HOLDER if codes.is_below(staff.home_unit_id, post.unit_id) else HoldingKind.SECONDED
    made = Holding.objects.create(post=post, staff=staff, kind=kind.value, starts_at=at)
    ledger.record(
        tag=Tag.POST_FILLED,
        subject=f"post:{post.pk}",
        unit=post.unit_id,
        by=by,
        at=at,
        data={"staff": staff.number, "kind": kind, "home_unit": staff.home_unit_id},
    )
    return made


@transaction.atomic
def name_acting(*, post: Post, staff: Staff, by: Actor, at: datetime) -> Holding:
    """Name who acts in the post from now on (代理)."""
    Post.objects.select_for_update().get(pk=post.pk)
    post.holdings.filter(ends_at=None, kind=HoldingKind.ACTING).update(ends_at=at, end_reason="another acts")
    made = Holding.objects.create(post=post, staff=staff, kind=HoldingKind.ACTING.value, starts_at=at)
    ledger.record(tag=Tag.POST_ACTING, subject=f"post:{post.pk}", unit=post.unit_id, by=by, at=at, data={"staff": staff.number})
    return made


@transaction.atomic
def vacate_post(*, post: Post, reason: str, by: Actor, at: datetime, acting: Staff | None = None) -> None:
    """The holder leaves the post at this instant: ill, suspended, called away, or gone (擅离岗位).

    The playbook passes the post's open duties to ``acting``, or else to the superior unit, in the same transaction.
    """
    Post.objects.select_for_update().get(pk=post.pk)
    leaving = list(post.holdings.filter(ends_at=None).exclude(kind=HoldingKind.ACTING).values_list("staff_id", flat=True))
    if not leaving:
        message = f"the post {post.title} of {post.unit_id} has no holder"
        raise Refused(message, remedy="Nothing to vacate.")
    post.holdings.filter(ends_at=None).exclude(kind=HoldingKind.ACTING).update(ends_at=at, end_reason=reason)
    Shift.objects.filter(Q(left_at=None), post=post, staff__in=leaving, ends_at__gt=at).update(left_at=at)
    if acting is not None:
        name_acting(post=post, staff=acting, by=by, at=at)
    acts = post.holdings.filter(ends_at=None, kind=HoldingKind.ACTING).exists()
    ledger.record(
        tag=Tag.POST_VACATED,
        subject=f"post:{post.pk}",
        unit=post.unit_id,
        by=by,
        at=at,
        data={"reason": reason, "acting": acts, "title": post.title},
    )


@transaction.atomic
def end_holding(*, holding: Holding, reason: str, by: Actor, at: datetime) -> None:
    """End an acting holding; a holder's leaves through ``vacate_post``, which passes the duties on."""
    if holding.kind != HoldingKind.ACTING:
        message = "only an acting holding ends by itself"
        raise Refused(message, remedy="Vacate the post instead.")
    post = Post.objects.select_for_update().get(pk=holding.post_id)
    if not Holding.objects.filter(pk=holding.pk, ends_at=None).update(ends_at=at, end_reason=reason):
        message = "this holding has ended already"
        raise Refused(message, code="already-ended", remedy="Nothing to end.")
    filled = post.holdings.filter(ends_at=None).exists()
    ledger.record(
        tag=Tag.POST_VACATED,
        subject=f"post:{post.pk}",
        unit=post.unit_id,
        by=by,
        at=at,
        data={"reason": reason, "acting": filled, "title": post.title},
    )


@transaction.atomic
def plan_shift(*, post: Post, staff: Staff, starts_at: datetime, ends_at: datetime, by: Actor, at: datetime) -> Shift:
    """Plan hours of duty; one person is in one place at a time.

    The person's row is locked first, so that two who plan the same person at once see each other's shift.
    """
    Staff.objects.select_for_update().get(pk=staff.pk)
    clash = Shift.objects.filter(staff=staff, starts_at__lt=ends_at, ends_at__gt=starts_at, left_at=None)
    if clash.exists():
        message = f"{staff.name} already has a shift in these hours"
        raise Refused(message, remedy="Choose other hours or another person.")
    made = Shift.objects.create(post=post, staff=staff, starts_at=starts_at, ends_at=ends_at)
    ledger.record(
        tag=Tag.SHIFT_PLANNED,
        subject=f"post:{post.pk}",
        unit=post.unit_id,
        by=by,
        at=at,
        data={"staff": staff.number, "starts_at": starts_at, "ends_at": ends_at},
    )
    return made


@transaction.atomic
def write_shift_note(*, unit: Unit, text: str, open_duties: int, overdue_duties: int, by: Actor, at: datetime) -> ShiftNote:
    """Hand the desk to the next shift (交接班): the words of the one who leaves, beside the counted duties."""
    made = ShiftNote.objects.create(
        unit=unit,
        text=text,
        written_at=at,
        written_by=by.name,
        open_duties=open_duties,
        overdue_duties=overdue_duties,
    )
    ledger.record(
        tag=Tag.SHIFT_HANDED_OVER,
        subject=f"unit:{unit.code}",
        unit=unit.code,
        by=by,
        at=at,
        data={"open": open_duties, "overdue": overdue_duties, "note": made.pk},
    )
    return made

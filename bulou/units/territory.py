"""Every division as a responsible unit with its posts, by set: a city of 1,800 units stands in seconds."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.kernel import codes
from bulou.kernel.actor import Actor, Role
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.places.models import Division
from bulou.units.choices import HoldingKind, PostKind, UnitKind
from bulou.units.models import Holding, Post, Unit

_KINDS = {
    codes.Level.PROVINCE: UnitKind.PROVINCE,
    codes.Level.CITY: UnitKind.CITY,
    codes.Level.DISTRICT: UnitKind.DISTRICT,
    codes.Level.STREET: UnitKind.STREET,
    codes.Level.COMMUNITY: UnitKind.COMMUNITY,
}
# The posts that every unit of a level has: kind, Chinese title, English title, role.
_POSTS = {
    codes.Level.PROVINCE: ((PostKind.DUTY_OFFICER, "省值班长", "Provincial duty leader", Role.DUTY_LEADER),),
    codes.Level.CITY: ((PostKind.DUTY_OFFICER, "市值班长", "City duty leader", Role.DUTY_LEADER),),
    codes.Level.DISTRICT: ((PostKind.DUTY_OFFICER, "区县值班长", "District duty leader", Role.DUTY_LEADER),),
    codes.Level.STREET: ((PostKind.DUTY_OFFICER, "街道值班员", "Street duty officer", Role.UNIT_OFFICER),),
    codes.Level.COMMUNITY: ((PostKind.DUTY_OFFICER, "社区值班员", "Community duty officer", Role.COMMUNITY_WORKER),),
}


@transaction.atomic
def register_territory_units(*, by: Actor, at: datetime) -> int:
    """Register a unit with its posts for every division that has none; one ledger entry with the count."""
    known = set(Unit.objects.values_list("code", flat=True))
    fresh = [row for row in Division.objects.order_by("code") if row.code not in known]
    fresh.sort(key=lambda row: len(row.code))
    Unit.objects.bulk_create(
        Unit(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            kind=_KINDS[codes.Level(row.level)].value,
            parent_id=row.parent_id,
            division=row,
        )
        for row in fresh
    )
    Post.objects.bulk_create(
        Post(unit_id=row.code, kind=kind.value, title=title, title_en=title_en, role=role.value)
        for row in fresh
        for kind, title, title_en, role in _POSTS[codes.Level(row.level)]
    )
    if fresh:
        ledger.record(
            tag=Tag.UNIT_REGISTERED,
            subject="unit:territory",
            unit=fresh[0].code,
            by=by,
            at=at,
            data={"units": len(fresh)},
        )
    return len(fresh)


@transaction.atomic
def fill_posts(*, holders: dict[int, int], by: Actor, at: datetime) -> int:
    """Fill many vacant posts at once (post key → staff key), as a city does before a round; one ledger entry."""
    made = Holding.objects.bulk_create(
        Holding(post_id=post, staff_id=staff, kind=HoldingKind.HOLDER.value, starts_at=at) for post, staff in holders.items()
    )
    ledger.record(tag=Tag.POST_FILLED, subject="unit:territory", unit=by.unit, by=by, at=at, data={"posts": len(made)})
    return len(made)

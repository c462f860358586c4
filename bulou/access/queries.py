"""From an account to an actor, and the one predicate of jurisdiction."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import OuterRef, Q

from bulou.access.models import Account, Token
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door, Role
from bulou.kernel.errors import NotPermitted
from bulou.units import queries as units
from bulou.units.models import Post


def within(reader: Actor, *fields: str) -> Q:
    """Rows in which one of the code fields is the reader's unit or lies below it: half-open ranges, usable by indexes."""
    low, high = codes.below(reader.unit)
    found = Q(pk__in=[])
    for field in fields:
        found |= Q(**{f"{field}__gte": low, f"{field}__lt": high})
    return found


def actors(account: Account, *, at: datetime, door: Door) -> list[Actor]:
    """Everybody the account can act as at the instant: one actor per post held, or the fixed one."""
    if account.staff is None:
        return [
            Actor(
                account=account.username,
                name=account.username,
                post="",
                unit=account.fixed_unit,
                role=Role(account.fixed_role),
                door=door,
            )
        ]
    return [_actor(account, post, door) for post in units.posts_held(account.staff.pk, at=at)]


def _actor(account: Account, post: Post, door: Door) -> Actor:
    name = account.staff.name if account.staff else account.username
    return Actor(account=account.username, name=name, post=str(post.pk), unit=post.unit_id, role=Role(post.role), door=door)


def actor(account: Account, *, at: datetime, door: Door, post: str = "") -> Actor:
    """The actor for an account, in the post asked for when it is held now; ``NotPermitted`` without any post."""
    if not account.is_active:
        message = "this account is closed"
        raise NotPermitted(message, remedy="Ask the operator.")
    found = actors(account, at=at, door=door)
    if not found:
        message = f"{account.username} holds no post now"
        raise NotPermitted(message, remedy="Ask the duty leader of your unit to enter the post.")
    return next((one for one in found if one.post == post), found[0])


def token_digest(secret: str) -> str:
    """How a token is stored: SHA-256, enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_token(secret: str, *, at: datetime, wall: datetime) -> Actor | None:
    """Who a token acts as; None when it is unknown, revoked, expired, its account closed, or its post no longer held.

    One statement of few columns: this stands before every request of every device.
    """
    found = next(
        iter(
            Token.objects.filter(
                Q(expires_at=None) | Q(expires_at__gt=wall),
                Q(post=None) | units.stands_in(post=OuterRef("post"), staff=OuterRef("account__staff"), at=at),
                digest=token_digest(secret),
                revoked_at=None,
                account__is_active=True,
            )
            .order_by()
            .values_list("account__username", "account__staff__name", "post", "post__unit", "post__role")
        ),
        None,
    )
    if found is None:
        return None
    username, name, post, unit, role = found
    if not post:
        return actor(Account.objects.select_related("staff").get(username=username), at=at, door=Door.API)
    return Actor(account=username, name=name or username, post=str(post), unit=unit, role=Role(role), door=Door.API)

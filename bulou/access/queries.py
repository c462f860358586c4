"""From an account to an actor, and the one predicate of jurisdiction."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import Q

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


def actor_of_token(secret: str, *, at: datetime, wall: datetime) -> tuple[Actor, Token] | None:
    """Whose token it is and who it acts as; None when it is unknown, revoked, expired, or its post is no longer held."""
    token = (
        Token.objects.select_related("account", "account__staff", "post")
        .filter(Q(expires_at=None) | Q(expires_at__gt=wall), digest=token_digest(secret), revoked_at=None)
        .first()
    )
    if token is None or not token.account.is_active:
        return None
    if token.post is None:
        return actor(token.account, at=at, door=Door.API), token
    found = [one for one in actors(token.account, at=at, door=Door.API) if one.post == str(token.post_id)]
    return (found[0], token) if found else None

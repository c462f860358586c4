"""The only writers of accounts, tokens and the read log."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.models import Account, ReadLog, Token
from bulou.access.queries import token_digest
from bulou.access.rules import permit
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Role
from bulou.kernel.errors import Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.units import queries as units
from bulou.units.models import Post, Staff


def _acts_for(staff: Staff | None, fixed_unit: str, *, at: datetime) -> list[str]:
    """The units for which an account may act now, and the person's home."""
    if staff is None:
        return [fixed_unit]
    return [staff.home_unit_id, *units.posts_held(staff.pk, at=at).values_list("unit", flat=True)]


def _permit_all(by: Actor, concerned: list[str]) -> None:
    for code in concerned:
        permit(by, Operation.KEEP_ACCOUNTS, code or "-")  # an account for no unit is in nobody's jurisdiction


@transaction.atomic
def create_account(
    *,
    username: str,
    password: str | None,
    by: Actor,
    at: datetime,
    staff: Staff | None = None,
    fixed_role: Role | None = None,
    fixed_unit: str = "",
    language: str = "",
) -> Account:
    """Open an account for a person, or for a screen or operator with a fixed role and unit.

    The person's home unit and every post held now, or the fixed unit, lie in the jurisdiction of who opens it:
    ``NotFound`` otherwise, as for any record of another unit.
    """
    _permit_all(by, _acts_for(staff, fixed_unit, at=at))
    made = Account.objects.create_account(
        username,
        password,
        staff=staff,
        fixed_role=fixed_role.value if fixed_role else "",
        fixed_unit=fixed_unit,
        language=language,
        created_at=at,
    )
    unit = staff.home_unit_id if staff else fixed_unit
    ledger.record(tag=Tag.ACCOUNT_CREATED, subject=f"account:{username}", unit=unit, by=by, at=at)
    return made


@transaction.atomic
def create_token(
    *,
    account: Account,
    by: Actor,
    at: datetime,
    post: Post | None = None,
    label: str = "",
    expires_at: datetime | None = None,
) -> str:
    """A new token's secret, shown once; it acts as the account in ``post``, or in the first post it holds.

    ``post`` is held by the account's person now and lies in the jurisdiction of who makes the token; without one, all
    that the account may act for does.
    """
    if post is None:
        _permit_all(by, _acts_for(account.staff, account.fixed_unit, at=at))
    else:
        permit(by, Operation.KEEP_ACCOUNTS, post.unit_id)
        if account.staff is None or not units.posts_held(account.staff.pk, at=at).filter(pk=post.pk).exists():
            message = f"{account.username} does not hold the post {post.title} of {post.unit_id} now"
            raise Refused(message, code="post-not-held", remedy="Name a post that the person holds.")
    secret = f"bl_{secrets.token_urlsafe(32)}"
    Token.objects.create(
        account=account,
        post=post,
        digest=token_digest(secret),
        label=label,
        created_at=clock.wall(),
        expires_at=expires_at,
    )
    unit = post.unit_id if post else (account.staff.home_unit_id if account.staff else account.fixed_unit)
    ledger.record(tag=Tag.TOKEN_CREATED, subject=f"account:{account.username}", unit=unit, by=by, at=at, data={"label": label})
    return secret


@transaction.atomic
def revoke_token(*, token: Token, by: Actor, at: datetime) -> None:
    """End a token at once; whoever keeps the accounts of the token's post, or of its person, may."""
    account = token.account
    home = account.staff.home_unit_id if account.staff else account.fixed_unit
    permit(by, Operation.KEEP_ACCOUNTS, home, token.post.unit_id if token.post else "")
    Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.wall())
    ledger.record(
        tag=Tag.TOKEN_REVOKED,
        subject=f"account:{token.account_id}",
        unit=by.unit,
        by=by,
        at=at,
        data={"label": token.label},
    )


def log_reads(*, reader: Actor, subjects: Iterable[str], purpose: str, at: datetime) -> None:
    """Note one look at the data of many people, each under its own subject, so that each can be shown it."""
    ReadLog.objects.bulk_create(
        (
            ReadLog(
                read_at=at,
                account=reader.account,
                unit=reader.unit,
                door=reader.door.value,
                purpose=purpose,
                subject=subject,
                count=1,
            )
            for subject in subjects
        ),
        batch_size=500,
    )


def log_read(*, reader: Actor, subject: str, purpose: str, at: datetime, count: int = 1) -> None:
    """Note that personal data was read: about whom (``person:ID``, or a list by its place), why, how many."""
    ReadLog.objects.create(
        read_at=at,
        account=reader.account,
        unit=reader.unit,
        door=reader.door.value,
        purpose=purpose,
        subject=subject,
        count=count,
    )

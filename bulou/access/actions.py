"""The only writers of accounts, tokens and the read log."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.models import Account, ReadLog, Token
from bulou.access.queries import token_digest
from bulou.access.rules import permit
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Role
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.units.models import Post, Staff


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
    """Open an account for a person, or for a screen or operator with a fixed role and unit."""
    permit(by, Operation.KEEP_ACCOUNTS)
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
    """A new token's secret, shown once; it acts as the account in ``post``, or in the first post it holds."""
    permit(by, Operation.KEEP_ACCOUNTS)
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
    """End a token at once."""
    permit(by, Operation.KEEP_ACCOUNTS)
    Token.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.wall())
    ledger.record(
        tag=Tag.TOKEN_REVOKED,
        subject=f"account:{token.account_id}",
        unit=by.unit,
        by=by,
        at=at,
        data={"label": token.label},
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

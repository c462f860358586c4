"""The person's own page: a printed code that comes with the notice, what it opens, and an objection through it.

The code works without an account and without a telephone of one's own; who has neither objects by voice or paper, and a worker
files it. A printed code is replaced, never read out again: only its digest is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from bulou.access.choices import Operation
from bulou.access.models import ReadLog
from bulou.access.rules import permit
from bulou.duties.rows import signature
from bulou.kernel.actor import Actor, Door, Role
from bulou.kernel.errors import NotFound, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.policy import load_pack
from bulou.restrictions import rules
from bulou.restrictions.appeals import file_appeal
from bulou.restrictions.approving import locked
from bulou.restrictions.choices import State
from bulou.restrictions.models import Appeal, NoticeCode, Restriction
from bulou.restrictions.queries import holding

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # nothing that is misread on paper
_LENGTH = 16  # 78 bits: guessing is hopeless also without the limit on tries


@dataclass(frozen=True, slots=True)
class Own:
    """What the code opens: the notice, whether it holds now, the objections, and who looked at the person's data."""

    restriction: Restriction
    holds: bool
    appeals: tuple[Appeal, ...]
    reads: tuple[ReadLog, ...]


def digest(secret: str) -> str:
    """How a code is kept; spaces, dashes and small letters of a typed one make no difference."""
    return hashlib.sha256(secret.upper().replace("-", "").replace(" ", "").encode()).hexdigest()


@transaction.atomic
def issue_code(*, code: str, by: Actor, at: datetime) -> str:
    """A new code for a notice, shown once, in groups of four; the one before opens nothing any more."""
    row = locked(code)
    permit(by, Operation.FILE_APPEAL, row.place_code)
    if row.state not in {State.IN_FORCE, State.ENDED, State.LIFTED}:
        message = f"the restriction is {row.state}"
        raise Refused(message, code="restriction-state", remedy="A notice is printed once it is approved.")
    plain = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    NoticeCode.objects.filter(restriction=row, replaced_at=None).update(replaced_at=at)
    NoticeCode.objects.create(
        digest=digest(plain),
        restriction=row,
        issued_at=at,
        issued_by=signature(by),
        expires_at=row.ends_at + load_pack(row.pack, row.pack_version).span("notice_code"),
    )
    ledger.record(tag=Tag.NOTICE_CODE_ISSUED, subject=rules.about(code), unit=row.place_code, by=by, at=at)
    return "-".join(plain[start : start + 4] for start in range(0, _LENGTH, 4))


def open_own(secret: str, *, at: datetime) -> Own:
    """What the holder of the code may see; ``NotFound`` for an unknown, replaced or expired one."""
    row = _by_secret(secret, at=at)
    reads = ReadLog.objects.filter(subject=f"person:{row.person_id}")[:50] if row.person_id else ()
    return Own(
        restriction=row,
        holds=Restriction.objects.filter(holding(at), pk=row.pk).exists(),
        appeals=tuple(row.appeals.all()),
        reads=tuple(reads),
    )


def _by_secret(secret: str, *, at: datetime) -> Restriction:
    found = (
        NoticeCode.objects.filter(digest=digest(secret), replaced_at=None, expires_at__gt=at)
        .select_related("restriction", "restriction__proposed_unit", "restriction__approved_unit")
        .first()
    )
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the code on the notice, or ask your community for a new one.")
    NoticeCode.objects.filter(pk=found.pk).update(opened=F("opened") + 1)
    return found.restriction


@transaction.atomic
def appeal_by_code(*, secret: str, text: str, at: datetime) -> Appeal:
    """The person objects on the own page; nobody's permission is asked."""
    row = locked(_by_secret(secret, at=at).pk)
    return file_appeal(row, text=text, how="page", filed_by="the person concerned", by=_person(row), at=at)


def _person(row: Restriction) -> Actor:
    return Actor(
        account="", name="the person concerned", post="", unit=row.place_code, role=Role.COMMUNITY_WORKER, door=Door.WEB
    )

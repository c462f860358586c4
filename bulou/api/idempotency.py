"""Idempotency-Key: the same request gets the first answer again; the effect and the answer commit together.

The record is inserted first, inside the effect's transaction. On PostgreSQL a second request with the same key blocks on
the unique index until the first commits (at most 5 s, ``lock_timeout``); on SQLite a writing transaction is exclusive.
"""

from __future__ import annotations

import hashlib
import inspect
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse

from bulou.api import problems
from bulou.api.models import IdempotencyRecord
from bulou.kernel import clock

KEPT = timedelta(hours=72)  # CONTRACT
WAITS_MS = 5_000  # CONTRACT
MAX_KEY = 120

View = Callable[..., HttpResponse]


class _Answered(Exception):
    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def scope_of(request: HttpRequest) -> str:
    """Credential, method and path, as one digest: a key of one client means nothing to another.

    Who has no credential is known by address, or two residents with the key 1 would be given one ticket.
    """
    who = request.headers.get("Authorization") or f"address {request.META.get('REMOTE_ADDR', '')}"
    text = "\n".join((who, request.method or "", request.path))
    return hashlib.sha256(text.encode()).hexdigest()


def once(view: View) -> View:
    """Make a POST safe to repeat; only answers that changed something or confirm it (2xx) are kept."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            with transaction.atomic():
                return view(request, *args, **kwargs)
        if len(key) > MAX_KEY:
            return problems.response(
                problems.document(422, code="validation", detail=f"an Idempotency-Key has at most {MAX_KEY} characters")
            )
        _expire_sometimes()
        digest = hashlib.sha256(request.body).hexdigest()
        scope = scope_of(request)
        try:
            with transaction.atomic():
                return _first_or_again(view, request, args, kwargs, scope=scope, key=key, digest=digest)
        except _Answered as told:
            return told.response
        except OperationalError as fault:
            if "lock timeout" in str(fault) or "locked" in str(fault):
                return problems.response(
                    problems.document(409, code="in-flight", detail="the same request is still being carried out"),
                    **{"Retry-After": "5"},
                )
            raise

    # ninja reads the parameters from the signature; the names in it are those of the view's own module.
    guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    return guarded


def _first_or_again(
    view: View,
    request: HttpRequest,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    scope: str,
    key: str,
    digest: str,
) -> HttpResponse:
    record = _claim(scope, key, digest)
    if record is None:
        return _again(scope, key, digest)
    answer = view(request, *args, **kwargs)
    if not 200 <= answer.status_code < 300:  # noqa: PLR2004 - HTTP's own success range
        raise _Answered(answer)  # nothing is kept, nothing was done
    IdempotencyRecord.objects.filter(pk=record).update(status=answer.status_code, body=answer.content.decode())
    return answer


def _claim(scope: str, key: str, digest: str) -> int | None:
    """Insert the record; None when another request holds or held the key."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {WAITS_MS}")
            cursor.execute(
                "INSERT INTO api_idempotencyrecord (scope, key, request_digest, body, created_at) "
                "VALUES (%s, %s, %s, '', %s) ON CONFLICT (scope, key) DO NOTHING RETURNING id",
                [scope, key, digest, clock.wall()],
            )
            row = cursor.fetchone()
            return int(row[0]) if row else None
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(scope=scope, key=key, request_digest=digest, created_at=clock.wall()).pk
    except IntegrityError:
        return None


def _again(scope: str, key: str, digest: str) -> HttpResponse:
    kept = IdempotencyRecord.objects.filter(scope=scope, key=key).first()
    if kept is None or kept.status is None:
        message = "the first request's record is neither there nor finished"
        raise DatabaseError(message)
    if kept.request_digest != digest:
        return problems.response(
            problems.document(409, code="key-reused", detail="this Idempotency-Key was used with another body")
        )
    return HttpResponse(
        kept.body, status=kept.status, content_type="application/json", headers={"Idempotency-Replayed": "true"}
    )


def expire() -> int:
    """Forget answers older than 72 hours."""
    gone, _ = IdempotencyRecord.objects.filter(created_at__lt=clock.wall() - KEPT).delete()
    return gone


_expires_next = 0.0


def _expire_sometimes() -> None:
    """The door that keeps answers forgets them too: at most once an hour in each process."""
    global _expires_next  # noqa: PLW0603 - a clock of this process
    if time.monotonic() >= _expires_next:
        _expires_next = time.monotonic() + 3_600
        expire()

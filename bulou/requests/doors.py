"""How often one address may try the doors that are open to residents: filing, and opening with a ticket.

The numbers are operational, no document. An address may stand for a whole compound behind one router, so filing is not
narrow; a telephone number's own limit a day stands in the pack. A ticket has 78 bits without any limit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from bulou.access.limits import spend, spent
from bulou.kernel.errors import NotFound, TooMany
from bulou.requests.models import ResidentRequest

FILED: Final = 40
WRONG: Final = 20
WITHIN_S: Final = 600
_Answer = TypeVar("_Answer")


def let_file(who: str) -> None:
    """Count one request filed from this address; ``TooMany`` above the limit."""
    if spent("requests.file", who, most=FILED):
        message = "too many requests came from this address"
        raise TooMany(message, remedy="Try again in ten minutes, or call the hotline.")
    spend("requests.file", who, within_s=WITHIN_S)


def with_ticket(who: str, does: Callable[[], _Answer]) -> _Answer:
    """Do something that a ticket opens; wrong tickets are counted, above the limit none is tried (``TooMany``)."""
    if spent("requests.ticket", who, most=WRONG):
        message = "too many wrong tickets came from this address"
        raise TooMany(message, remedy="Try again in ten minutes, or call the hotline.")
    try:
        return does()
    except NotFound:
        spend("requests.ticket", who, within_s=WITHIN_S)
        raise


def public(row: ResidentRequest) -> dict[str, object]:
    """What the holder of a ticket reads of a request: how it stands, whose it is, by when, and who closed it with what."""
    return {
        "code": row.pk,
        "state": row.state,
        "category": row.category,
        "text": row.text,
        "unit": row.unit.name,
        "filed_at": row.filed_at,
        "due_at": row.due_at,
        "closed_at": row.closed_at,
        "closed_by": row.closed_by,
        "evidence": row.evidence if row.state != "refused" else "",
        "reason": row.reason if row.state == "refused" else "",
        "disputes": row.disputes,
    }

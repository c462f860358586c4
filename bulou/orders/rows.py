"""What the room's actions share: how rows are named, what an addressee owes, how an order ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bulou.books.facts import commit, signature
from bulou.duties import actions as duties
from bulou.duties.opening import Owed
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger.line_tags import LineTag
from bulou.orders.choices import (
    ANSWERED,
    CLASH_DECIDED,
    EXECUTED,
    EXECUTED_AGAIN,
    LAG_ANSWERED,
    OPENED,
    STARTED,
    ClashState,
    Link,
    OrderState,
)
from bulou.orders.models import Addressee, Order, OrderClash
from bulou.orders.rules import OPEN_LINKS

OF_LINK = (OPENED, STARTED, EXECUTED, EXECUTED_AGAIN, ANSWERED, LAG_ANSWERED)


def about(row: Order) -> str:
    """How the ledger and the duties name an order."""
    return f"order:{row.pk}"


def of(row: Addressee) -> str:
    """How they name one addressee of it."""
    return f"addressee:{row.pk}"


def owed(row: Addressee, kind: str, *, owner: str = "", **facts: datetime) -> Owed:
    """A duty of an addressee, or of another unit because of it; the issuer is told by the pack's steps."""
    order = row.order
    return Owed(
        kind=kind, about=of(row), label=f"{order.number} {order.title}"[:200], place_code=row.place_code,
        owners={"explicit": owner or row.unit_id}, facts=facts, issuer=order.issuer_id, why="",
    )  # fmt: skip


def require_text(value: str, column: str, message: str) -> str:
    """A text that is not blank."""
    if not value.strip():
        raise InputFault(message, column=column)
    return value.strip()


@transaction.atomic
def end_order(
    order: Order, *, state: OrderState, tag: LineTag, why: str, by: Actor, at: datetime, stopping: bool = False
) -> Sequence[Addressee]:
    """End an order: whoever had not begun owes nothing more; with ``stopping``, whoever had opened it must stop.

    Returns the addressees that had opened it and not ended. Their old duties are superseded by the fact that ended them.
    """
    order.state, order.ended_at, order.ended_by, order.ended_why = state, at, signature(by), why[:200]
    order.save(update_fields=("state", "ended_at", "ended_by", "ended_why"))
    entry = commit(tag=tag, subject=about(order), unit=order.issuer_id, by=by, at=at, data={"reason": order.ended_why})
    found = order.addressees.select_for_update(of=("self",)).filter(state__in=OPEN_LINKS | {Link.WAITING}).order_by("code")
    rows = list(found)
    opened = [row for row in rows if row.state in OPEN_LINKS and row.state != Link.SENT]
    for row in rows:
        if row.state != Link.WAITING:
            for kind in OF_LINK:
                duties.supersede_by_fact(kind=kind, about=of(row), successor=f"entry:{entry.pk}", by=by, at=at)
    order.addressees.filter(pk__in=[row.pk for row in rows]).update(state=Link.VOID, lagging=False)
    if stopping:
        order.addressees.filter(pk__in=[row.pk for row in opened if row.leaf]).update(state=Link.TO_STOP)
    close_clashes(order, by=by, at=at)
    return opened


def close_clashes(order: Order, *, by: Actor, at: datetime) -> None:
    """An order that ended contradicts no other any more."""
    for row in OrderClash.objects.filter(Q(first=order) | Q(second=order), state=ClashState.OPEN).order_by("code"):
        OrderClash.objects.filter(pk=row.pk).update(state=ClashState.GONE)
        commit(
            tag=LineTag.CLASH_GONE, subject=f"clash:{row.pk}", unit=row.unit_id, by=by, at=at, closes=[CLASH_DECIDED],
            data={"reason": f"{order.number} ended"},
        )  # fmt: skip

"""What comes in, where it lies, what is lost: catalogue, suppliers, purchases, batches. In = out + stock + loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked, signature
from bulou.duties.opening import Owed
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull, InputFault
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.supplies import rules
from bulou.supplies.choices import ARRIVED, GoodKind, Measure, PurchaseState
from bulou.supplies.models import Batch, Good, Pick, Purchase, Supplier


@transaction.atomic
def list_good(
    *, unit: str, name: str, kind: GoodKind, measure: Measure, usual: int, by: Actor, at: datetime, code: str = ""
) -> Good:
    """Put a good into a unit's catalogue: all below the unit may ask for it."""
    permit(by, Operation.KEEP_STOCK, unit)
    said = rules.require_text(name, "name", "say what it is")[:80]
    rules.require_amount(usual, "usual")
    row = Good.objects.create(
        code=code or public_id("GD", at), unit_id=unit, name=said, kind=kind, measure=measure, usual=usual
    )
    commit(
        tag=LineTag.GOOD_LISTED, subject=f"good:{row.pk}", unit=unit, by=by, at=at, data={"measure": measure, "usual": usual}
    )
    return row


@transaction.atomic
def list_supplier(
    *, unit: str, name: str, by: Actor, at: datetime, phone: str = "", note: str = "", code: str = ""
) -> Supplier:
    """Enter who sells to a unit."""
    permit(by, Operation.KEEP_STOCK, unit)
    said = rules.require_text(name, "name", "say who it is")[:120]
    row = Supplier.objects.create(code=code or public_id("SU", at), unit_id=unit, name=said, phone=phone[:32], note=note[:200])
    commit(tag=LineTag.SUPPLIER_LISTED, subject=f"supplier:{row.pk}", unit=unit, by=by, at=at, personal={"phone": row.phone})
    return row


def goods_for(units: Iterable[str]) -> QuerySet[Good]:
    """The catalogue lines that these units may ask for: their own and their superiors'."""
    return Good.objects.filter(unit__in={step for unit in units for step in codes.chain(unit)}).order_by("name", "code")


def require_good(code: str, unit: str, column: str = "good") -> Good:
    """A good of the unit's or a superior's catalogue."""
    found = goods_for([unit]).filter(pk=code).first()
    if found is None:
        message = f"{code!r} stands in no catalogue of {unit}"
        raise InputFault(message, column=column, remedy="bulou export goods shows the codes.")
    return found


@transaction.atomic
def order_goods(
    *, unit: str, supplier: str, good: str, quantity: int, expected_at: datetime, by: Actor, at: datetime, code: str = ""
) -> Purchase:
    """Buy: from now on the unit owes that it comes in time."""
    permit(by, Operation.KEEP_STOCK, unit)
    if not Supplier.objects.filter(pk=supplier, unit__in=codes.chain(unit)).exists():
        message = f"{supplier!r} is no supplier of this unit"
        raise InputFault(message, column="supplier", remedy="bulou export suppliers shows the codes.")
    row = Purchase.objects.create(
        code=code or public_id("PU", at), unit_id=unit, supplier_id=supplier, good=require_good(good, unit),
        quantity=rules.require_amount(quantity), expected_at=expected_at, ordered_at=at, ordered_by=signature(by),
    )  # fmt: skip
    commit(
        tag=LineTag.PURCHASE_ORDERED, subject=_of(row), unit=unit, by=by, at=at, data={"good": good, "quantity": quantity},
        opens=[
            Owed(kind=ARRIVED, about=_of(row), label=f"{row.good} · {row.pk}", place_code=codes.territory(unit),
                 owners={"explicit": unit}, facts={"expected_at": expected_at}),
        ],
    )  # fmt: skip
    return row


@transaction.atomic
def receive_purchase(
    *, code: str, came: int, by: Actor, at: datetime, expires_on: date | None = None, batch: str = ""
) -> Batch:
    """So much of it came: a batch of stock. The purchase has arrived when all of it did."""
    row = locked(Purchase, code)
    permit(by, Operation.KEEP_STOCK, row.unit_id)
    rules.require(row.state, {PurchaseState.ORDERED}, doing="received")
    row.came += rules.require_amount(came, "came")
    if row.came >= row.quantity:
        row.state = PurchaseState.ARRIVED
    row.save(update_fields=("came", "state"))
    made = _batch(unit=row.unit_id, good=row.good_id, came=came, origin=Supplier.objects.get(pk=row.supplier_id).name,
                  expires_on=expires_on, code=batch, by=by, at=at, purchase=row)  # fmt: skip
    commit(
        tag=LineTag.PURCHASE_ARRIVED, subject=_of(row), unit=row.unit_id, by=by, at=at,
        data={"came": came, "of": row.quantity, "batch": made.pk},
        closes=[ARRIVED] if row.state == PurchaseState.ARRIVED else [],
    )  # fmt: skip
    return made


@transaction.atomic
def cancel_purchase(*, code: str, reason: str, by: Actor, at: datetime) -> Purchase:
    """What has not come comes no more."""
    row = locked(Purchase, code)
    permit(by, Operation.KEEP_STOCK, row.unit_id)
    rules.require(row.state, {PurchaseState.ORDERED}, doing="cancelled")
    row.state, row.ended = PurchaseState.CANCELLED, rules.require_text(reason, "reason", "say why")[:200]
    row.save(update_fields=("state", "ended"))
    commit(tag=LineTag.PURCHASE_CANCELLED, subject=_of(row), unit=row.unit_id, by=by, at=at, data={"reason": row.ended},
           closes=[ARRIVED])  # fmt: skip
    return row


@transaction.atomic
def take_in(
    *, unit: str, good: str, came: int, origin: str, by: Actor, at: datetime, expires_on: date | None = None, code: str = ""
) -> Batch:
    """Stock that came without a purchase: a donation, an allotment from outside."""
    permit(by, Operation.KEEP_STOCK, unit)
    rules.require_text(origin, "origin", "say where it comes from")
    require_good(good, unit)
    return _batch(unit=unit, good=good, came=came, origin=origin, expires_on=expires_on, code=code, by=by, at=at)


def _batch(
    *, unit: str, good: str, came: int, origin: str, expires_on: date | None, code: str, by: Actor, at: datetime,
    purchase: Purchase | None = None, parent: Batch | None = None,
) -> Batch:  # fmt: skip
    amount = rules.require_amount(came, "came")
    row = Batch.objects.create(
        code=code or public_id("BA", at), unit_id=unit, good_id=good, came=amount, there=amount, origin=origin[:120],
        came_at=at, expires_on=expires_on, purchase=purchase, parent=parent,
    )  # fmt: skip
    commit(tag=LineTag.STOCK_CAME, subject=batch_of(row.pk), unit=unit, by=by, at=at, data={"good": good, "came": amount})
    return row


def take(batch: Batch, quantity: int) -> None:
    """Take so much out of a batch by one conditional statement; the table's equation is the second wall."""
    left = Batch.objects.filter(pk=batch.pk, there__gte=quantity)
    if not left.update(there=F("there") - quantity, out=F("out") + quantity):
        message = f"{batch.pk} has less than {quantity} left"
        raise CapacityFull(message, remedy="Take less, or from another batch.")


@transaction.atomic
def move_stock(*, code: str, to_unit: str, quantity: int, by: Actor, at: datetime) -> Batch:
    """Bring stock to another store of the city; there it is a batch of its own, with the same end."""
    row = locked(Batch, code)
    permit(by, Operation.KEEP_STOCK, row.unit_id)
    require_good(row.good_id, to_unit, "to_unit")
    take(row, rules.require_amount(quantity))
    made = _batch(unit=to_unit, good=row.good_id, came=quantity, origin=f"{row.unit_id} {row.pk}", expires_on=row.expires_on,
                  code="", by=by, at=at, parent=row)  # fmt: skip
    commit(tag=LineTag.STOCK_MOVED, subject=batch_of(row.pk), unit=row.unit_id, by=by, at=at,
           data={"quantity": quantity, "to": to_unit, "batch": made.pk})  # fmt: skip
    return made


@transaction.atomic
def lose_stock(*, code: str, quantity: int, reason: str, by: Actor, at: datetime) -> Batch:
    """Spoilt, broken, missing at the count: what is gone is written down with its reason."""
    row = locked(Batch, code)
    permit(by, Operation.KEEP_STOCK, row.unit_id)
    said = rules.require_text(reason, "reason", "say what became of it")
    gone = rules.require_amount(quantity)
    if not Batch.objects.filter(pk=code, there__gte=gone).update(there=F("there") - gone, lost=F("lost") + gone):
        message = f"only {row.there} are there"
        raise CapacityFull(message, remedy="Count again.")
    commit(tag=LineTag.STOCK_LOST, subject=batch_of(code), unit=row.unit_id, by=by, at=at,
           data={"quantity": gone, "reason": said[:200]})  # fmt: skip
    row.refresh_from_db()
    return row


def unequal() -> list[str]:
    """Batches whose way out differs from the second sum: picks that were not returned, and what was moved on."""
    taken: dict[str, int] = defaultdict(int)
    for found in (
        Pick.objects.filter(returned_at=None).order_by().values_list("batch").annotate(n=Sum("quantity")),
        Batch.objects.exclude(parent=None).order_by().values_list("parent").annotate(n=Sum("came")),
    ):
        for code, amount in found:
            taken[code] += amount
    gone = Batch.objects.filter(~Q(out=0) | Q(pk__in=list(taken))).values_list("pk", "out")
    return sorted(code for code, out in gone if out != taken.get(code, 0))


def batch_of(code: str) -> str:
    """How the ledger names a batch."""
    return f"batch:{code}"


def _of(row: Purchase) -> str:
    return f"purchase:{row.pk}"

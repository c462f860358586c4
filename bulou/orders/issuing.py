"""Issuing, superseding and recalling orders; what two orders demand is held against each other as they are issued."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, signature
from bulou.duties.opening import Owed, open_many
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.orders import rules
from bulou.orders.choices import (
    CLASH_DECIDED,
    OPENED,
    STOPPED,
    Bound,
    ClashState,
    Link,
    OrderState,
    Prevails,
    Reach,
    Subject,
    Verb,
)  # fmt: skip
from bulou.orders.clashes import Command, clash
from bulou.orders.models import Addressee, Order, OrderClash
from bulou.orders.rows import about, close_clashes, end_order, of, owed, require_text
from bulou.rounds.models import Site, TestingRound
from bulou.units.choices import UnitKind
from bulou.units.models import Unit

_KINDS = {
    Reach.DISTRICTS: UnitKind.DISTRICT, Reach.STREETS: UnitKind.STREET, Reach.COMMUNITIES: UnitKind.COMMUNITY,
    Reach.SITES: UnitKind.SAMPLING_SITE,
}  # fmt: skip
MOST_COMPARED = 500  # orders of one subject that are in force at once; more says that nobody recalls what is done


@transaction.atomic
def issue_order(
    *,
    number: str,
    title: str,
    text: str,
    basis: str,
    place_code: str,
    verb: Verb,
    subject: Subject,
    starts_at: datetime,
    ends_at: datetime,
    due_at: datetime,
    reach: Reach,
    by: Actor,
    at: datetime,
    named: str = "",
    issuer: str = "",
    thing: str = "",
    amount: int | None = None,
    bound: Bound | str = "",
    round: str = "",  # noqa: A002 - the round's code, as everywhere
    per_hour: int | None = None,
    supersedes: str = "",
    code: str = "",
) -> Order:
    """Issue an order (下达指令): the first link of each chain receives it now, each next one when the link above has opened it.

    An order that supersedes another ends it. What cannot be obeyed together with an order in force is found here, and the
    lowest unit above both owes the decision.
    """
    unit = issuer or by.unit
    permit(by, Operation.ISSUE_ORDER, unit)
    if not codes.is_below(place_code, codes.territory(unit)):
        message = f"{place_code} does not lie below {unit}"
        raise InputFault(message, column="place_code")
    rules.require_window(starts_at=starts_at, ends_at=ends_at, due_at=due_at, at=at)
    old = _superseded(supersedes, unit)
    row = Order(
        code=code or public_id("OR", at), number=require_text(number, "number", "an order has a number")[:60],
        title=require_text(title, "title", "an order has a title")[:120],
        text=require_text(text, "text", "an order says what is to be done")[:4000],
        basis=require_text(basis, "basis", "name the decision or the document on which it rests")[:200],
        digest=rules.digest_of(number, title, text, basis, unit, at.isoformat(), place_code), issuer_id=unit, issued_at=at,
        issued_by=signature(by), place_code=place_code, verb=verb, subject=subject, thing=thing.strip()[:60], amount=amount,
        bound=bound or Bound.AT_LEAST, starts_at=starts_at, ends_at=ends_at, due_at=due_at, round=_round(round),
        per_hour=per_hour, reach=reach, named=named.strip()[:2000], supersedes=supersedes,
    )  # fmt: skip
    if per_hour is not None and row.round is None:
        message = "samples an hour are read from a round"
        raise InputFault(message, column="round", remedy="Name the round.")
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        message = f"{unit} has issued an order {row.number} already"
        raise Conflict(message, column="number", remedy="Give it a number of its own.") from None
    if old is not None:
        end_order(
            old, state=OrderState.SUPERSEDED, tag=LineTag.ORDER_SUPERSEDED, why=f"superseded by {row.number}", by=by, at=at
        )
    links = _addressees(row, _targets(row))
    data = {"number": row.number, "digest": row.digest, "addressees": len(links), "supersedes": supersedes}
    commit(tag=LineTag.ORDER_ISSUED, subject=about(row), unit=unit, by=by, at=at, data=data)
    send([one for one in links if one.above_id is None], came_from=unit, by=by, at=at)
    _compare(row, by=by, at=at)
    return row


def _round(code: str) -> TestingRound | None:
    found = TestingRound.objects.filter(pk=code).first() if code else None
    if code and found is None:
        message = f"there is no round {code}"
        raise InputFault(message, column="round")
    return found


def _superseded(code: str, unit: str) -> Order | None:
    if not code:
        return None
    old = Order.objects.select_for_update(of=("self",)).filter(pk=code).first()
    if old is None or not codes.is_below(old.issuer_id, unit):
        message = "no order of this unit, or of one below it, has this code"
        raise InputFault(message, column="supersedes")
    if old.state != OrderState.IN_FORCE:
        message = f"the order is {old.state.replace('_', ' ')} already"
        raise Refused(message, code="order-state")
    return old


def _targets(row: Order) -> list[str]:
    if row.reach == Reach.NAMED:
        return rules.named_units(row.named)
    low, high = codes.below(row.place_code)
    found = Unit.objects.filter(kind=_KINDS[Reach(row.reach)], code__gte=low, code__lt=high)
    if row.reach == Reach.SITES and row.round_id:
        found = found.filter(sites__round=row.round_id)
    return list(found.order_by("code").values_list("code", flat=True))


def _addressees(row: Order, targets: Sequence[str]) -> list[Addressee]:
    steps = {step for target in targets for step in codes.chain(target)}
    known = set(Unit.objects.filter(code__in=steps).values_list("code", flat=True))
    nodes = rules.chain(issuer=row.issuer_id, targets=targets, known=known)
    sites = {}
    if row.round_id:
        sites = {site.unit_id: site for site in Site.objects.filter(round=row.round_id, unit__in=[one.unit for one in nodes])}
    made: dict[str, Addressee] = {}
    for place, node in enumerate(nodes, start=1):
        made[node.unit] = Addressee(
            code=f"{row.pk}.{place:04}", order=row, unit_id=node.unit, place_code=codes.territory(node.unit),
            above=made.get(node.above), leaf=node.leaf, state=Link.WAITING, site=sites.get(node.unit) if node.leaf else None,
            due_at=row.due_at,
        )  # fmt: skip
    return Addressee.objects.bulk_create(made.values(), batch_size=500)


def send(links: Sequence[Addressee], *, came_from: str, by: Actor, at: datetime) -> None:
    """The order comes to these addressees, as a set: each owes that it opens it, and its sender is kept beside it."""
    due = due_of(OPENED, at=at, facts={"sent_at": at})
    for one in links:
        one.state, one.sent_at, one.due_at, one.came_from_id = Link.SENT, at, min(due, one.due_at), came_from
    Addressee.objects.bulk_update(links, ("state", "sent_at", "due_at", "came_from"), batch_size=200)
    open_many([owed(one, OPENED, sent_at=at) for one in links], by=by, at=at)


@transaction.atomic
def recall_order(*, code: str, reason: str, by: Actor, at: datetime) -> Order:
    """Call an order back (撤回): who has not begun owes nothing; who has opened it stops, and says so within minutes."""
    row = locked(Order, code)
    permit(by, Operation.ISSUE_ORDER, row.issuer_id)
    if row.state != OrderState.IN_FORCE:
        message = f"the order is {row.state.replace('_', ' ')} already"
        raise Refused(message, code="order-state")
    _recall(row, require_text(reason, "reason", "say why it is recalled"), by=by, at=at)
    return row


def _recall(row: Order, reason: str, *, by: Actor, at: datetime) -> None:
    opened = end_order(
        row, state=OrderState.RECALLED, tag=LineTag.ORDER_RECALLED, why=reason, by=by, at=at, stopping=True
    )  # fmt: skip
    due = due_of(STOPPED, at=at, facts={"recalled_at": at})
    links = [one for one in opened if one.leaf]
    row.addressees.filter(pk__in=[one.pk for one in links]).update(due_at=due)
    open_many([owed(one, STOPPED, recalled_at=at) for one in links], by=by, at=at)


@transaction.atomic
def confirm_stop(*, code: str, note: str, by: Actor, at: datetime) -> Addressee:
    """An addressee of a recalled order has stopped."""
    row = locked(Addressee, code)
    permit(by, Operation.FOLLOW_ORDER, row.unit_id)
    rules.require_link(Link(row.state), {Link.TO_STOP}, doing="stopped")
    row.state = Link.VOID
    row.save(update_fields=("state",))
    note = require_text(note, "note", "say what was stopped, and how it stands")
    commit(
        tag=LineTag.ORDER_STOPPED, subject=of(row), unit=row.unit_id, by=by, at=at, closes=[STOPPED], data={"note": note[:200]}
    )  # fmt: skip
    return row


def command_of(row: Order) -> Command:
    """The order's words as the rule compares them."""
    return Command(
        verb=Verb(row.verb), subject=Subject(row.subject), place=row.place_code, starts_at=row.starts_at, ends_at=row.ends_at,
        thing=row.thing, amount=row.amount, bound=Bound(row.bound),
    )  # fmt: skip


def _compare(row: Order, *, by: Actor, at: datetime) -> None:
    others = (
        Order.objects.filter(state=OrderState.IN_FORCE, subject=row.subject, ends_at__gt=row.starts_at)
        .filter(starts_at__lt=row.ends_at)
        .exclude(pk=row.pk)
        .order_by("-issued_at")[:MOST_COMPARED]
    )
    mine = command_of(row)
    for other in others:
        why = clash(command_of(other), mine)
        if why is None:
            continue
        unit = rules.decider(other.issuer_id, row.issuer_id)
        facts = {"found_at": at}
        made = OrderClash.objects.create(
            code=public_id("CL", at), first=other, second=row, why=why, unit_id=unit, found_at=at,
            place_code=max(other.place_code, row.place_code, key=len), due_at=due_of(CLASH_DECIDED, at=at, facts=facts),
        )  # fmt: skip
        needed = Owed(
            kind=CLASH_DECIDED, about=f"clash:{made.pk}", label=f"{other.number} / {row.number}", place_code=made.place_code,
            owners={"explicit": unit}, facts=facts, issuer=row.issuer_id,
        )  # fmt: skip
        data = {"first": other.number, "second": row.number, "why": why}
        commit(tag=LineTag.CLASH_FOUND, subject=f"clash:{made.pk}", unit=unit, by=by, at=at, data=data, opens=[needed])


@transaction.atomic
def decide_clash(*, code: str, prevails: Prevails, decision: str, by: Actor, at: datetime) -> OrderClash:
    """Say which of two orders stands; the other is recalled, or it is said how both are done."""
    row = locked(OrderClash, code)
    permit(by, Operation.ISSUE_ORDER, row.unit_id)
    if row.state != ClashState.OPEN:
        message = "this is decided already"
        raise Refused(message, code="clash-state")
    row.state, row.prevails = ClashState.DECIDED, prevails
    row.decision = require_text(decision, "decision", "say why, or how both are done")[:200]
    row.decided_at, row.decided_by = at, signature(by)
    row.save(update_fields=("state", "prevails", "decision", "decided_at", "decided_by"))
    commit(
        tag=LineTag.CLASH_DECIDED, subject=f"clash:{row.pk}", unit=row.unit_id, by=by, at=at, closes=[CLASH_DECIDED],
        data={"prevails": prevails, "reason": row.decision},
    )  # fmt: skip
    loser = {Prevails.FIRST: row.second_id, Prevails.SECOND: row.first_id}.get(prevails)
    other = Order.objects.select_for_update(of=("self",)).filter(pk=loser, state=OrderState.IN_FORCE).first()
    if other is not None:
        _recall(other, row.decision, by=by, at=at)
    return row


@transaction.atomic
def carry_out_by_fact(order: Order, *, by: Actor, at: datetime) -> None:
    """Every addressee that carries it out is done or released: the order is carried out."""
    if order.state != OrderState.IN_FORCE:
        return
    order.state, order.ended_at, order.ended_by, order.ended_why = OrderState.CARRIED_OUT, at, signature(by), "all is done"
    order.save(update_fields=("state", "ended_at", "ended_by", "ended_why"))
    commit(tag=LineTag.ORDER_CARRIED_OUT, subject=about(order), unit=order.issuer_id, by=by, at=at)
    close_clashes(order, by=by, at=at)


@transaction.atomic
def end_due_orders(*, by: Actor, at: datetime) -> int:
    """Orders whose own end has come end by themselves (worker): they command nothing more.

    What was owed because of them and not done stays open and late, so that the miss is seen, until somebody answers it.
    """
    over = Order.objects.select_for_update(of=("self",)).filter(state=OrderState.IN_FORCE, ends_at__lte=at)
    rows = list(over.order_by("ends_at", "code")[:200])
    for row in rows:
        row.state, row.ended_at, row.ended_by, row.ended_why = OrderState.EXPIRED, row.ends_at, signature(by), "its end came"
        row.save(update_fields=("state", "ended_at", "ended_by", "ended_why"))
        commit(tag=LineTag.ORDER_EXPIRED, subject=about(row), unit=row.issuer_id, by=by, at=row.ends_at)
        close_clashes(row, by=by, at=at)
    return len(rows)

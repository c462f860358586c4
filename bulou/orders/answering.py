"""What an addressee does with an order: open, say it back, start, finish with evidence, or answer that it cannot be done."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked, pack_at, signature
from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger.line_tags import LineTag
from bulou.orders import rules
from bulou.orders.choices import ANSWERED, EXECUTED, EXECUTED_AGAIN, LAG_ANSWERED, OPENED, STARTED, Answer, Link, OrderState
from bulou.orders.issuing import carry_out_by_fact, send
from bulou.orders.models import Addressee, Order
from bulou.orders.rows import of, owed, require_text
from bulou.rounds.choices import SiteState


def _mine(code: str, allowed: frozenset[Link], by: Actor, *, doing: str) -> Addressee:
    """The addressee, for a step that only it can do itself: a superior's click is no reading by the street."""
    row = locked(Addressee, code)
    permit(by, Operation.FOLLOW_ORDER, row.unit_id)
    if by.unit != row.unit_id:
        message = "only the addressee itself does this"
        raise Refused(message, code="not-addressee", remedy="Call it, or pass the order on past it.")
    rules.require_link(Link(row.state), allowed, doing=doing)
    return row


@transaction.atomic
def open_order(*, code: str, by: Actor, at: datetime) -> Addressee:
    """The addressee opens the order (已读): it goes on to the next links, or the work is owed from now on."""
    row = _mine(code, frozenset({Link.SENT}), by, doing="opened")
    row.state, row.read_at, row.read_by, row.due_at = Link.READ, at, signature(by), row.order.due_at
    row.save(update_fields=("state", "read_at", "read_by", "due_at"))
    opens = []
    if row.leaf:
        opens = [owed(row, STARTED, read_at=at), owed(row, EXECUTED, due_at=row.order.due_at)]
    commit(tag=LineTag.ORDER_OPENED, subject=of(row), unit=row.unit_id, by=by, at=at, closes=[OPENED], opens=opens)
    send(list(row.below.filter(state=Link.WAITING).select_related("order")), came_from=row.unit_id, by=by, at=at)
    if row.site is not None and row.site.state == SiteState.OPEN:
        _start(row, evidence=f"site:{row.site.round_id}/{row.unit_id}", by=by, at=at)
    roll_up(row, by=by, at=at)
    return row


@transaction.atomic
def pass_by(*, code: str, reason: str, by: Actor, at: datetime) -> Addressee:
    """A superior sends the order on past a link that does not open it (越级直达); the link goes on owing that it opens it."""
    row = locked(Addressee, code)
    permit(by, Operation.ISSUE_ORDER, row.unit_id)
    rules.require_link(Link(row.state), {Link.SENT}, doing="passed by")
    if by.unit == row.unit_id or row.leaf:
        message = "a unit above the link passes it by, and somebody stands below it"
        raise Refused(message)
    reason = require_text(reason, "reason", "say why it is passed by")
    commit(tag=LineTag.ORDER_PASSED_BY, subject=of(row), unit=row.unit_id, by=by, at=at, data={"reason": reason[:200]})
    send(list(row.below.filter(state=Link.WAITING).select_related("order")), came_from=by.unit, by=by, at=at)
    return row


@transaction.atomic
def say_back(*, code: str, words: str, by: Actor, at: datetime) -> Addressee:
    """The addressee says in its own words what it will do (复述确认): understood, and still not executed."""
    row = _mine(code, frozenset({Link.READ}), by, doing="understood")
    row.state, row.understood_at = Link.UNDERSTOOD, at
    row.understood_as = require_text(words, "words", "say it in your own words")[:200]
    row.save(update_fields=("state", "understood_at", "understood_as"))
    data = {"text": row.understood_as}
    commit(tag=LineTag.ORDER_UNDERSTOOD, subject=of(row), unit=row.unit_id, by=by, at=at, data=data)
    return row


@transaction.atomic
def start_order(*, code: str, by: Actor, at: datetime) -> Addressee:
    """The work has begun."""
    row = _mine(code, frozenset({Link.READ, Link.UNDERSTOOD}), by, doing="started")
    _require_leaf(row)
    _start(row, evidence="", by=by, at=at)
    return row


def _require_leaf(row: Addressee) -> None:
    if not row.leaf:
        message = "this unit passes the order on; the units below it carry it out"
        raise Refused(message, remedy="See its addressees.")


def _start(row: Addressee, *, evidence: str, by: Actor, at: datetime) -> None:
    row.state, row.started_at = Link.STARTED, at
    row.save(update_fields=("state", "started_at"))
    data = {"evidence": evidence}
    commit(tag=LineTag.ORDER_STARTED, subject=of(row), unit=row.unit_id, by=by, at=at, closes=[STARTED], data=data)


@transaction.atomic
def start_by_fact(*, site_id: int, evidence: str, by: Actor, at: datetime) -> int:
    """A sampling site opened: the orders that it had opened and not begun have begun (playbook). Returns how many."""
    found = Addressee.objects.select_for_update(of=("self",)).filter(site=site_id, state__in=(Link.READ, Link.UNDERSTOOD))
    rows = list(found.select_related("order").order_by("code"))
    for row in rows:
        _start(row, evidence=evidence, by=by, at=at)
    return len(rows)


@transaction.atomic
def finish_order(
    *,
    code: str,
    by: Actor,
    at: datetime,
    photo: str = "",
    count: int | None = None,
    position: str = "",
    witness: str = "",
) -> Addressee:
    """It is done, with evidence: a photograph's hash, a count, a position, a witness; at least one, the more the better."""
    row = _mine(code, rules.WORKING, by, doing="finished")
    _require_leaf(row)
    if not (photo.strip() or position.strip() or witness.strip() or count is not None):
        message = "acknowledged is not executed: give a photograph's hash, a count, a position or a witness"
        raise InputFault(message, column="photo")
    row.state, row.done_at, row.done_by, row.lagging = Link.DONE, at, signature(by), False
    row.started_at, row.photo, row.count = row.started_at or at, photo.strip()[:64], count
    row.position, row.witness = position.strip()[:60], witness.strip()[:80]
    row.save()
    commit(
        tag=LineTag.ORDER_DONE, subject=of(row), unit=row.unit_id, by=by, at=at, closes=[STARTED, EXECUTED, EXECUTED_AGAIN,
        LAG_ANSWERED],
        data={"photo": row.photo, "count": count, "position": row.position, "witness": row.witness},
    )  # fmt: skip
    roll_up(row, by=by, at=at)
    return row


def roll_up(row: Addressee, *, by: Actor, at: datetime) -> None:
    """A link above is done when all below it are; the order is carried out when nothing of it is left."""
    upper = row if not row.leaf else row.above
    while upper is not None:
        below = set(upper.below.values_list("state", flat=True))
        if below and below <= rules.ENDED and upper.state in rules.WORKING:
            Addressee.objects.filter(pk=upper.pk).update(state=Link.DONE, done_at=at, done_by=signature(by))
        upper = upper.above
    order = Order.objects.select_for_update(of=("self",)).get(pk=row.order_id)
    if not order.addressees.exclude(state__in=rules.ENDED).exists():
        carry_out_by_fact(order, by=by, at=at)


@transaction.atomic
def answer_impossible(*, code: str, because: str, by: Actor, at: datetime) -> Addressee:
    """The order cannot be carried out, because …: an answer with a time stamp; the issuer owes its own by a time."""
    row = _mine(code, rules.WORKING, by, doing="answered")
    row.state, row.answered_at, row.decision = Link.IMPOSSIBLE, at, ""
    row.answer = require_text(because, "because", "say what makes it impossible, and since when")[:300]
    row.save(update_fields=("state", "answered_at", "answer", "decision"))
    upper = row.above.unit_id if row.above is not None else row.order.issuer_id
    needed = owed(row, ANSWERED, owner=upper, answered_at=at)
    Duty.objects.filter(about=of(row), kind=EXECUTED, state=DutyState.OPEN).update(why=row.answer)
    data = {"reason": row.answer}
    commit(tag=LineTag.ORDER_IMPOSSIBLE, subject=of(row), unit=row.unit_id, by=by, at=at, data=data, opens=[needed])
    return row


@transaction.atomic
def decide_impossible(
    *, code: str, decision: Answer, note: str, by: Actor, at: datetime, due_at: datetime | None = None
) -> Addressee:
    """The superior's answer: it stands (with what help), it is due later, or the addressee is released from it."""
    row = locked(Addressee, code)
    permit(by, Operation.ISSUE_ORDER, row.unit_id)
    rules.require_link(Link(row.state), {Link.IMPOSSIBLE}, doing="decided on")
    if by.unit == row.unit_id or not codes.is_below(row.unit_id, codes.territory(by.unit)):
        message = "a unit above the addressee decides"
        raise Refused(message)
    note = require_text(note, "note", "say why, and with what help")
    if decision is Answer.LATER and (due_at is None or not at < due_at <= row.order.ends_at):
        message = "later is an instant after now, and before the order's own end"
        raise InputFault(message, column="due_at")
    row.state = Link.RELEASED if decision is Answer.RELEASED else Link.STARTED if row.started_at else Link.READ
    row.decision, row.decided_at, row.decided_by = decision, at, signature(by)
    if decision is Answer.LATER and due_at is not None:
        row.due_at = due_at
        duties.reclock_by_fact(kind=EXECUTED, about=of(row), facts={"due_at": due_at}, by=by, at=at)
    row.save()
    closes = [ANSWERED, STARTED, EXECUTED] if decision is Answer.RELEASED else [ANSWERED]
    commit(
        tag=LineTag.ORDER_ANSWERED, subject=of(row), unit=row.unit_id, by=by, at=at, closes=closes,
        data={"decision": decision, "note": note[:200]},
    )  # fmt: skip
    if decision is Answer.RELEASED:
        roll_up(row, by=by, at=at)
    return row


@transaction.atomic
def note_pace_by_fact(*, code: str, pace: int, by: Actor, at: datetime) -> bool:
    """What a site samples an hour, as the round's facts say; too slow, its issuer owes an answer from now on (playbook).

    Returns whether it lags. The issuer's duty closes by itself when the rate is back.
    """
    row = locked(Addressee, code)
    order = row.order
    if order.per_hour is None or order.state != OrderState.IN_FORCE or row.state not in rules.WORKING:
        return False
    slow = rules.lags(pace=pace, ordered=order.per_hour, share=pack_at(at).amount("order_pace_share"))
    before, row.pace, row.pace_at, row.lagging = row.lagging, pace, at, slow
    row.save(update_fields=("pace", "pace_at", "lagging"))
    data = {"pace": pace, "ordered": order.per_hour, "note": f"{pace} / {order.per_hour}"}
    if slow and not before:
        needed = owed(row, LAG_ANSWERED, owner=order.issuer_id, found_at=at)
        commit(tag=LineTag.ORDER_LAGS, subject=of(row), unit=row.unit_id, by=by, at=at, data=data, opens=[needed])
    elif before and not slow:
        commit(tag=LineTag.ORDER_KEEPS_PACE, subject=of(row), unit=row.unit_id, by=by, at=at, data=data, closes=[LAG_ANSWERED])
    return slow


@transaction.atomic
def answer_lag(*, code: str, note: str, by: Actor, at: datetime) -> Addressee:
    """The issuer says what is done about a site that lags: hands, another site, another hour."""
    row = locked(Addressee, code)
    permit(by, Operation.ISSUE_ORDER, row.unit_id)
    if not row.lagging or by.unit == row.unit_id:
        message = "nothing lags here, or the site would answer itself"
        raise Refused(message)
    note = require_text(note, "note", "say what is done about it")
    commit(
        tag=LineTag.ORDER_LAG_ANSWERED, subject=of(row), unit=row.unit_id, by=by, at=at, closes=[LAG_ANSWERED],
        data={"note": note[:200]},
    )  # fmt: skip
    return row

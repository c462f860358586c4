"""Random execution checks (抽查): a seeded draw of what was said to be done, another unit looks, its finding stands."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, signature
from bulou.duties.opening import Owed
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger.line_tags import LineTag
from bulou.orders import rules
from bulou.orders.choices import CHECKED, EXECUTED_AGAIN, CheckState, Link, OrderState
from bulou.orders.models import Addressee, Check, Order
from bulou.orders.rows import about, of, owed, require_text


@transaction.atomic
def draw_checks(*, code: str, seed: str, number: int, checker: str, by: Actor, at: datetime) -> Order:
    """Draw addressees that say it is done, by a seed that anybody can use again; another unit looks at each.

    What lies in the checker's own unit, or above or below it, is not drawn for it.
    """
    order = locked(Order, code)
    permit(by, Operation.ISSUE_ORDER, order.issuer_id)
    seed = require_text(seed, "seed", "publish the seed of the draw")[:40]
    if number < 1:
        message = "draw at least one"
        raise InputFault(message, column="number")
    done = order.addressees.filter(leaf=True, state=Link.DONE, checks=None).order_by("code")
    able = {one.pk: one for one in done if not _related(one.unit_id, checker)}
    chosen = [able[one] for one in rules.drawn(sorted(able), seed=seed, number=number)]
    if not chosen:
        message = "nothing is done that this unit could look at"
        raise Refused(message, remedy="Choose a checker that neither did it nor stands above or below who did.")
    facts = {"drawn_at": at}
    made = Check.objects.bulk_create(
        Check(
            code=f"{one.pk}.C", addressee=one, order=order, unit_id=checker, place_code=one.place_code, seed=seed, drawn_at=at,
            due_at=due_of(CHECKED, at=at, facts=facts),
        )
        for one in chosen
    )  # fmt: skip
    opens = [
        Owed(
            kind=CHECKED, about=f"order_check:{one.pk}", label=f"{order.number} {order.title}"[:200], place_code=one.place_code,
            owners={"explicit": checker}, facts=facts, issuer=order.issuer_id,
        )
        for one in made
    ]  # fmt: skip
    data = {"seed": seed, "number": len(made), "of": len(able), "checker": checker}
    commit(tag=LineTag.ORDER_CHECKS_DRAWN, subject=about(order), unit=order.issuer_id, by=by, at=at, data=data, opens=opens)
    return order


def _related(unit: str, checker: str) -> bool:
    return codes.is_below(unit, checker) or codes.is_below(checker, codes.territory(unit))


@transaction.atomic
def report_check(*, code: str, state: CheckState, finding: str, by: Actor, at: datetime) -> Check:
    """What was seen on the spot; where it was not done, the order is owed again there, and its issuer is told."""
    row = locked(Check, code)
    permit(by, Operation.FOLLOW_ORDER, row.unit_id)
    if row.state != CheckState.OWED or state is CheckState.OWED:
        message = "a check is answered once, with what was found"
        raise Refused(message)
    row.state, row.checked_at, row.checked_by = state, at, signature(by)
    row.finding = require_text(finding, "finding", "say what was seen there")[:200]
    row.save(update_fields=("state", "checked_at", "checked_by", "finding"))
    link = locked(Addressee, row.addressee_id)
    opens = []
    if state is CheckState.NOT_DONE and link.state == Link.DONE:
        again = {"due_at": due_of(EXECUTED_AGAIN, at=at, facts={"checked_at": at})}
        link.state, link.due_at, link.done_at = Link.STARTED, again["due_at"], None
        link.save(update_fields=("state", "due_at", "done_at"))
        _reopen_above(link)
        Order.objects.filter(pk=row.order_id, state=OrderState.CARRIED_OUT).update(
            state=OrderState.IN_FORCE, ended_at=None, ended_by="", ended_why=""
        )
        opens = [owed(link, EXECUTED_AGAIN, checked_at=at)]
    commit(
        tag=LineTag.ORDER_CHECKED, subject=f"order_check:{row.pk}", unit=row.unit_id, by=by, at=at, closes=[CHECKED],
        opens=opens,
        data={"found": state, "note": row.finding, "addressee": of(link)},
    )  # fmt: skip
    return row


def _reopen_above(link: Addressee) -> None:
    upper = link.above
    while upper is not None:
        Addressee.objects.filter(pk=upper.pk, state=Link.DONE).update(state=Link.READ, done_at=None)
        upper = upper.above

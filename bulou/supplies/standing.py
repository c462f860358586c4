"""What is owed again and again: entitlements that ask by themselves, and each unit's one duty for all of its lists."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min, Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked
from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.supplies import rules
from bulou.supplies.choices import BY_SET, LISTED_MET, WAITING, NeedState, Way
from bulou.supplies.models import Entitlement, Need
from bulou.supplies.needs import PART, ask_by_fact
from bulou.supplies.stock import require_good


@transaction.atomic
def keep_entitlement(
    *, unit: str, place_code: str, household_id: str, good: str, quantity: int, every_days: int, since_on: date, by: Actor,
    at: datetime, until_on: date | None = None, code: str = "",
) -> Entitlement:  # fmt: skip
    """A household gets something again and again without asking."""
    permit(by, Operation.ASK_SUPPLIES, unit, place_code)
    if every_days < 1 or (until_on is not None and until_on < since_on):
        message = "it comes every so many days, from a first day to a last one behind it"
        raise InputFault(message, column="every_days" if every_days < 1 else "until_on")
    row = Entitlement.objects.create(
        code=code or public_id("SE", at), unit_id=unit, place_code=place_code, good=require_good(good, unit),
        household_id=rules.require_text(household_id, "household_id", "say which household")[:40],
        quantity=rules.require_amount(quantity), every_days=every_days, since_on=since_on, until_on=until_on, next_on=since_on,
    )  # fmt: skip
    commit(tag=LineTag.ENTITLEMENT_KEPT, subject=f"entitlement:{row.pk}", unit=unit, by=by, at=at,
           data={"good": good, "every_days": every_days}, personal={"household": row.household_id})  # fmt: skip
    return row


@transaction.atomic
def end_entitlement(*, code: str, until_on: date, by: Actor, at: datetime) -> Entitlement:
    """It ends with that day."""
    row = locked(Entitlement, code)
    permit(by, Operation.ASK_SUPPLIES, row.unit_id, row.place_code)
    row.until_on = max(until_on, row.since_on)
    row.save(update_fields=("until_on",))
    commit(tag=LineTag.ENTITLEMENT_ENDED, subject=f"entitlement:{code}", unit=row.unit_id, by=by, at=at)
    return row


@transaction.atomic
def ask_standing(*, by: Actor, at: datetime) -> int:
    """Ask for what entitlements give today, each day once however often the worker looks; how many."""
    today = clock.day_of(at)
    due = Entitlement.objects.select_for_update(of=("self",), no_key=True).filter(next_on__lte=today).order_by("code")
    live = list(due.filter(Q(until_on=None) | Q(until_on__gte=today))[:PART])
    rows = [
        {"unit": one.unit_id, "place_code": one.place_code, "household_id": one.household_id, "good": one.good_id,
         "quantity": one.quantity, "how": Way.STANDING, "standing": one.pk, "on": today}
        for one in live
    ]  # fmt: skip
    ask_by_fact(rows=rows, by=by, at=at)
    for one in live:
        one.next_on = today + timedelta(days=one.every_days)
    Entitlement.objects.bulk_update(live, ("next_on",))
    return len(live)


@transaction.atomic
def tend_lists(*, by: Actor, at: datetime) -> int:
    """Refresh what units owe for their lists: done when nothing waits, else due by its earliest row. How many ended."""
    waits = Need.objects.filter(how__in=BY_SET, state__in=(*WAITING, NeedState.PICKED)).order_by()
    earliest = dict(waits.values_list("unit").annotate(due=Min("due_at")))
    ended = 0
    for row in Duty.objects.filter(kind=LISTED_MET, state=DutyState.OPEN).order_by("id"):
        due = earliest.get(row.about.removeprefix("needs:"))
        if due is None:
            last = Need.objects.filter(unit=row.about.removeprefix("needs:"), how__in=BY_SET).aggregate(n=Max("ended_at"))["n"]
            duties.fulfil_by_fact(
                kind=LISTED_MET, about=row.about, tag=LineTag.SUPPLY_DELIVERED, ref=f"last {last}", by=by, at=at
            )
            ended += 1
        elif due != row.due_at:
            duties.reclock_by_fact(kind=LISTED_MET, about=row.about, facts={"due_at": due}, by=by, at=at)
    return ended

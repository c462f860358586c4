"""What the round's own facts say of an order: a site that opened has begun, and its samples an hour are its progress (G19)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Sum

from bulou.books.facts import pack_at
from bulou.kernel.actor import Door, system
from bulou.ledger.models import Entry
from bulou.orders import actions as orders
from bulou.orders.choices import OrderState
from bulou.orders.models import Addressee
from bulou.orders.rules import WORKING
from bulou.rounds.choices import SiteState
from bulou.rounds.models import Site
from bulou.specimens.models import Tube


def begin_orders(entry: Entry) -> None:
    """A sampling site opened: what was ordered of it has begun, with the round's entry as its evidence."""
    code, _, unit = entry.subject.removeprefix("site:").partition("/")
    site = Site.objects.filter(round=code, unit=unit or entry.unit).values_list("pk", flat=True).first()
    if site is not None:
        by = system(unit=entry.unit, door=Door.PLAYBOOK)
        orders.start_by_fact(site_id=site, evidence=f"entry:{entry.pk}", by=by, at=entry.happened_at)


def watch_pace(*, at: datetime) -> int:
    """Read the pace of every order that asks for samples an hour, over the window that ends now; how many lag (worker).

    A site says nothing before it has been open for the whole window: the first half hour is the first that counts.
    """
    window = timedelta(minutes=pack_at(at).amount("order_pace_window"))
    found = Addressee.objects.filter(
        order__per_hour__isnull=False, order__state=OrderState.IN_FORCE, order__starts_at__lte=at - window, state__in=WORKING,
        site__state=SiteState.OPEN, site__opened_at__lte=at - window,
    )  # fmt: skip
    rows = list(found.order_by("code").values_list("pk", "site", "unit"))
    if not rows:
        return 0
    sampled = dict(
        Tube.objects.filter(site__in={site for _, site, _ in rows}, collected_at__gt=at - window, collected_at__lte=at)
        .order_by()
        .values_list("site")
        .annotate(people=Sum("people"))
    )
    hours = window / timedelta(hours=1)
    paces = [(code, unit, round(sampled.get(site, 0) / hours)) for code, site, unit in rows]
    return sum(
        orders.note_pace_by_fact(code=code, pace=pace, by=system(unit=unit, door=Door.SWEEP), at=at)
        for code, unit, pace in paces
    )

"""What is recomputed once a night from facts and rules: the register of restrictions against who should be in it."""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, system
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.playbook.expected import expected, pack_at
from bulou.restrictions import actions as restrictions
from bulou.restrictions.actions import Reconciled


def reconcile(*, at: datetime, by: Actor | None = None) -> Reconciled:
    """Recompute now: who is restricted without a ground, and who is not and should be."""
    return restrictions.reconcile(expected=expected(at=at), by=by or system(unit="CN", door=Door.SWEEP), at=at)


def reconcile_due(*, at: datetime) -> Reconciled | None:
    """The night's recomputation, once after the pack's hour of each local day (worker)."""
    start, _ = clock.day_bounds(clock.day_of(at))
    number = pack_at(at).numbers.get("restriction_reconciled")
    if number is None:
        return None
    due = start + timedelta(hours=pack_at(at).amount("restriction_reconciled"))
    done = Entry.objects.filter(
        subject="restrictions:all", tag=Tag.RESTRICTIONS_RECONCILED, happened_at__gte=due, happened_at__lte=at
    )
    return reconcile(at=at) if at >= due and not done.exists() else None

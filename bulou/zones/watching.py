"""The worker's look at the zones: who may go down and does not is told (over-control), and whose round is missing."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.books.facts import pack_at
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import open_many
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.zones.choices import LOWERED, SCREENED, Missing, ZoneState
from bulou.zones.models import RiskZone
from bulou.zones.rows import about, needs, owed, standing, told


@transaction.atomic
def watch_zones(*, by: Actor, at: datetime) -> int:
    """Owe the lowering of each zone whose rule is met, and the round of each that lacks nothing else; how many are new."""
    day, need = clock.day_of(at), needs(pack_at(at))
    rows = list(RiskZone.objects.select_for_update(of=("self",), no_key=True).filter(state=ZoneState.DECLARED).order_by("code"))
    known = set(
        Duty.objects.filter(kind__in=(LOWERED, SCREENED), about__in=[about(row.pk) for row in rows], state=DutyState.OPEN)
        .values_list("kind", "about")
    )  # fmt: skip
    count = 0
    for row in rows:
        found = standing(row, on=day, need=need)
        if found.met and row.kept_on != day and (LOWERED, about(row.pk)) not in known:
            why = f"{found.days_clean} days without a new infection, {found.days_needed} are the rule"
            data: dict[str, object] = {"days_clean": found.days_clean, "days_needed": found.days_needed}
            told(row, LineTag.ZONE_RULE_MET, by=by, at=at, data=data, opens=[owed(row, LOWERED, why, met_at=at)])
            count += 1
        elif found.missing == {Missing.ROUND} and (SCREENED, about(row.pk)) not in known:
            why = f"day {found.days_clean} without a new infection; the clean round is missing"
            open_many([owed(row, SCREENED, why, day_at=at)], by=by, at=at)
            count += 1
    return count

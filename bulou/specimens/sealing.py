"""What is collected and not yet sealed, site by site: derived from the tubes, so that no tube touches a duty's row.

One open duty per site stands for its oldest unsealed tube. Sealing a box settles its site at once; the watch settles
all of them, which also finds what a late upload brought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Min

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed
from bulou.kernel.actor import Actor
from bulou.ledger.tags import Tag
from bulou.rounds.choices import RoundState
from bulou.rounds.models import Site, TestingRound
from bulou.rounds.rules import site_about
from bulou.specimens import owed, rules
from bulou.specimens.choices import BoxState, TubeState
from bulou.specimens.models import Box, Tube


@dataclass(frozen=True, slots=True)
class Waiting:
    """A site's unsealed tubes: the oldest one's instant, and how many."""

    oldest: datetime
    tubes: int


@transaction.atomic
def settle_sites(sites: Sequence[Site] | None, *, by: Actor, at: datetime, evidence: str = "") -> tuple[int, int]:
    """Bring the duties to seal in line with what waits at these sites (all when None); returns opened and closed."""
    waiting = _waiting(sites)
    of_waiting = Site.objects.filter(pk__in=list(waiting))
    known = {site.pk: site for site in (sites if sites is not None else of_waiting)}
    by_about = {site_about(site.round_id, site.unit_id): pk for pk, site in known.items()}
    standing = Duty.objects.filter(kind=rules.SEALED, state=DutyState.OPEN)
    if sites is not None:
        standing = standing.filter(about__in=list(by_about))
    opening = dict(waiting)
    closed = 0
    for row in standing.order_by("about"):
        pk = by_about.get(row.about, 0)
        left = waiting.get(pk)
        since = datetime.fromisoformat(row.facts["collected_at"])
        if left is not None and left.oldest == since:
            del opening[pk]
        elif left is not None and left.oldest < since:
            duties.reclock_by_fact(kind=rules.SEALED, about=row.about, facts={"collected_at": left.oldest}, by=by, at=at)
            del opening[pk]
        else:
            duties.fulfil_by_fact(
                kind=rules.SEALED, about=row.about, tag=Tag.BOX_SEALED, ref=evidence or "no tube waits", by=by, at=at
            )
            closed += 1
    made = owed.open_all([_owed(known[pk], left) for pk, left in sorted(opening.items())], by=by, at=at)
    return len(made), closed


def _waiting(sites: Sequence[Site] | None) -> dict[int, Waiting]:
    """Unsealed tubes by site, loose or in a box that is still being packed."""
    packing = Box.objects.filter(state=BoxState.PACKING, oldest_collected_at__isnull=False)
    if sites is None:
        going = TestingRound.objects.exclude(state=RoundState.FROZEN).values_list("pk", flat=True)
        loose = Tube.objects.filter(round__in=list(going), state=TubeState.COLLECTED)
    else:  # round, state and unit lead to the tubes by an index on both databases; the site alone does not
        loose = Tube.objects.filter(
            round__in={site.round_id for site in sites},
            state=TubeState.COLLECTED,
            unit_code__in={site.unit_id for site in sites},
        )
        packing = packing.filter(site__in=sites)
    found = {
        row["site"]: Waiting(row["oldest"], row["tubes"])
        for row in loose.values("site").annotate(oldest=Min("collected_at"), tubes=Count("pk")).order_by()
    }
    for site, oldest, tubes in packing.values_list("site", "oldest_collected_at", "tube_count").order_by():
        if oldest is not None:
            before = found.get(site)
            found[site] = Waiting(min(oldest, before.oldest) if before else oldest, tubes + (before.tubes if before else 0))
    return found


def _owed(site: Site, left: Waiting) -> Owed:
    return Owed(
        kind=rules.SEALED,
        about=site_about(site.round_id, site.unit_id),
        label=f"{site.name} · {left.tubes}",
        place_code=site.place_code,
        owners={"sending_unit": site.unit_id},
        facts={"collected_at": left.oldest},
    )

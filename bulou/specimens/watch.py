"""The chain's own round: what waits unsealed at each site, and results whose tube has arrived meanwhile.

The worker calls it before each sweep; called twice it changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bulou.kernel.actor import Actor, Door, system
from bulou.specimens.choices import ResultState, TubeState
from bulou.specimens.matching import adopt
from bulou.specimens.models import LaboratoryResult, Tube
from bulou.specimens.sealing import settle_sites


@dataclass(frozen=True, slots=True)
class Watched:
    """What one pass did: duties opened and closed, results whose tube has arrived meanwhile."""

    opened: int
    closed: int
    matched: int


def watch(*, at: datetime) -> Watched:
    """Settle every site, and adopt results whose tube has been registered since."""
    by = system(unit="CN", door=Door.SWEEP)
    opened, closed = settle_sites(None, by=by, at=at)
    return Watched(opened, closed, _adopt_late_tubes(by=by, at=at))


def _adopt_late_tubes(*, by: Actor, at: datetime) -> int:
    """Results that came before their tube was uploaded: take them now; each in a transaction of its own."""
    known = Tube.objects.exclude(state=TubeState.VOIDED).values("tube_id")
    late = LaboratoryResult.objects.filter(tube_id__in=known, state=ResultState.UNMATCHED)
    found = list(late.order_by("pk").values_list("pk", flat=True))
    for pk in found:
        adopt(result_id=pk, by=by, at=at)
    return len(found)

"""The chain's own round: what waits unsealed at each site, laboratories whose full hours ended, tubes that came late.

The worker calls it before each sweep; called twice it changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.duties.opening import Owed
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door, system
from bulou.rounds.models import Laboratory
from bulou.specimens import boxes, owed
from bulou.specimens.choices import ResultState, TubeState
from bulou.specimens.matching import adopt
from bulou.specimens.models import LaboratoryResult, Tube
from bulou.specimens.sealing import settle_sites


@dataclass(frozen=True, slots=True)
class Watched:
    """What one pass did: duties to seal opened and closed, results whose tube arrived, boxes that may go on."""

    opened: int
    closed: int
    matched: int
    passed: int


def watch(*, at: datetime) -> Watched:
    """Settle every site, let boxes pass to laboratories that are no longer full, adopt results that wait for a tube."""
    by = system(unit="CN", door=Door.SWEEP)
    opened, closed = settle_sites(None, by=by, at=at)
    return Watched(opened, closed, _adopt_late_tubes(by=by, at=at), _let_pass(by=by, at=at))


@transaction.atomic
def _let_pass(*, by: Actor, at: datetime) -> int:
    """A laboratory that said until when it is full takes tubes again by itself."""
    over = Laboratory.objects.filter(full_until__lte=at).order_by("pk")
    return sum(boxes.let_pass(lab, by=by, at=at) for lab in over)


def _adopt_late_tubes(*, by: Actor, at: datetime) -> int:
    """Results that came before their tube was uploaded: take them now, each in a transaction of its own.

    One that cannot be taken becomes a duty and does not stop the others.
    """
    unmatched = list(LaboratoryResult.objects.filter(state=ResultState.UNMATCHED).order_by("pk"))
    arrived = Tube.objects.filter(pk__in={row.tube_id for row in unmatched}).exclude(state=TubeState.VOIDED)
    known = set(arrived.values_list("pk", flat=True))
    taken = 0
    for row in unmatched:
        if row.tube_id not in known:
            continue
        try:
            adopt(result_id=row.pk, by=by, at=at)
            taken += 1
        except Exception as problem:  # noqa: BLE001 - one result that fails must not keep the others from their tubes
            _owe_repair(row, problem, by=by, at=at)
    return taken


def _owe_repair(row: LaboratoryResult, problem: Exception, *, by: Actor, at: datetime) -> None:
    place = codes.territory(row.laboratory_id)
    owed.open_all(
        [
            Owed(
                kind="consequence.repaired",
                about=f"result:{row.pk}/adopt",
                label=f"{row.tube_id} · {row.laboratory_id}",
                place_code=place,
                owners={"explicit": codes.up_to(place, codes.Level.CITY) or place},
                facts={"failed_at": at},
                why=f"{type(problem).__name__}: {problem}",
            )
        ],
        by=by,
        at=at,
    )

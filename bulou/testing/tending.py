"""What the sweep does for rounds: refresh those that are open, cut off those whose deadline has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from bulou.duties.opening import Owed, open_duty
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door, system
from bulou.rounds.choices import RoundState
from bulou.rounds.models import TestingRound
from bulou.testing.cut_off import cut_off
from bulou.testing.models import Progress
from bulou.testing.progress import refresh_progress

EVERY = timedelta(minutes=5)  # between two refreshes of a round; operational, no document


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """Which rounds were refreshed, which were cut off, and in which that failed."""

    refreshed: tuple[str, ...]
    cut_off: tuple[str, ...]
    failed: tuple[str, ...]


def tend_rounds(*, at: datetime, every: timedelta = EVERY) -> Tended:
    """Refresh each open round whose figures are older than ``every``; cut off each whose deadline has come.

    Called by the worker beside the sweep, as often as it likes. A round that fails becomes a duty and does not stop the
    others.
    """
    by = system(unit="CN", door=Door.SWEEP)
    refreshed, cut, failed = [], [], []
    for row in TestingRound.objects.filter(state=RoundState.OPEN).order_by("deadline_at", "code"):
        try:
            if row.cut_off_at is None and at >= row.deadline_at:
                cut_off(round_code=row.pk, by=by, at=at)
                cut.append(row.pk)
            elif not Progress.objects.filter(round=row, as_of__gt=at - every, as_of__lte=at).exists():
                refresh_progress(round_code=row.pk, by=by, at=at)
                refreshed.append(row.pk)
        except Exception as problem:  # noqa: BLE001 - one round that fails must not leave the others uncounted
            failed.append(row.pk)
            _owe_repair(row, problem, by=by, at=at)
    return Tended(refreshed=tuple(refreshed), cut_off=tuple(cut), failed=tuple(failed))


@transaction.atomic
def _owe_repair(row: TestingRound, problem: Exception, *, by: Actor, at: datetime) -> None:
    open_duty(
        Owed(
            kind="consequence.repaired",
            about=f"tending:{row.pk}",
            label=f"{row.name}: figures and duties of the round",
            place_code=codes.territory(row.owner_id),
            owners={"explicit": row.owner_id},
            facts={"failed_at": at},
            why=f"{type(problem).__name__}: {problem}"[:300],
        ),
        by=by,
        at=at,
    )

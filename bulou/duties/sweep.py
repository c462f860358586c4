"""The sweep: the clock's hand. It takes the earliest due rows, tells who must be told, and beats its heart.

Each duty is claimed by ``UPDATE … WHERE id = … AND act_at = old`` inside the transaction that also writes the notice:
two sweeps never tell the same step, and a crash loses neither. A row that cannot be processed is pushed back and becomes
a duty itself; it cannot stop the others.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from bulou.duties import handovers, rows, rules
from bulou.duties.choices import DutyState, NoticeState
from bulou.duties.models import Duty, Heartbeat
from bulou.duties.opening import Owed, existing_owners, open_duty
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor, Door, system

BATCH = 500
PUSH_BACK = timedelta(minutes=5)  # how long a row that failed rests; operational, no document
SILENT_AFTER = timedelta(seconds=90)  # three missed beats of the worker's 30 s
SWEEP = "sweep"


@dataclass(frozen=True, slots=True)
class Swept:
    """What one pass did: steps acted upon, rows that failed, and how late the latest of them was."""

    acted: int
    failed: int
    lag: timedelta


def sweep(*, at: datetime, batch: int = BATCH) -> Swept:
    """Act on every duty whose instant has come, in due order across duties, at most ``batch`` rows at once."""
    by = system(unit="CN", door=Door.SWEEP)
    due = Duty.objects.filter(state=DutyState.OPEN, act_at__lte=at).order_by("act_at", "id")[:batch]
    waiting = [(act_at, pk) for act_at, pk in due.values_list("act_at", "id") if act_at is not None]
    heapq.heapify(waiting)
    lag = max((at - waiting[0][0]), timedelta(0)) if waiting else timedelta(0)
    acted = failed = 0
    unkept: Exception | None = None
    while waiting:
        act_at, duty_id = heapq.heappop(waiting)
        try:
            again = _act(duty_id, act_at, at=at, by=by)
        except Exception as problem:  # noqa: BLE001 - one poison row must not stop the sweep; it becomes a duty
            failed += 1
            try:
                _push_back(duty_id, act_at, problem, at=at, by=by)
            except Exception as second:  # noqa: BLE001 - not even a duty could be opened: raised below, after the others
                second.add_note(f"{duty_id} failed with {type(problem).__name__}: {problem}")
                unkept = second
            continue
        acted += 1
        if again is not None and again <= at:
            heapq.heappush(waiting, (again, duty_id))
    if unkept is not None:
        raise unkept  # the worker owes its repair; the heartbeat stays away, and every page says that the sweep is silent
    return Swept(acted, failed, lag)


@transaction.atomic
def _act(duty_id: str, act_at: datetime, *, at: datetime, by: Actor) -> datetime | None:
    """Do the one thing that is due for a duty at ``act_at``; returns when it must be looked at again."""
    if not Duty.objects.filter(pk=duty_id, act_at=act_at, state=DutyState.OPEN).update(act_at=None):
        return None  # closed, changed, or taken by another sweep meanwhile
    row = Duty.objects.get(pk=duty_id)
    offer = rows.open_offer(row)
    told = set(row.notices.values_list("step", flat=True))
    if offer is not None and offer.answer_by <= act_at:
        handovers.lapse(row, offer, by=by, at=at)
        return row.act_at
    ladder = rows.ladder(row)
    step = next((one for one in ladder if one.key not in told and one.due_at <= at), None)
    if step is not None:
        unit = rules.recipient(to=step.to, owner=row.owner_id, issuer=row.issuer)
        collapsed = rules.is_collapsed(step, ladder=ladder, now=at)
        state = NoticeState.COLLAPSED if collapsed else NoticeState.SENT
        rows.tell(row, step=step.key, unit=existing_owners([unit])[unit], due_at=step.due_at, at=at, by=by, state=state)
        told.add(step.key)
    rows.set_act_at(row, answer_by=offer.answer_by if offer else None, done=told)
    row.save(update_fields=("act_at",))
    return row.act_at


def _push_back(duty_id: str, act_at: datetime, problem: Exception, *, at: datetime, by: Actor) -> None:
    Duty.objects.filter(pk=duty_id, act_at=act_at).update(act_at=at + PUSH_BACK)  # kept even if what follows fails
    with transaction.atomic():
        row = Duty.objects.get(pk=duty_id)
        open_duty(
            Owed(
                kind="consequence.repaired",
                about=f"sweep:{duty_id}",
                label=f"{row.kind} {row.label}"[:200],
                place_code=row.place_code,
                owners={"explicit": codes.territory(row.owner_id)[:4]},
                facts={"failed_at": at},
                why=f"{type(problem).__name__}: {problem}"[:300],
                parent=duty_id,
            ),
            by=by,
            at=at,
        )


def beat(swept: Swept, *, at: datetime) -> None:
    """The sweep's sign of life, on the wall clock and on the city's."""
    Heartbeat.objects.update_or_create(
        name=SWEEP,
        defaults={
            "beat_at": clock.wall(),
            "city_at": at,
            "lag_s": swept.lag.total_seconds(),
            "acted": swept.acted,
            "failed": swept.failed,
        },
    )


def silent_since() -> datetime | None:
    """Since when (wall clock) the sweep has given no sign of life; None while it beats. Every page shows this."""
    last = Heartbeat.objects.filter(name=SWEEP).values_list("beat_at", flat=True).first()
    if last is None:
        return clock.wall()
    return last if clock.wall() - last > SILENT_AFTER else None

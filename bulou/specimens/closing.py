"""Closing what is owed for a box or a recalled run, once nothing in it waits any more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed
from bulou.kernel.actor import Actor
from bulou.ledger.tags import Tag
from bulou.rounds import box_capacity
from bulou.specimens import owed, rows, rules
from bulou.specimens.choices import BoxState, ResultState, TransferState, TubeState
from bulou.specimens.models import Box, BoxTransfer, LaboratoryResult, Tube

PRESENT = (TubeState.COLLECTED, TubeState.BOXED, TubeState.RECEIVED)


def close_tested(boxes: Iterable[str], *, tag: Tag, by: Actor, at: datetime) -> None:
    """A box is tested when none of its tubes waits any more and at least one is reported."""
    states = _states(boxes)
    for box, found in sorted(states.items()):
        if TubeState.REPORTED in found and not found & set(PRESENT):
            about = rules.box_about(box)
            duties.fulfil_by_fact(kind=rules.TESTED, about=about, tag=tag, ref=f"{about} complete", by=by, at=at)


def _states(boxes: Iterable[str]) -> dict[str, set[str]]:
    """The states of each box's tubes, voided ones left out; one statement."""
    found: dict[str, set[str]] = {box: set() for box in boxes}
    tubes = Tube.objects.filter(box__in=list(found)).exclude(state=TubeState.VOIDED)
    for box, state in tubes.values_list("box", "state").distinct().order_by():
        found[str(box)].add(state)
    return found


def make_good(box: Box, *, successors: list[Owed], reason: str, tag: Tag, by: Actor, at: datetime) -> list[Duty]:
    """Open what makes good for tubes of a locked box that are lost or void; returns it.

    The box goes on with the others. When none is left its way ends here: delivery and test have failed, with what makes
    good as their successors.
    """
    opened = owed.open_all(successors, by=by, at=at)
    left = _states([box.pk])[box.pk]
    if left & set(PRESENT):
        return opened
    if TubeState.REPORTED in left:
        close_tested([box.pk], tag=tag, by=by, at=at)
        return opened
    if box.state in {BoxState.SEALED, BoxState.IN_TRANSIT}:
        _end_way(box, reason=reason, by=by, at=at)
    about = rules.box_about(box.pk)
    for kind in (rules.DELIVERED, rules.TESTED):
        if Duty.objects.filter(kind=kind, about=about, state=DutyState.OPEN).exists():
            duties.fail_by_fact(kind=kind, about=about, reason=reason, successors=successors, by=by, at=at)
    return opened


def _end_way(box: Box, *, reason: str, by: Actor, at: datetime) -> None:
    """Nobody waits for this box any more: not a receiver, not a laboratory."""
    BoxTransfer.objects.filter(box=box, state=TransferState.OFFERED).update(
        state=TransferState.WITHDRAWN, answered_at=at, answered_by=rows.signature(by), reason=reason[:200]
    )
    about = rules.box_about(box.pk)
    handovers.withdraw_by_fact(kind=rules.DELIVERED, about=about, reason=reason, by=by, at=at)
    for kind in (rules.LABORATORY_ASSIGNED, rules.REROUTED):
        duties.supersede_by_fact(kind=kind, about=about, successor=f"{Tag.TUBE_LOST} {about}: {reason}", by=by, at=at)
    box_capacity.give_back_box(about, at=at)
    box.state = BoxState.LOST.value
    box.save(update_fields=("state",))


def close_recalls_of(tubes: Iterable[str], *, tag: Tag, by: Actor, at: datetime) -> None:
    """A recalled run is made good once every tube of it has an outcome again, or is lost or voided."""
    recalled = LaboratoryResult.objects.filter(state=ResultState.RECALLED)
    runs = recalled.filter(tube_id__in=list(tubes)).values_list("laboratory_id", "run_id").distinct().order_by()
    for laboratory, run_id in sorted(runs):
        of_run = recalled.filter(laboratory=laboratory, run_id=run_id)
        if not Tube.objects.filter(pk__in=of_run.values("tube_id"), state=TubeState.RECEIVED).exists():
            about = rules.run_about(laboratory, run_id)
            duties.fulfil_by_fact(kind=rules.RETESTED, about=about, tag=tag, ref=about, by=by, at=at)

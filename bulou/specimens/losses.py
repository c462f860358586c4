"""What is lost fails, and is followed by what makes good for it: a new sample of everybody who was in it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.specimens import owed, rows, rules
from bulou.specimens.choices import BoxState, Discrepancy, TubeState
from bulou.specimens.closing import PRESENT, close_recalls_of, make_good
from bulou.specimens.models import Box, Tube, TubeMember
from bulou.specimens.sealing import settle_sites


@transaction.atomic
def report_lost_tube(*, tube_id: str, reason: str, by: Actor, at: datetime) -> list[Duty]:
    """A tube is lost, broken or spoilt: each of its people is sampled again. Returns these duties.

    What is owed for its box goes on for the other tubes; when none is left to deliver or test, it fails, with the new
    samples as its successors.
    """
    packed_in = Tube.objects.filter(pk=tube_id).values_list("box_id", flat=True).first()
    box = rows.locked_box(packed_in) if packed_in else None
    tube = rows.locked_tube(tube_id)
    permit(by, Operation.MOVE_BOX, tube.unit_code, box.holder_id if box else "")
    if tube.state == TubeState.LOST:
        return []
    if tube.state not in PRESENT:
        message = f"the tube {tube_id} is {tube.state}"
        raise Refused(message, code="tube-state", remedy="Only a tube without a result can be lost.")
    _require_reason(reason)
    Tube.objects.filter(pk=tube_id).update(state=TubeState.LOST)
    ledger.record(
        tag=Tag.TUBE_LOST,
        subject=rules.tube_about(tube_id),
        unit=tube.unit_code,
        by=by,
        at=at,
        data={"reason": reason, "people": tube.people, "box": tube.box_id or ""},
    )
    close_recalls_of([tube_id], tag=Tag.TUBE_LOST, by=by, at=at)
    again = _new_samples([tube], reason=reason, box=box)
    if box is None or box.state == BoxState.PACKING:
        settle_sites([tube.site], by=by, at=at, evidence=rules.tube_about(tube_id))
        return owed.open_all(again, by=by, at=at)
    return make_good(box, successors=again, reason=reason, tag=Tag.TUBE_LOST, by=by, at=at)


@transaction.atomic
def report_lost_box(*, box_id: str, reason: str, by: Actor, at: datetime) -> list[Duty]:
    """A whole box is lost: its delivery fails, and everybody in it is sampled again. Returns these duties."""
    box = rows.locked_box(box_id)
    permit(by, Operation.MOVE_BOX, box.unit_code, box.holder_id)
    if box.state not in {BoxState.SEALED, BoxState.IN_TRANSIT}:
        message = f"the box {box_id} is {box.state}"
        raise Refused(message, code="box-state", remedy="Only a box under way can be lost; report single tubes otherwise.")
    _require_reason(reason)
    lost = list(Tube.objects.filter(box=box, state=TubeState.BOXED).select_related("site").order_by("pk"))
    Tube.objects.filter(pk__in=[tube.pk for tube in lost]).update(state=TubeState.LOST)
    ledger.record(
        tag=Tag.BOX_DISCREPANT,
        subject=rules.box_about(box_id),
        unit=box.holder_id,
        by=by,
        at=at,
        data={"kinds": [Discrepancy.LOST.value], "expected": box.last_count, "counted": 0, "reason": reason},
    )
    ledger.record_many(
        ledger.Draft(
            tag=Tag.TUBE_LOST,
            subject=rules.tube_about(tube.pk),
            unit=tube.unit_code,
            by=by,
            at=at,
            data={"reason": reason, "people": tube.people, "box": box_id},
        )
        for tube in lost
    )
    again = _new_samples(lost, reason=reason, box=box)
    return make_good(box, successors=again, reason=reason, tag=Tag.TUBE_LOST, by=by, at=at)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        message = "say what happened to it"
        raise InputFault(message, column="reason")


def _new_samples(tubes: list[Tube], *, reason: str, box: Box | None) -> list[Owed]:
    """New samples for everybody in these tubes, as children of what is owed for their box."""
    owing = Duty.objects.filter(
        kind__in=(rules.DELIVERED, rules.TESTED), about=rules.box_about(box.pk) if box else "", state=DutyState.OPEN
    )
    parent = owing.values_list("pk", flat=True).first()
    people: dict[str, list[str]] = {tube.pk: [] for tube in tubes}
    for tube_id, person in TubeMember.objects.filter(tube__in=list(people)).values_list("tube_id", "person_id"):
        people[tube_id].append(person)
    return [one for tube in tubes for one in owed.new_samples(sorted(people[tube.pk]), tube, why=reason, parent=parent)]

"""A wrong scan is taken back (误扫作废), with a reason; the unit above looks at it. The record keeps both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed
from bulou.duties.rules import is_above
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.specimens import owed, rows, rules
from bulou.specimens.boxes import count_tubes
from bulou.specimens.choices import BoxState, TransferState, TubeState
from bulou.specimens.closing import PRESENT, close_recalls_of, make_good
from bulou.specimens.models import BoxTransfer, Tube, TubeMember, VoidedScan
from bulou.specimens.sealing import settle_sites


@transaction.atomic
def void_scan(*, thing: str, reason: str, by: Actor, at: datetime) -> VoidedScan:
    """Take back a wrong scan: ``tube:ID``, ``box:ID`` (while it is packed) or ``transfer:ID`` (the last of its box).

    A voided tube may be scanned again with what is right; until then nobody in it counts as sampled. Out of a sealed
    box it cannot be scanned again, so its people are owed a new sample at once.
    """
    if not reason.strip():
        message = "say what was wrong with the scan"
        raise InputFault(message, column="reason")
    kind, _, name = thing.partition(":")
    voiding = _KINDS.get(kind)
    if voiding is None or not name:
        message = f"{thing!r} is no scan"
        raise InputFault(message, column="thing", remedy="Name tube:ID, box:ID or transfer:ID.")
    unit = voiding(name, reason, by, at)
    made = VoidedScan.objects.create(
        thing=thing[:96], unit_code=unit, reason=reason[:200], voided_at=at, voided_by=rows.signature(by)
    )
    if kind != "tube":
        ledger.record(tag=Tag.SCAN_VOIDED, subject=thing[:96], unit=unit, by=by, at=at, data={"reason": reason})
    place = codes.territory(unit)
    owed.open_all(
        [
            Owed(
                kind=rules.SCAN_REVIEWED,
                about=_about(made),
                label=f"{thing} · {reason}",
                owners={"of": unit},
                place_code=place if codes.is_place(place) else "",
                facts={"voided_at": at},
                why=reason,
            )
        ],
        by=by,
        at=at,
    )
    return made


def _about(made: VoidedScan) -> str:
    return f"void:{made.pk}"


def _void_tube(tube_id: str, reason: str, by: Actor, at: datetime) -> str:
    found = Tube.objects.filter(pk=tube_id).first()
    if found is None:
        raise rows.missing_record()
    box = rows.locked_box(found.box_id) if found.box_id else None
    tube = rows.locked_tube(tube_id)
    permit(by, Operation.VOID_SCAN, tube.unit_code, box.holder_id if box else "")
    if tube.state not in {TubeState.COLLECTED, TubeState.BOXED, TubeState.RECEIVED}:
        message = f"the tube {tube_id} is {tube.state}"
        raise Refused(message, code="tube-state", remedy="Only a tube without a result can be voided.")
    members = TubeMember.objects.filter(tube=tube)
    people = sorted(members.values_list("person_id", flat=True))
    members.delete()  # they are not sampled; who was scanned stays in the record's erasable part
    sealed = box is not None and box.state != BoxState.PACKING
    Tube.objects.filter(pk=tube_id).update(state=TubeState.VOIDED, box=box if sealed else None)
    ledger.record(
        tag=Tag.TUBE_VOIDED,
        subject=rules.tube_about(tube_id),
        unit=tube.unit_code,
        by=by,
        at=at,
        data={"reason": reason, "people": len(people), "box": tube.box_id or ""},
        personal={"people": people},
    )
    if box is not None and not sealed:
        count_tubes(box)
    if box is not None and sealed:
        again = owed.new_samples(people, tube, why=reason)
        make_good(box, successors=again, reason=reason, tag=Tag.TUBE_VOIDED, by=by, at=at)
    else:
        settle_sites([tube.site], by=by, at=at, evidence=rules.tube_about(tube_id))
        owed.open_all(owed.new_samples(_answered_by(tube, people), tube, why=reason), by=by, at=at)
    close_recalls_of([tube_id], tag=Tag.TUBE_VOIDED, by=by, at=at)
    return str(tube.unit_code)


def _answered_by(tube: Tube, people: list[str]) -> list[str]:
    """Of these people those whose new sample this scan had answered: it is owed again."""
    done = Duty.objects.filter(
        kind=rules.RESAMPLED,
        about__in=[rules.person_about(person) for person in people],
        state=DutyState.FULFILLED,
        proof=f"{Tag.TUBE_REGISTERED} {rules.tube_about(tube.pk)}",
    )
    answered = set(done.values_list("about", flat=True))
    return [person for person in people if rules.person_about(person) in answered]


def _void_box(box_id: str, _reason: str, by: Actor, _at: datetime) -> str:
    box = rows.locked_box(box_id)
    permit(by, Operation.VOID_SCAN, box.unit_code)
    if box.state != BoxState.PACKING:
        message = f"the box {box_id} is {box.state}"
        raise Refused(message, code="box-state", remedy="A sealed box is refused, re-routed or reported lost.")
    Tube.objects.filter(box=box).update(box=None, state=TubeState.COLLECTED)
    box.state, box.tube_count, box.oldest_collected_at = BoxState.VOIDED.value, 0, None
    box.save(update_fields=("state", "tube_count", "oldest_collected_at"))
    return str(box.unit_code)


def _void_transfer(name: str, reason: str, by: Actor, at: datetime) -> str:
    transfer = BoxTransfer.objects.filter(pk=int(name)).first() if name.isdecimal() else None
    if transfer is None:
        raise rows.missing_record()
    box = rows.locked_box(transfer.box_id)
    transfer.refresh_from_db()
    permit(by, Operation.VOID_SCAN, transfer.sender_id, transfer.receiver_id)
    is_last = not BoxTransfer.objects.filter(box=box, pk__gt=transfer.pk).exists()
    if transfer.state not in {TransferState.OFFERED, TransferState.ACCEPTED} or not is_last:
        message = f"this hand-over is {transfer.state}, or another followed it"
        raise Refused(message, code="transfer-state", remedy="Only the last hand-over of a box can be voided.")
    if Tube.objects.filter(box=box, state=TubeState.REPORTED).exists():
        message = f"tubes of the box {box.pk} are reported already"
        raise Refused(message, code="box-state", remedy="The laboratory has the box: leave the hand-over.")
    accepted = transfer.state == TransferState.ACCEPTED
    if accepted and not Tube.objects.filter(box=box, state__in=PRESENT).exists():
        message = f"nothing of the box {box.pk} is left"
        raise Refused(message, code="box-state", remedy="Its way has ended: leave the hand-over.")
    transfer.state, transfer.reason = TransferState.VOIDED.value, reason[:200]
    transfer.answered_at = transfer.answered_at or at
    transfer.save(update_fields=("state", "reason", "answered_at"))
    about = rules.box_about(box.pk)
    if not accepted:
        handovers.withdraw_by_fact(kind=rules.DELIVERED, about=about, reason=reason, by=by, at=at)
        return str(transfer.sender_id)
    was_received = box.state == BoxState.RECEIVED
    moved = BoxTransfer.objects.filter(box=box, state=TransferState.ACCEPTED).exists()
    box.state = (BoxState.IN_TRANSIT if moved else BoxState.SEALED).value
    box.holder_id, box.last_count, box.last_seal = transfer.sender_id, transfer.sent_count, transfer.sent_seal
    box.received_at = box.received_count = None
    box.save(update_fields=("state", "holder", "last_count", "last_seal", "received_at", "received_count"))
    if was_received:
        Tube.objects.filter(box=box, state=TubeState.RECEIVED).update(state=TubeState.BOXED)
        opened = owed.open_all([owed.delivery(box, box.site)], by=by, at=at)
        duties.supersede_by_fact(kind=rules.TESTED, about=about, successor=opened[0].pk, by=by, at=at)
    else:
        handovers.pass_by_fact(kind=rules.DELIVERED, about=about, to_unit=transfer.sender_id, by=by, at=at)
    return str(transfer.sender_id)


_KINDS: dict[str, Callable[[str, str, Actor, datetime], str]] = {
    "tube": _void_tube,
    "box": _void_box,
    "transfer": _void_transfer,
}


@transaction.atomic
def review_voided_scan(*, void_id: int, by: Actor, at: datetime, note: str = "") -> VoidedScan:
    """A unit above has looked at the scan that was taken back (上级核查); never the unit that scanned."""
    made = VoidedScan.objects.select_for_update().filter(pk=void_id).first()
    if made is None:
        raise rows.missing_record()
    permit(by, Operation.ANSWER_DUTY, made.unit_code)
    if not is_above(by.unit, made.unit_code):
        message = "only a unit above reviews a voided scan"
        raise Refused(message, code="not-superior", remedy="Ask the unit above.")
    if made.reviewed_at is None:
        made.reviewed_at, made.reviewed_by = at, rows.signature(by)
        made.save(update_fields=("reviewed_at", "reviewed_by"))
        duties.fulfil_by_fact(
            kind=rules.SCAN_REVIEWED,
            about=_about(made),
            tag=Tag.SCAN_VOIDED,
            ref=f"reviewed: {note or made.thing}"[:110],
            by=by,
            at=at,
        )
    return made

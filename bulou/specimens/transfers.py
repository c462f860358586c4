"""A box passes from hand to hand (双签收): both sides count and read the seal, and what differs is found at that scan.

Whoever offers keeps the box, and owes its delivery, until the other side has signed. The answer is claimed by one
conditional statement, so an offer is answered once however many hands reach for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds.models import Laboratory
from bulou.specimens import owed, rows, rules
from bulou.specimens.choices import BoxState, Discrepancy, TransferState, TubeState
from bulou.specimens.closing import close_tested
from bulou.specimens.models import Box, BoxTransfer, Tube
from bulou.specimens.rules import Counted
from bulou.units import queries as units


@transaction.atomic
def offer_box(*, box_id: str, to_unit: str, count: int, seal: str, by: Actor, at: datetime, vehicle: str = "") -> BoxTransfer:
    """Offer a box to the next hand, with the count and the seal as the sender reads them now.

    A laboratory is offered only the boxes meant for it. Offered again with the same content, the first offer stands.
    """
    box = rows.locked_box(box_id)
    permit(by, Operation.MOVE_BOX, box.holder_id)
    if box.state not in {BoxState.SEALED, BoxState.IN_TRANSIT}:
        message = f"the box {box_id} is {box.state}"
        raise Refused(message, code="box-state", remedy="Only a sealed box is handed over.")
    receiver = units.unit(to_unit)
    if receiver.code == box.holder_id:
        message = f"{to_unit} already holds the box"
        raise Refused(message, code="own-box")
    if Laboratory.objects.filter(pk=to_unit).exists() and box.laboratory_id != to_unit:
        message = f"the box {box_id} is meant for {box.laboratory_id or 'no laboratory yet'}"
        raise Refused(message, code="other-laboratory", remedy="Assign that laboratory, or re-route the box, first.")
    if count < 0:
        message = "a count is not negative"
        raise InputFault(message, column="count")
    standing = BoxTransfer.objects.filter(box=box, state=TransferState.OFFERED).first()
    if standing is not None:
        if (standing.receiver_id, standing.sent_count, standing.sent_seal) == (to_unit, count, seal):
            return standing
        message = f"the box {box_id} is already offered to {standing.receiver_id}"
        raise Refused(message, code="already-offered", remedy="Withdraw that offer first.")
    expected = Counted(box_id=box.pk, seal=box.last_seal, count=box.last_count or 0)
    read = Counted(box_id=box.pk, seal=seal, count=count)
    found = rules.discrepancies(expected=expected, read=read)
    made = BoxTransfer.objects.create(
        box=box,
        sender_id=box.holder_id,
        receiver=receiver,
        offered_at=at,
        offered_by=rows.signature(by),
        sent_count=count,
        sent_seal=seal[:40],
        vehicle=vehicle[:40],
        discrepancies=_joined(found),
    )
    ledger.record(
        tag=Tag.BOX_OFFERED,
        subject=rules.box_about(box.pk),
        unit=box.holder_id,
        by=by,
        at=at,
        data={"to": to_unit, "count": count, "seal": seal, "transfer": made.pk},
    )
    handovers.offer_by_fact(
        kind=rules.DELIVERED, about=rules.box_about(box.pk), to_unit=to_unit, note=f"{count} · {seal}", by=by, at=at
    )
    if found:
        _differs(box, made, found, expected=expected, read=read, by=by, at=at)
    box.last_count, box.last_seal = count, seal[:40]
    box.save(update_fields=("last_count", "last_seal"))
    return made


@transaction.atomic
def accept_box(*, transfer_id: int, box_id: str, count: int, seal: str, by: Actor, at: datetime) -> BoxTransfer:
    """The receiver scans what arrived: box, seal and count. From here the receiver has the box and owes its delivery.

    A laboratory's acceptance is the receipt: delivery is done, testing begins. What differs from the sender's scan is
    recorded with both numbers and must be found out by the sender's superior; a swapped box is not taken at all. The
    answer's ``state`` and ``discrepancies`` say what happened.
    """
    transfer = _asked(transfer_id, by)
    if transfer.state != TransferState.OFFERED:
        return _answered(transfer, box_id=box_id, count=count, seal=seal, by=by)
    box = rows.locked_box(transfer.box_id)
    delivery = Duty.objects.filter(kind=rules.DELIVERED, about=rules.box_about(box.pk), state=DutyState.OPEN).first()
    expected = Counted(box_id=box.pk, seal=transfer.sent_seal, count=transfer.sent_count)
    read = Counted(box_id=box_id, seal=seal, count=count)
    found = rules.discrepancies(expected=expected, read=read, due_at=delivery.due_at if delivery else None, at=at)
    swapped = Discrepancy.SWAPPED in found
    claim_answer(
        transfer,
        TransferState.REFUSED if swapped else TransferState.ACCEPTED,
        received_count=count,
        received_seal=seal[:40],
        discrepancies=_joined([*_known(transfer), *found]),
        reason=f"{box_id} instead of {box.pk}"[:200] if swapped else "",
        by=by,
        at=at,
    )
    if found:
        _differs(box, transfer, found, expected=expected, read=read, by=by, at=at)
    if swapped:
        _refused(box, transfer, reason=transfer.reason, by=by, at=at)
    else:
        _take(box, transfer, by=by, at=at)
    return transfer


def _asked(transfer_id: int, by: Actor) -> BoxTransfer:
    """The offer as somebody of the receiving side may answer it, not yet locked."""
    found = BoxTransfer.objects.filter(pk=transfer_id).first()
    if found is None:
        raise rows.missing_record()
    is_laboratory = Laboratory.objects.filter(pk=found.receiver_id).exists()
    permit(by, Operation.RECEIVE_BOX if is_laboratory else Operation.MOVE_BOX, found.receiver_id)
    return found


def _answered(transfer: BoxTransfer, *, box_id: str, count: int, seal: str, by: Actor) -> BoxTransfer:
    """The same answer again gives the first one; any other finds the offer answered."""
    same = (transfer.box_id, transfer.received_count, transfer.received_seal, transfer.answered_by)
    if transfer.state == TransferState.ACCEPTED and same == (box_id, count, seal, rows.signature(by)):
        return transfer
    raise _too_late(transfer)


def _too_late(transfer: BoxTransfer) -> Refused:
    message = f"this offer is {transfer.state}: {transfer.answered_by}"
    return Refused(message, code="already-answered", remedy="Open the box to see who holds it.")


def claim_answer(transfer: BoxTransfer, state: TransferState, *, by: Actor, at: datetime, **read: object) -> None:
    """Answer an offer, once: the statement changes the row only while it is offered; ``Refused`` for everybody else."""
    answer = {"state": state.value, "answered_at": at, "answered_by": rows.signature(by), **read}
    if not BoxTransfer.objects.filter(pk=transfer.pk, state=TransferState.OFFERED).update(**answer):
        transfer.refresh_from_db()
        raise _too_late(transfer)
    for name, value in answer.items():
        setattr(transfer, name, value)


def _take(box: Box, transfer: BoxTransfer, *, by: Actor, at: datetime) -> None:
    receiver, about = transfer.receiver_id, rules.box_about(box.pk)
    box.holder_id, box.last_count, box.last_seal = receiver, transfer.received_count, transfer.received_seal
    handovers.pass_by_fact(kind=rules.DELIVERED, about=about, to_unit=receiver, by=by, at=at)
    data = {"from": transfer.sender_id, "count": transfer.received_count, "seal": transfer.received_seal}
    if box.laboratory_id != receiver:
        box.state = BoxState.IN_TRANSIT.value
        box.save(update_fields=("holder", "last_count", "last_seal", "state"))
        ledger.record(tag=Tag.BOX_ACCEPTED, subject=about, unit=receiver, by=by, at=at, data=data)
        return
    box.state, box.received_at, box.received_count = BoxState.RECEIVED.value, at, transfer.received_count
    box.save(update_fields=("holder", "last_count", "last_seal", "state", "received_at", "received_count"))
    Tube.objects.filter(box=box, state=TubeState.BOXED).update(state=TubeState.RECEIVED)
    recorded = ledger.record(tag=Tag.BOX_RECEIVED, subject=about, unit=receiver, by=by, at=at, data=data)
    for kind in (rules.DELIVERED, rules.REROUTED):
        duties.fulfil_by_fact(
            kind=kind,
            about=about,
            tag=Tag.BOX_RECEIVED,
            ref=f"{transfer.received_count} · entry:{recorded.pk}",
            by=by,
            at=at,
        )
    owed.open_all([owed.testing(box, receiver)], by=by, at=at)
    close_tested([box.pk], tag=Tag.BOX_RECEIVED, by=by, at=at)  # a laboratory may report before anybody signed for the box


def _differs(
    box: Box,
    transfer: BoxTransfer,
    found: Collection[Discrepancy],
    *,
    expected: Counted,
    read: Counted,
    by: Actor,
    at: datetime,
) -> None:
    """Record what does not agree, with both numbers; somebody above the sender must find out."""
    ledger.record(
        tag=Tag.BOX_DISCREPANT,
        subject=rules.box_about(box.pk),
        unit=transfer.sender_id,
        by=by,
        at=at,
        data={
            "kinds": [one.value for one in found],
            "transfer": transfer.pk,
            "expected": expected.count,
            "counted": read.count,
            "seal": expected.seal,
            "read": read.seal,
            "presented": read.box_id,
        },
    )
    if rules.to_reconcile(found):
        why = rules.said_differs(found, expected=expected, read=read)
        asked = owed.reconciliation(box, transfer=transfer.pk, sender=transfer.sender_id, why=why)
        owed.open_all([asked], by=by, at=at)


def _refused(box: Box, transfer: BoxTransfer, *, reason: str, by: Actor, at: datetime) -> None:
    about = rules.box_about(box.pk)
    ledger.record(
        tag=Tag.BOX_REFUSED,
        subject=about,
        unit=transfer.sender_id,
        by=by,
        at=at,
        data={"by": transfer.receiver_id, "reason": reason, "transfer": transfer.pk},
    )
    handovers.refuse_by_fact(kind=rules.DELIVERED, about=about, reason=reason, by=by, at=at)


def _joined(found: Iterable[Discrepancy]) -> str:
    return ";".join(dict.fromkeys(one.value for one in found))


def _known(transfer: BoxTransfer) -> list[Discrepancy]:
    return [Discrepancy(name) for name in transfer.discrepancies.split(";") if name]


@transaction.atomic
def refuse_box(*, transfer_id: int, reason: str, by: Actor, at: datetime) -> BoxTransfer:
    """The receiver does not take the box, and says why; the sender still holds it and owes its delivery."""
    transfer = _asked(transfer_id, by)
    if not reason.strip():
        message = "a refusal needs a reason"
        raise InputFault(message, column="reason")
    box = rows.locked_box(transfer.box_id)
    claim_answer(transfer, TransferState.REFUSED, reason=reason[:200], by=by, at=at)
    _refused(box, transfer, reason=reason, by=by, at=at)
    return transfer


@transaction.atomic
def withdraw_box(*, transfer_id: int, reason: str, by: Actor, at: datetime) -> BoxTransfer:
    """The sender takes the offer back."""
    transfer = BoxTransfer.objects.filter(pk=transfer_id).first()
    if transfer is None:
        raise rows.missing_record()
    permit(by, Operation.MOVE_BOX, transfer.sender_id)
    box = rows.locked_box(transfer.box_id)
    claim_answer(transfer, TransferState.WITHDRAWN, reason=reason[:200], by=by, at=at)
    handovers.withdraw_by_fact(kind=rules.DELIVERED, about=rules.box_about(box.pk), reason=reason, by=by, at=at)
    return transfer


@transaction.atomic
def close_arrival(*, from_unit: str, by: Actor, at: datetime, vehicle: str = "") -> list[BoxTransfer]:
    """Say that nothing more came: every box that this sender offered us and nobody could scan is missing, found now.

    Each stays with its sender, who must find it; the sender's superior reconciles.
    """
    permit(by, Operation.MOVE_BOX, by.unit)
    offered = BoxTransfer.objects.filter(sender=from_unit, receiver=by.unit, state=TransferState.OFFERED)
    if vehicle:
        offered = offered.filter(vehicle=vehicle)
    missing = []
    for transfer in offered.order_by("box_id"):
        box = rows.locked_box(transfer.box_id)
        reason = "offered, not among what arrived"
        claim_answer(
            transfer,
            TransferState.REFUSED,
            received_count=0,
            discrepancies=_joined([*_known(transfer), Discrepancy.LOST]),
            reason=reason,
            by=by,
            at=at,
        )
        _differs(
            box,
            transfer,
            (Discrepancy.LOST,),
            expected=Counted(box_id=box.pk, seal=transfer.sent_seal, count=transfer.sent_count),
            read=Counted(box_id="", seal="", count=0),
            by=by,
            at=at,
        )
        _refused(box, transfer, reason=reason, by=by, at=at)
        missing.append(transfer)
    return missing

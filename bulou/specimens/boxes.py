"""Transport boxes (转运箱): packed, sealed with a number and a count, given a laboratory, sent to another one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Min

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds import box_capacity
from bulou.rounds.models import Laboratory
from bulou.rounds.rows import pack_at
from bulou.rounds.rules import SAID_NO_LABORATORY
from bulou.specimens import owed, rows, rules
from bulou.specimens.choices import BoxState, TransferState, TubeState
from bulou.specimens.models import Box, BoxTransfer, Tube
from bulou.specimens.sealing import settle_sites

_UNDER_WAY = (BoxState.SEALED, BoxState.IN_TRANSIT)


@transaction.atomic
def pack_box(*, box_id: str, site_id: str, tubes: Sequence[str], by: Actor, at: datetime) -> Box:
    """Put tubes of one site into a box (装箱); more may follow until it is sealed. What is in it changes nothing."""
    permit(by, Operation.PACK_BOX, site_id)
    fault = rules.identifier_fault(box_id, column="box_id")
    if fault is not None:
        raise fault
    if not tubes:
        message = "a box is packed with tubes"
        raise InputFault(message, column="tubes", remedy="Scan the tubes that go into it.")
    wanted = list(dict.fromkeys(tubes))
    first = Tube.objects.filter(pk=wanted[0], unit_code=site_id).first()
    if first is None:
        raise _not_packable(wanted[0])
    Box.objects.get_or_create(
        box_id=box_id,
        defaults={
            "round_id": first.round_id,
            "site_id": first.site_id,
            "unit_code": site_id,
            "holder_id": site_id,
            "packed_at": at,
        },
    )
    box = rows.locked_box(box_id)
    if box.unit_code != site_id:
        message = f"the box number {box_id} is in use"
        raise Conflict(message, column="box_id", remedy="Use another box.")
    found = {tube.pk: tube for tube in rows.locked_tubes(wanted)}
    loose = [tube_id for tube_id in wanted if not _is_in(box, found.get(tube_id))]
    if not loose:
        return box
    if box.state != BoxState.PACKING:
        message = f"the box {box_id} is {box.state}"
        raise Refused(message, code="box-state", remedy="Pack another box.")
    for tube_id in loose:
        tube = found.get(tube_id)
        if tube is None or tube.unit_code != site_id or tube.state != TubeState.COLLECTED or tube.site_id != box.site_id:
            raise _not_packable(tube_id)
    Tube.objects.filter(pk__in=loose).update(box=box, state=TubeState.BOXED)
    count_tubes(box)
    ledger.record(
        tag=Tag.BOX_PACKED,
        subject=rules.box_about(box_id),
        unit=site_id,
        by=by,
        at=at,
        data={"tubes": loose, "count": box.tube_count},
    )
    return box


def _is_in(box: Box, tube: Tube | None) -> bool:
    return tube is not None and tube.box_id == box.pk


def _not_packable(tube_id: str) -> InputFault:
    message = f"the tube {tube_id} is not a loose tube of this site"
    return InputFault(message, column="tubes", remedy="Register it first, or take it out of its other box.")


def count_tubes(box: Box) -> None:
    """Take a packing box's count and oldest tube anew."""
    counted = box.tubes.aggregate(count=Count("pk"), oldest=Min("collected_at"))
    box.tube_count, box.oldest_collected_at = counted["count"], counted["oldest"]
    box.save(update_fields=("tube_count", "oldest_collected_at"))


@transaction.atomic
def seal_box(*, box_id: str, seal_number: str, count: int, by: Actor, at: datetime) -> Box:
    """Seal a box with a number and a count (封签); from here its delivery is owed by the sending unit.

    The count must be what was scanned into it. Its laboratory is the site's; where there is none, or it is full, the
    district owes one within minutes. Sealed again with the same seal and count, the first answer stands.
    """
    box = rows.locked_box(box_id)
    permit(by, Operation.PACK_BOX, box.unit_code)
    if box.state != BoxState.PACKING:
        if (box.seal_number, box.tube_count) == (seal_number, count):
            return box
        message = f"the box {box_id} is {box.state} with another seal or count"
        raise Conflict(message, column="seal_number", remedy="Void the wrong scan, or use another box.")
    fault = rules.identifier_fault(seal_number, column="seal_number")
    if fault is not None:
        raise fault
    if count != box.tube_count or not count:
        message = f"{count} tubes counted, {box.tube_count} scanned into the box"
        raise InputFault(message, column="count", code="count-differs", remedy="Count again, and scan what is missing.")
    if Box.objects.filter(seal_number=seal_number).exists():
        message = f"the seal {seal_number} is on another box"
        raise Conflict(message, column="seal_number", remedy="Use a new seal.")
    lab = box.site.laboratory
    has_room = lab is not None and rows.takes_tubes(lab, at=at)
    box.state, box.sealed_at, box.seal_number = BoxState.SEALED.value, at, seal_number
    box.last_count, box.last_seal, box.laboratory = count, seal_number, lab if has_room else None
    box.save(update_fields=("state", "sealed_at", "seal_number", "last_count", "last_seal", "laboratory"))
    ledger.record(
        tag=Tag.BOX_SEALED,
        subject=rules.box_about(box_id),
        unit=box.unit_code,
        by=by,
        at=at,
        data={"seal": seal_number, "count": count, "oldest_collected_at": box.oldest_collected_at},
    )
    owed.open_all([owed.delivery(box, box.site)], by=by, at=at)
    if box.laboratory is not None:
        _record_laboratory(box, box.laboratory, by=by, at=at, how="the site's laboratory")
    else:
        why = rows.said_full(lab) if lab is not None else SAID_NO_LABORATORY
        _without_laboratory(box, why=why, by=by, at=at)
    settle_sites([box.site], by=by, at=at, evidence=rules.box_about(box_id))
    return box


def _without_laboratory(box: Box, *, why: str, by: Actor, at: datetime) -> None:
    ledger.record(
        tag=Tag.TUBES_ORPHANED,
        subject=rules.box_about(box.pk),
        unit=box.unit_code,
        by=by,
        at=at,
        data={"tubes": box.tube_count, "why": why},
    )
    owed.open_all([owed.laboratory_assignment(box, box.site, why=why)], by=by, at=at)


def _record_laboratory(box: Box, lab: Laboratory, *, by: Actor, at: datetime, how: str) -> None:
    ledger.record(
        tag=Tag.BOX_ASSIGNED,
        subject=rules.box_about(box.pk),
        unit=box.unit_code,
        by=by,
        at=at,
        data={"laboratory": lab.pk, "how": how},
    )


@transaction.atomic
def assign_laboratory(*, box_id: str, laboratory: str, by: Actor, at: datetime) -> Box:
    """Give a laboratory to a sealed box that has none (落实检测机构); ``CapacityFull`` when it is full."""
    box = rows.locked_box(box_id)
    permit(by, Operation.ASSIGN_LABORATORY, box.unit_code)
    lab = rows.laboratory(laboratory)
    if box.laboratory_id == lab.pk:
        return box
    if box.state not in _UNDER_WAY or box.laboratory_id is not None:
        message = f"the box {box_id} is {box.state}, its laboratory {box.laboratory_id or 'not asked for'}"
        raise Refused(message, code="box-state", remedy="A box with a laboratory is re-routed, with a reason.")
    rows.require_room(lab, at=at)
    _move_capacity(box, lab, by=by, at=at)
    box.laboratory = lab
    box.save(update_fields=("laboratory",))
    _record_laboratory(box, lab, by=by, at=at, how="assigned")
    duties.fulfil_by_fact(
        kind=rules.LABORATORY_ASSIGNED, about=rules.box_about(box_id), tag=Tag.BOX_ASSIGNED, ref=lab.pk, by=by, at=at
    )
    return box


@transaction.atomic
def reroute_box(*, box_id: str, laboratory: str, reason: str, by: Actor, at: datetime) -> Box:
    """Send a box that is under way to another laboratory (改送); its clock does not start again.

    Its tubes are claimed there, and what stood behind them before is given back; ``CapacityFull`` when there is no room.
    """
    box = rows.locked_box(box_id)
    permit(by, Operation.ASSIGN_LABORATORY, box.unit_code)
    lab = rows.laboratory(laboratory)
    if box.state not in _UNDER_WAY:
        message = f"the box {box_id} is {box.state}"
        raise Refused(message, code="box-state", remedy="Only a box under way can be re-routed.")
    if box.laboratory_id == lab.pk:
        message = f"the box {box_id} is on its way to {lab.pk}"
        raise Refused(message, code="same-laboratory", remedy="Choose another laboratory.")
    if not reason.strip():
        message = "say why the box goes elsewhere"
        raise InputFault(message, column="reason")
    rows.require_room(lab, at=at)
    _move_capacity(box, lab, by=by, at=at)
    before = box.laboratory_id
    stopped = BoxTransfer.objects.filter(box=box, state=TransferState.OFFERED, receiver_id=before)
    if before and stopped.update(
        state=TransferState.WITHDRAWN, answered_at=at, answered_by=rows.signature(by), reason=reason[:200]
    ):
        handovers.withdraw_by_fact(kind=rules.DELIVERED, about=rules.box_about(box_id), reason=reason, by=by, at=at)
    box.laboratory = lab
    box.reroutes += 1
    box.save(update_fields=("laboratory", "reroutes"))
    ledger.record(
        tag=Tag.BOX_REROUTED,
        subject=rules.box_about(box_id),
        unit=box.unit_code,
        by=by,
        at=at,
        data={"from": before or "", "to": lab.pk, "reason": reason},
    )
    for kind in (rules.REROUTED, rules.LABORATORY_ASSIGNED):
        duties.fulfil_by_fact(
            kind=kind,
            about=rules.box_about(box_id),
            tag=Tag.BOX_REROUTED,
            ref=f"{before or '—'} → {lab.pk}",
            by=by,
            at=at,
        )
    return box


def _move_capacity(box: Box, lab: Laboratory, *, by: Actor, at: datetime) -> None:
    """Room for the box's tubes at its new laboratory, in the hours in which they must be tested there."""
    until = pack_at(at).duty(rules.TESTED).due_at({"received_at": at, "opened_at": at})
    moved = box_capacity.Moved(
        about=rules.box_about(box.pk),
        site=box.site,
        tubes=box.tube_count,
        collected_from=box.oldest_collected_at or at,
    )
    box_capacity.move(moved, lab, until=until, by=by, at=at)


def under_way(lab: Laboratory) -> list[Box]:
    """The boxes that are sealed for a laboratory and not there yet."""
    return list(Box.objects.filter(laboratory=lab, state__in=_UNDER_WAY).select_related("site").order_by("pk"))


def let_pass(lab: Laboratory, *, by: Actor, at: datetime) -> int:
    """The laboratory takes tubes again: its boxes under way need no other; returns how many were waiting for one."""
    passed = 0
    for box in under_way(lab):
        done = duties.fulfil_by_fact(
            kind=rules.REROUTED, about=rules.box_about(box.pk), tag=Tag.LABORATORY_AVAILABLE, ref=lab.pk, by=by, at=at
        )
        passed += done is not None
    return passed

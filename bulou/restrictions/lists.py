"""Lists: what one unit proposes within the pack's window is counted together, and above its limit it stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.duties.rows import signature
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door, system
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.policy import Pack
from bulou.restrictions import alarms, rules
from bulou.restrictions.approving import refuse_rows
from bulou.restrictions.choices import ListState, State, Stop
from bulou.restrictions.models import Attempt, ProposedList, Restriction
from bulou.restrictions.rules import Wanted
from bulou.units.models import Unit


def list_for(
    fresh: Sequence[Wanted], *, unit: str, by_list: bool, reason: str, pack: Pack, by: Actor, at: datetime
) -> ProposedList | None:
    """The list into which these proposals go; None for one restriction below the limit, or a fact's own consequence."""
    place = codes.territory(rules.narrowest([one.place_code for one in fresh]))
    if not by_list:
        return _together(fresh, unit=unit, place=place, reason=reason, pack=pack, at=at)
    Unit.objects.select_for_update().get(pk=unit)  # two lists at once are counted one after the other
    since = at - pack.span("restriction_list_window")
    before = Restriction.objects.filter(proposed_unit=unit, proposed_at__gt=since, by_list=True).exclude(
        in_list__state=ListState.CONFIRMED
    )
    counted = before.count() + len(fresh)
    allowed = int(pack.amount("restriction_list"))
    if counted <= allowed and len(fresh) == 1:
        return None
    if counted > allowed:
        open_one = ProposedList.objects.select_for_update().filter(unit=unit, state=ListState.STOPPED).first()
        if open_one is not None:
            return _grow(open_one, len(fresh), counted=counted, place=place)
    made = ProposedList.objects.create(
        code=public_id("L", at),
        unit_id=unit,
        place_code=place,
        people=len(fresh),
        counted=counted,
        allowed=allowed,
        reason=reason[:300],
        state=ListState.FREE if counted <= allowed else ListState.STOPPED,
        proposed_at=at,
    )
    if made.state == ListState.STOPPED:
        _stop(made, fresh, by=by, at=at)
    return made


def _together(fresh: Sequence[Wanted], *, unit: str, place: str, reason: str, pack: Pack, at: datetime) -> ProposedList | None:
    """What one fact demands of several people is decided together; it counts towards no limit."""
    if len(fresh) == 1:
        return None
    return ProposedList.objects.create(
        code=public_id("L", at),
        unit_id=unit,
        place_code=place,
        people=len(fresh),
        counted=0,
        allowed=int(pack.amount("restriction_list")),
        reason=reason[:300],
        proposed_at=at,
    )


def _grow(row: ProposedList, more: int, *, counted: int, place: str) -> ProposedList:
    """More of the same unit while its list is stopped: it joins the list, which is confirmed or rejected as a whole."""
    del place  # the list keeps the place it was first proposed for; its approver needs jurisdiction over each row anyway
    row.people, row.counted = row.people + more, max(row.counted, counted)
    row.save(update_fields=("people", "counted"))
    return row


def _stop(row: ProposedList, fresh: Sequence[Wanted], *, by: Actor, at: datetime) -> None:
    Attempt.objects.create(
        code=row.pk,
        why=Stop.TOO_MANY.value,
        kind=fresh[0].kind.value,
        subject=f"list:{row.pk}",
        people=row.people,
        unit=row.unit_id,
        attempted_by=signature(by),
        attempted_at=at,
        alarmed_at=at,
    )
    ledger.record(
        tag=Tag.LIST_STOPPED,
        subject=f"list:{row.pk}",
        unit=row.unit_id,
        by=by,
        at=at,
        data={"people": row.people, "counted": row.counted, "allowed": row.allowed, "reason": row.reason},
    )
    superior = alarms.superior_of(rules.approver_for(row.place_code, row.unit_id))
    open_duty(
        Owed(
            kind=rules.LIST_CONFIRMED,
            about=f"list:{row.pk}",
            label=f"{row.pk} · {row.counted} > {row.allowed} · {signature(by)}",
            place_code=row.place_code if codes.is_place(row.place_code) else "",
            owners={"superior": superior},
            why=row.reason,
        ),
        by=system(unit=row.unit_id, door=Door.PLAYBOOK),
        at=at,
    )


def locked_list(code: str) -> ProposedList:
    """The list, locked; ``NotFound`` when there is none."""
    found = ProposedList.objects.select_for_update().filter(pk=code).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


@transaction.atomic
def confirm_list(*, code: str, note: str, by: Actor, at: datetime) -> ProposedList:
    """A second superior has looked at a stopped list: it may now be approved, by another unit than this one."""
    from bulou.restrictions.proposing import decision_of_list  # noqa: PLC0415 - proposing puts into lists

    row = _deciding(code, note=note, by=by)
    row.state, row.decided_unit_id, row.decided_by, row.decided_at = ListState.CONFIRMED.value, by.unit, signature(by), at
    row.save(update_fields=("state", "decided_unit", "decided_by", "decided_at"))
    _decided(row, Tag.LIST_CONFIRMED, note=note, by=by, at=at)
    open_duty(decision_of_list(row), by=by, at=at)
    return row


@transaction.atomic
def reject_list(*, code: str, reason: str, by: Actor, at: datetime) -> ProposedList:
    """A second superior sends a stopped list back: everything in it is refused."""
    row = _deciding(code, note=reason, by=by)
    row.state, row.decided_unit_id, row.decided_by, row.decided_at = ListState.REJECTED.value, by.unit, signature(by), at
    row.save(update_fields=("state", "decided_unit", "decided_by", "decided_at"))
    _decided(row, Tag.LIST_REJECTED, note=reason, by=by, at=at)
    gone = Restriction.objects.select_for_update(of=("self",)).filter(in_list=row, state=State.PROPOSED)
    refuse_rows(list(gone.order_by("code")), reason=reason, by=by, at=at)
    return row


def _deciding(code: str, *, note: str, by: Actor) -> ProposedList:
    row = locked_list(code)
    permit(by, Operation.APPROVE_RESTRICTION, row.place_code)
    rules.require_other_unit(proposer=row.unit_id, approver=by.unit, what="confirm")
    if not note.strip():
        message = "say what you looked at"
        raise InputFault(message, column="note", remedy="How many names you compared with what evidence.")
    if row.state != ListState.STOPPED:
        message = f"the list is {row.state}"
        raise Refused(message, code="list-state")
    return row


def _decided(row: ProposedList, tag: Tag, *, note: str, by: Actor, at: datetime) -> None:
    ledger.record(
        tag=tag,
        subject=f"list:{row.pk}",
        unit=row.unit_id,
        by=by,
        at=at,
        data={"people": row.people, "note": note},
    )
    duties.fulfil_by_fact(kind=rules.LIST_CONFIRMED, about=f"list:{row.pk}", tag=tag, ref=f"list:{row.pk}", by=by, at=at)

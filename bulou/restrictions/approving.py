"""Approving, refusing, withdrawing: another unit decides, and what is owed to whoever is restricted starts at that instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties import sets
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many
from bulou.duties.rows import signature
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.policy import load_pack
from bulou.restrictions import notices, rules
from bulou.restrictions.alarms import alarming
from bulou.restrictions.choices import ListState, State
from bulou.restrictions.models import Restriction
from bulou.units import queries as units
from bulou.units.models import Unit

NOBODY: Mapping[str, str] = {}


def locked(code: str) -> Restriction:
    """The restriction's row, locked; ``NotFound`` when there is none."""
    found = Restriction.objects.select_for_update(of=("self",)).filter(pk=code).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


@alarming
@transaction.atomic
def approve(*, code: str, by: Actor, at: datetime, owners: Mapping[str, str] = NOBODY) -> Restriction:
    """A second unit approves (审批): the restriction is in force, and notice and counter-duties are owed from now on.

    ``owners`` names a unit for each counter-duty of a measure that keeps a place's people indoors; where one is missing, or
    nobody is on duty there, it cannot be approved.
    """
    row = locked(code)
    permit(by, Operation.APPROVE_RESTRICTION, row.place_code)
    return _approve([row], owners=owners, by=by, at=at)[0]


@alarming
@transaction.atomic
def approve_list(*, code: str, by: Actor, at: datetime) -> list[Restriction]:
    """Approve all that a list still proposes, in one transaction."""
    rows = list(Restriction.objects.select_for_update(of=("self",)).filter(in_list=code, state=State.PROPOSED).order_by("code"))
    if not rows:
        message = "no such record"
        raise NotFound(message, remedy="Check the list's code; nothing in it waits for approval.")
    for place in {row.place_code for row in rows}:
        permit(by, Operation.APPROVE_RESTRICTION, place)
    return _approve(rows, owners=NOBODY, by=by, at=at)


def _approve(rows: Sequence[Restriction], *, owners: Mapping[str, str], by: Actor, at: datetime) -> list[Restriction]:
    for row in rows:
        _require_approvable(row, by=by, at=at)
    owed = [one for row in rows for one in _owes(row, owners, at=at)]
    named = {row.proposed_unit_id for row in rows} | {by.unit}
    known = Unit.objects.in_bulk(named)
    for row in rows:
        pack = load_pack(row.pack, row.pack_version)
        row.notice_zh, row.notice_en = notices.texts(
            row, pack, approver=known[by.unit], proposer=known[row.proposed_unit_id], at=at
        )
        row.state, row.approved_unit_id, row.approved_by, row.approved_at = State.IN_FORCE.value, by.unit, signature(by), at
        row.counter_at = at
    # The entries come first: the database's guard lets nothing be in force that the ledger does not know.
    ledger.record_many(
        ledger.Draft(
            tag=Tag.RESTRICTION_APPROVED,
            subject=rules.about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data={"kind": row.kind, "ends_at": row.ends_at, "proposed_by": row.proposed_unit_id, "basis": row.legal_basis},
        )
        for row in rows
    )
    fields = ("state", "approved_unit", "approved_by", "approved_at", "counter_at", "notice_zh", "notice_en")
    written = sum(Restriction.objects.bulk_update(part, fields) for part in _parts(rows))
    stands = Restriction.objects.filter(pk__in=[row.pk for row in rows], state=State.IN_FORCE).count()
    if (written, stands) != (len(rows), len(rows)):
        message = "the register's guard did not take what the rules took"
        raise Refused(message, code="guard", remedy="Tell the operator: rules and guards disagree.")
    open_many(owed, by=by, at=at)
    _settle_decisions(rows, Tag.RESTRICTION_APPROVED, by=by, at=at)
    return list(rows)


def _parts(rows: Sequence[Restriction], size: int = 100) -> list[Sequence[Restriction]]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _require_approvable(row: Restriction, *, by: Actor, at: datetime) -> None:
    rules.require_other_unit(proposer=row.proposed_unit_id, approver=by.unit)
    if row.state != State.PROPOSED:
        message = f"the restriction is {row.state}"
        raise Refused(message, code="restriction-state", remedy="Only a proposal is approved.")
    if row.ends_at <= at:
        message = "its end has passed"
        raise Refused(message, code="past-end", remedy="Withdraw it; a new fact begins a new one.")
    put = row.in_list
    if put is None or put.state == ListState.FREE:
        return
    if put.state != ListState.CONFIRMED:
        message = f"its list of {put.people} is above the limit of {put.allowed} and waits for a second superior"
        raise Refused(message, code="list-stopped", remedy=f"{put.pk} is confirmed or rejected first.")
    if put.decided_unit_id == by.unit:
        message = "who confirmed the list does not approve it too"
        raise Refused(message, code="same-unit", remedy="A third unit approves.")


def _owes(row: Restriction, owners: Mapping[str, str], *, at: datetime) -> list[Owed]:
    """Notice, and the counter-duties with their owners; ``Refused`` when one has none."""
    rule = load_pack(row.pack, row.pack_version).restriction(row.kind)
    kinds: tuple[str, ...] = (rules.NOTIFIED, *(rule.owes_each if row.person_id else ()))
    given: Mapping[str, str] = NOBODY
    if not row.person_id:
        attended = [code for code, there in units.attendances(set(owners.values()), at=at).items() if there]
        missing = rules.without_owner(rule.owes, owners, attended)
        if missing:
            message = f"nobody owns {', '.join(missing)}: people are not kept indoors without it"
            raise Refused(
                message, code="counter-duties", remedy="Name a unit that is on duty for each of them, and approve again."
            )
        kinds, given = (*kinds, *rule.owes), owners
    return [
        Owed(
            kind=kind,
            about=rules.about(row.pk),
            label=row.pk,
            place_code=row.place_code,
            owners={"explicit": given[kind]} if kind in given else {},
            facts={"approved_at": at},
        )
        for kind in kinds
    ]


@transaction.atomic
def refuse(*, code: str, reason: str, by: Actor, at: datetime) -> Restriction:
    """The second unit does not approve, and says why (退回)."""
    row = locked(code)
    permit(by, Operation.APPROVE_RESTRICTION, row.place_code)
    rules.require_other_unit(proposer=row.proposed_unit_id, approver=by.unit, what="refuse")
    return _undo(row, State.REFUSED, Tag.RESTRICTION_REFUSED, reason=reason, by=by, at=at)


@transaction.atomic
def withdraw(*, code: str, reason: str, by: Actor, at: datetime) -> Restriction:
    """The proposer takes its proposal back (撤回)."""
    row = locked(code)
    permit(by, Operation.PROPOSE_RESTRICTION, row.proposed_unit_id)
    return _undo(row, State.WITHDRAWN, Tag.RESTRICTION_WITHDRAWN, reason=reason, by=by, at=at)


def withdraw_rows(rows: Sequence[Restriction], *, reason: str, by: Actor, at: datetime) -> None:
    """The same of several proposals, because a fact took their ground away."""
    if rows:
        _undo_all(rows, State.WITHDRAWN, Tag.RESTRICTION_WITHDRAWN, reason=reason, by=by, at=at)


def refuse_rows(rows: Sequence[Restriction], *, reason: str, by: Actor, at: datetime) -> None:
    """All of a list that a second superior sent back."""
    if rows:
        _undo_all(rows, State.REFUSED, Tag.RESTRICTION_REFUSED, reason=reason, by=by, at=at)


def _undo(row: Restriction, state: State, tag: Tag, *, reason: str, by: Actor, at: datetime) -> Restriction:
    if row.state != State.PROPOSED:
        message = f"the restriction is {row.state}"
        raise Refused(message, code="restriction-state", remedy="What is in force is lifted.")
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason")
    _undo_all([row], state, tag, reason=reason, by=by, at=at)
    return row


def _undo_all(rows: Sequence[Restriction], state: State, tag: Tag, *, reason: str, by: Actor, at: datetime) -> None:
    for row in rows:
        row.state, row.closed_at, row.closed_by, row.closed_why = state.value, at, signature(by), reason[:300]
    for part in _parts(rows):
        Restriction.objects.bulk_update(part, ("state", "closed_at", "closed_by", "closed_why"))
    ledger.record_many(
        ledger.Draft(tag=tag, subject=rules.about(row.pk), unit=row.place_code, by=by, at=at, data={"reason": reason})
        for row in rows
    )
    _settle_decisions(rows, tag, by=by, at=at)


def _settle_decisions(rows: Sequence[Restriction], tag: Tag, *, by: Actor, at: datetime) -> None:
    """Decisions are made: of each restriction, and of a list once nothing in it waits."""
    lists = {row.in_list_id for row in rows if row.in_list_id}
    waiting = set(
        Restriction.objects.filter(in_list__in=lists, state=State.PROPOSED).order_by().values_list("in_list", flat=True)
    )
    about = [rules.about(row.pk) for row in rows if row.in_list_id is None]
    about += [f"list:{put}" for put in lists - waiting]
    owed = Duty.objects.filter(kind=rules.DECIDED, about__in=about, state=DutyState.OPEN).values_list("pk", flat=True)
    sets.fulfil_many(duty_ids=list(owed), tag=tag, ref=about[0] if about else "", by=by, at=at)


@transaction.atomic
def deliver_notice(*, code: str, how: str, by: Actor, at: datetime) -> Restriction:
    """The written notice is in the person's hands (送达), or on the place's doors; said again, the first instant stands."""
    row = locked(code)
    permit(by, Operation.FILE_APPEAL, row.place_code)
    if row.state != State.IN_FORCE:
        message = f"the restriction is {row.state}"
        raise Refused(message, code="restriction-state")
    if not how.strip():
        message = "say how it was delivered"
        raise InputFault(message, column="how", remedy="By hand, at the door, read aloud in which language.")
    return row if row.notified_at is not None else _notified(row, how=how, by=by, at=at)


@transaction.atomic
def notified_by_fact(*, code: str, how: str, by: Actor, at: datetime) -> None:
    """The same for a place, because every building of it was told (playbook)."""
    row = locked(code)
    if row.state == State.IN_FORCE and row.notified_at is None:
        _notified(row, how=how, by=by, at=at)


def _notified(row: Restriction, *, how: str, by: Actor, at: datetime) -> Restriction:
    code = row.pk
    row.notified_at, row.notified_how = at, how[:60]
    row.save(update_fields=("notified_at", "notified_how"))
    ledger.record(tag=Tag.RESTRICTION_NOTIFIED, subject=rules.about(code), unit=row.place_code, by=by, at=at, data={"how": how})
    duties.fulfil_by_fact(
        kind=rules.NOTIFIED, about=rules.about(code), tag=Tag.RESTRICTION_NOTIFIED, ref=f"{code} {how}"[:120], by=by, at=at
    )
    return row


def needs_owners(row: Restriction) -> tuple[str, ...]:
    """The counter-duties that an approver must give owners; empty for a restriction of one person."""
    rule = load_pack(row.pack, row.pack_version).restriction(row.kind)
    return () if row.person_id else rule.owes

"""Proposing restrictions: by a person, by a list, or because a fact says so. A proposal restricts nobody.

What has no evidence, no legal basis, or asks for longer than its fact carries is stopped, all or nothing, and alarms. A
unit's lists above the pack's limit stand, stopped, until a second superior has looked at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Min

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties.opening import Owed, existing_owners, open_many
from bulou.duties.rows import signature
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door
from bulou.kernel.errors import InputFault, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.policy import Pack
from bulou.restrictions import evidence, rules
from bulou.restrictions.alarms import Alarm, Stopped, alarming
from bulou.restrictions.choices import Kind, ListState, State, Stop
from bulou.restrictions.lists import list_for
from bulou.restrictions.models import ProposedList, Restriction
from bulou.restrictions.rules import Fact, Wanted

MOST = 20_000  # of one call: what one transaction can lock and record; more is a second list, counted with the first

_SAID = {
    Stop.NO_EVIDENCE: "{n} of {all}: no ledger entry that can justify {kind} is about {subject}",
    Stop.NO_BASIS: "{n} of {all}: no legal basis that the pack knows for {kind}, or no reason, for {subject}",
    Stop.TOO_LONG: "{n} of {all}: longer than this fact carries for {kind}: {subject}",
    Stop.TOO_WIDE: "{n} of {all}: one fact does not close a place so wide: {subject}",
}
_REMEDY = {
    Stop.NO_EVIDENCE: "Name the entry of the person's own result, case or contact; a list of names restricts nobody.",
    Stop.NO_BASIS: "Name a legal basis of the pack and say why.",
    Stop.TOO_LONG: "Propose the rule's own time; a new fact begins a new one.",
    Stop.TOO_WIDE: "Name the community or building in which the fact lies.",
}


@alarming
@transaction.atomic
def propose(
    *,
    kind: Kind,
    place_code: str,
    evidence_id: int,
    legal_basis: str,
    reason: str,
    starts_at: datetime,
    ends_at: datetime,
    by: Actor,
    at: datetime,
    person_id: str = "",
) -> Restriction:
    """Propose one restriction of a person (place of stay) or a place; another unit approves it.

    ``starts_at`` is when the rule's clock began (the last exposure). Raises ``Stopped`` when evidence, basis or length do
    not carry it; the attempt is recorded and the superior told.
    """
    wanted = Wanted(
        kind=kind,
        person_id=person_id,
        place_code=place_code,
        evidence_id=evidence_id,
        legal_basis=legal_basis,
        reason=reason,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    permit(by, Operation.PROPOSE_RESTRICTION, place_code)
    return _propose([wanted], unit=by.unit, by_list=True, reason=reason, by=by, at=at)[0]


@alarming
@transaction.atomic
def propose_many(*, wanted: Sequence[Wanted], reason: str, by: Actor, at: datetime) -> list[Restriction]:
    """Propose a list in one transaction: all of it, or nothing and an alarm."""
    if not wanted:
        return []
    if len(wanted) > MOST:
        message = f"a list has at most {MOST} restrictions"
        raise InputFault(message, column="wanted", remedy="Propose the rest as a second list; they are counted together.")
    permit(by, Operation.PROPOSE_RESTRICTION)
    for place in {one.place_code for one in wanted}:
        permit(by, Operation.PROPOSE_RESTRICTION, place)
    return _propose(wanted, unit=by.unit, by_list=True, reason=reason, by=by, at=at)


@alarming
@transaction.atomic
def propose_by_fact(
    *,
    kind: Kind,
    place_code: str,
    entry: Entry,
    reason: str,
    starts_at: datetime,
    by: Actor,
    at: datetime,
    person_id: str = "",
    ends_at: datetime | None = None,
    legal_basis: str = "",
    unit: str = "",
) -> Restriction | None:
    """Propose what a fact demands (playbook): the entry is the evidence; basis and end are the pack's when not given.

    ``unit`` proposes: the unit in which the fact lies, or the nearest above it, unless named. None when the pack knows no
    such restriction, or its time is over already. Called again for the same fact, it returns the proposal that stands.
    """
    pack = evidence.pack_now(clock.day_of(at))
    rule = pack.restrictions.get(kind.value)
    if rule is None:
        return None
    end = ends_at or starts_at + rule.grounds.get(entry.tag, max(rule.grounds.values()))
    if end <= at:
        return None
    wanted = Wanted(
        kind=kind,
        person_id=person_id,
        place_code=place_code,
        evidence_id=entry.pk,
        legal_basis=legal_basis or rule.legal_bases[0],
        reason=reason,
        starts_at=starts_at,
        ends_at=end,
    )
    asked = unit or entry.unit
    proposer = existing_owners([asked])[asked]
    listed = evidence.facts([entry.pk])[entry.pk].door == Door.IMPORT
    return _propose([wanted], unit=proposer, by_list=listed, reason=reason, by=by, at=at)[0]


def _propose(wanted: Sequence[Wanted], *, unit: str, by_list: bool, reason: str, by: Actor, at: datetime) -> list[Restriction]:
    pack = evidence.pack_now(clock.day_of(at))
    for one in wanted:
        rules.require_shape(one, at=at)
    facts = evidence.facts([one.evidence_id for one in wanted])
    known = _standing(wanted)
    _require_founded(wanted, facts, pack, by=by, at=at)
    fresh = {_key(one): one for one in wanted if _key(one) not in known}
    if not fresh:
        return [known[_key(one)] for one in wanted]
    authority = existing_owners([unit])[unit]
    put = list_for(list(fresh.values()), unit=authority, by_list=by_list, reason=reason, pack=pack, by=by, at=at)
    rows = {
        key: _row(one, facts[one.evidence_id], pack, unit=authority, by_list=by_list, put=put, by=by, at=at)
        for key, one in fresh.items()
    }
    made = list(rows.values())
    Restriction.objects.bulk_create(made, batch_size=500)
    if Restriction.objects.filter(pk__in=[row.pk for row in made]).count() != len(made):
        message = "the register's guard did not take what the rules took"
        raise Refused(message, code="guard", remedy="Tell the operator: rules and guards disagree.")
    _record(made, by=by, at=at)
    _owe_decisions(made, put, by=by, at=at)
    return [known.get(_key(one)) or rows[_key(one)] for one in wanted]


def _key(one: Wanted) -> tuple[str, str, str, int]:
    return one.kind.value, one.person_id, one.place_code, one.evidence_id


def _standing(wanted: Sequence[Wanted]) -> dict[tuple[str, str, str, int], Restriction]:
    """What is proposed or approved already for the same subject by the same fact."""
    found = Restriction.objects.filter(
        evidence_id__in={one.evidence_id for one in wanted}, state__in=(State.PROPOSED, State.IN_FORCE)
    )
    return {(row.kind, row.person_id, row.place_code, row.evidence_id): row for row in found}


def _require_founded(wanted: Sequence[Wanted], facts: dict[int, Fact], pack: Pack, *, by: Actor, at: datetime) -> None:
    """All or nothing: the first reason found is told for all whom it concerns."""
    allowed = {kind: evidence.allowed(pack, kind) for kind in {one.kind for one in wanted}}
    earlier = Restriction.objects.filter(evidence_id__in={one.evidence_id for one in wanted}).exclude(
        state__in=(State.REFUSED, State.WITHDRAWN)
    )
    first = {
        (kind, person, place, entry): began
        for kind, person, place, entry, began in earlier.order_by()
        .values_list("kind", "person_id", "place_code", "evidence")
        .annotate(began=Min("starts_at"))
    }
    found: dict[Stop, list[Wanted]] = {}
    for one in wanted:
        why = rules.stopped(one, facts.get(one.evidence_id), allowed[one.kind], first_start=first.get(_key(one)), at=at)
        if why is not None:
            found.setdefault(why, []).append(one)
    for why, concerned in found.items():
        said = _SAID[why].format(n=len(concerned), all=len(wanted), kind=concerned[0].kind, subject=concerned[0].subject)
        raise Stopped(
            said,
            remedy=_REMEDY[why],
            alarm=Alarm(
                code=public_id("S", at),
                why=why,
                kind=concerned[0].kind,
                subjects=tuple(one.subject for one in concerned),
                place=concerned[0].place_code,
                by=by,
                at=at,
            ),
        )


def _row(
    one: Wanted, fact: Fact, pack: Pack, *, unit: str, by_list: bool, put: ProposedList | None, by: Actor, at: datetime
) -> Restriction:
    return Restriction(
        code=public_id("R", at),
        kind=one.kind.value,
        person_id=one.person_id,
        place_code=one.place_code,
        legal_basis=one.legal_basis,
        evidence_id=one.evidence_id,
        reason=one.reason[:300],
        pack=pack.name,
        pack_version=pack.version,
        authority_id=unit,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        longest_s=int(pack.restriction(one.kind.value).grounds[fact.tag].total_seconds()),
        proposed_unit_id=unit,
        proposed_by=signature(by),
        proposed_at=at,
        by_list=by_list,
        in_list=put,
    )


def _record(made: Sequence[Restriction], *, by: Actor, at: datetime) -> None:
    ledger.record_many(
        ledger.Draft(
            tag=Tag.RESTRICTION_PROPOSED,
            subject=rules.about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data={
                "kind": row.kind,
                "basis": row.legal_basis,
                "evidence": row.evidence_id,
                "starts_at": row.starts_at,
                "ends_at": row.ends_at,
                "list": row.in_list_id or "",
            },
            personal={"person_id": row.person_id} if row.person_id else None,
        )
        for row in made
    )


def _owe_decisions(made: Sequence[Restriction], put: ProposedList | None, *, by: Actor, at: datetime) -> None:
    """The approver's decision: of each restriction, or once of a list."""
    if put is not None and put.state == ListState.STOPPED:
        return  # the second superior looks first; the decision is owed when the list is confirmed
    if put is not None:
        owed = [decision_of_list(put)]
    else:
        owed = [
            Owed(
                kind=rules.DECIDED,
                about=rules.about(row.pk),
                label=f"{row.pk} · {row.kind}",
                place_code=row.place_code,
                owners={"explicit": rules.approver_for(row.place_code, row.proposed_unit_id)},
                facts={"proposed_at": at},
                why=row.reason,
            )
            for row in made
        ]
    open_many(owed, by=by, at=at)


def decision_of_list(put: ProposedList) -> Owed:
    """The one decision that a list's approver owes."""
    return Owed(
        kind=rules.DECIDED,
        about=f"list:{put.pk}",
        label=f"{put.pk} · {put.people}",
        place_code=put.place_code,
        owners={"explicit": rules.approver_for(put.place_code, put.unit_id)},
        facts={"proposed_at": put.proposed_at},
        why=put.reason,
    )

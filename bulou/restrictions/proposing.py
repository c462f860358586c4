"""Proposing restrictions: by a person, by a list, or because a fact says so. A proposal restricts nobody.

What has no evidence, no legal basis, or asks for longer than its fact carries is stopped, all or nothing, and alarms. A
unit's lists above the pack's limit stand, stopped, until a second superior has looked at them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Min

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties.opening import Owed, existing_owners, open_many
from bulou.duties.rows import signature
from bulou.kernel import clock, codes
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Demanded:
    """What a fact demands: the entry is the evidence; basis and end are the pack's when not given."""

    kind: Kind
    place_code: str
    entry: Entry
    reason: str
    starts_at: datetime
    person_id: str = ""
    ends_at: datetime | None = None
    legal_basis: str = ""


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
    one = Demanded(
        kind=kind, person_id=person_id, place_code=place_code, entry=entry, reason=reason, starts_at=starts_at, ends_at=ends_at,
        legal_basis=legal_basis,
    )  # fmt: skip
    return next(iter(propose_all_by_fact(demanded=[one], reason=reason, by=by, at=at, unit=unit)), None)


@alarming
@transaction.atomic
def propose_all_by_fact(
    *, demanded: Sequence[Demanded], reason: str, by: Actor, at: datetime, unit: str = ""
) -> list[Restriction]:
    """The same for what several facts demand, as a set; what is over already, or the pack does not know, is left out.

    An end beyond what the fact carries is cut to it: a fact never asks for more than its rule. Facts that came in by a file
    count towards the unit's limit like a list by hand.
    """
    pack = evidence.pack_now(clock.day_of(at))
    made: list[Restriction] = []
    for group, ones in _groups(demanded, unit).items():
        wanted = [w for w in (_demand(one, pack, at) for one in ones) if w is not None]
        first = _first(wanted)
        wanted = [_cut(one, pack, first.get(_key(one)), entry.tag) for one, entry in _with_entries(wanted, ones)]
        wanted = [one for one in wanted if one.ends_at > max(at, one.starts_at)]
        if wanted:
            made += _propose(wanted, unit=group.unit, by_list=group.listed, reason=reason, by=by, at=at)
    return made


@dataclass(frozen=True, slots=True)
class _Group:
    unit: str  # who proposes
    district: str  # who is asked to approve
    listed: bool  # the facts came in by a file


def _groups(demanded: Sequence[Demanded], unit: str) -> dict[_Group, list[Demanded]]:
    """Demands that are decided together: of one proposing unit, for one district, those of a file apart."""
    facts = evidence.facts([one.entry.pk for one in demanded])
    owners = existing_owners(sorted({unit or one.entry.unit for one in demanded}))
    found: dict[_Group, list[Demanded]] = {}
    for one in demanded:
        district = codes.up_to(codes.territory(one.place_code), codes.Level.DISTRICT)
        listed = facts[one.entry.pk].door == Door.IMPORT
        found.setdefault(_Group(owners[unit or one.entry.unit], district, listed), []).append(one)
    return found


def _demand(one: Demanded, pack: Pack, at: datetime) -> Wanted | None:
    rule = pack.restrictions.get(one.kind.value)
    if rule is None:
        return None
    end = one.ends_at or one.starts_at + rule.grounds.get(one.entry.tag, max(rule.grounds.values()))
    if end <= at:
        return None
    return Wanted(
        kind=one.kind,
        person_id=one.person_id,
        place_code=one.place_code,
        evidence_id=one.entry.pk,
        legal_basis=one.legal_basis or rule.legal_bases[0],
        reason=one.reason,
        starts_at=one.starts_at,
        ends_at=end,
    )


def _with_entries(wanted: Sequence[Wanted], ones: Sequence[Demanded]) -> list[tuple[Wanted, Entry]]:
    entries = {one.entry.pk: one.entry for one in ones}
    return [(one, entries[one.evidence_id]) for one in wanted]


def _cut(one: Wanted, pack: Pack, first: datetime | None, tag: str) -> Wanted:
    longest = pack.restriction(one.kind.value).grounds.get(tag)
    if longest is None:
        return one  # stopped for its ground, not for its length
    return replace(one, ends_at=min(one.ends_at, min(one.starts_at, first or one.starts_at) + longest))


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


def _first(wanted: Sequence[Wanted]) -> dict[tuple[str, str, str, int], datetime]:
    """When the same facts first restricted the same subjects: one fact carries one period, however often it is used."""
    earlier = Restriction.objects.filter(evidence_id__in={one.evidence_id for one in wanted}).exclude(
        state__in=(State.REFUSED, State.WITHDRAWN)
    )
    grouped = earlier.order_by().values_list("kind", "person_id", "place_code", "evidence").annotate(began=Min("starts_at"))
    return {(kind, person, place, entry): began for kind, person, place, entry, began in grouped}


def _require_founded(wanted: Sequence[Wanted], facts: dict[int, Fact], pack: Pack, *, by: Actor, at: datetime) -> None:
    """All or nothing: the first reason found is told for all whom it concerns."""
    allowed = {kind: evidence.allowed(pack, kind) for kind in {one.kind for one in wanted}}
    first = _first(wanted)
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
                label=row.pk,
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

"""The nightly recomputation: who is restricted without facts and rules that carry it, and who is not and should be.

It restricts and frees nobody. Each finding stands until it is gone; each district's list is one duty, however often it runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import PolicyFault
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.policy import load_pack
from bulou.restrictions import evidence, rules
from bulou.restrictions.choices import FindingKind, Kind, State
from bulou.restrictions.models import Finding, Restriction
from bulou.restrictions.queries import holding
from bulou.restrictions.rules import Fact, Wanted

DUTY = {FindingKind.TOO_MUCH: rules.TOO_MUCH, FindingKind.TOO_LITTLE: rules.TOO_LITTLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Who should be restricted by facts and rules: any of ``kinds`` answers it. No person: a place that may close."""

    kinds: frozenset[Kind]
    place_code: str
    why: str
    person_id: str = ""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one recomputation found: what stands of each kind, and what is new or gone since the last."""

    too_much: int
    too_little: int
    fresh: int
    gone: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    kind: FindingKind
    subject: str
    place: str
    why: str
    person: str = ""
    restriction: str | None = None


@transaction.atomic
def reconcile(*, expected: Iterable[Expected], by: Actor, at: datetime) -> Reconciled:
    """Compare the register with what should be, keep the differences, and owe each district its two lists."""
    wanted = list(expected)
    held = list(Restriction.objects.filter(holding(at)).order_by("code"))
    found = {(one.kind, one.subject): one for one in (*_too_much(held, wanted), *_too_little(held, wanted, at=at))}
    standing = {(FindingKind(row.kind), row.subject): row for row in Finding.objects.select_for_update().filter(gone_at=None)}
    fresh = [one for key, one in found.items() if key not in standing]
    gone = [row.pk for key, row in standing.items() if key not in found]
    Finding.objects.filter(pk__in=gone).update(gone_at=at)
    Finding.objects.filter(pk__in=[row.pk for key, row in standing.items() if key in found]).update(seen_at=at)
    Finding.objects.bulk_create(
        (
            Finding(
                kind=one.kind.value, subject=one.subject[:96], place_code=one.place, person_id=one.person,
                restriction_id=one.restriction, why=one.why[:300], found_at=at, seen_at=at,
            )
            for one in fresh
        ),
        batch_size=500,
    )  # fmt: skip
    counts = {kind: sum(key[0] is kind for key in found) for kind in FindingKind}
    ledger.record(
        tag=Tag.RESTRICTIONS_RECONCILED,
        subject="restrictions:all",
        unit=by.unit,
        by=by,
        at=at,
        data={
            "held": len(held), "expected": len(wanted), "too_much": counts[FindingKind.TOO_MUCH],
            "too_little": counts[FindingKind.TOO_LITTLE], "new": len(fresh), "gone": len(gone),
        },
    )  # fmt: skip
    _owe(list(found.values()), by=by, at=at)
    return Reconciled(counts[FindingKind.TOO_MUCH], counts[FindingKind.TOO_LITTLE], len(fresh), len(gone))


def _too_much(held: Sequence[Restriction], wanted: Sequence[Expected]) -> Iterable[_Found]:
    kinds: dict[str, set[Kind]] = defaultdict(set)
    for one in wanted:
        kinds[one.person_id] |= one.kinds if one.person_id else set()
    places = [one.place_code for one in wanted if not one.person_id]
    facts = evidence.facts([row.evidence_id for row in held])
    signed = _signed(held)
    for row in held:
        why = _unfounded(row, facts.get(row.evidence_id), signed=rules.about(row.pk) in signed)
        if not why and row.person_id and Kind(row.kind) not in kinds[row.person_id]:
            why = rules.SAID_UNASKED
        if not why and not row.person_id and not any(place.startswith(row.place_code) for place in places):
            why = rules.SAID_NO_CASE
        if why:
            yield _Found(
                kind=FindingKind.TOO_MUCH, subject=rules.about(row.pk), place=row.place_code, why=why, person=row.person_id,
                restriction=row.pk,
            )  # fmt: skip


def _unfounded(row: Restriction, fact: Fact | None, *, signed: bool) -> str:
    """Why the row itself cannot be right, whatever the facts of today: its evidence, its basis, its length, its signature."""
    try:
        pack = load_pack(row.pack, row.pack_version)
        allowed = evidence.allowed(pack, Kind(row.kind))
    except PolicyFault as fault:
        return fault.message
    if not signed:
        return rules.SAID_UNSIGNED
    wanted = Wanted(
        kind=Kind(row.kind), person_id=row.person_id, place_code=row.place_code, evidence_id=row.evidence_id,
        legal_basis=row.legal_basis, reason=row.reason, starts_at=row.starts_at, ends_at=row.ends_at,
    )  # fmt: skip
    if row.legal_basis not in allowed.bases:
        return f"{row.legal_basis} is no legal basis of the pack for it"
    if fact is None or fact.tag not in allowed.longest or not fact.is_about(wanted):
        return rules.SAID_EVIDENCE
    longest = allowed.longest[fact.tag]
    if row.ends_at - row.starts_at > longest or timedelta(seconds=row.longest_s) > longest:
        return rules.SAID_LONGER % {"days": _days(row.ends_at - row.starts_at), "rule": _days(longest)}
    return ""


def _days(span: timedelta) -> str:
    return f"{span / timedelta(days=1):g}"


def _signed(held: Sequence[Restriction]) -> set[str]:
    subjects = [rules.about(row.pk) for row in held]
    return set(Entry.objects.filter(subject__in=subjects, tag=Tag.RESTRICTION_APPROVED).values_list("subject", flat=True))


def _too_little(held: Sequence[Restriction], wanted: Sequence[Expected], *, at: datetime) -> Iterable[_Found]:
    kinds: dict[str, set[Kind]] = defaultdict(set)
    for row in held:
        kinds[row.person_id].add(Kind(row.kind))
    missing = {one.person_id: one for one in wanted if one.person_id and not one.kinds & kinds[one.person_id]}
    waiting = set(
        Restriction.objects.filter(person_id__in=list(missing), state=State.PROPOSED, ends_at__gt=at).values_list(
            "person_id", flat=True
        )
    )
    for person, one in missing.items():
        why = f"{one.why}; {rules.SAID_WAITING}" if person in waiting else one.why
        yield _Found(
            kind=FindingKind.TOO_LITTLE, subject=f"person:{person}", place=one.place_code, why=why, person=person
        )  # fmt: skip


def _owe(found: Sequence[_Found], *, by: Actor, at: datetime) -> None:
    lists: Mapping[tuple[FindingKind, str], list[_Found]] = defaultdict(list)
    for one in found:
        lists[one.kind, _district(one.place)].append(one)
    open_many(
        [
            Owed(
                kind=DUTY[kind],
                about=f"findings:{kind}@{district}",
                label=f"{len(ones)} · {district}",
                place_code=district if codes.is_place(district) else "",
                owners={"explicit": district},
                why="; ".join(sorted({one.why for one in ones})),
            )
            for (kind, district), ones in sorted(lists.items())
        ],
        by=by,
        at=at,
    )
    named = {f"findings:{kind}@{district}" for kind, district in lists}
    done = Duty.objects.filter(kind__in=DUTY.values(), state=DutyState.OPEN).exclude(about__in=named)
    for kind, about in list(done.values_list("kind", "about")):
        duties.fulfil_by_fact(kind=kind, about=about, tag=Tag.RESTRICTIONS_RECONCILED, ref=about, by=by, at=at)


def _district(place: str) -> str:
    territory = codes.territory(place)
    return codes.up_to(territory, codes.Level.DISTRICT) or territory

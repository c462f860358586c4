"""Two ids that are one person: found, merged by somebody, and taken apart again when that was wrong.

A person is an id. Another name, or another identity number, of the same id is the same person; the same identity number
under two ids, or the same name, birth and telephone, is a hint that somebody looks at. Merging moves what stood under the
dropped id, and notes each row moved, so that it can be undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.investigation import grades, joining, measures, same
from bulou.investigation.models import Case, Contact, Merge
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.people.models import Resident

_CHUNK = 500  # values in one statement


@dataclass(frozen=True, slots=True)
class Twin:
    """Two ids that may be one person, and what they have in common."""

    first: str
    second: str
    why: str  # identity_number, or name_birth_phone


def duplicates(reader: Actor) -> list[Twin]:
    """Ids of cases and contacts that may be somebody known under another id; who was taken apart once is not shown again."""
    permit(reader, Operation.SEE_CONTACTS)
    mine = set(Case.objects.filter(within(reader, "place_code"), merged_into=None).values_list("person_id", flat=True))
    mine |= set(Contact.objects.filter(within(reader, "place_code")).values_list("person_id", flat=True))
    known = set(Merge.objects.values_list("kept", "dropped"))
    found: dict[tuple[str, str], Twin] = {}
    for people in _chunks(sorted(mine)):
        for one in _twins(reader, people):
            pair = (one.first, one.second)
            if pair not in known and pair[::-1] not in known:
                found.setdefault(pair, one)
    return sorted(found.values(), key=lambda one: (one.first, one.second))


def _chunks(people: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(people), _CHUNK):
        yield people[start : start + _CHUNK]


def _twins(reader: Actor, people: list[str]) -> Iterator[Twin]:
    here = list(Resident.objects.filter(pk__in=people))
    visible = Resident.objects.filter(within(reader, "place_code"))
    by_number = defaultdict(list)
    for row in visible.filter(identity_number__in={row.identity_number for row in here if row.identity_number}):
        by_number[row.identity_kind, row.identity_number].append(row.pk)
    by_name = defaultdict(list)
    for row in visible.filter(
        name__in={row.name for row in here if row.name and row.birth_on and row.phone}, birth_on__isnull=False
    ).exclude(phone=""):
        by_name[row.name, row.birth_on, row.phone].append(row.pk)
    for row in here:
        yield from _pairs(row.pk, by_number.get((row.identity_kind, row.identity_number), ()), "identity_number")
        yield from _pairs(row.pk, by_name.get((row.name, row.birth_on, row.phone), ()), "name_birth_phone")


def _pairs(person: str, others: Iterable[str], why: str) -> Iterator[Twin]:
    for other in others:
        if other != person:
            yield Twin(min(person, other), max(person, other), why)


@transaction.atomic
def merge_people(*, kept: str, dropped: str, reason: str, by: Actor, at: datetime) -> Merge:
    """What stands under ``dropped`` is ``kept``'s from now on; later results and lists that name it are ``kept``'s too."""
    permit(by, Operation.MERGE_PEOPLE)
    if kept == dropped:
        message = "name two ids"
        raise InputFault(message, column="dropped")
    if not reason.strip():
        message = "say why the two are one person"
        raise InputFault(message, column="reason", remedy="Who compared what: documents, a telephone call, a face.")
    _require_free(kept, dropped)
    _require_mine(by, kept, dropped)
    moved = joining.join(kept=kept, dropped=dropped, by=by, at=at)
    made = Merge.objects.create(
        kept=kept, dropped=dropped, reason=reason.strip()[:300], moved=moved, merged_at=at,
        merged_by=f"{by.name} · {by.unit}"[:120],
    )  # fmt: skip
    _record(Tag.PEOPLE_MERGED, made, {"reason": reason.strip()}, by=by, at=at)
    _settle(kept, dropped, why=f"{Tag.PEOPLE_MERGED} {made.pk}", by=by, at=at)
    return made


def _require_free(kept: str, dropped: str) -> None:
    standing = Merge.objects.filter(undone_at=None)
    if standing.filter(dropped=dropped).exists():
        message = f"{dropped} is merged already"
        raise Refused(message, code="merged", column="dropped", remedy="Undo that merge first.")
    if same.person(kept) != kept:
        message = f"{kept} is itself {same.person(kept)}"
        raise Refused(message, code="merged", column="kept", remedy=f"Merge into {same.person(kept)}.")


def _require_mine(by: Actor, *people: str) -> None:
    """Both ids must be known in the actor's jurisdiction."""
    for person in people:
        places = [
            *Resident.objects.filter(pk=person).values_list("place_code", flat=True),
            *Case.objects.filter(person_id=person).values_list("place_code", flat=True),
            *Contact.objects.filter(person_id=person).values_list("place_code", flat=True),
        ]
        if not places:
            message = "no such record"
            raise NotFound(message, remedy="Check the identifier.")
        permit(by, Operation.MERGE_PEOPLE, *places)


@transaction.atomic
def undo_merge(*, merge: int, why: str, by: Actor, at: datetime) -> Merge:
    """The two are not one person: every row that the merge moved goes back; what came later stays with ``kept``."""
    row = Merge.objects.select_for_update(of=("self",)).filter(pk=merge).first()
    if row is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    _require_mine(by, row.kept)
    if row.undone_at is not None:
        return row
    if not why.strip():
        message = "say why they are two"
        raise InputFault(message, column="why")
    joining.part(row, by=by, at=at)
    row.undone_at, row.undone_by, row.undone_why = at, f"{by.name} · {by.unit}"[:120], why.strip()[:300]
    row.save(update_fields=("undone_at", "undone_by", "undone_why"))
    _record(Tag.PEOPLE_UNMERGED, row, {"why": why.strip()}, by=by, at=at)
    _settle(row.kept, row.dropped, why=f"{Tag.PEOPLE_UNMERGED} {row.pk}", by=by, at=at)
    return row


def _settle(kept: str, dropped: str, *, why: str, by: Actor, at: datetime) -> None:
    """Grade anew what stands under either id, and make what is owed follow."""
    people = (kept, dropped)
    stand = Contact.objects.filter(Q(person_id__in=people) | Q(case__person_id__in=people), status="active")
    grades.regrade(list(stand.values_list("pk", flat=True)), why=why, by=by, at=at)
    measures.derive(people, because=why, by=by, at=at)


def _record(tag: Tag, row: Merge, data: dict[str, object], *, by: Actor, at: datetime) -> None:
    ledger.record(
        tag=tag,
        subject=f"merge:{row.pk}",
        unit=by.unit,
        by=by,
        at=at,
        data=data,
        personal={"kept": row.kept, "dropped": row.dropped},
    )

"""Moving the rows of two ids together, each move noted, and apart again. Used by merging only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many
from bulou.investigation.choices import CaseStatus, ContactStatus
from bulou.investigation.models import Case, CaseLink, Contact, Exposure, Merge
from bulou.investigation.rules import CHASED, DIAGNOSED, REPORTED, case_about
from bulou.kernel.actor import Actor

OWED = (CHASED, DIAGNOSED, REPORTED)
_WHY = "merged into the same person"
Moves = dict[str, Any]


def join(*, kept: str, dropped: str, by: Actor, at: datetime) -> Moves:
    """Move what stands under ``dropped`` to ``kept``; returns what was moved, as plain values."""
    moves: Moves = {
        "cases": [], "merged": [], "duties": [], "contact_person": [], "contact_case": [], "exposures": [], "ended": [],
        "links": [], "links_withdrawn": [],
    }  # fmt: skip
    _cases(kept, dropped, moves, by=by, at=at)
    _contacts(kept, dropped, moves, at=at)
    return moves


def _cases(kept: str, dropped: str, moves: Moves, *, by: Actor, at: datetime) -> None:
    """Of two open cases the earlier stays; closed ones only change their person."""
    rows = Case.objects.select_for_update(of=("self",)).filter(merged_into=None)
    open_rows = rows.filter(released_at=None).exclude(status=CaseStatus.EXCLUDED)
    mine, other = open_rows.filter(person_id=kept).first(), open_rows.filter(person_id=dropped).first()
    if mine is not None and other is not None:
        stays, goes = sorted((mine, other), key=lambda row: (row.detected_at, row.pk))
        _merge_case(stays, goes, moves, by=by, at=at)
    for row in rows.filter(person_id=dropped):
        row.person_id = kept
        row.save(update_fields=("person_id",))
        moves["cases"].append(row.pk)


def _merge_case(stays: Case, goes: Case, moves: Moves, *, by: Actor, at: datetime) -> None:
    goes.merged_into = stays
    goes.save(update_fields=("merged_into",))
    moves["merged"].append(goes.pk)
    for kind in OWED:
        if duties.supersede_by_fact(kind=kind, about=case_about(goes.pk), successor=f"{_WHY}: {stays.pk}", by=by, at=at):
            moves["duties"].append([kind, goes.pk])
    there = {row.person_id: row for row in Contact.objects.filter(case=stays)}
    for contact in Contact.objects.select_for_update(of=("self",)).filter(case=goes).order_by("code"):
        twin = there.get(contact.person_id)
        if twin is not None:
            _fold(contact, twin, moves, at=at)
        else:
            contact.case = stays
            contact.save(update_fields=("case",))
            Exposure.objects.filter(contact=contact).update(case=stays)
            moves["contact_case"].append([contact.pk, goes.pk])
    _links(stays, goes, moves, at=at)


def _links(stays: Case, goes: Case, moves: Moves, *, at: datetime) -> None:
    standing = CaseLink.objects.filter(withdrawn_at=None)
    pairs = set(standing.values_list("infector_id", "case_id"))
    for column in ("infector", "case"):
        for link in standing.filter(**{column: goes}).order_by("pk"):
            setattr(link, column, stays)
            pair = (link.infector_id, link.case_id)
            if pair[0] == pair[1] or pair in pairs:
                CaseLink.objects.filter(pk=link.pk).update(withdrawn_at=at, withdrawn_why=_WHY)
                moves["links_withdrawn"].append(link.pk)
                continue
            pairs.add(pair)
            link.save(update_fields=(column,))
            moves["links"].append([link.pk, column, goes.pk])


def _contacts(kept: str, dropped: str, moves: Moves, *, at: datetime) -> None:
    """Contacts of the dropped id become the kept one's; where both are contacts of a case, one takes both exposures."""
    there = {row.case_id: row for row in Contact.objects.filter(person_id=kept)}
    for contact in Contact.objects.select_for_update(of=("self",)).filter(person_id=dropped).order_by("code"):
        twin = there.get(contact.case_id)
        if twin is not None:
            _fold(contact, twin, moves, at=at)
        else:
            contact.person_id = kept
            contact.save(update_fields=("person_id",))
            moves["contact_person"].append(contact.pk)
    case = (
        Case.objects.filter(person_id=kept, released_at=None, merged_into=None).exclude(status=CaseStatus.EXCLUDED).first()
    )  # fmt: skip
    if case is None:
        return
    for contact in Contact.objects.filter(person_id=kept, status=ContactStatus.ACTIVE).exclude(case=case):
        moves["ended"].append([contact.pk, contact.status, ""])
        Contact.objects.filter(pk=contact.pk).update(
            status=ContactStatus.BECAME_CASE, became=case, ended_at=at, end_reason="is a case already"
        )


def _fold(contact: Contact, twin: Contact, moves: Moves, *, at: datetime) -> None:
    """The twin takes the exposures that it does not have; the contact ends, saying why."""
    has = set(twin.exposures.filter(withdrawn_at=None).values_list("setting", "place", "from_at"))
    for one in contact.exposures.filter(withdrawn_at=None):
        if (one.setting, one.place, one.from_at) in has:
            continue
        moves["exposures"].append([one.pk, contact.pk, one.case_id])
        Exposure.objects.filter(pk=one.pk).update(contact=twin, case_id=twin.case_id)
    if contact.status == ContactStatus.ACTIVE:
        moves["ended"].append([contact.pk, contact.status, ""])
        Contact.objects.filter(pk=contact.pk).update(status=ContactStatus.WITHDRAWN, ended_at=at, end_reason=_WHY)


def part(merge: Merge, *, by: Actor, at: datetime) -> None:
    """Put back every row that the merge moved."""
    moves: Moves = merge.moved
    Contact.objects.filter(pk__in=[pk for pk, *_ in moves["ended"]]).update(
        status=ContactStatus.ACTIVE, ended_at=None, end_reason="", became=None
    )
    for pk, contact, case in moves["exposures"]:
        Exposure.objects.filter(pk=pk).update(contact=contact, case=case)
    Contact.objects.filter(pk__in=moves["contact_person"]).update(person_id=merge.dropped)
    for pk, case in moves["contact_case"]:
        Contact.objects.filter(pk=pk).update(case=case)
        Exposure.objects.filter(contact=pk).update(case=case)
    for pk, column, case in moves["links"]:
        CaseLink.objects.filter(pk=pk).update(**{column: case})
    CaseLink.objects.filter(pk__in=moves["links_withdrawn"]).update(withdrawn_at=None, withdrawn_why="")
    Case.objects.filter(pk__in=moves["cases"]).update(person_id=merge.dropped)
    Case.objects.filter(pk__in=moves["merged"]).update(merged_into=None)
    _owe_again(moves["duties"], by=by, at=at)


def _owe_again(kinds: list[list[str]], *, by: Actor, at: datetime) -> None:
    """What the merged case owed is owed again, with the clock that it had."""
    owed = []
    for kind, code in kinds:
        before = (
            Duty.objects.filter(kind=kind, about=case_about(code), state=DutyState.SUPERSEDED).order_by("-closed_at").first()
        )
        if before is not None:
            owed.append(
                Owed(
                    kind=kind,
                    about=before.about,
                    label=before.label,
                    place_code=before.place_code,
                    owners={"explicit": before.owner_id},
                    facts={name: datetime.fromisoformat(text) for name, text in before.facts.items()},
                )
            )
    open_many(owed, by=by, at=at)

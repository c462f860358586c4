"""Cases entered from a line list (病例一览表): another district's, a laboratory's, or history for study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import covers, permit
from bulou.duties import rows
from bulou.investigation import ending, interviews, same
from bulou.investigation.choices import CaseStatus, FoundWhere
from bulou.investigation.models import Case
from bulou.investigation.rules import case_about
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, Conflict, InputFault, NotFound
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


class Entered(StrEnum):
    """What became of a line."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSeen:
    """One line; what is None or blank says nothing, and leaves what stands as it is."""

    code: str
    person_id: str
    place_code: str
    status: CaseStatus | None = None
    tube_id: str = ""
    sampled_at: datetime | None = None
    detected_at: datetime | None = None
    diagnosed_at: datetime | None = None
    reported_at: datetime | None = None
    released_at: datetime | None = None
    found_where: FoundWhere | None = None
    onset_on: date | None = None
    exposed_from_on: date | None = None
    exposed_until_on: date | None = None
    infected_where: str = ""
    facility: str = ""
    age: int | None = None
    sex: str = ""
    outcome: str = ""
    died_on: date | None = None


# What a line may change of a case that stands. Status and instants have actions of their own, with a reason.
DESCRIBED = (
    "found_where", "onset_on", "exposed_from_on", "exposed_until_on", "infected_where", "facility", "age", "sex", "outcome",
    "died_on",
)  # fmt: skip
FIXED = (
    "person_id", "place_code", "status", "tube_id", "sampled_at", "detected_at", "diagnosed_at", "reported_at", "released_at",
)  # fmt: skip


@transaction.atomic
def enter_cases(*, seen: Sequence[CaseSeen], by: Actor, at: datetime) -> list[Entered | BulouError]:
    """Enter a line list's cases; one answer for each, in order. One line's fault never undoes another's.

    A case detected lately and not released opens what every case opens (chase, diagnosis, report); an old one is
    history, and nobody owes anything because of it.
    """
    permit(by, Operation.CHASE_CASE)
    now = same.persons({one.person_id for one in seen})
    stand = {
        row.pk: row
        for row in Case.objects.select_for_update(of=("self",)).filter(pk__in=[one.code for one in seen]).order_by("code")
    }
    open_of = dict(
        Case.objects.filter(person_id__in=list(now.values()), released_at=None, merged_into=None)
        .exclude(status=CaseStatus.EXCLUDED)
        .values_list("person_id", "code")
    )
    answers: list[Entered | BulouError] = []
    fresh: list[Case] = []
    for one in seen:
        try:
            row = stand.get(one.code)
            if row is not None:
                answers.append(_update(row, one, now[one.person_id], by=by, at=at))
                continue
            made = _made(one, now[one.person_id], by=by, at=at)
            already = open_of.get(made.person_id)
            if already and made.released_at is None:
                _require_new(one, already)
        except BulouError as fault:
            answers.append(fault)
            continue
        stand[one.code] = made
        if made.released_at is None:
            open_of[made.person_id] = made.code
        fresh.append(made)
        answers.append(Entered.CREATED)
    Case.objects.bulk_create(fresh, batch_size=200)
    _follow(fresh, by=by, at=at)
    return answers


def _made(one: CaseSeen, person: str, *, by: Actor, at: datetime) -> Case:
    status = one.status or CaseStatus.PRELIMINARY
    place = one.place_code or codes.territory(by.unit)
    if not codes.is_place(place):
        message = f"{place!r} is not a place code"
        raise InputFault(message, column="place_code", remedy="Write the code of a division, building or floor.")
    if not covers(by, place):
        message = f"{place} lies outside of your jurisdiction"
        raise NotFound(message, column="place_code", remedy="Let the unit of that place enter it.")
    instants = [one.detected_at, one.reported_at, one.diagnosed_at, one.sampled_at]
    detected = next((instant for instant in instants if instant is not None), None)
    if detected is None:
        message = "the line has no instant: detected, reported, diagnosed or sampled"
        raise InputFault(message, column="detected_at", remedy="Give one of them.")
    if detected > at:
        message = "the case lies in the future"
        raise InputFault(message, column="detected_at", remedy=f"Give an instant before {at.isoformat()}.")
    diagnosed = status is not CaseStatus.PRELIMINARY
    described = {name: getattr(one, name) for name in DESCRIBED if name != "found_where"}
    return Case(
        code=one.code,
        person_id=person,
        place_code=place,
        tube_id=one.tube_id,
        sampled_at=one.sampled_at,
        detected_at=detected,
        diagnosed_at=(one.diagnosed_at or detected) if diagnosed else None,
        diagnosed_as=status.value if diagnosed else "",
        reported_at=one.reported_at,
        released_at=one.released_at,
        status=status.value,
        found_where=(one.found_where or FoundWhere.UNKNOWN).value,
        **described,
    )


def _require_new(one: CaseSeen, already: str) -> None:
    message = f"{one.person_id} is the open case {already}"
    raise Conflict(message, column="person_id", remedy="Give the line that case's id, or release that case first.")


def _update(row: Case, one: CaseSeen, person: str, *, by: Actor, at: datetime) -> Entered:
    """Take what a line adds to a case that stands; ``Conflict`` on what only an action with a reason may change."""
    if not covers(by, row.place_code):
        message = f"no case {one.code!r}"
        raise NotFound(message, column="case_id", remedy="Check the identifier.")
    given = _given(one) | {"person_id": person}
    for name in FIXED:
        if name in given and given[name] != getattr(row, name):
            message = f"{row.pk} stands with another {name}"
            raise Conflict(message, column=name, remedy="Diagnose, reclassify, report, release or merge it by its own action.")
    changed = {name: given[name] for name in DESCRIBED if name in given and given[name] != getattr(row, name)}
    if not changed:
        return Entered.UNCHANGED
    onset = changed.pop("onset_on", None)
    if changed:
        before = {name: getattr(row, name) for name in changed}
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(update_fields=tuple(changed))
        ledger.record(
            tag=Tag.CASE_CORRECTED,
            subject=case_about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data={"from": before, "to": changed},
        )
    if isinstance(onset, date):
        interviews.set_onset(row, onset, by=by, at=at)
    return Entered.UPDATED


def _given(one: CaseSeen) -> dict[str, object]:
    """What the line says, as the columns hold it."""
    found: dict[str, object] = {}
    for column in fields(one):
        value = getattr(one, column.name)
        if value not in (None, "") and column.name != "code":
            found[column.name] = value.value if isinstance(value, StrEnum) else value
    return found


def _follow(fresh: Sequence[Case], *, by: Actor, at: datetime) -> None:
    since = at - rows.pack_now(clock.day_of(at)).span("chase_history")
    ledger.record_many(
        ledger.Draft(
            tag=Tag.CASE_ENTERED if row.released_at or row.detected_at < since else Tag.CASE_OPENED,
            subject=case_about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data=_said(row),
            personal={"person_id": row.person_id},
        )
        for row in fresh
    )
    for row in fresh:
        if row.released_at is None and row.detected_at >= since:
            ending.became_case_by_fact(row, by=by, at=at)


def _said(row: Case) -> Mapping[str, object]:
    return {
        "tube": row.tube_id,
        "sampled_at": row.sampled_at,
        "detected_at": row.detected_at,
        "status": row.status,
        "line_list": True,
    }

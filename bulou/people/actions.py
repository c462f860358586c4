"""The only writers of residents, beside the files that ``exchange`` takes by set.

A new name, a new number, papers for a newborn: the person stays the same, under the same ``person_id``. Who comes, goes,
is born or dies moves the base number of a community, with the cause beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import covers, permit
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, NotFound, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.people import drift, rules
from bulou.people.choices import DriftCause, IdentityKind, Vulnerability
from bulou.people.models import Resident
from bulou.places.models import Division

ENTERED = frozenset({DriftCause.REGISTERED, DriftCause.ARRIVED, DriftCause.FOUND})


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is entered of a person; None leaves a field as it is (or empty, for somebody new)."""

    name: str | None = None
    identity_kind: str | None = None
    identity_number: str | None = None
    birth_on: date | None = None
    phone: str | None = None
    household_id: str | None = None
    vulnerable: str | None = None
    guardian_id: str | None = None


_LENGTHS = {"name": 80, "phone": 32, "household_id": 40, "guardian_id": 40}


@transaction.atomic
def register_resident(
    *,
    person_id: str,
    place_code: str,
    by: Actor,
    at: datetime,
    about: About | None = None,
    cause: DriftCause = DriftCause.REGISTERED,
    since_on: date | None = None,
) -> Resident:
    """Enter somebody who stays here: for the first time, arrived, or found by a comparison (比对新发现).

    ``Conflict`` when the id is taken, or the document is of somebody whom the actor already has.
    """
    permit(by, Operation.KEEP_PEOPLE, place_code)
    if cause not in ENTERED:
        message = f"nobody is entered as {cause}"
        raise InputFault(message, column="cause", remedy=f"Causes: {', '.join(sorted(ENTERED))}.")
    _require_place(place_code)
    if not person_id or len(person_id) > 40:  # noqa: PLR2004 - the column's length
        message = "the id is blank or longer than 40 characters"
        raise InputFault(message, column="person_id", remedy="Give the id that rosters use.")
    if Resident.objects.filter(pk=person_id).exists():
        message = "this person_id is taken"
        raise Conflict(message, column="person_id", remedy="Find the person, or give another id.")
    row = Resident(person_id=person_id, place_code=place_code, since_on=since_on, identity_kind=IdentityKind.NONE.value)
    _fill(row, about or About(), by=by, at=at)
    row.save(force_insert=True)
    entry = _record(Tag.RESIDENT_REGISTERED, row, by=by, at=at, data={"cause": cause}, personal=_personal(row))
    drift.note_one(row.place_code, cause, 1, at=at, source=f"entry:{entry.pk}")
    return row


@transaction.atomic
def record_birth(
    *, person_id: str, guardian_id: str, birth_on: date, by: Actor, at: datetime, name: str = "", place_code: str = ""
) -> Resident:
    """Enter a newborn without papers (新生儿) with who cares for it; place and household are the guardian's."""
    guardian = _locked(guardian_id, by)
    if guardian.left_on is not None:
        message = "the guardian does not stay here any more"
        raise Refused(message, column="guardian_id", remedy="Name somebody who stays with the child.")
    if Resident.objects.filter(pk=person_id).exists() or not person_id:
        message = "this person_id is taken" if person_id else "the id is blank"
        raise Conflict(message, column="person_id", remedy="Give the child an id of its own.")
    row = Resident(person_id=person_id, place_code=place_code or guardian.place_code, since_on=birth_on, identity_kind="none")
    permit(by, Operation.KEEP_PEOPLE, row.place_code)
    _require_place(row.place_code)
    about = About(
        name=name, identity_kind=IdentityKind.NEWBORN.value, identity_number="", birth_on=birth_on,
        household_id=guardian.household_id, guardian_id=guardian_id,
    )  # fmt: skip
    _fill(row, about, by=by, at=at)
    row.save(force_insert=True)
    entry = _record(Tag.RESIDENT_REGISTERED, row, by=by, at=at, data={"cause": DriftCause.BORN}, personal=_personal(row))
    drift.note_one(row.place_code, DriftCause.BORN, 1, at=at, source=f"entry:{entry.pk}")
    return row


@transaction.atomic
def change_resident(*, person_id: str, by: Actor, at: datetime, about: About, place_code: str = "") -> Resident:
    """Correct or complete what is known, or move somebody; both the old and the new place must be the actor's.

    The same again changes nothing and records nothing.
    """
    row = _locked(person_id, by)
    before = _personal(row)
    was_at = row.place_code
    if place_code and place_code != was_at:
        permit(by, Operation.KEEP_PEOPLE, place_code)
        _require_place(place_code)
        row.place_code = place_code
    _fill(row, about, by=by, at=at)
    after = _personal(row)
    changed = sorted(name for name, value in after.items() if before[name] != value)
    if not changed:
        return row
    row.save()
    entry = _record(
        Tag.RESIDENT_CHANGED, row, by=by, at=at, data={"changed": changed},
        personal={name: [before[name], after[name]] for name in changed},
    )  # fmt: skip
    if row.left_on is None:
        drift.note_move(was_at, row.place_code, at=at, source=f"entry:{entry.pk}")
    return row


@transaction.atomic
def record_departure(*, person_id: str, on: date, by: Actor, at: datetime) -> Resident:
    """Somebody left the city, or stays where nobody knows; rosters drawn from that day on leave the person out."""
    return _end(person_id, on, DriftCause.LEFT, by=by, at=at)


@transaction.atomic
def record_death(*, person_id: str, on: date, by: Actor, at: datetime) -> Resident:
    """Somebody died."""
    return _end(person_id, on, DriftCause.DIED, by=by, at=at)


@transaction.atomic
def strike_resident(*, person_id: str, reason: str, by: Actor, at: datetime, same_as: str = "") -> Resident:
    """Take out somebody who was entered twice (重复剔除; ``same_as`` is the entry that stays) or by mistake.

    Nothing is deleted: the row stays, off every base number, with the reason in the ledger.
    """
    if not reason.strip():
        message = "a reason is needed"
        raise InputFault(message, column="reason", remedy="Say how it was found.")
    if same_as:
        if same_as == person_id:
            message = "this is the same entry"
            raise InputFault(message, column="same_as", remedy="Name the other entry of this person.")
        kept = _locked(same_as, by)
        if kept.left_on is not None:
            message = "the entry that should stay is itself gone"
            raise Refused(message, column="same_as", remedy="Keep the one that stands.")
    cause = DriftCause.DUPLICATE if same_as else DriftCause.CORRECTED
    return _end(person_id, clock.day_of(at), cause, by=by, at=at, same_as=same_as, reason=reason)


@transaction.atomic
def record_return(*, person_id: str, by: Actor, at: datetime, place_code: str = "") -> Resident:
    """Somebody who had left, or was struck by mistake, stays here again; nobody returns from death by this door."""
    row = _locked(person_id, by)
    if row.left_on is None:
        return row
    if row.left_cause == DriftCause.DIED:
        message = "a death is recorded for this person"
        raise Refused(message, code="died", remedy="If it is an error, enter the person anew under another id.")
    if place_code:
        permit(by, Operation.KEEP_PEOPLE, place_code)
        _require_place(place_code)
        row.place_code = place_code
    struck = row.left_cause in {DriftCause.DUPLICATE, DriftCause.CORRECTED}
    cause = DriftCause.CORRECTED if struck else DriftCause.ARRIVED
    row.left_on, row.left_cause = None, ""
    row.save(update_fields=("left_on", "left_cause", "place_code"))
    entry = _record(Tag.RESIDENT_RETURNED, row, by=by, at=at, data={"cause": cause}, personal={"person_id": row.pk})
    drift.note_one(row.place_code, cause, 1, at=at, source=f"entry:{entry.pk}")
    return row


def _end(
    person_id: str, on: date, cause: DriftCause, *, by: Actor, at: datetime, same_as: str = "", reason: str = ""
) -> Resident:
    row = _locked(person_id, by)
    if row.left_on is not None:
        if row.left_cause == cause and row.left_on == on:
            return row
        message = "this person is gone already"
        raise Conflict(message, code="gone", remedy="Record the return first if that was wrong.")
    if on > clock.day_of(at) or (row.since_on is not None and on < row.since_on):
        message = f"{on.isoformat()} lies in the future, or before the person came"
        raise InputFault(message, column="on", remedy="Record it when it has happened.")
    row.left_on, row.left_cause = on, cause.value
    row.save(update_fields=("left_on", "left_cause"))
    entry = _record(
        Tag.RESIDENT_ENDED, row, by=by, at=at, data={"cause": cause},
        personal={"person_id": row.pk, "on": on, "same_as": same_as, "reason": reason[:300]},
    )  # fmt: skip
    drift.note_one(row.place_code, cause, -1, at=at, source=f"entry:{entry.pk}")
    return row


def _locked(person_id: str, by: Actor) -> Resident:
    """The person's row, locked; somebody of another jurisdiction answers like nobody."""
    row = Resident.objects.select_for_update(no_key=True).filter(pk=person_id).first()
    permit(by, Operation.KEEP_PEOPLE)
    if row is None or not covers(by, row.place_code):
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return row


def _require_place(place_code: str) -> None:
    if len(place_code) < drift.COMMUNITY or not codes.is_place(place_code):
        message = f"{place_code!r} is not the code of a community or deeper"
        raise InputFault(message, column="place_code", remedy="Give 12 digits, and -0003-012 for building 3, floor 12.")
    if not Division.objects.filter(pk=place_code[: drift.COMMUNITY]).exists():
        message = "no such community"
        raise InputFault(message, column="place_code", remedy="Check the code against the divisions.")


def _fill(row: Resident, about: About, *, by: Actor, at: datetime) -> None:
    """Put what is given onto the row, checked; the document is judged as it will stand."""
    for field, most in _LENGTHS.items():
        value = getattr(about, field)
        if value is not None:
            if len(value) > most or "\x00" in value:
                message = f"longer than {most} characters, or no text"
                raise InputFault(message, column=field, remedy="Mend the field.")
            setattr(row, field, value.strip())
    if about.vulnerable is not None:
        row.vulnerable = _needs(about.vulnerable)
    kind = row.identity_kind if about.identity_kind is None else about.identity_kind
    number = row.identity_number if about.identity_number is None else about.identity_number
    if about.identity_kind is None and about.identity_number:
        kind = "" if kind in rules.WITHOUT_NUMBER else kind
    new_document = (kind, number) != (row.identity_kind, row.identity_number)
    found = rules.identity(
        kind=kind,
        number=number,
        birth_on=about.birth_on or (None if new_document else row.birth_on),
        guardian=row.guardian_id,
        today=clock.day_of(at),
    )
    born = found.birth_on or row.birth_on
    if born is not None and born > clock.day_of(at):
        message = "the birth date lies in the future"
        raise InputFault(message, column="birth_on", remedy="Check the date.")
    if new_document and found.number:
        _require_own(row, found.number, by)
    row.identity_kind, row.identity_number, row.birth_on = found.kind.value, found.number, born


def _require_own(row: Resident, number: str, by: Actor) -> None:
    """A document is one person's; only what the actor may see is said."""
    for other, place in Resident.objects.filter(identity_number=number, left_on=None).values_list("pk", "place_code"):
        if other != row.pk and covers(by, place):
            message = f"the identity number is entered already, as {other}"
            raise Conflict(
                message, code="same-number", column="identity_number", remedy="It is the same person: change that entry."
            )


def _needs(given: str) -> str:
    known = {need.value for need in Vulnerability}
    found = [need for need in dict.fromkeys(given.replace(",", ";").split(";")) if need]
    unknown = [need for need in found if need not in known]
    if unknown:
        message = f"{unknown[0]!r} is not a need"
        raise InputFault(message, column="vulnerable", remedy=f"Needs: {', '.join(sorted(known))}.")
    return ";".join(found)


def _personal(row: Resident) -> dict[str, object]:
    fields = (
        "person_id", "name", "identity_kind", "identity_number", "birth_on", "phone", "place_code", "household_id",
        "vulnerable", "guardian_id",
    )  # fmt: skip
    return {field: getattr(row, field) for field in fields}


def _record(tag: Tag, row: Resident, *, by: Actor, at: datetime, data: dict[str, object], personal: dict[str, object]) -> Entry:
    return ledger.record(
        tag=tag, subject=f"person:{row.pk}", unit=row.place_code[: drift.COMMUNITY], by=by, at=at, data=data, personal=personal
    )

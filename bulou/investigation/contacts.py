"""Listing contacts (列出密接) and their exposures; the grade and what is owed follow in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.investigation import grades, measures, same
from bulou.investigation.actions import permitted
from bulou.investigation.choices import CaseStatus, ContactStatus, ExposureSource, Grade, Setting
from bulou.investigation.models import Case, Contact, Exposure
from bulou.investigation.rules import CHASED, case_about
from bulou.investigation.rules.grading import SAID_OUTSIDE
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.people.models import Resident


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSeen:
    """Somebody near a case, once: who, in which setting, from when until when.

    ``through`` is the code of the close contact between, for a contact of a contact. Several of one person are several
    exposures of one contact.
    """

    person_id: str
    setting: Setting
    from_at: datetime
    until_at: datetime
    place: str = ""
    minutes: float | None = None
    protected: bool = False
    source: ExposureSource = ExposureSource.INTERVIEW
    through: str = ""
    place_code: str = ""  # place of stay, where it is known better than by the register


@dataclass(frozen=True, slots=True)
class Listed:
    """A contact, and whether this act listed it or added an exposure to it."""

    contact: Contact
    created: bool
    exposed: bool


def list_contact(
    *,
    case: str,
    person_id: str,
    setting: Setting,
    from_at: datetime,
    until_at: datetime,
    by: Actor,
    at: datetime,
    place: str = "",
    minutes: float | None = None,
    protected: bool = False,
    source: ExposureSource = ExposureSource.INTERVIEW,
    through: str = "",
    place_code: str = "",
) -> Contact:
    """List one contact of a case; listed again, the exposure is added to it. Returns it graded."""
    seen = ContactSeen(
        person_id=person_id, setting=setting, from_at=from_at, until_at=until_at, place=place, minutes=minutes,
        protected=protected, source=source, through=through, place_code=place_code,
    )  # fmt: skip
    return list_contacts(case=case, seen=[seen], by=by, at=at)[0].contact


@transaction.atomic
def list_contacts(*, case: str, seen: Sequence[ContactSeen], by: Actor, at: datetime) -> list[Listed]:
    """List the contacts of a case as a set; one answer per person, in the order in which they are first named."""
    row = permitted(case, by, Operation.CHASE_CASE, CHASED)
    _require_listable(row)
    now = same.persons({one.person_id for one in seen})
    by_person: dict[str, list[ContactSeen]] = defaultdict(list)
    for one in seen:
        _check(one, at=at)
        by_person[now[one.person_id]].append(one)
    if row.person_id in by_person:
        message = f"{row.person_id} is the case itself"
        raise InputFault(message, column="person_id", remedy="Name the other person.")
    through = _through(row, {one.through for one in seen if one.through})
    known = _known(row, by_person)
    fresh = _new(row, {person: ones for person, ones in by_person.items() if person not in known}, through, by=by, at=at)
    contacts = known | fresh
    exposed = _expose(row, contacts, by_person, by=by, at=at)
    _again([one for person, one in known.items() if person in exposed], at=at)
    grades.regrade([one.pk for one in contacts.values()], why=f"{Tag.CONTACT_LISTED} {row.pk}", by=by, at=at)
    stand = Contact.objects.in_bulk([one.pk for one in contacts.values()])
    return [Listed(stand[contacts[person].pk], person in fresh, person in exposed) for person in by_person]


def _require_listable(row: Case) -> None:
    if row.status == CaseStatus.EXCLUDED or row.merged_into_id:
        message = "the case is excluded or merged into another"
        raise Refused(message, code="case-ended", remedy="List the contacts of the case that stands.")


def _check(one: ContactSeen, *, at: datetime) -> None:
    if not one.person_id.strip() or len(one.person_id) > 40:  # noqa: PLR2004 - the column's length
        message = "the person's id is blank or longer than 40 characters"
        raise InputFault(message, column="person_id")
    if one.until_at <= one.from_at:
        message = "an exposure ends after it begins"
        raise InputFault(message, column="until_at", remedy="Give the end of the meeting.")
    if one.from_at > at:
        message = "an exposure lies in the past"
        raise InputFault(message, column="from_at", remedy=f"Give an instant before {at.isoformat()}.")
    if one.minutes is not None and one.minutes < 0:
        message = "minutes are not negative"
        raise InputFault(message, column="minutes")


def _through(row: Case, codes: Collection[str]) -> dict[str, Contact]:
    found = {one.pk: one for one in Contact.objects.filter(pk__in=list(codes), case=row)}
    missing = sorted(set(codes) - set(found))
    if missing:
        message = f"{missing[0]} is no contact of {row.pk}"
        raise NotFound(message, column="through", remedy="List the close contact first.")
    second = next((one for one in found.values() if one.through_id), None)
    if second is not None:
        message = f"{second.pk} is itself a contact of a contact"
        raise InputFault(message, column="through", remedy="The pack grades two rings: list it through the close contact.")
    return found


def _known(row: Case, people: Collection[str]) -> dict[str, Contact]:
    found = Contact.objects.select_for_update(of=("self",)).filter(case=row, person_id__in=list(people)).order_by("code")
    return {one.person_id: one for one in found}


def _new(
    row: Case, people: Mapping[str, Sequence[ContactSeen]], through: dict[str, Contact], *, by: Actor, at: datetime
) -> dict[str, Contact]:  # fmt: skip
    if not people:
        return {}
    stays = dict(Resident.objects.filter(pk__in=list(people)).values_list("person_id", "place_code"))
    cases = {
        one.person_id: one
        for one in Case.objects.filter(person_id__in=list(people), released_at=None, merged_into=None).exclude(
            status=CaseStatus.EXCLUDED
        )
    }
    fresh: dict[str, Contact] = {}
    for person, ones in people.items():
        already = cases.get(person)
        named = next((one for one in ones if one.through), None)
        fresh[person] = Contact(
            code=public_id("K", at),
            case=row,
            person_id=person,
            place_code=next((one.place_code for one in ones if one.place_code), "") or stays.get(person) or row.place_code,
            through=through[named.through] if named and not any(not one.through for one in ones) else None,
            grade=Grade.GENERAL.value,
            because="" if already is None else SAID_OUTSIDE,
            rule="",
            graded_at=at,
            status=ContactStatus.ACTIVE if already is None else ContactStatus.BECAME_CASE,
            became=already,
            ended_at=None if already is None else at,
            end_reason="" if already is None else "is a case already",
            last_exposed_at=max(one.until_at for one in ones),
            listed_at=at,
            listed_by=f"{by.name} · {by.unit}"[:120],
        )
    Contact.objects.bulk_create(fresh.values(), batch_size=500)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.CONTACT_LISTED,
            subject=f"contact:{one.pk}",
            unit=one.place_code,
            by=by,
            at=at,
            data={"case": row.pk, "through": one.through_id or ""},
            personal={"person_id": one.person_id},
        )
        for one in fresh.values()
    )
    return fresh


def _expose(
    row: Case, contacts: dict[str, Contact], by_person: Mapping[str, Sequence[ContactSeen]], *, by: Actor, at: datetime
) -> set[str]:  # fmt: skip
    """Add the exposures that are not there yet; returns whose they are."""
    stand = {
        (one.contact_id, one.setting, one.place, one.from_at)
        for one in Exposure.objects.filter(contact__in=[one.pk for one in contacts.values()], withdrawn_at=None)
    }
    made: list[Exposure] = []
    exposed: set[str] = set()
    for person, ones in by_person.items():
        for one in ones:
            key = (contacts[person].pk, one.setting.value, one.place, one.from_at)
            if key in stand:
                continue
            stand.add(key)
            exposed.add(person)
            made.append(
                Exposure(
                    case=row, contact=contacts[person], setting=one.setting.value, place=one.place[:160], from_at=one.from_at,
                    until_at=one.until_at, minutes=one.minutes, protected=one.protected, source=one.source.value,
                    recorded_at=at, recorded_by=f"{by.name} · {by.unit}"[:120],
                )
            )  # fmt: skip
    Exposure.objects.bulk_create(made, batch_size=500)
    if made:
        ledger.record(
            tag=Tag.EXPOSURE_RECORDED,
            subject=case_about(row.pk),
            unit=row.place_code,
            by=by,
            at=at,
            data={"exposures": [one.pk for one in made], "contacts": sorted({str(one.contact_id) for one in made})},
            # Apart and erasable: what happened to them is the ground on which each may be restricted.
            personal={"people": sorted(exposed)},
        )
    return exposed


def _again(contacts: Sequence[Contact], *, at: datetime) -> None:
    """Who was released or withdrawn and is exposed again stands again, listed anew."""
    ended = [one.pk for one in contacts if one.status in {ContactStatus.RELEASED, ContactStatus.WITHDRAWN}]
    if ended:
        Contact.objects.filter(pk__in=ended).update(
            status=ContactStatus.ACTIVE, ended_at=None, end_reason="", listed_at=at, hand_grade="", hand_reason="", hand_at=None
        )


@transaction.atomic
def correct_exposure(
    *,
    exposure: int,
    why: str,
    by: Actor,
    at: datetime,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    minutes: float | None = None,
    protected: bool | None = None,
    setting: Setting | None = None,
) -> Exposure:
    """An exposure was otherwise than recorded: the old row stays, withdrawn, a new one stands in its place."""
    old, row = _standing(exposure, by, why=why)
    new = Exposure(
        case_id=old.case_id,
        contact=row,
        setting=(setting or Setting(old.setting)).value,
        place=old.place,
        from_at=from_at or old.from_at,
        until_at=until_at or old.until_at,
        minutes=old.minutes if minutes is None else minutes,
        protected=old.protected if protected is None else protected,
        source=old.source,
        recorded_at=at,
        recorded_by=f"{by.name} · {by.unit}"[:120],
    )
    if new.until_at <= new.from_at:
        message = "an exposure ends after it begins"
        raise InputFault(message, column="until_at", remedy="Give the end of the meeting.")
    _withdraw(old, why=why, by=by, at=at)
    new.save()
    _record(Tag.EXPOSURE_RECORDED, row, {"exposure": new.pk, "instead_of": old.pk}, by=by, at=at)
    grades.regrade([row.pk], why=f"the exposure was corrected: {why.strip()}", by=by, at=at)
    return new


@transaction.atomic
def withdraw_exposure(*, exposure: int, why: str, by: Actor, at: datetime) -> Contact:
    """An exposure did not happen; with its last one the contact itself is withdrawn, and nothing is owed any more."""
    old, row = _standing(exposure, by, why=why)
    _withdraw(old, why=why, by=by, at=at)
    if not row.exposures.filter(withdrawn_at=None).exists():
        Contact.objects.filter(pk=row.pk).update(status=ContactStatus.WITHDRAWN, ended_at=at, end_reason=why.strip()[:300])
        measures.derive([row.person_id], because=f"the exposure was withdrawn: {why.strip()}", by=by, at=at)
    grades.regrade([row.pk], why=f"the exposure was withdrawn: {why.strip()}", by=by, at=at)
    row.refresh_from_db()
    return row


def _standing(exposure: int, by: Actor, *, why: str) -> tuple[Exposure, Contact]:
    found = Exposure.objects.select_for_update(of=("self",)).filter(pk=exposure, contact__isnull=False).first()
    if found is None or found.contact_id is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    row = grades.locked(found.contact_id, by, Operation.CHASE_CASE)
    grades.require_active(row)
    if found.withdrawn_at is not None:
        message = "the exposure is withdrawn"
        raise Refused(message, code="withdrawn", remedy="Correct the one that stands in its place.")
    if not why.strip():
        message = "a correction needs a reason"
        raise InputFault(message, column="why")
    return found, row


def _withdraw(old: Exposure, *, why: str, by: Actor, at: datetime) -> None:
    old.withdrawn_at, old.withdrawn_why = at, why.strip()[:300]
    old.save(update_fields=("withdrawn_at", "withdrawn_why"))
    _record(Tag.EXPOSURE_WITHDRAWN, old.contact, {"exposure": old.pk, "why": why.strip()}, by=by, at=at)


def _record(tag: Tag, row: Contact | None, data: dict[str, object], *, by: Actor, at: datetime) -> None:
    if row is not None:
        ledger.record(tag=tag, subject=f"contact:{row.pk}", unit=row.place_code, by=by, at=at, data=data)

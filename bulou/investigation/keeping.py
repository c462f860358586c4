"""What is done for a contact day by day: placed, tested, checked, told; each closes the duty that asked for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.duties import sets
from bulou.duties.choices import DutyState
from bulou.investigation import grades, measures
from bulou.investigation.choices import ContactStatus
from bulou.investigation.models import Contact, ContactDuty
from bulou.investigation.rules import owed as rules
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.units import queries as units

PLACED = (rules.HOME_QUARANTINED,)


@transaction.atomic
def place_contact(*, contact: str, by: Actor, at: datetime, kept_by: str = "", note: str = "") -> Contact:
    """The contact is where the grade wants it: taken over by an isolation site (``kept_by``), or at home and told so."""
    row = grades.locked(contact, by, Operation.CHECK_CONTACT)
    grades.require_active(row)
    if kept_by:
        units.unit(kept_by)
    placed_by_fact(people={row.person_id: kept_by}, ref=note.strip() or f"contact:{row.pk}", by=by, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def placed_by_fact(*, people: Mapping[str, str], ref: str, by: Actor, at: datetime) -> int:
    """These people (person id → the unit that keeps them, or blank: at home) are placed, by another room's fact.

    Their tests and checks pass to the unit that keeps them; the duty to place them is fulfilled. Who is no contact is
    left alone. Returns how many contacts that were.
    """
    stand = list(
        Contact.objects.select_for_update(of=("self",)).filter(person_id__in=list(people), status=ContactStatus.ACTIVE)
    )
    for row in stand:
        row.kept_by = people[row.person_id]
    Contact.objects.bulk_update(stand, ["kept_by"], batch_size=200)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.CONTACT_PLACED, subject=f"contact:{row.pk}", unit=row.place_code, by=by, at=at,
            data={"kept_by": row.kept_by, "ref": ref},
        )
        for row in stand
    )  # fmt: skip
    mine = {row.person_id for row in stand}
    _fulfil(_open(mine, PLACED), tag=Tag.CONTACT_PLACED, ref=ref, by=by, at=at)
    measures.pass_care(mine, by=by, at=at)
    return len(stand)


@transaction.atomic
def left_by_fact(*, people: Collection[str], ref: str, by: Actor, at: datetime) -> int:
    """These people are in nobody's care but their own home's again: tests and checks return to the community."""
    stand = Contact.objects.filter(person_id__in=list(people), status=ContactStatus.ACTIVE).exclude(kept_by="")
    moved = list(stand)
    stand.update(kept_by="")
    ledger.record_many(
        ledger.Draft(
            tag=Tag.CONTACT_KEPT, subject=f"contact:{row.pk}", unit=row.place_code, by=by, at=at,
            data={"from": row.kept_by, "ref": ref},
        )
        for row in moved
    )  # fmt: skip
    measures.pass_care({row.person_id for row in moved}, by=by, at=at)
    return len(moved)


@transaction.atomic
def check_contact(
    *, contact: str, day: date, temperature: float | None, symptoms: str, by: Actor, at: datetime
) -> Contact:  # fmt: skip
    """A day's temperature and symptoms (健康监测); what was found is personal, and erased by rule."""
    row = grades.locked(contact, by, Operation.CHECK_CONTACT)
    grades.require_active(row)
    if clock.day_bounds(day)[0] > at:
        message = "the day has not begun"
        raise InputFault(message, column="day", remedy="A check is of today or before.")
    if temperature is not None and not 30 <= temperature <= 45:  # noqa: PLR2004 - a body's temperature, °C
        message = f"{temperature} is no body temperature"
        raise InputFault(message, column="temperature", remedy="Write degrees Celsius, as 36.6.")
    ledger.record(
        tag=Tag.CONTACT_CHECKED,
        subject=f"contact:{row.pk}",
        unit=row.place_code,
        by=by,
        at=at,
        data={"day": day},
        personal={"temperature": temperature, "symptoms": symptoms},
    )
    _fulfil(
        _open({row.person_id}, (rules.CHECKED,), on=day), tag=Tag.CONTACT_CHECKED, ref=f"{row.pk} {day}", by=by, at=at
    )  # fmt: skip
    return row


@transaction.atomic
def checked_by_fact(*, people: Collection[str], day: date, ref: str, by: Actor, at: datetime) -> int:
    """These people were seen on a day by whoever keeps them: the day's check is done. Returns how many owed one."""
    due = _open(people, (rules.CHECKED,), on=day)
    _fulfil(due, tag=Tag.CONTACT_CHECKED, ref=ref, by=by, at=at)
    return len(due)


@transaction.atomic
def tell_contact(*, contact: str, by: Actor, at: datetime, how: str = "") -> Contact:
    """A general contact is told what to watch for (健康告知)."""
    row = grades.locked(contact, by, Operation.CHECK_CONTACT)
    grades.require_active(row)
    ledger.record(
        tag=Tag.CONTACT_TOLD, subject=f"contact:{row.pk}", unit=row.place_code, by=by, at=at, data={"how": how}
    )  # fmt: skip
    _fulfil(_open({row.person_id}, (rules.TOLD,)), tag=Tag.CONTACT_TOLD, ref=how or row.pk, by=by, at=at)
    return row


@transaction.atomic
def tested_by_fact(*, people: Collection[str], collected_at: datetime, ref: str, by: Actor, at: datetime) -> int:
    """These people were tested alone in a tube, with a result: the day's test is done. Returns how many owed one.

    A day's test may be answered on the day itself or later, by the latest sample; never by one taken before it.
    """
    day = clock.day_of(collected_at)
    due = [row for row in _open(people, (rules.TESTED,)) if day_of_duty(row) <= day]
    if not due:
        return 0
    by_contact: dict[str, list[ContactDuty]] = defaultdict(list)
    for row in due:
        by_contact[str(row.contact_id)].append(row)
    ledger.record_many(
        ledger.Draft(
            tag=Tag.CONTACT_TESTED, subject=f"contact:{code}", unit=rows[0].contact.place_code, by=by, at=at,
            data={"days": sorted(str(day_of_duty(row)) for row in rows), "ref": ref},
        )
        for code, rows in sorted(by_contact.items())
    )  # fmt: skip
    _fulfil(due, tag=Tag.CONTACT_TESTED, ref=ref, by=by, at=at)
    return len(by_contact)


def day_of_duty(row: ContactDuty) -> date:
    """The day to which a daily duty belongs."""
    return date.fromisoformat(row.duty.about.rsplit("/", 1)[1])


def _open(people: Collection[str], kinds: Collection[str], *, on: date | None = None) -> list[ContactDuty]:
    found = (
        ContactDuty.objects.filter(person_id__in=list(people), duty__kind__in=list(kinds), duty__state=DutyState.OPEN)
        .select_related("duty", "contact")
        .order_by("duty_id")
    )
    return [row for row in found if on is None or day_of_duty(row) == on]


def _fulfil(found: Collection[ContactDuty], *, tag: Tag, ref: str, by: Actor, at: datetime) -> None:
    sets.fulfil_many(duty_ids=[row.pk for row in found], tag=tag, ref=ref[:120], by=by, at=at)

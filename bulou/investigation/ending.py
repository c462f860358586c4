"""How contacts end: released after their days, turned case, or freed because the case was excluded."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.duties import rows
from bulou.duties.choices import DutyState
from bulou.investigation import grades, measures
from bulou.investigation.choices import CaseStatus, ContactStatus
from bulou.investigation.models import Case, Contact, ContactDuty
from bulou.investigation.rules import case_about
from bulou.investigation.rules import owed as rules
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


def became_case_by_fact(case: Case, *, by: Actor, at: datetime) -> None:
    """A contact turned positive (密接转阳): it is a case now, and owes as one.

    Where that came within the first tests of a close contact, its own contacts become close contacts (N9-CCC-UPGRADE).
    """
    mine = Contact.objects.select_for_update(of=("self",)).filter(person_id=case.person_id, status=ContactStatus.ACTIVE)
    ended = list(mine.order_by("code"))
    if not ended:
        return
    pack = rows.pack_now(clock.day_of(at))
    tests = ContactDuty.objects.filter(
        person_id=case.person_id, duty__kind=rules.TESTED, duty__state=DutyState.FULFILLED
    ).count()  # fmt: skip
    first = int(pack.amount("secondary_upgrade_tests"))
    # The test that found the positive is one of them: before it there may have been one fewer.
    upgraded = rules.upgraded_by_positive(tests_before=tests, first_tests=first)
    ids = [row.pk for row in ended]
    Contact.objects.filter(pk__in=ids).update(
        status=ContactStatus.BECAME_CASE, became=case, ended_at=at, end_reason="turned positive"
    )
    behind = Contact.objects.filter(through__in=ids, status=ContactStatus.ACTIVE)
    if upgraded:
        behind.update(upgraded_by=case)
    for row in ended:
        _record(row, {"why": "became a case", "case": case.pk}, by=by, at=at)
    measures.derive([case.person_id], because=f"{Tag.CASE_OPENED} {case.pk}", by=by, at=at)
    grades.regrade(list(behind.values_list("pk", flat=True)), why=f"{Tag.CASE_OPENED} {case.pk}", by=by, at=at)


def case_excluded_by_fact(case: Case, *, by: Actor, at: datetime) -> None:
    """The case is none (排除): its contacts are free at once, and who was held a case stands as a contact again."""
    freed = list(
        Contact.objects.select_for_update(of=("self",)).filter(case=case, status=ContactStatus.ACTIVE).order_by("code")
    )
    why = f"{Tag.CASE_DIAGNOSED} {case.pk} excluded"
    Contact.objects.filter(pk__in=[row.pk for row in freed]).update(
        status=ContactStatus.WITHDRAWN, ended_at=at, end_reason="the case was excluded"
    )
    if freed:
        ledger.record(
            tag=Tag.CONTACT_ENDED,
            subject=case_about(case.pk),
            unit=case.place_code,
            by=by,
            at=at,
            data={"contacts": [row.pk for row in freed], "why": "the case was excluded"},
        )
    back = list(Contact.objects.filter(became=case).exclude(case__status=CaseStatus.EXCLUDED).values_list("pk", flat=True))
    Contact.objects.filter(pk__in=back).update(status=ContactStatus.ACTIVE, became=None, ended_at=None, end_reason="")
    upgraded = list(Contact.objects.filter(upgraded_by=case).values_list("pk", flat=True))
    Contact.objects.filter(pk__in=upgraded).update(upgraded_by=None)
    measures.derive({row.person_id for row in freed}, because=why, by=by, at=at)
    grades.regrade([*back, *upgraded], why=why, by=by, at=at)


@transaction.atomic
def release_contact(*, contact: str, reason: str, by: Actor, at: datetime) -> Contact:
    """A contact has done its days, or is freed for another reason (解除); by one person, at once."""
    row = grades.locked(contact, by, Operation.CHECK_CONTACT)
    if row.status != ContactStatus.ACTIVE:
        return row
    if not reason.strip():
        message = "a release needs a reason"
        raise InputFault(message, column="reason", remedy="Say that the days are done, or why they end before.")
    row.status, row.ended_at, row.end_reason = ContactStatus.RELEASED, at, reason.strip()[:300]
    row.save(update_fields=("status", "ended_at", "end_reason"))
    _record(row, {"why": reason.strip()}, by=by, at=at)
    still = Contact.objects.filter(person_id=row.person_id, status=ContactStatus.ACTIVE).exists()
    if not still:
        measures.released(row.person_id, ref=f"contact:{row.pk}", by=by, at=at)
    measures.derive([row.person_id], because=f"{Tag.CONTACT_ENDED} {row.pk}", by=by, at=at)
    return row


def _record(row: Contact, data: dict[str, object], *, by: Actor, at: datetime) -> None:
    ledger.record(
        tag=Tag.CONTACT_ENDED, subject=f"contact:{row.pk}", unit=row.place_code, by=by, at=at, data=data
    )  # fmt: skip

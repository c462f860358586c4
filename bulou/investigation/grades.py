"""Grading contacts (密接判定): by the pack's rules, again whenever a fact changes, or by hand with a reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, time

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import rows
from bulou.investigation import measures
from bulou.investigation.choices import CaseStatus, ContactStatus, Grade, Setting
from bulou.investigation.models import Case, Contact, Exposure, GradeChange
from bulou.investigation.rules import case_about
from bulou.investigation.rules import grading as rules
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.policy import Pack


@transaction.atomic
def grade_contact(*, contact: str, grade: Grade | None, reason: str, by: Actor, at: datetime) -> Contact:
    """Decide a contact's grade by hand, up or down, with a reason; ``None`` gives it back to the rules.

    The decision stands over what is known now; a stricter exposure recorded later lifts it.
    """
    row = locked(contact, by, Operation.CHASE_CASE)
    require_active(row)
    rules.require_reason(reason)
    row.hand_grade, row.hand_reason, row.hand_at = ("", "", None) if grade is None else (grade.value, reason.strip()[:300], at)
    row.save(update_fields=("hand_grade", "hand_reason", "hand_at"))
    regrade([row.pk], why=f"graded anew: {reason.strip()}", by=by, at=at)
    row.refresh_from_db()
    return row


def locked(code: str, by: Actor, operation: Operation) -> Contact:
    """The contact, locked, for somebody in whose jurisdiction it stays or its case does; else as if there were none."""
    row = Contact.objects.select_for_update(of=("self",)).select_related("case").filter(pk=code).first()
    if row is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    permit(by, operation, row.place_code, row.case.place_code, row.kept_by)
    return row


def require_active(row: Contact) -> None:
    """``Refused`` when the contact has ended."""
    if row.status != ContactStatus.ACTIVE:
        message = f"the contact has ended ({row.status})"
        raise Refused(message, code="contact-ended", remedy="List it again when it was exposed again.")


@transaction.atomic
def regrade(contacts: Collection[str], *, why: str, by: Actor, at: datetime) -> None:
    """Grade these contacts and those through them from the facts that stand, then make what is owed follow."""
    codes = set(contacts)
    if not codes:
        return
    pack = rows.pack_now(clock.day_of(at))
    found = list(
        Contact.objects.select_for_update(of=("self",))
        .select_related("case", "through", "upgraded_by")
        .filter(Q(pk__in=codes) | Q(through__in=codes), status=ContactStatus.ACTIVE)
        .order_by("code")
    )
    seen = _seen([one.pk for one in found])
    direct = [one for one in found if one.through_id is None]
    _grade(direct, seen, {}, pack, by=by, at=at)
    _grade([one for one in found if one.through_id], seen, {one.pk: one for one in direct}, pack, by=by, at=at)
    measures.derive({one.person_id for one in found}, because=why, by=by, at=at)


def _seen(codes: Sequence[str]) -> dict[str, list[Exposure]]:
    found: dict[str, list[Exposure]] = defaultdict(list)
    for one in Exposure.objects.filter(contact__in=codes, withdrawn_at=None):
        found[str(one.contact_id)].append(one)
    return found


def _grade(
    contacts: Sequence[Contact],
    seen: dict[str, list[Exposure]],
    direct: dict[str, Contact],
    pack: Pack,
    *,
    by: Actor,
    at: datetime,
) -> None:
    changed: list[Contact] = []
    changes: list[GradeChange] = []
    touched: list[Contact] = []
    for row in contacts:
        exposures = seen.get(row.pk, [])
        last = max((one.until_at for one in exposures), default=row.last_exposed_at)
        graded = _graded(row, exposures, direct, pack)
        first = not row.because
        if first or graded.grade != row.grade:
            before = "" if first else row.grade
            changes.append(
                GradeChange(
                    contact=row, before=before, after=graded.grade.value, because=graded.because[:300], rule=graded.rule[:300],
                    changed_at=at, changed_by=f"{by.name} · {by.unit}"[:120],
                )
            )  # fmt: skip
            row.graded_at = at
            changed.append(row)
        if (row.grade, row.because, row.rule, row.last_exposed_at) != (graded.grade, graded.because, graded.rule, last):
            row.grade, row.because, row.rule = graded.grade.value, graded.because[:300], graded.rule[:300]
            row.last_exposed_at = last
            touched.append(row)
    Contact.objects.bulk_update(
        {row.pk: row for row in (*touched, *changed)}.values(),
        ["grade", "because", "rule", "last_exposed_at", "graded_at"],
        batch_size=200,
    )
    GradeChange.objects.bulk_create(changes)
    _record(changed, changes, by=by, at=at)


def _graded(row: Contact, exposures: Sequence[Exposure], direct: dict[str, Contact], pack: Pack) -> rules.Graded:
    if row.upgraded_by is not None and row.upgraded_by.status != CaseStatus.EXCLUDED:
        return rules.Graded(Grade.CLOSE, rules.SAID_UPGRADED, pack.number("secondary_upgrade_tests").source)
    hand = rules.ByHand(Grade(row.hand_grade), row.hand_reason, row.hand_at) if row.hand_grade and row.hand_at else None
    near = "case"
    since: datetime | None = infectious_since(row.case, pack)
    if row.through is not None:
        through = direct.get(row.through.pk, row.through)
        near, since = "close", None
        if hand is None and not _stands_close(through):
            return rules.Graded(Grade.GENERAL, rules.SAID_NOT_CLOSE, rules.RULE_NONE)
    seen = [
        rules.Seen(
            setting=Setting(one.setting), from_at=one.from_at, until_at=one.until_at, near=near, minutes=one.minutes,
            protected=one.protected, recorded_at=one.recorded_at,
        )
        for one in exposures
    ]  # fmt: skip
    return rules.graded(seen, hand=hand, since=since, gradings=pack.gradings)


def _stands_close(through: Contact) -> bool:
    return through.grade == Grade.CLOSE and through.status != ContactStatus.WITHDRAWN


def infectious_since(case: Case, pack: Pack) -> datetime:
    """Since when the case counts as infectious."""
    onset = datetime.combine(case.onset_on, time(0), tzinfo=clock.CITY_ZONE) if case.onset_on else None
    return rules.infectious_from(
        onset_at=onset, sampled_at=case.sampled_at, detected_at=case.detected_at, pack=pack
    )  # fmt: skip


def _record(changed: Sequence[Contact], changes: Sequence[GradeChange], *, by: Actor, at: datetime) -> None:
    """One entry for a case's contacts graded at once: what follows is done for them as a set."""
    said = {change.contact_id: change for change in changes}
    by_case: dict[str, list[Contact]] = defaultdict(list)
    for row in changed:
        by_case[row.case_id].append(row)
    for case, rows_ in by_case.items():
        ledger.record(
            tag=Tag.CONTACT_GRADED,
            subject=case_about(case),
            unit=rows_[0].case.place_code,
            by=by,
            at=at,
            data={
                "contacts": [row.pk for row in rows_],
                "changes": [[said[row.pk].before, row.grade, said[row.pk].because] for row in rows_],
            },
        )

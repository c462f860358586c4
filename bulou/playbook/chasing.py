"""What the chase asks of other rooms, and what they answer it with: transfers, tests, and who is held.

A contact's tests, checks and the clock of its days are opened by the grading itself (``investigation.measures``), a
restriction is proposed by ``restricting``; here the close contact and the case are asked to be moved, once each.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bulou.investigation import actions as investigation
from bulou.investigation import keeping
from bulou.investigation.choices import CaseStatus, ChaseStep, ContactStatus, Grade
from bulou.investigation.models import Case, Contact
from bulou.kernel.actor import Actor, Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction
from bulou.specimens.models import TubeMember
from bulou.transfer import requests as transfer
from bulou.transfer.choices import RequestState, RiskClass
from bulou.transfer.models import TransferRequest
from bulou.transfer.rows import moves_people

_HELD_BY = {Kind.HOLD.value, Kind.ISOLATION.value}
_NOT_FETCHED = (RequestState.OPEN, RequestState.PLANNED, RequestState.LEFT_IN_PLACE)


def _by(entry: Entry) -> Actor:
    return system(unit=entry.unit, door=Door.PLAYBOOK)


def move_case(entry: Entry) -> None:
    """A case is open: it is taken to hospital or isolation, on the clock of its positive."""
    if not moves_people(entry.happened_at):
        return
    case = Case.objects.get(pk=entry.subject.removeprefix("case:"))
    wanted = transfer.Wanted(
        person_id=case.person_id,
        risk=RiskClass.CASE,
        basis=entry.subject,
        clock_from=case.detected_at,
        place_code=case.place_code,
    )
    transfer.request_by_fact(wanted=[wanted], by=_by(entry), at=entry.happened_at)


def stay_with_exclusion(entry: Entry) -> None:
    """The experts exclude the case: nobody is fetched because of it."""
    if ledger.content(entry)["status"] == CaseStatus.EXCLUDED:
        case = Case.objects.get(pk=entry.subject.removeprefix("case:"))
        unasked([case.person_id], why=f"{entry.tag} {case.pk}", by=_by(entry), at=entry.happened_at)


def move_contacts(entry: Entry) -> None:
    """Close contacts are taken to isolation, on the clock of their grading; who is none any more is not fetched."""
    named = ledger.content(entry)["contacts"]
    found = list(Contact.objects.filter(pk__in=named if isinstance(named, list) else []).order_by("code"))
    by, at = _by(entry), entry.happened_at
    unasked({one.person_id for one in found}, why=f"{entry.tag} {entry.subject}", by=by, at=at)
    wanted = [
        transfer.Wanted(
            person_id=one.person_id,
            risk=RiskClass.CONTACT,
            basis=f"contact:{one.pk}",
            clock_from=one.graded_at,
            place_code=one.place_code,
        )
        for one in found
        if one.status == ContactStatus.ACTIVE and one.grade == Grade.CLOSE and not one.kept_by
    ]
    if wanted and moves_people(at):
        transfer.request_by_fact(wanted=wanted, by=by, at=at)


def stay_with_end(entry: Entry) -> None:
    """Contacts ended: who has no other ground is not fetched any more."""
    named = ledger.content(entry).get("contacts")
    codes = [str(one) for one in named] if isinstance(named, list) else [entry.subject.removeprefix("contact:")]
    people = Contact.objects.filter(pk__in=codes).values_list("person_id", flat=True)
    unasked(set(people), why=f"{entry.tag} {entry.subject}", by=_by(entry), at=entry.happened_at)


def unasked(people: Collection[str], *, why: str, by: Actor, at: datetime) -> None:
    """Cancel transfers for which no open case and no close contact of the person stands, while nobody has fetched it."""
    waiting = TransferRequest.objects.filter(person_id__in=list(people), state__in=_NOT_FETCHED)
    rows = list(waiting.order_by("code"))
    if not rows:
        return
    mine = [row.person_id for row in rows]
    cases = Case.objects.filter(person_id__in=mine, released_at=None, merged_into=None).exclude(status=CaseStatus.EXCLUDED)
    close = Contact.objects.filter(person_id__in=mine, status=ContactStatus.ACTIVE, grade=Grade.CLOSE)
    ill, near = set(cases.values_list("person_id", flat=True)), set(close.values_list("person_id", flat=True))
    groundless = [
        row.pk
        for row in rows
        if row.basis.startswith(("case:", "contact:"))
        and row.person_id not in (ill if row.risk_class == RiskClass.CASE else ill | near)
    ]
    transfer.cancel_by_fact(requests=groundless, reason=why, by=by, at=at)


def case_held(entry: Entry) -> None:
    """A hold or an isolation is in force: the step of the chase is done by this fact."""
    row = Restriction.objects.get(pk=entry.subject.removeprefix("restriction:"))
    if row.kind not in _HELD_BY or not row.person_id:
        return
    case = (
        Case.objects.filter(person_id=row.person_id, released_at=None, merged_into=None)
        .exclude(status=CaseStatus.EXCLUDED)
        .first()
    )  # fmt: skip
    if case is not None:
        investigation.step_done_by_fact(case, ChaseStep.HELD, by=_by(entry), at=entry.happened_at, note=row.pk)


def contact_tested(entry: Entry) -> None:
    """A negative of somebody's own tube: the day's test of a contact is done. A pool is nobody's result."""
    said = ledger.content(entry)
    if said["people"] != 1:
        return
    tube = entry.subject.removeprefix("tube:")
    people = list(TubeMember.objects.filter(tube=tube).values_list("person_id", flat=True))
    keeping.tested_by_fact(
        people=people,
        collected_at=datetime.fromisoformat(str(said["collected_at"])),
        ref=entry.subject,
        by=_by(entry),
        at=entry.happened_at,
    )

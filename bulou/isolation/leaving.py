"""Going home by the rule, or leaving before it (解除隔离、提前离开)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_duty
from bulou.investigation.choices import ContactStatus, Grade
from bulou.investigation.models import Contact
from bulou.isolation import rows
from bulou.isolation.admissions import clear_door
from bulou.isolation.choices import LeaveReason, NeedKind, RiskClass, SampleOutcome, StayState
from bulou.isolation.claims import give_back
from bulou.isolation.homes import open_follow_up
from bulou.isolation.models import GuestNeed, GuestTest, IsolationSite, Room, Stay
from bulou.isolation.rooms import owe_disinfection
from bulou.isolation.rules import names
from bulou.isolation.rules.release import Sample, Verdict, terms_of, verdict
from bulou.isolation.rules.sites import require_reason
from bulou.isolation.rules.stays import require_stay
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


def release_verdict(stay: Stay, *, at: datetime) -> Verdict:
    """Whether a guest may go home at an instant, condition by condition; tests of stays before a move count too."""
    terms = terms_of(rows.pack_at(at), RiskClass(stay.risk_class))
    tests = [
        Sample(day=one.day, sampled_at=one.sampled_at, outcome=SampleOutcome(one.outcome) if one.outcome else None)
        for one in GuestTest.objects.filter(stay__in=same_person(stay)).order_by("due_on", "day", "id")
    ]
    return verdict(terms, clock_from=_clock_from(stay), tests=tests, at=at)


def _clock_from(stay: Stay) -> datetime:
    """From when the days count: a contact who was exposed again meanwhile begins anew."""
    again = Contact.objects.filter(
        person_id=stay.person_id, status=ContactStatus.ACTIVE, grade=Grade.CLOSE, last_exposed_at__gt=stay.clock_from
    ).order_by("-last_exposed_at")
    newest = again.values_list("last_exposed_at", flat=True).first() if stay.risk_class == RiskClass.CONTACT else None
    return newest or stay.clock_from


def same_person(stay: Stay) -> list[str]:
    """This stay and those before it from which the guest was moved."""
    found, code = [stay.pk], stay.pk
    while before := Stay.objects.filter(next_stay=code).values_list("pk", flat=True).first():
        found.append(before)
        code = before
    return found


@transaction.atomic
def release_guest(*, stay: str, by: Actor, at: datetime) -> Stay:
    """Somebody goes home by the rule (解除隔离); the home community is asked to accept, and until then the site answers.

    ``Refused`` with every condition that is not met. What restricted the person is lifted by the playbook.
    """
    row = rows.locked_stay(stay)
    permit(by, Operation.RELEASE_GUEST, row.site_code)
    require_stay(StayState(row.state), (StayState.ADMITTED,), doing="released")
    found = release_verdict(row, at=at)
    if not found.may:
        message = f"not yet: {'; '.join(found.reasons)}"
        raise Refused(message, code="release-not-due", remedy="Take the tests that are missing, or wait until the days end.")
    row.state, row.ended_at, row.end_reason = StayState.RELEASED, at, "the rule's conditions are met"
    row.save(update_fields=("state", "ended_at", "end_reason"))
    recorded = ledger.record(
        tag=Tag.GUEST_RELEASED,
        subject=names.stay_about(row.pk),
        unit=row.site_code,
        by=by,
        at=at,
        data={"room": row.room_id, "class": row.risk_class, "basis": row.basis, "conditions": len(found.conditions)},
    )
    duties.fulfil_by_fact(
        kind=names.RELEASE_DECIDED,
        about=names.stay_about(row.pk),
        tag=Tag.GUEST_RELEASED,
        ref=f"entry:{recorded.pk}",
        by=by,
        at=at,
    )
    _empty_bed(row, slept_in=True, said="the guest was released", by=by, at=at)
    open_follow_up(row, by=by, at=at)
    return row


@transaction.atomic
def let_guest_leave(*, stay: str, why: LeaveReason, note: str, by: Actor, at: datetime) -> Stay:
    """Hospital, evacuation, or another exit before the rule (提前离开): one person decides, at once; reviewed after."""
    row = rows.locked_stay(stay)
    permit(by, Operation.LET_GUEST_LEAVE, row.site_code)
    require_reason(note)
    require_stay(StayState(row.state), (StayState.AT_DOOR, StayState.ADMITTED), doing="ended")
    slept_in = row.state == StayState.ADMITTED
    row.state, row.ended_at, row.left_for, row.end_reason = StayState.LEFT, at, why.value, note[:300]
    row.save(update_fields=("state", "ended_at", "left_for", "end_reason"))
    recorded = ledger.record(
        tag=Tag.GUEST_LEFT,
        subject=names.stay_about(row.pk),
        unit=row.site_code,
        by=by,
        at=at,
        data={"room": row.room_id, "why": why, "basis": row.basis},
    )
    duties.fulfil_by_fact(
        kind=names.RELEASE_DECIDED, about=names.stay_about(row.pk), tag=Tag.GUEST_LEFT, ref=f"entry:{recorded.pk}", by=by, at=at
    )
    _empty_bed(row, slept_in=slept_in, said=f"the guest left: {why}", by=by, at=at)
    if not slept_in:
        clear_door(row.site_code, tag=Tag.GUEST_LEFT, ref=f"entry:{recorded.pk}", by=by, at=at)
    site = IsolationSite.objects.get(pk=row.site_code)
    label = rows.labels([row.person_id])[row.person_id]
    open_duty(
        Owed(
            kind=names.EXIT_REVIEWED,
            about=names.stay_about(row.pk),
            label=f"{label} · {site.name}",
            place_code=site.place_code,
            why=names.SAID_LEFT % {"why": why, "note": note},
        ),
        by=by,
        at=at,
    )
    return row


def _empty_bed(row: Stay, *, slept_in: bool, said: str, by: Actor, at: datetime) -> None:
    """The bed is free, the room owes its disinfection when it is empty, and what the guest asked for ends."""
    ready_at = at + rows.pack_at(at).span("isolation_disinfection")
    if give_back(row.room_id, slept_in=slept_in, ready_at=ready_at):
        owe_disinfection(Room.objects.select_related("site").get(pk=row.room_id), left_at=at, by=by, at=at)
    for need in GuestNeed.objects.filter(stay=row, answered_at=None).order_by("code"):
        GuestNeed.objects.filter(pk=need.pk).update(answered_at=at, answer=said, answered_by=rows.signature(by))
        duties.supersede_by_fact(
            kind=names.NEEDS[NeedKind(need.kind)],
            about=names.need_about(need.pk),
            successor=said,
            by=by,
            at=at,
        )
    for test in GuestTest.objects.filter(stay=row, sampled_at=None):
        duties.supersede_by_fact(
            kind=names.TEST_CAUGHT_UP, about=names.test_about(row.pk, test.day), successor=said, by=by, at=at
        )

"""What workers find at the doors of the missing, and what residents report of their self-tests."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import covers, may, permit
from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_duty
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.people.models import Resident
from bulou.people.rules import masked
from bulou.rounds import rows
from bulou.rounds import rules as rounds
from bulou.rounds.choices import RoundKind, RoundState
from bulou.rounds.models import RosterEntry, TestingRound
from bulou.testing import follow_up, rules
from bulou.testing.choices import AntigenOutcome, VisitOutcome
from bulou.testing.models import AntigenReport, Visit


def _entry(round_code: str, person_id: str) -> RosterEntry:
    found = RosterEntry.objects.select_related("round").filter(round=round_code, person_id=person_id).first()
    if found is None:
        raise rows.missing_record()
    return found


@transaction.atomic
def record_visit(
    *,
    round_code: str,
    person_id: str,
    outcome: VisitOutcome,
    by: Actor,
    at: datetime,
    note: str = "",
    appointed_at: datetime | None = None,
) -> Visit:
    """Record what was found at a missing person's door: away, refused, not found, appointed, sick.

    A finding explains, it excuses nobody: the duty stays open and shows it. What a resident said is kept apart as
    personal, is seen by the round's unit only, and expires with the round.
    """
    entry = _entry(round_code, person_id)
    permit(by, Operation.RECORD_VISIT, entry.place_code)
    rounds.require_round(entry.round.state, (RoundState.OPEN,), doing="visited for")
    if (outcome is VisitOutcome.APPOINTED) != (appointed_at is not None):
        message = "an appointment has an instant, and nothing else has one"
        raise InputFault(message, column="appointed_at", remedy="Give when the person will be sampled.")
    made = Visit.objects.create(
        round=entry.round,
        person_id=person_id,
        outcome=outcome.value,
        note=note[:200],
        appointed_at=appointed_at,
        visited_at=at,
        visited_by=rows.signature(by),
    )
    about = rounds.person_about(round_code, person_id)
    ledger.record(
        tag=Tag.VISIT_RECORDED,
        subject=about,
        unit=rounds.community_of(entry.place_code),
        by=by,
        at=at,
        data={"round": round_code},
        personal={"person_id": person_id, "outcome": outcome, "note": note, "appointed_at": appointed_at},
    )
    for kind in (rounds.PERSON_TESTED, rounds.ANTIGEN_VISITED):
        owed = Duty.objects.filter(kind=kind, about=about, state=DutyState.OPEN).first()
        if owed is not None and may(by, Operation.ANSWER_DUTY) and covers(by, owed.owner_id):
            duties.explain(duty_id=owed.pk, why=follow_up.reason_of(made), by=by, at=at)
    return made


@transaction.atomic
def report_antigen(
    *, round_code: str, person_id: str, outcome: AntigenOutcome, by: Actor, at: datetime, code: str = ""
) -> AntigenReport:
    """Take a self-test's result in an antigen round (抗原自测); a positive owes a visit for PCR, and is no case.

    An invalid kit counts as no test; the last report stands for the person, all are kept.
    """
    if code:
        message = "a self-test has no code of its own"
        raise InputFault(message, column="code", remedy="Leave it out.")
    entry = _entry(round_code, person_id)
    permit(by, Operation.RECORD_VISIT, entry.place_code)
    rounds.require_round(entry.round.state, (RoundState.OPEN,), doing="reported to")
    if entry.round.kind != RoundKind.ANTIGEN:
        message = f"{round_code} is a PCR round: self-tests are not counted in it"
        raise Refused(message, code="round-kind", remedy="Report it in the antigen round.")
    made = AntigenReport.objects.create(
        round=entry.round, person_id=person_id, place_code=entry.place_code, outcome=outcome.value, reported_at=at
    )
    about = rounds.person_about(round_code, person_id)
    recorded = ledger.record(
        tag=Tag.ANTIGEN_REPORTED,
        subject=about,
        unit=rounds.community_of(entry.place_code),
        by=by,
        at=at,
        data={"round": round_code},
        personal={"person_id": person_id, "outcome": outcome},
    )
    if outcome is AntigenOutcome.INVALID:
        return made
    duties.fulfil_by_fact(
        kind=rounds.PERSON_TESTED, about=about, tag=Tag.ANTIGEN_REPORTED, ref=f"entry:{recorded.pk}", by=by, at=at
    )
    if outcome is AntigenOutcome.POSITIVE:
        name = Resident.objects.filter(pk=person_id).values_list("name", flat=True).first() or ""
        open_duty(
            Owed(
                kind=rounds.ANTIGEN_VISITED,
                about=about,
                label=f"{masked(name, person_id)} · {entry.round.name}",
                place_code=entry.place_code,
                facts={"reported_at": at},
            ),
            by=by,
            at=at,
        )
    return made


@transaction.atomic
def expire_refusals(*, round_code: str, by: Actor, at: datetime) -> int:
    """A round ended: refusals are taken out of its visits and of the duties that show them; returns how many.

    Serves the playbook. The ledger keeps that a visit took place; its personal payload goes by the retention rule.
    """
    row = TestingRound.objects.get(pk=round_code)
    refused = Visit.objects.filter(round=row, outcome=VisitOutcome.REFUSED)
    people = set(refused.values_list("person_id", flat=True))
    taken, _ = refused.delete()
    owed = follow_up.person_duties(row, rounds.PERSON_TESTED, open_only=True)
    for person in sorted(people & owed.keys()):
        duty = Duty.objects.get(kind=rounds.PERSON_TESTED, about=rounds.person_about(round_code, person), state=DutyState.OPEN)
        duties.explain(duty_id=duty.pk, why=rules.SAID_EXPIRED, by=by, at=at)
    return int(taken)

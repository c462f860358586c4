"""Person duties kept true by what happened since: sampled or exempt closes them, a voided tube owes them again.

A tube never writes to a duty's row; the refresh does, for the few thousand people who are owed one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger.tags import Tag
from bulou.people.models import Resident
from bulou.people.rules import masked
from bulou.rounds import rules as rounds
from bulou.rounds.choices import RoundKind, RoundState
from bulou.rounds.models import TestingRound
from bulou.specimens.models import TubeMember
from bulou.testing import rules, tallies
from bulou.testing.models import AntigenReport, Visit

BATCH = 2_000  # people looked up, or duties opened, with one set of statements
_ENDED_WITHOUT = {DutyState.FULFILLED, DutyState.SUPERSEDED}  # closed so that a new finding owes the person again


def owe_people(
    row: TestingRound, people: Sequence[tuple[str, str]], *, parents: dict[str, str], by: Actor, at: datetime
) -> None:
    """Open ``person.tested`` for (person, place) pairs, in bulk; labels masked, findings at the door carried on."""
    for part in _parts(people):
        ids = [person for person, _ in part]
        names = dict(Resident.objects.filter(pk__in=ids).values_list("person_id", "name"))
        reasons = _reasons(row, ids)
        open_many(
            [
                Owed(
                    kind=rounds.PERSON_TESTED,
                    about=rounds.person_about(row.pk, person),
                    label=f"{masked(names.get(person, ''), person)} · {row.name}",
                    place_code=place,
                    facts={"deadline_at": row.deadline_at},
                    why=reasons.get(person, ""),
                    parent=parents.get(rounds.community_of(place)),
                )
                for person, place in part
            ],
            by=by,
            at=at,
        )


def _parts(people: Sequence[tuple[str, str]]) -> Iterator[Sequence[tuple[str, str]]]:
    for start in range(0, len(people), BATCH):
        yield people[start : start + BATCH]


def _reasons(row: TestingRound, people: Collection[str]) -> dict[str, str]:
    """The last finding at each person's door; the note that was written there stays there."""
    visits = Visit.objects.filter(round=row, person_id__in=people).order_by("id")
    return {visit.person_id: reason_of(visit) for visit in visits}


def reason_of(visit: Visit) -> str:
    """A visit's finding as the line that a duty carries."""
    return rules.reason_missing(
        outcome=visit.outcome,
        visited=f"{clock.local(visit.visited_at):%m-%d %H:%M}",
        appointed=f"{clock.local(visit.appointed_at):%m-%d %H:%M}" if visit.appointed_at else "",
    )


def person_duties(row: TestingRound, kind: str, *, open_only: bool) -> dict[str, set[str]]:
    """States of the person duties of a round, by person."""
    found: dict[str, set[str]] = defaultdict(set)
    start = rounds.person_about(row.pk, "")
    owed = Duty.objects.filter(kind=kind)
    if open_only:
        owed = owed.filter(state=DutyState.OPEN)
    for about, state in owed.filter(about__startswith=start).values_list("about", "state"):
        if about.startswith(start):  # LIKE is blind to case on SQLite
            found[about.removeprefix(start)].add(state)
    return found


def after_cut_off(row: TestingRound, *, by: Actor, at: datetime) -> None:
    """Close the duties of those who are no longer missing; owe those who are missing and whom nobody owes.

    Whom a superior waived, or whose duty failed into another, is not owed again.
    """
    missing = dict(tallies.missing(row).values_list("person_id", "place_code"))
    known = person_duties(row, rounds.PERSON_TESTED, open_only=False)
    done = sorted(person for person, states in known.items() if DutyState.OPEN in states and person not in missing)
    for person, (tag, ref) in _evidence(row, done).items():
        duties.fulfil_by_fact(
            kind=rounds.PERSON_TESTED, about=rounds.person_about(row.pk, person), tag=tag, ref=ref, by=by, at=at
        )
    again = sorted((person, place) for person, place in missing.items() if known.get(person, set()) <= _ENDED_WITHOUT)
    owe_people(row, again, parents={}, by=by, at=at)
    answer_antigen_visits(row, by=by, at=at)


def _evidence(row: TestingRound, people: Sequence[str]) -> dict[str, tuple[Tag, str]]:
    """What shows that each person is accounted for: the tube, the self-test, else the exemption."""
    found = dict.fromkeys(people, (Tag.EXEMPTION_GRANTED, "exempt"))
    if row.kind == RoundKind.ANTIGEN:
        reports = AntigenReport.objects.filter(round=row, person_id__in=people).order_by("id")
        return found | {one.person_id: (Tag.ANTIGEN_REPORTED, f"self-test {one.outcome}") for one in reports}
    members = (
        TubeMember.objects.filter(round=row, person_id__in=people)
        .exclude(tube__state__in=tallies.NO_SPECIMEN)
        .order_by("tube__registered_at")
    )
    return found | {one.person_id: (Tag.TUBE_REGISTERED, f"tube:{one.tube_id}") for one in members}


def answer_antigen_visits(row: TestingRound, *, by: Actor, at: datetime) -> None:
    """Close ``antigen.visited`` of people who gave a specimen since their positive self-test, in whichever round."""
    if row.kind != RoundKind.ANTIGEN:
        return
    owed = sorted(person_duties(row, rounds.ANTIGEN_VISITED, open_only=True))
    if not owed:
        return
    positive = {one.person_id: one.reported_at for one in AntigenReport.objects.filter(round=row, person_id__in=owed)}
    running = [*TestingRound.objects.filter(state=RoundState.OPEN).values_list("pk", flat=True), row.pk]
    members = (
        TubeMember.objects.filter(round__in=running, person_id__in=owed)
        .exclude(tube__state__in=tallies.NO_SPECIMEN)
        .order_by("-tube__registered_at")
        .values_list("person_id", "tube_id", "tube__collected_at")
    )
    seen = {person: tube for person, tube, taken in members if person in positive and taken >= positive[person]}
    for person, tube in seen.items():
        duties.fulfil_by_fact(
            kind=rounds.ANTIGEN_VISITED,
            about=rounds.person_about(row.pk, person),
            tag=Tag.TUBE_REGISTERED,
            ref=f"tube:{tube}",
            by=by,
            at=at,
        )

"""The deadline: who is still missing is owed person by person, and the communities' duties are superseded by those."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.kernel.actor import Actor, Door
from bulou.kernel.errors import Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds import rows
from bulou.rounds import rules as rounds
from bulou.rounds.actions import note_cut_off, round_duties
from bulou.rounds.choices import RoundState
from bulou.testing import follow_up, progress, tallies
from bulou.testing.rules import NOBODY, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """What the cut-off found: the round's figures, how many people are owed one by one, in how many communities."""

    total: Tally
    people: int
    communities: int


@transaction.atomic
def cut_off(*, round_code: str, by: Actor, at: datetime) -> CutOff:
    """Cut a round off at its deadline: each missing person becomes ``person.tested``, in bulk.

    The sweep does this when the deadline comes; a person needs the right to keep rounds. ``Refused`` before the
    deadline and the second time.
    """
    row = rows.locked_round(round_code)
    if by.door is not Door.SWEEP:
        permit(by, Operation.KEEP_ROUND, row.owner_id)
    rounds.require_round(row.state, (RoundState.OPEN,), doing="cut off")
    if row.cut_off_at is not None:
        message = f"{round_code} was cut off at {row.cut_off_at.isoformat()}"
        raise Refused(message, code="cut-off")
    if at < row.deadline_at:
        message = f"the deadline of {round_code} is {row.deadline_at.isoformat()}"
        raise Refused(message, code="deadline-ahead", remedy="Wait for it; nobody is given up before.")
    leaves = tallies.of_round(row, as_of=at)
    progress.write_progress(round_code, leaves, by=by, at=at)
    people = list(tallies.missing(row).order_by("place_code", "person_id").values_list("person_id", "place_code"))
    owed = {duty.place_code: duty for duty in round_duties(round_code, (rounds.COVERED,))}
    follow_up.owe_people(row, people, parents={place: duty.pk for place, duty in owed.items()}, by=by, at=at)
    counts = Counter(rounds.community_of(place) for _, place in people)
    for place, duty in owed.items():
        if counts[place]:
            duties.supersede_by_fact(kind=duty.kind, about=duty.about, successor=f"{counts[place]} person duties", by=by, at=at)
        else:  # the last one was sampled while this ran
            again = tallies.of_place(row, place, by=rounds.COMMUNITY_LENGTH, as_of=at)
            progress.close_covered(row, duty, again.get(place, NOBODY), by=by, at=at)
    for duty in round_duties(round_code, (rounds.RATE_RECOVERED,)):
        duties.supersede_by_fact(kind=duty.kind, about=duty.about, successor=f"the cut-off of {round_code}", by=by, at=at)
    note_cut_off(row, at=at)
    total = sum(leaves.values(), NOBODY)
    ledger.record(
        tag=Tag.ROUND_CUT_OFF,
        subject=rounds.round_subject(round_code),
        unit=row.owner_id,
        by=by,
        at=at,
        data={
            "round": round_code,
            "roster": total.roster,
            "tested": total.tested,
            "exempt": total.exempt,
            "missing": len(people),
            "communities": len(counts),
        },
    )
    return CutOff(total=total, people=len(people), communities=len(counts))

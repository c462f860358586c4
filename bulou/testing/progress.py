"""Population duties and the derived progress of an open round: what is covered, what falls behind, what recovered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Substr

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_many
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.places.models import Division
from bulou.rounds import rows
from bulou.rounds import rules as rounds
from bulou.rounds.actions import round_duties
from bulou.rounds.choices import RoundState
from bulou.rounds.models import RosterEntry, TestingRound
from bulou.rounds.rosters import note_base_number
from bulou.testing import follow_up, rules, tallies
from bulou.testing.models import Progress
from bulou.testing.pace import Pace, pace_of
from bulou.testing.rules import NOBODY, Projection, Tally

BATCH = 2_000  # duties opened with one set of statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh found: the round's figures, and the places whose duties it opened or closed."""

    as_of: datetime
    total: Tally
    covered: tuple[str, ...] = ()
    owed_again: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    recovered: tuple[str, ...] = ()


def open_population_duties(*, round_code: str, by: Actor, at: datetime) -> int:
    """Owe one ``round.covered`` per community of the roster, in bulk; returns how many are owed.

    Serves the playbook when a round opens; people whose community is not known are owed by their street.
    """
    row = TestingRound.objects.get(pk=round_code)
    places = (
        RosterEntry.objects.filter(round=row)
        .order_by()
        .annotate(community=Substr("place_code", 1, rounds.COMMUNITY_LENGTH))
        .values_list("community", flat=True)
        .distinct()
    )
    return len(_owe(row, sorted(places), by=by, at=at))


def _owe(row: TestingRound, places: Iterable[str], *, by: Actor, at: datetime) -> list[Duty]:
    wanted = list(places)
    names = _names(wanted)
    return open_many(
        [
            Owed(
                kind=rounds.COVERED,
                about=rounds.place_about(row.pk, place),
                label=f"{names.get(place, place)} · {row.name}",
                place_code=place,
                owners={"round_owner": row.owner_id},
                facts={"opens_at": row.opens_at, "deadline_at": row.deadline_at},
            )
            for place in wanted
        ],
        by=by,
        at=at,
    )


def _names(places: Iterable[str]) -> dict[str, str]:
    return dict(Division.objects.filter(code__in=list(places)).values_list("code", "name"))


def refresh_progress(*, round_code: str, by: Actor, at: datetime) -> Refreshed:
    """Derive the figures of an open round anew and act on them; run by the sweep every few minutes.

    Writes one ``Progress`` row per place from community to city; closes ``round.covered`` where nobody is missing, and
    owes it again where a voided tube or a new name makes somebody missing; before the deadline holds each street's rate
    against it: too slow opens ``round.rate_recovered`` there, hours ahead (G2), and recovery closes it. After the
    cut-off the missing are person duties, and those are kept true instead.
    """
    row = TestingRound.objects.filter(pk=round_code).first()
    if row is None:
        raise rows.missing_record()
    permit(by, Operation.SEE_ROUND, row.owner_id)
    # Counted before the transaction that writes: on SQLite a writer would keep every tube waiting while it counts.
    leaves = tallies.of_round(row, as_of=at)
    return write_progress(round_code, leaves, by=by, at=at)


@transaction.atomic
def write_progress(round_code: str, leaves: Mapping[str, Tally], *, by: Actor, at: datetime) -> Refreshed:
    """Write what was counted, and open and close the duties that follow from it; already permitted."""
    row = rows.locked_round(round_code)
    rounds.require_round(row.state, (RoundState.OPEN,), doing="counted")
    found = rules.roll_up(leaves)
    total = sum(leaves.values(), NOBODY)
    note_base_number(row, total.roster, by=by, at=at)  # a roster imported into a running round
    Progress.objects.filter(round=row, as_of=at).delete()
    Progress.objects.bulk_create(
        (
            Progress(
                round=row,
                place_code=place,
                as_of=at,
                roster=tally.roster,
                tested=tally.tested,
                exempt=tally.exempt,
                missing=tally.missing,
            )
            for place, tally in found.items()
        ),
        batch_size=BATCH,
    )
    if Progress.objects.filter(round=row, as_of__gt=at).exists():
        return Refreshed(as_of=at, total=total)  # a later count has acted already; an older one must not undo it
    if row.cut_off_at is not None:
        follow_up.after_cut_off(row, by=by, at=at)
        return Refreshed(as_of=at, total=total)
    follow_up.answer_antigen_visits(row, by=by, at=at)
    covered, again = _population(row, leaves, by=by, at=at)
    behind, recovered = _rates(row, found, by=by, at=at) if at < row.deadline_at else ((), ())
    return Refreshed(as_of=at, total=total, covered=covered, owed_again=again, behind=behind, recovered=recovered)


def _population(
    row: TestingRound, leaves: Mapping[str, Tally], *, by: Actor, at: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    owed = {duty.about: duty for duty in round_duties(row.pk, (rounds.COVERED,))}
    done = sorted(place for place, tally in leaves.items() if not tally.missing and rounds.place_about(row.pk, place) in owed)
    for place in done:
        close_covered(row, owed[rounds.place_about(row.pk, place)], leaves[place], by=by, at=at)
    again = sorted(place for place, tally in leaves.items() if tally.missing and rounds.place_about(row.pk, place) not in owed)
    if again:
        _owe(row, again, by=by, at=at)
    return tuple(done), tuple(again)


def close_covered(row: TestingRound, duty: Duty, tally: Tally, *, by: Actor, at: datetime) -> None:
    """Record that a community is covered, and close its duty with the counts that show it."""
    recorded = ledger.record(
        tag=Tag.ROUND_COVERED,
        subject=duty.about,
        unit=duty.owner_id,
        by=by,
        at=at,
        data={"round": row.pk, "roster": tally.roster, "tested": tally.tested, "exempt": tally.exempt},
    )
    duties.fulfil_by_fact(
        kind=rounds.COVERED,
        about=duty.about,
        tag=Tag.ROUND_COVERED,
        ref=f"roster {tally.roster} = tested {tally.tested} + exempt {tally.exempt}, entry:{recorded.pk}",
        by=by,
        at=at,
    )


def _rates(
    row: TestingRound, found: Mapping[str, Tally], *, by: Actor, at: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    pack = rows.pack_at(at)
    opened_at = row.opened_at or row.opens_at
    if not rules.may_judge(opened_at=opened_at, now=at, begins_after=pack.span("projection_begins")):
        return (), ()
    streets = {place: tally for place, tally in found.items() if len(place) == rules.STREET_LENGTH}
    pace = pace_of(row, window=pack.span("projection_window"), now=at)
    owed = {duty.about for duty in round_duties(row.pk, (rounds.RATE_RECOVERED,))}
    behind: list[str] = []
    recovered: list[str] = []
    for place, tally in sorted(streets.items()):
        projection = pace.projection(place, tally)
        is_owed = rounds.place_about(row.pk, place) in owed
        if not is_owed and rules.is_behind(projection, deadline_at=row.deadline_at):
            behind.append(place)
        elif is_owed and rules.is_recovered(projection, deadline_at=row.deadline_at, margin=pack.span("projection_margin")):
            recovered.append(place)
            _record_recovered(row, place, projection, tally, by=by, at=at)
    if behind:
        _record_behind(row, {place: streets[place] for place in behind}, pace, by=by, at=at)
    return tuple(behind), tuple(recovered)


def _record_behind(row: TestingRound, places: Mapping[str, Tally], pace: Pace, *, by: Actor, at: datetime) -> None:
    names = _names(places)
    drafts, owed = [], []
    for place, tally in places.items():
        projection = pace.projection(place, tally)
        about = rounds.place_about(row.pk, place)
        drafts.append(
            ledger.Draft(
                tag=Tag.ROUND_BEHIND,
                subject=about,
                unit=place,
                by=by,
                at=at,
                data={
                    "round": row.pk,
                    "roster": tally.roster,
                    "missing": tally.missing,
                    "per_hour": round(projection.per_hour, 1),
                    "finish_at": projection.finish_at,
                    "deadline_at": row.deadline_at,
                },
            )
        )
        owed.append(
            Owed(
                kind=rounds.RATE_RECOVERED,
                about=about,
                label=f"{names.get(place, place)} · {row.name}",
                place_code=place,
                owners={"round_owner": row.owner_id},
                facts={"behind_at": at, "deadline_at": row.deadline_at},
                why=_said(row, projection, tally),
            )
        )
    ledger.record_many(drafts)
    open_many(owed, by=by, at=at)


def _record_recovered(row: TestingRound, place: str, projection: Projection, tally: Tally, *, by: Actor, at: datetime) -> None:
    about = rounds.place_about(row.pk, place)
    ledger.record(
        tag=Tag.ROUND_RECOVERED,
        subject=about,
        unit=place,
        by=by,
        at=at,
        data={
            "round": row.pk,
            "missing": tally.missing,
            "per_hour": round(projection.per_hour, 1),
            "finish_at": projection.finish_at,
            "deadline_at": row.deadline_at,
        },
    )
    duties.fulfil_by_fact(
        kind=rounds.RATE_RECOVERED,
        about=about,
        tag=Tag.ROUND_RECOVERED,
        ref=_said(row, projection, tally)[:80],
        by=by,
        at=at,
    )


def _said(row: TestingRound, projection: Projection, tally: Tally) -> str:
    done = f"{clock.local(projection.finish_at):%m-%d %H:%M}" if projection.finish_at else ""
    return rules.said_of_rate(projection, tally, done=done, due=f"{clock.local(row.deadline_at):%m-%d %H:%M}")

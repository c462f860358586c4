"""Rosters (应检名册) and exemptions: who must be tested in a round, and who need not be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.places.models import AreaPart
from bulou.rounds import rows, rules
from bulou.rounds.choices import ExemptionReason, RoundState
from bulou.rounds.models import Exemption, RosterEntry, TestingRound


@dataclass(frozen=True, slots=True)
class Drawn:
    """What drawing a roster did: people added, and the base number (底数) afterwards."""

    added: int
    size: int


@transaction.atomic
def draw_roster(*, round_code: str, by: Actor, at: datetime) -> Drawn:
    """Put everybody who stays in the round's area on its roster, in one set statement; who is on it stays as drawn.

    Drawn again while the round is open it adds who was found since (比对新发现), and never takes anybody away.
    """
    row = rows.locked_round(round_code)
    permit(by, Operation.KEEP_ROUND, row.owner_id)
    rules.require_round(row.state, (RoundState.PLANNED, RoundState.OPEN), doing="given a roster")
    return draw(row, by=by, at=at)


def draw(row: TestingRound, *, by: Actor, at: datetime) -> Drawn:
    """The same for a round that is already locked and permitted."""
    ranges = rules.merged_ranges(AreaPart.objects.filter(area=row.area_id).values_list("place_code", flat=True))
    added = _insert_residents(row, ranges) if ranges else 0
    size = RosterEntry.objects.filter(round=row).count()
    row.roster_size = size
    row.save(update_fields=("roster_size",))
    ledger.record(
        tag=Tag.ROSTER_DRAWN,
        subject=rules.round_subject(row.pk),
        unit=row.owner_id,
        by=by,
        at=at,
        data={"added": added, "size": size},
    )
    return Drawn(added, size)


def _insert_residents(row: TestingRound, ranges: list[tuple[str, str]]) -> int:
    """Residents of the area on the day the round opens: arrived by then, and not gone."""
    inside = " OR ".join(["(place_code >= %s AND place_code < %s)"] * len(ranges))
    on = connection.ops.adapt_datefield_value(clock.day_of(row.opens_at))
    statement = f"""
        INSERT INTO rounds_rosterentry (round_id, person_id, place_code, household_id)
        SELECT %s, person_id, place_code, household_id
          FROM people_resident
         WHERE ({inside}) AND (since_on IS NULL OR since_on <= %s) AND (left_on IS NULL OR left_on > %s)
            ON CONFLICT (round_id, person_id) DO NOTHING
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [row.pk, *(bound for pair in ranges for bound in pair), on, on])
        return int(cursor.rowcount)


@transaction.atomic
def count_roster(*, round_code: str, by: Actor, at: datetime) -> Drawn:
    """Take the base number of a roster that was imported by set; says how many people that adds to the last count."""
    row = rows.locked_round(round_code)
    permit(by, Operation.KEEP_ROUND, row.owner_id)
    rules.require_round(row.state, (RoundState.PLANNED, RoundState.OPEN), doing="given a roster")
    return note_base_number(row, RosterEntry.objects.filter(round=row).count(), by=by, at=at)


def note_base_number(row: TestingRound, size: int, *, by: Actor, at: datetime) -> Drawn:
    """Write the base number (底数) of a locked round where it moved, and record by how much."""
    added = size - row.roster_size
    if added:
        row.roster_size = size
        row.save(update_fields=("roster_size",))
        ledger.record(
            tag=Tag.ROSTER_DRAWN,
            subject=rules.round_subject(row.pk),
            unit=row.owner_id,
            by=by,
            at=at,
            data={"added": added, "size": size, "source": "count"},
        )
    return Drawn(added, size)


@transaction.atomic
def grant_exemption(
    *, round_code: str, person_id: str, reason: ExemptionReason, by: Actor, at: datetime, note: str = ""
) -> Exemption:
    """Exempt somebody on the roster, with a reason (免检); closes the person's duty when one is open.

    The same reason again changes nothing; another reason is a ``Conflict``.
    """
    entry = RosterEntry.objects.select_related("round").filter(round=round_code, person_id=person_id).first()
    if entry is None:
        raise rows.missing_record()
    permit(by, Operation.GRANT_EXEMPTION, entry.place_code)
    rules.require_round(entry.round.state, (RoundState.PLANNED, RoundState.OPEN), doing="given exemptions")
    made, fresh = Exemption.objects.get_or_create(
        round=entry.round,
        person_id=person_id,
        defaults={
            "reason": reason.value,
            "note": note[:200],
            "granted_at": at,
            "granted_by": rows.signature(by),
        },
    )
    if not fresh:
        if made.reason != reason.value:
            message = f"this person is already exempt for another reason ({made.reason})"
            raise Conflict(message, column="reason", remedy="The first reason stands; ask the round's unit to correct it.")
        return made
    about = rules.person_about(round_code, person_id)
    recorded = ledger.record(
        tag=Tag.EXEMPTION_GRANTED,
        subject=about,
        unit=rules.community_of(entry.place_code),
        by=by,
        at=at,
        data={"reason": reason},
        personal={"person_id": person_id, "note": note},
    )
    duties.fulfil_by_fact(
        kind=rules.PERSON_TESTED,
        about=about,
        tag=Tag.EXEMPTION_GRANTED,
        ref=f"{reason} entry:{recorded.pk}",
        by=by,
        at=at,
    )
    return made

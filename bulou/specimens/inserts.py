"""Tubes and their members as sets: one statement for each table, however many tubes a batch holds.

PostgreSQL reads arrays (``unnest``), SQLite one JSON text (``json_each``); both take the same rows. A tube whose id is
taken is left as it is, unless that scan was voided: then the new scan takes the row over.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from bulou.specimens.choices import TubeState

_COLLECTED, _VOIDED = TubeState.COLLECTED.value, TubeState.VOIDED.value
_TAKES_OVER = f"""
    ON CONFLICT (tube_id) DO UPDATE
       SET round_id = excluded.round_id, site_id = excluded.site_id, unit_code = excluded.unit_code,
           collected_at = excluded.collected_at, registered_at = excluded.registered_at, people = excluded.people,
           state = '{_COLLECTED}', box_id = NULL, outcome = '', reported_at = NULL, retest_of = ''
     WHERE specimens_tube.state = '{_VOIDED}'
    RETURNING tube_id
"""
_TUBES = (
    "INSERT INTO specimens_tube (tube_id, round_id, site_id, unit_code, collected_at, people, registered_at, state, "
    "outcome, retest_of)"
)
_MEMBERS = "INSERT INTO specimens_tubemember (tube_id, round_id, person_id)"


@dataclass(frozen=True, slots=True)
class NewTube:
    """A row to be inserted; ``site`` is the site's key, ``people`` the person ids."""

    tube_id: str
    round: str
    site: int
    unit_code: str
    collected_at: datetime
    people: tuple[str, ...]


def insert_tubes(rows: Sequence[NewTube], *, registered_at: datetime) -> set[str]:
    """Insert tubes; returns the ids that were free. Ids must be distinct within ``rows``."""
    rows = sorted(rows, key=lambda row: row.tube_id)  # one order for all: two batches cannot wait for each other
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"{_TUBES} SELECT r.*, %s, '{_COLLECTED}', '', '' FROM unnest(%s::text[], %s::text[], %s::bigint[], "
                f"%s::text[], %s::timestamptz[], %s::smallint[]) AS r {_TAKES_OVER}",
                [
                    registered_at,
                    [row.tube_id for row in rows],
                    [row.round for row in rows],
                    [row.site for row in rows],
                    [row.unit_code for row in rows],
                    [row.collected_at for row in rows],
                    [len(row.people) for row in rows],
                ],
            )
        else:
            plain = [
                [row.tube_id, row.round, row.site, row.unit_code, _text(row.collected_at), len(row.people)] for row in rows
            ]
            cursor.execute(
                f"{_TUBES} SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, %s, "
                f"'{_COLLECTED}', '', '' FROM json_each(%s) WHERE true {_TAKES_OVER}",
                [_text(registered_at), json.dumps(plain)],
            )
        return {tube_id for (tube_id,) in cursor.fetchall()}


def insert_members(rows: Sequence[NewTube]) -> None:
    """Insert who is in the tubes; the tubes must have been inserted in this transaction."""
    members = [(row.tube_id, row.round, person) for row in rows for person in row.people]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tubes, rounds, people = zip(*members, strict=True)
            cursor.execute(
                f"{_MEMBERS} SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])",
                [list(tubes), list(rounds), list(people)],
            )
        else:
            cursor.execute(
                f"{_MEMBERS} SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(%s)",
                [json.dumps(members)],
            )


def _text(at: datetime) -> str:
    """An instant as Django stores it in SQLite."""
    return str(connection.ops.adapt_datetimefield_value(at))

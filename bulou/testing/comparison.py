"""The whole round compared as files (数据分析比对): roster, specimens, exemptions go as Parquet to the engine for sets.

The database answers who is missing; the engine also answers who is in two tubes and who is on no roster, at city size.
Both count the same people: a test holds one against the other.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.kernel.actor import Actor
from bulou.rounds import queries as rounds
from bulou.rounds.choices import RoundKind
from bulou.rounds.models import TestingRound

if TYPE_CHECKING:
    from bulou.matching.coverage import Coverage

_FETCH = 50_000  # rows held in memory at once on the way out of SQLite

_ROSTER = "SELECT person_id, substr(place_code, 1, 12) AS place_code FROM rounds_rosterentry WHERE round_id = %s"
_EXEMPTIONS = "SELECT person_id, reason FROM rounds_exemption WHERE round_id = %s AND granted_at <= %s"
_TUBES = """
    SELECT member.tube_id, member.person_id, {instant} AS collected_at
      FROM specimens_tubemember member JOIN specimens_tube tube ON tube.tube_id = member.tube_id
     WHERE member.round_id = %s AND tube.registered_at <= %s AND tube.state NOT IN ('voided', 'lost')
"""
_SELF_TESTS = """
    SELECT 'self-test ' || id AS tube_id, person_id, {instant} AS collected_at
      FROM testing_antigenreport
     WHERE round_id = %s AND reported_at <= %s AND outcome <> 'invalid'
"""


def coverage_of_round(reader: Actor, round_code: str, *, now: datetime, out: Path | None = None) -> Coverage:
    """Compare a round's whole roster with all its specimens, as of an instant; by whoever keeps the round.

    With ``out``, the four lists of ``bulou coverage`` are written there by person: an export, which needs its right.
    """
    from bulou.matching.coverage import coverage  # noqa: PLC0415 - its engine is not on the quick path

    row = rounds.visible_round(reader, round_code)
    permit(reader, Operation.SEE_ROUND, row.owner_id)
    if out is not None:
        permit(reader, Operation.EXPORT_FILE, row.owner_id)
    with tempfile.TemporaryDirectory(prefix="bulou-round-") as scratch:
        files = export_round(row, Path(scratch), as_of=now)
        return coverage(roster=files["roster"], specimens=files["specimens"], exemptions=files["exemptions"], out=out)


def export_round(row: TestingRound, folder: Path, *, as_of: datetime) -> dict[str, Path]:
    """Write a round's ``roster``, ``specimens``, ``exemptions`` as Parquet with the columns of ``bulou coverage``."""
    at = connection.ops.adapt_datetimefield_value(as_of)
    source, taken = (_TUBES, "tube.collected_at") if row.kind == RoundKind.PCR else (_SELF_TESTS, "reported_at")
    statements: dict[str, tuple[str, list[str | datetime | None]]] = {
        "roster": (_ROSTER, [row.pk]),
        "specimens": (source.format(instant=_as_text(taken)), [row.pk, at]),
        "exemptions": (_EXEMPTIONS, [row.pk, at]),
    }
    return {name: _to_parquet(folder / name, *statement) for name, statement in statements.items()}


def _as_text(column: str) -> str:
    """An instant as ISO 8601 in UTC, as each database writes it."""
    if connection.vendor == "postgresql":
        return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')"""
    return f"replace(substr({column}, 1, 19), ' ', 'T') || '+00:00'"


def _to_parquet(stem: Path, statement: str, values: Sequence[str | datetime | None]) -> Path:
    import duckdb  # noqa: PLC0415 - not on the quick path

    text, made = stem.with_suffix(".csv"), stem.with_suffix(".parquet")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with (
                text.open("wb") as sink,
                cursor.cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, HEADER)", values) as rows,
            ):
                for part in rows:
                    sink.write(part)
        else:
            cursor.execute(statement, values)
            with text.open("w", newline="", encoding="utf-8") as sheet:
                writer = csv.writer(sheet)
                writer.writerow([column[0] for column in cursor.description])
                while rows := cursor.fetchmany(_FETCH):
                    writer.writerows(rows)
    with duckdb.connect() as engine:
        engine.execute(
            "COPY (SELECT * FROM read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"')) "
            "TO '{made}' (FORMAT parquet)".replace("{made}", str(made).replace("'", "''")),
            [str(text)],
        )
    text.unlink()
    return made

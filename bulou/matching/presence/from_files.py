"""Contacts straight from files, by DuckDB: exact, and the reference that the packed search is held to.

Per ring one join of all presences with the sources' clipped presences, on place and on a slice of time, so that a busy
place does not meet its whole week.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bulou.kernel.errors import InputFault
from bulou.matching.presence.answer import Trace, check_rings, contacts_schema, least_overlap, write_contacts
from bulou.matching.presence.reading import connect, load_cases, load_presences

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_SLICE_US = 3_600_000_000  # an hour: most stays touch one or two slices; only speed depends on it
_SLICES_PER_STAY = 48  # slices grow until the longest stay touches no more than these; only speed depends on it


def trace_files(
    *,
    presence: Sequence[Path],
    cases: Path,
    min_minutes: float | str = 15,
    rings: int = 1,
    out: Path | None = None,
    threads: int | None = None,
) -> Trace:
    """The contacts of the cases, ring by ring, from files of any format.

    ``out`` takes ``contacts.parquet``. ``InputFault`` on the first bad row of any file; then nothing is written.
    """
    started = time.perf_counter()
    least = least_overlap(min_minutes)
    check_rings(rings)
    with tempfile.TemporaryDirectory(prefix="bulou-trace-") as scratch:
        folder = Path(scratch)
        with connect(folder=folder, threads=threads) as connection:
            load_cases(connection, cases, folder)
            load_presences(connection, presence, folder)
            counts = _search(connection, least=least, rings=rings)
            count = connection.execute("SELECT count(DISTINCT person) FROM windows").fetchone()
            if out is not None:
                write_contacts(_contacts(connection), out)
    return Trace(int(count[0]) if count else 0, counts, round(time.perf_counter() - started, 3))


def _search(connection: duckdb.DuckDBPyConnection, *, least: int, rings: int) -> tuple[int, ...]:
    width = f"(SELECT greatest({_SLICE_US}, coalesce(max(l - a), 0) // {_SLICES_PER_STAY} + 1) FROM presence)"
    row = connection.execute(f"SELECT {width}").fetchone()
    slice_us = int(row[0]) if row else _SLICE_US
    connection.execute("CREATE TABLE done AS SELECT DISTINCT person FROM windows")
    connection.execute("CREATE TABLE sources AS SELECT person, f, u FROM windows")
    connection.execute(
        "CREATE TABLE contacts (person VARCHAR, ring INTEGER, source VARCHAR, place VARCHAR, s BIGINT, e BIGINT)"
    )
    counts = []
    for ring in range(1, rings + 1):
        connection.execute(f"CREATE OR REPLACE TABLE found AS {_found(least, slice_us)}")
        made = connection.execute(
            f"INSERT INTO contacts SELECT person, {ring}, best.source, best.place, best.s, best.s - best.n FROM found"
        ).fetchone()
        counts.append(int(made[0]) if made else 0)
        connection.execute("INSERT INTO done SELECT person FROM found")
        connection.execute(
            "CREATE OR REPLACE TABLE sources AS SELECT person, first.e AS f, 9223372036854775807 AS u FROM found"
        )
    return tuple(counts)


def _found(least: int, slice_us: int) -> str:
    """One ring: each new person with the best overlap by the tie rules, and the earliest by start, then by end."""
    return f"""
        WITH clip AS (
            SELECT person AS source, place, greatest(a, f) AS c, least(l, u) AS d
            FROM presence JOIN sources USING (person) WHERE least(l, u) - greatest(a, f) >= {least}
        ), source_slice AS (
            SELECT *, unnest(range(c // {slice_us}, (d - 1) // {slice_us} + 1)) AS slice FROM clip
        ), other_slice AS (
            SELECT *, unnest(range(a // {slice_us}, (l - 1) // {slice_us} + 1)) AS slice FROM presence
            WHERE l - a >= {least} AND place IN (SELECT place FROM clip) AND person NOT IN (SELECT person FROM done)
        ), pair AS (
            SELECT o.person, source, place, greatest(a, c) AS s, least(l, d) AS e
            FROM other_slice o JOIN source_slice USING (place, slice)
            WHERE least(l, d) - greatest(a, c) >= {least} AND greatest(a, c) // {slice_us} = slice
        )
        SELECT person, min({{'n': s - e, 's': s, 'source': source, 'place': place}}) AS best,
            min({{'s': s, 'e': e}}) AS first
        FROM pair GROUP BY person"""


def _contacts(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    table = (
        connection.cursor()
        .sql(  # a cursor, because a result of this connection may be unfinished
            "SELECT person AS person_id, ring, source AS source_person_id, place AS place_id, s AS exposed_from, "
            "e AS exposed_until, (e - s)::DOUBLE / 1000000.0::DOUBLE / 60.0::DOUBLE AS minutes FROM contacts ORDER BY person"
        )
        .to_arrow_table()
    )
    return table.cast(contacts_schema())


def unknown_engine(engine: str) -> InputFault:
    """The fault of an engine that this version does not have."""
    return InputFault(f"no engine {engine!r} in this version", code="engine", column="--engine", remedy="duckdb")

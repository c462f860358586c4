"""From staged rows into a table of the city, by set: what is new is inserted, what differs is updated, the rest is left.

The keys go to the city first, which answers with those that stand there. What is new is then written once, straight into
the table (PostgreSQL by COPY, SQLite by one prepared statement); only what stands is brought beside it and compared there
by a join, so an unchanged import writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection

from bulou.tables.relation import literal, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from django.db.backends.utils import CursorWrapper

_ROWS = 20_000  # in one piece on the way to the city: a few megabytes
_CACHE_KIB = 262_144  # SQLite's while it writes: a million people's indexes lie in it, where 2 MB are read again and again


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the target table; ``cast`` is its SQL type where it is no text (empty text becomes NULL).

    ``of``: the expression over ``good`` that gives it, by default the column of its name. ``keeps``: an empty cell leaves
    what stands. ``beside``: staged for others to ask, and not written.
    """

    name: str
    cast: str = ""
    of: str = ""
    keeps: bool = False
    beside: bool = False

    @property
    def given(self) -> str:
        """As an item of a select list over ``good``."""
        return f"{self.of or quoted(self.name)} AS {quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class Target:
    """A table with its key; ``defaults`` fill columns that a new row needs and the file does not give."""

    table: str
    key: tuple[str, ...]
    columns: Sequence[Column]
    defaults: Sequence[tuple[str, str]] = ()

    @property
    def written(self) -> list[Column]:
        """The columns that a row of the file is written to."""
        return [column for column in self.columns if not column.beside]


KEYS, STAGING, CHANGED = "bulou_keys", "bulou_staging", "bulou_changed"  # beside the city's tables
GIVEN, STANDING, FRESH = "given", "standing", "fresh"  # in DuckDB, beside ``good``


def load(source: duckdb.DuckDBPyConnection, target: Target) -> tuple[int, int]:
    """Load the good rows in the caller's transaction; (created, updated)."""
    updated = 0
    if stage_in(source, target) and note_changed(target):
        updated = update_changed(target)
    created = insert_new(source, target)
    clear()
    return created, updated


def clear() -> None:
    """Drop what was staged."""
    with connection.cursor() as cursor:
        for table in (STAGING, CHANGED):
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def stage_in(source: duckdb.DuckDBPyConnection, target: Target) -> int:
    """Tell the new rows from those that stand in the city already, and bring these into ``bulou_staging``; how many.

    ``fresh`` shows the new ones, in DuckDB, and follows what is refused later, as ``good`` does.
    """
    given = ", ".join(column.given for column in target.columns)
    source.execute(f"CREATE OR REPLACE TEMP VIEW {GIVEN} AS SELECT n, {given} FROM good")
    source.execute(f"CREATE OR REPLACE TEMP TABLE {STANDING} (n BIGINT)")
    source.execute(f"CREATE OR REPLACE TEMP VIEW {FRESH} AS SELECT * FROM {GIVEN} WHERE n NOT IN (SELECT n FROM {STANDING})")
    keys = ", ".join(map(quoted, target.key))
    _make(KEYS, "n bigint NOT NULL", target.key)
    _send(source, f"SELECT n, {keys} FROM {GIVEN}", KEYS)
    stand = _note_standing(source, target)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {KEYS}")
    if stand:
        names = [column.name for column in target.columns]
        _make(STAGING, "", names)
        _send(source, f"SELECT {', '.join(map(quoted, names))} FROM {GIVEN} WHERE n IN (SELECT n FROM {STANDING})", STAGING)
    return stand


def _make(table: str, first: str, texts: Sequence[str]) -> None:
    columns = [first] if first else []
    columns += [f"{quoted(name)} text NOT NULL" for name in texts]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE {table} ({', '.join(columns)})")


def _note_standing(source: duckdb.DuckDBPyConnection, target: Target) -> int:
    import pyarrow as pa  # noqa: PLC0415 - see _as_csv

    stand = 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {KEYS}")
        cursor.execute(f"SELECT s.n FROM {KEYS} AS s JOIN {target.table} AS t ON {_joined(target)}")
        while rows := cursor.fetchmany(_ROWS):
            source.register("piece", pa.table({"n": pa.array([row[0] for row in rows], pa.int64())}))
            source.execute(f"INSERT INTO {STANDING} SELECT n FROM piece")
            source.unregister("piece")
            stand += len(rows)
    return stand


def _send(source: duckdb.DuckDBPyConnection, select: str, table: str, columns: Sequence[str] = ()) -> int:
    """Write what a select over DuckDB gives into a table of the city (NULL stays NULL); how many rows."""
    into = f"{table} ({', '.join(map(quoted, columns))})" if columns else table
    return _copy(source, select, into) if connection.vendor == "postgresql" else _prepared(source, select, into)


def _copy(source: duckdb.DuckDBPyConnection, select: str, into: str) -> int:
    """In pieces: the next one is made ready here while PostgreSQL still writes the one before."""
    sent = 0
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.cursor.copy(f"COPY {into} FROM STDIN (FORMAT csv)") as copy,
    ):
        for piece in source.sql(select).to_arrow_reader(_ROWS):
            copy.write(_as_csv(piece))
            sent += piece.num_rows
    return sent


def _prepared(source: duckdb.DuckDBPyConnection, select: str, into: str) -> int:
    found = source.execute(select)
    statement = f"INSERT INTO {into} VALUES ({', '.join('%s' for _ in found.description or ())})"
    sent = 0
    with _large_cache() as cursor:
        while rows := found.fetchmany(_ROWS):
            cursor.executemany(statement, rows)
            sent += len(rows)
    return sent


@contextmanager
def _large_cache() -> Iterator[CursorWrapper]:
    """SQLite with room for a large table's indexes; as it was afterwards."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        (usual,) = cursor.fetchone()
        cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        try:
            yield cursor
        finally:
            cursor.execute(f"PRAGMA cache_size = {usual}")


def _as_csv(piece: pa.RecordBatch) -> bytes:
    """Every value in quotes and NULL as nothing, which is how PostgreSQL tells NULL from an empty text."""
    import pyarrow as pa  # noqa: PLC0415 - 100 ms that other commands should not pay
    from pyarrow import csv  # noqa: PLC0415

    out = pa.BufferOutputStream()
    csv.write_csv(piece, out, csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    return bytes(out.getvalue())


def note_changed(target: Target, *, keep: Sequence[str] = ()) -> int:
    """Note in ``bulou_changed`` which staged rows stand in the city with other content, and locks them; how many.

    ``keep`` names columns whose present values are noted too, as ``was_<column>``.
    """
    others = [column for column in target.written if column.name not in target.key]
    postgresql = connection.vendor == "postgresql"
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = " OR ".join(f"t.{quoted(column.name)} {differs} {_new_value(column)}" for column in others) or "1 = 0"
    noted = [f"s.{quoted(name)}" for name in target.key] + [f"t.{quoted(name)} AS {quoted(f'was_{name}')}" for name in keep]
    # Whoever wants to change one of these people waits until this file is in: what they were is what is written down.
    lock = " FOR NO KEY UPDATE OF t" if postgresql else ""
    # SQLite would make an index of what is staged, row by row: CROSS makes it look up the table's own key.
    join = "JOIN" if postgresql else "CROSS JOIN"
    with connection.cursor() as cursor:
        if postgresql:
            cursor.execute(f"ANALYZE {STAGING}")
        cursor.execute(
            f"CREATE TEMPORARY TABLE {CHANGED} AS SELECT {', '.join(noted)} FROM {STAGING} AS s "
            f"{join} {target.table} AS t ON {_joined(target)} WHERE {changed}{lock}"
        )
        if postgresql:
            cursor.execute(f"ANALYZE {CHANGED}")
        cursor.execute(f"SELECT count(*) FROM {CHANGED}")
        count = int(cursor.fetchone()[0])
        if count and not postgresql:
            cursor.execute(f"CREATE INDEX bulou_staging_key ON {STAGING} ({', '.join(map(quoted, target.key))})")
    return count


def changed_where(key: str, condition: str, values: Sequence[str]) -> list[str]:
    """The keys of noted rows for which a condition over ``was_…`` holds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {quoted(key)} FROM {CHANGED} WHERE {condition}", values)
        return [str(row[0]) for row in cursor.fetchall()]


def leave_out(key: str, condition: str, values: Sequence[str]) -> None:
    """Take noted rows for which a condition over ``was_…`` holds out of what is staged and noted."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {STAGING} WHERE {quoted(key)} IN (SELECT {quoted(key)} FROM {CHANGED} WHERE {condition})", values
        )
        cursor.execute(f"DELETE FROM {CHANGED} WHERE {condition}", values)


def _joined(target: Target) -> str:
    return " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in target.key)


def _new_value(column: Column) -> str:
    value = f"s.{quoted(column.name)}"
    if column.cast:
        value = f"nullif({value}, '')"
        if connection.vendor == "postgresql":
            value = f"CAST({value} AS {column.cast})"
    return f"coalesce({value}, t.{quoted(column.name)})" if column.keeps else value


def update_changed(target: Target) -> int:
    """Write the noted rows; how many."""
    others = [column for column in target.written if column.name not in target.key]
    settings = ", ".join(f"{quoted(column.name)} = {_new_value(column)}" for column in others)
    same = " AND ".join(f"s.{quoted(name)} = c.{quoted(name)}" for name in target.key)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {target.table} AS t SET {settings} FROM {STAGING} AS s, {CHANGED} AS c WHERE {same} AND {_joined(target)}"
        )
        return int(cursor.rowcount)


def insert_new(source: duckdb.DuckDBPyConnection, target: Target) -> int:
    """Write the rows that the table does not have; how many."""
    written = {column.name: column for column in target.written}
    values = {name: f"nullif({quoted(name)}, '')" if column.cast else quoted(name) for name, column in written.items()}
    values |= {name: literal(value) for name, value in target.defaults if name not in values}
    return _send(source, f"SELECT {', '.join(values.values())} FROM {FRESH}", target.table, tuple(values))

"""From staged rows into a table of the city, by set: what is new is inserted, what differs is updated, the rest is left.

PostgreSQL takes the rows by COPY into a temporary table, SQLite by one prepared statement; then the same two statements
run on both. Rows that are the same are found by a join and never touched, so an unchanged import writes nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection

from bulou.tables.relation import literal, quoted

if TYPE_CHECKING:
    import duckdb

_CHUNK = 1 << 20
_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the target table; ``cast`` is its SQL type where it is no text (empty text becomes NULL).

    ``keeps``: an empty cell leaves what stands. ``beside``: staged for others to ask, and not written.
    """

    name: str
    cast: str = ""
    keeps: bool = False
    beside: bool = False


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


STAGING, CHANGED = "bulou_staging", "bulou_changed"


def load(source: duckdb.DuckDBPyConnection, select: str, target: Target) -> tuple[int, int]:
    """Load what ``select`` gives (the target's columns in order) in the caller's transaction; (created, updated)."""
    stage_in(source, select, target)
    updated = update_changed(target) if note_changed(target) else 0
    created = insert_new(target)
    clear()
    return created, updated


def clear() -> None:
    """Drop what was staged."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {STAGING}")
        cursor.execute(f"DROP TABLE {CHANGED}")


def note_changed(target: Target, *, keep: Sequence[str] = ()) -> int:
    """Note in ``bulou_changed`` which staged rows stand in the city with other content, and locks them; how many.

    ``keep`` names columns whose present values are noted too, as ``was_<column>``.
    """
    others = [column for column in target.written if column.name not in target.key]
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"t.{quoted(column.name)} {differs} {_new_value(column)}" for column in others) or "1 = 0"
    noted = [f"s.{quoted(name)}" for name in target.key] + [f"t.{quoted(name)} AS {quoted(f'was_{name}')}" for name in keep]
    # Whoever wants to change one of these people waits until this file is in: what they were is what is written down.
    lock = " FOR NO KEY UPDATE OF t" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {CHANGED} AS SELECT {', '.join(noted)} FROM {STAGING} AS s "
            f"JOIN {target.table} AS t ON {_joined(target)} WHERE {changed}{lock}"
        )
        if connection.vendor == "postgresql":
            cursor.execute(f"ANALYZE {CHANGED}")
        cursor.execute(f"SELECT count(*) FROM {CHANGED}")
        return int(cursor.fetchone()[0])


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


def stage_in(source: duckdb.DuckDBPyConnection, select: str, target: Target) -> None:
    """Bring what ``select`` gives (the target's columns in order) beside the city's tables, into ``bulou_staging``."""
    names = [column.name for column in target.columns]
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bulou_staging ({', '.join(f'{quoted(name)} text NOT NULL' for name in names)})")
        if connection.vendor == "postgresql":
            with tempfile.TemporaryDirectory(prefix="bulou-load-") as folder:
                rows = Path(folder) / "rows.csv"
                source.execute(f"COPY ({select}) TO {literal(str(rows))} (FORMAT csv, HEADER false, FORCE_QUOTE *)")
                with rows.open("rb") as data, cursor.cursor.copy("COPY bulou_staging FROM STDIN (FORMAT csv)") as copy:
                    while chunk := data.read(_CHUNK):
                        copy.write(chunk)
            cursor.execute("ANALYZE bulou_staging")
            return
        found = source.execute(select)
        marks = ", ".join("%s" for _ in names)
        while rows_ := found.fetchmany(_ROWS):
            cursor.executemany(f"INSERT INTO bulou_staging VALUES ({marks})", rows_)
        cursor.execute(f"CREATE INDEX bulou_staging_key ON bulou_staging ({', '.join(map(quoted, target.key))})")


def _value(column: Column) -> str:
    name = f"s.{quoted(column.name)}"
    if not column.cast:
        return name
    if connection.vendor == "postgresql":
        return f"CAST(nullif({name}, '') AS {column.cast})"
    return f"nullif({name}, '')"


def _joined(target: Target) -> str:
    return " AND ".join(f"t.{quoted(name)} = s.{quoted(name)}" for name in target.key)


def _new_value(column: Column) -> str:
    value = _value(column)
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


def insert_new(target: Target) -> int:
    """Insert the staged rows that the table does not have; how many."""
    given = {column.name for column in target.written}
    defaults = [(name, value) for name, value in target.defaults if name not in given]
    names = [quoted(column.name) for column in target.written] + [quoted(name) for name, _ in defaults]
    values = [_value(column) for column in target.written] + [literal(value) for _, value in defaults]
    key = quoted(target.key[0])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {target.table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {STAGING} AS s "
            f"LEFT JOIN {target.table} AS t ON {_joined(target)} WHERE t.{key} IS NULL"
        )
        return int(cursor.rowcount)

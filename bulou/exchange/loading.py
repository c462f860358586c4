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
    """A column of the target table; ``cast`` is its SQL type where it is no text (empty text becomes NULL)."""

    name: str
    cast: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A table with its key; ``defaults`` fill columns that a new row needs and the file does not give."""

    table: str
    key: tuple[str, ...]
    columns: Sequence[Column]
    defaults: Sequence[tuple[str, str]] = ()


def load(source: duckdb.DuckDBPyConnection, select: str, target: Target) -> tuple[int, int]:
    """Load what ``select`` gives (the target's columns in order) in the caller's transaction; (created, updated)."""
    _to_staging(source, select, target)
    with connection.cursor() as cursor:
        updated = _update(cursor, target)
        created = _insert(cursor, target)
        cursor.execute("DROP TABLE bulou_staging")
    return created, updated


def _to_staging(source: duckdb.DuckDBPyConnection, select: str, target: Target) -> None:
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


def _update(cursor: object, target: Target) -> int:
    others = [column for column in target.columns if column.name not in target.key]
    if not others:
        return 0
    differs = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    changed = " OR ".join(f"t.{quoted(column.name)} {differs} {_value(column)}" for column in others)
    settings = ", ".join(f"{quoted(column.name)} = {_value(column)}" for column in others)
    cursor.execute(  # type: ignore[attr-defined]
        f"UPDATE {target.table} AS t SET {settings} FROM bulou_staging AS s WHERE {_joined(target)} AND ({changed})"
    )
    return int(cursor.rowcount)  # type: ignore[attr-defined]


def _insert(cursor: object, target: Target) -> int:
    given = {column.name for column in target.columns}
    defaults = [(name, value) for name, value in target.defaults if name not in given]
    names = [quoted(column.name) for column in target.columns] + [quoted(name) for name, _ in defaults]
    values = [_value(column) for column in target.columns] + [literal(value) for _, value in defaults]
    key = quoted(target.key[0])
    cursor.execute(  # type: ignore[attr-defined]
        f"INSERT INTO {target.table} ({', '.join(names)}) SELECT {', '.join(values)} FROM bulou_staging AS s "
        f"LEFT JOIN {target.table} AS t ON {_joined(target)} WHERE t.{key} IS NULL"
    )
    return int(cursor.rowcount)  # type: ignore[attr-defined]

"""Presence and case files as DuckDB tables of ids and microseconds; the first bad row refuses its whole file.

Instants are microseconds since 1970 UTC (a finer fraction is cut); without offset they are in the city's zone; a date alone
as a start means its first instant, as an end the midnight after it, since intervals are half-open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulou.kernel.clock import CITY_ZONE
from bulou.kernel.errors import InputFault
from bulou.tables.relation import Source, fault_of, first_row_where, literal, open_source, trimmed

if TYPE_CHECKING:
    import duckdb

# The first and last instants that ISO 8601 writes with four digits (years 0001 to 9999) in any zone: a day beyond in UTC.
_FIRST_US, _LAST_US = -62_135_683_200_000_000, 253_402_387_200_000_000
_REMEDY = "Write ISO 8601, as 2022-09-20T14:26 or 2022-09-20T14:26+08:00."


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of file: its id columns, and the two instants between which its interval lies."""

    ids: tuple[str, ...]
    start: str
    end: str


PRESENCE = _Kind(("person_id", "place_id"), "arrived_at", "left_at")
CASES = _Kind(("person_id",), "infectious_from", "infectious_until")


def connect(*, folder: Path, threads: int | None = None, database: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A DuckDB connection in the city's zone that spills into ``folder`` and prints nothing."""
    import duckdb  # noqa: PLC0415 - 60 ms that a help text should not pay

    connection = duckdb.connect(database)
    connection.execute("SET enable_progress_bar = false")  # it would be drawn on stdout, into the JSON
    connection.execute(f"SET temp_directory = {literal(str(folder))}")
    connection.execute(f"SET TimeZone = {literal(CITY_ZONE.key)}")
    if threads is not None:
        connection.execute(f"SET threads = {int(threads)}")
    return connection


def load_presences(connection: duckdb.DuckDBPyConnection, files: Sequence[Path], folder: Path) -> None:
    """``presence(person, place, a, l)``: every row of all files, ids trimmed, ``a`` and ``l`` in microseconds.

    ``InputFault`` on the first bad row of the first bad file.
    """
    connection.execute("CREATE TABLE presence (person VARCHAR, place VARCHAR, a BIGINT, l BIGINT)")
    for number, path in enumerate(files):
        _load(connection, path, PRESENCE, f"{trimmed('person_id')}, {trimmed('place_id')}", "presence", folder / str(number))


def load_cases(connection: duckdb.DuckDBPyConnection, path: Path, folder: Path) -> None:
    """``windows(person, f, u)``: every window of every case once, in microseconds. ``InputFault`` on the first bad row."""
    connection.execute("CREATE TABLE given (person VARCHAR, f BIGINT, u BIGINT)")
    _load(connection, path, CASES, trimmed("person_id"), "given", folder / "cases")
    connection.execute("CREATE TABLE windows AS SELECT DISTINCT person, f, u FROM given")


def _load(
    connection: duckdb.DuckDBPyConnection, path: Path, kind: _Kind, ids: str, table: str, folder: Path
) -> None:  # fmt: skip
    import duckdb  # noqa: PLC0415 - see above

    folder.mkdir()
    source = open_source(connection, path, needed=(*kind.ids, kind.start, kind.end), folder=folder)
    start, end = _micros(source, kind.start), _micros(source, kind.end, is_end=True)
    before = _count(connection, table)
    try:
        connection.execute(f"INSERT INTO {table} SELECT {ids}, {start}, {end} FROM {source.sql}")
        blank = " OR ".join(f"coalesce({name}, '') = ''" for name in _columns(connection, table)[: len(kind.ids)])
        came, went = _columns(connection, table)[-2:]
        bad = f"{blank} OR {came} IS NULL OR {went} IS NULL OR {went} <= {came}"
        row = connection.execute(f"SELECT count(*) FROM {table} WHERE rowid >= {before} AND ({bad})").fetchone()
        if row and row[0]:
            raise _fault(connection, source, kind)
    except duckdb.Error as problem:
        raise fault_of(source, problem) from problem


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(row[0]) if row else 0


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]


def _micros(source: Source, name: str, *, is_end: bool = False) -> str:
    """The SQL for a column's instant in microseconds; NULL where it is none."""
    if name in source.instants:
        at = f"CAST({name} AS TIMESTAMPTZ)"
    else:
        text = trimmed(name)
        at = f"CASE WHEN {text} >= '0' AND {text} < ':' THEN try_cast({text} AS TIMESTAMPTZ) END"
        if is_end:
            at = f"({at}) + to_days(CASE WHEN length({text}) <= 10 THEN 1 ELSE 0 END)"
    micros = f"epoch_us({at})"
    return f"CASE WHEN {micros} BETWEEN {_FIRST_US} AND {_LAST_US} THEN {micros} END"


def _fault(connection: duckdb.DuckDBPyConnection, source: Source, kind: _Kind) -> InputFault:
    """The first bad row of a file, with the first thing that is wrong in it."""
    start, end = _micros(source, kind.start), _micros(source, kind.end, is_end=True)
    wrong = [(name, f"coalesce({trimmed(name)}, '') = ''", "blank") for name in kind.ids]
    wrong += [(kind.start, f"({start}) IS NULL", "bad-instant"), (kind.end, f"({end}) IS NULL", "bad-instant")]
    wrong.append((kind.end, f"({end}) <= ({start})", "empty-interval"))
    found = [(first_row_where(connection, source, condition), *one) for one in wrong for condition in (one[1],)]
    row, column, _, code = min((one for one in found if one[0] is not None), key=lambda one: one[0] or 0)
    said, remedy = {
        "blank": (f"{column} is blank", "Fill it in."),
        "bad-instant": (f"{column} is not an instant", _REMEDY),
        "empty-interval": (f"{kind.end} is not after {kind.start}", f"Correct {kind.start} or {kind.end}."),
    }[code]
    return InputFault(said, file=source.path.name, row=row, column=column, code=code, remedy=remedy)

"""A file as a DuckDB relation: every column text, trimmed, named; a fault names file, row, column and remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulou.kernel.errors import InputFault
from bulou.tables import text, xlsx

if TYPE_CHECKING:
    import duckdb

_LINE = re.compile(r"[Ll]ine:? (\d+)")
_ENDINGS = (".parquet", ".csv", ".csv.gz", ".xlsx")


@dataclass(frozen=True, slots=True)
class Source:
    """A file opened for sets: ``sql`` is what to select from; its columns are in ``columns`` under the names asked for."""

    path: Path
    sql: str
    columns: tuple[str, ...]
    first_row: int  # the row of the file in which the first data row stands: 2 below a header, 1 in Parquet
    instants: frozenset[str] = frozenset()  # columns that are instants by type (Parquet), left as they are


TEXT_ENDINGS = ("_id", "_code", "_number", "phone")


def is_text(name: str) -> bool:
    """Whether a column holds digits that are no number: leading zeros, more digits than a number keeps."""
    return name.endswith(TEXT_ENDINGS)


def quoted(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as a SQL literal."""
    return "'" + value.replace("'", "''") + "'"


_BLANK = "[" + "".join(rf"\x{{{ord(blank):x}}}" for blank in text.BLANKS) + "]"
_BLANK_END = literal(rf"\A{_BLANK}|{_BLANK}\z")


def trimmed(expression: str) -> str:
    """The SQL for an id with its blanks trimmed; a look at both ends costs a fifth of what trimming every id would."""
    trim = f"trim({expression}, {literal(text.BLANKS)})"
    return f"CASE WHEN regexp_matches({expression}, {_BLANK_END}) THEN {trim} ELSE {expression} END"


def open_source(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    needed: Iterable[str],
    optional: Iterable[str] = (),
    names: Mapping[str, str] | None = None,
    folder: Path,
) -> Source:
    """Open a table of a file by its ending.

    ``names`` maps other names of a column to the one asked for (``unit_code`` → ``place_code``). All columns come out as
    text. ``folder`` takes what must be unpacked or converted. ``InputFault``: unreadable, empty, a column missing or
    twice, ids that are numbers.
    """
    if not path.exists():
        raise InputFault("no such file", file=str(path), code="no-file", remedy="Check the path.")
    if not path.name.endswith(_ENDINGS):
        raise InputFault(
            "not a file that can be read here", file=path.name, code="ending", remedy=f"Endings: {', '.join(_ENDINGS)}."
        )
    wanted = (tuple(needed), tuple(optional), dict(names or {}))
    if path.name.endswith(".parquet"):
        return _parquet(connection, path, *wanted)
    if path.name.endswith(".xlsx"):
        made = folder / f"{path.name}.csv"
        ids = {name for name in (*wanted[0], *wanted[1]) if is_text(name)}
        ids |= {name for name, meant in wanted[2].items() if is_text(meant)}
        xlsx.to_csv(path, made, text_columns=frozenset(ids))
        return _csv(connection, path, made, text.dialect(made), *wanted)
    found = text.dialect(path)
    return _csv(connection, path, text.as_utf8(path, found, folder), found, *wanted)


def _chosen(
    path: Path, header: Iterable[str], needed: tuple[str, ...], optional: tuple[str, ...], names: Mapping[str, str]
) -> dict[str, str]:
    """For each column asked for the file's own name of it."""
    header = list(header)
    found: dict[str, str] = {}
    for name in header:
        meant = names.get(name, name)
        if meant not in needed and meant not in optional:
            continue
        if meant in found:
            raise InputFault(
                f"the column {meant} stands twice", file=path.name, row=1, column=name, code="column-twice",
                remedy="Keep one of them.",
            )  # fmt: skip
        found[meant] = name
    for name in needed:
        if name not in found:
            seen = ", ".join(header[:12]) or "nothing"
            raise InputFault(
                f"the column {name} is missing", file=path.name, row=1, column=name, code="column-missing",
                remedy=f"The header has: {seen}.",
            )  # fmt: skip
    return found


def _parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, needed: tuple[str, ...], optional: tuple[str, ...],
    names: dict[str, str],
) -> Source:  # fmt: skip
    import duckdb  # noqa: PLC0415 - 60 ms that a help text should not pay

    if path.stat().st_size == 0:
        raise InputFault("the file is empty", file=path.name, code="empty", remedy="Send a file with rows.")
    reader = f"read_parquet({literal(str(path))})"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
    except duckdb.Error as fault:
        message = f"not a readable Parquet file: {str(fault).splitlines()[0]}"
        raise InputFault(message, file=path.name, code="unreadable", remedy="Write the file again.") from fault
    types = {row[0]: row[1] for row in described}
    chosen = _chosen(path, types, needed, optional, names)
    parts = []
    for meant, name in chosen.items():
        if is_text(meant) and types[name] != "VARCHAR" and _holds(connection, reader, name):
            raise InputFault(
                f"the column is {types[name]}, not text: leading zeros or digits may be lost",
                file=path.name, column=name, code="numeric-id", remedy="Write the column as text.",
            )  # fmt: skip
        as_it_is = types[name] == "VARCHAR" or types[name].startswith("TIMESTAMP")
        cast = quoted(name) if as_it_is else f"CAST({quoted(name)} AS VARCHAR)"
        parts.append(f"{cast} AS {quoted(meant)}")
    instants = frozenset(meant for meant, name in chosen.items() if types[name].startswith("TIMESTAMP"))
    return Source(path, f"(SELECT {', '.join(parts)} FROM {reader})", tuple(chosen), 1, instants)


def _holds(connection: duckdb.DuckDBPyConnection, reader: str, name: str) -> bool:
    """Whether a column has any value: a column of nothing is written with a type that was never chosen."""
    found = connection.execute(f"SELECT count({quoted(name)}) FROM {reader}").fetchone()
    return bool(found and found[0])


def _csv(
    connection: duckdb.DuckDBPyConnection, path: Path, readable: Path, found: text.Dialect, needed: tuple[str, ...],
    optional: tuple[str, ...], names: dict[str, str],
) -> Source:  # fmt: skip
    del connection
    chosen = _chosen(path, found.header, needed, optional, names)
    columns = ", ".join(f"{literal(f'c{place}')}: 'VARCHAR'" for place in range(len(found.header)))
    reader = (
        f"read_csv({literal(str(readable))}, columns = {{{columns}}}, header = true, delim = {literal(found.delimiter)}, "
        "quote = '\"', escape = '\"', auto_detect = false, null_padding = false, strict_mode = true, "
        "nullstr = '', maximum_line_size = 4194304)"
    )
    places = {name: place for place, name in reversed(list(enumerate(found.header)))}
    parts = [f"c{places[name]} AS {quoted(meant)}" for meant, name in chosen.items()]
    return Source(path, f"(SELECT {', '.join(parts)} FROM {reader})", tuple(chosen), 2)


def fault_of(source: Source, problem: Exception) -> InputFault:
    """A DuckDB error about a file's content, as a fault that names the row."""
    text_of = str(problem)
    line = _LINE.search(text_of)
    words = next((part for part in text_of.splitlines() if part.strip() and "Error on" not in part), text_of)
    return InputFault(
        f"the file cannot be read as a table: {words.strip()[:160]}",
        file=source.path.name,
        row=int(line.group(1)) if line else None,
        code="bad-row",
        remedy="Mend this row: the same number of fields as the header, quotes closed.",
    )


def first_row_where(connection: duckdb.DuckDBPyConnection, source: Source, condition: str) -> int | None:
    """The file's row number of the first data row for which a condition holds, for a fault's message."""
    found = connection.execute(
        f"SELECT min(n) FROM (SELECT row_number() OVER () - 1 + {source.first_row} AS n, * FROM {source.sql}) WHERE {condition}"
    ).fetchone()
    return int(found[0]) if found and found[0] is not None else None

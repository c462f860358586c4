"""A file's rows before they are taken: read by set, checked by set, each refused row with its reason.

The staging table lives in DuckDB, beside the city's database: ``n`` (the file's row), the columns, and ``problem`` with the
``column`` it is about. Of identical repeats the first stays and the others count as unchanged; rows of one key with
different content are all refused, because nobody knows which of them is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulou.exchange.mapping import NO_MAPPING, ColumnMap
from bulou.kernel.errors import InputFault
from bulou.tables.relation import Source, fault_of, literal, open_source, quoted, trimmed

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Check:
    """A condition (SQL over the staged columns) under which a row is refused, and why.

    With ``is_sql`` column and problem are SQL expressions over the row, for a check that finds several faults in one look.
    """

    column: str
    refused_when: str
    problem: str
    is_sql: bool = False


@dataclass(frozen=True, slots=True)
class Staged:
    """What was staged: rows read, rows refused, identical repeats; the good rows are in the view ``good``."""

    source: Source
    rows_in: int
    rejected: int
    repeats: int

    @property
    def good(self) -> int:
        """Rows to be taken."""
        return self.rows_in - self.rejected - self.repeats


def stage(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    key: tuple[str, ...],
    needed: Iterable[str],
    optional: Iterable[str],
    names: Mapping[str, str],
    checks: Callable[[frozenset[str]], Iterable[Check]],
    folder: Path,
    layers: Callable[[frozenset[str]], Sequence[str]],
    mapping: ColumnMap = NO_MAPPING,
) -> Staged:
    """Read a file into ``staged`` and mark what is refused; ``InputFault`` when the file as a whole cannot be taken.

    ``checks`` and ``layers`` are given the columns that the file has; a layer is a select list over all below it, and its
    columns stand beside the file's own in ``staged`` and ``good``.
    """
    import duckdb  # noqa: PLC0415 - see the commands' start-up

    asked = (tuple(needed), tuple(optional))
    source = open_source(
        connection,
        path,
        needed=[name for name in asked[0] if name not in mapping.given],
        optional=asked[1],
        names={**names, **mapping.names},
        folder=folder,
    )
    source = mapping.applied(source, known=(*asked[0], *asked[1]))
    try:
        # Rows are numbered one after the other: all else is done on every core, so it is a step of its own.
        connection.execute(
            f"CREATE TEMP TABLE came AS SELECT row_number() OVER () - 1 + {source.first_row} AS n, * FROM {source.sql}"
        )
    except duckdb.Error as fault:
        raise fault_of(source, fault) from fault
    columns = ", ".join(
        f"coalesce({trimmed(f'CAST({quoted(name)} AS VARCHAR)')}, '') AS {quoted(name)}" for name in source.columns
    )
    base = f"SELECT n, {columns} FROM came"
    for layer in (*layers(frozenset(source.columns)), *_problems(list(checks(frozenset(source.columns))))):
        base = f"SELECT {layer} FROM ({base})"
    connection.execute(f"CREATE TEMP TABLE staged AS {base}")
    connection.execute("DROP TABLE came")
    whole = ", ".join(quoted(name) for name in source.columns)
    row_key = key_of(tuple(name for name in key if name in source.columns))
    connection.execute(
        f"CREATE TEMP TABLE twice AS SELECT {row_key} AS k, count(DISTINCT hash({whole})) AS contents, min(n) AS first "
        f"FROM staged WHERE {row_key} IN (SELECT {row_key} FROM staged GROUP BY 1 HAVING count(*) > 1) GROUP BY 1"
    )
    connection.execute(
        f"UPDATE staged SET problem = 'this key stands more than once with different content', problem_column = ? "
        f"FROM twice WHERE {row_key} = twice.k AND twice.contents > 1 AND problem IS NULL",
        [key[0]],
    )
    connection.execute(
        "CREATE TEMP VIEW good AS SELECT staged.* EXCLUDE (problem, problem_column) FROM staged "
        f"LEFT JOIN twice ON {row_key} = twice.k WHERE problem IS NULL AND (twice.k IS NULL OR staged.n = twice.first)"
    )
    staged = counted(connection, source)
    if not staged.rows_in:
        raise InputFault("the file has a header and no rows", file=path.name, code="empty", remedy="Send the rows too.")
    return staged


def _problems(checks: list[Check]) -> list[str]:
    """Select lists, each over the one before: what is wrong with a row by the first check that refuses it (NULL: nothing)."""
    if not checks:
        return ["*, NULL::VARCHAR AS problem, NULL::VARCHAR AS problem_column"]

    def told(what: Callable[[Check], str], name: str) -> str:
        cases = " ".join(
            f"WHEN {place} THEN {what(check) if check.is_sql else literal(what(check))}" for place, check in enumerate(checks)
        )
        return f"CASE fault {cases} END AS {name}"

    cases = " ".join(f"WHEN {check.refused_when} THEN {place}" for place, check in enumerate(checks))
    problem = told(lambda check: check.problem, "problem")
    about = told(lambda check: check.column, "problem_column")
    return [f"*, CASE {cases} END AS fault", f"* EXCLUDE (fault), {problem}, {about}"]


def refuse(
    connection: duckdb.DuckDBPyConnection, name: str, refused: Iterable[str], *, column: str, problem: str, also: str = "true"
) -> None:
    """Mark staged rows as refused by the values of one column, after the city was asked about them."""
    import pyarrow as pa  # noqa: PLC0415 - only where rows were refused

    connection.register("refused_keys", pa.table({"k": pa.array(list(refused), pa.string())}))
    connection.execute(
        "UPDATE staged SET problem = ?, problem_column = ? "
        f"WHERE problem IS NULL AND {also} AND {quoted(name)} IN (SELECT k FROM refused_keys)",
        [problem, column],
    )
    connection.unregister("refused_keys")


def key_of(key: tuple[str, ...]) -> str:
    """A staged row's key as one SQL text; the parts stand apart by a unit separator, which no identifier holds."""
    return f"concat_ws(chr(31), {', '.join(f'staged.{quoted(name)}' for name in key)})"


def counted(connection: duckdb.DuckDBPyConnection, source: Source) -> Staged:
    """What is staged, refused and repeated as it stands now."""
    found = connection.execute("SELECT count(*), count(problem), (SELECT count(*) FROM good) FROM staged").fetchone()
    rows_in, rejected, good = found or (0, 0, 0)
    return Staged(source, rows_in, rejected, rows_in - rejected - good)


def write_rejects(connection: duckdb.DuckDBPyConnection, staged: Staged, target: Path) -> None:
    """The refused rows as they came, with ``row, column, problem``, as CSV with BOM."""
    whole = ", ".join(quoted(name) for name in staged.source.columns)
    found = connection.execute(
        f'SELECT n AS "row", problem_column AS "column", problem, {whole} FROM staged WHERE problem IS NOT NULL ORDER BY n'
    )
    import csv  # noqa: PLC0415 - only when rows were refused

    with target.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["row", "column", "problem", *staged.source.columns])
        while rows := found.fetchmany(10_000):
            writer.writerows(rows)

"""The roster compared with all specimens given (应检尽检、不漏一人): who is tested, missing, exempt, twice, unregistered.

One aggregate over roster, specimens and exemptions together answers everything: each person once, with the number of
roster rows, the place, the smallest and largest tube, and whether exempt. Two different tubes are there exactly when the
smallest is not the largest, so no list of tubes is built but for those people. The bound is reading the ids and hashing
each of the ~12 million rows once.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bulou.kernel.errors import InputFault
from bulou.tables.relation import Source, fault_of, first_row_where, literal, open_source, trimmed

if TYPE_CHECKING:
    import duckdb

OUTPUTS = ("missing", "duplicates", "unregistered", "by_unit")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of people; the keys of CONTRACT's ``coverage --json``."""

    roster: int
    tested: int
    missing: int
    exempt: int
    exempt_unknown: int
    duplicate_people: int
    unregistered: int
    units: int
    elapsed_s: float

    def as_json(self) -> dict[str, float]:
        """The counts as plain values."""
        return asdict(self)


def coverage(
    *, roster: Path, specimens: Path, exemptions: Path | None = None, out: Path | None = None, threads: int | None = None
) -> Coverage:
    """Compare files; ``out`` takes ``missing, duplicates, unregistered, by_unit`` as Parquet, all of them or none.

    ``InputFault`` on the first bad row of any file; then nothing is written.
    """
    import duckdb  # noqa: PLC0415 - 60 ms that a help text should not pay

    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="bulou-coverage-") as scratch, duckdb.connect() as connection:
        folder = Path(scratch)
        connection.execute(f"SET temp_directory = {literal(str(folder))}")
        if threads is not None:
            connection.execute(f"SET threads = {int(threads)}")
        sources = _open(connection, roster, specimens, exemptions, folder)
        _aggregate(connection, sources)
        _refuse_bad_rows(connection, sources)
        counts = _counts(connection)
        if out is not None:
            _write(connection, sources, out)
    return Coverage(**counts, elapsed_s=round(time.perf_counter() - started, 3))


@dataclass(frozen=True, slots=True)
class _Sources:
    roster: Source
    specimens: Source
    exemptions: Source | None


def _open(
    connection: duckdb.DuckDBPyConnection, roster: Path, specimens: Path, exemptions: Path | None, folder: Path
) -> _Sources:
    return _Sources(
        open_source(connection, roster, needed=("person_id", "place_code"), names={"unit_code": "place_code"}, folder=folder),
        open_source(connection, specimens, needed=("tube_id", "person_id", "collected_at"), folder=folder),
        open_source(connection, exemptions, needed=("person_id", "reason"), folder=folder) if exemptions else None,
    )


def _aggregate(connection: duckdb.DuckDBPyConnection, sources: _Sources) -> None:
    """Build the temporary table ``people``: each person_id once."""
    import duckdb  # noqa: PLC0415 - see above

    person = trimmed("person_id")
    parts = [
        f"SELECT {person} AS p, 1 AS r, {trimmed('place_code')} AS place, NULL AS tube, 0 AS e FROM {sources.roster.sql}",
        f"SELECT {person}, 0, NULL, coalesce({trimmed('tube_id')}, ''), 0 FROM {sources.specimens.sql}",
    ]
    if sources.exemptions is not None:
        parts.append(f"SELECT {person}, 0, NULL, NULL, 1 FROM {sources.exemptions.sql}")
    union = " UNION ALL ".join(parts)
    try:
        connection.execute(
            "CREATE TEMP TABLE people AS SELECT p, sum(r)::INTEGER AS rosters, any_value(place) AS place, "
            f"min(tube) AS first_tube, max(tube) AS last_tube, max(e) AS exempt FROM ({union}) GROUP BY p"
        )
    except duckdb.Error as problem:
        raise _whose(connection, sources, problem) from problem


def _whose(connection: duckdb.DuckDBPyConnection, sources: _Sources, problem: Exception) -> InputFault:
    """Which file a reading error is about: the first that cannot be read alone."""
    import duckdb  # noqa: PLC0415 - see above

    for source in (sources.roster, sources.specimens, sources.exemptions):
        if source is None:
            continue
        try:
            connection.execute(f"SELECT count(*) FROM {source.sql} WHERE person_id = ''").fetchone()
        except duckdb.Error as own:
            return fault_of(source, own)
    return fault_of(sources.roster, problem)


def _refuse_bad_rows(connection: duckdb.DuckDBPyConnection, sources: _Sources) -> None:
    """A blank id, a blank place, an unreadable instant, a person twice on the roster: the whole file is refused."""
    row = connection.execute(
        "SELECT count_if(p IS NULL OR p = ''), min(p) FILTER (rosters > 1), "
        "count_if(rosters > 0 AND (place IS NULL OR place = '')), count_if(first_tube = '') FROM people"
    ).fetchone()
    blank, twice, placeless, tubeless = row or (0, None, 0, 0)
    if blank:
        for source in (sources.roster, sources.specimens, sources.exemptions):
            _refuse_blank(connection, source, "person_id")
    if twice is not None:
        at = first_row_where(connection, sources.roster, f"{trimmed('person_id')} = {literal(twice)}")
        raise InputFault(
            f"the roster names {twice} twice", file=sources.roster.path.name, row=at, column="person_id",
            code="person-twice", remedy="Keep one row for each person.",
        )  # fmt: skip
    if placeless:
        _refuse_blank(connection, sources.roster, "place_code")
    if tubeless:
        _refuse_blank(connection, sources.specimens, "tube_id")
    _refuse_bad_instants(connection, sources.specimens)
    total = connection.execute("SELECT coalesce(sum(rosters), 0) FROM people").fetchone()
    if total is None or not total[0]:
        raise InputFault(
            "the roster has a header and no people", file=sources.roster.path.name, code="empty",
            remedy="Send the people too.",
        )  # fmt: skip


def _refuse_blank(connection: duckdb.DuckDBPyConnection, source: Source | None, column: str) -> None:
    if source is None:
        return
    at = first_row_where(connection, source, f"coalesce({trimmed(column)}, '') = ''")
    if at is not None:
        raise InputFault(f"{column} is blank", file=source.path.name, row=at, column=column, code="blank", remedy="Fill it in.")


def _refuse_bad_instants(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    typed = "collected_at" in source.instants
    bad = "collected_at IS NULL" if typed else "try_cast(collected_at AS TIMESTAMPTZ) IS NULL"
    found = connection.execute(f"SELECT count(*) FROM {source.sql} WHERE {bad}").fetchone()
    if found is None or not found[0]:
        return
    at = first_row_where(connection, source, bad)
    raise InputFault(
        "collected_at is not an instant", file=source.path.name, row=at, column="collected_at", code="bad-instant",
        remedy="Write ISO 8601, as 2022-09-20T14:26 or 2022-09-20T14:26+08:00.",
    )  # fmt: skip


_TESTED = "rosters > 0 AND first_tube IS NOT NULL"
_MISSING = "rosters > 0 AND first_tube IS NULL AND exempt = 0"
_EXEMPT = "rosters > 0 AND first_tube IS NULL AND exempt = 1"


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    row = connection.execute(
        f"SELECT count_if(rosters > 0), count_if({_TESTED}), count_if({_MISSING}), count_if({_EXEMPT}), "
        "count_if(exempt = 1 AND rosters = 0), count_if(first_tube <> last_tube), "
        "count_if(rosters = 0 AND first_tube IS NOT NULL), count(DISTINCT place) FROM people"
    ).fetchone()
    names = ("roster", "tested", "missing", "exempt", "exempt_unknown", "duplicate_people", "unregistered", "units")
    return {name: int(value or 0) for name, value in zip(names, row or (), strict=True)}  # count_if of nothing is NULL


def _write(connection: duckdb.DuckDBPyConnection, sources: _Sources, out: Path) -> None:
    """Write the four outputs beside their place and move them in at once, so that a failure leaves nothing half-done."""
    person, tube = trimmed("person_id"), trimmed("tube_id")
    queries = {
        "missing": f"SELECT p AS person_id, place AS unit_code FROM people WHERE {_MISSING} ORDER BY 1",
        "duplicates": (
            f"SELECT {person} AS person_id, list_sort(list_distinct(list({tube}))) AS tubes FROM {sources.specimens.sql} "
            f"WHERE {person} IN (SELECT p FROM people WHERE first_tube <> last_tube) GROUP BY 1 ORDER BY 1"
        ),
        "unregistered": ("SELECT p AS person_id FROM people WHERE rosters = 0 AND first_tube IS NOT NULL ORDER BY 1"),
        "by_unit": (
            f"SELECT place AS unit_code, count(*) AS roster, count_if({_TESTED}) AS tested, "
            f"count_if({_EXEMPT}) AS exempt, count_if({_MISSING}) AS missing "
            "FROM people WHERE rosters > 0 GROUP BY 1 ORDER BY 1"
        ),
    }
    out.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".coverage-", dir=out))
    try:
        for name, sql in queries.items():
            connection.execute(f"COPY ({sql}) TO {literal(str(beside / f'{name}.parquet'))} (FORMAT parquet)")
        for name in queries:
            (beside / f"{name}.parquet").replace(out / f"{name}.parquet")
    finally:
        shutil.rmtree(beside, ignore_errors=True)

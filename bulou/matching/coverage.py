"""The roster compared with all specimens given (应检尽检、不漏一人): who is tested, missing, exempt, twice, unregistered.

One aggregate over the specimens (each person once, with the smallest and largest tube: two different tubes are there exactly
when these differ), and one full join with the roster, answer everything; no list of tubes is built but for those people. The
bound is reading the ids and hashing each of the ~12 million rows once.
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
        connection.execute("SET enable_progress_bar = false")  # it would be drawn on stdout, into the JSON
        connection.execute(f"SET temp_directory = {literal(str(folder))}")
        if threads is not None:
            connection.execute(f"SET threads = {int(threads)}")
        sources = _open(connection, roster, specimens, exemptions, folder)
        plain = _aggregate(connection, sources)
        _refuse_bad_rows(connection, sources)
        counts = _counts(connection)
        if out is not None:
            _write(connection, sources, out, as_they_stand=plain)
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


def _aggregate(connection: duckdb.DuckDBPyConnection, sources: _Sources) -> bool:
    """Build ``sampled`` and ``people`` from the ids as they stand, and again from trimmed ids where one needs it.

    Trimming costs more than comparing, and nearly no file needs it. Ids of plain ASCII show by their ends whether they
    do; anything else is trimmed to be sure. Returns whether the ids could be taken as they stand.
    """
    import duckdb  # noqa: PLC0415 - see above

    try:
        _build(connection, sources, as_they_stand=True)
        plain = not _may_have_blank_ends(connection)
        if not plain:
            _build(connection, sources, as_they_stand=False)
    except duckdb.Error as problem:
        raise _whose(connection, sources, problem) from problem
    return plain


def _build(connection: duckdb.DuckDBPyConnection, sources: _Sources, *, as_they_stand: bool) -> None:
    """``sampled``: each person in a tube once, with the smallest and largest tube. ``people``: joined to the roster."""

    def text(name: str) -> str:
        return name if as_they_stand else trimmed(name)

    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT {text('person_id')} AS p, min(coalesce({text('tube_id')}, '')) "
        f"AS first_tube, max(coalesce({text('tube_id')}, '')) AS last_tube FROM {sources.specimens.sql} GROUP BY 1"
    )
    excused, exempt, joined = "SELECT NULL::VARCHAR AS p WHERE false", "false", ""
    if sources.exemptions is not None:
        excused = f"SELECT DISTINCT {text('person_id')} AS p FROM {sources.exemptions.sql}"
        exempt, joined = "excused.p IS NOT NULL", "LEFT JOIN excused ON excused.p = r.p"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE excused AS {excused}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE people AS SELECT coalesce(r.p, s.p) AS p, r.place, r.place IS NOT NULL AS listed, "
        f"s.twice IS NOT NULL AS tested, coalesce(s.twice, false) AS twice, {exempt} AS exempt FROM "
        f"(SELECT {text('person_id')} AS p, coalesce({text('place_code')}, '') AS place FROM {sources.roster.sql}) r "
        f"FULL JOIN (SELECT p, first_tube <> last_tube AS twice FROM sampled) s ON r.p = s.p {joined}"
    )


def _may_have_blank_ends(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether any id that matters begins or ends with something that is no printing ASCII character.

    The smallest and the largest of all first characters, and of all last ones, say it for a whole column. A tube's ends
    matter only where a person has two: one tube alone is one tube, however it is written, unless it is blank.
    """

    def beyond(name: str) -> str:
        return f"coalesce(min({name}) < '!' OR max({name}) >= '\x7f', false)"

    def ends(name: str) -> str:
        return f"{beyond(name)} OR {beyond(f'array_extract({name}, -1)')}"

    row = connection.execute(
        f"SELECT (SELECT {ends('p')} FROM people) OR (SELECT {ends('p')} FROM excused) "
        f"OR (SELECT {ends('place')} FROM (SELECT DISTINCT place FROM people)) "
        f"OR (SELECT {beyond('first_tube')} FROM sampled) "
        f"OR (SELECT {ends('first_tube')} OR {ends('last_tube')} FROM sampled WHERE first_tube <> last_tube)"
    ).fetchone()
    return bool(row and row[0])


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
        "SELECT count_if(p IS NULL OR p = ''), count_if(listed), count_if(listed AND place = ''), "
        "(SELECT count_if(first_tube = '') FROM sampled) FROM people"
    ).fetchone()
    blank, listed, placeless, tubeless = row or (0, 0, 0, 0)
    if blank or _has_blank(connection, sources.exemptions):
        for source in (sources.roster, sources.specimens, sources.exemptions):
            _refuse_blank(connection, source, "person_id")
    if _somebody_twice(connection):
        _refuse_twice(connection, sources.roster)
    if placeless:
        _refuse_blank(connection, sources.roster, "place_code")
    if tubeless:
        _refuse_blank(connection, sources.specimens, "tube_id")
    _refuse_bad_instants(connection, sources.specimens)
    if not listed:
        raise InputFault(
            "the roster has a header and no people",
            file=sources.roster.path.name,
            code="empty",
            remedy="Send the people too.",
        )


def _has_blank(connection: duckdb.DuckDBPyConnection, exemptions: Source | None) -> bool:
    if exemptions is None:
        return False
    row = connection.execute("SELECT count_if(p IS NULL OR p = '') FROM excused").fetchone()
    return bool(row and row[0])


def _somebody_twice(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the roster names somebody twice, without grouping all of it again.

    ``sampled`` has each person once. So among those found there, as many roster rows as people were found means each once;
    only the others, who are few, are counted by id: chosen before they are counted, since a filtered distinct count hashes
    all six million.
    """
    row = connection.execute(
        "SELECT count_if(listed AND tested) <> (SELECT count(*) FROM sampled) - count_if(NOT listed) "
        "OR (SELECT count(DISTINCT p) FROM people WHERE listed AND NOT tested) <> count_if(listed AND NOT tested) FROM people"
    ).fetchone()
    return bool(row and row[0])


def _refuse_twice(connection: duckdb.DuckDBPyConnection, roster: Source) -> None:
    row = connection.execute("SELECT min(p) FROM (SELECT p FROM people WHERE listed GROUP BY p HAVING count(*) > 1)").fetchone()
    if row is None or row[0] is None:
        return
    raise InputFault(
        f"the roster names {row[0]} twice",
        file=roster.path.name,
        row=first_row_where(connection, roster, f"{trimmed('person_id')} = {literal(row[0])}"),
        column="person_id",
        code="person-twice",
        remedy="Keep one row for each person.",
    )


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


_TESTED = "listed AND tested"
_MISSING = "listed AND NOT tested AND NOT exempt"
_EXEMPT = "listed AND NOT tested AND exempt"


def _counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    row = connection.execute(
        f"SELECT count_if(listed), count_if({_TESTED}), count_if({_MISSING}), count_if({_EXEMPT}), "
        "(SELECT count(*) FROM excused) - count_if(listed AND exempt), count_if(twice), "
        "count_if(NOT listed), count(DISTINCT place) FROM people"
    ).fetchone()
    names = ("roster", "tested", "missing", "exempt", "exempt_unknown", "duplicate_people", "unregistered", "units")
    return {name: int(value or 0) for name, value in zip(names, row or (), strict=True)}  # count_if of nothing is NULL


def _write(connection: duckdb.DuckDBPyConnection, sources: _Sources, out: Path, *, as_they_stand: bool) -> None:
    """Write the four outputs beside their place and move them in at once, so that a failure leaves nothing half-done."""
    person, tube = "person_id" if as_they_stand else trimmed("person_id"), trimmed("tube_id")
    queries = {
        "missing": f"SELECT p AS person_id, place AS unit_code FROM people WHERE {_MISSING} ORDER BY 1",
        "duplicates": (
            f"SELECT {person} AS person_id, list_sort(list_distinct(list({tube}))) AS tubes FROM {sources.specimens.sql} "
            f"WHERE {person} IN (SELECT p FROM people WHERE twice) GROUP BY 1 ORDER BY 1"
        ),
        "unregistered": ("SELECT p AS person_id FROM people WHERE NOT listed ORDER BY 1"),
        "by_unit": (
            f"SELECT place AS unit_code, count(*) AS roster, count_if({_TESTED}) AS tested, "
            f"count_if({_EXEMPT}) AS exempt, count_if({_MISSING}) AS missing "
            "FROM people WHERE listed GROUP BY 1 ORDER BY 1"
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

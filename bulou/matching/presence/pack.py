"""``bulou presence pack``: presences of any number of files, arranged once for searching.

DuckDB reads, sorts out of core and hands over batches; only the dictionaries and the offsets stand in memory, so that 100
million presences fit into a few gigabytes. The directory appears at once, whole, or not at all.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bulou.kernel.errors import InputFault
from bulou.matching.presence.packed import FORMAT, MANIFEST, REMEDY, VERSION, Ints, digest, is_packed
from bulou.matching.presence.reading import connect, load_presences

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_MEMORY = "1500MB"  # for DuckDB's sort; what does not fit goes to disk beside the target; operational
_BATCH = 1 << 20  # rows at a time between DuckDB and the arrays; operational
_LINE_END = 1 << 62  # the line's end, well inside int64, so that a sum of two positions' parts cannot wrap
_SMALL = 1 << 31  # presence numbers below this fit int32


@dataclass(frozen=True, slots=True)
class Pack:
    """What was packed; the keys of ``presence pack --json``."""

    presences: int
    people: int
    places: int
    bytes: int
    elapsed_s: float

    def as_json(self) -> dict[str, float]:
        """The counts as plain values."""
        return asdict(self)


def pack(*, files: Sequence[Path], to: Path, threads: int | None = None) -> Pack:
    """Write all presences of the files as one packed directory ``to``, replacing a packed one that stands there.

    ``InputFault``: the first bad row of any file; a target that is something else; then nothing is changed.
    """
    started = time.perf_counter()
    to = to.absolute()
    if to.exists() and not is_packed(to) and not (to.is_dir() and not any(to.iterdir())):
        raise InputFault(
            "this place holds something else", file=to.name, column="--to", code="occupied",
            remedy="Name a new folder, or one packed before.",
        )  # fmt: skip
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".presence-", dir=to.parent) as beside:
        work, made = Path(beside) / "work", Path(beside) / "made"
        work.mkdir()
        made.mkdir()
        with connect(folder=work, threads=threads, database=str(work / "pack.duckdb")) as connection:
            connection.execute(f"SET memory_limit = '{_MEMORY}'")
            load_presences(connection, files, work)
            counts = _arrange(connection, made)
        size = _seal(made, counts)
        _replace(made, to, Path(beside) / "former")
    return Pack(**counts, bytes=size, elapsed_s=round(time.perf_counter() - started, 3))


def _arrange(connection: duckdb.DuckDBPyConnection, made: Path) -> dict[str, int]:
    connection.execute(
        "CREATE TABLE people AS SELECT person, (row_number() OVER (ORDER BY person) - 1)::INTEGER AS who "
        "FROM (SELECT DISTINCT person FROM presence)"
    )
    connection.execute(
        "CREATE TABLE places AS SELECT place, (row_number() OVER (ORDER BY place) - 1)::INTEGER AS spot, first, span, n, "
        "longest "
        "FROM (SELECT place, min(a) AS first, max(l) - min(a) AS span, count(*) AS n, max(l - a) AS longest "
        "FROM presence GROUP BY place)"
    )
    people = _dictionary(connection, "SELECT person FROM people ORDER BY who", made, "people")
    places = _dictionary(connection, "SELECT place FROM places ORDER BY spot", made, "places")
    total = _places(connection, made, places)
    connection.execute(
        "CREATE TABLE coded AS SELECT spot, a, l, who FROM presence JOIN places USING (place) JOIN people USING (person)"
    )
    connection.execute("DROP TABLE presence")
    met = _lay_out(connection, made, total=total, people=people)
    _by_person(made, total=total, met=met)
    return {"presences": total, "people": people, "places": places}


def _batches(connection: duckdb.DuckDBPyConnection, sql: str) -> Iterator[pa.RecordBatch]:
    yield from connection.cursor().sql(sql).to_arrow_reader(_BATCH)


def _dictionary(connection: duckdb.DuckDBPyConnection, sql: str, made: Path, name: str) -> int:
    """Write sorted ids as offsets and text; returns how many."""
    import pyarrow as pa  # noqa: PLC0415 - 60 ms that a help text should not pay

    at, count = 0, 0
    with (made / f"{name}_begins.bin").open("wb") as begins, (made / f"{name}_text.bin").open("wb") as text:
        np.zeros(1, np.int64).tofile(begins)
        for batch in _batches(connection, sql):
            ids = batch.column(0).cast(pa.large_string())
            _, offsets, content = ids.buffers()
            ends = np.frombuffer(offsets, np.int64)[ids.offset : ids.offset + len(ids) + 1]
            (ends[1:] - ends[0] + at).tofile(begins)
            if len(ids):
                text.write(memoryview(content)[int(ends[0]) : int(ends[-1])])
            at, count = at + int(ends[-1] - ends[0]), count + len(ids)
    return count


def _places(connection: duckdb.DuckDBPyConnection, made: Path, places: int) -> int:
    """Give each place its stretch of the line; returns how many presences there are."""
    found = connection.execute("SELECT first, span, n, longest FROM places ORDER BY spot").fetchnumpy()
    first, span, count, longest = (np.asarray(found[name], np.int64) for name in ("first", "span", "n", "longest"))
    if float(span.sum(dtype=np.float64)) + places > _LINE_END:
        raise InputFault(
            "the times between first arrival and last leaving, over all places, add up to more than 146,000 years",
            code="too-long", column="left_at", remedy="Correct ends that lie centuries ahead, or trace from the files.",
        )  # fmt: skip
    base = np.concatenate([np.zeros(1, np.int64), np.cumsum(span + 1)[:-1]]) if places else np.empty(0, np.int64)
    (base - first).tofile(made / "shift.bin")
    longest.tofile(made / "longest.bin")
    begins = np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])
    begins.tofile(made / "place_begins.bin")
    return int(begins[-1])


def _lay_out(connection: duckdb.DuckDBPyConnection, made: Path, *, total: int, people: int) -> Ints:
    """Write the presences along the line; returns how many each person has."""
    shift = np.fromfile(made / "shift.bin", np.int64)
    met = np.zeros(people, np.int64)
    done = 0
    with (
        (made / "arrived.bin").open("wb") as arrived,
        (made / "left.bin").open("wb") as left,
        (made / "person.bin").open("wb") as person,
    ):
        for batch in _batches(connection, "SELECT spot, a, l, who FROM coded ORDER BY spot, a, l, who"):
            spot, came, went, who = (column.to_numpy() for column in batch.columns)
            (came + shift[spot]).tofile(arrived)
            (went + shift[spot]).tofile(left)
            who.tofile(person)
            met += np.bincount(who, minlength=people)
            done += len(who)
    if done != total:
        message = f"{done} presences laid out, {total} counted"
        raise RuntimeError(message)
    return met


def _by_person(made: Path, *, total: int, met: Ints) -> None:
    """Write each person's presence numbers, a counting sort batch by batch."""
    begins = np.concatenate([np.zeros(1, np.int64), np.cumsum(met)])
    begins.tofile(made / "person_begins.bin")
    if not total:
        (made / "order.bin").touch()
        return
    kind = np.dtype(np.int32 if total < _SMALL else np.int64)
    person = np.memmap(made / "person.bin", np.int32, "r", shape=(total,))
    order: np.memmap[Any, np.dtype[Any]] = np.memmap(made / "order.bin", kind, "w+", shape=(total,))
    free = begins[:-1].copy()
    for start in range(0, total, 4 * _BATCH):
        who = np.asarray(person[start : start + 4 * _BATCH])
        rank = np.argsort(who, kind="stable")
        sorted_who = who[rank]
        first = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(np.diff(sorted_who)) + 1])
        runs = np.diff(np.append(first, len(who)))
        within = np.arange(len(who)) - np.repeat(first, runs)
        order[free[sorted_who] + within] = rank + start
        free[sorted_who[first]] += runs
    order.flush()


def _seal(made: Path, counts: dict[str, int]) -> int:
    """Write the manifest last; returns the directory's size in bytes."""
    wide = {"person": np.int32, "order": np.int32 if counts["presences"] < _SMALL else np.int64}
    files = {}
    for path in sorted(made.glob("*.bin")):
        kind = np.dtype(np.uint8 if path.stem.endswith("_text") else wide.get(path.stem, np.int64))
        size = path.stat().st_size
        files[path.name] = {"type": kind.str, "count": size // kind.itemsize, "sha256": digest(path)}
    manifest = {"format": FORMAT, "version": VERSION, **counts, "files": files}
    (made / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    return sum(path.stat().st_size for path in made.iterdir())


def _replace(made: Path, to: Path, former: Path) -> None:
    """Put the new directory in its place; the former one goes only when the new one stands."""
    if to.exists():
        to.rename(former)
    try:
        made.rename(to)
    except OSError as fault:
        if former.exists():
            former.rename(to)
        raise InputFault(f"cannot be put in place: {fault}", file=to.name, code="unwritable", remedy=REMEDY) from fault
    shutil.rmtree(former, ignore_errors=True)

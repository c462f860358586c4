"""An oracle of the contract's words in plain Python, and files of drawn presences, shared by the tests of tracing."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import duckdb
from hypothesis import strategies as st

BASE = datetime(2022, 9, 20, tzinfo=UTC)
INVS15 = Path(__file__).resolve().parents[2] / "../shared/data/contacts/workplace_invs15_contacts.csv.gz"


def overlaps(presences, windows_of):
    """Every (contact, source, place, start, end) of people other than the sources."""
    at_place = defaultdict(list)
    for person, place, arrived, left in presences:
        at_place[place].append((person, arrived, left))
    for source, place, arrived, left in presences:
        for begin, end in windows_of.get(source, ()):
            lo, hi = max(arrived, begin), min(left, end)
            for person, came, went in at_place[place]:
                start, stop = max(lo, came), min(hi, went)
                if start < stop and person not in windows_of:
                    yield person, source, place, start, stop


def oracle(presences, cases, min_minutes, rings):
    """``{person: (ring, source, place, start, end)}``; instants are numbers of microseconds."""
    windows = defaultdict(list)
    for person, begin, end in cases:
        windows[person].append((begin, end))
    closed, found = set(windows), {}
    for ring in range(1, rings + 1):
        met = defaultdict(list)
        for person, source, place, start, stop in overlaps(presences, windows):
            if person not in closed and stop - start >= Fraction(str(min_minutes)) * 60_000_000:
                met[person].append((stop - start, start, source, place, stop))
        windows = {}
        for person, held in met.items():
            _, start, source, place, stop = min(held, key=lambda one: (-one[0], one[1], one[2], one[3]))
            found[person] = (ring, source, place, start, stop)
            first = min((one[1], one[4]) for one in held)
            windows[person] = [(first[1], float("inf"))]
        closed |= set(met)
    return found


def instant(micros):
    return (BASE + timedelta(microseconds=micros)).isoformat()


def write(path: Path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def write_presences(path: Path, rows):
    shown = [(person, place, instant(a), instant(b)) for person, place, a, b in rows]
    return write(path, ["person_id", "place_id", "arrived_at", "left_at"], shown)


def write_cases(path: Path, rows):
    shown = [(person, instant(a), instant(b)) for person, a, b in rows]
    return write(path, ["person_id", "infectious_from", "infectious_until"], shown)


def read_contacts(folder: Path):
    """``contacts.parquet`` in the oracle's form, its own columns checked against each other."""
    rows = duckdb.sql(
        f"SELECT person_id, ring, source_person_id, place_id, epoch_us(exposed_from), epoch_us(exposed_until), minutes "
        f"FROM read_parquet('{folder / 'contacts.parquet'}')"
    ).fetchall()
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    base = int(BASE.timestamp()) * 1_000_000
    assert all(row[6] == (row[5] - row[4]) / 1_000_000 / 60 for row in rows)
    return {row[0]: (row[1], row[2], row[3], row[4] - base, row[5] - base) for row in rows}


MINUTE = 60_000_000
_people = st.sampled_from(["A", "B", "C", "D", "E", "F", "é", "\uffee", "\U0001f600"])
_places = st.sampled_from(["X", "Y", "x", "\uffee", "\U00010000"])
# whole and half minutes meet often (ties, touching); the odd microseconds stand just beside a threshold
_starts = st.one_of(st.integers(0, 120).map(lambda half: half * MINUTE // 2), st.integers(0, 60 * MINUTE))
_stays = st.one_of(
    st.integers(1, 80).map(lambda half: half * MINUTE // 2),
    st.sampled_from([1, MINUTE - 1, MINUTE, MINUTE + 1, 15 * MINUTE - 1, 15 * MINUTE, 15 * MINUTE + 1, 3000 * MINUTE]),
)
_spans = st.tuples(_starts, _stays).map(lambda pair: (pair[0], pair[0] + pair[1]))
presences = st.lists(
    st.tuples(_people, _places, _spans).map(lambda row: (row[0], row[1], *row[2])), min_size=1, max_size=40
).flatmap(lambda rows: st.lists(st.sampled_from(rows), max_size=3).map(lambda again: rows + again))
cases = st.lists(st.tuples(st.sampled_from(["A", "B", "é", "Z"]), _spans).map(lambda row: (row[0], *row[1])), max_size=5)
minutes = st.sampled_from([0, 0.5, 1, 5, 15, 15.000001])


def invs15():
    """Each uninterrupted contact of a pair is a place of its own at which both are present; instants in microseconds."""
    seen = defaultdict(list)
    with gzip.open(INVS15, "rt") as source:
        for row in csv.DictReader(source):
            seen[tuple(sorted((row["i"], row["j"])))].append(int(row["t"]))
    rows = []
    for pair, times in seen.items():
        begin = last = None
        for at in [*sorted(set(times)), None]:
            if last is not None and at != last + 20:
                place = f"{pair[0]}-{pair[1]}-{begin}"
                rows += [(one, place, begin * 1_000_000, (last + 20) * 1_000_000) for one in pair]
                begin = at
            elif begin is None:
                begin = at
            last = at
    return rows

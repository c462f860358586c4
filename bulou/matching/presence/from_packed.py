"""Contacts from a packed directory: the cases are read, the search is asked, codes become ids again."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bulou.matching.presence.answer import Trace, check_rings, contacts_schema, least_overlap, write_contacts
from bulou.matching.presence.packed import Packed, open_packed
from bulou.matching.presence.reading import connect, load_cases
from bulou.matching.presence.search import Ring, search

if TYPE_CHECKING:
    import pyarrow as pa


def trace_packed(
    *, presence: Path, cases: Path, min_minutes: float | str = 15, rings: int = 1, out: Path | None = None
) -> Trace:
    """The same from a packed directory, reading only what the cases touch."""
    started = time.perf_counter()
    least = least_overlap(min_minutes)
    check_rings(rings)
    packed = open_packed(presence)
    given = _windows(cases)
    windows = {
        code: given[person] for person, code in zip(given, packed.person_codes(list(given)), strict=True) if code is not None
    }
    found = search(packed, windows, least=least, rings=rings, named=out is not None)
    if out is not None:
        write_contacts(_table(packed, found), out)
    return Trace(len(given), tuple(len(ring.person) for ring in found), round(time.perf_counter() - started, 3))


def _windows(cases: Path) -> dict[str, list[tuple[int, int]]]:
    with tempfile.TemporaryDirectory(prefix="bulou-trace-") as scratch, connect(folder=Path(scratch)) as connection:
        load_cases(connection, cases, Path(scratch))
        windows: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for person, since, until in connection.execute("SELECT person, f, u FROM windows ORDER BY ALL").fetchall():
            windows[person].append((since, until))
    return dict(windows)


def _table(packed: Packed, rings: list[Ring]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415 - 60 ms, and only where a folder is asked for

    person = np.concatenate([ring.person for ring in rings])
    rank = np.argsort(person)
    begins, ends = (np.concatenate([getattr(ring, name) for ring in rings])[rank] for name in ("begins", "ends"))
    number = np.repeat(np.arange(1, len(rings) + 1, dtype=np.int32), [len(ring.person) for ring in rings])[rank]
    source = packed.people.take(pa.array(np.concatenate([ring.source for ring in rings])[rank]))
    place = packed.places.take(pa.array(np.concatenate([ring.place for ring in rings])[rank]))
    minutes = (ends - begins) / 1_000_000 / 60
    columns = [packed.people.take(pa.array(person[rank])), number, source, place, begins, ends, minutes]
    plain = pa.table([pa.array(column) for column in columns], names=contacts_schema().names)
    return plain.cast(contacts_schema())

"""One question, two ways to the same answer: files by DuckDB, a packed directory by the search on it."""

from __future__ import annotations

from pathlib import Path

from bulou.matching.presence.answer import Trace
from bulou.matching.presence.from_files import trace_files, unknown_engine


def trace(
    *,
    presence: Path,
    cases: Path,
    min_minutes: float | str = 15,
    rings: int = 1,
    engine: str = "duckdb",
    out: Path | None = None,
    threads: int | None = None,
) -> Trace:
    """Contacts of the cases (密接) and of those (次密接 and on), from a file or a packed directory.

    ``min_minutes``: the shortest single overlap; 0 means any that is not empty. ``out`` takes ``contacts.parquet``.
    ``InputFault``: a bad row, a directory that is not packed, an engine or a number out of range; then nothing is written.
    """
    if engine != "duckdb":
        raise unknown_engine(engine)
    if presence.is_dir():
        from bulou.matching.presence.from_packed import trace_packed  # noqa: PLC0415 - NumPy's 100 ms, where it is needed

        return trace_packed(presence=presence, cases=cases, min_minutes=min_minutes, rings=rings, out=out)
    return trace_files(presence=[presence], cases=cases, min_minutes=min_minutes, rings=rings, out=out, threads=threads)

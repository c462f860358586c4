"""What a trace asks and answers, whichever engine searched: the thresholds, the counts, the contacts as a file."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation, localcontext
from pathlib import Path
from typing import TYPE_CHECKING

from bulou.kernel.errors import InputFault

if TYPE_CHECKING:
    import pyarrow as pa

MAX_RINGS = 100  # more is a slip of the pen: each ring is a generation of spread; operational
_MAX_MINUTES = 10_000 * 366 * 24 * 60  # longer than the calendar


@dataclass(frozen=True, slots=True)
class Trace:
    """Counts of people per ring; the keys of CONTRACT's ``trace --json``."""

    cases: int
    rings: tuple[int, ...]
    elapsed_s: float

    def as_json(self) -> dict[str, float]:
        """The counts as plain values: ``cases, ring1, ring2, …, elapsed_s``."""
        rings = {f"ring{number}": count for number, count in enumerate(self.rings, start=1)}
        return {"cases": self.cases, **rings, "elapsed_s": self.elapsed_s}


def least_overlap(minutes: float | str) -> int:
    """The shortest overlap that makes a contact, in microseconds: at least one, because touching is no overlap."""
    try:
        exact = Decimal(str(minutes))
    except InvalidOperation as fault:
        raise _out_of_range("--min-minutes", f"0 to {_MAX_MINUTES}") from fault
    if not exact.is_finite() or not 0 <= exact <= _MAX_MINUTES:
        raise _out_of_range("--min-minutes", f"0 to {_MAX_MINUTES}")
    with localcontext(prec=60):  # more digits than anybody types: the product is not rounded down to a shorter overlap
        return max(1, int((exact * 60_000_000).to_integral_value(ROUND_CEILING)))


def check_rings(rings: int) -> None:
    """``InputFault`` unless at least one ring is asked for, and no more than anybody could follow."""
    if not 1 <= rings <= MAX_RINGS:
        raise _out_of_range("--rings", f"1 to {MAX_RINGS}")


def _out_of_range(column: str, remedy: str) -> InputFault:
    return InputFault("out of range", column=column, code="out-of-range", remedy=f"Give {remedy}.")


def write_contacts(table: pa.Table, out: Path) -> None:
    """Write ``contacts.parquet`` beside its place and move it in, so that a failure leaves nothing half-done."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - 60 ms, and only where a folder is asked for

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".trace-", dir=out) as beside:
        made = Path(beside) / "contacts.parquet"
        pq.write_table(table, made)
        made.replace(out / "contacts.parquet")


def contacts_schema() -> pa.Schema:
    """The columns of ``contacts.parquet``; instants in UTC."""
    import pyarrow as pa  # noqa: PLC0415 - see above

    at = pa.timestamp("us", tz="UTC")
    return pa.schema([
        ("person_id", pa.string()), ("ring", pa.int32()), ("source_person_id", pa.string()), ("place_id", pa.string()),
        ("exposed_from", at), ("exposed_until", at), ("minutes", pa.float64()),
    ])  # fmt: skip

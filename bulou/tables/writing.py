"""Rows of text into a file that reads back the same: CSV, gzipped CSV, Parquet, XLSX.

Every cell is text, in every format, so an id keeps its zeros and a text that begins with ``=`` stays a text. In a CSV the
cells stand as they are, because a mark before ``=`` would not read back; whoever opens one in a spreadsheet takes XLSX.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from bulou.kernel.errors import InputFault

XLSX_ROWS = 1_048_576  # with the header; ECMA-376, 18.3.1.73
XLSX_CHARACTERS = 32_767  # of one cell; Excel's specification
ENDINGS = (".csv", ".csv.gz", ".parquet", ".xlsx")
_BATCH = 20_000

Row = Sequence[str]


def write_table(target: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Write a table in the format of the target's ending; returns the number of data rows.

    The file appears under its name when it is whole, never half. Memory stays at one batch of rows. ``InputFault``: an
    ending that is not written here, a folder that is not there, or more than a sheet holds.
    """
    if not target.name.endswith(ENDINGS):
        message = "not a format that is written here"
        raise InputFault(message, file=target.name, code="ending", remedy=f"Endings: {', '.join(ENDINGS)}.")
    part = target.with_name(f".{target.name}.part")
    try:
        if target.name.endswith(".parquet"):
            done = _parquet(part, columns, rows)
        elif target.name.endswith(".xlsx"):
            done = _xlsx(part, target.name, columns, rows)
        else:
            done = _csv(part, columns, rows, packed=target.name.endswith(".gz"))
        part.replace(target)
    except OSError as fault:
        message = f"the file cannot be written: {fault.strerror or fault}"
        raise InputFault(message, file=target.name, code="unwritable", remedy="Check the folder and its rights.") from fault
    finally:
        part.unlink(missing_ok=True)
    return done


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while batch := list(islice(left, _BATCH)):
        yield batch


def _csv(part: Path, columns: Sequence[str], rows: Iterable[Row], *, packed: bool) -> int:
    done = 0
    # No time stands in the gzip header, so that the same rows are the same bytes.
    with part.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) if packed else raw as out:
        text = io.TextIOWrapper(out, encoding="utf-8", newline="")
        # Quoted throughout: a carriage return or an empty cell then needs no rule of its own.
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        csv.writer(text, lineterminator="\n").writerow(columns)
        for batch in _batches(rows):
            writer.writerows(batch)
            done += len(batch)
        text.flush()
        text.detach()
    return done


def _parquet(part: Path, columns: Sequence[str], rows: Iterable[Row]) -> int:
    import pyarrow as pa  # noqa: PLC0415 - 100 ms that a CSV should not pay
    import pyarrow.parquet as pq  # noqa: PLC0415

    schema = pa.schema([(name, pa.string()) for name in columns])
    done = 0
    with pq.ParquetWriter(part, schema, compression="zstd") as writer:
        for batch in _batches(rows):
            cells = [pa.array([row[place] for row in batch], pa.string()) for place in range(len(columns))]
            writer.write_table(pa.Table.from_arrays(cells, schema=schema))
            done += len(batch)
    return done


def _xlsx(part: Path, name: str, columns: Sequence[str], rows: Iterable[Row]) -> int:
    import xlsxwriter  # noqa: PLC0415 - only here

    done = -1
    with xlsxwriter.Workbook(part, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        text = book.add_format({"num_format": "@"})
        for done, row in enumerate(chain([columns], rows)):
            if done >= XLSX_ROWS:
                message = f"a sheet holds {XLSX_ROWS - 1:,} rows"
                raise InputFault(message, file=name, code="too-large", remedy="Write CSV or Parquet.")
            for place, cell in enumerate(row):
                if len(cell) > XLSX_CHARACTERS:
                    message = f"a cell holds {XLSX_CHARACTERS:,} characters"
                    raise InputFault(
                        message,
                        file=name,
                        row=done + 1,
                        column=columns[place],
                        code="too-large",
                        remedy="Write CSV or Parquet.",
                    )
                sheet.write_string(done, place, cell, text)
    return done

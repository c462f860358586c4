"""The child that parses a workbook: reads the first sheet, writes CSV, or prints one JSON object that says what is wrong."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NoReturn

from bulou.tables.text import BLANKS

_FAULT = 3


def main() -> None:
    """``xlsx_child SOURCE TARGET '["person_id", …]'``."""
    source, target, text_columns = sys.argv[1], Path(sys.argv[2]), set(json.loads(sys.argv[3]))
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - imported under the limits

    try:
        book = CalamineWorkbook.from_path(source)
        sheet = book.get_sheet_by_index(0)
    except (CalamineError, OSError, ValueError) as fault:
        _say(code="unreadable", message=f"not a readable XLSX: {fault}")
    rows = iter(sheet.iter_rows())
    header = [str(cell).strip(BLANKS) for cell in next(rows, [])]
    if not any(header):
        _say(code="empty", message="the first sheet is empty", remedy="Put the table on the first sheet.")
    guarded = [place for place, name in enumerate(header) if name in text_columns]
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for number, row in enumerate(rows, start=2):
            if not any(cell not in {"", None} for cell in row):
                continue
            for place in guarded:
                if place < len(row) and not isinstance(row[place], str):
                    _say(
                        code="numeric-id",
                        message=f"the cell is a number ({row[place]!r}), so leading zeros or digits may be lost",
                        row=number,
                        column=header[place],
                        remedy="Format the column as text and fill it again from its source.",
                    )
            writer.writerow([_text(cell) for cell in row] + [""] * (len(header) - len(row)))


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell.total_seconds())
    return str(cell)


def _say(**fault: object) -> NoReturn:
    sys.stdout.write(json.dumps(fault))
    sys.exit(_FAULT)

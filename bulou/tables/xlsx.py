"""XLSX from anybody: inspected as a zip first, then parsed by a child process with limits; the parent always lives.

A spreadsheet may unpack to a gigabyte from a megabyte, or hold two cells at opposite corners, for which the parser would
allocate 512 GiB. Both are refused before the parser sees them; what else may go wrong kills the child only.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from bulou.kernel.errors import InputFault

MAX_UNPACKED = 768 << 20  # bytes; a sheet of a million people with ten columns is about 500 MB; operational
MAX_RATIO = 250  # unpacked : packed; honest sheets stay below 60; operational
MAX_CELLS = 24_000_000  # of the rectangle that the parser allocates, 32 bytes a cell; operational
MAX_PARTS = 2_000
SECONDS = 300
_MEMORY = 4 << 30
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_CHUNK = 1 << 20
_REMEDY = "Save only the table as a new workbook, or send CSV."


def column_number(letters: bytes) -> int:
    """A → 1, Z → 26, XFD → 16384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def inspect(path: Path) -> None:
    """Refuse what would hurt: no zip, too many parts, too much when unpacked, too wide a rectangle of cells."""
    if path.stat().st_size == 0:
        raise InputFault("the file is empty", file=path.name, code="empty", remedy="Send a workbook with rows.")
    try:
        with zipfile.ZipFile(path) as book:
            parts = book.infolist()
            if len(parts) > MAX_PARTS:
                raise _hostile(path, f"{len(parts)} parts in one workbook")
            unpacked = sum(part.file_size for part in parts)
            packed = max(1, sum(part.compress_size for part in parts))
            if unpacked > MAX_UNPACKED or (unpacked > 32 << 20 and unpacked / packed > MAX_RATIO):
                raise _hostile(path, f"it unpacks to {unpacked >> 20} MB from {packed >> 10} kB")
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    _measure(path, book, part)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as fault:
        message = f"not a readable XLSX: {fault}"
        raise InputFault(message, file=path.name, code="unreadable", remedy=_REMEDY) from fault


def _measure(path: Path, book: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Walk a sheet's cell references without parsing it; the unpacked size is counted, not believed."""
    left = top = 1 << 30
    right = bottom = done = 0
    rest = b""
    with book.open(part) as sheet:
        while chunk := sheet.read(_CHUNK):
            done += len(chunk)
            if done > MAX_UNPACKED:
                raise _hostile(path, "a sheet is longer than it says")
            text = rest + chunk
            for letters, digits in _CELL.findall(text):
                column, row = column_number(letters), int(digits)
                left, right, top, bottom = min(left, column), max(right, column), min(top, row), max(bottom, row)
            rest = text[-256:]
    cells = (right - left + 1) * (bottom - top + 1) if right else 0
    if cells > MAX_CELLS:
        raise _hostile(path, f"its cells span {bottom - top + 1} rows × {right - left + 1} columns")


def _hostile(path: Path, what: str) -> InputFault:
    return InputFault(f"this workbook is refused: {what}", file=path.name, code="too-large", remedy=_REMEDY)


def to_csv(path: Path, target: Path, *, text_columns: frozenset[str]) -> None:
    """The first sheet as CSV, by a child process that may be killed; a numeric cell in a text column is a file fault."""
    inspect(path)
    command = [sys.executable, "-c", _START, str(path), str(target), json.dumps(sorted(text_columns))]
    try:
        done = subprocess.run(  # noqa: S603 - our own child with our own arguments
            command, capture_output=True, timeout=SECONDS, check=False, preexec_fn=_limit, text=True
        )
    except subprocess.TimeoutExpired as fault:
        message = f"the workbook took more than {SECONDS} s to read"
        raise InputFault(message, file=path.name, code="too-large", remedy=_REMEDY) from fault
    if done.returncode == 0:
        return
    try:
        said = json.loads(done.stdout)
    except json.JSONDecodeError:
        message = f"the workbook could not be read (the reader ended with {done.returncode})"
        raise InputFault(message, file=path.name, code="unreadable", remedy=_REMEDY) from None
    raise InputFault(
        said["message"],
        file=path.name,
        row=said.get("row"),
        column=said.get("column", ""),
        code=said["code"],
        remedy=said.get("remedy", _REMEDY),
    )


_START = "from bulou.tables import xlsx_child; xlsx_child.main()"


def _limit() -> None:
    import resource  # noqa: PLC0415 - not on every system, and only in the child

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

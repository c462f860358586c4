"""Text files: which encoding, which delimiter, which header; decided from the bytes."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bulou.kernel.errors import InputFault

BLANKS = " \t\r\n\x0b\x0c\u00a0\u3000\ufeff"  # what is trimmed from ids: ASCII blanks, no-break and ideographic space, BOM
_CHUNK = 1 << 20
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text table is written."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]


def opened(path: Path) -> BinaryIO:
    """The file's bytes, unpacked when it is gzipped."""
    if path.name.endswith(".gz"):
        return gzip.open(path, "rb")  # type: ignore[return-value] # GzipFile reads like a binary file
    return path.open("rb")


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with opened(path) as source:
            while chunk := source.read(_CHUNK):
                yield chunk
    except (OSError, EOFError) as fault:
        message = f"the file cannot be read: {fault}"
        raise InputFault(message, file=path.name, code="unreadable", remedy="Send the file again.") from fault


def _decodes(path: Path, encoding: str) -> int | None:
    """None when the whole file is valid in the encoding, else the offset of the first bad byte."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    try:
        for chunk in _chunks(path):
            decoder.decode(chunk)
            done += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as fault:
        return done + fault.start
    return None


def encoding_of(path: Path) -> str:
    """``utf-8-sig`` or ``gb18030``, by strict decoding of every byte; a file that is neither names the first bad byte."""
    bad = _decodes(path, "utf-8")
    if bad is None:
        return "utf-8-sig"
    if _decodes(path, "gb18030") is None:
        return "gb18030"
    message = f"neither UTF-8 (byte {bad}) nor GB18030"
    raise InputFault(message, file=path.name, code="encoding", remedy="Save it as UTF-8.")


def dialect(path: Path) -> Dialect:
    """Encoding, delimiter (the one of ``, ; tab`` that occurs most in the header line) and header of a text table."""
    if path.stat().st_size == 0:
        message = "the file is empty"
        raise InputFault(message, file=path.name, code="empty", remedy="Send a file with a header line and rows.")
    encoding = encoding_of(path)
    with io.TextIOWrapper(opened(path), encoding=encoding, newline="") as source:
        line = source.readline()
    delimiter = max(_DELIMITERS, key=line.count)
    header = next(csv.reader([line], delimiter=delimiter), [])
    return Dialect(encoding, delimiter, tuple(name.strip(BLANKS) for name in header))


def as_utf8(path: Path, found: Dialect, folder: Path) -> Path:
    """The same text in UTF-8 without BOM, unpacked: the file itself when it is that already."""
    with opened(path) as source:
        begins = source.read(3)
    if found.encoding == "utf-8-sig" and begins != codecs.BOM_UTF8 and not path.name.endswith(".gz"):
        return path
    made = folder / f"{path.name}.utf8.csv"
    decoder = codecs.getincrementaldecoder(found.encoding)()
    with made.open("wb") as out:
        for chunk in _chunks(path):
            out.write(decoder.decode(chunk).encode())
        out.write(decoder.decode(b"", final=True).encode())
    return made

"""The packed directory: presences arranged once, so that a search reads only what it touches.

All places stand one after another on one line of time: a place's instants are shifted by a constant of its own, and the
stretches of two places never meet. Two presences overlap on the line exactly when they overlap at one place. See
``docs/decisions/0009``.

=====================  ======  ===================================================================================
file                   type    holds
=====================  ======  ===================================================================================
``arrived.bin``        int64   per presence, where on the line it begins; ascending
``left.bin``           int64   per presence, where it ends (half-open)
``person.bin``         int32   per presence, the person's code
``order.bin``          int32   presences (their numbers) by person, then by place and arrival; int64 above 2³¹
``person_begins.bin``  int64   per person and one more, where in ``order`` the person's presences begin
``place_begins.bin``   int64   per place and one more, the place's first presence
``shift.bin``          int64   per place, line position minus microseconds since 1970 UTC
``longest.bin``        int64   per place, the longest stay in microseconds: how far back a search must look
``people.*, places.*``  –      ids in code-point order (a code is a rank), as offsets and UTF-8 text
=====================  ======  ===================================================================================
"""

from __future__ import annotations

import hashlib
import json
import mmap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bulou.kernel.errors import InputFault

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT, VERSION = "bulou-presence", 1
MANIFEST = "manifest.json"
REMEDY = "Pack the presences again: bulou presence pack F… --to DIR."
Ints = npt.NDArray[np.int64]
Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Packed:
    """An opened directory: memory-mapped arrays (shapes and units in the module's text) and the ids by code."""

    arrived: Ints
    left: Ints
    person: npt.NDArray[np.int32]
    order: Array
    person_begins: Ints
    place_begins: Ints
    shift: Ints
    longest: Ints
    people: pa.LargeStringArray
    places: pa.LargeStringArray

    def place_of(self, rows: Array) -> Ints:
        """The place code of each presence number."""
        return np.searchsorted(self.place_begins, rows, "right") - 1

    def let_go(self) -> None:
        """Give back the memory of what was read of the mapped files; it is read again where it is needed again.

        Without this a search that touches everything holds the whole directory beside its own arrays.
        """
        for column in (self.arrived, self.left, self.person, self.order):
            base: object = column.base  # numpy's stubs know arrays only
            if isinstance(base, mmap.mmap):
                base.madvise(mmap.MADV_DONTNEED)

    def person_codes(self, ids: list[str]) -> list[int | None]:
        """The code of each person id, None where nobody of this id was anywhere."""
        return [_rank(self.people, one) for one in ids]


def _rank(ids: pa.LargeStringArray, wanted: str) -> int | None:
    """Where an id stands among sorted ids, by halving: reads some twenty of them."""
    low, high = 0, len(ids)
    while low < high:
        middle = (low + high) // 2
        if ids[middle].as_py() < wanted:
            low = middle + 1
        else:
            high = middle
    return low if low < len(ids) and ids[low].as_py() == wanted else None


def is_packed(path: Path) -> bool:
    """Whether a path is a directory written by ``bulou presence pack``."""
    return (path / MANIFEST).is_file()


def open_packed(folder: Path) -> Packed:
    """Map a packed directory; ``InputFault`` when it is none, of another version, or a file has not its size."""
    if not is_packed(folder):
        raise InputFault("not a packed directory", file=folder.name, code="not-packed", remedy=REMEDY)
    manifest = _manifest(folder)
    files = manifest["files"]

    def column(name: str) -> Array:
        stated = files[f"{name}.bin"]
        kind, count = np.dtype(stated["type"]), int(stated["count"])
        path = folder / f"{name}.bin"
        if not path.is_file() or path.stat().st_size != kind.itemsize * count:
            raise _damaged(folder, f"{name}.bin has not the size that the manifest states")
        return np.memmap(path, kind, "r", shape=(count,)) if count else np.empty(0, kind)

    try:
        names = ("arrived", "left", "person", "order", "person_begins", "place_begins", "shift", "longest")
        columns = {name: column(name) for name in names}
        return Packed(
            **columns,
            people=_texts(column("people_begins"), column("people_text")),
            places=_texts(column("places_begins"), column("places_text")),
        )
    except (KeyError, TypeError, ValueError) as fault:
        raise _damaged(folder, "the manifest lacks a file") from fault


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        found = (manifest["format"], manifest["version"])
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise _damaged(folder, "the manifest cannot be read") from fault
    if found != (FORMAT, VERSION):
        raise InputFault(f"packed as {found}, not as version {VERSION}", file=folder.name, code="version", remedy=REMEDY)
    return dict(manifest)


def _texts(begins: Array, text: Array) -> pa.LargeStringArray:
    import pyarrow as pa  # noqa: PLC0415 - 60 ms that a help text should not pay

    return pa.LargeStringArray.from_buffers(len(begins) - 1, pa.py_buffer(begins), pa.py_buffer(text))


def first_damage(folder: Path) -> str | None:
    """The first file whose content is not what was written (all bytes are read), None when all are whole."""
    open_packed(folder)
    for name, stated in _manifest(folder)["files"].items():
        if digest(folder / name) != stated["sha256"]:
            return str(name)
    return None


def digest(path: Path) -> str:
    """A file's SHA-256 in hexadecimal."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _damaged(folder: Path, what: str) -> InputFault:
    return InputFault(f"the packed directory is damaged: {what}", file=folder.name, code="damaged", remedy=REMEDY)

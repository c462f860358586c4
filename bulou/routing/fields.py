"""Takes values out of decoded JSON, one by one, and refuses the first bad one by its path (``jobs[3].service``)."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any, NoReturn

from bulou.kernel.errors import InputFault

MOST = 2**32 - 1  # VROOM's own bound of times, distances and amounts
LONG = 25  # characters of a number that is still worth reading
FARTHEST = 10**9  # of a planar coordinate, so that distances stay exact enough
MOST_ID = 2**63 - 1
KINDS = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}


def decoded(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds; ``InputFault`` for everything that is none."""
    name = path.name
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as fault:
        raise InputFault(
            f"cannot be read: {fault.strerror}", file=name, code="unreadable", remedy="Name a JSON file."
        ) from fault
    except UnicodeDecodeError as fault:
        message = f"is not UTF-8 at byte {fault.start}."
        raise InputFault(message, file=name, code="json", remedy="Save the file as UTF-8.") from fault
    if not text.strip():
        raise InputFault("is empty.", file=name, code="json", remedy="Write an object with vehicles and jobs or shipments.")
    try:
        found = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as fault:
        message = f"is not JSON: {fault.msg} at line {fault.lineno}, position {fault.colno}."
        raise InputFault(message, file=name, code="json", remedy="Write it with a JSON library.") from fault
    except (ValueError, RecursionError) as fault:
        reason = "it is nested too deeply" if isinstance(fault, RecursionError) else str(fault)
        raise InputFault(f"is not JSON: {reason}.", file=name, code="json", remedy="Write it with a JSON library.") from fault
    if not isinstance(found, dict):
        message = f"holds {_kind(found)} and not an object."
        raise InputFault(message, file=name, code="json", remedy="Write an object with vehicles and jobs or shipments.")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _kind(value: object) -> str:
    return "null" if value is None else KINDS.get(type(value), "something else")


class Reader:
    """An object of the file with its path; each method takes one key out and refuses what does not fit."""

    def __init__(self, found: object, *, file: str, path: str = "", ignored: list[str] | None = None) -> None:
        """Wrap an object; anything else is refused."""
        self.file, self.path = file, path
        self.ignored: list[str] = [] if ignored is None else ignored
        if not isinstance(found, dict):
            raise self.fault("", f"is {_kind(found)}", "Write an object here.")
        self.found: dict[str, Any] = found

    def fault(self, key: str, message: str, remedy: str) -> InputFault:
        """The error for one key of this object, or for the object itself."""
        at = ".".join(part for part in (self.path, key) if part)
        return InputFault(f"{message}.", file=self.file, column=at, code="value", remedy=remedy)

    def has(self, key: str) -> bool:
        """Whether the key stands here."""
        return key in self.found

    def knows(self, keys: Collection[str], elsewhere: Collection[str]) -> None:
        """Refuse keys that mean something elsewhere in such a file; note those that mean nothing."""
        for key in self.found:
            if key in keys:
                continue
            if key in elsewhere:
                raise self.fault(key, "is not understood here", f"Known here: {', '.join(sorted(keys))}.")
            self.ignored.append(f"{self.path}.{key}" if self.path else key)

    def number(self, key: str, default: float, *, low: float = 0, high: float = MOST) -> int | float:
        """A finite number within bounds; whole ones come back as integers."""
        if key not in self.found:
            return default
        value = self.found[key]
        wanted = f"Write a number from {low:,} to {high:,}."
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.fault(key, f"is {_kind(value)}", wanted)
        return self._within(key, value, low, high, wanted)

    def _within(self, key: str, value: float, low: float, high: float, wanted: str) -> int | float:
        if not low <= value <= high:
            raise self.fault(key, f"is {_short(value)}", wanted)
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def integer(self, key: str, default: int | None, *, low: int = 0, high: int = MOST) -> int:
        """A whole number within bounds; required where ``default`` is None."""
        if key not in self.found and default is not None:
            return default
        return self._whole(key, self.found.get(key), low, high)

    def _whole(self, key: str, value: object, low: int, high: int) -> int:
        wanted = f"Write a whole number from {low:,} to {high:,}."
        if value is None and key not in self.found and "[" not in key:
            raise self.fault(key, "is missing", wanted)
        if isinstance(value, float) and value.is_integer() and abs(value) <= MOST:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.fault(key, f"is {_kind(value)}", wanted)
        if isinstance(value, float) or not low <= value <= high:
            raise self.fault(key, f"is {_short(value)}", wanted)
        return value

    def integers(self, key: str, *, high: int = MOST) -> tuple[int, ...]:
        """A list of whole numbers; empty where the key is missing."""
        return tuple(self._whole(f"{key}[{at}]", value, 0, high) for at, value in enumerate(self.items(key)))

    def text(self, key: str, default: str = "") -> str:
        """Text."""
        value = self.found.get(key, default)
        if not isinstance(value, str):
            raise self.fault(key, f"is {_kind(value)}", "Write text in quotation marks.")
        return value

    def items(self, key: str) -> list[Any]:
        """A list; empty where the key is missing."""
        value = self.found.get(key, [])
        if not isinstance(value, list):
            raise self.fault(key, f"is {_kind(value)}", "Write a list in [ ].")
        return value

    def readers(self, key: str) -> list[Reader]:
        """The objects of a list."""
        return [self._below(one, f"{key}[{at}]") for at, one in enumerate(self.items(key))]

    def reader(self, key: str) -> Reader:
        """The object at a key; an empty one where it is missing."""
        return self._below(self.found.get(key, {}), key)

    def _below(self, found: object, step: str) -> Reader:
        at = f"{self.path}.{step}" if self.path else step
        return Reader(found, file=self.file, path=at, ignored=self.ignored)

    def pair(self, key: str, value: object, *, low: float, high: float, wanted: str) -> tuple[int | float, int | float]:
        """Two finite numbers within bounds."""
        if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - a pair
            raise self.fault(key, f"is {_kind(value)}{f' of {len(value)}' if isinstance(value, list) else ''}", wanted)
        for one in value:
            if isinstance(one, bool) or not isinstance(one, (int, float)):
                raise self.fault(key, f"holds {_kind(one)}", wanted)
        first, second = (self._within(key, one, low, high, wanted) for one in value)
        return first, second

    def table(self, key: str) -> list[list[int | float]] | None:
        """A square table of numbers from 0 to the most; None where the key is missing."""
        if key not in self.found:
            return None
        rows = self.items(key)
        for at, row in enumerate(rows):
            if not isinstance(row, list) or len(row) != len(rows):
                wide = f"has {len(row)} values" if isinstance(row, list) else f"is {_kind(row)}"
                raise self.fault(f"{key}[{at}]", wide, f"Give each of the {len(rows)} rows {len(rows)} numbers.")
            if not (set(map(type, row)) <= {int, float} and min(row) >= 0 and max(row) <= MOST):
                self._find_bad(key, at, row)
        return rows

    def _find_bad(self, key: str, at: int, row: list[Any]) -> NoReturn:
        def good(value: object) -> bool:
            return type(value) in {int, float} and 0 <= value <= MOST  # type: ignore[operator]

        column = next(place for place, value in enumerate(row) if not good(value))
        said = _short(row[column]) if type(row[column]) in {int, float} else _kind(row[column])
        raise self.fault(f"{key}[{at}][{column}]", f"is {said}", f"Write a number from 0 to {MOST:,}.")


def _short(value: object) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        return "too large to be a number"
    said = str(value)
    return said if len(said) < LONG else f"{said[:8]}…, too large"

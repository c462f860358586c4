"""A pack's TOML file with its lines, and the checks that every table of it passes; a fault names file and line."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from bulou.kernel.errors import PolicyFault
from bulou.kernel.periods import parse_duration

_Word = TypeVar("_Word", bound=StrEnum)


class TomlFile:
    """One TOML file: its values, and where in the text a table's key stands."""

    def __init__(self, path: Path) -> None:
        """Read the file; ``PolicyFault`` when it is not TOML."""
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        try:
            self.values: dict[str, Any] = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as fault:
            line = int(str(fault).split("line ")[1].split(",", maxsplit=1)[0]) if "line " in str(fault) else None
            raise PolicyFault(f"not TOML: {fault}", file=path.name, row=line) from fault

    def line_of(self, anchor: str, key: str = "") -> int:
        """The line of ``key`` within the table that holds ``anchor``, else the anchor's, else 1."""
        lines = self.text.splitlines()
        start = next((place for place, line in enumerate(lines) if anchor and anchor in line), 0)
        begin = next((place for place in range(start, -1, -1) if lines and lines[place].startswith("[")), 0)
        end = next((place for place in range(start + 1, len(lines)) if lines[place].startswith("[")), len(lines))
        within = (place for place in range(begin, end) if key and lines[place].split("=")[0].strip() == key)
        return next(within, start) + 1

    def fault(self, message: str, *, anchor: str = "", key: str = "", remedy: str = "") -> PolicyFault:
        """A fault at a place of this file."""
        return PolicyFault(message, file=self.path.name, row=self.line_of(anchor, key), column=key, remedy=remedy)


def check_keys(source: TomlFile, table: Mapping[str, Any], allowed: set[str], needed: set[str], *, anchor: str) -> None:
    """Every key is known, every needed key is there."""
    for key in table:
        if key not in allowed:
            raise source.fault(f"unknown key {key!r}", anchor=anchor, key=key, remedy=f"Allowed: {', '.join(sorted(allowed))}.")
    for key in sorted(needed - set(table)):
        raise source.fault(f"the key {key!r} is missing", anchor=anchor, remedy="Every duty and number has a source.")


def as_word(source: TomlFile, kind: type[_Word], value: object, *, anchor: str, key: str) -> _Word:
    """A value that must be one of an enum's words."""
    try:
        return kind(str(value))
    except ValueError:
        words = ", ".join(member.value for member in kind)
        raise source.fault(f"{value!r} is not one of: {words}", anchor=anchor, key=key) from None


def as_span(source: TomlFile, value: object, *, anchor: str, key: str) -> timedelta:
    """A value that must be an ISO 8601 duration."""
    try:
        return parse_duration(str(value))
    except ValueError as fault:
        raise source.fault(str(fault), anchor=anchor, key=key) from None

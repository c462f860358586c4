"""Prefix codes of places and units: everything below a code is one half-open range of text.

Division codes are the official statistics codes: 2 digits province, 4 city, 6 county level, 9 township or street, 12
community or village. Below them ``<community>-0003`` is a building and ``<building>-012`` a floor. A unit's code is its
division's code, or its parent unit's code with ``:lab001`` appended. Digits have fixed lengths, so no code is a false
prefix of a sibling, and text order by code point is enough (``COLLATE "C"``).
"""

from __future__ import annotations

import re
from enum import StrEnum

_DIVISION = re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\d{3}(?:\d{3})?)?)?)?", re.ASCII)
_PLACE = re.compile(r"(?:\d{2}|\d{4}|\d{6}|\d{9}|\d{12}(?:-\d{4}(?:-\d{3})?)?)", re.ASCII)
_UNIT = re.compile(r"(?:CN|\d{2}|\d{4}|\d{6}|\d{9}|\d{12})(?:-\d{4})?(?::[a-z]{2,8}\d{3})*", re.ASCII)

# For the databases' own constraints. SQLite's REGEXP is Python's: there \d takes digits of every script, and $ a line's end.
_DIGITS = "[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}"
PLACE_PATTERN = rf"^({_DIGITS}(-[0-9]{{4}}(-[0-9]{{3}})?)?)\Z"
BUILDING_PATTERN = r"^[0-9]{12}-[0-9]{4}\Z"
UNIT_PATTERN = rf"^(CN|{_DIGITS}(-[0-9]{{4}})?)(:[a-z]{{2,8}}[0-9]{{3}})*\Z"


class Level(StrEnum):
    """How deep a place code reaches."""

    PROVINCE = "province"  # 省
    CITY = "city"  # 市
    DISTRICT = "district"  # 区县
    STREET = "street"  # 街道、乡镇
    COMMUNITY = "community"  # 社区、村
    BUILDING = "building"  # 楼栋
    FLOOR = "floor"  # 楼层


_LENGTHS = {
    2: Level.PROVINCE,
    4: Level.CITY,
    6: Level.DISTRICT,
    9: Level.STREET,
    12: Level.COMMUNITY,
    17: Level.BUILDING,
    21: Level.FLOOR,
}
_LENGTH_OF = {level: length for length, level in _LENGTHS.items()}


def is_place(code: str) -> bool:
    """Whether the text has the form of a place code."""
    return _PLACE.fullmatch(code) is not None


def is_unit(code: str) -> bool:
    """Whether the text has the form of a unit code."""
    return _UNIT.fullmatch(code) is not None


def level(place: str) -> Level:
    """The level of a place code; ``ValueError`` when the text is none."""
    if not is_place(place):
        message = f"not a place code: {place!r}"
        raise ValueError(message)
    return _LENGTHS[len(place)]


def up_to(place: str, at: Level) -> str:
    """The code of the place's ancestor at a level; empty when the place is above that level."""
    length = _LENGTH_OF[at]
    return place[:length] if len(place) >= length else ""


def parent(place: str) -> str:
    """The code of the place above; empty for a province."""
    shorter = [length for length in _LENGTHS if length < len(place)]
    return place[: max(shorter)] if shorter else ""


def territory(unit: str) -> str:
    """The division or building in whose territory a unit stands: its code before the first colon."""
    return unit.split(":", 1)[0]


def parent_unit(unit: str) -> str:
    """The code of the superior unit on the territory line; empty for the topmost."""
    if ":" in unit:
        return unit.rsplit(":", 1)[0]
    above = "" if unit == "CN" else parent(unit)
    return above or ("CN" if unit != "CN" else "")


def below(code: str) -> tuple[str, str]:
    """The half-open range ``low <= x < high`` of a code and all below it: ``520102`` gives 520102 and 520103."""
    if code == "CN":
        return "", "\U0010ffff"
    return code, code[:-1] + chr(ord(code[-1]) + 1)


def is_below(code: str, top: str) -> bool:
    """Whether ``code`` is ``top`` or lies below it."""
    low, high = below(top)
    return low <= code < high


def chain(unit: str) -> list[str]:
    """The unit and its superiors on the territory line, nearest first."""
    steps = []
    while unit:
        steps.append(unit)
        unit = parent_unit(unit)
    return steps


def common_superior(first: str, second: str) -> str:
    """The lowest unit that is above both, and is neither of them; empty when there is none."""
    above_second = set(chain(second)[1:])
    return next((unit for unit in chain(first)[1:] if unit in above_second), "")

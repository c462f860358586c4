"""The only writers of divisions, buildings and areas."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from django.db import transaction

from bulou.kernel.codes import Level
from bulou.kernel.errors import InputFault
from bulou.places.models import Area, AreaPart, Building, Division

GUIYANG = Path(__file__).parent / "data" / "guiyang_divisions.csv"
AREAS = Path(__file__).parent / "data" / "areas.csv"
CODES_SINCE = date(2022, 1, 1)  # the response's year; the shipped codes were cut off on 2023-06-30 (data/SOURCE.md)
_LEVELS = {
    "province": Level.PROVINCE,
    "prefecture": Level.CITY,
    "county": Level.DISTRICT,
    "township": Level.STREET,
    "village": Level.COMMUNITY,
}


@transaction.atomic
def load_divisions(*, path: Path = GUIYANG) -> int:
    """Enter the divisions of a file (``code, name, parent_code, level``); known codes are left; returns how many are new.

    With Guiyang's own come the areas that its codes do not know.
    """
    known = set(Division.objects.values_list("code", flat=True))
    with path.open(encoding="utf-8", newline="") as source:
        rows = [row for row in csv.DictReader(source) if row["code"] not in known]
    for number, row in enumerate(rows, start=2):
        if row["level"] not in _LEVELS:
            raise InputFault(f"no level {row['level']!r}", file=path.name, row=number, column="level")
    made = Division.objects.bulk_create(
        Division(
            code=row["code"],
            name=row["name"],
            level=_LEVELS[row["level"]].value,
            parent_id=row["parent_code"] or None,
            valid_from=CODES_SINCE,
        )
        for row in sorted(rows, key=lambda row: len(row["code"]))
    )
    if path == GUIYANG:
        load_areas()
    return len(made)


@transaction.atomic
def load_areas(*, path: Path = AREAS) -> int:
    """Enter the named areas of a file, one row for each part; known areas are left; returns how many are new.

    ``InputFault`` for a part that is no known division: an area is never quietly smaller than its file says.
    """
    known = set(Area.objects.values_list("code", flat=True))
    divisions = set(Division.objects.values_list("code", flat=True))
    made: dict[str, Area] = {}
    parts: list[AreaPart] = []
    with path.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    for number, row in enumerate(rows, start=2):
        code, place = row["area_code"], row["place_code"]
        if code in known:
            continue
        if place and place not in divisions:
            raise InputFault(
                f"no division {place!r}", file=path.name, row=number, column="place_code", remedy="Enter divisions first."
            )
        if code not in made:
            made[code] = Area(
                code=code, name=row["name"], name_en=row["name_en"], source=row["source"], note=row["note"],
                valid_from=date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
            )  # fmt: skip
        if place:
            parts.append(AreaPart(area=made[code], place_code=place, approximate=row["approximate"] == "yes"))
    Area.objects.bulk_create(made.values())
    AreaPart.objects.bulk_create(parts)
    return len(made)


@transaction.atomic
def name_area(*, code: str, name: str, parts: Sequence[str], source: str, name_en: str = "") -> Area:
    """Name a set of places (a round's area, a figure's area); asked again with the same code it is left as it is."""
    area, fresh = Area.objects.get_or_create(code=code, defaults={"name": name, "name_en": name_en, "source": source})
    if fresh:
        AreaPart.objects.bulk_create(AreaPart(area=area, place_code=part) for part in parts)
    return area


@transaction.atomic
def add_buildings(*, buildings: Iterable[tuple[str, str, int]]) -> int:
    """Enter buildings as (code, name, floors); known ones are left; returns how many were given."""
    made = [Building(code=code, community_id=code[:12], name=name, floors=floors) for code, name, floors in buildings]
    Building.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)

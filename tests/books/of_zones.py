"""Rows of the books of risk zones."""

from __future__ import annotations

from itertools import count

from bulou.kernel import codes
from bulou.zones import actions as zones
from bulou.zones.choices import RiskLevel
from bulou.zones.models import ZonePart
from tests import city as cities

_NUMBER = count(1)


def _buildings(unit):
    """Two buildings that together lie in the unit and in nothing below it."""
    top = codes.territory(unit)
    below = {
        2: ("7101001001", "7201001001"),
        4: ("71001001", "72001001"),
        6: ("701001", "702001"),
        9: ("701", "702"),
        12: ("", ""),
    }
    number = next(_NUMBER)
    return " ".join(f"{top}{one}-{number * 2 + n:04}" for n, one in enumerate(below[len(top)]))


def zone(city, unit, secret):
    return zones.propose_zone(
        name=secret, level=RiskLevel.HIGH, parts=_buildings(unit), basis="N9-HIGH-UNIT", reason="a positive", by=city.actor(cities.CITY),
        at=cities.at(),
    ).pk  # fmt: skip


def zone_part(city, unit, secret):
    return str(ZonePart.objects.filter(zone=zone(city, unit, secret)).earliest("pk").pk)


SCENES = {"zones": zone, "zone_parts": zone_part}

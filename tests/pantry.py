"""A store with a catalogue, and households of a small building: what tests of supplies start from."""

from __future__ import annotations

from bulou.people.models import Resident
from bulou.supplies import actions as supplies
from bulou.supplies.choices import GoodKind, Measure, Way
from bulou.supplies.models import Batch, Good, Need, Point
from tests import city as cities
from tests.city import CITY, COMMUNITY_A, STREET_1, City, at

DOOR = f"{COMMUNITY_A}-0001-{{:03}}"
VULNERABLE = ("H002",)


def households(
    count: int = 4, *, community: str = COMMUNITY_A, prefix: str = "H", first: tuple[str, ...] = VULNERABLE
) -> list[str]:
    """So many households of one person each, one to a floor of building 1."""
    names = [f"{prefix}{number:03}" for number in range(1, count + 1)]
    Resident.objects.bulk_create(
        Resident(
            person_id=f"P-{name}", identity_kind="none", place_code=f"{community}-0001-{number:03}", household_id=name,
            vulnerable="lives_alone" if name in first else "",
        )
        for number, name in enumerate(names, start=1)
    )  # fmt: skip
    return names


def rice(city: City, *, unit: str = CITY, code: str = "RICE") -> Good:
    """Five kilograms of rice for a household, in grams."""
    return supplies.list_good(
        unit=unit, name="大米", kind=GoodKind.FOOD, measure=Measure.GRAM, usual=5_000, code=code, by=city.actor(CITY), at=at()
    )


def stock(city: City, grams: int, *, unit: str = STREET_1, good: str = "RICE", code: str = "") -> Batch:
    """So much in a street's store."""
    return supplies.take_in(unit=unit, good=good, came=grams, origin="捐赠", code=code, by=city.actor(CITY), at=at())


def need(city: City, home: str = "H001", *, grams: int = 5_000, unit: str = COMMUNITY_A, when=None, **said: object) -> Need:
    """A household asks by phone."""
    given = {
        "unit": unit, "place_code": f"{unit}-0001-{home[1:]}", "household_id": home, "good": "RICE", "quantity": grams,
        "how": Way.PHONE,
    }  # fmt: skip
    return supplies.ask_need(**{**given, **said}, by=city.actor(unit), at=when or at())


def point(city: City, *, crowd: int = 2, unit: str = COMMUNITY_A, code: str = "PT1") -> Point:
    """A hand-over point of a community."""
    return supplies.open_point(
        unit=unit, place_code=unit, name=f"{cities.COMMUNITY_A[-3:]} 号自提点 {code}", crowd=crowd, leader="王团长", code=code, by=city.actor(unit),
        at=at(),
    )  # fmt: skip

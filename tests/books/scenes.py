"""A row of every book in a unit's territory: what the pages, files and roles of the shelf are tried on.

``in_unit(city, unit, secret)`` makes a row that lies there, names ``secret`` in one of its texts, and returns its code.
A book without a scene fails the tests of the shelf.
"""

from __future__ import annotations

from bulou.environment import actions as environment
from bulou.environment.choices import JobKind
from tests import city as cities


def job(city, unit, secret):
    return environment.ask_job(
        kind=JobKind.SAMPLING, unit=unit, place_code=unit, place=secret, reason="a case was there", by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


SCENES = {"environment": job}

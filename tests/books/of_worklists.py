"""Rows of the book of paper lists."""

from __future__ import annotations

from bulou.kernel.actor import Role
from bulou.rounds.models import RosterEntry, TestingRound
from bulou.worklists import actions as worklists
from tests import city as cities
from tests import town


def sheet(city, unit, secret):
    """Somebody is missing in the unit's place, and stands on its list."""
    (person,) = town.settle(unit, 1, prefix=f"P{unit}{secret}")
    if not TestingRound.objects.filter(pk="RS").exists():
        town.running(city, code="RS")
    RosterEntry.objects.get_or_create(round_id="RS", person_id=person, defaults={"place_code": unit})
    by = city.actor(unit, role=Role.UNIT_OFFICER)
    return worklists.print_sheet(round="RS", place_code=unit, holder=secret, by=by, at=cities.at(0.1)).pk


SCENES = {"sheets": sheet}

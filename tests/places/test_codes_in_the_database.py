"""Codes are digits of one script, on every database: what looks like a code in another is refused by the column itself."""

from __future__ import annotations

import pytest
from django.db import DataError, IntegrityError, transaction

from bulou.places.models import Area, AreaPart, Building, Division
from bulou.units.models import Unit
from tests import city as cities

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("code", ["９９", "٩٩", "99\n", "9", "990101001001-٠٠٠١"])
def test_digits_of_another_script_or_a_lines_end_are_no_code(city, code):
    for make in (
        lambda: Division.objects.create(code=code, name="x", level="province"),
        lambda: Building.objects.create(code=code, community_id=cities.COMMUNITY_A, name="x"),
        lambda: AreaPart.objects.create(area=Area.objects.get(), place_code=code),
        lambda: Unit.objects.create(code=code, name="x", kind="city"),
    ):
        with pytest.raises((IntegrityError, DataError)), transaction.atomic():
            make()

"""An open isolation site for the tests of this room."""

from __future__ import annotations

import pytest

from tests import lodging as lodgings
from tests.city import City


@pytest.fixture
def lodging(city: City) -> lodgings.Lodging:
    return lodgings.opened(city)

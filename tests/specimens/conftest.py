"""A running specimen chain for the tests of this room."""

from __future__ import annotations

import pytest

from tests import chain as chains
from tests.city import City


@pytest.fixture
def chain(city: City) -> chains.Chain:
    return chains.running(city)

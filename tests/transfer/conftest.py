"""A desk whose solver is the dispatcher with paper and pencil."""

from __future__ import annotations

import pytest

from bulou.transfer import planning
from tests.transfer import by_first_come
from tests.transfer.desk import Desk, open_desk


@pytest.fixture
def desk(city, monkeypatch) -> Desk:
    """The desk at 08:00."""
    monkeypatch.setattr(planning, "solve", by_first_come.solve)
    return open_desk(city)

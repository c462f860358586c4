"""What the console's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

import bulou.web

PO = Path(bulou.web.__file__).parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


@pytest.fixture
def _compiled() -> None:
    """Chinese words need the compiled catalogue, which setup makes."""
    if not PO.with_suffix(".mo").exists():
        pytest.skip("translations are not compiled: make setup")

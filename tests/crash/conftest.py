"""A durable PostgreSQL cluster of a test's own, which it may kill."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from pathlib import Path

import pytest

from tests.crash.harness import ROOT


def _postgres():
    spec = importlib.util.spec_from_file_location("bulou_tools_postgres", ROOT / "tools" / "postgres.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cluster():
    tool = _postgres()
    if tool.binaries() is None or not sys.platform.startswith("linux"):
        pytest.skip("needs PostgreSQL, and /proc")
    folder = Path(tempfile.mkdtemp(prefix="bulou-pg-"))  # not below pytest's own folder, which the server may not enter
    folder.chmod(0o755)
    url = tool.start(folder, durable=True)
    yield url
    tool.stop(folder)

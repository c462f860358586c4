"""What all tests share: the mark of database tests, the city's fixtures, and no silent skip in CI."""

from __future__ import annotations

import os

import pytest

from bulou.kernel import clock
from tests import city as cities

LONG = {"test_tour.py", "test_operation.py", "test_kill.py", "test_outage.py"}  # they start processes of their own
DATABASE_FIXTURES = {"db", "transactional_db", "django_db_setup", "city", "live_server"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that touches the database, so that the PostgreSQL pass runs exactly those."""
    for item in items:
        if item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.database)
    # What takes long and needs no database here comes first: at the end of a run one process would wait for the other.
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test is a failed run: what was not run was not shown."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") == "true" and skipped and not hasattr(session.config, "workerinput"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def city(db: None) -> cities.City:
    """The small invented city, as of ``tests.city.START``."""
    return cities.build_city()


@pytest.fixture(autouse=True)
def _city_clock() -> object:
    """Tests stand at the city's start unless they say otherwise."""
    with clock.frozen(cities.START):
        yield


@pytest.fixture(autouse=True)
def _nobody_tried_before() -> None:
    """Attempts at the open doors are counted per process: other tests' attempts do not count here."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session", autouse=True)
def _deletable_on_flush(request: pytest.FixtureRequest) -> None:
    """pytest empties SQLite by DELETE and PostgreSQL by TRUNCATE; the triggers against it are taken away for the test database.

    The triggers themselves are shown by tests/ledger, which puts them back.
    """
    if not any(item.get_closest_marker("database") for item in request.session.items):
        return
    request.getfixturevalue("django_db_setup")
    from django.db import connection

    blocker = request.getfixturevalue("django_db_blocker")
    with blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%_no_delete'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute("SELECT tgname, tgrelid::regclass FROM pg_trigger WHERE tgname LIKE 'ledger_%_no_truncate'")
            for name, table in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}" ON {table}')

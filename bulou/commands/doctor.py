"""``bulou doctor``: is this installation fit to run a city?"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock
from bulou.kernel.errors import BulouError


def _database() -> str:
    from django.db import connection  # noqa: PLC0415 - after Django is set up

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA journal_mode")
            mode = cursor.fetchone()[0]
            if mode != "wal":
                raise BulouError(f"journal mode is {mode}, not wal", remedy="Open the database through bulou once.")
            return "SQLite, write-ahead log"
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def _tables() -> str:
    from django.db import connection  # noqa: PLC0415 - after Django is set up
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connection)
    left = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if left:
        raise BulouError(f"{len(left)} migrations are not applied", remedy="Run bulou migrate.")
    return "up to date"


def _policy() -> str:
    from django.conf import settings  # noqa: PLC0415 - after Django is set up

    from bulou.policy import pack_in_force  # noqa: PLC0415

    pack = pack_in_force(settings.BULOU_POLICY, clock.day_of(clock.city()))
    return f"{pack.name} {pack.version}, {len(pack.duties)} duties"


def _record() -> str:
    from bulou.ledger import seals  # noqa: PLC0415 - after Django is set up

    found = seals.verify(at=clock.city())
    if found.broken is not None:
        raise BulouError(f"entry {found.broken.entry}: {found.broken.why}", remedy="Keep this database, and compare a backup.")
    return f"{found.entries} entries under {found.seals} seals, {found.unsealed} not sealed yet"


def _base_numbers() -> str:
    from bulou.people import drift  # noqa: PLC0415 - after Django is set up

    wrong = drift.unequal()
    if wrong:
        place, changes, residents = wrong[0]
        message = f"{len(wrong)} communities; in {place} the changes give {changes:,}, and {residents:,} people stay there"
        raise BulouError(message, remedy="Somebody wrote residents past bulou: find who, and correct by its actions.")
    return "in every community the changes add up to the people who stay there"


def _stock() -> str:
    from bulou.supplies import stock  # noqa: PLC0415 - after Django is set up

    wrong = stock.unequal()
    if wrong:
        message = f"{len(wrong)} batches; what {wrong[0]} handed out is not what needs and other stores got"
        raise BulouError(message, remedy="Somebody wrote stock past bulou: find who, count, and correct by its actions.")
    return "what every batch handed out is what needs and other stores got"


def _sweep() -> str:
    from bulou.duties import sweep  # noqa: PLC0415 - after Django is set up

    silent = sweep.silent_since()
    if silent is not None:
        raise BulouError(f"silent since {silent.isoformat(timespec='seconds')}", remedy="Run bulou serve or bulou worker.")
    return "alive"


CHECKS: tuple[tuple[str, Callable[[], str], bool], ...] = (
    ("database", _database, True),
    ("tables", _tables, True),
    ("policy pack", _policy, True),
    ("ledger", _record, True),
    ("base numbers", _base_numbers, True),
    ("stock", _stock, True),
    ("sweep", _sweep, False),  # said, and no fault of an installation that is not being served
)


def doctor(as_json: Annotated[bool, typer.Option("--json")] = False) -> int:
    """Check database, tables, policy pack, ledger and sweep; exit 1 when one does not hold."""
    setup.django()
    from django.db import DatabaseError  # noqa: PLC0415 - after Django is set up

    rows, failed = [], 0
    for name, check, needed in CHECKS:
        try:
            rows.append({"check": name, "ok": True, "says": check()})
        except (BulouError, DatabaseError) as fault:
            failed += needed
            rows.append({"check": name, "ok": False, "says": str(fault)})
    if as_json:
        sys.stdout.write(json.dumps({"ok": not failed, "checks": rows}) + "\n")
    else:
        sys.stdout.write("".join(f"{'ok  ' if row['ok'] else 'FAIL'}  {row['check']:<12} {row['says']}\n" for row in rows))
    return 1 if failed else 0


COMMAND = doctor

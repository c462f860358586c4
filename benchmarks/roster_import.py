"""A roster into the running city beside a bare COPY into the same table with the same indexes.

SQLite's executemany beside it; then the unchanged file again. Ratios of one run.
"""

from __future__ import annotations

import argparse
import csv
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from simulation.plan import identity_number

ROWS = 1_000_000
ROOT = Path(__file__).resolve().parent.parent

ASKED = {"import": 2.0, "again": 1.0}  # most, of COPY into the same table with the same indexes

CITY = """
import sys, time, json
from pathlib import Path
import django; django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from bulou.exchange.importing import import_file
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.places import actions as places
places.load_divisions()
leader = Actor(account="bench", name="bench", post="", unit="52", role=Role.DUTY_LEADER, door=Door.CLI)
path = Path(sys.argv[1]); found = {}
def timed(name, do):
    t = time.perf_counter(); do(); found[name] = time.perf_counter() - t
def bare():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (LIKE people_resident INCLUDING ALL)")
    columns = "person_id, place_code, household_id, name, identity_kind, identity_number, birth_on, phone, vulnerable"
    with connection.cursor() as cursor:
        for name in ("guardian_id",):
            cursor.execute(f"ALTER TABLE bare ALTER {name} SET DEFAULT ''")
        with path.open("rb") as data, cursor.cursor.copy(f"COPY bare ({columns}) FROM STDIN (FORMAT csv, HEADER true, FORCE_NOT_NULL (household_id, name, identity_number, phone, vulnerable))") as copy:
            while chunk := data.read(1 << 20): copy.write(chunk)
if connection.vendor == "postgresql": timed("copy", bare)
timed("import", lambda: import_file(kind="roster", path=path, by=leader, at=clock.city()))
timed("again", lambda: import_file(kind="roster", path=path, by=leader, at=clock.city()))
print(json.dumps(found))
"""


def _write(path: Path, rows: int) -> None:
    with (ROOT / "bulou/places/data/guiyang_divisions.csv").open(encoding="utf-8") as source:
        communities = [row["code"] for row in csv.DictReader(source) if row["level"] == "village"]
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(
            [
                "person_id",
                "place_code",
                "household_id",
                "name",
                "identity_kind",
                "identity_number",
                "birth_on",
                "phone",
                "vulnerable",
            ]
        )
        for number in range(rows):
            born = date(1940, 1, 1) + timedelta(days=number // 1000 * 7 % 29_000)
            place = f"{communities[number % len(communities)]}-{number % 40 + 1:04}-{number % 18 + 1:03}"
            writer.writerow(
                [
                    f"P{number:09}",
                    place,
                    f"H{number // 3:09}",
                    "测试",
                    "resident_id",
                    identity_number(born=born, order=number),
                    born.isoformat(),
                    f"199{number % 10**8:08}",
                    "",
                ]
            )


def _city(path: Path, **environment: str) -> dict[str, float]:
    import json

    with tempfile.TemporaryDirectory() as home:
        known = dict(os.environ, BULOU_HOME=home, DJANGO_SETTINGS_MODULE="bulou.config.settings", **environment)
        done = subprocess.run([sys.executable, "-c", CITY, str(path)], check=True, capture_output=True, text=True, env=known)
        found: dict[str, float] = json.loads(done.stdout)
        return found


def _executemany(path: Path) -> float:
    with tempfile.TemporaryDirectory() as home, path.open(encoding="utf-8", newline="") as source:
        with sqlite3.connect(f"{home}/bare.sqlite3") as bare:
            bare.execute("PRAGMA journal_mode=WAL")
            bare.execute("CREATE TABLE r (a TEXT PRIMARY KEY, b TEXT, c TEXT, d TEXT, e TEXT, f TEXT, g TEXT, h TEXT, i TEXT)")
            bare.execute("CREATE INDEX r1 ON r (b, a)")
            bare.execute("CREATE INDEX r2 ON r (c)")
            bare.execute("CREATE INDEX r3 ON r (f)")
            bare.execute("CREATE INDEX r4 ON r (d)")
            started = time.perf_counter()
            rows = csv.reader(source)
            next(rows)
            bare.executemany("INSERT INTO r VALUES (?,?,?,?,?,?,?,?,?)", rows)
        return time.perf_counter() - started


def main() -> None:
    """Both databases; prints seconds and ratios."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    given, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="bulou-bench-", dir=os.environ.get("BULOU_BENCH_DIR")) as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "roster.csv"
        _write(path, given.rows)
        cluster = Path(folder) / "pg"
        made = subprocess.run(
            [sys.executable, str(ROOT / "tools/postgres.py"), "start", str(cluster), "--durable"],
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"roster import, {given.rows:,} people, load {os.getloadavg()[0]:.1f}")
        if made.returncode == 0:
            try:
                found = _city(path, BULOU_DATABASE_URL=made.stdout.strip())
            finally:
                subprocess.run([sys.executable, str(ROOT / "tools/postgres.py"), "stop", str(cluster)], check=False)
            print(f"  PostgreSQL  COPY {found['copy']:.1f} s  import {found['import']:.1f} s  unchanged {found['again']:.1f} s")
            ratios = {name: found[name] / found["copy"] for name in ASKED}
            short = [name for name, most in ASKED.items() if ratios[name] > most]
            print("  ratios      " + "  ".join(f"{name}/COPY {ratio:.2f}" for name, ratio in ratios.items()))
        else:
            short = ["PostgreSQL"]
            print(f"  PostgreSQL left out: {made.stderr.strip()}")
        plain, found = _executemany(path), _city(path)
        print(f"  SQLite      executemany {plain:.1f} s  import {found['import']:.1f} s  unchanged {found['again']:.1f} s")
    print(f"  {'NOT REACHED: ' + ', '.join(short) if short else 'reached'}  ratios to COPY asked for: {ASKED}")
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()

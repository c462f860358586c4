"""A roster into the running city beside a bare COPY into the same table with the same indexes.

SQLite's executemany beside it; then the unchanged file again. ``--runs 3``: the median of the ratios of three runs, each in a
cluster of its own and with COPY, import and the file again one after the other.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sqlite3
import statistics
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

# One run in a city of its own. The steps are those functions of the import that take the time; a step's time holds what
# it calls.
CITY = """
import sys, time, json
from collections import Counter
from pathlib import Path
import django; django.setup()
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
from bulou.exchange import importing, loading, residents
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.places import actions as places
places.load_divisions()
leader = Actor(account="bench", name="bench", post="", unit="52", role=Role.DUTY_LEADER, door=Door.CLI)
path = Path(sys.argv[1]); found = {}; steps = Counter()
def timed(name, do):
    steps.clear(); t = time.perf_counter(); do(); found[name] = {"all": time.perf_counter() - t, **steps}
def watched(name, where, function):
    do = getattr(where, function)
    def watching(*given, **named):
        t = time.perf_counter()
        try: return do(*given, **named)
        finally: steps[name] += time.perf_counter() - t
    setattr(where, function, watching)
watched("hash", importing, "_digest"); watched("read and check", importing, "stage")
watched("ask who stands", loading, "stage_in"); watched("compare", loading, "note_changed")
watched("book", residents, "_added"); watched("write", loading, "insert_new")
def bare():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (LIKE people_resident INCLUDING ALL)")
    columns = "person_id, place_code, household_id, name, identity_kind, identity_number, birth_on, phone, vulnerable"
    with connection.cursor() as cursor:
        for name in ("guardian_id",):
            cursor.execute(f"ALTER TABLE bare ALTER {name} SET DEFAULT ''")
        with path.open("rb") as data, cursor.cursor.copy(f"COPY bare ({columns}) FROM STDIN (FORMAT csv, HEADER true, FORCE_NOT_NULL (household_id, name, identity_number, phone, vulnerable))") as copy:
            while chunk := data.read(1 << 20): copy.write(chunk)
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'people_resident'::regclass")
        assert cursor.fetchone() == (0,), "LIKE carries no triggers and no foreign keys: the peer is none any more"
def take():
    counts = importing.import_file(kind="roster", path=path, by=leader, at=clock.city())
    found["counts"] = counts.as_json()
if connection.vendor == "postgresql": timed("copy", bare)
timed("import", take); assert found["counts"]["created"] == found["counts"]["rows_in"], found
timed("again", take); assert found["counts"]["unchanged"] == found["counts"]["rows_in"], found
print(json.dumps(found))
"""

Found = dict[str, dict[str, float]]  # copy, import, again → seconds of the whole ("all") and of its steps


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


def _city(path: Path, **environment: str) -> Found:
    with tempfile.TemporaryDirectory() as home:
        known = dict(os.environ, BULOU_HOME=home, DJANGO_SETTINGS_MODULE="bulou.config.settings", **environment)
        done = subprocess.run([sys.executable, "-c", CITY, str(path)], check=True, stdout=subprocess.PIPE, text=True, env=known)
        found: Found = json.loads(done.stdout)
        return found


def _postgres(path: Path, cluster: Path) -> Found | str:
    """One run in a cluster of its own, durable as one in use is; or why there is none."""
    tool = [sys.executable, str(ROOT / "tools/postgres.py")]
    made = subprocess.run([*tool, "start", str(cluster), "--durable"], capture_output=True, text=True, check=False)
    if made.returncode:
        return made.stderr.strip() or "it did not start"
    try:
        return _city(path, BULOU_DATABASE_URL=made.stdout.strip())
    finally:
        subprocess.run([*tool, "stop", str(cluster)], check=False)


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


def _told(name: str, found: Found) -> None:
    """A run's seconds, each with its steps, and the load at its end."""
    parts = []
    for part in ("copy", "import", "again"):
        if part in found:
            steps = ", ".join(f"{step} {seconds:.1f}" for step, seconds in found[part].items() if step != "all")
            parts.append(f"{part} {found[part]['all']:.1f} s" + (f" ({steps})" if steps else ""))
    print(f"  {name:<10}  {'  '.join(parts)}  load {os.getloadavg()[0]:.1f}", flush=True)


def main() -> None:
    """Both databases; prints seconds, steps and ratios; exit code 1 when a ratio is short of what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--runs", type=int, default=1, help="the median of so many runs of COPY, import, again")
    given, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory(prefix="bulou-bench-", dir=os.environ.get("BULOU_BENCH_DIR")) as folder:
        Path(folder).chmod(0o755)
        path = Path(folder) / "roster.csv"
        _write(path, given.rows)
        print(f"roster import, {given.rows:,} people, {given.runs} runs, load {os.getloadavg()[0]:.1f}", flush=True)
        runs: list[dict[str, float]] = []
        for run in range(given.runs):
            found = _postgres(path, Path(folder) / f"pg{run}")
            if isinstance(found, str):
                print(f"  PostgreSQL left out: {found}")
                break
            _told("PostgreSQL", found)
            runs.append({name: found[name]["all"] / found["copy"]["all"] for name in ASKED})
        short = [] if runs else ["PostgreSQL"]
        for name in ASKED if runs else ():
            ratios = sorted(run[name] for run in runs)
            middle = statistics.median(ratios)
            print(f"  {name} ÷ COPY, median {middle:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), asked for: {ASKED[name]}")
            short += [name] if middle > ASKED[name] else []
        plain = _executemany(path)
        print(f"  SQLite      executemany {plain:.1f} s")
        _told("SQLite", _city(path))
    print(f"  {'NOT REACHED: ' + ', '.join(short) if short else 'reached'}")
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()

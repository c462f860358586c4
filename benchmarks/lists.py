"""First and thousandth page of lists with 100,000 rows, by API and page, served by two workers, on both databases.

Readers stand at three levels, because a predicate that is quick for the city may be slow for a street and the other way
round. The rows are written by set: what is measured is reading.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode

from tests.crash.harness import ROOT, Served

ROWS, PAGE, DEEP = 100_000, 50, 1_000
TIMES = 60  # requests for each figure; p95 is the fourth slowest
LIMIT_MS = 100
PASSWORD = "only-for-this-bench"  # noqa: S105 - of a city that is thrown away

FOUND = """
import django; django.setup()
import json, sys
from datetime import timedelta
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db import connection
from bulou.access import actions as access
from bulou.duties.models import Duty, Tenure
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.people.models import Resident
from bulou.places.models import Division
from bulou.rounds import actions as rounds
from bulou.specimens.models import Box, Tube
from bulou.units.choices import PostKind
from bulou.units.models import Unit
from tests import city as cities
rows = int(sys.argv[1]); password = sys.argv[2]
now = clock.wall(); city = cities.build_city(start=now); leader = city.actor(cities.CITY)
# 160 more communities in 16 streets of two districts, so that a level has a share of the rows and not all of them
places = []
for number in range(160):
    street = f"99010{1 + number % 2}{100 + number // 10:03}"
    Division.objects.get_or_create(code=street, defaults={"name": "街道", "level": "street", "parent_id": street[:6]})
    Unit.objects.get_or_create(code=street, defaults={"name": "街道", "kind": "street"})
    code = f"{street}{number:03}"
    Division.objects.create(code=code, name="社区", level="community", parent_id=street)
    Unit.objects.create(code=code, name="社区", kind="community"); places.append(code)
rounds.register_laboratory(unit=cities.LAB_1, tubes_per_hour=900000, by=leader, at=now)
rounds.plan_round(code="R1", name="R1", area="test-city", owner=cities.CITY, opens_at=now, deadline_at=now + timedelta(hours=9), by=leader, at=now)
Resident.objects.create(person_id="P", place_code=f"{cities.COMMUNITY_A}-0001-001", identity_kind="none")
rounds.open_round(round_code="R1", by=leader, at=now)
site = rounds.plan_site(round_code="R1", unit=cities.SITE_A, opens_at=now, closes_at=now + timedelta(hours=8), expected_people=100, by=leader, at=now)
Duty.objects.bulk_create((Duty(id=f"D-{n:08}", kind="task.done", line="D16", pack="bench", pack_version="0", owner_id=places[n % 160],
    about=f"task:{n}", label=f"task {n}", place_code=places[n % 160], facts={}, opened_at=now, due_at=now + timedelta(seconds=n % 40000 - 9000),
    act_at=now + timedelta(days=1)) for n in range(rows)), batch_size=5000)
Tenure.objects.bulk_create((Tenure(duty_id=f"D-{n:08}", unit_id=places[n % 160], how="opened", starts_at=now) for n in range(rows)), batch_size=5000)
Tube.objects.bulk_create((Tube(tube_id=f"T{n:08}", round_id="R1", site=site, unit_code=places[n % 160] + ":site001",
    collected_at=now - timedelta(seconds=n % 30000), registered_at=now, people=10, state="reported" if n % 100 else "collected", outcome="negative" if n % 100 else "",
    reported_at=now if n % 100 else None) for n in range(rows)), batch_size=5000)
Resident.objects.bulk_create((Resident(person_id=f"P{n:08}", name="测试", identity_kind="none", place_code=f"{places[n % 160]}-0001-{n % 18 + 1:03}",
    household_id=f"H{n // 3:08}", vulnerable="dialysis" if n % 50 == 0 else "") for n in range(rows)), batch_size=5000)
with connection.cursor() as cursor: cursor.execute("ANALYZE")
by = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)
tokens = {}
for name, unit in (("city", cities.CITY), ("district", cities.EAST), ("street", places[0][:9])):
    if unit not in city.staff:
        from bulou.units import actions as units
        person = units.register_staff(number="S-bench", name="值班员", home_unit=Unit.objects.get(code=unit), by=cities.SYSTEM, at=now, phone="13800000000")
        post = units.create_post(unit=Unit.objects.get(code=unit), kind=PostKind.DUTY_OFFICER, title="值班员", role=Role.DUTY_LEADER, by=cities.SYSTEM, at=now)
        units.fill_post(post=post, staff=person, by=cities.SYSTEM, at=now)
    else:
        person, post = city.staff[unit], city.posts[unit]
    account = access.create_account(username=name, password=password, staff=person, by=by, at=now)
    tokens[name] = access.create_token(account=account, post=post, by=by, at=now)
print(json.dumps(tokens))
"""
LISTS = {
    "duties": ("/api/v1/duties", "/duties/"),
    "tubes": ("/api/v1/tubes", "/tubes/"),
    "people": ("/api/v1/people", "/people/"),
}


class _Reader:
    """Somebody logged in, with a token as well; one connection."""

    def __init__(self, port: int, name: str, token: str) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.token, self.cookies = token, SimpleCookie()
        page = self.get("/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if found is None:
            raise SystemExit("the log-in page has no form")
        body = urlencode({"csrfmiddlewaretoken": found[1], "username": name, "password": PASSWORD})
        self._send("POST", "/login/", body, {"Content-Type": "application/x-www-form-urlencoded"})

    def get(self, path: str) -> str:
        """A page or an answer, as text; ends the run when it is not one."""
        headers = {"Authorization": f"Bearer {self.token}"} if path.startswith("/api") else {}
        status, text = self._send("GET", path, None, headers)
        if status != http.HTTPStatus.OK:
            raise SystemExit(f"{path}: {status} {text[:300]}")
        return text

    def _send(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> tuple[int, str]:
        cookies = "; ".join(f"{one.key}={one.value}" for one in self.cookies.values())
        self.line.request(method, path, body, {**headers, "Cookie": cookies, "Accept-Language": "en"})
        answer = self.line.getresponse()
        for value in answer.headers.get_all("Set-Cookie") or ():
            self.cookies.load(value)
        return answer.status, answer.read().decode()

    def p95(self, path: str) -> float:
        """Milliseconds that 95 of 100 requests do not exceed."""
        self.get(path)
        found = []
        for _ in range(TIMES):
            started = time.perf_counter()
            self.get(path)
            found.append((time.perf_counter() - started) * 1000)
        return sorted(found)[int(0.95 * TIMES)]


def _deep_keys(reader: _Reader, address: str) -> str:
    """The key of the thousandth page, or of the last full one: paged there as a client pages, ten pages in a step."""
    key, seen = "", 0
    while seen < (DEEP - 1) * PAGE:
        query = urlencode({"limit": min(500, (DEEP - 1) * PAGE - seen), **({"after": key} if key else {})})
        answer = json.loads(reader.get(f"{address}?{query}"))
        if answer["next"] is None:
            break
        key, seen = answer["next"], seen + len(answer["items"])
    return key


def _measure(served: Served, rows: int) -> list[tuple[str, float]]:
    done = subprocess.run(
        [sys.executable, "-c", FOUND, str(rows), PASSWORD],
        env=served.environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    tokens = json.loads(done.stdout.splitlines()[-1])
    served.start()
    found: list[tuple[str, float]] = []
    try:
        for name, token in tokens.items():
            reader = _Reader(served.port, name, token)
            for kind, (api, page) in LISTS.items():
                key = quote(_deep_keys(reader, api))
                figures = [reader.p95(address) for address in (api, f"{api}?after={key}", page, f"{page}?after={key}")]
                found += [(f"{name} {kind}", figure) for figure in figures]
                first, deep, shown, shown_deep = figures
                print(
                    f"  {name:<9}{kind:<8} API {first:6.1f} ms, deep {deep:6.1f} ms   page {shown:6.1f} ms, deep {shown_deep:6.1f} ms"
                )
    finally:
        served.stop()
    return found


def main() -> None:
    """Both databases; exits 1 when a p95 is above 100 ms."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    given, _ = parser.parse_known_args()
    found: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="bulou-lists-", dir=os.environ.get("BULOU_BENCH_DIR")) as folder:
        Path(folder).chmod(0o755)
        cluster, tool = Path(folder) / "pg", str(ROOT / "tools/postgres.py")
        made = subprocess.run(
            [sys.executable, tool, "start", str(cluster), "--durable"], capture_output=True, text=True, check=True
        )
        try:
            for name, url in (("PostgreSQL", made.stdout.strip()), ("SQLite", f"sqlite:///{folder}/bulou.sqlite3")):
                home = Path(folder) / name
                home.mkdir()
                print(f"lists of {given.rows:,} rows on {name}, p95 of {TIMES}, load {os.getloadavg()[0]:.1f}")
                found += [(f"{name} {what}", figure) for what, figure in _measure(Served(home, url), given.rows)]
        finally:
            subprocess.run([sys.executable, tool, "stop", str(cluster)], check=False)
    over = [f"{what} {figure:.0f} ms" for what, figure in found if figure > LIMIT_MS]
    print(f"  {'NOT REACHED' if over else 'reached'}  every p95 ≤ {LIMIT_MS} ms {', '.join(over)}")
    sys.exit(1 if over else 0)


if __name__ == "__main__":
    main()

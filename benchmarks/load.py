"""Tubes of ten through the whole stack: a served city on a durable PostgreSQL, two workers, arrivals that do not wait.

Singles are offered at a rate, due at seeded random instants whether or not the last one was answered, and timed from
the instant they were due; batches are sent one after the other on as many connections as there are workers. Beside them
the very statements of such requests, recorded once and played by a bare psycopg loop into a copy of the same database.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import os
import pickle
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.crash.harness import ROOT, SITE, Served

CONNECTIONS = 16  # devices that hold a connection open
WORKERS = 2
IN_A_BATCH = 100
POOL = 10  # people in a tube
BUSY = 0.15  # with fewer idle cores than this, they are the bound
MIN_SINGLE, MIN_BATCH, MAX_P99_MS, MIN_RATIO = 150, 1_000, 500, 0.35  # what the city asks for; docs/performance.md

# Played in a process of its own, so that the statements are Django's and the loop that plays them is not.
CAPTURE = """
import json, pickle, sys
import django; django.setup()
from django.db import connection
from django.test import Client
token, requests = sys.argv[1], json.load(sys.stdin)
client, taken = Client(), []
def keep(execute, sql, params, many, context):
    answer = execute(sql, params, many, context)
    taken[-1].append((str(sql), params, many))
    return answer
with connection.execute_wrapper(keep):
    for path, body, key in requests:
        taken.append([])
        answer = client.post(path, body, content_type="application/json", headers={"Authorization": f"Bearer {token}", "Idempotency-Key": key})
        assert answer.status_code in (200, 201), answer.content
sys.stdout.buffer.write(pickle.dumps(taken))
"""
Statements = list[tuple[str, Any, bool]]


@dataclass(slots=True)
class Phase:
    """What one phase of the load showed."""

    tubes: int
    seconds: float
    waited_ms: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    cpu_ms: dict[str, float] = field(default_factory=dict)
    idle: float = 0.0  # share of the machine's cores

    @property
    def rate(self) -> float:
        """Tubes in a second."""
        return self.tubes / self.seconds

    def at(self, share: float) -> float:
        """The waiting time, in ms, that this share of the requests did not exceed."""
        return sorted(self.waited_ms)[min(len(self.waited_ms) - 1, int(share * len(self.waited_ms)))]


def _tube(name: str) -> dict[str, Any]:
    return {
        "tube_id": name,
        "site_id": SITE,
        "collected_at": datetime.now(UTC).isoformat(),
        "people": [f"{name}p{person}" for person in range(POOL)],
    }


def _single(name: str) -> tuple[str, str, str]:
    return "/api/v1/tubes", json.dumps(_tube(name)), f"k-{name}"


def _batch(name: str) -> tuple[str, str, str]:
    return "/api/v1/tubes/batch", json.dumps([_tube(f"{name}-{number:03}") for number in range(IN_A_BATCH)]), f"k-{name}"


class _Devices:
    """Connections that stay open, each used by one thread."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token, self.own = port, token, threading.local()

    def send(self, request: tuple[str, str, str]) -> str:
        """Post it; returns what was wrong, or nothing."""
        path, body, key = request
        if not hasattr(self.own, "line"):
            self.own.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}", "Idempotency-Key": key}
        try:
            self.own.line.request("POST", path, body, headers)
            answer = self.own.line.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as fault:
            self.own.line.close()
            return f"no answer: {fault}"
        if path.endswith("batch"):
            wrong = [item for item in json.loads(said) if item["status"] != http.HTTPStatus.CREATED]
            return f"{len(wrong)} refused: {wrong[0]}" if wrong else ""
        return "" if answer.status == http.HTTPStatus.CREATED else f"{answer.status} {said[:200]!r}"


def _offered(devices: _Devices, *, rate: float, seconds: float, label: str) -> Phase:
    """Open loop: every request has its instant; nobody waits for an answer before the next falls due."""
    drawn, due = random.Random(label), 0.0
    instants: list[float] = []
    while due < seconds:
        instants.append(due)
        due += drawn.expovariate(rate)
    following: Iterator[tuple[int, float]] = iter(enumerate(instants))
    lock, started = threading.Lock(), time.perf_counter()
    found = Phase(tubes=0, seconds=seconds)

    def device() -> None:
        while True:
            with lock:
                number, instant = next(following, (-1, 0.0))
            if number < 0:
                return
            time.sleep(max(0.0, started + instant - time.perf_counter()))
            wrong = devices.send(_single(f"{label}{number:06}"))
            waited = (time.perf_counter() - started - instant) * 1000
            with lock:
                found.waited_ms.append(waited)
                found.tubes += not wrong
                if wrong:
                    found.faults.append(wrong)

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(lambda _: device(), range(CONNECTIONS)))
    found.seconds = time.perf_counter() - started
    return found


def _batches(devices: _Devices, *, seconds: float, label: str) -> Phase:
    """Closed loop: as many senders as workers, each with the next batch when the last was answered."""
    found, lock, counter = Phase(tubes=0, seconds=seconds), threading.Lock(), itertools.count()
    started = time.perf_counter()

    def sender() -> None:
        while time.perf_counter() - started < seconds:
            request = _batch(f"{label}{next(counter):05}")
            sent = time.perf_counter()
            wrong = devices.send(request)
            with lock:
                found.waited_ms.append((time.perf_counter() - sent) * 1000)
                found.tubes += 0 if wrong else IN_A_BATCH
                if wrong:
                    found.faults.append(wrong)

    with ThreadPoolExecutor(WORKERS) as threads:
        list(threads.map(lambda _: sender(), range(WORKERS)))
    found.seconds = time.perf_counter() - started
    return found


def _spent(pids: list[int]) -> float:
    """Seconds of CPU that these processes have used, and their children that have ended."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(value) for value in fields[11:15])
    return total / os.sysconf("SC_CLK_TCK")


def _idle() -> tuple[int, int]:
    """Ticks that the machine's cores were idle, and all ticks."""
    fields = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return fields[3] + fields[4], sum(fields)


def _below(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(path.read_text().rsplit(")", 1)[1].split()[1]) == parent:
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def _watched(served: Served, postmaster: int, phase: Callable[[], Phase]) -> Phase:
    """The phase, with the CPU that server, database and devices spent on each tube."""
    assert served.process is not None
    server = _below(served.process.pid)
    backends = [postmaster, *_below(postmaster)]
    before = {"server": _spent(server), "database": _spent(backends), "devices": time.process_time()}
    idle, ticks = _idle()
    found = phase()
    found.idle = (_idle()[0] - idle) / max(1, _idle()[1] - ticks)
    backends = [postmaster, *_below(postmaster)]
    after = {"server": _spent(server), "database": _spent(backends), "devices": time.process_time()}
    found.cpu_ms = {name: (after[name] - before[name]) * 1000 / max(1, found.tubes) for name in before}
    return found


def _captured(served: Served, url: str, token: str, requests: list[tuple[str, str, str]]) -> list[Statements]:
    done = subprocess.run(
        [sys.executable, "-c", CAPTURE, token],
        input=json.dumps(requests).encode(),
        env=dict(served.environment, BULOU_DATABASE_URL=url),
        capture_output=True,
        check=False,
        cwd=ROOT,
    )
    if done.returncode:
        raise SystemExit(done.stderr.decode()[-2000:])
    taken: list[Statements] = pickle.loads(done.stdout)  # noqa: S301 - written by our own child a moment ago
    return taken


def _bare(url: str, requests: list[Statements]) -> float:
    """Seconds that a bare loop needs for these requests, one transaction each."""
    with psycopg.connect(url, cursor_factory=psycopg.ClientCursor) as line, line.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'UTC'")
        line.commit()
        started = time.perf_counter()
        for request in requests:
            for sql, params, many in request:
                if many:
                    cursor.executemany(sql, params)
                else:
                    cursor.execute(sql, params or None)
            line.commit()
        return time.perf_counter() - started


def _copy(url: str, name: str) -> str:
    """A copy of the city's database, while nobody is connected to it."""
    base, _, database = url.rpartition("/")
    with psycopg.connect(f"{base}/postgres", autocommit=True) as own:
        own.execute(f"CREATE DATABASE {name} TEMPLATE {database}")
    return f"{base}/{name}"


def _say(name: str, found: Phase, bare: float) -> None:
    cpu = "  ".join(f"{part} {spent:.2f}" for part, spent in found.cpu_ms.items())
    print(
        f"  {name:<22} {found.rate:7.0f} tubes/s  p50 {found.at(0.5):6.1f} ms  p99 {found.at(0.99):6.1f} ms"
        f"  {f'of bare {found.rate / bare:4.2f}' if bare else '':<12}  CPU ms per tube: {cpu}"
    )
    for fault in found.faults[:3]:
        print(f"    fault: {fault}")


def _bound(found: Phase) -> str:
    """What gives out next: the cores, unless the phase left some of them idle."""
    most = max(found.cpu_ms, key=lambda part: found.cpu_ms[part])
    share, cores = found.cpu_ms[most] / sum(found.cpu_ms.values()), os.cpu_count() or 1
    ours = sum(found.cpu_ms.values()) / 1000 * found.rate
    said = f"{ours:.2f} of {cores} cores ours, {share:.0%} of it {most}; {found.idle:.0%} idle"
    return f"the cores ({said})" if found.idle < BUSY else f"waiting for commits and locks ({said})"


def main() -> None:
    """Found a city, serve it, load it; exits 1 when a figure falls short."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20.0, help="of each phase")
    parser.add_argument(
        "--ceiling", type=float, default=600.0, help="singles offered per second to find the most that is served"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bulou-load-", dir=os.environ.get("BULOU_BENCH_DIR")) as folder:
        Path(folder).chmod(0o755)
        cluster, tool = Path(folder) / "pg", str(ROOT / "tools/postgres.py")
        started = subprocess.run(
            [sys.executable, tool, "start", str(cluster), "--durable"], capture_output=True, text=True, check=True
        )
        url, home = started.stdout.strip(), Path(folder) / "home"
        home.mkdir()
        served = Served(home, url)
        try:
            failed = _run(served, url, cluster, seconds=given.seconds, ceiling=given.ceiling)
        finally:
            served.stop()
            subprocess.run([sys.executable, tool, "stop", str(cluster)], check=False)
    sys.exit(1 if failed else 0)


def _run(served: Served, url: str, cluster: Path, *, seconds: float, ceiling: float) -> list[str]:
    token = served.found()
    postmaster = int((cluster / "data" / "postmaster.pid").read_text().splitlines()[0])
    recorded, played = _copy(url, "recorded"), [_copy(url, f"played{turn}") for turn in range(2)]
    singles = [_single(f"B{number:06}") for number in range(1_500)]
    batches = [_batch(f"C{number:04}") for number in range(60)]
    taken = _captured(served, recorded, token, [*singles, *batches])
    statements = statistics.median(len(request) for request in taken[: len(singles)])
    print(f"tubes of {POOL}, {WORKERS} workers, {CONNECTIONS} connections, PostgreSQL durable, load {os.getloadavg()[0]:.1f}")
    print(f"  {statements:.0f} statements for a single tube, {len(taken[-1])} for a batch of {IN_A_BATCH}")

    def bare(turn: int) -> tuple[float, float]:
        one = len(singles) / _bare(played[turn], taken[: len(singles)])
        many = len(batches) * IN_A_BATCH / _bare(played[turn], taken[len(singles) :])
        print(f"  bare psycopg loop      {one:7.0f} tubes/s single, {many:.0f} in batches of {IN_A_BATCH}")
        return one, many

    first = bare(0)
    served.start()
    devices = _Devices(served.port, token)
    _offered(devices, rate=50, seconds=3, label="W")  # connections made, caches warm
    calm = _watched(served, postmaster, lambda: _offered(devices, rate=120, seconds=seconds, label="A"))
    most = _watched(served, postmaster, lambda: _offered(devices, rate=ceiling, seconds=seconds, label="M"))
    batch = _watched(served, postmaster, lambda: _batches(devices, seconds=seconds, label="L"))
    served.stop()
    second = bare(1)
    single, many = (statistics.mean(pair) for pair in zip(first, second, strict=True))
    _say("single, 120/s offered", calm, 0)
    _say(f"single, {ceiling:.0f}/s offered", most, single)
    _say(f"batches of {IN_A_BATCH}", batch, many)
    print(f"  next bound, singles: {_bound(most)}\n  next bound, batches: {_bound(batch)}\n  load {os.getloadavg()[0]:.1f}")
    asked = {
        f"no fault in any phase: {[*calm.faults, *most.faults, *batch.faults][:1]}": not (
            calm.faults or most.faults or batch.faults
        ),
        f"single ≥ {MIN_SINGLE}/s: {most.rate:.0f}": most.rate >= MIN_SINGLE,
        f"p99 ≤ {MAX_P99_MS} ms at 120/s: {calm.at(0.99):.0f}": calm.at(0.99) <= MAX_P99_MS,
        f"batch ≥ {MIN_BATCH}/s: {batch.rate:.0f}": batch.rate >= MIN_BATCH,
        f"single ≥ {MIN_RATIO} of bare: {most.rate / single:.2f}": most.rate / single >= MIN_RATIO,
        f"batch ≥ {MIN_RATIO} of bare: {batch.rate / many:.2f}": batch.rate / many >= MIN_RATIO,
    }
    for text, reached in asked.items():
        print(f"  {'reached' if reached else 'NOT REACHED'}  {text}")
    return [text for text, reached in asked.items() if not reached]


if __name__ == "__main__":
    main()

"""A served city on a private PostgreSQL, and devices that post tubes until told to stop; both may be killed at any time."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CITY = """
import django; django.setup()
from datetime import timedelta
from django.core.management import call_command
call_command("migrate", verbosity=0)
from bulou.access import actions as access
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.people.models import Resident
from bulou.rounds import actions as rounds
from tests import city as cities
now = clock.wall()
city = cities.build_city(start=now)
leader = city.actor(cities.CITY)
Resident.objects.create(person_id="P0", place_code=f"{cities.COMMUNITY_A}-0001-001", identity_kind="none")
rounds.register_laboratory(unit=cities.LAB_1, tubes_per_hour=900000, by=leader, at=now)
rounds.plan_round(code="R1", name="R1", area="test-city", owner=cities.CITY, opens_at=now, deadline_at=now + timedelta(hours=9), by=leader, at=now)
rounds.open_round(round_code="R1", by=leader, at=now)
site = rounds.plan_site(round_code="R1", unit=cities.SITE_A, opens_at=now, closes_at=now + timedelta(hours=8), expected_people=100, by=leader, at=now)
rounds.give_site_laboratory(site_id=site.pk, laboratory=cities.LAB_1, by=leader, at=now)
rounds.open_site(site_id=site.pk, by=city.actor(cities.SITE_A), at=now)
by = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)
account = access.create_account(username="site", password=None, staff=city.staff[cities.SITE_A], by=by, at=now)
print(access.create_token(account=account, post=city.posts[cities.SITE_A], by=by, at=now))
"""
START = "import sys; from bulou.commands.main import run; sys.exit(run(sys.argv[1:]))"


class Served:
    """``bulou serve`` with two workers and the sweep, on a port of its own."""

    def __init__(self, home: Path, url: str) -> None:
        self.environment = dict(
            os.environ, BULOU_HOME=str(home), BULOU_DATABASE_URL=url, DJANGO_SETTINGS_MODULE="bulou.config.settings",
            PYTHONPATH=str(ROOT), BULOU_SECRET_KEY="for-tests-only-" * 4,
        )  # fmt: skip
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One command line, to its end."""
        return subprocess.run(
            [sys.executable, "-c", START, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )

    def found(self) -> str:
        """Make the city; returns the site's token."""
        done = subprocess.run(
            [sys.executable, "-c", CITY], env=self.environment, capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip().splitlines()[-1]

    def start(self) -> None:
        """Serve, and wait until it answers."""
        log = (Path(self.environment["BULOU_HOME"]) / "serve.log").open("ab")  # the child keeps it
        command = [sys.executable, "-c", START, "serve", "--port", str(self.port), "--workers", "2"]
        self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=ROOT)
        self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Up to 30 s, for slow machines."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.1)
        message = "the server does not answer"
        raise AssertionError(message)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, bytes]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            data = json.dumps(body) if body is not None else None
            connection.request(method, path, data, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def children(self) -> dict[int, str]:
        """Processes whose parent is the server: its workers and the sweep."""
        assert self.process is not None
        return _children(self.process.pid)

    def stop(self) -> None:
        """Let it end in peace."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=30)


def _children(parent: int) -> dict[int, str]:
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = path.read_text().rsplit(")", 1)[1].split()
            command = (path.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(rest[1]) == parent and rest[0] != "Z":
            found[int(path.parent.name)] = command
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Device(threading.Thread):
    """A site's device: posts tubes one after the other, each again with its own key until it is acknowledged."""

    def __init__(self, served: Served, token: str, name: str) -> None:
        super().__init__(daemon=True)
        self.served, self.token, self.label = served, token, name
        self.acknowledged: list[str] = []
        self.wrong: list[str] = []
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until told to stop; the last tube is still brought to its acknowledgement."""
        from bulou.kernel import clock

        number = 0
        while not self.stopping.is_set():
            number += 1
            tube = f"{self.label}{number:05}"
            body = {
                "tube_id": tube, "site_id": "990101001001:site001", "collected_at": clock.wall().isoformat(),
                "people": [f"{tube}p{person}" for person in range(10)],
            }  # fmt: skip
            for _ in range(400):
                try:
                    status, answer = self.served.ask(
                        "POST",
                        "/api/v1/tubes",
                        body,
                        **{"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"k-{tube}"},
                    )
                except (OSError, http.client.HTTPException):
                    time.sleep(0.05)
                    continue
                if status == 201:
                    self.acknowledged.append(tube)
                    break
                if status < 500 and status != 409:
                    self.wrong.append(f"{tube}: {status} {answer[:200]!r}")
                    break
                time.sleep(0.05)

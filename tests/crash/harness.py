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
SITE = "990101001001:site001"
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
        log = (Path(self.environment["BULOU_HOME"]) / "serve.log").open("ab")
        command = [sys.executable, "-c", START, "serve", "--port", str(self.port), "--workers", "2"]
        self.process = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log, cwd=ROOT, start_new_session=True)
        log.close()
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
        """Let it end in peace; what does not end within 30 s is killed with its whole group, and that is a fault."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)  # its session is its own
            self.process.wait()
            raise


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
        self.acknowledged: dict[str, bytes] = {}  # tube -> its receipt, word for word
        self.sent: dict[str, str] = {}  # tube -> when it was collected
        self.wrong: list[str] = []
        self.again = 0  # attempts that brought no answer
        self.stopping = threading.Event()

    @staticmethod
    def people(tube: str) -> list[str]:
        """The ten people of a tube: told from its id, so that the database can be held against it."""
        return [f"{tube}p{person}" for person in range(10)]

    def post(self, tube: str, collected_at: str) -> tuple[int, bytes]:
        """One attempt: the same bytes under the same key every time."""
        body = {"tube_id": tube, "site_id": SITE, "collected_at": collected_at, "people": self.people(tube)}
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"k-{tube}"}
        return self.served.ask("POST", "/api/v1/tubes", body, **headers)

    def run(self) -> None:
        """Until told to stop; the last tube is still brought to its acknowledgement."""
        from bulou.kernel import clock

        number = 0
        while not self.stopping.is_set():
            number += 1
            tube, collected_at = f"{self.label}{number:05}", clock.wall().isoformat()
            self._bring(tube, collected_at)
            self.sent[tube] = collected_at

    def _bring(self, tube: str, collected_at: str) -> None:
        until, last = time.monotonic() + 60, "no answer"
        while time.monotonic() < until:
            try:
                status, answer = self.post(tube, collected_at)
            except (OSError, http.client.HTTPException):
                self.again += 1
                time.sleep(0.05)
                continue
            if status == 201:
                self.acknowledged[tube] = answer
                return
            last = f"{status} {answer[:200]!r}"
            in_flight = status == 409 and json.loads(answer).get("code") == "in-flight"
            if status < 500 and not in_flight:
                break
            self.again += 1
            time.sleep(0.05)
        self.wrong.append(f"{tube}: {last}")

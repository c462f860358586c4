"""The worker dies, is away for ten minutes, comes back, and is killed again while it catches up: no alarm is lost or told twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import psycopg
import pytest

from tests.crash.harness import ROOT, START

TASKS = 240
# Founded three hours ago; each task's limit falls into the ten minutes in which nobody swept.
CITY = """
import django; django.setup()
import sys
from datetime import timedelta
from django.core.management import call_command
call_command("migrate", verbosity=0)
from bulou.duties import sweep
from bulou.duties.opening import Owed, open_many
from bulou.kernel import clock
from tests import city as cities
now, count = clock.wall(), int(sys.argv[1])
start, dead = now - timedelta(hours=3), now - timedelta(minutes=10)
with clock.frozen(start):
    cities.build_city(start=start)
    open_many([Owed(kind="task.done", about=f"task:{n}", label=f"task {n}", owners={"explicit": cities.COMMUNITY_A if n % 2 else cities.COMMUNITY_C},
                    facts={"due_at": dead + timedelta(seconds=1 + 590 * ((n * 7) % count) / count)}, issuer=cities.EAST)
               for n in range(count)], by=cities.SYSTEM, at=start)
with clock.frozen(dead):
    sweep.beat(sweep.sweep(at=dead), at=dead)
"""
READ = """
import django; django.setup()
import json
from bulou.duties.models import Duty, Notice, Heartbeat
from bulou.duties import rows
from bulou.kernel import clock
now = clock.wall()
owed = sorted((step.due_at.isoformat(), row.pk, step.key) for row in Duty.objects.filter(kind="task.done") for step in rows.ladder(row) if step.due_at <= now)
told = [(one.due_at.isoformat(), one.duty_id, one.step) for one in Notice.objects.filter(duty__kind="task.done").order_by("id")]
print(json.dumps({"owed": owed, "told": told, "beat": (now - Heartbeat.objects.get().beat_at).total_seconds()}))
"""


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_after_ten_minutes_without_a_worker_every_alarm_is_told_once_in_due_order_though_it_is_killed_again(
    tmp_path, database, request
):
    url = request.getfixturevalue("cluster") if database == "postgresql" else f"sqlite:///{tmp_path / 'bulou.sqlite3'}"
    environment = dict(
        os.environ, BULOU_HOME=str(tmp_path), DJANGO_SETTINGS_MODULE="bulou.config.settings", PYTHONPATH=str(ROOT),
        BULOU_SECRET_KEY="for-tests-only-" * 4, BULOU_DATABASE_URL=url,
    )  # fmt: skip

    def python(code, *arguments):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def worker():
        return subprocess.Popen([sys.executable, "-c", START, "worker"], env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)

    def state():
        return json.loads(python(READ))

    python(CITY, str(TASKS))
    before = state()
    assert len(before["told"]) == TASKS  # the hour before was told while the sweep lived
    assert len(before["owed"]) == 2 * TASKS
    for kills in range(2):  # it comes back, two at once, and is killed while it catches up
        both = [worker(), worker()]
        for _ in range(200):
            time.sleep(0.05)
            if _told(url) > TASKS + 40 * (kills + 1):
                break
        for one in both:
            one.send_signal(signal.SIGKILL)
            one.wait()
    last = worker()
    try:
        for _ in range(120):
            time.sleep(0.5)
            if _told(url) >= 2 * TASKS:
                break
    finally:
        last.send_signal(signal.SIGTERM)
        last.wait(timeout=30)
    after = state()
    assert sorted(map(tuple, after["told"])) == sorted(map(tuple, after["owed"]))  # every alarm, each once
    fresh = after["told"][TASKS:]
    assert [due for due, _, _ in fresh] == sorted(due for due, _, _ in fresh)
    assert after["beat"] < 90  # and every page says again that the sweep lives


COUNT = "SELECT count(*) FROM duties_notice n JOIN duties_duty d ON d.id = n.duty_id WHERE d.kind = 'task.done'"


def _told(url):
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30) as look:
            return look.execute(COUNT).fetchone()[0]
    with psycopg.connect(url) as look:
        return look.execute(COUNT).fetchone()[0]

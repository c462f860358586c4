"""kill -9 during intake: of server master, server worker, sweep, database backend. What was acknowledged is there, once."""

from __future__ import annotations

import json
import os
import random
import signal
import time

import psycopg

from tests.crash.harness import Device, Served, alive

KILLS = 100 if os.environ.get("BULOU_SOAK") == "1" else 5
ORDER = ("master", "worker", "sweep", "backend", "master")


def _kill_backend(url: str) -> None:
    """One that serves us; while PostgreSQL still restarts after the last one, wait for it."""
    until = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(url, autocommit=True) as own:
                found = own.execute(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                ).fetchall()
            os.kill(random.choice(found)[0], signal.SIGKILL)  # PostgreSQL restarts all its backends after this
        except (psycopg.OperationalError, ProcessLookupError, IndexError):  # restarting; ended by itself; nobody connected
            assert time.monotonic() < until, "no database backend to kill"
            time.sleep(0.1)
        else:
            return


def _kill(served: Served, url: str, what: str) -> None:
    children = served.children()
    if what == "master":
        served.process.kill()
        served.process.wait()
        until = time.monotonic() + 3
        while any(alive(pid) for pid in children) and time.monotonic() < until:
            time.sleep(0.05)
        left = {pid: name for pid, name in children.items() if alive(pid)}
        assert left == {}, f"these outlived the master: {left}"
        served.start()
        return
    if what == "backend":
        _kill_backend(url)
        return
    sweeps = [pid for pid, name in children.items() if "run(['worker'])" in name]
    servers = [pid for pid in children if pid not in sweeps]
    victim = random.choice(sweeps if what == "sweep" else servers)
    os.kill(victim, signal.SIGKILL)
    until = time.monotonic() + 10
    while time.monotonic() < until and (alive(victim) or len(served.children()) < len(children)):
        time.sleep(0.1)
    assert not alive(victim)
    assert len(served.children()) >= len(children), f"the {what} was not started again"


def _stop(devices: list[Device]) -> None:
    for device in devices:
        device.stopping.set()
    for device in devices:
        device.join(timeout=90)
        assert not device.is_alive()


def _receipts_are_repeated_word_for_word(devices: list[Device]) -> None:
    for device in devices:
        for tube in random.sample(sorted(device.acknowledged), min(10, len(device.acknowledged))):
            assert device.post(tube, device.sent[tube]) == (201, device.acknowledged[tube])


def test_every_acknowledged_tube_is_there_once_whatever_is_killed(cluster, tmp_path):
    served = Served(tmp_path, cluster)
    token = served.found()
    served.start()
    devices = [Device(served, token, f"D{number}-") for number in range(4)]
    try:
        for device in devices:
            device.start()
        for turn in range(KILLS):
            time.sleep(random.uniform(0.8, 1.6))
            _kill(served, cluster, ORDER[turn % len(ORDER)])
            served.wait_until_it_answers()
        time.sleep(1)
        _stop(devices)
        _receipts_are_repeated_word_for_word(devices)
    finally:
        _stop(devices)
        served.stop()
    assert [fault for device in devices for fault in device.wrong] == []
    acknowledged = {tube for device in devices for tube in device.acknowledged}
    assert len(acknowledged) > 20
    assert sum(device.again for device in devices) > 0, "no kill met a device"
    with psycopg.connect(cluster) as own:
        members: dict[str, list[str]] = {}
        for tube, person in own.execute("SELECT tube_id, person_id FROM specimens_tubemember ORDER BY person_id"):
            members.setdefault(tube, []).append(person)
        tubes = dict(own.execute("SELECT tube_id, people FROM specimens_tube").fetchall())
        entries = dict(
            own.execute(
                "SELECT subject, count(*) FROM ledger_entry WHERE tag = 'specimen:tube:registered' GROUP BY 1"
            ).fetchall()
        )
    assert acknowledged <= tubes.keys()
    # Every device brought its last tube to an answer: nothing is there that was not acknowledged, and nothing by halves.
    assert tubes == dict.fromkeys(acknowledged, 10)
    assert members == {tube: Device.people(tube) for tube in acknowledged}
    assert entries == dict.fromkeys((f"tube:{tube}" for tube in acknowledged), 1)
    assert served.run("worker", "--once").returncode == 0
    verified = json.loads(served.run("ledger", "verify", "--json").stdout)
    assert verified["broken"] is None
    assert verified["unsealed"] == 0

"""Forty threads ask for the last laboratory slots: never double, on both databases; the naive version is caught.

PostgreSQL: the conditional ``UPDATE`` locks the window's row and looks at it again after the wait. SQLite: the settings
open every transaction with ``BEGIN IMMEDIATE``, so writers are serialised as a whole, by the file's lock; there the
naive version is only wrong when it reads before its transaction begins. Both mutants are kept.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, connections, transaction
from django.db.models import Sum

from bulou.kernel.errors import CapacityFull
from bulou.rounds import actions as rounds
from bulou.rounds.models import CapacityClaim, CapacityWindow, Site
from tests import city as cities
from tests import town
from tests.arena import patiently, run_all
from tests.city import EAST, LAB_1, SITE_A, City, at

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 40
CLAIMS = 100_000 if os.environ.get("BULOU_SOAK") else 4_000
SLOTS = CLAIMS // 8

Claim = Callable[[City, Site], None]


def guarded(city: City, site: Site) -> None:
    """The action itself."""
    rounds.claim_capacity(site_id=site.pk, laboratory=LAB_1, starts_at=at(0), tubes=1, by=city.actor(EAST), at=at(0))


def _write(window: CapacityWindow, site: Site) -> None:
    window.claimed += 1
    window.save(update_fields=("claimed",))
    CapacityClaim.objects.create(window=window, site=site, tubes=1)


def naive_in_one_transaction(city: City, site: Site) -> None:
    """Mutant: reads the figure, decides, writes it back, in one transaction."""
    with transaction.atomic():
        window = CapacityWindow.objects.get()
        if window.claimed >= window.capacity:
            raise CapacityFull("full")
        _write(window, site)


def naive_reads_first(city: City, site: Site) -> None:
    """Mutant: reads the figure before its transaction begins."""
    window = CapacityWindow.objects.get()
    if window.claimed >= window.capacity:
        raise CapacityFull("full")
    with transaction.atomic():
        _write(window, site)


class Arena:
    """A committed city with one window of ``slots``, and threads that each have a connection of their own."""

    def __init__(self, folder: object, *, slots: int) -> None:
        self.city = cities.build_city()
        town.settle(SITE_A.split(":", maxsplit=1)[0], 1)
        town.running(self.city)
        town.laboratory(self.city, tubes_per_hour=slots)
        self.site = town.site(self.city, SITE_A, lab="", open_at=False)
        rounds.set_capacity(
            laboratory=LAB_1,
            starts_at=at(0),
            ends_at=at(0) + timedelta(hours=1),
            tubes=slots,
            by=self.city.actor(LAB_1),
            at=at(0),
        )
        self.slots = slots
        self.file = ""
        if connection.vendor == "sqlite":  # the test database lives in memory and has no file to lock
            self.file = f"{folder}/arena.sqlite3"
            with sqlite3.connect(self.file) as copy:
                connection.connection.backup(copy)
            copy.close()

    def connect(self) -> None:
        """Give this thread a connection of its own."""
        if self.file:
            own = connections.create_connection("default")
            own.settings_dict = {**own.settings_dict, "NAME": self.file}
            connections["default"] = own

    def race(self, claim: Claim, *, attempts: int) -> Counter[str]:
        """Let all threads claim at once; what became of the attempts."""
        start = threading.Barrier(THREADS)
        found: Counter[str] = Counter()
        lock = threading.Lock()

        def run() -> None:
            self.connect()
            mine: Counter[str] = Counter()
            start.wait()
            try:
                for _ in range(attempts // THREADS):
                    try:
                        patiently(partial(claim, self.city, self.site))
                        mine["claimed"] += 1
                    except CapacityFull:
                        mine["full"] += 1
            except Exception as fault:  # noqa: BLE001 - a thread's fault is the test's
                mine[repr(fault)] += 1
            finally:
                connections["default"].close()
            with lock:
                found.update(mine)

        threads = [threading.Thread(target=run) for _ in range(THREADS)]
        run_all(threads)
        return found

    def sold(self) -> tuple[int, int]:
        """Tubes on live claims, and the window's own figure."""
        found: list[tuple[int, int]] = []

        def look() -> None:
            self.connect()
            live = CapacityClaim.objects.filter(released_at=None).aggregate(n=Sum("tubes"))["n"] or 0
            found.append((live, CapacityWindow.objects.get().claimed))
            connections["default"].close()

        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        return found[0]


def never_double(arena: Arena, found: Counter[str], attempts: int) -> bool:
    """Every attempt was answered, exactly the slots were sold, and the books agree."""
    return found == Counter(claimed=arena.slots, full=attempts - arena.slots) and arena.sold() == (
        arena.slots,
        arena.slots,
    )


def test_forty_threads_never_get_a_slot_twice(tmp_path):
    arena = Arena(tmp_path, slots=SLOTS)
    found = arena.race(guarded, attempts=CLAIMS)
    assert never_double(arena, found, CLAIMS), (found, arena.sold())


def test_the_naive_version_that_reads_first_is_caught(tmp_path):
    arena = Arena(tmp_path, slots=100)
    found = arena.race(naive_reads_first, attempts=800)
    assert not never_double(arena, found, 800)
    assert arena.sold()[0] > arena.sold()[1]


def test_the_naive_version_in_one_transaction_is_caught_where_transactions_overlap(tmp_path):
    arena = Arena(tmp_path, slots=100)
    found = arena.race(naive_in_one_transaction, attempts=800)
    assert never_double(arena, found, 800) == (connection.vendor == "sqlite")

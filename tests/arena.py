"""Threads that act at once on one committed test database, each with a connection of its own, as servers do."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import OperationalError, connection, connections

T = TypeVar("T")


def patiently(step: Callable[[], T]) -> T:
    """Take a step again when SQLite's one write lock did not come in its 20 s: nothing was done, so a device asks again.

    It waits before that. The error's traceback keeps a cursor of this thread's connection; when another thread's garbage
    collection clears that cursor while this one is inside of SQLite again, it waits for this connection, and this one for
    the lock that the other holds. The pause lets it through.
    """
    while True:
        try:
            return step()
        except OperationalError as fault:
            if "locked" not in str(fault):
                raise
        time.sleep(0.1)


class Arena:
    """Made after the test has committed its city; on SQLite the threads share a copy of it in a file with locks."""

    def __init__(self, folder: object) -> None:
        self.file = ""
        if connection.vendor == "sqlite":  # the test database lives in memory and has no file to lock
            self.file = f"{folder}/arena.sqlite3"
            with sqlite3.connect(self.file) as copy:
                connection.connection.backup(copy)
                copy.execute("PRAGMA journal_mode=WAL")
            copy.close()

    def at_once(self, workers: Sequence[Callable[[], T]]) -> list[T]:
        """Start all workers at the same instant; their answers in order. What one of them raises fails the test."""
        start = threading.Barrier(len(workers))
        answers: dict[int, T] = {}
        faults: list[BaseException] = []

        def run(place: int) -> None:
            if self.file:
                own = connections.create_connection("default")
                own.settings_dict = {**own.settings_dict, "NAME": self.file}
                connections["default"] = own
            start.wait()
            try:
                answers[place] = workers[place]()
            except BaseException as fault:  # noqa: BLE001 - raised again in the test's own thread
                faults.append(fault)
            finally:
                connections["default"].close()

        threads = [threading.Thread(target=run, args=(place,)) for place in range(len(workers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if faults:
            raise faults[0]
        return [answers[place] for place in range(len(workers))]

    def look(self, read: Callable[[], T]) -> T:
        """Read what the threads have committed."""
        return self.at_once([read])[0]

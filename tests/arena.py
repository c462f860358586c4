"""Threads that act at once on one committed test database, each with a connection of its own, as servers do."""

from __future__ import annotations

import gc
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import OperationalError, connection, connections

from bulou.kernel.errors import let_go

T = TypeVar("T")


def patiently(step: Callable[[], T]) -> T:
    """Take a step again when SQLite's one write lock did not come in its 20 s: nothing was done, so a device asks again.

    The error's frames are let go (``kernel.errors.let_go``), so that no other thread's garbage collection clears its cursor.
    """
    while True:
        try:
            return step()
        except OperationalError as fault:
            if "locked" not in str(fault):
                raise
            let_go(fault)


def run_all(threads: Sequence[threading.Thread]) -> None:
    """Start the threads and wait for them; garbage is collected here, where no write lock is held.

    A collection in a thread that holds SQLite's write lock may clear another thread's cursor, wait for that connection,
    and so for a thread that waits for the lock.
    """
    gc.disable()
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(timeout=0.5 / len(threads))
            gc.collect()
    finally:
        gc.enable()


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
        run_all(threads)
        if faults:
            raise faults[0]
        return [answers[place] for place in range(len(workers))]

    def look(self, read: Callable[[], T]) -> T:
        """Read what the threads have committed."""
        return self.at_once([read])[0]

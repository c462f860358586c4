"""The parent's side of the searching processes: start, order, interrupt, collect, end."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from types import TracebackType
from typing import BinaryIO, Self, cast

from bulou.kernel.errors import BulouError
from bulou.routing.problem import Problem
from bulou.routing.worker import Found, Order, receive, send


class Workers:
    """So many processes that search one problem; used as a context, at whose end they are gone."""

    def __init__(self, many: int, problem: Problem, tasks: list[int]) -> None:
        """Start them; they load their libraries while the first order is on its way."""
        command = [sys.executable, "-c", "from bulou.routing.worker import main; main()"]
        alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.processes = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=alone)  # noqa: S603 - our own module
            for _ in range(many)
        ]
        self.busy = [False] * many
        for one in range(many):
            send(self._input(one), (problem, tasks))

    def _input(self, one: int) -> BinaryIO:
        return cast("BinaryIO", self.processes[one].stdin)

    def _output(self, one: int) -> BinaryIO:
        return cast("BinaryIO", self.processes[one].stdout)

    def order(self, one: int, order: Order) -> Found | None:
        """Give an order; a search under way ends and its answer is returned."""
        send(self._input(one), order)
        before = self._answer(one) if self.busy[one] else None
        self.busy[one] = True
        return before

    def _answer(self, one: int) -> Found:
        found = receive(self._output(one))
        if not isinstance(found, Found):
            raise BulouError(
                "a searching process ended early.", code="worker", remedy="Ask again; if it stays, give fewer stops."
            )
        self.busy[one] = False
        return found

    def wait(self, until: float) -> tuple[int, Found] | None:
        """The next answer of any; None when none came by ``until`` (monotonic) or nobody searches."""
        at_work = {self._output(one).fileno(): one for one, busy in enumerate(self.busy) if busy}
        ready = select.select(list(at_work), [], [], max(0.0, until - time.monotonic()))[0] if at_work else []
        if not ready:
            return None
        one = at_work[ready[0]]
        return one, self._answer(one)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        """End all of them, also in the middle of a search."""
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.communicate()

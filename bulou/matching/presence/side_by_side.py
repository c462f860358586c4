"""Array work on several cores: NumPy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

_THREADS = min(8, os.cpu_count() or 1)  # each holds a block of its own in memory; operational

Given = TypeVar("Given")
Made = TypeVar("Made")


def in_turn(function: Callable[[Given], Made], items: Iterable[Given]) -> Iterator[Made]:
    """The function of each item, in order, computed side by side; only a few more than the cores are ever under way."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > _THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

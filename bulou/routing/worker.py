"""A searching process: takes a problem and then orders on its standard input, answers on its standard output.

It stops searching when the next order arrives and ends when its input does, so it never outlives the parent, however that
one died. What comes in is pickled by the parent (``workers.py``) and by nobody else.
"""

from __future__ import annotations

import os
import pickle
import select
import struct
import sys
import time
from dataclasses import dataclass
from typing import BinaryIO

from bulou.routing.engine import Model, search
from bulou.routing.mend import trimmed
from bulou.routing.parts import Part
from bulou.routing.plan import Plan
from bulou.routing.problem import Problem

LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Order:
    """What to search: with at most so many vehicles, from which plan, for how long, until what."""

    seconds: float
    seed: int
    most: int | None = None
    optional: bool = False
    start: Plan | None = None
    first: bool = False  # the first feasible plan is enough
    insistent: bool = False  # as ``engine.search`` has it
    part: Part | None = None  # nothing but this; None for the whole


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to an order: a plan that keeps every limit, and whether the search held it to be feasible as it was."""

    plan: Plan
    feasible: bool


def send(stream: BinaryIO, thing: object) -> None:
    """One value, after its length."""
    body = pickle.dumps(thing)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def receive(stream: BinaryIO) -> object:
    """The next value; None at the end."""
    head = _exactly(stream, LENGTH.size)
    body = _exactly(stream, LENGTH.unpack(head)[0]) if head else b""
    return pickle.loads(body) if body else None  # noqa: S301 - written by our own parent or child


def _exactly(stream: BinaryIO, many: int) -> bytes:
    """So many bytes of a pipe, which gives them in parts; none when it ends before."""
    parts = bytearray()
    while len(parts) < many:
        part = stream.read(many - len(parts))
        if not part:
            return b""
        parts += part
    return bytes(parts)


class Searcher:
    """Models of one problem, kept between orders."""

    def __init__(self, problem: Problem, tasks: list[int]) -> None:
        """Nothing is made before the first order."""
        self.problem, self.tasks = problem, tasks
        self.models: dict[tuple[int | None, bool], Model] = {}

    def follow(self, order: Order, *, interrupted: object = None) -> Found:
        """Search as ordered."""
        until = time.monotonic() + order.seconds
        called = interrupted if callable(interrupted) else _never

        def stop(feasible: bool) -> bool:  # noqa: FBT001 - the engine says it by position
            return (order.first and feasible) or time.monotonic() >= until or called()

        plan, feasible = search(self._model(order), order.start, stop=stop, seed=order.seed, insistent=order.insistent)
        return Found(trimmed(self.problem, plan), feasible)

    def _model(self, order: Order) -> Model:
        if order.part is not None:  # cut elsewhere each time: not worth keeping
            return Model(self.problem, list(order.part.tasks), most=order.most, vehicles=order.part.vehicles)
        key = order.most, order.optional
        if key not in self.models:
            self.models[key] = Model(self.problem, self.tasks, most=order.most, optional=order.optional)
        return self.models[key]


def _never() -> bool:
    return False


def main() -> None:
    """Serve one parent until it closes the pipe."""
    source, target = os.fdopen(os.dup(0), "rb", buffering=0), sys.stdout.buffer
    given = receive(source)
    if not isinstance(given, tuple):
        return
    searcher = Searcher(*given)
    while isinstance(order := receive(source), Order):
        send(target, searcher.follow(order, interrupted=lambda: bool(select.select([source], [], [], 0)[0])))

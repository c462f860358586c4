"""The solver behind one function: an instance and limits in, a plan and the seconds it took out."""

from __future__ import annotations

import time
from importlib import import_module

from bulou.routing.allocation.values import Instance, Limits, Plan

SOLVER = "bulou.routing.allocation.solve"


def solve(instance: Instance, limits: Limits, *, seconds: float, seed: int) -> tuple[Plan, float]:
    """Ask the allocation's solver; the same instance, seconds enough and seed give the same plan."""
    allocate = import_module(SOLVER).solve  # loaded when somebody plans: it brings numpy with it
    begun = time.perf_counter()
    plan = allocate(instance, limits, seconds=seconds, seed=seed)
    return plan, time.perf_counter() - begun

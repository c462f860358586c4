"""The solver behind one function: an instance and limits in, a plan and the seconds it took out."""

from __future__ import annotations

import time

from bulou.routing.allocation.values import Instance, Limits, Plan


def solve(instance: Instance, limits: Limits, *, seconds: float, seed: int) -> tuple[Plan, float]:
    """Ask the allocation's solver; the same instance, seconds enough and seed give the same plan."""
    from bulou.routing.allocation.solve import solve as allocate  # noqa: PLC0415 - numpy loads when somebody plans

    begun = time.perf_counter()
    plan = allocate(instance, limits, seconds=seconds, seed=seed)
    return plan, time.perf_counter() - begun

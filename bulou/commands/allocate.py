"""``bulou allocate``: rooms and vehicles for people, a reason for everyone who stays. Needs no database."""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer


def allocate(
    people: Annotated[Path, typer.Option(help="person_id, group_id, class, needs, place_code, x, y, ready_at, due_at")],
    rooms: Annotated[Path, typer.Option(help="room_id, site_id, class, beds, features, x, y, from, until")],
    vehicles: Annotated[Path, typer.Option(help="vehicle_id, seats, class, features, shift_from, shift_until, x, y")],
    drivers: Annotated[Path | None, typer.Option(help="driver_id, shift_from, shift_until, hours_left")] = None,
    seconds: Annotated[float, typer.Option(help="The search ends after so many seconds at the latest.", min=0)] = 30.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same plan, if the seconds do not end it.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder for placed, unplaced, trips, stops.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Who goes to which room with which vehicle and driver; safety limits and classes are never broken."""
    from bulou.policy.load import load_pack  # noqa: PLC0415 - a help text needs none of these
    from bulou.routing.allocation.checker import check  # noqa: PLC0415
    from bulou.routing.allocation.files import read_instance, write_plan  # noqa: PLC0415
    from bulou.routing.allocation.limits import limits_from  # noqa: PLC0415
    from bulou.routing.allocation.solve import solve  # noqa: PLC0415

    begun = time.perf_counter()
    pack = load_pack(os.environ.get("BULOU_POLICY", "guiyang-2022"))
    limits = limits_from({name: (one.value, one.unit) for name, one in pack.numbers.items()})
    instance = read_instance(people=people, rooms=rooms, vehicles=vehicles, drivers=drivers)
    plan = solve(instance, limits, seconds=seconds, seed=seed)
    violations = check(instance, limits, plan)
    for one in violations[:20]:
        sys.stderr.write(f"bulou: {one.code} {one.who}: {one.words}\n")
    if out is not None and not violations:
        write_plan(plan, out)
    found = {
        "people": len(instance.people), "placed": len(plan.placed), "unplaced": len(plan.unplaced), "bound": plan.bound,
        "gap": round(plan.gap, 6), "violations": len(violations), "elapsed_s": round(time.perf_counter() - begun, 3),
    }  # fmt: skip
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    sys.stdout.write("".join(f"{name:<17}{value:>14,}\n" for name, value in found.items()))
    reasons = Counter((one.code, one.reason) for one in plan.unplaced)
    for (code, reason), times in reasons.most_common(12):
        sys.stdout.write(f"{times:>8,} stay: {reason} ({code})\n")


COMMAND = allocate

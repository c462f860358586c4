"""``bulou drill``: a synthetic city's day, end to end, and the verdict on its seeded failures."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.kernel.errors import InputFault


def drill(
    residents: Annotated[int, typer.Option(min=2_000)] = 60_000,
    days: Annotated[int, typer.Option(help="Only one day in this version.")] = 1,
    seed: Annotated[int, typer.Option()] = 1,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """Found a synthetic city in an empty home, play its day, and compare what was found with what was seeded."""
    if days != 1:
        raise InputFault("a drill plays one day in this version", column="--days", code="days", remedy="Leave it out.")
    setup.django()
    from django.conf import settings  # noqa: PLC0415 - after Django is set up
    from django.core.management import call_command  # noqa: PLC0415

    from simulation import founding  # noqa: PLC0415
    from simulation.run import play  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    if founding.account_exists():
        raise InputFault("this home already holds a city", code="not-empty", remedy="Set BULOU_HOME to an empty folder.")
    started = time.perf_counter()
    city, verdict = play(residents=residents, seed=seed, home=settings.BULOU_HOME)
    body = {
        "residents": sum(city.plan.sizes.values()),
        "seed": seed,
        "elapsed_s": round(time.perf_counter() - started, 1),
        "found": [asdict(one) for one in verdict.found],
        "missed": [asdict(one) for one in verdict.missed],
        "invented": list(verdict.invented),
    }
    sys.stdout.write(json.dumps(body, ensure_ascii=False, indent=None if as_json else 1) + "\n")
    return 0 if verdict.exact else 1


COMMAND = drill

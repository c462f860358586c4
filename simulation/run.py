"""``bulou run``: found the demonstration city, play its day, say what is missed, and serve it."""

from __future__ import annotations

import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock

if TYPE_CHECKING:
    from simulation.findings import Verdict
    from simulation.founding import City

RESIDENTS = 60_000


def play(*, residents: int, seed: int, home: Path) -> tuple[City, Verdict]:
    """Found the city and play the day up to ``plan.NOW``; the drill's clock then stands there until it is served."""
    from bulou.config import drill  # noqa: PLC0415 - after Django is set up
    from simulation import chase, findings, founding, lines, plan  # noqa: PLC0415
    from simulation.day import Day  # noqa: PLC0415
    from simulation.earlier import Earlier  # noqa: PLC0415

    with clock.frozen(plan.FOUNDED):
        city = founding.found(residents=residents, seed=seed, at=plan.FOUNDED)
        chase.found(city, plan.FOUNDED)
        for line in lines.LINES:
            line.found(city, plan.FOUNDED)
    earlier = Earlier(city)

    def prepare(at: datetime) -> None:
        founding.plan_round(city, at)
        chase.open_hotel(city, at)

    earlier.play(until=plan.OPENS - timedelta(minutes=5), eve=plan.OPENS - timedelta(hours=8), prepare=prepare)
    Day(city, until=plan.NOW, earlier=earlier).play()
    with clock.frozen(plan.NOW):
        founding.open_accounts(city, home, plan.NOW)
        verdict = findings.compare(city.plan, at=clock.as_utc(plan.NOW))
    drill.keep(home, city_at=plan.NOW)
    return city, verdict


def run(
    once: Annotated[bool, typer.Option("--once", help="Do all but serve.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the demonstration away and begin anew.")] = False,
    residents: Annotated[int, typer.Option(envvar="CITY", min=2_000, help="Synthetic residents.")] = RESIDENTS,
    seed: Annotated[int, typer.Option(help="What the city and its failures are drawn by.")] = 1,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8000,
) -> int:
    """Set up the demonstration city, play its day, print what is missed, and serve the console."""
    if fresh:
        _throw_away()
    setup.django()
    from django.conf import settings  # noqa: PLC0415 - after Django is set up
    from django.core.management import call_command  # noqa: PLC0415

    from simulation import founding  # noqa: PLC0415

    call_command("migrate", verbosity=0, interactive=False)
    if founding.account_exists():
        _say("The demonstration city is there; ARGS=--fresh begins anew.")
    else:
        started = time.perf_counter()
        _say(f"Founding a synthetic city of {residents:,} people and playing its day (a few minutes) …")
        city, verdict = play(residents=residents, seed=seed, home=settings.BULOU_HOME)
        _say(f"Played {sum(city.plan.sizes.values()):,} people's day in {time.perf_counter() - started:.0f} s.")
        _tell(verdict)
        if not verdict.exact:
            return 1
    _summary()
    _logins(settings.BULOU_HOME)
    if once:
        return 0
    from bulou.commands import serve  # noqa: PLC0415 - only when it is served

    _say(f"Console on http://{host}:{port}")
    serve.serve(host=host, port=port)
    return 0


def _throw_away() -> None:
    home = Path(os.environ.get("BULOU_HOME", "var"))
    for name in ("bulou.sqlite3", "bulou.sqlite3-wal", "bulou.sqlite3-shm", "drill_clock.json", "demo_logins.json"):
        (home / name).unlink(missing_ok=True)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _tell(verdict: Verdict) -> None:
    """The verdict on the seeded failures; SYNTHETIC, as every page says."""
    _say("SYNTHETIC failures, drawn by the seed:")
    for one in verdict.found:
        _say(f"  found    {one.failure:<4} {one.failure.name.lower().replace('_', ' '):<18} {one.unit}")
    for one in verdict.missed:
        _say(f"  MISSED   {one.failure:<4} {one.failure.name.lower().replace('_', ' '):<18} {one.unit}")
    for text in verdict.invented:
        _say(f"  INVENTED {text}")


def _summary() -> None:
    """What is missed, overdue and about to be."""
    from bulou.duties import queries  # noqa: PLC0415 - after Django is set up
    from bulou.kernel.actor import Actor, Door, Role  # noqa: PLC0415
    from bulou.reporting import base_figures  # noqa: PLC0415

    now: datetime = clock.city()
    leader = Actor(account="leader", name="", post="", unit="5201", role=Role.DUTY_LEADER, door=Door.CLI)
    page = base_figures.page(leader, at=now)
    counted = queries.counts(leader, now=now)
    _say(
        f"At {clock.local(now):%Y-%m-%d %H:%M}: tested {page.value('tested'):,} of {page.value('roster'):,}, "
        f"missing {page.value('missing'):,}; oldest specimen {page.value('oldest_specimen')} min; "
        f"{counted.overdue} duties late, {counted.soon} due within the hour, {counted.open} open."
    )
    late = queries.listed(leader, queries.Filter(overdue=True), now=now).select_related("owner")
    for row in late[:12]:
        minutes = int((now - row.due_at).total_seconds() // 60)
        _say(f"  {minutes:>4} min late  {row.kind:<28} {row.owner.name}  {row.label}")


def _logins(home: Path) -> None:
    import json  # noqa: PLC0415 - only here

    _say("Log-ins (synthetic city):")
    for one in json.loads((home / "demo_logins.json").read_text()):
        _say(f"  {one['account']:<10} {one['password']}  {one['unit_en']}, {one['post_en']}")


COMMAND = run

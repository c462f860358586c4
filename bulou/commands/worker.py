"""``bulou worker``: the sweep and the jobs beside it, each apart from the others."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import FrameType
from typing import Annotated

import typer

from bulou.commands import processes, setup
from bulou.kernel import clock

log = logging.getLogger("bulou.worker")
PAUSE = 2.0  # seconds between two passes; a step is told at most so late


@dataclass
class Job:
    """Something that the worker does every so often; ``due`` is on the machine's own counter of seconds."""

    name: str
    every: timedelta
    do: Callable[[datetime], object]
    due: float = 0.0


def jobs() -> list[Job]:
    """What the worker does beside the sweep."""
    from bulou.arrivals import actions as arrivals  # noqa: PLC0415
    from bulou.care import actions as care  # noqa: PLC0415
    from bulou.channels import actions as channels  # noqa: PLC0415
    from bulou.duties import attendance  # noqa: PLC0415
    from bulou.hazards import actions as hazards  # noqa: PLC0415
    from bulou.institutions import actions as institutions  # noqa: PLC0415
    from bulou.investigation import presence_store, tracers  # noqa: PLC0415
    from bulou.isolation import actions as isolation  # noqa: PLC0415
    from bulou.kernel.actor import Door, system  # noqa: PLC0415 - after Django is set up
    from bulou.ledger import seals  # noqa: PLC0415
    from bulou.orders import actions as orders  # noqa: PLC0415
    from bulou.playbook import nightly, order_pace, retention  # noqa: PLC0415
    from bulou.reporting import actions as reporting  # noqa: PLC0415
    from bulou.requests import actions as requests  # noqa: PLC0415
    from bulou.restrictions import actions as restrictions  # noqa: PLC0415
    from bulou.specimens import actions as specimens  # noqa: PLC0415
    from bulou.supplies import actions as supplies  # noqa: PLC0415
    from bulou.testing import actions as testing  # noqa: PLC0415
    from bulou.transfer import actions as transfer  # noqa: PLC0415
    from bulou.zones import actions as zones  # noqa: PLC0415

    by = system(unit="CN", door=Door.SWEEP)
    return [
        Job("seal", timedelta(seconds=30), lambda at: seals.seal(at=at)),
        Job("rounds", timedelta(seconds=30), lambda at: testing.tend_rounds(at=at)),
        Job("specimens", timedelta(seconds=30), lambda at: specimens.watch(at=at)),
        Job("tracers", timedelta(minutes=1), lambda at: tracers.watch(at=at)),
        Job("presences", timedelta(hours=1), lambda at: presence_store.expire_presences(at=at)),
        Job(
            "standing visits", timedelta(minutes=10), lambda at: care.ask_for_visits(upto=at + timedelta(days=1), by=by, at=at)
        ),
        Job("institutions", timedelta(minutes=10), lambda at: institutions.owe_reports(on=clock.day_of(at), by=by, at=at)),
        Job("arrivals end", timedelta(minutes=1), lambda at: arrivals.end_due(by=by, at=at)),
        Job("arrivals forgotten", timedelta(hours=6), lambda at: arrivals.erase_due(by=by, at=at)),
        Job("crowds", timedelta(seconds=30), lambda at: hazards.watch_crowds(by=by, at=at)),
        Job("reporters forgotten", timedelta(hours=6), lambda at: hazards.erase_due(by=by, at=at)),
        Job("risk points", timedelta(minutes=10), lambda at: hazards.owe_checks(by=by, at=at)),
        Job("zones", timedelta(minutes=10), lambda at: zones.watch_zones(by=by, at=at)),
        Job("orders end", timedelta(minutes=1), lambda at: orders.end_due_orders(by=by, at=at)),
        Job("checkpoints and passes end", timedelta(minutes=1), lambda at: orders.end_due_posts(by=by, at=at)),
        Job("passes erased", timedelta(hours=6), lambda at: orders.erase_passes(by=by, at=at)),
        Job("orders' pace", timedelta(minutes=5), lambda at: order_pace.watch_pace(at=at)),
        Job("standing supplies", timedelta(minutes=10), lambda at: supplies.ask_standing(by=by, at=at)),
        Job("supply lists", timedelta(minutes=1), lambda at: supplies.tend_lists(by=by, at=at)),
        Job("places kept indoors", timedelta(minutes=1), lambda at: supplies.tend_provisions(by=by, at=at)),
        Job("channels", timedelta(seconds=2), lambda at: channels.deliver(at=at)),
        Job("posts", timedelta(seconds=30), lambda at: attendance.watch_posts(at=at)),
        Job("restrictions end", timedelta(seconds=30), lambda at: restrictions.end_due(at=at)),
        Job("stopped attempts", timedelta(seconds=30), lambda at: restrictions.watch_attempts(at=at)),
        Job("restrictions hold", timedelta(minutes=5), lambda at: nightly.reconcile_due(at=at)),
        Job("transfers", timedelta(minutes=1), lambda at: transfer.close_day(at=at)),
        Job("erase", timedelta(hours=6), lambda at: retention.erase_due(by=by, at=at)),
        Job("requests forget", timedelta(hours=6), lambda at: requests.erase_due(by=by, at=at)),
        Job("isolation", timedelta(minutes=1), lambda at: isolation.tend_sites(at=at)),
        Job("report", timedelta(minutes=1), lambda at: reporting.freeze_due(by=by, at=at)),
    ]


def pass_once(found: list[Job]) -> None:
    """One pass: the sweep and its heartbeat first, then every job that is due."""
    from bulou.duties import sweep  # noqa: PLC0415 - after Django is set up

    _alone("sweep", lambda at: sweep.beat(sweep.sweep(at=at), at=at))
    for job in found:
        if time.monotonic() >= job.due:
            job.due = time.monotonic() + job.every.total_seconds()
            _alone(job.name, job.do)


def _alone(name: str, do: Callable[[datetime], object]) -> None:
    """Run one job; what it raises becomes a duty with an owner, and the others go on."""
    from django.db import close_old_connections  # noqa: PLC0415 - after Django is set up

    at = clock.city()
    close_old_connections()
    try:
        do(at)
    except Exception as problem:
        log.exception("the job %s failed", name)
        _owe_repair(name, problem, at)


def _owe_repair(name: str, problem: Exception, at: datetime) -> None:
    from django.db import DatabaseError  # noqa: PLC0415 - after Django is set up

    from bulou.duties.opening import Owed, open_duty  # noqa: PLC0415
    from bulou.kernel.actor import Door, system  # noqa: PLC0415
    from bulou.places.models import Division  # noqa: PLC0415

    try:
        city = Division.objects.filter(level="city").values_list("code", flat=True).first()
        if city is None:
            return
        owed = Owed(
            kind="consequence.repaired", about=f"worker:{name}", label=f"worker: {name}", place_code=city,
            facts={"failed_at": at}, why=f"{type(problem).__name__}: {problem}"[:300],
        )  # fmt: skip
        open_duty(owed, by=system(unit=city, door=Door.SWEEP), at=at)
    except DatabaseError:
        # The database itself is away: no duty can be kept now. The heartbeat stops, and every page says so.
        log.exception("the failure of %s could not become a duty", name)


def worker(once: Annotated[bool, typer.Option("--once", help="One pass, then stop.")] = False) -> None:
    """Run the sweep, the seals, the rounds' figures, the watches and the report's freezing."""
    processes.die_with_parent()
    setup.django()
    stopping: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        del frame
        stopping.append(number)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    found = jobs()
    while not stopping:
        pass_once(found)
        if once or processes.orphaned():
            return
        time.sleep(PAUSE)


COMMAND = worker

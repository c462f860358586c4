"""``bulou report freeze``, ``bulou report daily`` and ``bulou report alarms``."""

from __future__ import annotations

import csv
import json
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock
from bulou.kernel.errors import InputFault, NotFound

if TYPE_CHECKING:
    from bulou.places.models import Area

COMMAND = typer.Typer(add_completion=False, rich_markup_mode=None, help="The daily report (0–24 h).")
Day = Annotated[datetime, typer.Option("--date", formats=["%Y-%m-%d"], help="The local day.")]
As = Annotated[str, typer.Option("--as", help="The account that acts.")]
AreaCode = Annotated[str, typer.Option("--area", help="The area's code; the one with rounds when left out.")]


def _area(code: str) -> Area:
    from bulou.places.models import Area  # noqa: PLC0415 - after Django is set up

    found = list(Area.objects.filter(code=code) if code else Area.objects.filter(rounds__isnull=False).distinct())
    if len(found) != 1:
        message = f"no area {code}" if code else f"{len(found)} areas have rounds"
        raise NotFound(message, remedy="Name one with --area.")
    return found[0]


@COMMAND.command()
def freeze(date: Day, area: AreaCode = "", as_user: As = "", as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Freeze and seal the figures of a day."""
    setup.django()
    from bulou.reporting import actions  # noqa: PLC0415

    with setup.sealing():
        made = actions.freeze_day(area=_area(area), on=date.date(), by=setup.actor(as_user), at=clock.city())
    body = {"area": made.area_id, "day": made.day_on.isoformat(), "digest": made.digest, "seal": made.seal}
    sys.stdout.write(json.dumps(body) + "\n" if as_json else f"{body['area']} {body['day']} {body['digest']}\n")


@COMMAND.command()
def daily(
    date: Day,
    area: AreaCode = "",
    as_user: As = "",
    lang: Annotated[str, typer.Option(help="zh or en")] = "zh",
    form: Annotated[str, typer.Option("--format", help="md or json")] = "md",
    as_json: Annotated[bool, typer.Option("--json")] = False,
    full: Annotated[bool, typer.Option("--full", help="JSON with every part, also small ones; not for publication.")] = False,
) -> None:
    """Print the report of a day; an unfrozen day says *provisional*."""
    if lang not in {"zh", "en"}:
        message = f"no language {lang!r}"
        raise InputFault(message, column="--lang", remedy="zh or en.")
    if form not in {"md", "json"}:
        message = f"no format {form!r} in this version"
        raise InputFault(message, column="--format", remedy="md or json.")
    setup.django()
    from bulou.reporting import queries, text  # noqa: PLC0415

    report = queries.daily(setup.actor(as_user), area=_area(area), on=date.date())
    if as_json or form == "json":
        sys.stdout.write(json.dumps(text.as_json(report, full=full), ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(text.markdown(report, lang=lang))


@COMMAND.command()
def alarms(
    date: Day,
    as_user: As = "",
    form: Annotated[str, typer.Option("--format", help="json or csv (one line per unit and shift)")] = "csv",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print a day's alarms per unit and shift, the share that needed an act, and what was told again for one cause."""
    if form not in {"csv", "json"}:
        message = f"no format {form!r}"
        raise InputFault(message, column="--format", remedy="csv or json.")
    setup.django()
    from bulou.reporting.alarms import alarms as found_on  # noqa: PLC0415

    found = found_on(setup.actor(as_user), on=date.date())
    if as_json or form == "json":
        sys.stdout.write(json.dumps(found.as_json(), ensure_ascii=False) + "\n")
        return
    columns = ("unit", "shift", "alarms", "acted", "settled", "open", "repeated", "share_acted")
    written = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    written.writeheader()
    written.writerows(one.as_json() for one in found.by_shift)

"""``bulou status``: base figures on one page, as recorded by an instant."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock
from bulou.kernel.errors import InputFault


def instant(text: str, *, option: str) -> datetime:
    """An ISO 8601 instant from the command line; without offset it is the city's local time."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError as fault:
        message = f"{text!r} is not an instant"
        raise InputFault(message, column=option, remedy="Write 2022-09-20T14:26 or with an offset +08:00.") from fault
    return clock.as_utc(at if at.tzinfo else at.replace(tzinfo=clock.CITY_ZONE))


def status(
    at: Annotated[str, typer.Option(help="As recorded by this instant; now when left out.")] = "",
    unit: Annotated[str, typer.Option(help="A unit's code; it and all below it.")] = "",
    as_user: Annotated[str, typer.Option("--as", help="The account that reads.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Base figures on one page, each with its time and source."""
    setup.django()
    from bulou.reporting import holdings  # noqa: PLC0415 - after Django is set up

    when = instant(at, option="--at") if at else clock.city()
    page = holdings.whole(setup.actor(as_user), at=when, unit=unit)
    if as_json:
        sys.stdout.write(json.dumps(page.as_json(), ensure_ascii=False) + "\n")
        return
    sys.stdout.write(f"{page.unit_name} ({page.unit}) {clock.local(when):%Y-%m-%d %H:%M}\n")
    for one in page.figures:
        value = "—" if one.value is None else f"{one.value:,}" if isinstance(one.value, int) else str(one.value)
        sys.stdout.write(f"  {one.name:<26}{value:>26} {one.unit:<13} {clock.local(one.as_of):%H:%M}  {one.source}\n")


COMMAND = status

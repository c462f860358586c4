"""``bulou base-number``: how a base number became another, by cause and place; and whether the book is right."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.commands.status import instant
from bulou.kernel import clock

_DAYS = 7


def base_number(
    unit: Annotated[str, typer.Option(help="A division's code, or a named area; your own unit's when left out.")] = "",
    since: Annotated[str, typer.Option(help="From this instant; seven days before the end when left out.")] = "",
    until: Annotated[str, typer.Option(help="Up to this instant; now when left out.")] = "",
    as_user: Annotated[str, typer.Option("--as", help="The account that reads.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """How a base number moved, by cause; exit 1 when changes and people do not add up."""
    setup.django()
    from bulou.kernel import codes  # noqa: PLC0415 - after Django is set up
    from bulou.people import base_numbers  # noqa: PLC0415

    reader = setup.actor(as_user)
    end = instant(until, option="--until") if until else clock.city()
    begin = instant(since, option="--since") if since else end - timedelta(days=_DAYS)
    found = base_numbers.movement(reader, unit or codes.territory(reader.unit), since=begin, until=end)
    if as_json:
        sys.stdout.write(json.dumps(found.as_json(), ensure_ascii=False) + "\n")
        return 0 if found.holds else 1
    sys.stdout.write(f"{found.name} ({found.place})  {found.before:,} -> {found.after:,}\n")
    for step in found.steps:
        sys.stdout.write(f"  {step.cause:<12}{step.added:>+12,}{step.taken:>+12,}\n")
    for part in found.parts:
        sys.stdout.write(f"  {part.code:<14}{part.before:>12,} -> {part.after:>12,}  {part.name}\n")
    said = "holds" if found.holds else f"DOES NOT HOLD: the changes give {found.now:,}, {found.residents:,} people stay there"
    sys.stdout.write(f"before + changes = after; all changes = people who stay there: {said}\n")
    return 0 if found.holds else 1


COMMAND = base_number

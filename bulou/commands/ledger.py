"""``bulou ledger verify``."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock

COMMAND = typer.Typer(add_completion=False, rich_markup_mode=None, help="The append-only record.")


@COMMAND.callback()
def ledger() -> None:
    """The append-only record."""


@COMMAND.command()
def verify(
    anchor: Annotated[str, typer.Option(help="The digest of an older seal, as the daily report prints it.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """Check every seal and entry; exit 1 and name the first that does not hold. Never seals first."""
    setup.django()
    from bulou.ledger import seals  # noqa: PLC0415 - after Django is set up

    found = seals.verify(at=clock.city(), anchor=anchor)
    if as_json:
        sys.stdout.write(json.dumps(found.as_json()) + "\n")
    else:
        state = "holds" if found.broken is None else f"BROKEN at entry {found.broken.entry}: {found.broken.why}"
        sys.stdout.write(f"{found.entries} entries, {found.seals} seals, {found.unsealed} not sealed yet: {state}\n")
    return 0 if found.broken is None else 1

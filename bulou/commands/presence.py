"""``bulou presence``: presences packed for tracing. Needs no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bulou.matching.presence.pack import pack as write
from bulou.matching.presence.packed import first_damage

COMMAND = typer.Typer(add_completion=False, rich_markup_mode=None, help="Presences packed for tracing.")
_CHECK_FAILED = 1


@COMMAND.command()
def pack(
    files: Annotated[list[Path], typer.Argument(help="person_id, place_id, arrived_at, left_at")],
    to: Annotated[Path, typer.Option(help="The packed directory; one packed before is replaced.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Arrange presences once, so that a trace reads only what a case touches."""
    made = write(files=files, to=to).as_json()
    if as_json:
        sys.stdout.write(json.dumps(made) + "\n")
    else:
        sys.stdout.write("".join(f"{name:<17}{value:>14,}\n" for name, value in made.items()))


@COMMAND.command()
def verify(folder: Path, as_json: Annotated[bool, typer.Option("--json")] = False) -> int:
    """Read every byte of a packed directory and compare it with what was written; exit 1 where it differs."""
    broken = first_damage(folder)
    sys.stdout.write(json.dumps({"broken": broken}) + "\n" if as_json else f"{broken or 'whole'}\n")
    return _CHECK_FAILED if broken else 0

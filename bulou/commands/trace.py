"""``bulou trace``: who was there with a case. Needs no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bulou.matching.presence.trace import trace as search


def trace(
    presence: Annotated[Path, typer.Option(help="person_id, place_id, arrived_at, left_at; or a packed directory")],
    cases: Annotated[Path, typer.Option(help="person_id, infectious_from, infectious_until")],
    min_minutes: Annotated[str, typer.Option(help="The shortest overlap that makes a contact.")] = "15",
    rings: Annotated[int, typer.Option(help="1: contacts; 2: also their contacts; and so on.")] = 1,
    engine: Annotated[str, typer.Option(help="duckdb")] = "duckdb",
    out: Annotated[Path | None, typer.Option(help="Folder for contacts.parquet.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Who was at a place while a case was there, for long enough; and who was with those later."""
    found = search(presence=presence, cases=cases, min_minutes=min_minutes, rings=rings, engine=engine, out=out).as_json()
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write("".join(f"{name:<17}{value:>14,}\n" for name, value in found.items()))


COMMAND = trace

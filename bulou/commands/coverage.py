"""``bulou coverage``: a roster compared with all specimens given. Needs no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bulou.kernel.errors import InputFault
from bulou.matching.coverage import coverage as compare


def coverage(
    roster: Annotated[Path, typer.Option(help="person_id, place_code")],
    specimens: Annotated[Path, typer.Option(help="tube_id, person_id, collected_at")],
    exemptions: Annotated[Path | None, typer.Option(help="person_id, reason")] = None,
    engine: Annotated[str, typer.Option(help="duckdb")] = "duckdb",
    out: Annotated[Path | None, typer.Option(help="Folder for missing, duplicates, unregistered, by_unit.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Who of the roster is tested, missing or exempt; who has two tubes; who is not on the roster."""
    if engine != "duckdb":
        raise InputFault(f"no engine {engine!r} in this version", code="engine", column="--engine", remedy="duckdb")
    found = compare(roster=roster, specimens=specimens, exemptions=exemptions, out=out).as_json()
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        sys.stdout.write("".join(f"{name:<17}{value:>14,}\n" for name, value in found.items()))


COMMAND = coverage

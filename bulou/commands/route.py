"""``bulou route``: a vehicle plan, VROOM's JSON in and out. Needs no database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from bulou.kernel.errors import InputFault


def route(
    problem: Annotated[Path, typer.Argument(help="VROOM's JSON: vehicles, jobs, shipments, matrices")],
    seconds: Annotated[float, typer.Option(help="How long to search; a small problem is answered sooner.")] = 10.0,
    seed: Annotated[int, typer.Option(help="For chance; two runs may still differ, because time is the limit.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Where the plan is written; without it on stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan also when it is written to a file.")] = False,
) -> None:
    """Which vehicle serves what, in which order and when; what is left, with a reason each."""
    if not 0 < seconds <= MOST_SECONDS:
        message = f"cannot search for {seconds:g} seconds."
        raise InputFault(message, code="seconds", column="--seconds", remedy=f"Give more than 0 and at most {MOST_SECONDS:,}.")
    if out is not None and not out.parent.is_dir():
        raise InputFault("has no folder to stand in.", file=str(out), code="no-folder", remedy="Make the folder first.")
    from bulou.routing.command import route_file  # noqa: PLC0415 - nothing of a solver is loaded for a wrong option

    answer, ignored = route_file(problem, seconds=seconds, seed=seed)
    for key in ignored[:MOST_NOTES]:
        sys.stderr.write(f"{problem.name}: {key} means nothing here and was passed over\n")
    if len(ignored) > MOST_NOTES:
        sys.stderr.write(f"{problem.name}: {len(ignored) - MOST_NOTES} more keys like that\n")
    text = json.dumps(answer, ensure_ascii=False)
    if out is not None:
        _write(out, text)
    if as_json or out is None:
        sys.stdout.write(text + "\n")
    else:
        sys.stdout.write(_said(answer))


MOST_SECONDS = 86_400
MOST_NOTES = 5


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text + "\n", encoding="utf-8")
    except OSError as fault:
        message = f"cannot be written: {fault.strerror}."
        raise InputFault(message, file=str(out), code="unwritable", remedy="Name a file that may be written.") from fault


def _said(answer: dict[str, Any]) -> str:
    summary = answer["summary"]
    lines = [f"{name:<13}{summary[name]:>14,.10g}" for name in ("routes", "unassigned", "cost", "duration", "waiting_time")]
    left = [f"  {one['type']} {one['id']}: {one['reason']}" for one in answer["unassigned"]]
    return "\n".join([*lines, *left]) + "\n"


COMMAND = route

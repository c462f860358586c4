"""``bulou export KIND``."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock
from bulou.kernel.errors import InputFault


def export(
    kind: Annotated[str, typer.Argument(help="units, residents, roster, exemptions, sites, laboratories, specimens, …")],
    out: Annotated[Path | None, typer.Option(help=".csv, .csv.gz, .parquet, .xlsx; without it CSV on stdout.")] = None,
    round_code: Annotated[str, typer.Option("--round", help="Of which round; roster and exemptions need one.")] = "",
    as_user: Annotated[str, typer.Option("--as", help="The account that reads.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """Write what you may see of a kind to a file, noted in the ledger."""
    if as_json and out is None:
        message = "with --json the table needs a file of its own"
        raise InputFault(message, code="no-out", column="--out", remedy="Name it with --out.")
    setup.django()
    from bulou.exchange.exporting import export_file  # noqa: PLC0415 - after Django is set up

    with setup.sealing(), tempfile.TemporaryDirectory(prefix="bulou-export-") as folder:
        target = out or Path(folder) / f"{kind}.csv"
        done = export_file(kind=kind, target=target, round_code=round_code, by=setup.actor(as_user), at=clock.city())
        if out is None:
            with target.open("rb") as table:
                shutil.copyfileobj(table, sys.stdout.buffer)
    if as_json:
        sys.stdout.write(json.dumps({**done.as_json(), "file": str(out)}, ensure_ascii=False) + "\n")
    else:
        sys.stderr.write(f"{done.rows:,} rows\n")
    return 0


COMMAND = export

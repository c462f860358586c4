"""``bulou import KIND FILE``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.kernel import clock


def import_(
    kind: Annotated[str, typer.Argument(help="units, residents, roster, exemptions, sites, laboratories, specimens, results")],
    file: Annotated[Path, typer.Argument(help=".csv, .csv.gz, .parquet, .xlsx")],
    round_code: Annotated[str, typer.Option("--round", help="The round whose roster, exemptions or sites these are.")] = "",
    mapping: Annotated[Path | None, typer.Option(help="TOML that renames, fills and rewords columns.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and change nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Where refused rows are written.")] = None,
    as_user: Annotated[str, typer.Option("--as", help="The account that acts.")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> int:
    """Load a file into the city."""
    setup.django()
    from bulou.exchange.importing import import_file  # noqa: PLC0415 - after Django is set up
    from bulou.exchange.mapping import read_mapping  # noqa: PLC0415 - after Django is set up

    with setup.sealing():
        counts = import_file(
            kind=kind, path=file, round_code=round_code,
            mapping=read_mapping(mapping) if mapping else None, dry_run=dry_run, rejects=rejects,
            by=setup.actor(as_user), at=clock.city(),
        ).as_json()  # fmt: skip
    if as_json:
        sys.stdout.write(json.dumps(counts) + "\n")
    else:
        sys.stdout.write("  ".join(f"{name} {value:,}" for name, value in counts.items()) + "\n")
    return 1 if counts["rejected"] else 0


COMMAND = import_

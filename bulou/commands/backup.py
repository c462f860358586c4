"""``bulou backup`` and ``bulou restore``: a consistent copy of the database, taken while the city goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.kernel.errors import InputFault


def database_url() -> str:
    """The database that is named by the environment; empty for the embedded one."""
    return os.environ.get("BULOU_DATABASE_URL", "")


def program(name: str) -> str:
    """Where one of PostgreSQL's own programs is."""
    found = shutil.which(name)
    if found is None:
        raise InputFault(f"{name} is not installed", code="no-program", remedy="Install PostgreSQL's client programs.")
    return found


def backup(to: Annotated[Path, typer.Argument(help="The file to write; it must not exist yet.")]) -> None:
    """Write a consistent copy: SQLite's online backup, or pg_dump's custom format."""
    setup.django()
    from django.db import connection  # noqa: PLC0415 - after Django is set up

    if to.exists():
        raise InputFault("the file exists already", file=to.name, code="exists", remedy="Choose another name.")
    if connection.vendor == "postgresql":
        command = [program("pg_dump"), "--format=custom", f"--file={to}", f"--dbname={database_url()}"]
        subprocess.run(command, check=True)  # noqa: S603 - PostgreSQL's own program
    else:
        connection.ensure_connection()
        with sqlite3.connect(to) as copy:
            connection.connection.backup(copy)
        copy.close()
    sys.stdout.write(f"{to} {to.stat().st_size:,} bytes\n")


COMMAND = backup

"""``bulou restore``: put a copy back into an empty home or database."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from bulou.commands import setup
from bulou.commands.backup import database_url, program
from bulou.kernel.errors import InputFault


def restore(
    source: Annotated[Path, typer.Argument(help="A file that bulou backup wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace what is there.")] = False,
) -> None:
    """Put a copy back; what is there is kept unless ``--replace`` is given. Stop the server first."""
    if not source.exists():
        raise InputFault("no such file", file=source.name, code="no-file")
    setup.django()
    from django.conf import settings  # noqa: PLC0415 - after Django is set up
    from django.db import connection  # noqa: PLC0415

    if connection.vendor == "postgresql":
        clean = ["--clean", "--if-exists"] if replace else []
        subprocess.run([program("pg_restore"), *clean, f"--dbname={database_url()}", str(source)], check=True)  # noqa: S603 - PostgreSQL's own program
        return
    target = Path(settings.DATABASES["default"]["NAME"])
    connection.close()
    if target.exists() and not replace:
        raise InputFault("there is a database already", file=target.name, code="exists", remedy="Give --replace to replace it.")
    for ending in ("", "-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    shutil.copyfile(source, target)
    sys.stdout.write(f"{target.name} restored from {source.name}\n")


COMMAND = restore

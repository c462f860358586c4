"""A private PostgreSQL cluster on loopback: ``python tools/postgres.py start|stop|url DIR``.

Used by ``make test``, ``make load`` and ``make soak``. Durability is off (tests) unless ``--durable`` is given. As root
the server runs as the user ``postgres``, because PostgreSQL refuses to run as root.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def binaries() -> Path | None:
    """Where initdb and pg_ctl are; None when PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent  # a link elsewhere does not have its neighbours
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    return versions[-1].parent if versions else None


def _as_postgres(*command: str) -> None:
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(command, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/")


def start(folder: Path, *, durable: bool = False) -> str:
    """Initialise when new, start, and return the URL of the database ``bulou``."""
    where = binaries()
    if where is None:
        message = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        raise SystemExit(message)
    folder = folder.resolve()
    data = folder / "data"
    if not data.exists():
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, pwd.getpwnam("postgres").pw_gid)
        _as_postgres(
            str(where / "initdb"),
            "-D",
            str(data),
            "-U",
            "postgres",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "max_connections=200"]
    options += [] if durable else FAST
    flags = " ".join(f"-c {option}" for option in options)
    _as_postgres(str(where / "pg_ctl"), "-D", str(data), "-o", f"-p {port} {flags}", "-l", str(folder / "log"), "-w", "start")
    subprocess.run(
        [str(where / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "bulou"],
        check=False,
        stderr=subprocess.DEVNULL,
    )
    made = f"postgres://postgres@127.0.0.1:{port}/bulou"
    (folder / "url").write_text(made)
    return made


def stop(folder: Path) -> None:
    """Stop the cluster and remove its folder."""
    where = binaries()
    if where is not None and (folder / "data").exists():
        _as_postgres(str(where / "pg_ctl"), "-D", str((folder / "data").resolve()), "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """The script's door."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=("start", "stop", "url"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--durable", action="store_true")
    given = parser.parse_args()
    if given.verb == "start":
        print(start(given.folder, durable=given.durable))
    elif given.verb == "stop":
        stop(given.folder)
    else:
        sys.stdout.write((given.folder / "url").read_text())


if __name__ == "__main__":
    main()

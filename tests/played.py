"""One small city's played day for all tests of a run, whichever process asks first: everybody gets a copy of their own."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys

RESIDENTS, SEED = "4000", "7"
START = "import sys; from bulou.commands.main import run; sys.exit(run(sys.argv[1:]))"


def bulou(home, *arguments, **more):
    """The command line on an embedded home."""
    environment = dict(os.environ, BULOU_HOME=str(home), **more)
    environment.pop("BULOU_DATABASE_URL", None)
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-c", START, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def played_city(tmp_path_factory, name):
    """A home in which the day has been played, copied for ``name``, and the verdict that the drill gave."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    told, home = shared / "played.json", shared / "played"
    with (shared / "played.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            shutil.rmtree(home, ignore_errors=True)
            home.mkdir()
            done = bulou(home, "drill", "--residents", RESIDENTS, "--seed", SEED, "--json")
            assert done.returncode == 0, done.stderr
            told.write_text(done.stdout, encoding="utf-8")
    mine = tmp_path_factory.mktemp(name) / "home"
    shutil.copytree(home, mine)
    return mine, json.loads(told.read_text(encoding="utf-8"))

"""Run the tests: everything on SQLite, then what touches the database on PostgreSQL. Ends with pytest's summary line.

Arguments are handed to pytest. Without PostgreSQL the second pass is left out with a line; in CI that is a failure.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def _postgres() -> object:
    spec = importlib.util.spec_from_file_location("bulou_tools_postgres", ROOT / "tools" / "postgres.py")
    if spec is None or spec.loader is None:
        message = "tools/postgres.py is missing"
        raise SystemExit(message)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _pytest(environment: dict[str, str], *arguments: str) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    print("·", " ".join(command[1:]), environment.get("BULOU_DATABASE_URL", "SQLite"), flush=True)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> int:
    """Both passes; the exit code is the first failure's."""
    asked = sys.argv[1:] or ["-m", "not soak"]
    parallel = ["-n", os.environ.get("BULOU_TEST_WORKERS", "2"), "-q"]
    with tempfile.TemporaryDirectory(prefix="bulou-test-") as home:
        environment = dict(os.environ, BULOU_HOME=home, BULOU_SECRET_KEY="for-tests-only-" * 4)
        environment.pop("BULOU_DATABASE_URL", None)
        first = _pytest(environment, *parallel, *asked)
        postgres = _postgres()
        if postgres.binaries() is None:  # type: ignore[attr-defined]
            print("PostgreSQL is not installed: the PostgreSQL pass was left out")
            return first or int(os.environ.get("CI") == "true")
        cluster = Path(tempfile.mkdtemp(prefix="bulou-pg-"))
        cluster.chmod(0o755)
        try:
            environment["BULOU_DATABASE_URL"] = postgres.start(cluster)  # type: ignore[attr-defined]
            # What a page looks like does not depend on the database; that it works there is shown without a browser.
            marks = "database and not browser" + (f" and ({asked[1]})" if asked[:1] == ["-m"] else "")
            rest = asked[2:] if asked[:1] == ["-m"] else asked
            second = _pytest(environment, *parallel, "-m", marks, *rest)
        finally:
            postgres.stop(cluster)  # type: ignore[attr-defined]
    return first or second


if __name__ == "__main__":
    sys.exit(main())

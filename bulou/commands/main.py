"""``bulou COMMAND``: finds the command's module, runs it, and turns errors into one line and an exit code.

Exit codes (CONTRACT): 0 the question was answered; 1 a check failed or rows were refused; 2 nothing was done.
"""

from __future__ import annotations

import importlib
import json
import sys
from importlib.util import find_spec

from bulou.kernel.errors import BulouError

# name → module with a ``COMMAND`` (a function or a typer app) and what it does, in the order of the help text.
COMMANDS = {
    "coverage": ("bulou.commands.coverage", "compare a roster with all specimens given"),
    "presence": ("bulou.commands.presence", "pack presences for tracing"),
    "trace": ("bulou.commands.trace", "who was there with a case"),
    "route": ("bulou.commands.route", "a vehicle plan for jobs and shipments"),
    "allocate": ("bulou.commands.allocate", "rooms and vehicles for people, a reason for everyone who stays"),
    "round": ("bulou.commands.round", "open, extend, close, cancel, list test rounds"),
    "import": ("bulou.commands.import_", "load a file into the city"),
    "export": ("bulou.commands.export", "write a table of the city to a file"),
    "status": ("bulou.commands.status", "base figures on one page"),
    "base-number": ("bulou.commands.base_number", "how a base number became another, by cause"),
    "duties": ("bulou.commands.duties", "what is owed, by whom, since when"),
    "report": ("bulou.commands.report", "freeze and print the daily report"),
    "ledger": ("bulou.commands.ledger", "verify the record"),
    "drill": ("simulation.commands", "play a synthetic city's days"),
    "run": ("simulation.run", "set up the demonstration city and serve it"),
    "serve": ("bulou.commands.serve", "serve console and API"),
    "worker": ("bulou.commands.worker", "run the sweep"),
    "migrate": ("bulou.commands.migrate", "create or update the database's tables"),
    "user": ("bulou.commands.user", "create and list accounts"),
    "token": ("bulou.commands.token", "create tokens for devices and laboratories"),
    "backup": ("bulou.commands.backup", "write a consistent copy of the database"),
    "restore": ("bulou.commands.restore", "put a copy back"),
    "doctor": ("bulou.commands.doctor", "check the installation"),
}
NOTHING_DONE = 2


def main() -> None:
    """The entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code and never raises for what a user can mend."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        sys.stdout.write(_help())
        return 0
    if arguments[0] == "--version":
        from importlib.metadata import version  # noqa: PLC0415 - only here

        sys.stdout.write(f"bulou {version('bulou')}\n")
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS or not find_spec(COMMANDS[name][0].split(".")[0]):
        sys.stderr.write(f"bulou: no command {name!r}. bulou --help lists them.\n")
        return NOTHING_DONE
    try:
        return _call(name, rest)
    except BulouError as fault:
        return _say(fault, as_json="--json" in rest)
    except BrokenPipeError:
        return 0


def _call(name: str, rest: list[str]) -> int:
    import typer  # noqa: PLC0415 - not needed for the help text

    module = importlib.import_module(COMMANDS[name][0])
    command = module.COMMAND
    if not isinstance(command, typer.Typer):
        app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        app.command(name)(command)
        command = app
    answered = typer.main.get_command(command).main(args=rest, prog_name=f"bulou {name}", standalone_mode=False)
    return int(answered) if isinstance(answered, int) else 0


def _say(fault: BulouError, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(json.dumps({"error": fault.as_json()}, ensure_ascii=False) + "\n")
    sys.stderr.write(f"bulou: {fault.line()}\n")
    return NOTHING_DONE


def _help() -> str:
    width = max(len(name) for name in COMMANDS)
    lines = [f"  {name:<{width}}  {says}" for name, (_, says) in COMMANDS.items()]
    return (
        "bulou (不漏): every duty has one owner, a clock, and evidence.\n\n"
        "Usage: bulou COMMAND [OPTIONS]; bulou COMMAND --help explains one.\n\n" + "\n".join(lines) + "\n"
    )

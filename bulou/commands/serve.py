"""``bulou serve``: console and API behind gunicorn, with one worker process for the sweep beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Annotated, Any

import typer

from bulou.commands import processes, setup

# In each process. SQLite has one writer, and a thread that holds its lock may have to clear a cursor of another thread that
# waits for the lock (Python collects garbage in any thread): both would stand still until the lock's 20 s are over.
THREADS = {"postgresql": 4, "sqlite": 1}


def serve(  # noqa: C901 - the hooks of one server, each a few lines
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535)] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Server processes.")] = 2,
    sweep: Annotated[bool, typer.Option(help="Run the sweep beside the server.")] = True,
) -> None:
    """Serve until told to stop."""
    setup.django()
    from django.core.wsgi import get_wsgi_application  # noqa: PLC0415 - after Django is set up
    from django.db import connection  # noqa: PLC0415 - after Django is set up
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - only a server needs it

    application = get_wsgi_application()

    child: list[subprocess.Popen[bytes]] = []
    master = os.getpid()

    def start_sweep() -> None:
        environment = dict(os.environ, **{processes.CHILD: str(os.getpid())})
        command = [sys.executable, "-c", "from bulou.commands.main import run; run(['worker'])"]
        child[:] = [subprocess.Popen(command, env=environment)]  # noqa: S603 - our own command

    def when_ready(server: Any) -> None:
        del server
        if sweep:
            start_sweep()

    def post_fork(server: Any, worker: Any) -> None:
        del server, worker
        os.environ[processes.CHILD] = str(master)
        processes.die_with_parent()
        from django.db import connections  # noqa: PLC0415 - a connection must not be shared across the fork

        connections.close_all()

    def on_exit(server: Any) -> None:
        del server
        for process in child:
            process.terminate()
            process.wait(timeout=10)

    class Server(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
        """gunicorn, configured here and not by files of the machine."""

        def load_config(self) -> None:
            """Our settings."""
            for name, value in {
                "bind": f"{host}:{port}",
                "workers": workers,
                "worker_class": "gthread",
                "threads": THREADS[connection.vendor],
                "keepalive": 30,
                "timeout": 60,
                "graceful_timeout": 15,
                "loglevel": "warning",
                "when_ready": when_ready,
                "post_fork": post_fork,
                "on_exit": on_exit,
                "control_socket_disable": True,
            }.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            """The WSGI application, loaded once in the master and shared by its children."""
            return application

    class Supervised(Server):
        """The same, with the sweep started again when it ends: a silent sweep looks like a calm city."""

        def run(self) -> None:
            """Gunicorn's arbiter, asked each second whether the sweep still lives."""
            from gunicorn.arbiter import Arbiter  # noqa: PLC0415 - see above

            class Watching(Arbiter):  # type: ignore[misc] # gunicorn ships no types
                """An arbiter that also keeps the sweep alive."""

                def murder_workers(self) -> None:
                    """Called by the arbiter in every turn of its loop."""
                    super().murder_workers()
                    if child and child[0].poll() is not None:
                        start_sweep()

            Watching(self).run()

    Supervised().run()


COMMAND = serve

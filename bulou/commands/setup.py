"""What every command of the running city begins with: Django, and the actor named by ``--as`` or ``BULOU_USER``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bulou.kernel import clock
from bulou.kernel.errors import InputFault, NotFound

if TYPE_CHECKING:
    from bulou.kernel.actor import Actor


def django() -> None:
    """Set Django up, once, with the drill's clock when this home holds a drill."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bulou.config.settings")
    import django as framework  # noqa: PLC0415 - file-only commands never come here

    framework.setup()


def actor(given: str) -> Actor:
    """The actor for a command that writes to the city or reads in its name."""
    from bulou.access import queries  # noqa: PLC0415 - after Django is set up
    from bulou.access.models import Account  # noqa: PLC0415
    from bulou.kernel.actor import Door  # noqa: PLC0415

    name = given or os.environ.get("BULOU_USER", "")
    if not name:
        message = "this command acts for somebody"
        raise InputFault(message, code="no-user", remedy="Name the account with --as USER or BULOU_USER.")
    account = Account.objects.select_related("staff").filter(username=name).first()
    if account is None:
        message = f"no account is called {name!r}"
        raise NotFound(message, remedy="bulou user list shows the accounts.")
    return queries.actor(account, at=clock.city(), door=Door.CLI)


@contextmanager
def sealing() -> Iterator[None]:
    """Seal what the command wrote at its end, also when it fails half-way: what was committed is sealed."""
    from bulou.ledger import seals  # noqa: PLC0415 - after Django is set up

    try:
        yield
    finally:
        seals.seal(at=clock.city())

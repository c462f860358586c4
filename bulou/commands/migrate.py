"""``bulou migrate``."""

from __future__ import annotations

from bulou.commands import setup


def migrate() -> None:
    """Create or update the database's tables."""
    setup.django()
    from django.core.management import call_command  # noqa: PLC0415 - after Django is set up

    call_command("migrate", verbosity=0, interactive=False)


COMMAND = migrate

"""Hands the playbook's table to the ledger when Django is ready, and lets a drill's clock run on."""

from django.apps import AppConfig
from django.conf import settings

from bulou.config import drill


class ConfigConfig(AppConfig):
    """The top of the house."""

    name = "bulou.config"
    label = "config"

    def ready(self) -> None:
        """The one upward call of the house is wired here."""
        drill.resume(settings.BULOU_HOME)
        from bulou.ledger import actions as ledger  # noqa: PLC0415 - models are loaded by now, and not before
        from bulou.playbook import table  # noqa: PLC0415 - the same

        ledger.install(
            ledger.Playbook(follows=table.FOLLOWS, nothing_follows=table.NOTHING_FOLLOWS, on_failure=table.on_failure)
        )

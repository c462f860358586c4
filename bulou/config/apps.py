"""Hands the playbook's table to the ledger when Django is ready, and lets a drill's clock run on."""

from importlib.util import find_spec

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

        if find_spec("bulou.playbook") is None or find_spec("bulou.playbook.table") is None:
            ledger.install(_nothing_yet())
            return
        from bulou.playbook import table  # noqa: PLC0415 - the same

        ledger.install(
            ledger.Playbook(
                follows=table.FOLLOWS, nothing_follows=table.NOTHING_FOLLOWS, on_failure=table.on_failure
            )
        )


def _nothing_yet():  # type: ignore[no-untyped-def] # noqa: ANN202 - goes when the playbook's room is furnished
    from bulou.ledger import actions as ledger  # noqa: PLC0415
    from bulou.ledger.tags import Tag  # noqa: PLC0415

    def on_failure(entry: object, step: str, problem: Exception) -> None:  # noqa: ARG001
        raise problem

    return ledger.Playbook(
        follows={}, nothing_follows=dict.fromkeys(Tag, "the playbook is not furnished yet"), on_failure=on_failure
    )

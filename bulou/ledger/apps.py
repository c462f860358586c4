"""Django's name for this room."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The ledger room."""

    name = "bulou.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

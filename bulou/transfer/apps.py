"""Django's name for this room."""

from django.apps import AppConfig


class TransferConfig(AppConfig):
    """The transfer room."""

    name = "bulou.transfer"
    label = "transfer"
    default_auto_field = "django.db.models.BigAutoField"

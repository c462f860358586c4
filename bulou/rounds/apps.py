"""Django's name for this room."""

from django.apps import AppConfig


class RoundsConfig(AppConfig):
    """The rounds room."""

    name = "bulou.rounds"
    label = "rounds"
    default_auto_field = "django.db.models.BigAutoField"

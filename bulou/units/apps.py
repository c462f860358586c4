"""Django's name for this room."""

from django.apps import AppConfig


class UnitsConfig(AppConfig):
    """The units room."""

    name = "bulou.units"
    label = "units"
    default_auto_field = "django.db.models.BigAutoField"

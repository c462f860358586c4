"""Django's name for this room."""

from django.apps import AppConfig


class ZonesConfig(AppConfig):
    """The zones room."""

    name = "bulou.zones"
    label = "zones"
    default_auto_field = "django.db.models.BigAutoField"

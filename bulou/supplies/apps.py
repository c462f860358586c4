"""Django's name for this room."""

from django.apps import AppConfig


class SuppliesConfig(AppConfig):
    """The supplies room."""

    name = "bulou.supplies"
    label = "supplies"
    default_auto_field = "django.db.models.BigAutoField"

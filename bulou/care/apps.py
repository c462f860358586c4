"""Django's name for this room."""

from django.apps import AppConfig


class CareConfig(AppConfig):
    """The care room."""

    name = "bulou.care"
    label = "care"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's name for this room."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """The duties room."""

    name = "bulou.duties"
    label = "duties"
    default_auto_field = "django.db.models.BigAutoField"

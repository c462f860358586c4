"""Django's name for this room."""

from django.apps import AppConfig


class WorklistsConfig(AppConfig):
    """The worklists room."""

    name = "bulou.worklists"
    label = "worklists"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's name for this room."""

from django.apps import AppConfig


class WorkforceConfig(AppConfig):
    """The workforce room."""

    name = "bulou.workforce"
    label = "workforce"
    default_auto_field = "django.db.models.BigAutoField"

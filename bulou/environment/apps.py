"""Django's name for this room."""

from django.apps import AppConfig


class EnvironmentConfig(AppConfig):
    """The environment room."""

    name = "bulou.environment"
    label = "environment"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's name for this room."""

from django.apps import AppConfig


class ReportingConfig(AppConfig):
    """The reporting room."""

    name = "bulou.reporting"
    label = "reporting"
    default_auto_field = "django.db.models.BigAutoField"

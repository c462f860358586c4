"""Django's name for this room."""

from django.apps import AppConfig


class InvestigationConfig(AppConfig):
    """The investigation room."""

    name = "bulou.investigation"
    label = "investigation"
    default_auto_field = "django.db.models.BigAutoField"

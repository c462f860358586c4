"""Django's name for this room."""

from django.apps import AppConfig


class HazardsConfig(AppConfig):
    """The hazards room."""

    name = "bulou.hazards"
    label = "hazards"
    default_auto_field = "django.db.models.BigAutoField"

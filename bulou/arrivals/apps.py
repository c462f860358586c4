"""Django's name for this room."""

from django.apps import AppConfig


class ArrivalsConfig(AppConfig):
    """The arrivals room."""

    name = "bulou.arrivals"
    label = "arrivals"
    default_auto_field = "django.db.models.BigAutoField"

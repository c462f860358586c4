"""Django's name for this room."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """The requests room."""

    name = "bulou.requests"
    label = "requests"
    default_auto_field = "django.db.models.BigAutoField"

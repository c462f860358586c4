"""Django's name for this room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The api room."""

    name = "bulou.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

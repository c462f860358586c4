"""Django's name for this room."""

from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    """The restrictions room."""

    name = "bulou.restrictions"
    label = "restrictions"
    default_auto_field = "django.db.models.BigAutoField"

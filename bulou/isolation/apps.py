"""Django's name for this room."""

from django.apps import AppConfig


class IsolationConfig(AppConfig):
    """The isolation room."""

    name = "bulou.isolation"
    label = "isolation"
    default_auto_field = "django.db.models.BigAutoField"

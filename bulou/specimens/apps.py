"""Django's name for this room."""

from django.apps import AppConfig


class SpecimensConfig(AppConfig):
    """The specimens room."""

    name = "bulou.specimens"
    label = "specimens"
    default_auto_field = "django.db.models.BigAutoField"

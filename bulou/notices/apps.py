"""Django's name for this room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The notices room."""

    name = "bulou.notices"
    label = "notices"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's name for this room."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """The channels room."""

    name = "bulou.channels"
    label = "channels"
    default_auto_field = "django.db.models.BigAutoField"

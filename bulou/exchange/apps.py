"""Django's name for this room."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """The exchange room."""

    name = "bulou.exchange"
    label = "exchange"
    default_auto_field = "django.db.models.BigAutoField"

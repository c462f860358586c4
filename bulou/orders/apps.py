"""Django's name for this room."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """The orders room."""

    name = "bulou.orders"
    label = "orders"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's name for this room."""

from django.apps import AppConfig


class TestingConfig(AppConfig):
    """The testing room."""

    name = "bulou.testing"
    label = "testing"
    default_auto_field = "django.db.models.BigAutoField"

"""Django's name for this room."""

from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    """The institutions room."""

    name = "bulou.institutions"
    label = "institutions"
    default_auto_field = "django.db.models.BigAutoField"

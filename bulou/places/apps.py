"""Django's name for this room."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    """The places room."""

    name = "bulou.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"

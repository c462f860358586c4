"""The Django app of the console."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files and translations of the console; it owns no tables."""

    name = "bulou.web"
    label = "web"

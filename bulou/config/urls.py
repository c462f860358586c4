"""Addresses: the API and the probes name their own full paths; the console stands at the root."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"bulou.{room}.urls"))
    for room in ("api", "web")
    if find_spec(f"bulou.{room}") and find_spec(f"bulou.{room}.urls")
    if hasattr(import_module(f"bulou.{room}.urls"), "urlpatterns")
]

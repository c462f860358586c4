"""Addresses: the API under /api, probes, and the console at the root."""

from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = []
if find_spec("bulou.api.urls"):
    urlpatterns.append(path("", include("bulou.api.urls")))
if find_spec("bulou.web.urls"):
    urlpatterns.append(path("", include("bulou.web.urls")))

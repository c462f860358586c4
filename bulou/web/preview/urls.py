"""The console's own addresses: the preview renders links and answers no request."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("bulou.web.urls"))]

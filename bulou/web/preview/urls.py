"""The console's routes with a view that is never called: the preview needs addresses only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from bulou.web.urls import ROUTES, app_name


def unreachable(request: HttpRequest, **_parts: str) -> HttpResponse:
    """The preview writes files and answers no request."""
    return HttpResponse(f"{request.path}: a preview has no server", status=501)


urlpatterns = [path("", include(([path(route, unreachable, name=name) for name, route in ROUTES.items()], app_name)))]

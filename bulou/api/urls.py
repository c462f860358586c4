"""Addresses of the API and the probes."""

from __future__ import annotations

from django.db import OperationalError
from django.urls import include, path
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from bulou.api import open311, probes, problems
from bulou.api.auth import Bearer
from bulou.api.books import ROUTERS
from bulou.api.cases import router as cases
from bulou.api.chain import router as chain
from bulou.api.duties import router as duties
from bulou.api.isolation import router as isolation
from bulou.api.lists import router as lists
from bulou.api.requests import router as requests
from bulou.api.restrictions import router as restrictions
from bulou.api.specimens import router as specimens
from bulou.api.transfers import router as transfers
from bulou.kernel.errors import BulouError

api = NinjaAPI(
    title="bulou",
    version="1",
    description="Specimens, hand-overs, results and duties of a city's outbreak response.",
    auth=Bearer(),
    docs_url=None,
    urls_namespace="api",
)
api.add_router("", duties)
api.add_router("", specimens)
api.add_router("", chain)
api.add_router("", lists)
api.add_router("", cases)
api.add_router("", restrictions)
api.add_router("", transfers)
api.add_router("", isolation)
for books in (ROUTERS | {"requests": requests}).values():
    api.add_router("", books)
for kind in (BulouError, ValidationError, HttpError, OperationalError):
    api.add_exception_handler(kind, problems.answer)  # type: ignore[arg-type] # the stub asks for the class as well

urlpatterns = [
    path("api/v1/", api.urls),
    path("open311/v2/", include((open311.urlpatterns, "open311"))),
    path("livez", probes.livez, name="livez"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics, name="metrics"),
]

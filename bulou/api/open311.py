"""Open311 GeoReport v2: services, filing a request, reading it. JSON and XML, as the standard has them.

The ``service_request_id`` that a resident gets is the ticket: it opens the request, and nothing else does. The list of all
requests, which the standard makes public, is given to an ``api_key`` only (a token), within its jurisdiction: a description
tells of a person.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any
from xml.etree import ElementTree as ET

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from bulou.access.actions import log_read
from bulou.access.limits import address
from bulou.access.queries import actor_of_token
from bulou.api import problems
from bulou.api.idempotency import once
from bulou.books import reading
from bulou.exchange.shelf import BOOKS
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door
from bulou.kernel.errors import BulouError, InputFault, NotFound, NotPermitted
from bulou.places.models import Division
from bulou.requests import doors, filing
from bulou.requests.book import CATEGORIES, STATES
from bulou.requests.choices import Category, How, RequestState
from bulou.requests.filing import Told
from bulou.requests.models import ResidentRequest

MOST = 50  # requests asked for at once
LISTED = 1_000  # the standard's own limit
_CLOSED = {RequestState.CONFIRMED, RequestState.REFUSED}  # what a unit says is done stays open until the resident confirms
Rows = Sequence[dict[str, Any]]
View = Callable[..., HttpResponse]


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)


def _answer(ending: str, many: str, one: str, rows: Rows, *, status: int = 200) -> HttpResponse:
    if ending == "json":
        body = json.dumps(rows, ensure_ascii=False, default=_text)
        return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
    root = ET.Element(many)
    for row in rows:
        item = ET.SubElement(root, one)
        for name, value in row.items():
            ET.SubElement(item, name).text = _text(value) if not isinstance(value, bool) else str(value).lower()
    text = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return HttpResponse(text, status=status, content_type="text/xml; charset=utf-8")


def _door(view: View) -> View:
    """English words, and our errors in the standard's form."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, ending: str = "", **kwargs: Any) -> HttpResponse:
        if ending not in {"json", "xml"}:
            return _answer("json", "errors", "error", [{"code": 404, "description": "json or xml"}], status=404)
        try:
            with override("en"):
                return view(request, *args, ending=ending, **kwargs)
        except BulouError as fault:
            status = 400 if isinstance(fault, InputFault) else problems.status_of(fault)
            said = "no such record" if isinstance(fault, NotFound) else fault.message
            return _answer(ending, "errors", "error", [{"code": status, "description": said}], status=status)

    return guarded


@require_GET
@_door
def services(request: HttpRequest, ending: str) -> HttpResponse:
    """What can be asked for."""
    del request
    rows = [
        {
            "service_code": code, "service_name": str(words), "description": str(words), "metadata": False, "type": "realtime",
            "keywords": code, "group": "residents",
        }
        for code, words in CATEGORIES.items()
        if code != Category.CONDUCT  # needs the unit complained about, for which the standard has no field
    ]  # fmt: skip
    return _answer(ending, "services", "service", rows)


@require_GET
@_door
def service(request: HttpRequest, code: str, ending: str) -> HttpResponse:
    """A service's attributes: none has any."""
    del request
    if code not in CATEGORIES:
        raise NotFound("no such record")
    return _answer(ending, "service_definition", "attributes", [{"service_code": code, "attributes": ""}])


def _status(row: ResidentRequest, number: str) -> dict[str, Any]:
    state = RequestState(row.state)
    return {
        "service_request_id": number,
        "status": "closed" if state in _CLOSED else "open",
        "status_notes": str(STATES[state]) + (f": {row.reason}" if state is RequestState.REFUSED else ""),
        "service_name": str(CATEGORIES[row.category]),
        "service_code": row.category,
        "description": row.text,
        "agency_responsible": row.unit.name,
        "service_notice": "",
        "requested_datetime": row.filed_at,
        "updated_datetime": row.confirmed_at or row.closed_at or row.filed_at,
        "expected_datetime": row.due_at,
        "address": row.place,
        "address_id": row.place_code,
        "zipcode": "",
        "lat": "",
        "long": "",
        "media_url": "",
    }


@csrf_exempt
@require_http_methods(["GET", "POST"])
@_door
def requests(request: HttpRequest, ending: str) -> HttpResponse:
    """File a request (POST), or read those whose ids are given; the whole list needs an ``api_key``."""
    if request.method == "POST":
        return once(_file)(request, ending)
    asked = [one for one in request.GET.get("service_request_id", "").split(",") if one]
    if asked:
        rows = [_status(doors.with_ticket(address(request), _opened(one)), one) for one in asked[:MOST]]
        return _answer(ending, "service_requests", "request", rows)
    by = _by(request)
    book = BOOKS["requests"]
    chosen = {"category": request.GET.get("service_code", "")}
    found = list(reading.listed(book, by, chosen=chosen).select_related("unit")[:LISTED])
    log_read(reader=by, subject=f"requests:{by.unit}"[:96], purpose="open311", at=clock.city(), count=len(found))
    wanted = request.GET.get("status", "")
    rows = [shown for row in found if (shown := _status(row, row.pk))["status"] == wanted or not wanted]
    return _answer(ending, "service_requests", "request", rows)


def _opened(ticket: str) -> Callable[[], ResidentRequest]:
    return lambda: filing.by_ticket(ticket)


def _by(request: HttpRequest) -> Actor:
    by = actor_of_token(request.GET.get("api_key", ""), at=clock.city(), wall=clock.wall())
    if by is None:
        message = "the list of all requests needs an api_key; a ticket opens one"
        raise NotPermitted(message)
    return by


def _file(request: HttpRequest, ending: str) -> HttpResponse:
    given = request.POST
    code = given.get("service_code", "")
    if code not in CATEGORIES or code == Category.CONDUCT:
        message = "service_code is missing or unknown"
        raise InputFault(message, column="service_code")
    doors.let_file(address(request))
    place = given.get("address_id", "") or given.get("jurisdiction_id", "") or _city()
    where = given.get("address_string", "") or ", ".join(one for one in (given.get("lat", ""), given.get("long", "")) if one)
    if not where and not given.get("address_id", ""):
        message = "give address_id, address_string, or lat and long"
        raise InputFault(message, column="address_string")
    name = " ".join(one for one in (given.get("first_name", ""), given.get("last_name", "")) if one)
    said = Told(
        category=Category(code), text=given.get("description", ""), how=How.OPEN311, place_code=place, place=where, name=name,
        phone=given.get("phone", ""),
    )  # fmt: skip
    made = filing.file_publicly(said, door=Door.API, at=clock.city())
    answer = {"service_request_id": made.plain_ticket, "service_notice": "Keep this id: it alone opens the request."}  # type: ignore[attr-defined]
    return _answer(ending, "service_requests", "request", [{**answer, "account_id": ""}], status=201)


def _city() -> str:
    return Division.objects.filter(level="city").order_by("code").values_list("code", flat=True)[0]


@require_GET
@_door
def one(request: HttpRequest, ticket: str, ending: str) -> HttpResponse:
    """One request by its ticket."""
    row = doors.with_ticket(address(request), _opened(ticket))
    return _answer(ending, "service_requests", "request", [_status(row, ticket)])


@require_GET
@_door
def token(request: HttpRequest, ticket: str, ending: str) -> HttpResponse:
    """The id of a token: they are the same here, given at once."""
    doors.with_ticket(address(request), _opened(ticket))
    return _answer(ending, "service_requests", "request", [{"token": ticket, "service_request_id": ticket}])


urlpatterns = [
    path("services.<str:ending>", services, name="services"),
    path("services/<str:code>.<str:ending>", service, name="service"),
    path("requests.<str:ending>", requests, name="requests"),
    path("requests/<str:ticket>.<str:ending>", one, name="request"),
    path("tokens/<str:ticket>.<str:ending>", token, name="token"),
]

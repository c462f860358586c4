"""Errors as RFC 9457 problem documents, with the stable ``code`` of the error tree."""

from __future__ import annotations

import json
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError

from bulou.kernel import errors
from bulou.restrictions.actions import sound

_STATUS: dict[type[errors.BulouError], int] = {
    errors.InputFault: 422,
    errors.NotPermitted: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Refused: 409,
    errors.CapacityFull: 409,
    errors.TooMany: 429,
    errors.PolicyFault: 500,
}
_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Not permitted",
    404: "Not found",
    409: "Conflict",
    413: "Too large",
    422: "Cannot be taken as it is",
    429: "Too many requests",
    500: "Internal error",
    503: "Busy",
}
CONTENT_TYPE = "application/problem+json"


def status_of(fault: errors.BulouError) -> int:
    """The HTTP status of an error of our tree."""
    return next((status for kind, status in _STATUS.items() if isinstance(fault, kind)), 500)


def document(status: int, *, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """A problem document's members."""
    return {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }


def of(fault: errors.BulouError) -> dict[str, Any]:
    """The problem document of an error of our tree; a foreign record answers exactly like a missing one."""
    status = status_of(fault)
    if isinstance(fault, errors.NotFound):
        return document(404, code="not-found", detail="no such record")
    more = {name: value for name, value in fault.as_json().items() if name not in {"code", "message"}}
    return document(status, code=fault.code, detail=fault.message, **more)


def response(body: dict[str, Any], **headers: str) -> HttpResponse:
    """The document as an HTTP answer."""
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=body["status"], content_type=CONTENT_TYPE, headers=headers)


def of_validation(fault: ValidationError) -> dict[str, Any]:
    """What is wrong with a body or query, field by field."""
    found = [
        {"where": ".".join(str(part) for part in one.get("loc", ())), "problem": one.get("msg", "")} for one in fault.errors
    ]
    return document(422, code="validation", detail="the request has fields that cannot be taken", problems=found)


def answer(request: HttpRequest, fault: Exception) -> HttpResponse:
    """Any error as a problem document; ninja's exception handlers come here."""
    del request
    if isinstance(fault, errors.BulouError):
        sound(fault)  # the request's transaction is rolled back: a stopped restriction alarms all the same
        wait = {"Retry-After": "600"} if isinstance(fault, errors.TooMany) else {}
        return response(of(fault), **wait)
    if isinstance(fault, ValidationError):
        return response(of_validation(fault))
    if isinstance(fault, HttpError):
        return response(document(fault.status_code, code="http", detail=str(fault)))
    if isinstance(fault, OperationalError) and "locked" in str(fault):  # SQLite's one write lock did not come in time
        errors.let_go(fault)
        return response(document(503, code="busy", detail="nothing was done: too many write at once"), **{"Retry-After": "1"})
    raise fault

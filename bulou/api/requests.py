"""Residents' requests over HTTP, open without a token: file, read by ticket, confirm, dispute, reopen.

The same addresses serve the desk with a token: then ``{ticket}`` is the request's code, and jurisdiction decides. Without a
token only the ticket opens anything; every other one answers like a missing record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from pydantic import Field

from bulou.access.actions import log_read
from bulou.access.limits import address
from bulou.access.rules import permit
from bulou.api.auth import Bearer, caller
from bulou.api.books import ROUTERS, shown
from bulou.api.idempotency import once
from bulou.api.restrictions import Strict, told
from bulou.books import reading
from bulou.books.doing import carry_out
from bulou.books.values import Book, Step
from bulou.exchange.shelf import BOOKS
from bulou.kernel import clock
from bulou.kernel.actor import Door
from bulou.kernel.errors import NotFound
from bulou.requests import actions, doors, filing
from bulou.requests.choices import Category, How
from bulou.requests.filing import Told
from bulou.requests.models import ResidentRequest

RESIDENT = "a resident"  # who calls without a token
Words = Literal["food", "medicine", "utilities", "control", "testing", "isolation", "transport", "conduct", "other"]
Hows = Literal["web", "phone", "behalf", "paper", "open311"]


def resident(request: HttpRequest) -> str:
    """Let somebody in who shows no token; a wrong token is not no token."""
    return "" if request.headers.get("Authorization") else RESIDENT


router = ROUTERS["requests"]  # one router holds all operations of an address
_EITHER = [Bearer(), resident]


class RequestIn(Strict):
    """What somebody asks for. ``how`` and ``code`` count with a token only; ``about`` is the unit complained about."""

    category: Words
    place_code: str = Field(min_length=2, max_length=64)
    text: str = Field(min_length=1, max_length=2_000)
    place: str = Field(default="", max_length=160)
    name: str = Field(default="", max_length=80)
    phone: str = Field(default="", max_length=24)
    about: str = Field(default="", max_length=64)
    how: Hows = "phone"
    code: str = Field(default="", max_length=24)


class WhyIn(Strict):
    """What is still missing, in the resident's words."""

    why: str = Field(min_length=1, max_length=300)


class NothingIn(Strict):
    """An empty body."""


def opening(book: Book) -> Step:
    """The step that opens a row of a book that has one."""
    if book.opens is None:
        message = "no such step"
        raise NotFound(message, remedy="Check the address.")
    return book.opens


def _is_resident(request: HttpRequest) -> bool:
    return bool(request.auth == RESIDENT)  # type: ignore[attr-defined] # set by ninja


@router.post("/requests", auth=_EITHER, operation_id="open_requests", summary="File a request", response={201: None})
@once
def file(request: HttpRequest, body: RequestIn) -> HttpResponse:
    """File a request. Without a token the answer holds the ticket, once: it opens the request's page and these addresses."""
    if not _is_resident(request):
        book, by = BOOKS["requests"], caller(request)
        opens = opening(book)
        permit(by, opens.operation)
        given = body.model_dump()
        row = carry_out(opens, code=given.pop("code"), given=given, by=by, at=clock.city())
        plain = row.plain_ticket  # type: ignore[attr-defined] # told once
        return told(shown(book, ResidentRequest.objects.get(pk=row.pk)) | {"ticket": plain}, status=201)
    doors.let_file(address(request))
    said = Told(
        category=Category(body.category), text=body.text, how=How.WEB, place_code=body.place_code, place=body.place,
        name=body.name, phone=body.phone, about=body.about,
    )  # fmt: skip
    made = filing.file_publicly(said, door=Door.API, at=clock.city())
    return told({"ticket": made.plain_ticket, **doors.public(_again(made))}, status=201)  # type: ignore[attr-defined]


def _again(row: ResidentRequest) -> ResidentRequest:
    return ResidentRequest.objects.select_related("unit").get(pk=row.pk)


@router.get("/requests/{ticket}", auth=_EITHER, operation_id="get_requests", summary="Request")
def read(request: HttpRequest, ticket: str) -> dict[str, Any]:
    """How a request stands: by its ticket without a token, by its code with one."""
    if not _is_resident(request):
        book, by = BOOKS["requests"], caller(request)
        found = reading.one(book, by, ticket)
        log_read(reader=by, subject=f"requests:{ticket}"[:96], purpose="row", at=clock.city())
        return shown(book, found)
    return doors.public(doors.with_ticket(address(request), lambda: filing.by_ticket(ticket)))


def _step(
    request: HttpRequest, name: str, code: str, given: dict[str, Any], own: Callable[[], ResidentRequest]
) -> HttpResponse:
    """A step by the desk for the resident, or by the holder of the ticket."""
    if _is_resident(request):
        return told(doors.public(_again(doors.with_ticket(address(request), own))))
    book, by = BOOKS["requests"], caller(request)
    step = book.step(name)
    if step is None:
        message = "no such step"
        raise NotFound(message, remedy="Check the address.")
    permit(by, step.operation)
    reading.one(book, by, code)
    return told(shown(book, ResidentRequest.objects.get(pk=carry_out(step, code=code, given=given, by=by, at=clock.city()).pk)))


@router.post("/requests/{code}/confirm", auth=_EITHER, operation_id="confirm_requests", summary="The resident confirms")
@once
def confirm(request: HttpRequest, code: str, body: NothingIn | None = None) -> HttpResponse:
    """It is done: the resident says so."""
    del body
    at = clock.city()
    return _step(request, "confirm", code, {}, lambda: actions.confirm_by_ticket(ticket=code, door=Door.API, at=at))


@router.post("/requests/{code}/dispute", auth=_EITHER, operation_id="dispute_requests", summary="The resident says no")
@once
def dispute(request: HttpRequest, code: str, body: WhyIn) -> HttpResponse:
    """It is not done: it is owed again, and the unit above looks."""
    at, why = clock.city(), body.why
    own = lambda: actions.dispute_by_ticket(ticket=code, why=why, door=Door.API, at=at)  # noqa: E731 - called once, below
    return _step(request, "dispute", code, {"why": why}, own)


@router.post("/requests/{code}/reopen", auth=_EITHER, operation_id="reopen_requests", summary="Open it again")
@once
def reopen(request: HttpRequest, code: str, body: WhyIn) -> HttpResponse:
    """It has come again."""
    at, why = clock.city(), body.why
    own = lambda: actions.reopen_by_ticket(ticket=code, why=why, door=Door.API, at=at)  # noqa: E731 - called once, below
    return _step(request, "reopen", code, {"why": why}, own)

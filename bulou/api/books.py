"""Every book over HTTP: its list, a row, opening a row and each step, typed by what the step takes."""

# Without postponed annotations: ninja reads the types of parameters at run time, and these are made here.

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from ninja import Body, Query, Router
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, create_model

from bulou.access.actions import log_read
from bulou.access.rules import permit
from bulou.api.auth import caller
from bulou.api.idempotency import once
from bulou.api.paging import DEFAULT, page
from bulou.api.restrictions import told
from bulou.books import reading
from bulou.books.doing import carry_out
from bulou.books.values import Book, Kind, Step
from bulou.books.values import Field as Taken
from bulou.exchange.shelf import BOOKS
from bulou.kernel import clock

_PLAIN: dict[Kind, Any] = {
    Kind.NUMBER: int, Kind.AMOUNT: Decimal, Kind.INSTANT: AwareDatetime, Kind.DAY: date, Kind.YES: bool,
}  # fmt: skip
_NUMBERS = {Kind.NUMBER, Kind.AMOUNT}


def _property(one: Taken) -> tuple[Any, Any]:
    kind: Any = _PLAIN.get(one.kind, str)
    if one.words:
        kind = Literal[tuple(one.words)]
    limits: dict[str, Any] = {"description": str(one.label)}
    if one.kind in _NUMBERS:
        limits |= {"ge": 0, "le": one.most}
    elif kind is str:
        limits |= {"max_length": one.most, **({"min_length": 1} if one.needed else {})}
    if one.kind is Kind.YES:
        return bool, Field(False, **limits)
    if one.needed:
        return kind, Field(..., **limits)
    if kind is str:
        return str, Field("", **limits)
    if one.words:
        return Literal[("", *one.words)], Field("", **limits)
    return kind | None, Field(None, **limits)


def body_of(book: Book, step: Step) -> type[BaseModel]:
    """The body that a step takes; unknown fields are refused, because a misspelt one would be lost."""
    name = f"{book.name}_{step.name}".title().replace("_", "")
    fields: dict[str, Any] = {one.name: _property(one) for one in step.takes}
    if step is book.opens:
        fields["code"] = (str, Field("", max_length=24, description="a code of yours; blank: one is made"))
    made: type[BaseModel] = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    return made


def _filters_of(book: Book) -> type[BaseModel]:
    fields: dict[str, Any] = {one.name: (Literal[("", *one.words)], "") for one in book.filters}
    made: type[BaseModel] = create_model(f"{book.name.title()}Filter", **fields, unit=(str, ""))
    return made


def shown(book: Book, row: Any) -> dict[str, Any]:
    """A row as the API gives it: its code and every column of the book, as stored."""
    return {"code": row.pk} | {
        one.name: value if (value := one.value(row)) != "" or one.kind not in _PLAIN else None for one in book.columns
    }


def _reading(book: Book) -> tuple[Callable[..., Any], Callable[..., Any]]:
    filters = _filters_of(book)

    def rows(request: HttpRequest, chosen: filters = Query(...), after: str = "", limit: int = DEFAULT) -> dict[str, Any]:  # type: ignore[valid-type,type-arg]  # noqa: B008 - ninja's way
        by, given = caller(request), chosen.model_dump()  # type: ignore[attr-defined]
        found = reading.after(book, reading.listed(book, by, chosen=given, unit=given["unit"]), after)
        answer = page(
            lambda count: list(found[:count]), limit=limit, key=lambda row: reading.key_of(book, row),
            show=lambda row: shown(book, row),
        )  # fmt: skip
        if book.personal:
            log_read(
                reader=by, subject=f"{book.name}:{by.unit}"[:96], purpose="list", at=clock.city(), count=len(answer["items"])
            )
        return answer

    def row(request: HttpRequest, code: str) -> dict[str, Any]:
        by = caller(request)
        found = reading.one(book, by, code)
        if book.personal:
            log_read(reader=by, subject=f"{book.name}:{code}"[:96], purpose="row", at=clock.city())
        return shown(book, found)

    return rows, row


def _opening(book: Book, step: Step) -> Callable[..., HttpResponse]:
    taken = body_of(book, step)

    def opens(request: HttpRequest, body: taken = Body(...)) -> HttpResponse:  # type: ignore[valid-type,type-arg]  # noqa: B008 - ninja's way
        by, given = caller(request), _given(body)
        permit(by, step.operation)
        row = carry_out(step, code=given.pop("code"), given=given, by=by, at=clock.city())
        return _answered(book, step, row, status=201)

    return opens


def _stepping(book: Book, step: Step) -> Callable[..., HttpResponse]:
    taken = body_of(book, step)

    def does(request: HttpRequest, code: str, body: taken = Body(...)) -> HttpResponse:  # type: ignore[valid-type,type-arg]  # noqa: B008 - ninja's way
        by = caller(request)
        permit(by, step.operation)
        reading.one(book, by, code)
        return _answered(book, step, carry_out(step, code=code, given=_given(body), by=by, at=clock.city()))

    return does


def _answered(book: Book, step: Step, done: Any, *, status: int = 200) -> HttpResponse:
    """The row as it stands, and beside it what is told once."""
    once_said = step.tells(done) if step.tells else ""
    row = book.model._default_manager.get(pk=done.pk)  # noqa: SLF001 - Django's name
    return told(shown(book, row) | ({"told": once_said} if once_said else {}), status=status)


def _given(body: BaseModel) -> dict[str, Any]:
    """What was said; instants in UTC."""
    return {name: clock.as_utc(value) if hasattr(value, "tzinfo") else value for name, value in body.model_dump().items()}


def router_of(book: Book) -> Router:
    """All operations of one book: reading it needs ``book.see``; each step its own operation."""
    router, path = Router(tags=[book.name]), f"/{book.name}"
    rows, row = _reading(book)
    router.get(path, operation_id=f"list_{book.name}", summary=str(book.title))(rows)
    if "get" not in book.by_hand:
        router.get(f"{path}/{{code}}", operation_id=f"get_{book.name}", summary=str(book.one))(row)
    if book.opens is not None and "open" not in book.by_hand:
        opens = once(_opening(book, book.opens))
        router.post(path, operation_id=f"open_{book.name}", summary=str(book.opens.label), response={201: None})(opens)
    for step in (one for one in book.steps if one.name not in book.by_hand):
        said = {"operation_id": f"{step.name}_{book.name}", "summary": str(step.label), "description": str(step.means)}
        router.post(f"{path}/{{code}}/{step.name}", **said)(once(_stepping(book, step)))  # type: ignore[arg-type]
    return router


with translation.override("en"):  # the description of the API is English
    ROUTERS = {name: router_of(book) for name, book in BOOKS.items()}

"""A book's rows as a file: what opening a row takes, with the row's code; what stands otherwise is refused, not overwritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet

from bulou.books.doing import carry_out, carry_out_many
from bulou.books.reading import listed
from bulou.books.values import Book, Column, Field, Kind, Step
from bulou.exchange.by_row import Answer, Record, RowKind, each
from bulou.exchange.kinds import fields
from bulou.kernel.actor import Actor
from bulou.kernel.errors import BulouError, InputFault, Refused

_TRUE, _FALSE = "yes", "no"


def shown(value: object) -> str:
    """A stored value as a cell's text."""
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, datetime):
        return fields.shown(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def columns(book: Book) -> tuple[str, ...]:
    """The file's columns: what ``import`` takes, then what else the book shows of a row."""
    return ("code", *book.stored, *(one.name for one in book.columns if one.name not in {"code", *book.stored}))


def cells(book: Book, found: QuerySet[Any]) -> Iterator[Sequence[str]]:
    """The rows as cells, in the order of ``columns``."""
    known = {one.name: one for one in book.columns}
    chosen = [known.get(name) or Column(name=name, label=name, of="pk" if name == "code" else name) for name in columns(book)]
    for row in found.iterator(chunk_size=1_000):
        yield [shown(one.value(row)) for one in chosen]


def rows(book: Book) -> Callable[[Actor, str], Iterator[Sequence[str]]]:
    """What the reader sees of the book."""

    def read(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
        del round_code
        return cells(book, listed(book, by, chosen={}))

    return read


def kind(book: Book, opens: Step) -> RowKind:
    """How rows of the book go in: by the public action that opens one."""

    def take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
        del round_code
        codes = [record[0].get("code", "") for record in records]
        standing = book.visible(by).in_bulk([code for code in codes if code])
        taken = set(book.model._default_manager.filter(pk__in=codes).values_list("pk", flat=True))  # noqa: SLF001 - Django's name

        def fresh(record: Record) -> tuple[str, dict[str, Any]] | None:
            """What a row opens; None when it stands already."""
            row, code = record[0], record[0].get("code", "")
            given = {one.name: read_cell(row, one) for one in opens.takes}
            if code in standing:
                _same(book, opens, standing[code], given)
                return None
            if code in taken:
                message = f"the code {code!r} is taken"
                raise Refused(message, column="code", remedy="Leave the code blank, or choose another.")
            return fields.text(row, "code", most=24, needed=True), given

        def enter(record: Record) -> bool:
            new = fresh(record)
            if new is not None:
                carry_out(opens, code=new[0], given=new[1], by=by, at=at)
            return new is not None

        if opens.many is None:
            return each(records, enter)
        return _together(opens, records, fresh, by=by, at=at)

    needed = tuple(one.name for one in opens.takes if one.needed)
    extra = tuple(name for name in columns(book) if name not in needed and name != "code")
    return RowKind(key=("code",), needed=("code", *needed), optional=extra, take=take, operation=opens.operation)


def _together(
    opens: Step,
    records: Sequence[Record],
    fresh: Callable[[Record], tuple[str, dict[str, Any]] | None],
    *,
    by: Actor,
    at: datetime,
) -> list[Answer]:
    """Answer a batch by the step's action for many: as many statements for 500 rows as for one."""
    answers: list[Answer] = []
    places: list[int] = []
    new: list[tuple[str, dict[str, Any]]] = []
    for place, record in enumerate(records):
        try:
            found = fresh(record)
        except BulouError as fault:
            answers.append(fault)
            continue
        answers.append(found is not None)
        if found is not None:
            places.append(place)
            new.append(found)
    for place, refused in zip(places, carry_out_many(opens, rows=new, by=by, at=at), strict=True):
        if refused is not None:
            answers[place] = refused
    return answers


def _same(book: Book, opens: Step, row: Any, given: dict[str, Any]) -> None:
    """Refuse a row that stands with another content: a file never overwrites what people did since."""
    for one in opens.takes:
        stands = book.column(one.name).value(row)
        if shown(stands) != shown("" if given[one.name] is None else given[one.name]):
            message = f"{row.pk} stands with {one.name} {shown(stands)!r}"
            raise Refused(message, column=one.name, remedy="Change it by a step on the row, or give a new row a new code.")


def read_cell(row: fields.Row, one: Field) -> Any:  # noqa: PLR0911 - one answer for each kind
    """A cell as the value that the step takes; blank is None for instants, days and numbers, else a blank text."""
    given = row.get(one.name, "")
    if one.needed and not given:
        message = f"{one.name} is needed"
        raise InputFault(message, column=one.name, remedy="Fill the cell.")
    match one.kind:
        case Kind.INSTANT:
            return fields.instant_or_none(row, one.name)
        case Kind.DAY:
            return fields.day_or_none(row, one.name)
        case Kind.NUMBER:
            return fields.number(row, one.name, default=0, most=max(one.most, 0)) if given else None
        case Kind.AMOUNT:
            return _amount(given, one) if given else None
        case Kind.YES:
            return fields.one_of(row, one.name, (_TRUE, _FALSE, "")) == _TRUE
        case Kind.WORD:
            return fields.one_of(row, one.name, ("", *one.words))
        case _:
            return fields.text(row, one.name, most=one.most)


def _amount(given: str, one: Field) -> Decimal:
    try:
        found = Decimal(given)
    except InvalidOperation:
        found = Decimal("NaN")
    if not (found.is_finite() and abs(found) <= one.most):
        message = f"{given!r} is not a number up to {one.most:,}"
        raise InputFault(message, column=one.name, remedy="Write 12.5.")
    return found

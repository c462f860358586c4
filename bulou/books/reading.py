"""Reading a book: the list by key, one row, and the steps that a reader is offered on it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, IntegerField, Model, Q, QuerySet, Value, When

from bulou.access.rules import covers, may, permit
from bulou.books.values import Book, Column, Kind, Step
from bulou.kernel import codes, keyset
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault, NotFound


def path(column: Column) -> str:
    """The database field that a column is read from."""
    return column.of if isinstance(column.of, str) and column.of else column.name


OPEN, LATE = "open", "late"  # what ``show`` narrows to: not closed, and of these what is past its clock


def listed(
    book: Book, by: Actor, *, chosen: Mapping[str, str], unit: str = "", show: str = "", at: datetime | None = None
) -> QuerySet[Any]:
    """The rows that the reader sees, by the book's order; ``chosen`` narrows by column, ``unit`` by where the row lies.

    ``show``: all, ``open`` or ``late`` at the instant ``at``. ``NotPermitted`` when the role may not read the book;
    ``InputFault`` for a word that is not known.
    """
    permit(by, book.see)
    found = book.visible(by)
    for column in book.filters:
        if word := chosen.get(column.name, ""):
            if word not in column.words:
                message = f"{word!r} is not one of: {', '.join(column.words)}"
                raise InputFault(message, column=column.name, remedy="Choose one of the words.")
            found = found.filter(**{path(column): word})
    if word := chosen.get("q", "").strip() if book.search else "":
        said = Q()
        for name in book.search:
            said |= Q(**{f"{name}__icontains": word})
        found = found.filter(said)
    if unit:
        low, high = codes.below(unit)
        found = found.filter(**{f"{book.unit}__gte": low, f"{book.unit}__lt": high})
    if show:
        found = found.filter(_standing(book, show, at))
    sort = path(book.column(book.order)) if book.order != "code" else "pk"
    sign = "-" if book.latest else ""
    return found.order_by(f"{sign}{sort}", f"{sign}pk") if sort != "pk" else found.order_by(f"{sign}pk")


def _standing(book: Book, show: str, at: datetime | None) -> Q:
    clock = next((path(one) for one in book.columns if one.clock and not callable(one.of)), "")
    if show not in shows(book) or (show == LATE and at is None):
        message = f"{show!r} is not one of: {OPEN}, {LATE}"
        raise InputFault(message, column="show", remedy="Leave it out to see all.")
    found = ~Q(**{f"{path(book.column(book.state))}__in": list(book.closed)})
    return found & Q(**{f"{clock}__lt": at}) if show == LATE else found


def shows(book: Book) -> tuple[str, ...]:
    """What the list can be narrowed to beside its columns."""
    if not book.closed or callable(book.column(book.state).of):
        return ()
    return (OPEN, LATE) if any(one.clock and not callable(one.of) for one in book.columns) else (OPEN,)


def key_of(book: Book, row: Model) -> str:
    """The key after which the next page begins."""
    sort = row.pk if book.order == "code" else book.column(book.order).value(row)
    return keyset.key(sort if isinstance(sort, datetime) else str(sort), str(row.pk))


def after(book: Book, found: QuerySet[Any], key: str) -> QuerySet[Any]:
    """The rows behind a key; all of them for a blank one."""
    if not key:
        return found
    column = None if book.order == "code" else book.column(book.order)
    sort, pk = keyset.instant_of(key) if column and column.kind is Kind.INSTANT else keyset.text_of(key)
    beyond = "lt" if book.latest else "gt"
    if column is None:
        return found.filter(**{f"pk__{beyond}": pk})
    name = path(column)
    return found.filter(Q(**{f"{name}__{beyond}": sort}) | Q(**{name: sort, f"pk__{beyond}": pk}))


def counted(book: Book, found: QuerySet[Any]) -> list[tuple[str, int]]:
    """How many of the rows are in each state, in the order of the book's words; empty without a state. One statement."""
    if not book.state:
        return []
    field = path(book.column(book.state))
    number = dict(found.order_by().values_list(field).annotate(number=Count("pk", distinct=True)))
    return [(word, number[word]) for word in book.column(book.state).words if word in number]


def first_owed(book: Book, found: QuerySet[Any]) -> QuerySet[Any]:
    """The rows whose clock runs first, by their clock; then the others, what is closed last."""
    if not book.state:
        return found
    field = path(book.column(book.state))
    words = set(book.column(book.state).words)
    running = set(book.clocked) or words - set(book.closed)
    rank = Case(
        When(**{f"{field}__in": running}, then=Value(0)), When(**{f"{field}__in": set(book.closed)}, then=Value(2)),
        default=Value(1), output_field=IntegerField(),
    )  # fmt: skip
    clock = next((path(one) for one in book.columns if one.clock and not callable(one.of)), "pk")
    return found.order_by(rank, clock, "pk")


def one(book: Book, by: Actor, code: str) -> Any:
    """A row by its code; a foreign one answers exactly like a missing one."""
    permit(by, book.see)
    try:
        found = book.visible(by).filter(pk=code).first()
    except ValueError:  # a code that the key's type cannot hold
        found = None
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


def offered(book: Book, by: Actor, row: Model) -> tuple[Step, ...]:
    """The steps that this reader may take on the row now."""
    if not any(covers(by, unit) for unit in book.acting(row)):
        return ()
    return tuple(step for step in book.steps if may(by, step.operation) and step.when(row))

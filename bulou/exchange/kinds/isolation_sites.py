"""Isolation sites: a row proposes a candidate; survey, acceptance and opening are steps of people, not of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.exchange.by_row import Answer, Record, RowKind, each
from bulou.exchange.kinds import fields
from bulou.isolation import actions
from bulou.isolation.models import IsolationSite
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault

COLUMNS = ("site_id", "name", "place_code", "address", "x", "y", "wanted_by", "state", "parties")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The sites below the reader's unit; state and parties are told, and not read back."""
    del round_code
    for row in IsolationSite.objects.filter(within(by, "unit_id")).order_by("unit").iterator():
        yield (
            row.pk, row.name, row.place_code, row.address, _number(row.x), _number(row.y), fields.shown(row.wanted_by),
            row.state, str(row.parties),
        )  # fmt: skip


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _kilometres(row: fields.Row, column: str) -> float | None:
    text = row.get(column, "")
    try:
        return float(text) if text else None
    except ValueError:
        message = f"{text!r} is not a number of kilometres"
        raise InputFault(message, column=column, remedy="Write digits, as 12.4.") from None


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code

    def propose(record: Record) -> bool:
        row = record[0]
        if not codes.is_unit(row["site_id"]):
            message = f"{row['site_id']!r} is not a unit code"
            raise InputFault(message, column="site_id", remedy="Write the code of the site's unit.")
        place = row.get("place_code", "")
        if place and not codes.is_place(place):
            message = f"{place!r} is not a place code"
            raise InputFault(message, column="place_code", remedy="Write the code of a division or building.")
        x, y = _kilometres(row, "x"), _kilometres(row, "y")
        if (x is None) != (y is None):
            message = "a position is x and y"
            raise InputFault(message, column="x" if x is None else "y")
        _, created = actions.propose_site(
            unit=row["site_id"], wanted_by=fields.instant(row, "wanted_by"), name=fields.text(row, "name", most=80),
            place_code=place, address=fields.text(row, "address", most=200), x=x, y=y, by=by, at=at,
        )  # fmt: skip
        return created

    return each(records, propose)


KIND = RowKind(
    key=("site_id",),
    needed=("site_id", "wanted_by"),
    optional=("name", "place_code", "address", "x", "y", "state", "parties"),
    take=_take,
    operation=Operation.KEEP_ISOLATION_SITE,
)

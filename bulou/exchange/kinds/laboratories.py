"""Laboratories: which units test, and how many tubes an hour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.exchange.by_row import Answer, Record, RowKind, each
from bulou.exchange.kinds import fields
from bulou.kernel.actor import Actor
from bulou.rounds import actions
from bulou.rounds.models import Laboratory

COLUMNS = ("laboratory_id", "tubes_per_hour")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The laboratories below the reader's unit."""
    del round_code
    found = Laboratory.objects.filter(within(by, "unit")).order_by("unit")
    for code, tubes in found.values_list("unit_id", "tubes_per_hour").iterator():
        yield code, str(tubes)


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code
    codes = [record[0]["laboratory_id"] for record in records]
    known = set(Laboratory.objects.filter(pk__in=codes).values_list("pk", flat=True))

    def enter(record: Record) -> bool:
        code = record[0]["laboratory_id"]
        actions.register_laboratory(
            unit=code, tubes_per_hour=fields.number(record[0], "tubes_per_hour", default=0), by=by, at=at
        )
        return code not in known

    return each(records, enter)


KIND = RowKind(key=("laboratory_id",), needed=COLUMNS, take=_take, operation=Operation.KEEP_LABORATORY)

"""Specimens: a row is a person in a tube, the rows of a tube are one record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.exchange.by_row import Answer, Record, RowKind, together
from bulou.exchange.kinds import fields
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.specimens import actions
from bulou.specimens.choices import TubeState
from bulou.specimens.models import Tube, TubeMember

COLUMNS = ("tube_id", "person_id", "collected_at", "site_id")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """Who is in the tubes of the sites below the reader's unit; a scan taken back is no specimen."""
    found = TubeMember.objects.filter(tube__in=Tube.objects.filter(within(by, "unit_code")).exclude(state=TubeState.VOIDED))
    if round_code:
        found = found.filter(round=round_code)
    named = found.order_by("tube_id", "person_id").values_list("tube_id", "person_id", "tube__collected_at", "tube__unit_code")
    for tube, person, collected_at, site in named.iterator():
        yield tube, person, fields.shown(collected_at), site


def _scan(record: Record, by: Actor) -> actions.TubeScan:
    for column in ("collected_at", "site_id"):
        if len({row.get(column, "") for row in record}) > 1:
            message = f"the rows of the tube differ in {column}"
            raise InputFault(message, column=column, remedy="A tube is collected once, at one site.")
    first = record[0]
    return actions.TubeScan(
        tube_id=first["tube_id"],
        site_id=first.get("site_id", "") or by.unit,
        collected_at=fields.instant(first, "collected_at"),
        people=tuple(row["person_id"] for row in record),
    )


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code  # a tube's round follows from its site and the instant at which it was collected
    return together(
        records,
        lambda record: _scan(record, by),
        lambda scans: actions.register_tubes(scans=scans, by=by, at=at),
    )


KIND = RowKind(
    key=("tube_id", "person_id"),
    record=("tube_id",),
    needed=COLUMNS[:3],
    optional=COLUMNS[3:],
    take=_take,
    operation=Operation.REGISTER_TUBE,
)

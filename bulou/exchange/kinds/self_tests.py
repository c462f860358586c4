"""Self-tests of an antigen round as a list, such as a building captain's paper day; the last report stands for the person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.exchange.by_row import Answer, Record, RowKind, each
from bulou.exchange.kinds import fields
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.testing import visits
from bulou.testing.choices import AntigenOutcome
from bulou.testing.models import AntigenReport

COLUMNS = ("round", "person_id", "outcome", "reported_at")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The reports of the people below the reader's unit; of one round when it is named."""
    found = AntigenReport.objects.filter(within(by, "place_code"))
    if round_code:
        found = found.filter(round=round_code)
    for one in found.order_by("reported_at", "id").iterator():
        yield one.round_id, one.person_id, one.outcome, fields.shown(one.reported_at)


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    def enter(record: Record) -> bool:
        row = record[0]
        code = row.get("round") or round_code
        if not code:
            message = "the round is missing"
            raise InputFault(message, column="round", remedy="Fill the column, or name the round with --round.")
        outcome = fields.word(row, "outcome", AntigenOutcome)
        if outcome is None:
            message = "the outcome is blank"
            raise InputFault(message, column="outcome", remedy=f"Words: {', '.join(AntigenOutcome)}.")
        when = fields.instant(row, "reported_at")
        if when > at:
            message = f"{row['reported_at']} lies ahead"
            raise InputFault(message, column="reported_at", remedy="Write when the person reported it.")
        person = fields.text(row, "person_id", most=40, needed=True)
        if AntigenReport.objects.filter(round=code, person_id=person, outcome=outcome, reported_at=when).exists():
            return False
        visits.report_antigen(round_code=code, person_id=person, outcome=outcome, by=by, at=when)
        return True

    return each(records, enter)


KIND = RowKind(
    key=("person_id", "reported_at"),
    needed=("person_id", "outcome", "reported_at"),
    optional=("round",),
    take=_take,
    operation=Operation.RECORD_VISIT,
)

"""Presences of people at places: kept by day, in no other form; there is no export, only a search under a warrant."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.exchange.staging import Check, Staged
from bulou.investigation import presence_store
from bulou.kernel.actor import Actor
from bulou.tables.relation import trimmed

if TYPE_CHECKING:
    import duckdb

COLUMNS = ("person_id", "place_id", "arrived_at", "left_at")
_MOST_DAYS = 31  # a longer stay is a slip of the pen; operational


def _micros(column: str, *, is_end: bool = False) -> str:
    text = trimmed(column)
    at = f"try_cast({text} AS TIMESTAMPTZ)"
    if is_end:  # a date alone as an end is the midnight after it
        at = f"({at} + to_days(CASE WHEN length({text}) <= 10 THEN 1 ELSE 0 END))"
    return f"epoch_us({at})"


def checks(by: Actor, at: datetime, columns: frozenset[str]) -> list[Check]:
    """What refuses a row, by set."""
    del at, columns
    permit(by, Operation.STORE_PRESENCES)
    start, end = _micros("arrived_at"), _micros("left_at", is_end=True)
    return [
        Check("person_id", "person_id = '' OR length(person_id) > 40", "the id is blank or longer than 40 characters"),
        Check("place_id", "place_id = '' OR length(place_id) > 160", "the id is blank or longer than 160 characters"),
        Check("arrived_at", f"{start} IS NULL", "not an instant: write 2022-09-20T14:26"),
        Check("left_at", f"{end} IS NULL", "not an instant: write 2022-09-20T14:26"),
        Check("left_at", f"{end} <= {start}", "left_at is not after arrived_at"),
        Check("left_at", f"{end} - {start} > {_MOST_DAYS} * 86400000000", f"a stay of more than {_MOST_DAYS} days"),
    ]


def take(
    connection: duckdb.DuckDBPyConnection, staged: Staged, by: Actor, at: datetime, round_code: str, source: str
) -> tuple[int, int]:
    """Keep the good rows; a row that stands already counts as unchanged."""
    del staged, round_code, source
    select = (
        f"(SELECT {trimmed('person_id')} AS person, {trimmed('place_id')} AS place, {_micros('arrived_at')} AS a, "
        f"{_micros('left_at', is_end=True)} AS l FROM good)"
    )
    return presence_store.store_presences(connection, relation=select, by=by, at=at).created, 0

"""Drivers of the transfer fleet with one shift each and the hours at the wheel that are left in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.exchange.by_row import Answer, Record, RowKind, each
from bulou.exchange.kinds import fields
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.transfer import actions
from bulou.transfer.models import DriverShift

COLUMNS = ("driver_id", "unit_code", "shift_from", "shift_until", "hours_left")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The shifts of the drivers below the reader's unit; no names."""
    del round_code
    found = DriverShift.objects.filter(within(by, "driver__unit")).select_related("driver")
    for shift in found.order_by("driver", "from_at").iterator():
        yield (
            shift.driver_id, shift.driver.unit_id, fields.shown(shift.from_at), fields.shown(shift.until_at),
            f"{shift.hours:g}",
        )  # fmt: skip


def _hours(row: fields.Row) -> float:
    try:
        return float(row["hours_left"])
    except ValueError:
        message = f"{row['hours_left']!r} is not a number of hours"
        raise InputFault(message, column="hours_left", remedy="Write hours as 7.5.") from None


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code

    def enter(record: Record) -> bool:
        row = record[0]
        name = fields.text(row, "driver_id", most=40, needed=True)
        from_at, until_at = fields.instant(row, "shift_from"), fields.instant(row, "shift_until")
        known = DriverShift.objects.filter(driver=name, from_at=from_at, until_at=until_at).exists()
        actions.register_driver(driver_id=name, unit=row["unit_code"], by=by, at=at)
        actions.plan_driver_shift(driver_id=name, from_at=from_at, until_at=until_at, hours=_hours(row), by=by, at=at)
        return not known

    return each(records, enter)


KIND = RowKind(key=("driver_id", "shift_from"), needed=COLUMNS, take=_take, operation=Operation.KEEP_VEHICLES)

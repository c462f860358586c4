"""Vehicles of the transfer fleet with one shift each, as ``allocate`` reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.exchange.by_row import Answer, Record, RowKind, each
from bulou.exchange.kinds import fields
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.transfer import actions, rules
from bulou.transfer.choices import RiskClass, VehicleKind
from bulou.transfer.models import VehicleShift

COLUMNS = (
    "vehicle_id", "unit_code", "kind", "seats", "class", "features", "shift_from", "shift_until", "x", "y",
)  # fmt: skip


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The shifts of the vehicles below the reader's unit."""
    del round_code
    found = VehicleShift.objects.filter(within(by, "vehicle__unit")).select_related("vehicle")
    for shift in found.order_by("vehicle", "from_at").iterator():
        one = shift.vehicle
        yield (
            one.pk, one.unit_id, one.kind, str(one.seats), one.risk_class, one.features, fields.shown(shift.from_at),
            fields.shown(shift.until_at), repr(one.x), repr(one.y),
        )  # fmt: skip


def kilometres(row: fields.Row, column: str) -> float:
    """A planar coordinate."""
    try:
        found = float(row[column])
    except ValueError:
        found = float("nan")
    if not -10_000 < found < 10_000:  # noqa: PLR2004 - kilometres on any plan of a country
        message = f"{row[column]!r} is not a number of kilometres"
        raise InputFault(message, column=column, remedy="Write kilometres as 12.5.")
    return found


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code

    def enter(record: Record) -> bool:
        row = record[0]
        if row["kind"] not in set(VehicleKind) or row["class"] not in set(RiskClass):
            column = "kind" if row["kind"] not in set(VehicleKind) else "class"
            words = ", ".join(VehicleKind) if column == "kind" else ", ".join(RiskClass)
            message = f"{row[column]!r} is not one of: {words}"
            raise InputFault(message, column=column)
        from_at, until_at = fields.instant(row, "shift_from"), fields.instant(row, "shift_until")
        name = fields.text(row, "vehicle_id", most=40, needed=True)
        known = VehicleShift.objects.filter(vehicle=name, from_at=from_at, until_at=until_at).exists()
        actions.register_vehicle(
            vehicle_id=name, unit=row["unit_code"], kind=VehicleKind(row["kind"]),
            seats=fields.number(row, "seats", default=0), risk_class=RiskClass(row["class"]),
            features=rules.words(row.get("features", "")), x=kilometres(row, "x"), y=kilometres(row, "y"), by=by, at=at,
        )  # fmt: skip
        actions.plan_vehicle_shift(vehicle_id=name, from_at=from_at, until_at=until_at, by=by, at=at)
        return not known

    return each(records, enter)


KIND = RowKind(
    key=("vehicle_id", "shift_from"),
    needed=("vehicle_id", "unit_code", "kind", "seats", "class", "shift_from", "shift_until", "x", "y"),
    optional=("features",),
    take=_take,
    operation=Operation.KEEP_VEHICLES,
)

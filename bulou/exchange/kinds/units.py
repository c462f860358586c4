"""Units: entered under the superior that their code names; a unit that stands is not changed by a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.exchange.by_row import Answer, Record, RowKind, each
from bulou.exchange.kinds import fields
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault
from bulou.units import actions
from bulou.units.choices import UnitKind
from bulou.units.models import Unit

COLUMNS = ("unit_code", "name", "kind", "name_en", "sector_parent_code", "phone")
_FIELDS = ("code", "name", "kind", "name_en", "sector_parent_id", "phone")


def rows(by: Actor, round_code: str) -> Iterator[Sequence[str]]:
    """The units below the reader's, superiors first."""
    del round_code
    for row in Unit.objects.filter(within(by, "code")).order_by("code").values_list(*_FIELDS).iterator():
        yield [value or "" for value in row]


def _take(records: Sequence[Record], by: Actor, at: datetime, round_code: str) -> list[Answer]:
    del round_code
    named = {record[0]["unit_code"] for record in records} | {record[0].get("sector_parent_code", "") for record in records}
    known = {unit.code: unit for unit in Unit.objects.filter(pk__in=named)}

    def enter(record: Record) -> bool:
        row = record[0]
        code = row["unit_code"]
        if not codes.is_unit(code):
            message = f"{code!r} is not a unit code"
            raise InputFault(message, column="unit_code", remedy="Write a division code, or <superior>:lab001.")
        permit(by, Operation.KEEP_UNITS, code)
        wanted = _wanted(row)
        if code in known:
            return _stands(known[code], row, wanted)
        above = codes.parent_unit(code)
        if not Unit.objects.filter(pk=above).exists():
            message = f"there is no superior unit {above}"
            raise InputFault(message, column="unit_code", remedy="Enter the superior first.")
        sector = known.get(wanted["sector_parent_id"])
        if wanted["sector_parent_id"] and sector is None:
            message = f"there is no unit {wanted['sector_parent_id']}"
            raise InputFault(message, column="sector_parent_code", remedy="Enter that unit first.")
        known[code] = actions.register_unit(
            code=code, name=wanted["name"], kind=UnitKind(wanted["kind"]), name_en=wanted["name_en"], sector_parent=sector,
            phone=wanted["phone"], by=by, at=at,
        )  # fmt: skip
        return True

    return each(records, enter)


def _wanted(row: fields.Row) -> dict[str, str]:
    if row["kind"] not in set(UnitKind):
        message = f"{row['kind']!r} is not a kind of unit"
        raise InputFault(message, column="kind", remedy=f"Kinds: {', '.join(UnitKind)}.")
    return {
        "name": fields.text(row, "name", most=120, needed=True),
        "kind": row["kind"],
        "name_en": fields.text(row, "name_en", most=160),
        "sector_parent_id": row.get("sector_parent_code", ""),
        "phone": fields.text(row, "phone", most=32),
    }


def _stands(unit: Unit, row: fields.Row, wanted: dict[str, str]) -> bool:
    """Whether the unit stands as the file says; a column that the file does not have says nothing."""
    for column, name in zip(COLUMNS, _FIELDS, strict=True):
        if name != "code" and column in row and (getattr(unit, name) or "") != wanted[name]:
            message = f"{unit.code} stands with another {column}"
            raise Conflict(message, column=column, remedy="A file does not change a unit that stands.")
    return False


KIND = RowKind(
    key=("unit_code",),
    needed=COLUMNS[:3],
    optional=COLUMNS[3:],
    take=_take,
    operation=Operation.KEEP_UNITS,
    sorted=True,
)

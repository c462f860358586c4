"""People, rooms, vehicles and drivers from files, refused whole on the first bad row; the plan into files that can be read."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bulou.kernel import clock
from bulou.kernel.errors import InputFault
from bulou.routing.allocation.values import Driver, Instance, Person, Plan, RiskClass, Room, Vehicle
from bulou.tables.relation import fault_of, open_source
from bulou.tables.text import BLANKS

if TYPE_CHECKING:
    import duckdb

PEOPLE = ("person_id", "group_id", "class", "needs", "place_code", "x", "y", "ready_at", "due_at")
ROOMS = ("room_id", "site_id", "class", "beds", "features", "x", "y", "from", "until")
VEHICLES = ("vehicle_id", "seats", "class", "features", "shift_from", "shift_until", "x", "y")
DRIVERS = ("driver_id", "shift_from", "shift_until", "hours_left")
FARTHEST = 20_000  # km: half of the earth's circumference; beyond, x and y are no planar kilometres
INSTANT = "Write ISO 8601, as 2022-09-20T14:26 or 2022-09-20T14:26+08:00."


@dataclass(slots=True)
class _Row:
    """One row of a file, that knows where it stands."""

    file: str
    number: int
    cells: dict[str, str]

    def fault(self, column: str, message: str, code: str, remedy: str) -> InputFault:
        """A fault of a cell."""
        return InputFault(message, file=self.file, row=self.number, column=column, code=code, remedy=remedy)

    def text(self, column: str) -> str:
        """A text that may not be blank."""
        value = self.cells.get(column, "")
        if not value:
            raise self.fault(column, f"{column} is blank", "blank", "Fill it in.")
        return value

    def words(self, column: str) -> frozenset[str]:
        """A list parted by semicolons."""
        return frozenset(word for part in self.cells.get(column, "").split(";") if (word := part.strip(BLANKS)))

    def risk(self, *, needed: bool) -> RiskClass | None:
        """A class; blank or ``any`` where none is needed."""
        value = self.cells.get("class", "")
        if not needed and value in {"", "any"}:
            return None
        try:
            return RiskClass(value)
        except ValueError:
            known = ", ".join(RiskClass) + ("" if needed else ", or blank")
            raise self.fault("class", f"{value!r} is no class", "class", f"Write one of: {known}.") from None

    def number_of(self, column: str, low: float, high: float, *, whole: bool = False) -> float:
        """A number within bounds."""
        said = self.text(column)
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if not low <= value <= high or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            raise self.fault(column, f"{said!r} is not {kind} from {low:g} to {high:g}", "number", "Correct it.")
        return value

    def instant(self, column: str, *, end: bool = False) -> datetime:
        """An instant; a date alone is its first instant, as an end its last."""
        return self._instant(self.text(column), column, end=end)

    def instant_or_none(self, column: str, *, end: bool = False) -> datetime | None:
        """An instant, or None where the cell is blank."""
        value = self.cells.get(column, "")
        return self._instant(value, column, end=end) if value else None

    def _instant(self, said: str, column: str, *, end: bool) -> datetime:
        try:
            value = datetime.fromisoformat(said)
            value = value if value.tzinfo else value.replace(tzinfo=clock.CITY_ZONE)
            if end and len(said) <= len("2022-09-20"):
                return clock.day_bounds(value.date())[1]
            return clock.as_utc(value)
        except (ValueError, OverflowError):
            raise self.fault(column, f"{column} is not an instant: {said!r}", "bad-instant", INSTANT) from None

    def after(self, first: datetime | None, then: datetime | None, column: str, named: str) -> None:
        """The one must lie after the other."""
        if first is not None and then is not None and then <= first:
            raise self.fault(column, f"{column} is not after {named}", "order", "Correct one of them.")


def _rows(
    connection: duckdb.DuckDBPyConnection, path: Path, needed: Sequence[str], optional: Sequence[str], folder: Path
) -> Iterable[_Row]:
    import duckdb  # noqa: PLC0415 - 60 ms that a help text should not pay

    source = open_source(connection, path, needed=needed, optional=optional, folder=folder)
    chosen = ", ".join(f'CAST("{name}" AS VARCHAR)' for name in source.columns)  # an instant keeps its offset, if it has one
    try:
        found = connection.execute(f"SELECT {chosen} FROM {source.sql}").fetchall()
    except duckdb.Error as problem:
        raise fault_of(source, problem) from problem
    for number, row in zip(count(source.first_row), found, strict=False):
        yield _Row(path.name, number, {name: _said(value) for name, value in zip(source.columns, row, strict=True)})


def _said(value: str | None) -> str:
    return "" if value is None else value.strip(BLANKS)


def read_instance(*, people: Path, rooms: Path, vehicles: Path, drivers: Path | None = None) -> Instance:
    """All files, or ``InputFault`` that names file, row, column and remedy of the first bad row."""
    import duckdb  # noqa: PLC0415 - see above

    with tempfile.TemporaryDirectory(prefix="bulou-allocate-") as scratch, duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        folder = Path(scratch)

        def read(path: Path, columns: Sequence[str], optional: Sequence[str], make: Callable[[_Row], Any]) -> list[Any]:
            needed = tuple(name for name in columns if name not in optional)
            seen: dict[str, int] = {}
            made = []
            for row in _rows(connection, path, needed, optional, folder):
                key = row.text(columns[0])
                if key in seen:
                    raise row.fault(columns[0], f"{key} stands in row {seen[key]} too", "twice", "Keep one row for each.")
                seen[key] = row.number
                made.append(make(row))
            if not made:
                message = "the file has no rows"
                raise InputFault(message, file=path.name, code="empty", remedy="Send a file with rows.")
            return made

        found = read(people, PEOPLE, ("needs", "place_code"), _person)
        return Instance(
            tuple(found),
            tuple(read(rooms, ROOMS, ("features", "from", "until"), _room)),
            tuple(fleet := read(vehicles, VEHICLES, ("features",), _vehicle)),
            tuple(_known(read(drivers, (*DRIVERS, "vehicle_id"), ("vehicle_id",), _driver), fleet, drivers))
            if drivers
            else None,
        )


def _known(drivers: list[tuple[int, Driver]], fleet: Sequence[Vehicle], path: Path) -> Iterable[Driver]:
    ids = {one.vehicle_id for one in fleet}
    for row, one in drivers:
        if one.vehicle_id and one.vehicle_id not in ids:
            message = f"there is no vehicle {one.vehicle_id}"
            remedy = "Name a vehicle of the file, or leave it blank."
            raise InputFault(message, file=path.name, row=row, column="vehicle_id", code="no-vehicle", remedy=remedy)
        yield one


def _place(row: _Row) -> tuple[float, float]:
    return row.number_of("x", -FARTHEST, FARTHEST), row.number_of("y", -FARTHEST, FARTHEST)


def _person(row: _Row) -> Person:
    ready, due = row.instant("ready_at"), row.instant("due_at", end=True)
    row.after(ready, due, "due_at", "ready_at")
    risk = row.risk(needed=True)
    if risk is None:
        raise AssertionError(row.number)
    name, needs = row.text("person_id"), row.words("needs")
    if needs & {f"carer:{name}", f"cares_for:{name}"}:
        raise row.fault("needs", f"{name} is named as the own carer", "own-carer", "Name another person.")
    return Person(
        name, row.text("group_id"), risk, needs, row.cells.get("place_code", ""), *_place(row),
        ready, due,
    )  # fmt: skip


def _room(row: _Row) -> Room:
    opens, closes = row.instant_or_none("from"), row.instant_or_none("until", end=True)
    row.after(opens, closes, "until", "from")
    beds = int(row.number_of("beds", 0, 100_000, whole=True))
    return Room(
        row.text("room_id"),
        row.text("site_id"),
        row.risk(needed=False),
        beds,
        row.words("features"),
        *_place(row),
        opens,
        closes,
    )


def _vehicle(row: _Row) -> Vehicle:
    begins, ends = row.instant("shift_from"), row.instant("shift_until", end=True)
    row.after(begins, ends, "shift_until", "shift_from")
    seats = int(row.number_of("seats", 0, 1_000, whole=True))
    return Vehicle(
        row.text("vehicle_id"), seats, row.risk(needed=False), row.words("features"), begins, ends, *_place(row)
    )  # fmt: skip


def _driver(row: _Row) -> tuple[int, Driver]:
    begins, ends = row.instant("shift_from"), row.instant("shift_until", end=True)
    row.after(begins, ends, "shift_until", "shift_from")
    hours = row.number_of("hours_left", 0, 24)
    return row.number, Driver(row.text("driver_id"), begins, ends, hours, row.cells.get("vehicle_id", ""))


def write_plan(plan: Plan, out: Path) -> None:
    """``placed``, ``unplaced``, ``trips`` and ``stops``, each as Parquet and as CSV, all of them or none."""
    out.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".allocate-", dir=out))
    try:
        for name, (columns, rows) in tables(plan).items():
            _write(beside, name, columns, rows)
        for made in sorted(beside.iterdir()):
            made.replace(out / made.name)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _write(folder: Path, name: str, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    import pyarrow as pa  # noqa: PLC0415 - 100 ms that a help text should not pay
    import pyarrow.parquet as pq  # noqa: PLC0415

    from bulou.tables.writing import write_table  # noqa: PLC0415

    kinds = {"people": pa.int64(), "stop": pa.int64(), "km": pa.float64()}
    arrays = []
    for place, column in enumerate(columns):
        instant = pa.timestamp("us", tz="UTC") if column.endswith("_at") else None
        kind = instant or kinds.get(column, pa.float64() if column in {"x", "y"} else pa.string())
        arrays.append(pa.array([row[place] for row in rows], kind))
    pq.write_table(pa.Table.from_arrays(arrays, names=list(columns)), folder / f"{name}.parquet", compression="zstd")
    write_table(folder / f"{name}.csv", columns, ([_cell(value) for value in row] for row in rows))


def _cell(value: Any) -> str:
    return clock.local(value).isoformat() if isinstance(value, datetime) else str(value)


def tables(plan: Plan) -> dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]]:
    """The plan's tables: name → columns and rows."""
    return {
        "placed": (
            ("person_id", "room_id", "vehicle_id", "driver_id", "trip", "pickup_at", "arrive_at"),
            [
                (one.person_id, one.room_id, one.vehicle_id, one.driver_id, one.trip, one.pickup_at, one.arrive_at)
                for one in plan.placed
            ],
        ),
        "unplaced": (("person_id", "code", "reason"), [(one.person_id, str(one.code), one.reason) for one in plan.unplaced]),
        "trips": (
            ("trip", "vehicle_id", "driver_id", "class", "departs_at", "ends_at", "people", "km", "sites"),
            [
                (
                    one.trip, one.vehicle_id, one.driver_id, str(one.risk), one.departs_at, one.ends_at, len(one.people),
                    round(one.km, 3), ";".join(dict.fromkeys(stop.site_id for stop in one.stops if stop.site_id)),
                )
                for one in plan.trips
            ],
        ),
        "stops": (
            ("trip", "stop", "kind", "x", "y", "site_id", "arrives_at", "leaves_at", "people_ids"),
            [
                (
                    one.trip, number, str(stop.kind), stop.x, stop.y, stop.site_id, stop.arrives_at, stop.leaves_at,
                    ";".join(stop.people),
                )
                for one in plan.trips
                for number, stop in enumerate(one.stops)
            ],
        ),
    }  # fmt: skip

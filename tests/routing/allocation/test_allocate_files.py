"""The command from files: the JSON keys, the tables written, and every bad row refusing the whole with its place."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from bulou.kernel.errors import InputFault, PolicyFault
from bulou.policy.load import load_pack
from bulou.routing.allocation.files import read_instance
from bulou.routing.allocation.limits import limits_from, need_rule
from bulou.routing.allocation.values import Demand, Limits

PEOPLE = [
    ("person_id", "group_id", "class", "needs", "place_code", "x", "y", "ready_at", "due_at"),
    ("001", "G1", "contact", "", "520102001001", "1.5", "2", "2022-09-17T08:00", "2022-09-17T20:00"),
    ("002", "G1", "contact", " infant ; language:fr ", "", "1.5", "2", "2022-09-17T08:00+08:00", "2022-09-17"),
    ("003", "G2", "case", "", "", "-3", "0", "2022-09-17", "2022-09-17T18:00"),
    ("004", "G3", "secondary", "", "", "-3", "0", "2022-09-17", "2022-09-17T18:00"),
]
ROOMS = [
    ("room_id", "site_id", "class", "beds", "features", "x", "y", "from", "until"),
    ("R1", "S1", "contact", "2", "language:fr;infant", "6", "6", "", ""),
    ("R2", "H", "case", "3", "", "0", "5", "2022-09-17T00:00", "2022-09-18"),
]
VEHICLES = [
    ("vehicle_id", "seats", "class", "features", "shift_from", "shift_until", "x", "y"),
    ("V1", "8", "", "", "2022-09-17T06:00", "2022-09-17T22:00", "0", "0"),
]
DRIVERS = [("driver_id", "shift_from", "shift_until", "hours_left"), ("D1", "2022-09-17T06:00", "2022-09-17T20:00", "8")]
GOOD = {"people": PEOPLE, "rooms": ROOMS, "vehicles": VEHICLES, "drivers": DRIVERS}


def written(folder: Path, **changed) -> dict[str, Path]:
    paths = {}
    for name, rows in (GOOD | changed).items():
        paths[name] = folder / f"{name}.csv"
        with paths[name].open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows(rows)
    return paths


def run(paths: dict[str, Path], *more: str):
    options = [part for name, path in paths.items() for part in (f"--{name}", str(path))]
    return subprocess.run(
        [sys.executable, "-c", "from bulou.commands.main import main; main()", "allocate", *options, *more],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_answers_with_its_keys_and_writes_its_tables(tmp_path):
    out = tmp_path / "out"
    done = run(written(tmp_path), "--json", "--out", str(out), "--seconds", "5")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert list(found) == ["people", "placed", "unplaced", "bound", "gap", "violations", "elapsed_s"]
    assert (found["people"], found["placed"], found["unplaced"], found["bound"], found["gap"], found["violations"]) == (
        4,
        3,
        1,
        3,
        0,
        0,
    )
    assert sorted(path.name for path in out.iterdir()) == sorted(
        f"{name}.{ending}" for name in ("placed", "unplaced", "trips", "stops") for ending in ("csv", "parquet")
    )
    placed = duckdb.sql(
        f"SELECT * REPLACE (epoch(pickup_at) AS pickup_at, epoch(arrive_at) AS arrive_at) FROM '{out}/placed.parquet'"
    )
    assert placed.columns == ["person_id", "room_id", "vehicle_id", "driver_id", "trip", "pickup_at", "arrive_at"]
    rows = {row[0]: row for row in placed.fetchall()}
    assert {name: row[1:4] for name, row in rows.items()} == {
        "001": ("R1", "V1", "D1"),
        "002": ("R1", "V1", "D1"),
        "003": ("R2", "V1", "D1"),
    }
    assert duckdb.sql(f"SELECT person_id, code FROM '{out}/unplaced.parquet'").fetchall() == [("004", "no_room_of_class")]
    text = (out / "unplaced.csv").read_text(encoding="utf-8")
    assert "no room takes class secondary" in text
    assert duckdb.sql(f"SELECT sum(people) FROM '{out}/trips.parquet'").fetchall() == [(3,)]


def _with(rows, row: int, column: str, value: str):
    place = rows[0].index(column)
    return [cells if number != row else (*cells[:place], value, *cells[place + 1 :]) for number, cells in enumerate(rows)]


BAD = [
    ("people", 1, "person_id", "", "blank"),
    ("people", 2, "person_id", "001", "twice"),
    ("people", 1, "group_id", " ", "blank"),
    ("people", 1, "class", "green", "class"),
    ("people", 1, "class", "", "class"),
    ("people", 3, "x", "north", "number"),
    ("people", 3, "x", "nan", "number"),
    ("people", 3, "y", "1e9", "number"),
    ("people", 1, "ready_at", "tomorrow", "bad-instant"),
    ("people", 1, "due_at", "2022-09-17T07:00", "order"),
    ("people", 1, "needs", "carer:001", "own-carer"),
    ("rooms", 1, "beds", "2.5", "number"),
    ("rooms", 1, "beds", "-1", "number"),
    ("rooms", 2, "until", "2022-09-16T00:00", "order"),
    ("rooms", 2, "room_id", "R1", "twice"),
    ("vehicles", 1, "seats", "many", "number"),
    ("vehicles", 1, "shift_until", "2022-09-17T05:00", "order"),
    ("drivers", 1, "hours_left", "25", "number"),
]


@pytest.mark.parametrize(("file", "row", "column", "value", "code"), BAD)
def test_a_bad_row_refuses_the_file_and_names_its_place(tmp_path, file, row, column, value, code):
    paths = written(tmp_path, **{file: _with(GOOD[file], row, column, value)})
    with pytest.raises(InputFault) as refused:
        read_instance(**paths)
    fault = refused.value
    assert (fault.code, fault.file, fault.row, fault.column) == (code, f"{file}.csv", row + 1, column)
    assert fault.remedy


def test_a_refused_file_leaves_nothing_behind(tmp_path):
    paths = written(tmp_path, rooms=_with(ROOMS, 1, "beds", "x"))
    done = run(paths, "--json", "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["row"] == 2
    assert done.stderr.startswith("bulou: rooms.csv, row 2, column beds: ")
    assert not (tmp_path / "out").exists()


def test_a_missing_column_and_an_empty_file_are_named(tmp_path):
    with pytest.raises(InputFault, match="due_at is missing"):
        read_instance(**written(tmp_path, people=[row[:-1] for row in PEOPLE]))
    with pytest.raises(InputFault, match="no rows"):
        read_instance(**written(tmp_path, vehicles=VEHICLES[:1]))


def test_parquet_with_instants_by_type_is_the_same_instance(tmp_path):
    paths = written(tmp_path, people=PEOPLE[:2])
    typed = {
        "people": ("ready_at", "due_at"),
        "rooms": ("from", "until"),
        "vehicles": ("shift_from", "shift_until"),
        "drivers": ("shift_from", "shift_until"),
    }
    made = {}
    for name, columns in typed.items():
        made[name] = tmp_path / f"{name}.parquet"
        casts = ", ".join(f'CAST(substr("{column}", 1, 16) AS TIMESTAMP) AS "{column}"' for column in columns)
        duckdb.sql(
            f"COPY (SELECT * REPLACE ({casts}) FROM read_csv('{paths[name]}', all_varchar=true)) TO '{made[name]}' (FORMAT parquet)"
        )
    plain, typed_instance = read_instance(**paths), read_instance(**made)
    assert typed_instance.people == plain.people
    assert typed_instance.vehicles == plain.vehicles
    assert typed_instance.drivers == plain.drivers


def test_optional_columns_may_be_missing(tmp_path):
    paths = written(
        tmp_path,
        people=[(*row[:3], *row[5:]) for row in PEOPLE],
        rooms=[(*row[:4], *row[5:7]) for row in ROOMS],
        drivers=[(*DRIVERS[0], "vehicle_id"), (*DRIVERS[1], "V1")],
    )
    instance = read_instance(**paths)
    assert instance.people[0].needs == frozenset()
    assert instance.rooms[0].opens_at is None
    assert instance.drivers[0].vehicle_id == "V1"
    with pytest.raises(InputFault, match="no vehicle V9"):
        read_instance(**written(tmp_path, drivers=[(*DRIVERS[0], "vehicle_id"), (*DRIVERS[1], "V9")]))


def numbers(pack: str) -> dict[str, tuple[object, str]]:
    return {name: (one.value, one.unit) for name, one in load_pack(pack).numbers.items()}


def test_the_pack_says_what_the_limits_have_as_defaults():
    assert limits_from(numbers("guiyang-2022")) == Limits()
    assert limits_from(numbers("measles-who")) == Limits()
    city = limits_from(numbers("guiyang-2022"), city=True)
    assert city.seconds(270) < Limits().seconds(270)
    assert city.seat_share < 1


def test_a_number_that_cannot_be_read_is_a_fault_of_the_pack():
    assert need_rule("room? companion").room is Demand.IF_OFFERED
    for name, value in {"transfer_need_x": "roof", "transfer_speed": "fast", "transfer_shared_room_classes": "all"}.items():
        with pytest.raises(PolicyFault, match=name):
            limits_from({name: (value, "")})

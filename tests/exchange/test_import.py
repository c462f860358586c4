"""Importing: the counts always add up, bad rows are kept and named, one's own rows change nothing, nothing is lost."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulou.duties.models import Duty
from bulou.exchange.importing import import_file
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotPermitted
from bulou.ledger.models import Entry
from bulou.people.models import Resident
from bulou.rounds.choices import RoundKind
from bulou.rounds.models import RosterEntry, TestingRound
from tests import city as cities

pytestmark = pytest.mark.django_db
A, B = cities.COMMUNITY_A, cities.COMMUNITY_B


def _file(folder: Path, rows, header=("person_id", "place_code", "name"), *, name="roster.csv", encoding="utf-8"):
    path = folder / name
    with path.open("w", newline="", encoding=encoding) as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _import(city, path, **more):
    counts = import_file(kind="roster", path=path, by=city.actor(cities.CITY), at=cities.at(), **more)
    assert counts.rows_in == counts.created + counts.updated + counts.unchanged + counts.rejected
    return counts


def test_new_changed_and_same_rows_are_told_apart(city, tmp_path):
    first = _import(city, _file(tmp_path, [("P1", A, "张三"), ("P2", A, "李四"), ("P3", B, "王五")]))
    assert (first.created, first.updated, first.unchanged) == (3, 0, 0)
    again = _import(city, _file(tmp_path, [("P1", A, "张三"), ("P2", B, "李四"), ("P4", B, "赵六")]))
    assert (again.created, again.updated, again.unchanged) == (1, 1, 1)
    assert Resident.objects.get(pk="P2").place_code == B
    assert Resident.objects.count() == 4


def test_the_same_file_again_changes_nothing_and_is_one_entry(city, tmp_path):
    path = _file(tmp_path, [(f"P{n}", A, "张") for n in range(50)])
    _import(city, path)
    again = _import(city, path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 50)
    assert Entry.objects.filter(tag="exchange:file:imported").count() == 2


def test_a_column_that_a_file_does_not_have_is_left_as_it_is(city, tmp_path):
    _import(city, _file(tmp_path, [("P1", A, "张三")]))
    _import(city, _file(tmp_path, [("P1", B)], header=("person_id", "unit_code")))
    one = Resident.objects.get(pk="P1")
    assert (one.name, one.place_code) == ("张三", B)


def test_bad_rows_are_refused_one_by_one_and_become_a_duty(city, tmp_path):
    rejects = tmp_path / "rejects.csv"
    path = _file(tmp_path, [("P1", A, "x"), ("", A, "x"), ("P3", "999", "x"), ("P4", "520102016001", "x"), ("P5", B, "x")])
    counts = _import(city, path, rejects=rejects)
    assert (counts.created, counts.rejected) == (2, 3)
    with rejects.open(encoding="utf-8-sig") as text:
        rows = list(csv.DictReader(text))
    assert [(row["row"], row["column"]) for row in rows] == [("3", "person_id"), ("4", "place_code"), ("5", "place_code")]
    assert [row["person_id"] for row in rows] == ["", "P3", "P4"]  # as they came
    duty = Duty.objects.get(kind="import.reviewed")
    assert (duty.owner_id, duty.state) == (cities.CITY, "open")
    assert "3 rows were refused" in duty.why


def test_a_person_twice_with_other_content_is_refused_and_with_the_same_is_unchanged(city, tmp_path):
    rows = [("P1", A, "张"), ("P1", B, "张"), ("P2", A, "李"), ("P2", A, "李"), ("P3", A, "王")]
    counts = _import(city, _file(tmp_path, rows))
    assert (counts.created, counts.unchanged, counts.rejected) == (2, 1, 2)
    assert not Resident.objects.filter(pk="P1").exists()


def test_a_file_in_gb18030_is_read(city, tmp_path):
    _import(city, _file(tmp_path, [("P1", A, "龘靐")], encoding="gb18030"))
    assert Resident.objects.get(pk="P1").name == "龘靐"


def test_building_and_floor_make_the_place_deeper(city, tmp_path):
    header = ("person_id", "place_code", "building", "floor")
    _import(city, _file(tmp_path, [("P1", A, "3栋", "12"), ("P2", A, "", "")], header=header))
    assert Resident.objects.get(pk="P1").place_code == f"{A}-0003-012"
    assert Resident.objects.get(pk="P2").place_code == A


def test_a_dry_run_counts_the_same_and_changes_nothing(city, tmp_path):
    path = _file(tmp_path, [("P1", A, "x"), ("", A, "x")])
    dry = _import(city, path, dry_run=True)
    assert not Resident.objects.exists()
    assert not Entry.objects.filter(tag="exchange:file:imported").exists()
    assert dry == _import(city, path)


def test_a_round_gets_its_roster(city, tmp_path):
    TestingRound.objects.create(
        code="R1",
        name="R1",
        kind=RoundKind.PCR,
        area_id="test-city",
        owner_id=cities.CITY,
        opens_at=cities.at(1),
        deadline_at=cities.at(9),
    )
    _import(city, _file(tmp_path, [("P1", A, "x"), ("P2", B, "y")]), round_code="R1")
    assert sorted(RosterEntry.objects.values_list("person_id", "place_code")) == [("P1", A), ("P2", B)]
    with pytest.raises(InputFault, match="no round"):
        _import(city, _file(tmp_path, [("P3", A, "x")]), round_code="R9")
    assert not Resident.objects.filter(pk="P3").exists()  # all or nothing


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty"), (b"id,place\n1,2\n", "column-missing"), (b"person_id,place_code\n", "empty")],
)
def test_a_file_that_is_wrong_as_a_whole_changes_nothing(city, tmp_path, content, code):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(InputFault) as fault:
        _import(city, path)
    assert fault.value.code == code
    assert not Resident.objects.exists()


def test_numeric_ids_in_parquet_are_a_fault_of_the_file(city, tmp_path):
    path = tmp_path / "roster.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS person_id, '{A}' AS place_code) TO '{path}' (FORMAT parquet)")
    with pytest.raises(InputFault, match="not text"):
        _import(city, path)


def test_a_district_imports_its_own_people_only(city, tmp_path):
    path = _file(tmp_path, [("P1", A, "x"), ("P2", cities.COMMUNITY_D, "y")])
    counts = import_file(kind="roster", path=path, by=city.actor(cities.EAST), at=cities.at())
    assert (counts.created, counts.rejected) == (1, 1)
    with pytest.raises(NotPermitted):
        import_file(kind="roster", path=path, by=city.actor(cities.CITY, role=Role.WALL), at=cities.at())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["P1", "P2", "P3", "", "  P1 "]), st.sampled_from([A, B, "x", ""]), st.sampled_from(["张", "李"])
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_the_rows_the_counts_add_up_and_the_next_time_nothing_changes(city, tmp_path, rows):
    path = _file(tmp_path, rows)
    first = _import(city, path)
    again = _import(city, path)
    assert (again.created, again.updated, again.rejected) == (0, 0, first.rejected)

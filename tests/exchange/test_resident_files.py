"""Files of residents: documents, whose people they may change, and how base numbers move by them."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest
import xlsxwriter

from bulou.exchange.exporting import export_file
from bulou.exchange.importing import import_file
from bulou.exchange.mapping import ColumnMap
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotPermitted
from bulou.ledger import actions as ledger
from bulou.ledger.models import Entry
from bulou.people import drift, rules
from bulou.people.models import BaseNumberChange, Resident
from simulation.plan import identity_number
from tests import city as cities

pytestmark = pytest.mark.django_db
A, B, C, D = cities.COMMUNITY_A, cities.COMMUNITY_B, cities.COMMUNITY_C, cities.COMMUNITY_D
HEADER = ("person_id", "place_code", "identity_kind", "identity_number", "birth_on", "guardian_id")


def _file(folder: Path, rows, header=HEADER, name="residents.csv"):
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def _import(city, path, *, unit=cities.CITY, hours=0.0, **more):
    counts = import_file(kind="residents", path=path, by=city.actor(unit, role=Role.DUTY_LEADER), at=cities.at(hours), **more)
    assert counts.rows_in == counts.created + counts.updated + counts.unchanged + counts.rejected
    assert drift.unequal() == []
    return counts


def _rejects(folder: Path):
    with (folder / "rejects.csv").open(encoding="utf-8-sig") as text:
        return {row["person_id"]: (row["column"], row["problem"]) for row in csv.DictReader(text)}


def _moves():
    return {(row.place_code, row.cause): row.change for row in BaseNumberChange.objects.all()}


def test_every_row_with_a_bad_number_is_refused_with_its_remedy(city, tmp_path):
    good, old = identity_number(born=date(1942, 1, 2), order=5), "990101420102017"
    bad = {
        "P3": (good[:-1] + ("0" if good[-1] != "0" else "1"), "check character"),
        "P4": ("5.2E+17", "last digits are lost"),
        "P5": ("520102198001010000", "a spreadsheet keeps 15 digits"),
        "P6": ("12345", "not 17 digits"),
    }
    rows = [("P1", A, "resident_id", good, "", ""), ("P2", A, "", old, "", "")]
    rows += [(person, A, "", number, "", "") for person, (number, _) in bad.items()]
    rows += [("P7", A, "resident_id", good, "1942-01-03", ""), ("P8", A, "none", "", "1942-13-01", "")]
    counts = _import(city, _file(tmp_path, rows), rejects=tmp_path / "rejects.csv")
    assert (counts.created, counts.rejected) == (2, 6)
    said = _rejects(tmp_path)
    for person, (_, words) in bad.items():
        assert said[person][0] == "identity_number"
        assert words in said[person][1]
        assert said[person][1].count(". ") >= 1  # and what to do
    assert "birth_on is not the birth date" in said["P7"][1]
    assert said["P8"][0] == "birth_on"
    kept = Resident.objects.get(pk="P2")
    assert (kept.identity_kind, kept.identity_number, kept.birth_on) == ("resident_id", rules.modern(old), date(1942, 1, 2))
    again = _import(city, _file(tmp_path, rows[:2]))
    assert again.unchanged == 2


def test_people_without_a_resident_number_are_first_class(city, tmp_path):
    rows = [
        ("P1", A, "passport", "e1234567", "1990-05-05", ""), ("P2", A, "permit", "H12345678", "", ""), ("P3", A, "none", "", "", ""),
        ("P4", A, "newborn", "", "2022-09-01", "P1"), ("P5", A, "newborn", "", "2022-09-01", "P9"),
        ("P6", A, "newborn", "", "", ""), ("P7", A, "newborn", "", "", "P7"),
    ]  # fmt: skip
    counts = _import(city, _file(tmp_path, rows), rejects=tmp_path / "rejects.csv")
    assert (counts.created, counts.rejected) == (4, 3)
    assert {person: column for person, (column, _) in _rejects(tmp_path).items()} == dict.fromkeys(
        ("P5", "P6", "P7"), "guardian_id"
    )
    assert Resident.objects.get(pk="P1").identity_number == "E1234567"
    assert _moves() == {(A, "registered"): 3, (A, "born"): 1}


@pytest.mark.parametrize("column", ["identity_number", "phone"])
def test_a_column_of_numbers_is_a_fault_of_the_file(city, tmp_path, column):
    book = tmp_path / "residents.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["person_id", "place_code", column])
        sheet.write_row(1, 0, ["P1", A])
        sheet.write_number(1, 2, 990101194912310020)
    with pytest.raises(InputFault) as fault:
        _import(city, book)
    assert (fault.value.code, fault.value.column) == ("numeric-id", column)
    assert "as text" in fault.value.remedy
    table = tmp_path / "residents.parquet"
    duckdb.sql(
        f"COPY (SELECT 'P1' AS person_id, '{A}' AS place_code, 990101194912310020 AS {column}) TO '{table}' (FORMAT parquet)"
    )
    with pytest.raises(InputFault) as fault:
        _import(city, table)
    assert (fault.value.code, fault.value.column) == ("numeric-id", column)
    assert not Resident.objects.exists()


def test_a_renamed_column_of_numbers_is_guarded_too_and_a_column_of_nothing_is_not(city, tmp_path):
    book = tmp_path / "residents.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["person_id", "place_code", "身份证号"])
        sheet.write_row(1, 0, ["P1", A])
        sheet.write_number(1, 2, 990101194912310020)
    with pytest.raises(InputFault, match="身份证号"):
        _import(city, book, mapping=ColumnMap(names={"身份证号": "identity_number"}))
    table = tmp_path / "residents.parquet"
    duckdb.sql(
        f"COPY (SELECT 'P1' AS person_id, '{A}' AS place_code, NULL::INT AS identity_number) TO '{table}' (FORMAT parquet)"
    )
    assert _import(city, table).created == 1


def test_a_date_cell_of_a_workbook_is_a_birth_date(city, tmp_path):
    book = tmp_path / "residents.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["person_id", "place_code", "birth_on"])
        sheet.write_row(1, 0, ["P1", A])
        sheet.write_datetime(1, 2, date(1950, 2, 3), made.add_format({"num_format": "yyyy-mm-dd"}))
    assert _import(city, book).created == 1
    assert Resident.objects.get(pk="P1").birth_on == date(1950, 2, 3)


def test_an_importer_changes_nobody_of_another_district_and_learns_nothing_of_them(city, tmp_path):
    _import(city, _file(tmp_path, [("P1", D, "", "", "", ""), ("P2", A, "", "", "", "")]))
    before = Resident.objects.filter(pk="P1").values().get()
    rows = [
        ("P1", A, "", "", "1950-01-01", ""),
        ("P2", B, "", "", "", ""),
        ("P3", D, "", "", "", ""),
        ("P4", A, "", "", "", ""),
    ]
    counts = _import(city, _file(tmp_path, rows), unit=cities.EAST, rejects=tmp_path / "rejects.csv")
    assert (counts.created, counts.updated, counts.rejected) == (1, 1, 2)
    assert Resident.objects.filter(pk="P1").values().get() == before
    said = _rejects(tmp_path)
    assert said["P1"][1] == said["P3"][1] == "outside of your jurisdiction. Ask the unit above both to move the person"
    moved = _import(city, _file(tmp_path, rows[:1]))  # the city stands above both
    assert moved.updated == 1
    assert Resident.objects.get(pk="P1").place_code == A


def test_a_whole_file_of_strangers_is_refused_as_a_set(city, tmp_path):
    rows = [(f"P{n}", D, "", "", "", "") for n in range(1_200)]
    _import(city, _file(tmp_path, rows))
    counts = _import(city, _file(tmp_path, [(row[0], A, *row[2:]) for row in rows]), unit=cities.EAST)
    assert counts.rejected == 1_200
    assert not Resident.objects.exclude(place_code=D).exists()


def test_a_roster_is_one_entry_with_the_files_hash_and_counts(city, tmp_path):
    path = _file(tmp_path, [("P1", A, "", "", "", ""), ("", A, "", "", "", "")])
    last = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    _import(city, path)
    told = Entry.objects.filter(id__gt=last).exclude(tag__startswith="duty:")
    assert [entry.tag for entry in told] == ["exchange:file:imported"]
    data = ledger.content(told[0])
    assert (data["created"], data["rejected"], len(data["sha256"])) == (1, 1, 64)
    assert BaseNumberChange.objects.get().source == f"file:{data['sha256'][:32]}"


def test_only_who_keeps_people_imports_them(city, tmp_path):
    path = _file(tmp_path, [("P1", A, "", "", "", "")])
    with pytest.raises(NotPermitted):
        import_file(kind="residents", path=path, by=city.actor(cities.LAB_1), at=cities.at())


def test_a_file_moves_base_numbers_by_community_and_cause(city, tmp_path):
    header = ("person_id", "place_code", "since_on", "left_on", "cause")
    first = [
        ("P1", A, "", "", ""),
        ("P2", A, "", "", ""),
        ("P3", B, "2022-09-01", "", ""),
        ("P4", f"{C}-0001", "", "", "found"),
    ]
    first += [("P5", A, "", "2022-09-10", "")]  # gone already: on no base number
    _import(city, _file(tmp_path, first, header))
    assert _moves() == {(A, "registered"): 2, (B, "arrived"): 1, (C, "found"): 1}
    BaseNumberChange.objects.filter(place_code="none").delete()
    second = [
        ("P1", B, "", "", ""),
        ("P2", A, "", "2022-09-20", ""),
        ("P3", f"{B}-0001", "2022-09-01", "", ""),
        ("P5", D, "", "", ""),
    ]
    seen = set(BaseNumberChange.objects.values_list("pk", flat=True))
    _import(city, _file(tmp_path, second, header), hours=1)
    fresh = {(row.place_code, row.cause): row.change for row in BaseNumberChange.objects.exclude(pk__in=seen)}
    assert fresh == {(A, "moved"): -1, (B, "moved"): 1, (A, "left"): -1, (D, "arrived"): 1}
    again = _import(city, _file(tmp_path, second, header), hours=2)
    assert again.unchanged == 4
    assert BaseNumberChange.objects.count() == len(seen) + 4


def test_ones_own_export_changes_nothing_and_moves_nothing(city, tmp_path):
    number = identity_number(born=date(1980, 1, 1), order=9)
    rows = [
        ("P1", A, "resident_id", number, "", ""),
        ("P2", B, "none", "", "1950-01-01", ""),
        ("P3", A, "newborn", "", "", "P1"),
    ]
    _import(city, _file(tmp_path, rows))
    count = BaseNumberChange.objects.count()
    out = tmp_path / "out.csv"
    export_file(kind="residents", target=out, by=city.actor(cities.CITY), at=cities.at())
    assert _import(city, out).unchanged == 3
    assert BaseNumberChange.objects.count() == count

"""Coverage against an oracle of plain sets; bad files refused with file, row, column, and nothing written."""

from __future__ import annotations

import csv
import gzip
import json
import subprocess
import sys
import zipfile
from collections import defaultdict
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from bulou.kernel.errors import InputFault
from bulou.matching.coverage import coverage

people = st.integers(0, 12).map(lambda number: f"P{number:02}")
tubes = st.integers(0, 6).map(lambda number: f"T{number}")
blank = st.sampled_from(["", " ", "\u3000", "\u00a0"])


def _write(path: Path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def _oracle(roster, specimens, exemptions):
    places = dict(roster)
    by_person = defaultdict(set)
    for tube, person in specimens:
        by_person[person].add(tube)
    exempt = set(exemptions)
    return {
        "roster": len(places),
        "tested": sum(person in by_person for person in places),
        "missing": sorted((p, places[p]) for p in places if p not in by_person and p not in exempt),
        "exempt": sum(p in exempt and p not in by_person for p in places),
        "exempt_unknown": len(exempt - set(places)),
        "duplicates": sorted((p, sorted(held)) for p, held in by_person.items() if len(held) > 1),
        "unregistered": sorted(set(by_person) - set(places)),
        "units": len(set(places.values())),
    }


@settings(max_examples=60, deadline=None)
@given(
    roster=st.dictionaries(people, st.sampled_from(["520102016001", "520102016002", "520103019001"]), min_size=1),
    specimens=st.lists(st.tuples(tubes, people), max_size=30),
    exemptions=st.lists(people, max_size=5),
    pads=st.tuples(blank, blank),
    form=st.sampled_from(["csv", "parquet"]),
)
def test_every_output_equals_the_oracle(tmp_path_factory, roster, specimens, exemptions, pads, form):
    folder = tmp_path_factory.mktemp("coverage")
    when = "2022-09-20T08:00"
    files = {
        "roster": (["person_id", "unit_code"], [(pads[0] + p + pads[1], place) for p, place in roster.items()]),
        "specimens": (["tube_id", "person_id", "collected_at"], [(t + pads[1], pads[0] + p, when) for t, p in specimens]),
        "exemptions": (["person_id", "reason"], [(p, "medical") for p in exemptions]),
    }
    paths = {}
    for name, (header, rows) in files.items():
        paths[name] = _write(folder / f"{name}.csv", header, rows)
        if form == "parquet":
            made = folder / f"{name}.parquet"
            duckdb.sql(
                f"COPY (SELECT * FROM read_csv('{paths[name]}', all_varchar=true, header=true)) TO '{made}' (FORMAT parquet)"
            )
            paths[name] = made
    out = folder / "out"
    found = coverage(**paths, out=out).as_json()
    want = _oracle(roster.items(), specimens, exemptions)
    assert {name: found[name] for name in ("roster", "tested", "exempt", "exempt_unknown", "units")} == {
        name: want[name] for name in ("roster", "tested", "exempt", "exempt_unknown", "units")
    }
    assert (found["missing"], found["duplicate_people"], found["unregistered"]) == (
        len(want["missing"]),
        len(want["duplicates"]),
        len(want["unregistered"]),
    )

    def read(name):
        return duckdb.sql(f"SELECT * FROM read_parquet('{out / name}.parquet')").fetchall()

    assert read("missing") == want["missing"]
    assert read("duplicates") == want["duplicates"]
    assert read("unregistered") == [(p,) for p in want["unregistered"]]
    assert sum(row[1] for row in read("by_unit")) == found["roster"]
    assert all(row[1] == row[2] + row[3] + row[4] for row in read("by_unit"))


@pytest.fixture
def good(tmp_path):
    return {
        "roster": _write(
            tmp_path / "roster.csv", ["person_id", "place_code"], [("001", "520102016001"), ("002", "520102016001")]
        ),
        "specimens": _write(
            tmp_path / "specimens.csv", ["tube_id", "person_id", "collected_at"], [("T1", "001", "2022-09-20T08:00")]
        ),
    }


def _refused(files, out, **change):
    with pytest.raises(InputFault) as fault:
        coverage(**{**files, **change}, out=out)
    assert not out.exists() or list(out.iterdir()) == []
    return fault.value


def test_gb18030_and_gzip_and_a_byte_order_mark_are_read(good, tmp_path):
    chinese = tmp_path / "名册.csv"
    chinese.write_bytes("person_id,place_code\n张三001,520102016001\n".encode("gb18030"))
    assert coverage(roster=chinese, specimens=good["specimens"]).missing == 1
    packed = tmp_path / "specimens.csv.gz"
    packed.write_bytes(gzip.compress(b"\xef\xbb\xbf" + good["specimens"].read_bytes()))
    assert coverage(roster=good["roster"], specimens=packed).tested == 1


@pytest.mark.parametrize(
    ("name", "content", "code", "row", "column"),
    [
        ("roster", b"", "empty", None, ""),
        ("roster", b"person,place_code\n1,2\n", "column-missing", 1, "person_id"),
        ("roster", b"person_id,person_id,place_code\n1,1,2\n", "column-twice", 1, "person_id"),
        ("roster", b"person_id,place_code\n", "empty", None, ""),
        ("roster", b"person_id,place_code\n001,5\n001,5\n", "person-twice", 2, "person_id"),
        ("roster", b"person_id,place_code\n001,5\n ,5\n", "blank", 3, "person_id"),
        ("roster", b"person_id,place_code\n001,\n", "blank", 2, "place_code"),
        ("roster", b"person_id,place_code\n001,5\n002\n", "bad-row", None, ""),
        ("roster", b"person_id,place_code\n\xff\xff\xff\x80,5\n", "encoding", None, ""),
        ("specimens", b"tube_id,person_id,collected_at\nT1,001,yesterday\n", "bad-instant", 2, "collected_at"),
        ("specimens", b"tube_id,person_id,collected_at\n,001,2022-09-20\n", "blank", 2, "tube_id"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_whole_and_says_where(good, tmp_path, name, content, code, row, column):
    bad = tmp_path / f"bad-{name}.csv"
    bad.write_bytes(content)
    fault = _refused(good, tmp_path / "out", **{name: bad})
    assert (fault.code, fault.file, fault.column) == (code, bad.name, column)
    assert fault.row == row or code == "bad-row"


def test_numeric_ids_are_refused_with_their_remedy(good, tmp_path):
    parquet = tmp_path / "roster.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS person_id, '520102016001' AS place_code) TO '{parquet}' (FORMAT parquet)")
    assert _refused(good, tmp_path / "out", roster=parquet).code == "numeric-id"
    book = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, ["person_id", "place_code"])
        sheet.write_row(1, 0, ["001", "520102016001"])
        sheet.write_row(2, 0, [2, "520102016001"])
    fault = _refused(good, tmp_path / "out", roster=book)
    assert (fault.code, fault.row, fault.column) == ("numeric-id", 3, "person_id")
    assert "text" in fault.remedy


def test_an_honest_workbook_is_read(good, tmp_path):
    book = tmp_path / "roster.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        for row, cells in enumerate([["person_id", "place_code"], ["001", "520102016001"], ["002", "520102016001"]]):
            sheet.write_row(row, 0, cells)
    assert coverage(roster=book, specimens=good["specimens"]).missing == 1


def test_two_cells_at_the_corners_are_refused_before_the_parser_sees_them(good, tmp_path):
    book = tmp_path / "corners.xlsx"
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.write(0, 0, "person_id")
        sheet.write(1_048_575, 16_383, "x")
    assert book.stat().st_size < 10_000
    fault = _refused(good, tmp_path / "out", roster=book)
    assert fault.code == "too-large"
    assert "1048576 rows × 16384 columns" in fault.message


def test_a_megabyte_that_unpacks_to_a_gigabyte_is_refused(good, tmp_path):
    book = tmp_path / "bomb.xlsx"
    with (
        zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(1_000):
            part.write(b" " * (1 << 20))
    assert book.stat().st_size < 2 << 20
    assert _refused(good, tmp_path / "out", roster=book).code == "too-large"


def test_rubbish_named_xlsx_is_refused(good, tmp_path):
    book = tmp_path / "rubbish.xlsx"
    book.write_bytes(b"not a zip at all")
    assert _refused(good, tmp_path / "out", roster=book).code == "unreadable"


def _bulou(*arguments):
    start = "import sys; from bulou.commands.main import run; sys.exit(run(sys.argv[1:]))"
    return subprocess.run([sys.executable, "-c", start, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_the_command_answers_with_exit_codes_and_one_line(good, tmp_path):
    done = _bulou("coverage", "--roster", good["roster"], "--specimens", good["specimens"], "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["missing"] == 1
    bad = _bulou("coverage", "--roster", tmp_path / "nothing.csv", "--specimens", good["specimens"], "--json")
    assert bad.returncode == 2
    assert json.loads(bad.stdout)["error"]["code"] == "no-file"
    assert bad.stderr.count("\n") == 1


def test_a_file_command_starts_without_django():
    probe = "import sys; import bulou.commands.coverage; print(sorted({'django', 'pyarrow', 'rich'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""What tracing refuses, with file, row, column and remedy, and nothing written; what it reads; what packing leaves alone."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import duckdb
import pytest
import xlsxwriter

from bulou.commands.main import run
from bulou.kernel.errors import InputFault
from bulou.matching.presence import pack as pack_module
from bulou.matching.presence.pack import pack
from bulou.matching.presence.packed import MANIFEST, first_damage
from bulou.matching.presence.trace import trace
from tests.matching import presence_cases as drawn

PRESENCE = ["person_id", "place_id", "arrived_at", "left_at"]
CASES = ["person_id", "infectious_from", "infectious_until"]
GOOD = [("A", "X", "2022-09-20T08:00", "2022-09-20T09:00"), ("B", "X", "2022-09-20T08:30", "2022-09-20T09:30")]
CASE = [("A", "2022-09-20", "2022-09-20")]


@pytest.fixture
def good(tmp_path):
    return {
        "presence": drawn.write(tmp_path / "presence.csv", PRESENCE, GOOD),
        "cases": drawn.write(tmp_path / "cases.csv", CASES, CASE),
    }


def _refused(tmp_path, files):
    """The fault of both doors to the same file, which leave nothing behind."""
    faults = []
    for ask in (
        lambda: trace(**files, out=tmp_path / "out"),
        lambda: trace(presence=pack(files=[files["presence"]], to=tmp_path / "p") and tmp_path / "p", cases=files["cases"]),
    ):
        with pytest.raises(InputFault) as fault:
            ask()
        faults.append((fault.value.file, fault.value.row, fault.value.column, fault.value.code))
        assert fault.value.remedy
    assert faults[0] == faults[1]
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".presence-*"))
    return faults[0]


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ((" ", "X", "2022-09-20T08:00", "2022-09-20T09:00"), "person_id", "blank"),
        (("C", "", "2022-09-20T08:00", "2022-09-20T09:00"), "place_id", "blank"),
        (("C", "X", "yesterday", "2022-09-20T09:00"), "arrived_at", "bad-instant"),
        (("C", "X", "", "2022-09-20T09:00"), "arrived_at", "bad-instant"),
        (("C", "X", "epoch", "2022-09-20T09:00"), "arrived_at", "bad-instant"),
        (("C", "X", "2022-09-20T08:00", "infinity"), "left_at", "bad-instant"),
        (("C", "X", "2022-09-20T08:00", "2022-02-30"), "left_at", "bad-instant"),
        (("C", "X", "2022-09-20T08:00", "12022-02-20"), "left_at", "bad-instant"),
        (("C", "X", "2022-09-20T08:00", "2022-09-20T08:00"), "left_at", "empty-interval"),
        (("C", "X", "2022-09-20T08:00", "2022-09-20T08:00+08:30"), "left_at", "empty-interval"),
    ],
)
@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_first_bad_presence_refuses_the_file(tmp_path, good, row, column, code, form):
    later = ("", "", "", "")
    path = drawn.write(tmp_path / "bad.csv", PRESENCE, [*GOOD, row, *GOOD, later])
    if form == "parquet":
        made = tmp_path / "bad.parquet"
        duckdb.sql(f"COPY (FROM read_csv('{path}', all_varchar=true, header=true, quote='\"')) TO '{made}' (FORMAT parquet)")
        path = made
    assert _refused(tmp_path, {**good, "presence": path}) == (path.name, 4 if form == "csv" else 3, column, code)


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        (("", "2022-09-20", "2022-09-21"), "person_id", "blank"),
        (("C", "20 September", "2022-09-21"), "infectious_from", "bad-instant"),
        (("C", "2022-09-20", "x"), "infectious_until", "bad-instant"),
        (("C", "2022-09-20", "2022-09-19"), "infectious_until", "empty-interval"),
    ],
)
def test_the_first_bad_case_refuses_the_file(tmp_path, good, row, column, code):
    path = drawn.write(tmp_path / "bad-cases.csv", CASES, [*CASE, row])
    assert _refused(tmp_path, {**good, "cases": path}) == ("bad-cases.csv", 3, column, code)


def test_a_column_missing_or_twice_an_empty_file_and_another_ending_are_refused(tmp_path, good):
    missing = drawn.write(tmp_path / "missing.csv", PRESENCE[:3], [row[:3] for row in GOOD])
    assert _refused(tmp_path, {**good, "presence": missing})[2:] == ("left_at", "column-missing")
    twice = drawn.write(tmp_path / "twice.csv", [*PRESENCE, "left_at"], [(*row, row[3]) for row in GOOD])
    assert _refused(tmp_path, {**good, "presence": twice})[2:] == ("left_at", "column-twice")
    ragged = tmp_path / "ragged.csv"
    ragged.write_text("person_id,place_id,arrived_at,left_at\nA,X,2022-09-20T08:00,2022-09-20T09:00\nA,X\n")
    assert _refused(tmp_path, {**good, "presence": ragged}) == ("ragged.csv", 3, "", "bad-row")
    empty = tmp_path / "empty.csv"
    empty.touch()
    assert _refused(tmp_path, {**good, "presence": empty})[3] == "empty"
    assert _refused(tmp_path, {**good, "presence": tmp_path / "nowhere.csv"})[3] == "no-file"
    assert _refused(tmp_path, {**good, "cases": drawn.write(tmp_path / "cases.txt", CASES, CASE)})[3] == "ending"


def test_numbers_as_ids_are_refused(tmp_path, good):
    path = tmp_path / "numbers.parquet"
    duckdb.sql(
        "COPY (SELECT 7 AS person_id, 'X' AS place_id, TIMESTAMP '2022-09-20 08:00' AS arrived_at, "
        f"TIMESTAMP '2022-09-20 09:00' AS left_at) TO '{path}' (FORMAT parquet)"
    )
    assert _refused(tmp_path, {**good, "presence": path})[2:] == ("person_id", "numeric-id")


@pytest.mark.parametrize(
    "change", [{"min_minutes": -1}, {"min_minutes": "nan"}, {"min_minutes": "x"}, {"min_minutes": "1e999999"}, {"rings": 0}]
)
def test_numbers_out_of_range_are_refused(tmp_path, good, change):
    pack(files=[good["presence"]], to=tmp_path / "packed")
    for presence in (good["presence"], tmp_path / "packed"):
        with pytest.raises(InputFault) as fault:
            trace(**{**good, "presence": presence}, **change, out=tmp_path / "out")
        assert fault.value.code == "out-of-range"
    assert not (tmp_path / "out").exists()


def test_every_form_of_the_same_presences_gives_the_same_contacts(tmp_path, good):
    text = good["presence"].read_text("utf-8").replace("X", "火锅店").replace("B,", " B\u3000,")
    forms = {"utf8.csv": text.encode(), "mark.csv": b"\xef\xbb\xbf" + text.encode(), "gb.csv": text.encode("gb18030")}
    paths = []
    for name, content in forms.items():
        (tmp_path / name).write_bytes(content)
        paths.append(tmp_path / name)
    (tmp_path / "z.csv.gz").write_bytes(gzip.compress(text.encode()))
    zones = tmp_path / "zones.parquet"
    duckdb.sql(
        "COPY (SELECT * REPLACE (arrived_at::TIMESTAMP_NS AS arrived_at, (left_at || '+08:00')::TIMESTAMPTZ AS left_at) "
        f"FROM read_csv('{tmp_path / 'utf8.csv'}', all_varchar=true, header=true)) TO '{zones}' (FORMAT parquet)"
    )
    book = xlsxwriter.Workbook(tmp_path / "book.xlsx")
    sheet = book.add_worksheet()
    for number, line in enumerate(text.splitlines()):
        sheet.write_row(number, 0, line.split(","))
    book.close()
    answers = []
    for path in [*paths, tmp_path / "z.csv.gz", zones, tmp_path / "book.xlsx"]:
        trace(presence=path, cases=good["cases"], out=tmp_path / "out")
        answers.append(drawn.read_contacts(tmp_path / "out"))
        pack(files=[path, path], to=tmp_path / "packed")
        trace(presence=tmp_path / "packed", cases=good["cases"], out=tmp_path / "out")
        answers.append(drawn.read_contacts(tmp_path / "out"))
    half_past = -8 * 3_600_000_000 + 510 * drawn.MINUTE
    assert answers == [{"B": (1, "A", "火锅店", half_past, half_past + 30 * drawn.MINUTE)}] * len(answers)


def test_a_date_alone_begins_with_the_day_and_ends_with_it(tmp_path, good):
    rows = [("A", "X", "2022-09-20", "2022-09-20"), ("B", "X", "2022-09-20T23:40", "2022-09-21T01:00")]
    presence = drawn.write(tmp_path / "days.csv", PRESENCE, rows)
    assert trace(presence=presence, cases=good["cases"], min_minutes=20).rings == (1,)
    assert trace(presence=presence, cases=good["cases"], min_minutes="20.00001").rings == (0,)


def test_nobody_there_is_an_answer(tmp_path, good):
    nobody = drawn.write(tmp_path / "nobody.csv", PRESENCE, [])
    stranger = drawn.write(tmp_path / "stranger.csv", CASES, [("Z", "2022-09-20", "2022-09-21")])
    pack(files=[nobody], to=tmp_path / "packed")
    for presence in (nobody, tmp_path / "packed", good["presence"]):
        found = trace(presence=presence, cases=stranger, rings=2, out=tmp_path / "out")
        assert (found.cases, found.rings) == (1, (0, 0))
        assert drawn.read_contacts(tmp_path / "out") == {}


def test_packing_replaces_only_what_was_packed(tmp_path, good):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("kept")
    with pytest.raises(InputFault, match="something else"):
        pack(files=[good["presence"]], to=theirs)
    assert (theirs / "letter.txt").read_text() == "kept"
    pack(files=[good["presence"]], to=tmp_path / "packed")
    bad = drawn.write(tmp_path / "bad.csv", PRESENCE, [*GOOD, ("C", "X", "", "")])
    with pytest.raises(InputFault):
        pack(files=[good["presence"], bad], to=tmp_path / "packed")
    assert trace(presence=tmp_path / "packed", cases=good["cases"]).rings == (1,)
    more = drawn.write(tmp_path / "more.csv", PRESENCE, [("C", "X", "2022-09-20T08:00", "2022-09-20T09:00")])
    assert pack(files=[good["presence"], more], to=tmp_path / "packed").presences == 3
    assert trace(presence=tmp_path / "packed", cases=good["cases"]).rings == (2,)
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"theirs", "packed"}


def test_a_pack_that_fails_on_the_way_leaves_the_former_one(tmp_path, good, monkeypatch):
    pack(files=[good["presence"]], to=tmp_path / "packed")
    monkeypatch.setattr(pack_module, "_by_person", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pack(files=[good["presence"], good["presence"]], to=tmp_path / "packed")
    assert trace(presence=tmp_path / "packed", cases=good["cases"]).rings == (1,)
    assert not list(tmp_path.glob(".presence-*"))


def test_a_damaged_directory_is_refused_or_named(tmp_path, good):
    packed = tmp_path / "packed"
    pack(files=[good["presence"]], to=packed)
    assert first_damage(packed) is None
    assert run(["presence", "verify", str(packed)]) == 0
    whole = (packed / "left.bin").read_bytes()
    (packed / "left.bin").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert first_damage(packed) == "left.bin"
    assert run(["presence", "verify", str(packed)]) == 1
    (packed / "left.bin").write_bytes(whole[:-8])
    with pytest.raises(InputFault, match=r"left\.bin"):
        trace(presence=packed, cases=good["cases"])
    (packed / MANIFEST).write_text((packed / MANIFEST).read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(InputFault, match="version"):
        trace(presence=packed, cases=good["cases"])
    (packed / MANIFEST).write_text("{")
    with pytest.raises(InputFault, match="manifest"):
        trace(presence=packed, cases=good["cases"])
    with pytest.raises(InputFault, match="not a packed directory"):
        trace(presence=tmp_path, cases=good["cases"])


def test_stays_that_do_not_fit_on_the_line_are_refused_and_traced_from_the_file(tmp_path, good):
    rows = [("A", f"X{number}", "0001-01-01", "9999-12-31T00:00") for number in range(40)]
    presence = drawn.write(tmp_path / "long.csv", PRESENCE, [*rows, ("B", "X7", *GOOD[0][2:])])
    with pytest.raises(InputFault) as fault:
        pack(files=[presence], to=tmp_path / "packed")
    assert fault.value.code == "too-long"
    assert not (tmp_path / "packed").exists()
    assert trace(presence=presence, cases=good["cases"]).rings == (1,)


def test_the_command_line_prints_one_object_and_exits_2_on_a_fault(tmp_path, good):
    def bulou(*arguments):
        return subprocess.run(
            [sys.executable, "-c", "from bulou.commands.main import main; main()", *map(str, arguments)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    packed = bulou("presence", "pack", good["presence"], "--to", tmp_path / "packed", "--json")
    assert packed.returncode == 0
    assert {**json.loads(packed.stdout), "bytes": 0, "elapsed_s": 0} == {
        "presences": 2, "people": 2, "places": 1, "bytes": 0, "elapsed_s": 0,
    }  # fmt: skip
    for presence in (good["presence"], tmp_path / "packed"):
        asked = bulou("trace", "--presence", presence, "--cases", good["cases"], "--rings", 3, "--json")
        assert (asked.returncode, asked.stderr) == (0, "")
        assert list(json.loads(asked.stdout)) == ["cases", "ring1", "ring2", "ring3", "elapsed_s"]
    bad = drawn.write(tmp_path / "bad.csv", CASES, [("A", "?", "2022-09-20")])
    refused = bulou("trace", "--presence", tmp_path / "packed", "--cases", bad, "--json")
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["error"]["code"] == "bad-instant"
    assert refused.stderr.startswith("bulou: bad.csv, row 2, column infectious_from: ")
    other = bulou("trace", "--presence", tmp_path / "packed", "--cases", good["cases"], "--engine", "spark")
    assert (other.returncode, "spark" in other.stderr) == (2, True)

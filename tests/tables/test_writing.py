"""What is written is read back equal, in every format: Chinese, quotes, newlines, leading zeros, long digits, formulas."""

from __future__ import annotations

import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bulou.kernel.errors import InputFault
from bulou.tables import writing
from bulou.tables.relation import open_source

COLUMNS = ("person_id", "place_code", "name")
HARD = [
    "007",
    "520102199001011234",
    "=1+1",
    "+86",
    "-5",
    "@SUM(A1)",
    '他说"不漏"',
    "一行\n又一行",
    "a,b;c\td",
    "𠮷",
    "1e5",
    "true",
    "2022-09-20",
    "http://example.org",
    "_x000D_",
    "",
]
cells = st.one_of(
    st.sampled_from(HARD),
    st.text("0123456789", min_size=1, max_size=18),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), include_characters="\n\t"), max_size=30),
)
tables = st.lists(st.tuples(st.text("0123456789X", min_size=1, max_size=18), cells, cells), min_size=1, max_size=12)


def read(path: Path) -> list[tuple[str, ...]]:
    with duckdb.connect() as connection, tempfile.TemporaryDirectory() as folder:
        source = open_source(connection, path, needed=COLUMNS, folder=Path(folder))
        texts = ", ".join(f"coalesce({name}, '')" for name in source.columns)  # an empty cell reads as NULL, as at staging
        return connection.execute(f"SELECT {texts} FROM {source.sql}").fetchall()


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".parquet"])
@settings(max_examples=25, deadline=None)
@given(rows=tables)
def test_what_is_written_is_read_back_equal(ending, rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"table{ending}"
        assert writing.write_table(path, COLUMNS, rows) == len(rows)
        assert read(path) == rows
        assert [one.name for one in Path(folder).iterdir()] == [path.name]


@settings(max_examples=6, deadline=None)  # each example starts a child process
@given(rows=tables)
def test_a_workbook_reads_back_equal(rows):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        assert writing.write_table(path, COLUMNS, rows) == len(rows)
        assert read(path) == rows


@pytest.mark.parametrize("ending", writing.ENDINGS)
def test_every_hard_text_survives(ending, tmp_path):
    rows = [(f"{number:018}", cell, cell) for number, cell in enumerate(HARD)]
    path = tmp_path / f"table{ending}"
    writing.write_table(path, COLUMNS, rows)
    assert read(path) == rows


def test_the_same_rows_are_the_same_bytes(tmp_path):
    for ending in (".csv", ".csv.gz", ".parquet"):
        one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending}"
        for path in (one, two):
            writing.write_table(path, COLUMNS, [("1", "2", "3")])
        assert one.read_bytes() == two.read_bytes()


def test_a_failure_leaves_the_old_file_and_no_half_one(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def broken():
        yield ("1", "2", "3")
        raise InputFault("the database went away")

    with pytest.raises(InputFault):
        writing.write_table(path, COLUMNS, broken())
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("table.csv", "old")]


def test_refusals_name_the_file(tmp_path):
    with pytest.raises(InputFault, match="not a format"):
        writing.write_table(tmp_path / "table.ods", COLUMNS, [])
    with pytest.raises(InputFault, match="cannot be written"):
        writing.write_table(tmp_path / "missing" / "table.csv", COLUMNS, [])
    with pytest.raises(InputFault, match="row 2, column name"):
        writing.write_table(tmp_path / "table.xlsx", COLUMNS, [("1", "2", "x" * 40_000)])

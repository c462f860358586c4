"""Loading by set: whatever stood before, the table, the counts and the book are those of one row after the other."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb
import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulou.exchange import loading
from bulou.exchange.importing import import_file
from bulou.exchange.staging import Check, stage
from bulou.kernel.actor import Role
from bulou.people import drift
from bulou.people.models import BaseNumberChange, Resident
from tests import city as cities

PLACES = (cities.COMMUNITY_A, cities.COMMUNITY_B, f"{cities.COMMUNITY_B}-0001")
HEADER = ("person_id", "place_code", "name", "household_id", "birth_on", "since_on", "left_on")
DAYS = st.sampled_from(["", "2001-02-03", "1980-12-31"])
# What a COPY, a CSV or a statement could misread: ends of data, quotes, NULL, marks, lines.
WORDS = ["张三", "\\.", "a\n\\.\nb", 'q"u', "x,y", "NULL", "\\N", "%s", "?", "'; --", "", "{}", "e\\"]
PEOPLE = st.dictionaries(
    st.sampled_from([f"P{number}" for number in range(6)]),
    st.tuples(st.sampled_from(PLACES), st.sampled_from(WORDS), st.sampled_from(["", "H1"]), DAYS, DAYS, DAYS),
    min_size=1,
)


def _file(folder: Path, rows, header=HEADER):
    path = folder / "people.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def _import(city, folder, rows, header=HEADER):
    by = city.actor(cities.CITY, role=Role.DUTY_LEADER)
    counts = import_file(kind="residents", path=_file(folder, rows, header), by=by, at=cities.at())
    assert counts.rows_in == counts.created + counts.updated + counts.unchanged + counts.rejected
    assert drift.unequal() == []
    return counts


def _table():
    return {
        row[0]: (*row[1:4], *(str(day or "") for day in row[4:]))
        for row in Resident.objects.values_list(*HEADER)  # every column that the files have
    }


def _book():
    steps = {}
    for row in BaseNumberChange.objects.all():
        steps[row.place_code] = steps.get(row.place_code, 0) + row.change
    return {place: total for place, total in steps.items() if total}


def _stay(table):
    count = {}
    for place, *_, left in table.values():
        if not left:
            count[place[:12]] = count.get(place[:12], 0) + 1
    return count


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=PEOPLE, after=PEOPLE, piece=st.sampled_from([1, 2, 20_000]))
def test_a_file_by_set_is_its_rows_one_after_the_other(city, tmp_path, before, after, piece):
    Resident.objects.all().delete()
    BaseNumberChange.objects.all().delete()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "_ROWS", piece)
        first = _import(city, tmp_path, [(person, *about) for person, about in before.items()])
        assert (first.created, first.updated, first.unchanged) == (len(before), 0, 0)
        second = _import(city, tmp_path, [(person, *about) for person, about in after.items()])
        again = _import(city, tmp_path, [(person, *about) for person, about in after.items()])
    standing = before.keys() & after.keys()
    changed = sum(before[person] != after[person] for person in standing)
    assert (second.created, second.updated) == (len(after) - len(standing), changed)
    assert (again.created, again.updated, again.rejected) == (0, 0, 0)
    by_set, book = _table(), _book()
    assert by_set == before | after
    assert book == _stay(by_set)

    Resident.objects.all().delete()
    BaseNumberChange.objects.all().delete()
    for rows in (before, after):
        for person, about in rows.items():
            _import(city, tmp_path, [(person, *about)])
    assert _table() == by_set
    assert _book() == book


@pytest.mark.django_db
def test_a_file_in_many_pieces_meets_half_of_its_people(city, tmp_path, monkeypatch):
    monkeypatch.setattr(loading, "_ROWS", 7)
    rows = [(f"P{number}", PLACES[number % 2], f"n{number}") for number in range(60)]
    header = HEADER[:3]
    _import(city, tmp_path, rows[::2], header)
    rows[4] = (*rows[4][:2], "another")
    counts = _import(city, tmp_path, rows, header)
    assert (counts.created, counts.updated, counts.unchanged) == (30, 1, 29)
    assert sorted(Resident.objects.values_list(*header)) == sorted(rows)


@pytest.mark.django_db
def test_somebody_entered_by_hand_meanwhile_is_met_by_a_second_look(city, tmp_path, monkeypatch):
    looks = []

    def overtaken(source, target):
        stand = stage_in(source, target)
        looks.append(stand)
        if len(looks) == 1:
            Resident.objects.create(pk="P2", place_code=PLACES[0], identity_kind="none")
        return stand

    stage_in = loading.stage_in
    monkeypatch.setattr(loading, "stage_in", overtaken)
    counts = _import(city, tmp_path, [("P1", PLACES[0]), ("P2", PLACES[0])], HEADER[:2])
    assert len(looks) == 2
    assert counts.created == Resident.objects.count() == 2
    assert _book() == {PLACES[0]: 2}


@pytest.mark.django_db
def test_the_database_is_left_with_the_memory_that_it_had(city, tmp_path):
    def cache():
        if connection.vendor != "sqlite":
            return None
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size")
            return cursor.fetchone()

    usual = cache()
    _import(city, tmp_path, [("P1", PLACES[0])], HEADER[:2])
    assert cache() == usual
    assert Resident.objects.get().birth_on is None


def test_each_row_of_a_long_file_keeps_its_number_and_its_first_fault(tmp_path):
    count, bad = 400_000, {17, 130_000, 262_143, 399_999}
    path = tmp_path / "long.csv"
    with path.open("w", encoding="utf-8") as out:
        out.write("person_id,place_code\n")
        out.writelines(f"P{number},{'x' if number in bad else 'a'}\n" for number in range(count))
    checks = [
        Check("place_code", "place_code = 'x'", "it's x"),
        Check("person_id", "person_id = 'P17'", "never said: the second"),
    ]
    with duckdb.connect() as source:
        staged = stage(
            source, path, key=("person_id",), needed=("person_id", "place_code"), optional=(), names={},
            checks=lambda _: checks, folder=tmp_path, layers=lambda _: [],
        )  # fmt: skip
        found = source.execute("SELECT n, problem_column, problem FROM staged WHERE problem IS NOT NULL ORDER BY n").fetchall()
        assert source.execute("SELECT count(*) FROM staged WHERE person_id <> 'P' || (n - 2)").fetchone() == (0,)
    assert found == [(number + 2, "place_code", "it's x") for number in sorted(bad)]
    assert (staged.rows_in, staged.rejected, staged.repeats) == (count, len(bad), 0)

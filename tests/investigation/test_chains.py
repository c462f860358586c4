"""Chains of transmission: generations against another way of counting, circles, several infectors, MERS in Korea 2015."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.exchange.exporting import export_file
from bulou.exchange.importing import import_file
from bulou.exchange.mapping import read_mapping
from bulou.investigation import linking, queries
from bulou.investigation.models import Case, CaseLink
from bulou.investigation.rules.chains import Chains, Flag, Link, Node, chains, would_close_a_circle
from bulou.kernel.errors import Conflict, InputFault, NotFound, Refused
from bulou.ledger.models import Entry
from tests.city import CITY, EAST, WEST, City, at

LISTS = Path(__file__).resolve().parents[2] / "../shared/data/linelists"
KOREA = LISTS / "mers_korea_2015_linelist.csv"


def made(*pairs: tuple[str, str], nodes: str = "", onset: dict[str, date] | None = None) -> Chains:
    codes = sorted({code for pair in pairs for code in pair} | set(nodes))
    known = onset or {}
    return chains(
        [Node(code=code, onset=known.get(code), seen=date(2022, 9, 1)) for code in codes],
        [Link(infector=one, case=other) for one, other in pairs],
        longest_interval=14,
    )


def test_a_generation_is_one_more_than_the_nearest_infectors() -> None:
    found = made(("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), nodes="z")
    assert found.generation == {"a": 0, "b": 1, "c": 1, "d": 2, "z": 0}
    assert found.latest == {"a": 0, "b": 1, "c": 2, "d": 3, "z": 0}
    assert found.infectors["c"] == ("a", "b")
    assert found.flagged(Flag.SEVERAL) == ("c",)
    assert found.orphans == ("z",)
    assert found.clusters == (("a", "b", "c", "d"),)
    assert found.by_generation == {0: 2, 1: 2, 2: 1}


def test_a_circle_has_no_generation_and_neither_has_what_lies_behind_it() -> None:
    found = made(("a", "b"), ("b", "c"), ("c", "a"), ("c", "d"), ("x", "y"))
    assert found.generation == {"a": None, "b": None, "c": None, "d": None, "x": 0, "y": 1}
    assert found.flagged(Flag.CYCLE) == ("a", "b", "c", "d")


def test_gaps_are_named() -> None:
    onset = {"a": date(2022, 9, 10), "b": date(2022, 9, 8), "c": date(2022, 9, 30)}
    found = made(("a", "b"), ("a", "c"), ("a", "d"), onset=onset)
    assert found.flagged(Flag.INFECTOR_LATER) == ("b",)
    assert found.flagged(Flag.LONG_INTERVAL) == ("c",)
    assert found.flagged(Flag.NO_ONSET) == ("d",)
    assert (sorted(found.intervals), found.interval) == ([-2, 20], 9)


def test_links_of_unknown_cases_and_of_a_case_to_itself_are_left_out() -> None:
    nodes = [Node(code="a", onset=None, seen=date(2022, 9, 1))]
    found = chains(nodes, [Link(infector="a", case="?"), Link(infector="a", case="a")], longest_interval=14)
    assert found.generation == {"a": 0}
    assert found.orphans == ("a",)


_PAIRS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda pair: pair[0] != pair[1]), max_size=25)


@given(_PAIRS)
def test_generations_equal_the_length_of_the_shortest_way_from_an_uninfected_case(pairs: list[tuple[int, int]]) -> None:
    found = made(*((str(one), str(other)) for one, other in pairs))
    into: dict[str, set[str]] = {}
    for one, other in pairs:
        into.setdefault(str(other), set()).add(str(one))
    codes = {str(code) for pair in pairs for code in pair}
    # Without a circle: relax until nothing changes. Cases in or behind a circle are those that can be peeled off never.
    left = set(codes)
    while peeled := {code for code in left if not into.get(code, set()) & left}:
        left -= peeled
    shortest = {code: 0 for code in codes if code not in into}
    for _ in codes:
        for code in codes - left:
            if code in into:
                known = [shortest[one] for one in into[code] if one in shortest]
                shortest[code] = min(known) + 1 if len(known) == len(into[code]) else shortest.get(code, 99)
    assert {code: found.generation[code] for code in codes - left} == {code: shortest[code] for code in codes - left}
    assert {code for code in codes if found.generation[code] is None} == left
    assert sorted(code for cluster in found.clusters for code in cluster) == sorted(codes)


@given(_PAIRS, st.tuples(st.integers(0, 11), st.integers(0, 11)))
def test_a_link_closes_a_circle_exactly_when_it_takes_generations_away(
    pairs: list[tuple[int, int]], one: tuple[int, int]
) -> None:
    named = [(str(infector), str(case)) for infector, case in pairs]
    if any(generation is None for generation in made(*named).generation.values()) or one[0] == one[1]:
        return
    more = made(*named, (str(one[0]), str(one[1])))
    closes = would_close_a_circle(
        infector=str(one[0]), case=str(one[1]), links=[Link(infector=infector, case=case) for infector, case in named]
    )
    assert closes == any(generation is None for generation in more.generation.values())


@pytest.fixture
def four(city: City, tmp_path: Path) -> list[str]:
    path = tmp_path / "cases.csv"
    path.write_text("case_id,detected_at,place_code\n" + "".join(f"C{n},2022-09-1{n},{EAST}\n" for n in range(4)))
    assert import_file(kind="cases", path=path, by=city.actor(EAST), at=at(1)).created == 4
    return [f"C{n}" for n in range(4)]


@pytest.mark.django_db
def test_links_are_refused_where_they_close_a_circle_or_say_otherwise(city: City, four: list[str]) -> None:
    say = {"by": city.actor(EAST), "at": at(2)}
    for one, other in (("C0", "C1"), ("C1", "C2"), ("C0", "C2")):
        linking.link_cases(infector=one, case=other, **say)
    assert linking.link_cases(infector="C0", case="C1", **say).pk == CaseLink.objects.get(infector="C0", case="C1").pk
    with pytest.raises(Refused, match="already"):
        linking.link_cases(infector="C2", case="C0", **say)
    with pytest.raises(InputFault):
        linking.link_cases(infector="C2", case="C2", **say)
    with pytest.raises(Conflict):
        linking.link_cases(infector="C0", case="C1", note="seen together", **say)
    with pytest.raises(NotFound):
        linking.link_cases(infector="C0", case="C9", **say)
    with pytest.raises(NotFound):
        linking.link_cases(infector="C0", case="C3", by=city.actor(WEST), at=at(2))
    link = CaseLink.objects.get(infector="C1", case="C2")
    linking.unlink_cases(link=link.pk, why="another person of that name", **say)
    linking.unlink_cases(link=CaseLink.objects.get(infector="C0", case="C2").pk, why="likewise", **say)
    linking.link_cases(infector="C2", case="C0", **say)
    assert Entry.objects.filter(tag="case:link:withdrawn").count() == 2


MAPPING = """
id = "case_id"
dt_onset = "onset_on"
dt_report = "reported_at"
dt_diag = "diagnosed_at"
dt_start_exp = "exposed_from_on"
dt_end_exp = "exposed_until_on"
dt_death = "died_on"
place_infect = "infected_where"
loc_hosp = "facility"
[constant]
status = "confirmed"
"""
LINKS = """
from = "infector_id"
to = "case_id"
exposure = ["setting", "note"]
[words.setting]
"Hospital room" = "healthcare"
"Emergency room" = "healthcare"
"Visit hospital" = "healthcare"
"Contact with HCW" = "healthcare"
"Family member" = "household"
"""


def mapping(folder: Path, text: str) -> Path:
    path = folder / "mapping.toml"
    path.write_text(text)
    return path


@pytest.mark.django_db
@pytest.mark.skipif(not KOREA.exists(), reason="the line list of MERS in Korea is not here")
def test_mers_in_korea_2015_is_imported_as_it_is(city: City, tmp_path: Path) -> None:
    leader = city.actor(CITY)
    read = import_file(
        kind="cases", path=KOREA, mapping=read_mapping(mapping(tmp_path, MAPPING)), by=leader, at=at(1)
    )  # fmt: skip
    assert (read.rows_in, read.created, read.rejected) == (162, 162, 0)
    pairs = KOREA.with_name("mers_korea_2015_contacts.csv")
    linked = import_file(kind="links", path=pairs, mapping=read_mapping(mapping(tmp_path, LINKS)), by=leader, at=at(1))
    assert (linked.rows_in, linked.created, linked.rejected) == (98, 98, 0)
    assert Case.objects.filter(onset_on=None).count() == 27
    assert not Entry.objects.filter(tag="case:case:opened").exists(), "history: nobody owes a chase of 2015"

    found = queries.chains_of(leader)
    with duckdb.connect() as connection:  # counted by another engine, from the file itself
        connection.execute(f"CREATE TABLE line AS SELECT id FROM read_csv('{KOREA}', all_varchar = true)")
        connection.execute(f'CREATE TABLE link AS SELECT "from" AS f, "to" AS t FROM read_csv(\'{pairs}\', all_varchar = true)')
        counted = connection.execute(
            "WITH RECURSIVE ways(id, n) AS (SELECT id, 0 FROM line WHERE id NOT IN (SELECT t FROM link) "
            "UNION SELECT t, n + 1 FROM ways JOIN link ON f = id) "
            "SELECT g, count(*) FROM (SELECT id, min(n) AS g FROM ways GROUP BY id) GROUP BY g ORDER BY g"
        ).fetchall()
    assert found.by_generation == dict(counted) == {0: 67, 1: 28, 2: 65, 3: 2}
    assert {code: len(one) for code, one in found.infectors.items() if len(one) > 1} == {"SK_39": 3, "SK_107": 2}
    assert len([code for code in found.generation if code not in found.infectors]) == 67
    assert len(found.flagged(Flag.NO_ONSET)) == 27
    assert (len(found.orphans), [len(one) for one in found.clusters]) == (65, [94, 3])


@pytest.mark.django_db
@pytest.mark.skipif(not KOREA.exists(), reason="the line list of MERS in Korea is not here")
def test_and_goes_out_and_comes_in_again_unchanged(city: City, tmp_path: Path) -> None:
    leader = city.actor(CITY)
    import_file(kind="cases", path=KOREA, mapping=read_mapping(mapping(tmp_path, MAPPING)), by=leader, at=at(1))
    pairs = KOREA.with_name("mers_korea_2015_contacts.csv")
    import_file(kind="links", path=pairs, mapping=read_mapping(mapping(tmp_path, LINKS)), by=leader, at=at(1))
    for kind, rows in (("cases", 162), ("links", 98)):
        path = tmp_path / f"{kind}.xlsx"
        assert export_file(kind=kind, target=path, by=leader, at=at(2)).rows == rows
        again = import_file(kind=kind, path=path, by=leader, at=at(3))
        assert (again.unchanged, again.rejected) == (rows, 0)
    with (tmp_path / "cases.csv").open("w") as out:
        writer = csv.writer(out)
        writer.writerows(
            [("case_id", "outcome", "onset_on", "status"), ("SK_39", "Dead", "", ""), ("SK_1", "", "", "asymptomatic")]
        )
    changed = import_file(kind="cases", path=tmp_path / "cases.csv", by=leader, at=at(4))
    assert (changed.updated, changed.rejected) == (1, 1), "a line adds; a diagnosis is changed by its own action, with a reason"
    assert Case.objects.get(pk="SK_39").outcome == "Dead"

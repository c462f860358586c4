"""The picture of the chains: every case once, in its generation's column, nobody on top of another, deep chains too."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bulou.investigation.rules.chains import Link, Node, chains
from bulou.web.show.chains import CELL, CaseShown, Picture, picture
from bulou.web.show.epicurve import curve


def drawn(pairs: list[tuple[str, str]], nodes: str = "") -> Picture:
    codes = sorted({code for pair in pairs for code in pair} | set(nodes))
    found = chains(
        [Node(code=code, onset=None, seen=date(2022, 9, 1)) for code in codes],
        [Link(infector=one, case=other) for one, other in pairs],
        longest_interval=14,
    )
    return picture(found, {code: CaseShown(label=code, href=f"/{code}", title=code) for code in codes})


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).filter(lambda pair: pair[0] != pair[1]), max_size=40))
def test_every_case_is_drawn_once_and_apart(pairs: list[tuple[int, int]]) -> None:
    found = drawn([(f"c{one}", f"c{other}") for one, other in pairs], nodes="xyz")
    places = [(node.x, node.y) for node in found.nodes]
    codes = {f"c{code}" for pair in pairs for code in pair} | set("xyz")
    assert sorted(node.label for node in found.nodes) == sorted(codes)
    assert len(set(places)) == len(places)
    assert all(0 < x < found.width and 0 < y < found.height for x, y in places)


def test_a_generation_is_a_column() -> None:
    found = drawn([("a", "b"), ("a", "c"), ("b", "d")], nodes="o")
    where = {node.label: node.x for node in found.nodes}
    assert where["a"] < where["b"] < where["d"]
    assert where["b"] - where["c"] in {0, CELL, -CELL}
    assert [(column.generation, column.count) for column in found.columns] == [(0, 1), (1, 2), (2, 1)]
    assert (found.orphans, [node.first for node in found.nodes if node.label == "a"]) == (1, [True])


def test_another_infector_is_a_dashed_line() -> None:
    found = drawn([("a", "c"), ("b", "c")])
    assert [line.dashed for line in found.lines].count(True) == 1


def test_a_chain_of_two_thousand_is_drawn_without_nesting() -> None:
    found = drawn([(f"n{number:04}", f"n{number + 1:04}") for number in range(2_000)])
    assert len(found.nodes) == 2_001


def test_the_curve_counts_days_with_and_without_symptoms() -> None:
    found = curve([(date(2022, 9, 1), date(2022, 9, 3)), (date(2022, 9, 1), date(2022, 9, 2)), (None, date(2022, 9, 3))])
    assert [(bar.first.day, bar.with_onset, bar.by_detection) for bar in found.bars] == [(1, 2, 0), (2, 0, 0), (3, 0, 1)]
    assert curve([]) is None
    long = curve([(date(2020, 1, 1), date(2020, 1, 1)), (None, date(2022, 1, 1))])
    assert (long.days % 7, sum(bar.total for bar in long.bars)) == (0, 2)
    assert len(long.bars) <= 92

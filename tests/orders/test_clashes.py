"""Which two orders cannot both be obeyed: a table of hand-written pairs, and what must hold of any pair."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.orders.choices import Bound, Clash, Subject, Verb
from bulou.orders.clashes import Command, clash
from tests.city import at

PAIRS = tomllib.loads(Path(__file__).with_name("pairs.toml").read_text(encoding="utf-8"))["pair"]


def _command(said):
    start, end = said.get("hours", (8, 18))
    return Command(
        verb=Verb(said["verb"]), subject=Subject(said["subject"]), place=said["place"], starts_at=at(start), ends_at=at(end),
        thing=said.get("thing", ""), amount=said.get("amount"), bound=Bound(said.get("bound", "at_least")),
    )  # fmt: skip


def test_the_table_is_long_enough_and_has_both_answers():
    assert len(PAIRS) >= 30
    assert {pair["clash"] for pair in PAIRS} == {"none", *Clash}


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["says"] for pair in PAIRS])
def test_a_pair_is_told_as_a_person_would(pair):
    one, other = _command(pair["a"]), _command(pair["b"])
    expected = None if pair["clash"] == "none" else Clash(pair["clash"])
    assert clash(one, other) is expected
    assert clash(other, one) is expected


COMMANDS = st.builds(
    lambda verb, subject, place, hours, thing, amount, bound: Command(
        verb=verb, subject=subject, place=place, starts_at=at(min(hours)), ends_at=at(max(hours) + 1), thing=thing,
        amount=amount, bound=bound,
    ),
    st.sampled_from(Verb), st.sampled_from(Subject),
    st.sampled_from(["9901", "990101", "990102", "990101001", "990101002", "990101001001"]),
    st.tuples(st.integers(0, 23), st.integers(0, 23)), st.sampled_from(["", "x", "y"]),
    st.one_of(st.none(), st.integers(0, 5)), st.sampled_from(Bound),
)  # fmt: skip


@given(COMMANDS, COMMANDS)
def test_it_does_not_matter_which_was_first(one, other):
    assert clash(one, other) is clash(other, one)


@given(COMMANDS)
def test_an_order_never_contradicts_itself(one):
    assert clash(one, one) is None


@given(COMMANDS, COMMANDS)
def test_what_is_apart_in_time_never_clashes(one, other):
    if one.ends_at <= other.starts_at:
        assert clash(one, other) is None

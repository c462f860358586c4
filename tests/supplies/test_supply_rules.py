"""Turns, proofs, shares and slots, as pure functions."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.kernel.errors import InputFault, Refused
from bulou.supplies import rules
from bulou.supplies.choices import Proof

HERE, OTHER = "990101001001-0001-003", "990101001001-0002-003"
START = datetime(2022, 9, 20, 8, tzinfo=UTC)


def test_a_neighbour_comes_earlier_only_with_the_reason_why():
    waiting = {(HERE[:17], "RICE")}
    for vulnerable, place, good, ahead in ((True, HERE, "RICE", ""), (False, OTHER, "RICE", ""), (False, HERE, "MILK", ""),
                                           (False, HERE, "RICE", "nobody opened next door")):  # fmt: skip
        rules.require_turn(vulnerable=vulnerable, place_code=place, good=good, waiting=waiting, ahead=ahead)
    for blank in ("", "  "):
        with pytest.raises(Refused, match="vulnerable household"):
            rules.require_turn(vulnerable=False, place_code=HERE, good="RICE", waiting=waiting, ahead=blank)


def test_a_photograph_is_named_by_its_hash_and_a_signature_by_a_name():
    assert rules.read_proof(Proof.PHOTO, "A" * 64) == "a" * 64
    assert rules.read_proof(Proof.SIGNATURE, " 王 ") == "王"
    for kind, text in ((Proof.PHOTO, "a" * 63), (Proof.PHOTO, "g" * 64), (Proof.PHOTO, ""), (Proof.SIGNATURE, " ")):
        with pytest.raises(InputFault) as found:
            rules.read_proof(kind, text)
        assert found.value.column == "proof"


@pytest.mark.parametrize("amount", [None, 0, -1, rules.MOST + 1])
def test_an_amount_is_a_whole_number_above_nothing(amount):
    with pytest.raises(InputFault):
        rules.require_amount(amount)


@given(amounts=st.lists(st.integers(1, 50), max_size=12), there=st.integers(0, 200))
def test_stock_goes_out_in_turn_and_never_more_than_there_is(amounts, there):
    wanted = [(f"N{number}", amount) for number, amount in enumerate(amounts)]
    got = list(rules.served(wanted, there))
    assert got == wanted[: len(got)], "in the order asked, nobody passed over"
    total = sum(amount for _, amount in got)
    assert total <= there
    if len(got) < len(wanted):
        assert total + wanted[len(got)][1] > there, "the next one did not fit"


@given(minutes=st.integers(1, 240), length=st.integers(1, 24 * 60))
def test_a_day_is_cut_into_equal_slots_that_touch_and_do_not_overlap(minutes, length):
    closes = START + timedelta(minutes=length)
    if length < minutes:
        with pytest.raises(InputFault):
            rules.slots(opens_at=START, closes_at=closes, minutes=minutes)
        return
    found = rules.slots(opens_at=START, closes_at=closes, minutes=minutes)
    assert found[0][0] == START
    assert all(ends - starts == timedelta(minutes=minutes) for starts, ends in found)
    assert all(first[1] == second[0] for first, second in itertools.pairwise(found))
    assert closes - timedelta(minutes=minutes) < found[-1][1] <= closes

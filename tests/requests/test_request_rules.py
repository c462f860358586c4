"""What may follow what, telephone numbers, and when many like requests are more than usual."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.kernel.errors import InputFault, Refused
from bulou.requests import rules

STREET, COMMUNITY = "990101001", "990101001001"


def test_the_tail_is_poissons():
    assert math.isclose(rules.tail(3, 2.0), 1 - math.exp(-2) * (1 + 2 + 2))
    assert rules.tail(0, 5) == 1


@given(count=st.integers(1, 60), mean=st.floats(0, 40))
def test_more_is_rarer_and_a_busier_place_is_less_surprised(count, mean):
    assert 0 <= rules.tail(count + 1, mean) <= rules.tail(count, mean) <= 1
    assert rules.tail(count, mean) <= rules.tail(count, mean + 1) + 1e-9


@pytest.mark.parametrize(
    ("count", "mean", "rose"), [(4, 0, False), (5, 0, True), (10, 0.5, True), (10, 8, False), (30, 8, True)]
)
def test_ten_from_a_quiet_compound_alarm_and_ten_from_a_busy_one_do_not(count, mean, rose):
    assert rules.rises(count, mean=mean, at_least=5, chance=0.001, floor=0.5) is rose


def test_the_usual_is_counted_over_days():
    assert rules.usual(56, days=7, window=timedelta(hours=3)) == 1.0
    assert rules.usual(3, days=0, window=timedelta(hours=3)) == 0


@pytest.mark.parametrize(("said", "kept"), [("138 0000-0000", "13800000000"), ("+86(851)12345", "+8685112345"), ("  ", "")])
def test_a_telephone_number_is_read_however_it_is_written(said, kept):
    assert rules.read_phone(said) == kept


@pytest.mark.parametrize("said", ["call me", "12", "1" * 21, "٠١٢٣٤٥", "+"])
def test_what_is_no_telephone_number_is_named(said):
    with pytest.raises(InputFault) as found:
        rules.read_phone(said)
    assert found.value.column == "phone"


def test_after_a_dispute_a_unit_above_signs_and_the_topmost_signs_itself():
    rules.require_second(disputes=0, owner=COMMUNITY, signer=COMMUNITY, topmost=False)
    rules.require_second(disputes=1, owner=COMMUNITY, signer=STREET, topmost=False)
    rules.require_second(disputes=1, owner="9901", signer="9901", topmost=True)
    for signer in (COMMUNITY, "990101002"):
        with pytest.raises(Refused, match="a unit above"):
            rules.require_second(disputes=1, owner=COMMUNITY, signer=signer, topmost=False)


def test_no_unit_asks_about_its_own_work():
    for caller in (COMMUNITY, f"{COMMUNITY}:site001"):
        with pytest.raises(Refused):
            rules.require_other_caller(caller=caller, owner=COMMUNITY)
    rules.require_other_caller(caller=STREET, owner=COMMUNITY)


def test_who_stands_under_the_unit_complained_about_is_concerned_too():
    assert rules.concerned(COMMUNITY, STREET)
    assert rules.concerned(STREET, STREET)
    assert not rules.concerned("990101", STREET)
    assert not rules.concerned(STREET, "")

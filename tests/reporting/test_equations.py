"""The public figures of September 2022 as fixtures: both equations hold where the notices say so."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.kernel.errors import Refused
from bulou.reporting import rules
from bulou.reporting.rules import Key


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ((27, 747), (8, 86), (35, 833)),  # Guiyang, 15 → 16 September
        ((16, 357), (0, 118), (16, 475)),  # 11 → 12 September
        ((16, 475), (1, 70), (17, 545)),  # 12 → 13 September, as published
    ],
)
def test_cumulative_figures_of_guiyang_follow_from_the_day_before(before, new, after):
    assert tuple(rules.cumulative(yesterday=y, new=n) for y, n in zip(before, new, strict=True)) == after


def test_existing_figures_of_the_province_on_20_september():
    assert rules.existing_asymptomatic(yesterday=2496, new=131, converted=9, released=43) == 2575
    assert rules.existing_confirmed(yesterday=142, new=57, discharged=1) == 198


def test_a_report_that_does_not_add_up_says_which_equation_fails():
    today = {
        "cumulative_confirmed": 36,
        "new_confirmed": 8,
        "existing_asymptomatic": 2575,
        "new_asymptomatic": 131,
        "converted": 9,
        "released": 43,
    }
    found = rules.equations(today=today, yesterday={"cumulative_confirmed": 27, "existing_asymptomatic": 2496})
    assert [(one.name, one.holds) for one in found] == [
        ("cumulative_confirmed", False),
        ("existing_asymptomatic", True),
    ]


def test_a_change_of_definition_is_not_a_fall():
    positives = Key(area="guiyang", day=date(2022, 9, 10), statistic="positives", series="2022-09-01")
    cases = Key(area="guiyang", day=date(2022, 9, 11), statistic="cumulative_total")
    with pytest.raises(Refused, match="statistic"):
        rules.difference((cases, 373), (positives, 715))


def test_the_city_and_the_city_with_guian_are_two_areas():
    one = Key(area="guiyang", day=date(2022, 9, 16), statistic="new_confirmed")
    other = Key(area="guiyang-guian", day=date(2022, 9, 15), statistic="new_confirmed")
    with pytest.raises(Refused, match="area"):
        rules.difference((one, 8), (other, 6))


def test_like_figures_are_subtracted():
    later = Key(area="guiyang", day=date(2022, 9, 16), statistic="cumulative_confirmed")
    earlier = Key(area="guiyang", day=date(2022, 9, 15), statistic="cumulative_confirmed")
    assert rules.difference((later, 35), (earlier, 27)) == 8


def _possible(shown, total, smallest):
    """For each hidden cell the values that the published total leaves open, by trying all."""
    hidden = [name for name, text_ in shown.items() if not text_.isdigit()]
    rest = total - sum(int(text_) for text_ in shown.values() if text_.isdigit())
    ranges = [range(1, smallest) if shown[name] != "*" else range(rest + 1) for name in hidden]
    found = {name: set() for name in hidden}
    for values in product(*ranges):
        if sum(values) == rest:
            for name, value in zip(hidden, values, strict=True):
                found[name].add(value)
    return found


@given(cells=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 12), min_size=1), smallest=st.integers(2, 6))
def test_a_suppressed_cell_cannot_be_computed_from_the_total(cells, smallest):
    shown = rules.public_row(cells, smallest=smallest)
    assert shown.keys() == cells.keys()
    for name, value in cells.items():
        assert shown[name] in {str(value), f"<{smallest}", "*"}
        assert not (0 < value < smallest and shown[name].isdigit())
        assert shown[name] != f"<{smallest}" or 0 < value < smallest
    if len(cells) > 1:
        assert all(len(values) > 1 for values in _possible(shown, sum(cells.values()), smallest).values())
    small = [name for name, value in cells.items() if 0 < value < smallest]
    assert sum(not text_.isdigit() for text_ in shown.values()) <= len(small) + 1  # no more is hidden than one beside them


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        ({"a": 9, "b": 0}, {"a": "9", "b": "0"}),
        ({"a": 9, "b": 3, "c": 7, "d": 0}, {"a": "9", "b": "*", "c": "*", "d": "0"}),  # one alone: 19 − 9 − 7
        ({"a": 3, "b": 0, "c": 0}, {"a": "*", "b": "*", "c": "0"}),  # nothing but zeros to hide behind
        ({"a": 2, "b": 3, "c": 9}, {"a": "<5", "b": "<5", "c": "9"}),
        ({"a": 1, "b": 1, "c": 9}, {"a": "*", "b": "*", "c": "*"}),  # two cells that sum to two are ones
        ({"a": 4, "b": 4, "c": 9}, {"a": "*", "b": "*", "c": "*"}),  # and to eight, fours
        ({"a": 1, "b": 1}, {"a": "*", "b": "*"}),
        ({"a": 3}, {"a": "<5"}),
    ],
)
def test_what_a_public_row_shows(cells, shown):
    assert rules.public_row(cells, smallest=5) == shown

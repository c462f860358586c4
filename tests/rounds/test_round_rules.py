"""Pure rules: ranges of an area, tubes over hours, when a site may open, what a moved deadline does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.kernel import codes
from bulou.kernel.errors import Refused
from bulou.rounds import rules
from bulou.rounds.choices import RoundState

NOW = datetime(2022, 9, 20, 2, 20, tzinfo=UTC)
SPANS = st.integers(-600, 600).map(lambda minutes: timedelta(minutes=minutes))

# A small world of places, so that parts often contain one another.
PLACES = [
    f"99{city}{district}{street}"
    for city in ("", "01", "02")
    for district in ("", "01", "09")
    for street in ("", "001", "999")
    if not (street and not district) and not (district and not city)
]


@given(st.lists(st.sampled_from(PLACES)), st.sampled_from([*PLACES, "990101001001", "990109999001-0003"]))
def test_merged_ranges_hold_exactly_the_parts_and_what_lies_below(parts, place):
    ranges = rules.merged_ranges(parts)
    assert any(low <= place < high for low, high in ranges) == any(codes.is_below(place, part) for part in parts)
    assert all(first[1] < second[0] for first, second in pairwise(ranges))


@given(st.integers(1, 5_000), st.integers(1, 30))
def test_spread_keeps_every_tube_and_is_even(tubes, hours):
    shares = rules.spread(tubes, [NOW + number * rules.HOUR for number in range(hours)])
    assert sum(share for _, share in shares) == tubes
    assert all(share > 0 for _, share in shares)
    assert max(share for _, share in shares) - min(share for _, share in shares) <= 1


@given(st.integers(1, 3_000))
def test_hours_are_whole_cover_the_interval_and_no_more(minutes):
    until = NOW + timedelta(minutes=minutes)
    hours = rules.hours_of(NOW, until)
    assert all(hour.minute == 0 for hour in hours)
    assert hours[0] <= NOW
    assert hours[-1] < until <= hours[-1] + rules.HOUR
    assert len(hours) == len(set(hours))


def test_an_empty_interval_has_no_hours():
    assert rules.hours_of(NOW, NOW) == []


@pytest.mark.parametrize(
    ("people", "pool", "tubes"), [(0, 10, 1), (1, 10, 1), (10, 10, 1), (11, 10, 2), (2_500, 20, 125), (3, 1, 3)]
)
def test_tubes_needed_round_up(people, pool, tubes):
    assert rules.tubes_needed(people=people, pool_size=pool) == tubes


@pytest.mark.parametrize(
    ("laboratory", "full", "claimed", "needed", "said"),
    [
        ("", False, 0, 30, "no laboratory"),
        ("9901:lab001", True, 30, 30, "full"),
        ("9901:lab001", False, 29, 30, "29 tubes of 30"),
        ("9901:lab001", False, 30, 30, ""),
    ],
)
def test_a_site_opens_only_with_a_laboratory_that_is_not_full_and_holds_its_tubes(laboratory, full, claimed, needed, said):
    why = rules.refusal_to_open(laboratory=laboratory, full=full, claimed=claimed, needed=needed)
    assert said in why
    assert bool(why) == bool(said)


def test_a_laboratory_is_full_until_its_time_and_without_one_until_it_says_otherwise():
    later = NOW + rules.HOUR
    assert rules.is_full(full_since=NOW, full_until=later, at=NOW)
    assert not rules.is_full(full_since=NOW, full_until=later, at=later)
    assert rules.is_full(full_since=NOW, full_until=None, at=later + timedelta(days=3))
    assert not rules.is_full(full_since=None, full_until=None, at=NOW)


@pytest.mark.parametrize(("people", "wait", "over"), [(60, 60, False), (61, 0, True), (0, 61, True), (61, 61, True)])
def test_a_queue_is_over_by_heads_or_by_minutes(people, wait, over):
    assert rules.queue_is_over(people=people, wait_minutes=wait, people_max=60, wait_max=60) == over


@given(st.lists(st.tuples(SPANS, SPANS)))
def test_the_effect_of_a_deadline_counts_every_duty_once(shifts):
    duties = [rules.Clocked(NOW + before, NOW + before + abs(shift)) for before, shift in shifts]
    effect = rules.deadline_effect(duties, at=NOW)
    assert effect.moved + effect.unmoved == len(duties)
    late_before = sum(one.before < NOW for one in duties if one.before != one.after)
    assert effect.no_longer_overdue + effect.still_overdue == late_before


def test_a_step_names_where_the_round_must_stand():
    with pytest.raises(Refused, match="planned cannot be closed"):
        rules.require_round("planned", (RoundState.OPEN,), doing="closed")

"""The draw, the interval and the power statement: reproducible, bounded, and as often right as they say."""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.kernel.errors import InputFault
from bulou.requests.sampling import (
    Part,
    Unit,
    allocate,
    draw,
    estimate,
    exposure,
    frame_digest,
    smallest_exposed,
)

FRAMES = st.lists(st.tuples(st.sampled_from("ABCDE"), st.booleans()), min_size=1, max_size=60).map(
    lambda rows: [Unit(f"RQ{number:03}", stratum, sure) for number, (stratum, sure) in enumerate(rows)]
)


def test_a_draw_can_be_repeated_with_nothing_but_the_seed_and_sha256():
    frame = [Unit(f"RQ{number}", "A:food") for number in range(50)]
    by_hand = sorted(
        (one.ticket for one in frame), key=lambda ticket: hashlib.sha256(f"福利彩票 2022109|{ticket}".encode()).hexdigest()
    )[:7]
    assert [one.ticket for one in draw(frame, seed="福利彩票 2022109", size=7)] == by_hand


@given(frame=FRAMES, size=st.integers(1, 70), seed=st.text(min_size=1).filter(str.strip))
def test_the_same_seed_draws_the_same_in_any_order_of_the_frame(frame, size, seed):
    drawn = draw(frame, seed=seed, size=size)
    assert drawn == draw(list(reversed(frame)), seed=seed, size=size)
    assert len(drawn) == len({one.ticket for one in drawn}) == min(size, len(frame))
    assert frame_digest(frame) == frame_digest(reversed(frame))
    known = {one.ticket: "sure" if one.sure else one.stratum for one in frame}
    assert all(known[one.ticket] == one.stratum for one in drawn)
    # Every stratum that is drawn from is stood for wholly.
    sizes = Counter(known.values())
    for stratum in {one.stratum for one in drawn}:
        assert math.isclose(sum(one.weight for one in drawn if one.stratum == stratum), sizes[stratum])


@given(
    sizes=st.dictionaries(st.text(min_size=1, max_size=3), st.integers(1, 500), min_size=1, max_size=12),
    total=st.integers(0, 900),
)
def test_an_allocation_gives_out_what_there_is_and_no_stratum_more_than_it_has(sizes, total):
    found = allocate(sizes, total)
    assert sum(found.values()) == min(total, sum(sizes.values()))
    assert all(0 <= found[name] <= sizes[name] for name in sizes)
    if total >= len(sizes):
        assert min(found.values()) >= 1, "no stratum is left out while there is room"


def test_what_was_closed_late_or_disputed_is_drawn_first_and_leaves_half_to_the_others():
    frame = [Unit(f"L{number}", "A", sure=True) for number in range(3)] + [Unit(f"O{number}", "A") for number in range(97)]
    assert {f"L{number}" for number in range(3)} <= {one.ticket for one in draw(frame, seed="s", size=10)}
    many = [Unit(f"L{number}", "A", sure=True) for number in range(50)] + [Unit(f"O{number}", "A") for number in range(50)]
    assert Counter(one.ticket[0] for one in draw(many, seed="s", size=10)) == {"L": 5, "O": 5}


@pytest.mark.parametrize(("seed", "size", "column"), [(" ", 5, "seed"), ("s", 0, "size")])
def test_a_draw_says_what_it_lacks(seed, size, column):
    with pytest.raises(InputFault) as found:
        draw([Unit("RQ1", "A")], seed=seed, size=size)
    assert found.value.column == column


def test_the_interval_is_wilsons_where_the_weights_are_alike():
    found = estimate([(3.0, True)] * 45 + [(3.0, False)] * 5)
    assert found is not None
    assert (round(found.share, 3), round(found.low, 3), round(found.high, 3)) == (
        0.9,
        0.786,
        0.957,
    )  # 45 of 50, a textbook value
    assert estimate([]) is None
    wide = estimate([(10.0, True)] + [(1.0, True)] * 44 + [(1.0, False)] * 5)
    assert wide is not None
    assert wide.high - wide.low > found.high - found.low, "unlike weights make it wider"


@given(answers=st.lists(st.tuples(st.floats(1, 50), st.booleans()), min_size=1, max_size=40))
def test_the_interval_holds_its_share_and_stays_between_nothing_and_all(answers):
    found = estimate(answers)
    assert found is not None
    assert 0 <= found.low <= found.share + 1e-9
    assert found.share - 1e-9 <= found.high <= 1


def test_the_interval_covers_the_truth_as_often_as_it_says():
    """2,000 draws from a city of three districts with unlike shares: at least 95 in 100 intervals hold the city's share."""
    chance = random.Random(4)
    frame = [Unit(f"RQ{number}", "ABC"[number % 10 // 4]) for number in range(1_000)]
    happy = {one.ticket: chance.random() < {"A": 0.9, "B": 0.7, "C": 0.5}[one.stratum] for one in frame}
    truth = sum(happy.values()) / len(frame)
    covered = 0
    for trial in range(2_000):
        found = estimate([(one.weight, happy[one.ticket]) for one in draw(frame, seed=str(trial), size=60)])
        assert found is not None
        covered += found.low <= truth <= found.high
    assert covered / 2_000 > 0.95 - 3 * math.sqrt(0.95 * 0.05 / 2_000)


def test_a_unit_that_closes_without_acting_is_exposed_as_often_as_stated():
    """The statement of ``exposure`` against 4,000 draws by the rule itself, three strata, a resident in three not reached."""
    sizes, false, reached = {"A": 40, "B": 25, "C": 15}, {"A": 6, "B": 4, "C": 0}, 0.65
    frame = [Unit(f"{name}{number}", name) for name, count in sizes.items() for number in range(count)]
    untrue = {f"{name}{number}" for name, count in false.items() for number in range(count)}
    counts = allocate(sizes, 12)
    stated = exposure((Part(sizes[name], counts[name], false[name]) for name in sizes), reached=reached)
    chance, exposed, trials = random.Random(7), 0, 4_000
    for trial in range(trials):
        drawn = draw(frame, seed=f"bulletin {trial}", size=12)
        exposed += any(one.ticket in untrue and chance.random() < reached for one in drawn)
    assert abs(exposed / trials - stated) < 3 * math.sqrt(stated * (1 - stated) / trials)
    assert 0.5 < stated < 0.8, "neither certain nor hopeless: the comparison says something"


def test_the_chance_grows_with_the_draw_and_with_what_is_false():
    assert exposure([Part(100, 0, 50)], reached=1) == 0
    assert exposure([Part(100, 51, 50)], reached=1) == 1
    found = [exposure([Part(100, size, 10)], reached=0.7) for size in range(0, 101, 10)]
    assert found == sorted(found)
    with pytest.raises(InputFault):
        exposure([Part(5, 6, 1)], reached=1)


def test_what_a_draw_finds_is_stated_from_its_own_strata():
    parts = [(200, 10), (100, 5)]
    share = smallest_exposed(parts, reached=0.7, chance=0.95)
    assert share is not None
    at = [
        exposure((Part(closed, drawn, int(closed * one)) for closed, drawn in parts), reached=0.7)
        for one in (share - 0.02, share)
    ]
    assert at[0] < 0.95 <= at[1]
    assert smallest_exposed([(100, 1)], reached=0.7, chance=0.95) is None, "one call proves little"

"""When a zone may be lowered: by examples from the rules' words, and by properties."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulou.kernel.errors import InputFault, Refused
from bulou.zones import rules
from bulou.zones.choices import Missing, RiskLevel
from bulou.zones.rules import Needs

NEEDS = Needs(high=7, mid=7, mid_after_high=3)
DAY = date(2022, 9, 1)
H, M = RiskLevel.HIGH, RiskLevel.MID


def on(days):
    return DAY + timedelta(days=days)


def stand(day, *, level=H, after_high=False, last=0, level_on=0, screened=None, needs=NEEDS):
    return rules.standing(
        level=level, after_high=after_high, last_on=on(last), level_on=on(level_on), screened_on=None if screened is None else on(screened),
        needs=needs, on=on(day),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("found", "missing", "left"),
    [
        (stand(5), {Missing.DAYS, Missing.ROUND}, 2),
        (stand(7), {Missing.ROUND}, 0),
        (stand(7, screened=6), {Missing.ROUND}, 0),  # the round is day 7's, not day 6's
        (stand(7, screened=7), set(), 0),
        (stand(9, screened=8), set(), 0),
        (stand(9, screened=8, last=4), {Missing.DAYS, Missing.ROUND}, 2),  # a new infection: the days begin anew
        (stand(2, level=M, after_high=True, last=-9), {Missing.DAYS}, 1),
        (stand(3, level=M, after_high=True, last=-9), set(), 0),  # 3 days after high, without a round
        (stand(3, level=M, after_high=False, last=-9, screened=3), set(), 0),
        (stand(3, level=M), {Missing.DAYS, Missing.ROUND}, 4),
    ],
)
def test_the_rules_words(found, missing, left):
    assert (found.missing, found.days_left) == (frozenset(missing), left)


day = st.integers(0, 40)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(last=day, level_on=day, screened=st.none() | day, now=day, ahead=st.integers(1, 20), level=st.sampled_from([H, M]),
       after=st.booleans(), need=st.integers(1, 14))  # fmt: skip
def test_waiting_never_takes_a_lowering_away_and_a_new_infection_always_does(
    last, level_on, screened, now, ahead, level, after, need
):
    needs = Needs(need, need, max(1, need // 2))
    found = stand(now, level=level, after_high=after, last=last, level_on=level_on, screened=screened, needs=needs)
    later = stand(now + ahead, level=level, after_high=after, last=last, level_on=level_on, screened=screened, needs=needs)
    assert later.days_left <= found.days_left
    assert found.met <= later.met
    again = stand(now, level=level, after_high=after, last=now, level_on=level_on, screened=screened, needs=needs)
    assert not again.met
    assert again.days_left == again.days_needed
    assert (not found.days_left) == (Missing.DAYS not in found.missing)
    if not found.met:
        with pytest.raises(Refused, match="not yet"):
            rules.require_met(found)


def test_places_are_named_once_and_what_lies_in_another_is_left_out():
    assert rules.named_places("990101001001-0001、990101001001-0002\n990101001001-0001") == [
        "990101001001-0001",
        "990101001001-0002",
    ]
    assert rules.named_places("990101001001 990101001001-0001") == ["990101001001"]
    for bad in ("", "花果园"):
        with pytest.raises(InputFault):
            rules.named_places(bad)
    assert rules.overlapping(["990101001001-0001"], ["990101001001"])
    assert not rules.overlapping(["990101001001-0001"], ["990101001001-0002"])

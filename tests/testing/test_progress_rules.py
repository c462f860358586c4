"""Pure rules: figures that add up, and the rate to finish against the deadline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulou.people.rules import masked
from bulou.testing import rules
from bulou.testing.rules import NOBODY, Projection, Sample, Tally

NOW = datetime(2022, 9, 20, 6, 0, tzinfo=UTC)
HALF_HOUR = timedelta(minutes=30)

TALLIES = st.builds(
    lambda tested, exempt, missing: Tally(roster=tested + exempt + missing, tested=tested, exempt=exempt),
    st.integers(0, 500),
    st.integers(0, 50),
    st.integers(0, 500),
)
LEAVES = st.dictionaries(
    st.sampled_from(
        ["990101001001", "990101001002", "990101002001", "990102001001", "990101001", "990102", "9901", "990201001001"]
    ),
    TALLIES,
)


@given(LEAVES)
def test_children_add_up_to_their_parent_and_nobody_is_lost(leaves):
    found = rules.roll_up(leaves)
    for place, tally in found.items():
        length = rules.child_length(place)
        children = [one for code, one in found.items() if code[: len(place)] == place and len(code) == length]
        if len(place) < 12:
            own = leaves.get(place, NOBODY)  # those who are known no deeper
            assert sum(children, own) == tally
    cities = [tally for place, tally in found.items() if len(place) == 4]
    assert sum(cities, NOBODY) == sum(leaves.values(), NOBODY)


@given(TALLIES)
def test_everybody_is_tested_or_exempt_or_missing(tally):
    assert tally.tested + tally.exempt + tally.missing == tally.roster


def at(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_a_steady_rate_projects_in_a_straight_line():
    found = rules.projected_finish([Sample(at(-60), 100), Sample(at(0), 220)], missing=600, now=NOW, least_span=HALF_HOUR)
    assert found == Projection(known=True, per_hour=120.0, finish_at=NOW + timedelta(hours=5))


@pytest.mark.parametrize(
    ("samples", "why"),
    [([], "none"), ([Sample(at(0), 50)], "one"), ([Sample(at(-29), 0), Sample(at(0), 50)], "too short a stretch")],
)
def test_too_little_says_nothing(samples, why):
    assert not rules.projected_finish(samples, missing=10, now=NOW, least_span=HALF_HOUR).known, why


def test_nobody_missing_is_done_now_whatever_the_rate():
    assert rules.projected_finish([], missing=0, now=NOW, least_span=HALF_HOUR).finish_at == NOW


@pytest.mark.parametrize("last", [100, 90])
def test_a_count_that_stands_still_or_falls_never_finishes(last):
    found = rules.projected_finish([Sample(at(-60), 100), Sample(at(0), last)], missing=1, now=NOW, least_span=HALF_HOUR)
    assert found == Projection(known=True)


@given(st.integers(1, 10_000_000), st.integers(0, 10_000_000), st.integers(30, 600), st.integers(0, 10_000_000))
def test_finish_is_never_before_now_and_earlier_with_a_higher_rate(missing, done, minutes, more):
    def project(tested):
        samples = [Sample(at(-minutes), 0), Sample(NOW, tested)]
        return rules.projected_finish(samples, missing=missing, now=NOW, least_span=HALF_HOUR)

    slow, fast = project(done), project(done + more)
    for one in (slow, fast):
        assert one.finish_at is None or one.finish_at >= NOW
    if slow.finish_at is not None:
        assert fast.finish_at is not None
        assert fast.finish_at <= slow.finish_at


@pytest.mark.parametrize(
    ("finish", "behind", "recovered"),
    [
        (at(-16), False, True),
        (at(-15), False, True),
        (at(-14), False, False),
        (at(0), False, False),
        (at(1), True, False),
    ],
)
def test_behind_and_recovered_have_a_margin_between_them(finish, behind, recovered):
    found = Projection(known=True, per_hour=1.0, finish_at=finish)
    assert rules.is_behind(found, deadline_at=NOW) == behind
    assert rules.is_recovered(found, deadline_at=NOW, margin=timedelta(minutes=15)) == recovered


def test_never_is_behind_and_unknown_is_not():
    assert rules.is_behind(Projection(known=True), deadline_at=NOW)
    assert not rules.is_behind(rules.UNKNOWN, deadline_at=NOW)
    assert not rules.is_recovered(Projection(known=True), deadline_at=NOW, margin=HALF_HOUR)


def test_a_rate_is_judged_only_after_the_round_has_run_a_while():
    hour = timedelta(hours=1)
    assert not rules.may_judge(opened_at=NOW, now=at(59), begins_after=hour)
    assert rules.may_judge(opened_at=NOW, now=at(60), begins_after=hour)


@pytest.mark.parametrize(
    ("name", "person", "label"),
    [
        ("王小明", "P00000017", "王** …017"),
        ("", "P00000017", "…017"),
        ("J", "X1", "J** …1"),
        ("欧阳娜娜", "9" * 18, "欧** …9999"),
    ],
)
def test_labels_show_no_name_and_at_most_a_third_of_the_key(name, person, label):
    assert masked(name, person) == label


def test_a_reason_is_one_plain_line():
    assert rules.reason_missing(outcome="", visited="09-20 10:00") == ""
    assert rules.reason_missing(outcome="not_found", visited="09-20 10:00") == "not found, visited 09-20 10:00"
    assert rules.reason_missing(outcome="appointed", visited="09-20 10:00", appointed="09-20 18:00") == (
        "appointed, visited 09-20 10:00, appointed for 09-20 18:00"
    )

"""What a drill plays follows from its seed, and is nobody's real data."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bulou import places
from simulation import plan as plans

DATA = next((Path(places.__file__).parent / "data").glob("*.csv"))
COMMUNITIES = [row["code"] for row in csv.DictReader(DATA.open(encoding="utf-8")) if len(row["code"]) == 12]


@pytest.mark.parametrize(("residents", "seed"), [(60_000, 1), (4_000, 7)])
def test_no_two_residents_share_a_number_and_each_is_of_no_real_place(residents, seed):
    plan = plans.draw(communities=COMMUNITIES, residents=residents, seed=seed)
    numbers = [one.identity_number for community in plan.communities for one in plans.people(plan, community)]
    assert len(numbers) == sum(plan.sizes.values())
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("99") for number in numbers)


def test_each_failure_falls_on_a_street_of_its_own_and_never_on_a_published_place():
    for seed in range(40):
        plan = plans.draw(communities=COMMUNITIES, residents=20_000, seed=seed)
        core = [one for one in plan.failures if one.failure not in plans.OF_LINES]
        streets = [one.unit[:9] for one in core if one.failure is not plans.Failure.UNKNOWN_TUBE]
        assert len(set(streets)) == len(streets) == len(plans.Failure) - len(plans.OF_LINES) - 1
        of_lines = {one.unit[:9] for one in plan.failures if one.failure in set(plans.OF_LINES) - set(plans.WITH_POSITIVE)}
        assert not of_lines & set(streets)
        assert {one.failure for one in plan.failures} == set(plans.Failure)
        assert not any(plans.spared(one.unit) for one in plan.failures)
        assert plan == plans.draw(communities=COMMUNITIES, residents=20_000, seed=seed)

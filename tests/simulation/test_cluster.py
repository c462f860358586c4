"""Who of the earlier cluster goes home when follows from the seed, and touches no failure but its own."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from bulou import places
from simulation import cluster
from simulation import plan as plans

DATA = next((Path(places.__file__).parent / "data").glob("*.csv"))
COMMUNITIES = [row["code"] for row in csv.DictReader(DATA.open(encoding="utf-8")) if len(row["code"]) == 12]


@pytest.mark.parametrize("residents", [2_000, 4_000, 20_000])
def test_every_seed_has_a_case_with_a_household_and_two_shifts_where_no_failure_falls(residents):
    for seed in range(25):
        plan = plans.draw(communities=COMMUNITIES, residents=residents, seed=seed)
        who = cluster.draw(plan)
        groups = (who.yesterday.people, who.today.people, who.household.people)
        assert [len(one) for one in groups] == [2, 3, 2]
        assert len(who.people) == 8, "nobody stands in two groups"
        failing = plan.failing(plans.Failure.NOT_ACCEPTED)
        struck = {one.unit[:9] for one in plan.failures if one.failure not in plans.OF_LINES} - {failing[:9]}
        for person in who.people:
            street = f"5201{person[1:6]}"  # a person's id carries the community's digits
            assert street not in struck, seed
            assert (street == failing[:9]) == (person == who.lost)
        assert not plans.spared(who.home)


def test_each_group_goes_home_on_its_own_day_by_the_packs_seven():
    plan = plans.draw(communities=COMMUNITIES, residents=4_000, seed=7)
    who = cluster.draw(plan)
    ends = [cluster.timedelta(days=7) + one.exposed_until for one in (who.yesterday, who.today, who.household)]
    assert [one.date() for one in ends] == [cluster.on(6, 0).date(), plans.DAY, plans.DAY]
    assert ends[1] < plans.NOW < ends[2] < plans.NOW + cluster.timedelta(hours=3)

"""G17: a post-holder leaves in the middle of a shift; his duties have an owner at that instant, and the superior knows."""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty, Notice, Tenure
from bulou.duties.opening import Owed, open_duty
from bulou.ledger.models import Entry
from bulou.units import actions as units
from bulou.units import queries as unit_queries
from bulou.units.choices import OnDutyBy
from tests import city as cities

pytestmark = pytest.mark.django_db
LEFT = cities.at(3)


@pytest.fixture
def owed(city):
    found = [
        open_duty(
            Owed(kind="task.done", about=f"task:{number}", label=f"上门 {number}", owners={"explicit": cities.COMMUNITY_A},
                 facts={"due_at": cities.at(6)}),
            by=cities.SYSTEM, at=cities.at(),
        )
        for number in range(3)
    ]  # fmt: skip
    return city, found


def test_without_an_acting_holder_the_superior_owns_every_duty_at_that_instant(owed):
    city, duties = owed
    units.vacate_post(post=city.posts[cities.COMMUNITY_A], reason="离岗", by=city.actor(cities.STREET_1), at=LEFT)
    for duty in duties:
        row = Duty.objects.get(pk=duty.pk)
        assert row.owner_id == cities.STREET_1
        first, then = Tenure.objects.filter(duty=row).order_by("id")
        assert (first.unit_id, first.ends_at) == (cities.COMMUNITY_A, LEFT)
        assert (then.unit_id, then.starts_at, then.how) == (cities.STREET_1, LEFT, "vacancy")
        told = Notice.objects.get(duty=row, step__startswith="vacancy")
        assert (told.unit_id, told.told, told.told_at) == (cities.STREET_1, "东一街道值班员", LEFT)
    filled = Duty.objects.get(kind="post.filled")
    assert (filled.owner_id, filled.opened_at) == (cities.STREET_1, LEFT)
    tags = list(Entry.objects.filter(tag__in=("unit:post:vacated", "duty:owner:passed")).values_list("tag", flat=True))
    assert sorted(tags) == ["duty:owner:passed"] * 3 + ["unit:post:vacated"]
    present = unit_queries.on_duty([cities.COMMUNITY_A], at=LEFT)[cities.COMMUNITY_A]
    assert (present.how, present.unit) == (OnDutyBy.SUPERIOR, cities.STREET_1)


def test_with_a_named_acting_holder_the_duties_stay_and_nobody_above_is_bothered(owed):
    city, duties = owed
    units.vacate_post(
        post=city.posts[cities.COMMUNITY_A], reason="发热就诊", by=city.actor(cities.STREET_1), at=LEFT,
        acting=city.staff[cities.COMMUNITY_B],
    )  # fmt: skip
    assert {row.owner_id for row in Duty.objects.filter(kind="task.done")} == {cities.COMMUNITY_A}
    assert not Notice.objects.exists()
    assert not Duty.objects.filter(kind="post.filled").exists()
    present = unit_queries.on_duty([cities.COMMUNITY_A], at=LEFT)[cities.COMMUNITY_A]
    assert (present.how, present.staff_name) == (OnDutyBy.ACTING, "乙社区值班员")
    assert len(duties) == 3


def test_the_instant_before_the_holder_was_on_duty_and_history_says_so(owed):
    city, _ = owed
    units.vacate_post(post=city.posts[cities.COMMUNITY_A], reason="离岗", by=city.actor(cities.STREET_1), at=LEFT)
    before = unit_queries.on_duty([cities.COMMUNITY_A], at=cities.at(2, minutes=59))[cities.COMMUNITY_A]
    assert (before.how, before.staff_name) == (OnDutyBy.HOLDER, "甲社区值班员")


def test_naming_somebody_later_closes_the_duty_to_fill_the_post(owed):
    city, _ = owed
    units.vacate_post(post=city.posts[cities.COMMUNITY_A], reason="离岗", by=city.actor(cities.STREET_1), at=LEFT)
    units.name_acting(
        post=city.posts[cities.COMMUNITY_A],
        staff=city.staff[cities.COMMUNITY_B],
        by=city.actor(cities.STREET_1),
        at=cities.at(3, minutes=20),
    )
    assert Duty.objects.get(kind="post.filled").state == "fulfilled"

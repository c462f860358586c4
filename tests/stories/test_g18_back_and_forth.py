"""G18: two units pass a duty back and forth; the lowest common superior must decide within minutes."""

from __future__ import annotations

import pytest

from bulou.duties import actions, handovers, sweep
from bulou.duties.models import Duty, Handover, Notice, Tenure
from bulou.kernel.errors import NotFound, Refused
from tests import city as cities

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(city):
    made = actions.assign_task(
        to_unit=cities.COMMUNITY_A, text="交界处楼栋上门采样", due_at=cities.at(8), by=city.actor(cities.CITY), at=cities.at()
    )
    return city, made


def _offer(city, duty, sender, receiver, at):
    return handovers.offer_handover(duty_id=duty.pk, to_unit=receiver, note="属对方", by=city.actor(sender), at=at)


def _refuse(city, duty, receiver, at):
    handovers.refuse_handover(duty_id=duty.pk, reason="不在底册", by=city.actor(receiver), at=at)


def test_refused_twice_the_common_superior_is_told_and_owes_a_decision_in_minutes(task):
    city, duty = task
    _offer(city, duty, cities.COMMUNITY_A, cities.COMMUNITY_C, cities.at(1))
    _refuse(city, duty, cities.COMMUNITY_C, cities.at(1, minutes=5))
    assert not Duty.objects.filter(kind="handover.decided").exists()
    assert Duty.objects.get(pk=duty.pk).owner_id == cities.COMMUNITY_A  # the sender still owns it
    _offer(city, duty, cities.COMMUNITY_A, cities.COMMUNITY_C, cities.at(1, minutes=10))
    _refuse(city, duty, cities.COMMUNITY_C, cities.at(1, minutes=14))
    decision = Duty.objects.get(kind="handover.decided")
    assert decision.owner_id == cities.EAST  # above both streets, and nobody lower is
    assert decision.due_at == cities.at(1, minutes=29)
    told = Notice.objects.get(duty=decision)
    assert (told.unit_id, told.told, told.told_at) == (cities.EAST, "东区值班员", cities.at(1, minutes=14))
    # The story keeps the back-and-forth, with both sides' words.
    assert list(Handover.objects.filter(duty=duty).values_list("state", "reason")) == [("refused", "不在底册")] * 2
    sweep.sweep(at=cities.at(1, minutes=29))
    sweep.sweep(at=cities.at(1, minutes=44))
    steps = Notice.objects.filter(duty=decision, step__startswith="after").order_by("id").values_list("unit_id", "told_at")
    assert list(steps) == [(cities.EAST, cities.at(1, minutes=29)), (cities.CITY, cities.at(1, minutes=44))]


def test_the_superior_decides_and_the_duty_passes_without_acceptance(task):
    city, duty = task
    for minute in (0, 10):
        _offer(city, duty, cities.COMMUNITY_A, cities.COMMUNITY_C, cities.at(1, minutes=minute))
        _refuse(city, duty, cities.COMMUNITY_C, cities.at(1, minutes=minute + 5))
    handovers.decide_owner(
        duty_id=duty.pk,
        to_unit=cities.COMMUNITY_C,
        reason="楼栋门牌在丙社区",
        by=city.actor(cities.EAST),
        at=cities.at(1, minutes=20),
    )
    row = Duty.objects.get(pk=duty.pk)
    assert row.owner_id == cities.COMMUNITY_C
    assert Tenure.objects.get(duty=row, ends_at=None).how == "decided"
    assert Duty.objects.get(kind="handover.decided").state == "fulfilled"
    assert Notice.objects.filter(duty=row, unit=cities.COMMUNITY_C, step__startswith="decided").exists()


def test_an_offer_that_nobody_answers_lapses_to_the_common_superior(task):
    city, duty = task
    offer = _offer(city, duty, cities.COMMUNITY_A, cities.COMMUNITY_C, cities.at(1))
    sweep.sweep(at=offer.answer_by)
    assert Handover.objects.get(pk=offer.pk).state == "lapsed"
    assert Duty.objects.get(kind="handover.decided").owner_id == cities.EAST
    assert Duty.objects.get(pk=duty.pk).owner_id == cities.COMMUNITY_A


def test_only_a_unit_above_both_decides(task):
    city, duty = task
    with pytest.raises((Refused, NotFound)):
        handovers.decide_owner(
            duty_id=duty.pk, to_unit=cities.COMMUNITY_C, reason="x", by=city.actor(cities.STREET_1), at=cities.at(1)
        )


def test_accepted_at_once_nobody_above_hears_of_it(task):
    city, duty = task
    _offer(city, duty, cities.COMMUNITY_A, cities.COMMUNITY_C, cities.at(1))
    handovers.accept_handover(duty_id=duty.pk, by=city.actor(cities.COMMUNITY_C), at=cities.at(1, minutes=3))
    assert Duty.objects.get(pk=duty.pk).owner_id == cities.COMMUNITY_C
    assert not Duty.objects.filter(kind="handover.decided").exists()
    assert not Notice.objects.filter(unit__in=(cities.EAST, cities.CITY, cities.STREET_1, cities.STREET_2)).exists()

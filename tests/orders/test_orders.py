"""Orders down the chain (D7): opened, said back, done with evidence, answered upward, superseded, recalled, looked at."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from bulou.duties.models import Duty
from bulou.duties.sweep import sweep
from bulou.kernel.errors import Conflict, InputFault, NotFound, NotPermitted, Refused
from bulou.orders import actions as orders
from bulou.orders import rules
from bulou.orders.choices import Answer, CheckState, ClashState, Link, OrderState, Prevails, Reach, Verb
from bulou.orders.models import Addressee, Check, Order, OrderClash
from tests import city as cities
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, EAST, STREET_1, STREET_2, WEST, at
from tests.orders.desk import issue, link, owed, read, read_down

pytestmark = pytest.mark.django_db


def _states(order):
    return dict(order.addressees.order_by("code").values_list("unit_id", "state"))


def test_each_unit_on_the_way_receives_it_when_the_one_above_has_opened_it(city):
    order = issue(city)
    assert _states(order) == {EAST: Link.SENT, STREET_1: Link.WAITING, COMMUNITY_A: Link.WAITING}
    assert owed("order.opened") == [EAST]
    read(city, order, EAST, at(0.1))
    assert _states(order) == {EAST: Link.READ, STREET_1: Link.SENT, COMMUNITY_A: Link.WAITING}
    assert link(order, STREET_1).came_from_id == EAST
    read(city, order, STREET_1, at(0.2))
    read(city, order, COMMUNITY_A, at(0.3))
    assert owed("order.opened") == []
    assert owed("order.executed") == owed("order.started") == [COMMUNITY_A]


def test_acknowledged_is_not_executed_and_done_needs_evidence(city):
    order = issue(city)
    row, here = read_down(city, order)[0], city.actor(COMMUNITY_A)
    orders.say_back(code=row.pk, words="十点前开点,两名采样员", by=here, at=at(0.2))
    assert owed("order.executed") == [COMMUNITY_A], "said back is not done"
    orders.start_order(code=row.pk, by=here, at=at(0.5))
    with pytest.raises(InputFault, match="acknowledged is not executed"):
        orders.finish_order(code=row.pk, by=here, at=at(1))
    orders.finish_order(code=row.pk, photo="a" * 64, count=2, position="26.6N 106.7E", witness="楼长", by=here, at=at(1))
    assert set(_states(order).values()) == {Link.DONE}
    order.refresh_from_db()
    assert order.state == OrderState.CARRIED_OUT
    assert not Duty.objects.filter(state="open").exists()


def test_a_superiors_click_is_no_reading_by_the_street(city):
    order = issue(city)
    with pytest.raises(Refused, match="only the addressee"):
        orders.open_order(code=link(order, EAST).pk, by=city.actor(CITY), at=at(0.1))
    with pytest.raises(NotFound):
        orders.open_order(code=link(order, EAST).pk, by=city.actor(WEST), at=at(0.1))


def test_an_order_to_every_community_opens_level_by_level_in_few_statements(city, django_assert_max_num_queries):
    order = issue(city, place_code=CITY, reach=Reach.COMMUNITIES, named="")
    assert order.addressees.filter(leaf=True).count() == 4
    assert order.addressees.filter(state=Link.SENT).count() == 2
    with django_assert_max_num_queries(45):
        read(city, order, EAST, at(0.1))
    assert set(order.addressees.filter(state=Link.SENT).values_list("unit_id", flat=True)) == {WEST, STREET_1, STREET_2}


def test_past_a_street_that_does_not_open_it_a_superior_sends_it_on_and_the_street_still_owes(city):
    order = issue(city)
    read(city, order, EAST, at(0.1))
    orders.pass_by(code=link(order, STREET_1).pk, reason="无人应答", by=city.actor(EAST), at=at(0.8))
    assert owed("order.opened") == [STREET_1, COMMUNITY_A]
    read(city, order, COMMUNITY_A, at(0.9))
    assert owed("order.executed") == [COMMUNITY_A]
    read(city, order, STREET_1, at(1))
    assert link(order, COMMUNITY_A).state == Link.READ, "a late reading sends nothing twice"


def test_impossible_is_an_answer_and_the_superior_owes_one(city):
    order = issue(city)
    row = read_down(city, order)[0]
    orders.answer_impossible(code=row.pk, because="停车场停电,无照明", by=city.actor(COMMUNITY_A), at=at(0.5))
    duty = Duty.objects.get(kind="order.impossible_answered")
    assert (duty.owner_id, duty.due_at) == (STREET_1, at(1))
    assert Duty.objects.get(kind="order.executed").why == "停车场停电,无照明", "the answer stands beside the clock"
    with pytest.raises(NotPermitted):
        orders.decide_impossible(code=row.pk, decision=Answer.STANDS, note="x", by=city.actor(COMMUNITY_A), at=at(0.6))
    with pytest.raises(InputFault, match="later is an instant"):
        orders.decide_impossible(code=row.pk, decision=Answer.LATER, note="x", by=city.actor(STREET_1), at=at(0.6))
    orders.decide_impossible(
        code=row.pk, decision=Answer.LATER, note="送发电机", due_at=at(5), by=city.actor(STREET_1), at=at(0.7)
    )
    assert Duty.objects.get(kind="order.executed").due_at == at(5)
    orders.answer_impossible(code=row.pk, because="仍停电", by=city.actor(COMMUNITY_A), at=at(2))
    orders.decide_impossible(code=row.pk, decision=Answer.RELEASED, note="改由邻近社区", by=city.actor(EAST), at=at(2.1))
    assert Order.objects.get().state == OrderState.CARRIED_OUT
    assert not Duty.objects.filter(state="open").exists()


def test_a_newer_order_supersedes_and_nobody_owes_the_old_one(city):
    old = issue(city)
    read_down(city, old)
    new = issue(city, number="2022-2", supersedes=old.pk, when=at(1))
    old.refresh_from_db()
    assert (old.state, old.ended_why) == (OrderState.SUPERSEDED, "superseded by 2022-2")
    assert set(_states(old).values()) == {Link.VOID}
    assert Duty.objects.filter(kind="order.executed").get().state == "superseded"
    assert owed("order.opened") == [EAST]
    assert new.addressees.filter(state=Link.SENT).get().unit_id == EAST
    with pytest.raises(Refused, match="superseded already"):
        issue(city, number="2022-3", supersedes=old.pk, when=at(1))


def test_a_recalled_order_is_stopped_by_whoever_had_opened_it(city):
    order = issue(city, named=f"{COMMUNITY_A} {COMMUNITY_C}")
    for unit in (EAST, STREET_1, COMMUNITY_A):
        read(city, order, unit, at(0.1))
    orders.recall_order(code=order.pk, reason="地点有误", by=city.actor(CITY), at=at(0.5))
    assert _states(order) == {
        EAST: Link.VOID, STREET_1: Link.VOID, STREET_2: Link.VOID, COMMUNITY_A: Link.TO_STOP, COMMUNITY_C: Link.VOID,
    }  # fmt: skip
    assert (owed("order.stopped"), owed("order.executed"), owed("order.opened")) == ([COMMUNITY_A], [], [])
    orders.confirm_stop(code=link(order, COMMUNITY_A).pk, note="已撤点", by=city.actor(COMMUNITY_A), at=at(0.6))
    assert not Duty.objects.filter(state="open").exists()


def test_two_orders_that_cannot_both_be_obeyed_are_decided_by_the_unit_above_both(city):
    first = issue(city, by=STREET_1, number="街1", place_code=STREET_1, named=COMMUNITY_A)
    second = issue(city, by=EAST, number="区1", verb=Verb.CLOSE, named=COMMUNITY_B, when=at(0.5))
    row = OrderClash.objects.get()
    assert (row.first, row.second, row.unit_id, row.why) == (first, second, EAST, "opposite")
    assert owed("order.clash_decided") == [EAST]
    orders.decide_clash(code=row.pk, prevails=Prevails.SECOND, decision="以区为准", by=city.actor(EAST), at=at(0.7))
    first.refresh_from_db()
    assert (first.state, owed("order.clash_decided")) == (OrderState.RECALLED, [])
    with pytest.raises(Refused, match="decided already"):
        orders.decide_clash(code=row.pk, prevails=Prevails.BOTH, decision="x", by=city.actor(EAST), at=at(0.8))


def test_a_contradiction_is_gone_when_one_of_the_two_ends(city):
    issue(city)
    second = issue(city, number="2", verb=Verb.CLOSE, when=at(0.5))
    orders.recall_order(code=second.pk, reason="有误", by=city.actor(CITY), at=at(0.6))
    assert OrderClash.objects.get().state == ClashState.GONE
    assert owed("order.clash_decided") == []


def test_a_draw_is_the_same_for_the_same_seed_and_another_unit_looks(city):
    order = issue(city, named=f"{COMMUNITY_A} {COMMUNITY_B} {COMMUNITY_C}")
    for row in read_down(city, order):
        orders.finish_order(code=row.pk, witness="网格员", by=city.actor(row.unit_id), at=at(1))
    codes = [row.pk for row in order.addressees.filter(leaf=True)]
    assert rules.drawn(codes, seed="s", number=2) == rules.drawn(codes[::-1], seed="s", number=2)
    orders.draw_checks(code=order.pk, seed="22 日开奖号", number=1, checker=STREET_2, by=city.actor(CITY), at=at(2))
    check = Check.objects.get()
    assert check.addressee.unit_id in {COMMUNITY_A, COMMUNITY_B}, "the street below which it was done is not asked"
    assert owed("order.checked") == [STREET_2]
    orders.report_check(
        code=check.pk,
        state=CheckState.NOT_DONE,
        finding="现场无人",
        by=city.actor(STREET_2, role=city.actor(EAST).role),
        at=at(3),
    )
    assert owed("order.executed_again") == [check.addressee.unit_id]
    order.refresh_from_db()
    assert order.state == OrderState.IN_FORCE
    for hours in (3, 3.3):
        sweep(at=at(hours))
    assert {one.unit_id for one in Duty.objects.get(kind="order.executed_again").notices.filter(state="sent")} == {
        check.addressee.unit_id, CITY,
    }  # fmt: skip
    again = Addressee.objects.get(pk=check.addressee_id)
    orders.finish_order(code=again.pk, count=3, by=city.actor(again.unit_id), at=at(4))
    assert not Duty.objects.filter(state="open").exists()


def test_an_order_past_its_end_commands_nothing_and_the_miss_stays_seen(city):
    order = issue(city)
    read(city, order, EAST, at(0.1))
    assert orders.end_due_orders(by=cities.SYSTEM, at=at(12)) == 1
    order.refresh_from_db()
    assert (order.state, order.ended_at) == (OrderState.EXPIRED, at(12))
    assert owed("order.opened") == [STREET_1], "the street never opened it, and that is still seen"
    assert orders.end_due_orders(by=cities.SYSTEM, at=at(13)) == 0


def test_what_an_order_must_say(city):
    with pytest.raises(InputFault, match="no unit below"):
        issue(city, named="990199")
    with pytest.raises(InputFault, match="at least one addressee"):
        issue(city, named="")
    with pytest.raises(InputFault, match="does not lie below"):
        issue(city, by=EAST, place_code=WEST)
    with pytest.raises(InputFault, match="due after now"):
        issue(city, due_at=at(-1))
    with pytest.raises(InputFault, match="read from a round"):
        issue(city, per_hour=200)
    with pytest.raises(NotPermitted):
        issue(city, by=COMMUNITY_A)
    issue(city)
    with pytest.raises(Conflict, match="already"):
        issue(city)


def test_the_database_holds_that_nothing_is_done_without_evidence(city):
    order = issue(city)
    row = read_down(city, order)[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Addressee.objects.filter(pk=row.pk).update(state=Link.DONE, done_at=at(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(state=OrderState.RECALLED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Addressee.objects.filter(pk=link(order, EAST).pk).update(sent_at=None)


def test_the_chain_of_an_order_without_the_database():
    nodes = rules.chain(issuer=EAST, targets=[COMMUNITY_A, STREET_2], known={EAST, STREET_1, STREET_2, COMMUNITY_A})
    assert [(one.unit, one.above, one.leaf) for one in nodes] == [
        (STREET_1, "", False), (STREET_2, "", True), (COMMUNITY_A, STREET_1, True),
    ]  # fmt: skip
    assert rules.decider(EAST, COMMUNITY_A) == EAST
    assert rules.decider(EAST, WEST) == CITY
    assert rules.named_units("1;2, 3、4\n5") == ["1", "2", "3", "4", "5"]

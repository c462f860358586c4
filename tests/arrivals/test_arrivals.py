"""Arrivals (D13): the rule decides what is asked, nobody asks more, a wrong address is handed over, the end comes by itself."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from bulou.arrivals import actions, rules
from bulou.arrivals.book import ARRIVALS
from bulou.arrivals.choices import ArrivalState, Measure, Risk, TestState, Transport
from bulou.arrivals.models import Arrival, ArrivalTest
from bulou.books import reading
from bulou.duties import handovers
from bulou.duties.models import Duty
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.ledger.models import Entry
from bulou.policy import load_pack
from tests import city as cities

HERE, NEXT, EAST = cities.COMMUNITY_A, cities.COMMUNITY_B, cities.EAST
DAY = date(2022, 9, 20)
_TERMS = st.builds(
    rules.Terms, measure=st.sampled_from(Measure), days=st.integers(0, 14), source=st.just("rule"),
    tests=st.sets(st.integers(1, 14), max_size=5).map(lambda days: tuple(sorted(days))),
)  # fmt: skip


@given(_TERMS, st.integers(0, 20))
def test_days_already_spent_count_and_no_test_lies_behind_the_arrival_or_stands_twice(terms, earlier):
    left = DAY - timedelta(days=earlier)
    asked = rules.tests(terms, arrived_on=DAY, left_on=left)
    assert [one.on for one in asked] == sorted({one.on for one in asked})
    assert len({one.day for one in asked}) == len(asked)
    assert all(one.on >= DAY for one in asked)
    assert bool(asked) is bool(terms.tests)
    assert len(asked) <= len(terms.tests) + 1, "the test on arrival, and the rule's days that still lie ahead"
    assert rules.last_day(terms, arrived_on=DAY, left_on=left) <= rules.last_day(terms, arrived_on=DAY, left_on=None)


@given(_TERMS, _TERMS)
def test_nothing_stricter_than_the_rule_passes_and_nothing_that_is_not_stricter_is_refused(rule, asked):
    order = list(Measure)
    stricter = (
        order.index(asked.measure) > order.index(rule.measure) or asked.days > rule.days or len(asked.tests) > len(rule.tests)
    )
    with pytest.raises(Refused, match="rule") if stricter else nullcontext():
        rules.require_no_stricter(rule, measure=asked.measure, days=asked.days, test_days=asked.tests)


def test_the_pack_holds_the_ninth_edition_s_terms_with_their_words():
    pack = load_pack("guiyang-2022")
    found = {risk: actions.terms_of(pack, risk) for risk in Risk}
    assert [(one.measure, one.days, len(one.tests)) for one in found.values()] == [
        (Measure.CENTRAL, 7, 5), (Measure.HOME, 7, 3), (Measure.TESTS, 3, 2), (Measure.NONE, 0, 0),
    ]  # fmt: skip
    assert "3天内完成2次核酸检测" in found[Risk.LOW].source


@pytest.mark.parametrize("text", ["1,3", "3;1", "1、3", " 1 3 3"])
def test_days_are_read_as_people_write_them(text):
    assert rules.read_days(text, column="tests") == (1, 3)
    for wrong in ("0", "100", "one", "-1"):
        with pytest.raises(InputFault):
            rules.read_days(wrong, column="tests")


def _register(city, **given):
    said = {
        "name": "来某", "phone": "13900000001", "whence": "外省某市", "risk": Risk.LOW, "transport": Transport.TRAIN, "carrier": "G1 5A",
        "arrives_at": cities.at(-1), "unit": EAST, "stay_unit": HERE, "place_code": HERE, "stay": "3 栋 502", "by": city.actor(EAST),
        "at": cities.at(),
    }  # fmt: skip
    return actions.register_arrival(**{**said, **given})


def _open():
    return set(Duty.objects.filter(state="open").values_list("kind", "owner_id"))


@pytest.mark.django_db
def test_the_desk_owes_everything_until_the_community_of_stay_takes_over(city):
    row = _register(city)
    assert (row.state, row.measure, row.days) == (ArrivalState.OFFERED, Measure.TESTS, 3)
    assert _open() == {("arrival.followed", EAST), ("arrival.first_test", EAST), ("arrival.tested", EAST)}
    assert "accept" in {step.name for step in reading.offered(ARRIVALS, city.actor(HERE), row)}
    actions.accept_arrival(code=row.pk, by=city.actor(HERE), at=cities.at(1))
    row.refresh_from_db()
    assert (row.state, row.unit_id, row.accepted_at) == (ArrivalState.FOLLOWED, HERE, cities.at(1))
    assert _open() == {("arrival.followed", HERE), ("arrival.first_test", HERE), ("arrival.tested", HERE)}
    assert set(ArrivalTest.objects.values_list("unit", flat=True)) == {HERE}


@pytest.mark.django_db
def test_accepting_the_duty_on_another_page_is_the_same(city):
    row = _register(city)
    handovers.accept_handover(duty_id=Duty.objects.get(kind="arrival.followed").pk, by=city.actor(HERE), at=cities.at(1))
    row.refresh_from_db()
    assert (row.state, row.unit_id, row.offered_to) == (ArrivalState.FOLLOWED, HERE, None)


@pytest.mark.django_db
def test_a_wrong_address_is_declined_handed_over_and_never_dropped(city):
    row = _register(city)
    actions.decline_arrival(code=row.pk, reason="不在本社区", by=city.actor(HERE), at=cities.at(1))
    row.refresh_from_db()
    assert (row.state, row.unit_id) == (ArrivalState.ARRIVED, EAST)
    assert ("arrival.followed", EAST) in _open()
    actions.pass_on(
        code=row.pk, unit=NEXT, place_code=NEXT, stay="5 栋", reason="核实地址", by=city.actor(EAST), at=cities.at(1.2)
    )
    actions.accept_arrival(code=row.pk, by=city.actor(NEXT), at=cities.at(1.5))
    actions.not_found(code=row.pk, tried="电话不通,邻居称未见", by=city.actor(NEXT), at=cities.at(2))
    assert ("arrival.searched", cities.STREET_1) in _open()
    assert ("arrival.followed", NEXT) in _open(), "the follow-up stays owed while somebody searches"
    with pytest.raises(NotFound):
        actions.found_again(code=row.pk, unit=HERE, place_code=HERE, stay="1 栋", by=city.actor(HERE), at=cities.at(3))
    actions.found_again(code=row.pk, unit=HERE, place_code=HERE, stay="1 栋", by=city.actor(cities.STREET_1), at=cities.at(3))
    assert ("arrival.searched", cities.STREET_1) not in _open()
    actions.accept_arrival(code=row.pk, by=city.actor(HERE), at=cities.at(3.5))
    assert {owner for _, owner in _open()} == {HERE}
    assert Arrival.objects.get().place_code == HERE


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"measure": Measure.HOME, "days": 3, "tests": "1,3"}, "home instead of tests"),
        ({"measure": Measure.TESTS, "days": 14, "tests": "1,3"}, "14 days instead of 3"),
        ({"measure": Measure.TESTS, "days": 3, "tests": "1,2,3"}, "3 tests instead of 2"),
    ],
)
def test_more_than_the_rule_is_refused_and_the_rule_is_named(city, more, said):
    row = _register(city, unit=HERE, by=city.actor(HERE))
    with pytest.raises(Refused, match=said) as refused:
        actions.set_terms(code=row.pk, reason="加码", by=city.actor(HERE), at=cities.at(1), **more)
    assert "低风险区旅居史人员,要求3天内完成2次核酸检测" in refused.value.message
    with pytest.raises(Refused, match="on which the rule asks for none"):
        actions.set_terms(
            code=row.pk, measure=Measure.TESTS, days=3, tests="2", reason="改期", by=city.actor(HERE), at=cities.at(1)
        )
    row.refresh_from_db()
    assert (row.measure, row.days) == (Measure.TESTS, 3)
    with transaction.atomic(), pytest.raises(IntegrityError):
        Arrival.objects.filter(pk=row.pk).update(days=14)


@pytest.mark.django_db
def test_less_may_be_asked_and_what_is_asked_no_more_is_owed_no_more(city):
    row = _register(city, unit=HERE, by=city.actor(HERE), risk=Risk.MID)
    actions.set_terms(
        code=row.pk, measure=Measure.TESTS, days=3, tests="1", reason="透析患者", by=city.actor(HERE), at=cities.at(1)
    )
    row.refresh_from_db()
    assert (row.measure, row.days, row.relief) == (Measure.TESTS, 3, "透析患者")
    assert _open() == {("arrival.followed", HERE), ("arrival.first_test", HERE)}
    assert Duty.objects.get(kind="arrival.followed").due_at == row.ends_at
    assert set(row.tests.values_list("day", "state")) == {(1, TestState.OWED), (4, TestState.NOT_OWED), (7, TestState.NOT_OWED)}


@pytest.mark.django_db
def test_the_rule_ends_the_follow_up_and_a_missed_test_is_asked_of_nobody_after_it(city):
    row = _register(city, unit=HERE, by=city.actor(HERE), left_on=DAY - timedelta(days=1))
    assert row.ends_at == cities.at(40), "two of the three days remain: the end of the 21st, 24:00 in the city"
    first = row.tests.get(first=True)
    actions.take_test(code=first.pk, tube="T1", by=city.actor(HERE), at=cities.at(2))
    assert actions.end_due(by=cities.SYSTEM, at=cities.at(39)) == 0
    assert actions.end_due(by=cities.SYSTEM, at=cities.at(40)) == 1
    row.refresh_from_db()
    assert (row.state, row.ended_at) == (ArrivalState.ENDED, cities.at(40))
    assert set(row.tests.values_list("state", flat=True)) == {TestState.TAKEN, TestState.MISSED}
    assert _open() == set()
    assert actions.erase_due(by=cities.SYSTEM, at=cities.at(40 + 29 * 24)) == 0
    assert actions.erase_due(by=cities.SYSTEM, at=cities.at(41 + 30 * 24)) == 1
    row.refresh_from_db()
    assert (row.name, row.phone, row.stay, row.whence) == ("", "", "", "外省某市")


@pytest.mark.django_db
def test_who_comes_from_no_area_of_risk_is_registered_and_owes_nothing(city):
    row = _register(city, risk=Risk.NONE)
    assert (row.state, row.tests.count()) == (ArrivalState.ENDED, 0)
    assert _open() == set()


@pytest.mark.django_db
def test_who_is_announced_is_owed_from_the_arrival_on_and_may_not_come(city):
    row = _register(city, arrives_at=cities.at(5))
    assert _open() == {("arrival.appeared", EAST)}
    other = _register(city, arrives_at=cities.at(5))
    actions.cancel_arrival(code=other.pk, reason="本人来电改期", by=city.actor(EAST), at=cities.at(4))
    actions.arrive(code=row.pk, by=city.actor(EAST), at=cities.at(6))
    assert ("arrival.appeared", EAST) not in _open()
    assert Duty.objects.get(kind="arrival.first_test").due_at == cities.at(18), "never in less than twelve hours"
    with pytest.raises(InputFault, match="behind the arrival"):
        _register(city, left_on=DAY + timedelta(days=3))
    with pytest.raises(InputFault, match="60 days"):
        _register(city, arrives_at=cities.at(24 * 90))
    assert "来某" not in "".join(Entry.objects.values_list("data", flat=True)), "the record names nobody"

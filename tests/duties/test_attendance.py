"""D16: on duty and silent counts as absent after the pack's minutes; a unit without anybody is owed by its superior, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bulou.duties import actions as duties
from bulou.duties import handovers, queries
from bulou.duties.attendance import Watched, watch_posts
from bulou.duties.models import Duty, Evidence, Notice, Tenure
from bulou.kernel.actor import Role
from bulou.ledger.models import Entry
from bulou.policy import load_pack
from bulou.units import actions as units
from bulou.units import rules
from bulou.units.choices import PostKind, UnitKind
from bulou.units.models import Holding, Unit
from tests import city as cities

pytestmark = pytest.mark.django_db
AFTER = load_pack().span("absent_after")
A, B, STREET, EAST, CITY = cities.COMMUNITY_A, cities.COMMUNITY_B, cities.STREET_1, cities.EAST, cities.CITY
QUIET = Watched()


@pytest.fixture
def told(city):
    """Community A is given a task at 09:00, which is told to it at once; due much later, so that nothing is late."""
    return duties.assign_task(to_unit=A, text="核对名册", due_at=cities.at(9), by=city.actor(STREET), at=cities.at(1))


def _at(minutes):
    return cities.at(1, minutes=minutes)


def test_the_minutes_are_the_packs():
    assert timedelta(minutes=15) == AFTER
    absent = rules.counts_as_absent
    now = _at(15)
    assert absent(told_at=_at(0), since=cities.at(-24), now=now, after=AFTER)
    assert not absent(told_at=_at(0), since=cities.at(-24), now=now - timedelta(seconds=1), after=AFTER)
    assert not absent(told_at=_at(0), since=_at(5), now=now, after=AFTER)  # relieved meanwhile: the same minutes again
    assert absent(told_at=_at(0), since=_at(5), now=_at(20), after=AFTER)


def test_a_post_that_does_not_answer_is_owed_by_the_superior_and_the_stand_in_is_told_of_the_duty(city, told):
    assert watch_posts(at=_at(14)) == QUIET
    assert watch_posts(at=_at(15)) == Watched(silent=(A,))
    line = Notice.objects.get(duty=told, step__startswith="silent:")
    assert (line.unit_id, line.told, line.told_at, line.due_at) == (STREET, "东一街道值班员", _at(15), _at(15))
    owed = Duty.objects.get(kind="post.answered")
    assert (owed.owner_id, owed.about, owed.parent_id, owed.due_at) == (STREET, f"unit:{A}", told.pk, _at(30))
    assert owed.why == "told at 09:00 and no answer since"
    assert Entry.objects.filter(tag="unit:post:silent", unit=A).count() == 1
    told.refresh_from_db()
    assert told.owner_id == A  # silence does not change the owner
    assert Tenure.objects.filter(duty=told).count() == 1
    assert list(queries.duty(city.actor(STREET), told.pk).notices.order_by("id").values_list("step", "unit_id")) == [
        ("task:assigned", A), (f"silent:{Notice.objects.get(step='task:assigned').pk}", STREET),
    ]  # fmt: skip


def test_it_is_said_once_however_often_it_is_looked_at_and_however_much_is_unread(city, told):
    for number in range(3):
        duties.assign_task(to_unit=A, text=f"任务 {number}", due_at=cities.at(9), by=city.actor(STREET), at=_at(1))
    for minute in range(15, 26):
        watch_posts(at=_at(minute))
    assert Duty.objects.filter(kind="post.answered").count() == 1
    assert Notice.objects.filter(step__startswith="silent:").count() == 1


def test_a_silent_superior_is_told_to_its_own_superior_and_the_climb_ends_at_the_top(city, told):
    found = [watch_posts(at=_at(minute)).silent for minute in range(0, 180, 15)]
    assert found[:6] == [(), (A,), (STREET,), (EAST,), (CITY,), ()]  # the province has nobody above it
    owners = Duty.objects.filter(kind="post.answered").order_by("opened_at").values_list("owner_id", flat=True)
    assert list(owners) == [STREET, EAST, CITY, "99"]


def test_whoever_acts_in_the_unit_beside_the_silent_one_is_told_first(city, told):
    post = units.create_post(
        unit=city.units[A], kind=PostKind.STEWARD, title="包保责任人", role=Role.COMMUNITY_WORKER, by=cities.SYSTEM, at=_at(0),
        place_code=f"{A}-0001",
    )  # fmt: skip
    units.fill_post(post=post, staff=city.staff[B], by=cities.SYSTEM, at=cities.at(0))
    watch_posts(at=_at(15))
    line = Notice.objects.get(step__startswith="silent:")
    assert (line.unit_id, line.told) == (A, "乙社区值班员")
    assert Duty.objects.get(kind="post.answered").owner_id == STREET


@pytest.mark.parametrize("how", ["read", "evidence", "closed", "cannot", "another line read"])
def test_any_answer_in_time_is_an_answer_and_nobody_is_bothered(city, told, how):
    by, when = city.actor(A), _at(14)
    if how == "read":
        duties.read_notice(notice_id=told.notices.get().pk, by=by, at=when)
    elif how == "evidence":
        duties.add_evidence(duty_id=told.pk, kind="note", ref="1", by=by, at=when)
    elif how == "closed":
        duties.fulfil(duty_id=told.pk, kind="note", ref="1", by=by, at=when)
    elif how == "cannot":
        duties.answer_no_capacity(duty_id=told.pk, reason="缺人", by=by, at=when)
        duties.read_notice(notice_id=Notice.objects.get(step="capacity:asked").pk, by=city.actor(STREET), at=when)
    else:
        other = duties.assign_task(to_unit=A, text="另一件", due_at=cities.at(9), by=city.actor(STREET), at=_at(13))
        duties.read_notice(notice_id=other.notices.get().pk, by=by, at=when)
    assert watch_posts(at=_at(20)) == QUIET
    assert not Duty.objects.filter(kind="post.answered").exists()


def test_what_somebody_else_does_about_the_duty_is_not_the_posts_answer(city, told):
    duties.add_evidence(duty_id=told.pk, kind="note", ref="1", by=city.actor(STREET), at=_at(14))
    assert watch_posts(at=_at(15)).silent == (A,)


@pytest.mark.parametrize("how", ["read", "acting", "shift", "step"])
def test_when_the_post_answers_or_somebody_else_comes_the_superiors_duty_is_done(city, told, how):
    watch_posts(at=_at(15))
    if how == "read":
        duties.read_notice(notice_id=told.notices.get(step="task:assigned").pk, by=city.actor(A), at=_at(17))
    elif how == "acting":
        units.name_acting(post=city.posts[A], staff=city.staff[B], by=city.actor(STREET), at=_at(17))
    elif how == "shift":
        units.plan_shift(
            post=city.posts[A], staff=city.staff[B], starts_at=_at(17), ends_at=cities.at(9), by=cities.SYSTEM, at=_at(16)
        )
    else:
        handovers.offer_handover(duty_id=told.pk, to_unit=B, by=city.actor(A), at=_at(17))
    assert watch_posts(at=_at(18)).answers == (A,)
    owed = Duty.objects.get(kind="post.answered")
    assert (owed.state, owed.closed_at) == ("fulfilled", _at(18))
    assert Evidence.objects.get(duty=owed).kind == "unit:post:answers"
    assert Entry.objects.filter(tag="unit:post:answers", unit=A).count() == 1
    duties.read_notice(notice_id=Notice.objects.get(step__startswith="silent:").pk, by=city.actor(STREET), at=_at(19))
    assert watch_posts(at=_at(20)) == QUIET


def test_an_empty_post_is_a_vacancy_and_not_a_silence(city, told):
    units.vacate_post(post=city.posts[A], reason="离岗", by=city.actor(STREET), at=_at(5))
    duties.read_notice(notice_id=Notice.objects.get(step__startswith="vacancy").pk, by=city.actor(STREET), at=_at(6))
    assert watch_posts(at=_at(40)) == QUIET  # the superior has the duty, and owes a holder for the post already
    assert Duty.objects.get(kind="post.filled").state == "open"


def _community(number):
    unit = units.register_unit(
        code=f"{STREET}{number:03}", name=f"空{number}", kind=UnitKind.COMMUNITY, by=cities.SYSTEM, at=cities.at()
    )
    post = units.create_post(
        unit=unit, kind=PostKind.DUTY_OFFICER, title="值班员", role=Role.COMMUNITY_WORKER, by=cities.SYSTEM, at=cities.at()
    )
    return unit, post


def test_a_unit_without_anybody_is_owed_by_its_superior_until_somebody_comes(city):
    assert watch_posts(at=_at(0)) == QUIET
    unit, post = _community(50)
    assert watch_posts(at=_at(1)).unattended == (unit.code,)
    assert watch_posts(at=_at(2)) == QUIET  # once
    owed = Duty.objects.get(kind="unit.owner_named")
    assert (owed.owner_id, owed.about, owed.label, owed.due_at) == (STREET, f"unit:{unit.code}", "空50", _at(121))
    units.plan_shift(post=post, staff=city.staff[B], starts_at=_at(30), ends_at=_at(60), by=cities.SYSTEM, at=_at(3))
    assert watch_posts(at=_at(29)) == QUIET  # planned is not there
    assert watch_posts(at=_at(30)).attended == (unit.code,)
    assert watch_posts(at=_at(60)).unattended == (unit.code,)  # the shift ended and nobody relieved it
    states = Duty.objects.filter(kind="unit.owner_named").order_by("opened_at").values_list("state", flat=True)
    assert list(states) == ["fulfilled", "open"]


def test_the_owner_of_an_empty_unit_is_a_superior_in_which_somebody_stands(city):
    Holding.objects.filter(post=city.posts[STREET]).update(ends_at=_at(0))
    found = watch_posts(at=_at(1)).unattended
    assert found == (STREET,)
    _community(50)
    watch_posts(at=_at(2))
    assert set(Duty.objects.filter(kind="unit.owner_named").values_list("owner_id", flat=True)) == {EAST}


def test_a_city_in_which_nobody_stands_anywhere_has_not_begun(city):
    Holding.objects.all().delete()
    assert watch_posts(at=_at(1)) == QUIET


def test_1700_units_are_opened_and_closed_in_a_bounded_number_of_statements(city):
    fresh = [
        Unit(code=f"{street}{number:03}", name=f"空{number}", kind=UnitKind.COMMUNITY, parent_id=street)
        for street in (STREET, cities.STREET_2)
        for number in range(100, 950)
    ]
    Unit.objects.bulk_create(fresh)
    counts = []
    for shown in (1700, 0, 1700):
        if shown == 0:
            posts = [units.Post(unit=unit, kind="duty_officer", title="值班员", role="community_worker") for unit in fresh]
            units.Post.objects.bulk_create(posts)
            Holding.objects.bulk_create(
                Holding(post=post, staff=city.staff[B], kind="holder", starts_at=_at(1)) for post in posts
            )
        elif counts:
            Holding.objects.filter(post__unit__in=fresh).update(ends_at=_at(3))
        with CaptureQueriesContext(connection) as seen:
            found = watch_posts(at=_at(1 + len(counts)))
        assert (len(found.unattended), len(found.attended)) == ((shown, 0) if shown else (0, 1700))
        counts.append(len(seen))
    assert max(counts) <= 120, counts  # two or three for each thousand rows, never one for each unit
    assert Duty.objects.filter(kind="unit.owner_named").count() == 3400

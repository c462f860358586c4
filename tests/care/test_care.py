"""Needs, answers and standing visits: what may follow what, what the tables hold, what is asked for once."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from bulou.care import actions, rules
from bulou.care.choices import AnswerState, CareState, How, Need
from bulou.care.models import CareNeed, HospitalAnswer, StandingVisit
from bulou.duties.models import Duty
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.units import actions as units
from bulou.units.choices import UnitKind
from tests import city as cities

HERE = cities.COMMUNITY_A
FIRST, SECOND = f"{cities.EAST}:hos001", f"{cities.WEST}:hos001"
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def hospitals(city):
    for code in (FIRST, SECOND):
        units.register_unit(code=code, name=f"医院{code}", kind=UnitKind.HOSPITAL, by=cities.SYSTEM, at=cities.at(-24))
    return city


def doctor(city, code):
    return city.actor(cities.EAST if code == FIRST else cities.WEST, role=Role.HOSPITAL)


def ask(city, need=Need.DIALYSIS, **said):
    given_ = {
        "person_id": "P1",
        "unit": HERE,
        "place_code": HERE,
        "how": How.CAPTAIN,
        "by": city.actor(HERE),
        "at": cities.at(),
    }
    return actions.ask_care(need=need, **{**given_, **said})


@pytest.mark.django_db
def test_medicine_comes_to_the_door_and_no_hospital_is_asked(hospitals):
    row = ask(hospitals, Need.MEDICINE)
    with pytest.raises(Refused, match="comes to the person"):
        actions.ask_hospital(code=row.pk, hospital=FIRST, by=hospitals.actor(HERE), at=cities.at(1))
    with pytest.raises(InputFault, match="what came of it"):
        actions.end_care(code=row.pk, result=" ", by=hospitals.actor(HERE), at=cities.at(1))
    actions.end_care(code=row.pk, result="已送到", by=hospitals.actor(HERE), at=cities.at(1))
    assert not Duty.objects.filter(state="open").exists()


@pytest.mark.django_db
def test_two_hospitals_are_asked_at_once_and_the_second_answer_is_not_needed(hospitals):
    row, here = ask(hospitals), hospitals.actor(HERE)
    for code in (FIRST, SECOND):
        actions.ask_hospital(code=row.pk, hospital=code, by=here, at=cities.at(minutes=2))
    with pytest.raises(Refused, match="has not answered"):
        actions.ask_hospital(code=row.pk, hospital=FIRST, by=here, at=cities.at(minutes=3))
    first, second = HospitalAnswer.objects.get(hospital=FIRST), HospitalAnswer.objects.get(hospital=SECOND)
    actions.refuse_person(code=first.pk, reason="满员", by=doctor(hospitals, FIRST), at=cities.at(minutes=4))
    assert not Duty.objects.filter(kind="care.refusal_decided").exists(), "another hospital is still asked"
    actions.accept_person(code=second.pk, by=doctor(hospitals, SECOND), at=cities.at(minutes=6))
    row.refresh_from_db()
    assert (row.state, row.hospital_id, row.refusals) == (CareState.ACCEPTED, SECOND, 1)
    with pytest.raises(Refused):
        actions.accept_person(code=first.pk, by=doctor(hospitals, FIRST), at=cities.at(minutes=7))
    assert set(Duty.objects.filter(state="open").values_list("kind", flat=True)) == {"care.transported"}


@pytest.mark.django_db
def test_a_withdrawn_need_owes_nothing_and_nobody(hospitals):
    row, here = ask(hospitals), hospitals.actor(HERE)
    actions.ask_hospital(code=row.pk, hospital=FIRST, by=here, at=cities.at(minutes=2))
    actions.withdraw_care(code=row.pk, result="本人已自行前往", by=here, at=cities.at(minutes=3))
    assert HospitalAnswer.objects.get().state == AnswerState.OVERTAKEN
    assert not Duty.objects.filter(state="open").exists()


@pytest.mark.django_db
def test_only_the_hospital_answers_and_a_foreign_need_is_missing(hospitals):
    row = ask(hospitals)
    actions.ask_hospital(code=row.pk, hospital=FIRST, by=hospitals.actor(HERE), at=cities.at(minutes=2))
    answer = HospitalAnswer.objects.get()
    with pytest.raises(NotFound):
        actions.accept_person(code=answer.pk, by=doctor(hospitals, SECOND), at=cities.at(minutes=3))
    with pytest.raises(NotPermitted):
        actions.accept_person(code=answer.pk, by=hospitals.actor(HERE), at=cities.at(minutes=3))
    with pytest.raises(NotFound):
        actions.withdraw_care(code=row.pk, result="x", by=hospitals.actor(cities.COMMUNITY_C), at=cities.at(minutes=3))
    with pytest.raises(InputFault, match="no hospital"):
        actions.ask_hospital(code=row.pk, hospital=cities.LAB_1, by=hospitals.actor(HERE), at=cities.at(minutes=3))


@pytest.mark.django_db
def test_standing_visits_are_asked_for_once_though_the_worker_looks_often(hospitals):
    here = hospitals.actor(HERE)
    actions.keep_standing_visit(
        person_id="P1", need=Need.DIALYSIS, unit=HERE, place_code=HERE, hospital=FIRST, weekdays="246", hour="02:00",
        since_on=date(2022, 9, 20), by=here, at=cities.at(),
    )  # fmt: skip
    made = [
        actions.ask_for_visits(upto=cities.at(hours + 24), by=cities.SYSTEM, at=cities.at(hours)) for hours in (0, 0, 6, 24, 48)
    ]
    # Tuesday 20 September, 08:00: the next visits are Thursday 02:00 and Saturday 02:00.
    assert made == [0, 0, 0, 1, 0]
    row = CareNeed.objects.get()
    assert (row.visit_at.astimezone(ZONE), row.how) == (datetime(2022, 9, 22, 2, 0, tzinfo=ZONE), How.STANDING)
    assert HospitalAnswer.objects.get().hospital_id == FIRST
    assert actions.ask_for_visits(upto=cities.at(96), by=cities.SYSTEM, at=cities.at(72)) == 1
    actions.end_standing_visit(code=StandingVisit.objects.get().pk, until_on=date(2022, 9, 25), by=here, at=cities.at(73))
    assert actions.ask_for_visits(upto=cities.at(24 * 30), by=cities.SYSTEM, at=cities.at(74)) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("hour", {"hour": "two"}),
        ("weekdays", {"weekdays": "18"}),
        ("until_on", {"until_on": date(2022, 9, 1)}),
        ("need", {"need": Need.MEDICINE}),
    ],
)
def test_a_standing_visit_says_what_is_wrong(hospitals, column, said):
    given_ = {
        "person_id": "P1",
        "need": Need.DIALYSIS,
        "unit": HERE,
        "place_code": HERE,
        "hospital": FIRST,
        "weekdays": "135",
        "hour": "02:00",
        "since_on": date(2022, 9, 20),
    }
    with pytest.raises(InputFault) as found:
        actions.keep_standing_visit(**{**given_, **said}, by=hospitals.actor(HERE), at=cities.at())
    assert found.value.column == column


@pytest.mark.django_db
def test_the_tables_hold_what_the_actions_promise(hospitals):
    row = ask(hospitals)
    for wrong in ({"state": CareState.ACCEPTED}, {"state": CareState.HELPED}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CareNeed.objects.filter(pk=row.pk).update(**wrong)
    actions.ask_hospital(code=row.pk, hospital=FIRST, by=hospitals.actor(HERE), at=cities.at(minutes=2))
    with pytest.raises(IntegrityError), transaction.atomic():
        HospitalAnswer.objects.update(state=AnswerState.REFUSED)


@given(
    weekdays=st.text("1234567", min_size=1, max_size=7).map(rules.read_days),
    hour=st.times(),
    cuts=st.lists(st.integers(0, 24 * 21), min_size=2, max_size=6).map(sorted),
)
def test_however_often_the_worker_looks_it_finds_the_same_visits(weekdays, hour, cuts):
    start = datetime(2022, 9, 1, tzinfo=ZONE)
    instants = [datetime.fromtimestamp(start.timestamp() + 3600 * cut, tz=ZONE) for cut in cuts]
    said = {"weekdays": weekdays, "hour": hour, "since": date(2022, 9, 3), "until": date(2022, 9, 15)}
    whole = list(rules.visits(**said, after=instants[0], before=instants[-1]))
    parts = [one for low, high in itertools.pairwise(instants) for one in rules.visits(**said, after=low, before=high)]
    assert parts == whole
    assert all(str(one.isoweekday()) in weekdays and one.timetz().replace(tzinfo=None) == hour for one in whole)
    assert all(date(2022, 9, 3) <= one.date() <= date(2022, 9, 15) for one in whole)


def test_weekdays_are_read_in_any_order():
    assert rules.read_days("5, 3;1 1") == "135"
    assert list(
        rules.visits(
            weekdays="1",
            hour=time(2),
            since=date(2022, 1, 1),
            until=None,
            after=datetime(2022, 9, 19, 2, tzinfo=ZONE),
            before=datetime(2022, 9, 26, 2, tzinfo=ZONE),
        )
    ) == [datetime(2022, 9, 26, 2, tzinfo=ZONE)]

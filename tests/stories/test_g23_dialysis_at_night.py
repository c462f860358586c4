"""G23: dialysis at 02:00 in a sealed compound; the first hospital refuses. Mirror: the hospital takes the person in minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.care import actions as care
from bulou.care.choices import CareState, How, Need
from bulou.care.models import HospitalAnswer
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.kernel.actor import Role
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.units import actions as units
from bulou.units.choices import UnitKind
from tests.city import CITY, COMMUNITY_A, EAST, STREET_1, SYSTEM, WEST, at

pytestmark = pytest.mark.django_db
NIGHT = at(18)  # 02:00 in the city
NEAR, FAR = f"{EAST}:hos001", f"{WEST}:hos001"


def after(minutes):
    return NIGHT + timedelta(minutes=minutes)


@pytest.fixture
def night(city):
    for code, name in ((NEAR, "东区医院"), (FAR, "西区医院")):
        units.register_unit(code=code, name=name, kind=UnitKind.HOSPITAL, by=SYSTEM, at=at(-24))
    return city


def _asked(city):
    """The building captain knocks: no phone, no log-in of the patient's own."""
    need = care.ask_care(
        person_id="P-dialysis", need=Need.DIALYSIS, unit=COMMUNITY_A, place_code=COMMUNITY_A, how=How.CAPTAIN, note="每周三次",
        by=city.actor(COMMUNITY_A), at=NIGHT,
    )  # fmt: skip
    care.ask_hospital(code=need.pk, hospital=NEAR, by=city.actor(COMMUNITY_A), at=after(2))
    return need, HospitalAnswer.objects.get(hospital=NEAR)


def _told(about):
    found = Notice.objects.filter(duty__about=about, state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - NIGHT) / timedelta(minutes=1)) for one in found]


def test_the_first_hospital_refuses_and_the_street_names_another_within_minutes(night):
    need, answer = _asked(night)
    near, far = night.actor(EAST, role=Role.HOSPITAL), night.actor(WEST, role=Role.HOSPITAL)
    care.refuse_person(code=answer.pk, reason="无 48 小时核酸", no_test=True, by=near, at=after(8))
    owed = Duty.objects.get(kind="care.refusal_decided")
    assert (owed.owner_id, owed.due_at, owed.state) == (STREET_1, after(18), "open")
    assert "48" in owed.why, "the street reads why"
    sweep(at=after(8))
    assert (STREET_1, 8) in _told(f"care:{need.pk}"), "the street knows at once"
    sweep(at=after(18))
    assert (EAST, 18) in _told(f"care:{need.pk}"), "and the district, when the street has not named one"
    care.ask_hospital(code=need.pk, hospital=FAR, by=night.actor(STREET_1), at=after(19))
    assert Duty.objects.get(kind="care.refusal_decided").state == "fulfilled"
    second = HospitalAnswer.objects.get(hospital=FAR)
    care.accept_person(code=second.pk, by=far, at=after(22))
    care.set_off(code=need.pk, vehicle="贵A·救护 3", by=night.actor(COMMUNITY_A), at=after(30))
    care.receive_person(code=need.pk, by=far, at=after(55))
    care.end_care(code=need.pk, result="透析完成,已返家", by=night.actor(COMMUNITY_A), at=after(340))
    assert not Duty.objects.filter(state="open").exists()
    need.refresh_from_db()
    assert (need.state, need.refusals) == (CareState.HELPED, 1)
    # What remains: who refused, when and for what, in the sealed record.
    answer.refresh_from_db()
    assert (answer.no_test, answer.reason, answer.answered_at) == (True, "无 48 小时核酸", after(8))
    assert Entry.objects.filter(tag="care:hospital:refused", subject=f"hospital_answer:{answer.pk}").exists()
    seal(at=after(400))
    assert verify(at=after(400)).broken is None


def test_a_hospital_that_does_not_answer_is_heard_of_by_the_city(night):
    need, answer = _asked(night)
    for minute in (12, 17, 40, 60, 90):
        sweep(at=after(minute))
    assert _told(f"hospital_answer:{answer.pk}") == [(NEAR, 12), (CITY, 17)]
    assert _told(f"care:{need.pk}") == [(COMMUNITY_A, 40), (STREET_1, 60), (CITY, 90)]


def test_mirror_the_hospital_takes_the_person_and_nobody_above_is_bothered(night):
    need, answer = _asked(night)
    near = night.actor(EAST, role=Role.HOSPITAL)
    care.accept_person(code=answer.pk, by=near, at=after(6))
    care.set_off(code=need.pk, vehicle="贵A·救护 3", by=night.actor(COMMUNITY_A), at=after(10))
    care.receive_person(code=need.pk, by=near, at=after(25))
    care.end_care(code=need.pk, result="透析完成,已返家", by=night.actor(COMMUNITY_A), at=after(300))
    for minute in (15, 60, 400, 1440):
        sweep(at=after(minute))
    assert not Notice.objects.filter(duty__about__startswith="care:", state="sent").exists()
    assert not Notice.objects.filter(duty__about__startswith="hospital_answer:", state="sent").exists()
    assert not Duty.objects.filter(state="open").exists()

"""The drill's people who need a doctor: most are taken in minutes; one is refused, and nobody names another hospital."""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.care import actions as care
from bulou.care.choices import AnswerState, How, Need
from bulou.care.models import HospitalAnswer
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel.actor import Role
from bulou.people.models import Resident
from bulou.units import actions as units
from bulou.units.choices import PostKind, UnitKind
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import CITY, SYSTEM, City, fill
from simulation.plan import Failure, Seeded

HOSPITALS = ((f"{CITY}:hos001", "市第一医院"), (f"{CITY}:hos002", "市第二医院"))
NEEDS = (  # hour, minute, what: one for each quiet community in turn; invented
    (7, 10, Need.DIALYSIS), (8, 35, Need.EMERGENCY), (9, 20, Need.MEDICINE), (10, 50, Need.CHILDBIRTH),
    (12, 5, Need.COUNSELLING),
)  # fmt: skip
REFUSED_AT = (12, 30)


def found(city: City, at: datetime) -> None:
    """Two hospitals with somebody on duty."""
    for number, (code, name) in enumerate(HOSPITALS):
        made = units.register_unit(code=code, name=name, kind=UnitKind.HOSPITAL, by=SYSTEM, at=at)
        fill(city, made, PostKind.DUTY_OFFICER, "医院总值班", "Hospital duty officer", Role.HOSPITAL, 95_900 + number, at)


def play(city: City, at: At) -> None:
    """The needs of the day."""
    quiet = city.plan.quiet()
    for number, (hour, minute, need) in enumerate(NEEDS):
        home = quiet[number % len(quiet)]
        at(plans.on_the_day(hour, minute), lambda now, home=home, need=need: _helped(city, at, home, need, now))  # type: ignore[misc]
    at(plans.on_the_day(*REFUSED_AT), lambda now: _refused(city, at, now))


def seen(now: datetime) -> set[Seeded]:
    """People whom a hospital refused and for whom nobody named another in time, as the desk shows them."""
    late = Duty.objects.filter(kind="care.refusal_decided", state=DutyState.OPEN, due_at__lt=now)
    return {Seeded(Failure.REFUSED, place) for place in late.values_list("place_code", flat=True)}


def _ask(city: City, home: str, need: Need, now: datetime) -> str:
    person = Resident.objects.filter(place_code__startswith=home).order_by("person_id").values_list("pk", flat=True)[17]
    row = care.ask_care(person_id=person, need=need, unit=home, place_code=home, how=How.CAPTAIN, by=city.actor(home), at=now)
    return row.pk


def _asked(code: str) -> HospitalAnswer:
    return HospitalAnswer.objects.get(need=code, state=AnswerState.ASKED)


def _helped(city: City, at: At, home: str, need: Need, now: datetime) -> None:
    """What an orderly day looks like: minutes to the answer, half an hour to the door, home in the afternoon."""
    code, worker, hospital = _ask(city, home, need, now), city.actor(home), HOSPITALS[0][0]
    doctor = city.actor(hospital)

    def later(minutes: int) -> datetime:
        return now + timedelta(minutes=minutes)

    if need in {Need.MEDICINE, Need.COUNSELLING}:
        at(later(95), lambda when: care.end_care(code=code, result="已落实", by=worker, at=when))
        return
    at(later(2), lambda when: care.ask_hospital(code=code, hospital=hospital, by=worker, at=when))
    at(later(6), lambda when: care.accept_person(code=_asked(code).pk, by=doctor, at=when))
    at(later(12), lambda when: care.set_off(code=code, vehicle="救护 1", by=worker, at=when))
    at(later(35), lambda when: care.receive_person(code=code, by=doctor, at=when))
    at(later(260), lambda when: care.end_care(code=code, result="已返家", by=worker, at=when))


def _refused(city: City, at: At, now: datetime) -> None:
    """G23: dialysis; the hospital refuses for want of a test, and the street names no other."""
    home = city.plan.failing(Failure.REFUSED)
    code, hospital = _ask(city, home, Need.DIALYSIS, now), HOSPITALS[1][0]
    at(now + timedelta(minutes=3), lambda when: care.ask_hospital(code=code, hospital=hospital, by=city.actor(home), at=when))

    def refuse(when: datetime) -> None:
        care.refuse_person(code=_asked(code).pk, reason="无 48 小时核酸结果", no_test=True, by=city.actor(hospital), at=when)

    at(now + timedelta(minutes=8), refuse)

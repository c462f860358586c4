"""A row of every book in a unit's territory: what the pages, files and roles of the shelf are tried on.

``in_unit(city, unit, secret)`` makes a row that lies there, names ``secret`` in one of its texts, and returns its code.
A book without a scene fails the tests of the shelf.
"""

from __future__ import annotations

from bulou.care import actions as care
from bulou.care.choices import How, Need
from bulou.care.models import CareNeed
from bulou.environment import actions as environment
from bulou.environment.choices import JobKind
from bulou.institutions import actions as institutions
from bulou.institutions.choices import InstitutionKind, MatterKind
from bulou.institutions.models import Institution
from bulou.rounds.choices import RoundKind
from bulou.rounds.models import TestingRound
from bulou.testing.models import AntigenReport, KitDelivery
from bulou.units import actions as units
from bulou.units.choices import UnitKind
from bulou.units.models import Unit
from tests import city as cities
from tests import town


def job(city, unit, secret):
    return environment.ask_job(
        kind=JobKind.SAMPLING, unit=unit, place_code=unit, place=secret, reason="a case was there", by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def need(city, unit, secret):
    return care.ask_care(
        person_id=f"N-{unit}-{secret}", need=Need.DIALYSIS, unit=unit, place_code=unit, how=How.CAPTAIN, note=secret,
        by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def answer(city, unit, secret):
    """A hospital in the unit is asked for somebody who lives there, too."""
    del secret
    code = f"{unit}:hos001"
    if not Unit.objects.filter(pk=code).exists():
        units.register_unit(code=code, name=f"医院 {unit}", kind=UnitKind.HOSPITAL, by=cities.SYSTEM, at=cities.at(-24))
    row = need(city, unit, "x")
    care.ask_hospital(code=row, hospital=code, by=city.actor(cities.CITY), at=cities.at())
    return CareNeed.objects.get(pk=row).answers.get().pk


def visit(city, unit, secret):
    answer(city, unit, secret)
    return care.keep_standing_visit(
        person_id=f"V-{secret}", need=Need.DIALYSIS, unit=unit, place_code=unit, hospital=f"{unit}:hos001", weekdays="135", hour="02:00",
        since_on=cities.at().date(), by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def kits(city, unit, secret):
    """Kits of a community in the unit, of a round that is planned."""
    del secret
    return KitDelivery.objects.create(
        code=f"RK:{unit}", round=_antigen_round(city), unit_id=unit, place_code=unit, households=9, due_at=cities.at(2)
    ).pk


def _antigen_round(city):
    found = TestingRound.objects.filter(code="RK").first()
    return found or town.plan(city, code="RK", kind=RoundKind.ANTIGEN)


def self_test(city, unit, secret):
    return AntigenReport.objects.create(
        round=_antigen_round(city), person_id=f"{secret}-{unit}", place_code=unit, outcome="negative", reported_at=cities.at(1)
    ).pk


def institution(city, unit, secret, number=1):
    code = f"{unit}:sch{number:03}"
    units.register_unit(code=code, name=f"学校 {unit}", kind=UnitKind.SCHOOL, by=cities.SYSTEM, at=cities.at(-24))
    return institutions.register_institution(
        unit=code, kind=InstitutionKind.SCHOOL, name=secret, place_code=unit, by=city.actor(cities.CITY), at=cities.at(-20)
    ).pk


def _institution(city, unit):
    found = Institution.objects.filter(unit=f"{unit}:sch009").first()
    return found.pk if found else institution(city, unit, "x", 9)


def daily_report(city, unit, secret):
    del secret
    code = _institution(city, unit)
    institutions.owe_reports(on=cities.at().date(), by=cities.SYSTEM, at=cities.at())
    return f"{code}:{cities.at().date()}"


def matter(city, unit, secret):
    return institutions.report_matter(
        institution=_institution(city, unit), kind=MatterKind.BREACH, what=secret, known_at=cities.at(), by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def found_matter(city, unit, secret):
    return institutions.find_matter(
        institution=_institution(city, unit), kind=MatterKind.ILLNESS, what=secret, known_at=cities.at(), by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


SCENES = {
    "institutions": institution,
    "daily_reports": daily_report,
    "matters": matter,
    "inspections": found_matter,
    "kits": kits,
    "self_tests": self_test,
    "environment": job,
    "care": need,
    "hospital_answers": answer,
    "standing_visits": visit,
}

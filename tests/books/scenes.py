"""A row of every book in a unit's territory: what the pages, files and roles of the shelf are tried on.

``in_unit(city, unit, secret)`` makes a row that lies there, names ``secret`` in one of its texts, and returns its code.
A book without a scene fails the tests of the shelf.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from bulou.arrivals import actions as arrivals
from bulou.arrivals.choices import Risk, Transport
from bulou.care import actions as care
from bulou.care.choices import How, Need
from bulou.care.models import CareNeed
from bulou.environment import actions as environment
from bulou.environment.choices import JobKind
from bulou.hazards import actions as hazards
from bulou.hazards.choices import HazardKind
from bulou.hazards.choices import How as HazardHow
from bulou.hazards.models import HazardReport
from bulou.institutions import actions as institutions
from bulou.institutions.choices import InstitutionKind, MatterKind
from bulou.institutions.models import Institution
from bulou.kernel.actor import Role
from bulou.orders import actions as orders
from bulou.orders.choices import Link, MeetingKind, Purpose, Reach, Subject, Verb
from bulou.orders.models import Addressee, CheckpointShift, Decision, Meeting, OrderClash, SheetLine
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


def _issuer(city, unit):
    return city.actor(unit, role=Role.UNIT_OFFICER)


def order(city, unit, secret, verb=Verb.OPEN, thing=""):
    """An order of the unit to a site of its own."""
    site = f"{unit}:site077"
    if not Unit.objects.filter(pk=site).exists():
        units.register_unit(code=site, name=f"点 {unit}", kind=UnitKind.SAMPLING_SITE, by=cities.SYSTEM, at=cities.at(-24))
    return orders.issue_order(
        number=f"{unit}-{secret}-{verb}-{thing}", title=secret, text=secret, basis="指挥部会议", place_code=unit, verb=verb, subject=Subject.SAMPLING, thing=thing or f"{secret}-{unit}",
        starts_at=cities.at(1), ends_at=cities.at(9), due_at=cities.at(8), reach=Reach.NAMED, named=site, by=_issuer(city, unit), at=cities.at(),
    ).pk  # fmt: skip


def addressee(city, unit, secret):
    """The unit itself has an order of the city, which the units above it have opened."""
    made = orders.issue_order(
        number=f"{unit}-{secret}", title="x", text="x", basis="指挥部会议", place_code=unit, verb=Verb.START, subject=Subject.OTHER,
        thing=secret, starts_at=cities.at(1), ends_at=cities.at(9), due_at=cities.at(8), reach=Reach.NAMED, named=unit,
        by=city.actor(cities.CITY), at=cities.at(),
    )  # fmt: skip
    row = made.addressees.get(unit=unit)
    Addressee.objects.filter(pk=row.pk).update(
        state=Link.SENT, sent_at=cities.at(), came_from=cities.CITY, answer=secret, above=None
    )
    return row.pk


def order_check(city, unit, secret):
    """The unit looks at what a unit elsewhere has done."""
    other = cities.WEST_STREET
    made = orders.issue_order(
        number=f"C-{unit}-{secret}", title="x", text="x", basis="x", place_code=other, verb=Verb.START, subject=Subject.OTHER, thing=secret,
        starts_at=cities.at(-3), ends_at=cities.at(9), due_at=cities.at(8), reach=Reach.NAMED, named=other, by=city.actor(cities.WEST), at=cities.at(),
    )  # fmt: skip
    link = made.addressees.get()
    orders.open_order(code=link.pk, by=city.actor(other), at=cities.at(0.1))
    orders.finish_order(code=link.pk, witness="x", by=city.actor(other), at=cities.at(0.2))
    orders.draw_checks(code=made.pk, seed=secret, number=1, checker=unit, by=city.actor(cities.WEST), at=cities.at(0.3))
    return link.checks.get().pk


def clash_row(city, unit, secret):
    order(city, unit, secret, thing=f"c-{unit}")
    second = order(city, unit, secret, Verb.CLOSE, thing=f"c-{unit}")
    return OrderClash.objects.get(second=second).pk


def meeting(city, unit, secret, previous=""):
    return orders.open_meeting(
        title=secret, kind=MeetingKind.MEETING, unit=unit, previous=previous, by=city.actor(cities.CITY), at=cities.at(2 if previous else 0)
    ).pk  # fmt: skip


def decision(city, unit, secret):
    first = meeting(city, unit, "x")
    return orders.decide(
        meeting=first, unit=unit, text=secret, due_at=cities.at(9), by=city.actor(cities.CITY), at=cities.at(1)
    ).pk


def sheet_line(city, unit, secret):
    row = Decision.objects.get(pk=decision(city, unit, secret))
    following = meeting(city, unit, "y", previous=row.meeting_id)
    return SheetLine.objects.get(meeting=following).pk


def meeting_figure(city, unit, secret):
    del secret
    return Meeting.objects.get(pk=meeting(city, unit, "x")).figures.get(name="duties_open").pk


def checkpoint(city, unit, secret):
    return orders.open_checkpoint(
        name=secret, unit=unit, place_code=unit, basis="指令 1 号", exits="东侧车道常开", exits_open=True, ends_at=cities.at(20),
        by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def checkpoint_shift(city, unit, secret):
    return CheckpointShift.objects.get(checkpoint=checkpoint(city, unit, secret)).pk


def leave(city, unit, secret):
    return orders.issue_pass(
        holder=f"{secret}-{unit}", unit=unit, place_code=unit, purpose=Purpose.CARE, reason=secret, hours="06:00-09:00", starts_at=cities.at(),
        ends_at=cities.at(48), by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def patrol(city, unit, secret):
    return orders.plan_patrol(
        unit=unit, place_code=unit, route=secret, starts_at=cities.at(1), by=city.actor(cities.CITY), at=cities.at()
    ).pk


def hazard(city, unit, secret):
    return hazards.report_hazard(
        kind=HazardKind.CROWD, unit=unit, place_code=unit, place=secret, what="many people at the gate", how=HazardHow.SEEN, people=40,
        by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def hazard_report(city, unit, secret):
    row = hazard(city, unit, f"gate of {unit}")
    hazards.name_reporter(code=row, name=secret, by=city.actor(unit), at=cities.at(1))
    return HazardReport.objects.get(name=secret).pk


def risk_point(city, unit, secret):
    return hazards.register_point(
        unit=unit, place_code=unit, place=secret, kind=HazardKind.FIRE_EXIT, every_days=7, by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def arrival(city, unit, secret):
    return arrivals.register_arrival(
        name=secret, whence="another city", risk=Risk.LOW, transport=Transport.TRAIN, arrives_at=cities.at(-1), unit=unit, stay_unit=unit,
        place_code=unit, stay=f"{secret} 1", by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def arrival_test(city, unit, secret):
    return f"{arrival(city, unit, secret)}-01"


SCENES = {
    "arrivals": arrival,
    "arrival_tests": arrival_test,
    "hazards": hazard,
    "hazard_reports": hazard_report,
    "risk_points": risk_point,
    "orders": order,
    "addressees": addressee,
    "order_checks": order_check,
    "order_clashes": clash_row,
    "meetings": meeting,
    "decisions": decision,
    "sheet_lines": sheet_line,
    "meeting_figures": meeting_figure,
    "checkpoints": checkpoint,
    "checkpoint_shifts": checkpoint_shift,
    "passes": leave,
    "patrols": patrol,
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
for _of in iter_modules([str(Path(__file__).parent)], "tests.books."):
    if ".of_" in _of.name:  # a line's scenes in a file of their own: ``of_<line>.py``
        SCENES |= import_module(_of.name).SCENES

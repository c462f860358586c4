"""The drill's schools: one tells a major matter and is answered; at another the sector finds one that nobody had told (G15)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.institutions import actions as institutions
from bulou.institutions.choices import InstitutionKind, MatterKind
from bulou.institutions.models import Matter
from bulou.kernel.actor import Role
from bulou.units import actions as units
from bulou.units.choices import PostKind, UnitKind
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import CITY, SYSTEM, City, fill
from simulation.plan import Failure, Seeded

BUREAU = f"{CITY}:dep001"


def _schools(city: City) -> list[str]:
    """The communities with a school in the drill: where the failure falls, and a calm one beside it."""
    failing = city.plan.failing(Failure.MATTER_UNTOLD)
    return [failing, next(one for one in city.plan.quiet() if one != failing)]


def found(city: City, at: datetime) -> None:
    """The bureau, and a school in two communities."""
    made = units.register_unit(code=BUREAU, name="市教育局", kind=UnitKind.DEPARTMENT, by=SYSTEM, at=at)
    fill(city, made, PostKind.DUTY_OFFICER, "教育局值班员", "Education bureau duty officer", Role.UNIT_OFFICER, 95_800, at)
    for number, place in enumerate(_schools(city), start=1):
        code = f"{place}:sch001"
        school = units.register_unit(code=code, name=f"社区学校 {number}", kind=UnitKind.SCHOOL, by=SYSTEM, at=at)
        fill(city, school, PostKind.DUTY_OFFICER, "学校值班员", "School duty officer", Role.UNIT_OFFICER, 95_800 + number, at)


def play(city: City, at: At) -> None:
    """On the day: a matter told at 09:10 and answered in 35 minutes; another found at noon, and the school stays silent.

    Both are entered that morning; their first report is owed on the next day, after the drill has stopped.
    """
    calm = _schools(city)[1]

    def enter(now: datetime) -> None:
        for number, place in enumerate(_schools(city), start=1):
            institutions.register_institution(
                unit=f"{place}:sch001", kind=InstitutionKind.SCHOOL, name=f"社区学校 {number}", place_code=place, sector=BUREAU,
                code=f"IN-{number}", by=city.actor(CITY), at=now,
            )  # fmt: skip

    def tell(now: datetime) -> None:
        row = institutions.report_matter(
            institution="IN-2", kind=MatterKind.ILLNESS, what="宿舍三人发热", known_at=now - timedelta(minutes=10),
            by=city.actor(f"{calm}:sch001"), at=now,
        )  # fmt: skip
        at(
            now + timedelta(minutes=35),
            lambda when: institutions.answer_matter(code=row.pk, answer="就地管理,加测一次", by=city.actor(calm[:9]), at=when),
        )

    def find(now: datetime) -> None:
        institutions.find_matter(
            institution="IN-1", kind=MatterKind.ILLNESS, what="一个班多人发热,未上报", known_at=now - timedelta(hours=5),
            by=city.actor(CITY), at=now,
        )  # fmt: skip

    at(plans.on_the_day(6, 2), enter)
    at(plans.on_the_day(9, 10), tell)
    at(plans.on_the_day(12, 10), find)


def seen(now: datetime) -> set[Seeded]:
    """Matters that an inspection found and the institution has not told in time, as the desk shows them."""
    late = Duty.objects.filter(kind="institution.matter_reported", state=DutyState.OPEN, due_at__lt=now)
    found_ = Matter.objects.filter(pk__in=[about.removeprefix("matter:") for about in late.values_list("about", flat=True)])
    return {Seeded(Failure.MATTER_UNTOLD, place) for place in found_.values_list("place_code", flat=True)}

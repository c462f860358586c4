"""The drill's dangers: points looked at in turn, a crowd gone in minutes; one that a resident told, and it stays (D20)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.hazards import actions as hazards
from bulou.hazards.choices import OVER, Cause, CheckResult, HazardKind, How
from bulou.hazards.models import Hazard
from bulou.kernel import codes
from bulou.supplies.models import Point
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import CITY, City
from simulation.plan import Failure, Seeded

QUEUE, LEFT, AT_GATE = 45, 10, 80  # people; invented
POINTS = (  # where, what for, and what is found on the day
    ("围挡与消防通道", HazardKind.FIRE_EXIT, ""),
    ("采样点配电箱", HazardKind.ELECTRICITY, "接线板进水"),
)


def found(city: City, at: datetime) -> None:
    """Points are entered on the day."""
    del city, at


def _calm(city: City) -> list[str]:
    """Three communities where the failure does not fall."""
    return [one for one in city.plan.quiet() if one != city.plan.failing(Failure.CROWD_STAYS)][:3]


def play(city: City, at: At) -> None:
    """Points from the morning on; a queue pressed together at ten; a gate at noon to which nobody goes."""
    calm, stays = _calm(city), city.plan.failing(Failure.CROWD_STAYS)
    for number, community in enumerate(calm):
        at(plans.on_the_day(6, 15 + number), lambda now, community=community: _enter(city, at, community, now))  # type: ignore[misc]
    at(plans.on_the_day(10, 5), lambda now: _disperse(city, at, calm[0], now))
    at(plans.on_the_day(12, 20), lambda now: _tell(city, stays, "小区东门", "居民要求外出就医,人越聚越多", AT_GATE, now))


def waiting(now: datetime) -> list[tuple[Hazard, str]]:
    """Crowds that nobody dispersed in time, as the desk shows them, each with its community."""
    late = Duty.objects.filter(kind=OVER[HazardKind.CROWD], state=DutyState.OPEN, due_at__lt=now)
    rows = Hazard.objects.filter(pk__in=[about.removeprefix("hazard:") for about in late.values_list("about", flat=True)])
    return [(row, codes.up_to(row.place_code, codes.Level.COMMUNITY)) for row in rows]


def is_at_point(crowd: Hazard) -> bool:
    """Whether people stand where things are fetched: such a crowd belongs to supplies."""
    return Point.objects.filter(place_code=crowd.place_code, name=crowd.place).exists()


def seen(now: datetime) -> set[Seeded]:
    """The crowds of this line: at no pick-up point."""
    return {Seeded(Failure.CROWD_STAYS, place) for crowd, place in waiting(now) if not is_at_point(crowd)}


def _enter(city: City, at: At, community: str, now: datetime) -> None:
    """Two points, looked at every day; the worker owes the first check, and it is done before noon."""
    by = city.actor(community)
    for number, (place, kind, finding) in enumerate(POINTS):
        row = hazards.register_point(unit=community, place_code=community, place=place, kind=kind, every_days=1, by=by, at=now)
        at(
            now + timedelta(hours=3 + number),
            lambda when, code=row.pk, finding=finding: _look(city, at, community, code, finding, when),  # type: ignore[misc]
        )


def _look(city: City, at: At, community: str, code: str, finding: str, now: datetime) -> None:
    by, result = city.actor(community), CheckResult.WRONG if finding else CheckResult.IN_ORDER
    hazards.check_point(code=code, result=result, finding=finding, by=by, at=now)
    if finding:
        at(now + timedelta(minutes=35), lambda when: _mend(city, community, code, when))


def _mend(city: City, community: str, point: str, now: datetime) -> None:
    row = Hazard.objects.get(point=point)
    hazards.fix_hazard(code=row.pk, result="更换接线板并架空", witness="物业电工", by=city.actor(community), at=now)


def _tell(city: City, community: str, place: str, what: str, people: int, now: datetime) -> str:
    """A resident calls the city's line; no account, no name."""
    row = hazards.report_hazard(
        kind=HazardKind.CROWD, unit=community, place_code=community, place=place, what=what, how=How.PHONE, people=people,
        by=city.actor(CITY), at=now,
    )  # fmt: skip
    return row.pk


def _disperse(city: City, at: At, community: str, now: datetime) -> None:
    """Somebody is there in three minutes; a second lane is opened, and a quarter of an hour later the queue stands apart."""
    code, by = _tell(city, community, "采样点外广场", "排队的人挤在一起", QUEUE, now), city.actor(community)
    site = next(one.unit for one in city.plan.sites if one.community == community)

    def end(when: datetime) -> None:
        hazards.disperse_crowd(
            code=code, people_left=LEFT, cause=Cause.QUEUE, because=f"site:{site}", witness="网格员", by=by, at=when
        )

    at(now + timedelta(minutes=3), lambda when: hazards.go(code=code, by=by, at=when))
    at(now + timedelta(minutes=18), end)

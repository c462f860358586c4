"""The drill's hands: a team sent to help has work within the hour; another one is forgotten (D15)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.workforce import actions as workforce
from bulou.workforce import deploying
from bulou.workforce.choices import DEPLOYED, ShiftState, Skill, Why, WorkerKind, WorkerState
from bulou.workforce.models import Deployment, Shift, Worker
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import City
from simulation.plan import Failure, Seeded

TEAM, FORGOTTEN, NEEDED = 5, 6, 4  # people; invented
VALID = date(2024, 12, 31)


def found(city: City, at: datetime) -> None:
    """Hands come on the day."""
    del city, at


def _calm(city: City) -> str:
    """A community where the failure does not fall."""
    return next(one for one in city.plan.quiet() if one != city.plan.failing(Failure.TEAM_IDLE))


def play(city: City, at: At) -> None:
    """Two teams arrive in the morning; only one is asked what it can do."""
    calm, idle = _calm(city), city.plan.failing(Failure.TEAM_IDLE)
    at(plans.on_the_day(7, 40), lambda now: _arrive(city, calm, "支援一队", TEAM, now))
    at(plans.on_the_day(8, 20), lambda now: _arrive(city, idle, "支援二队", FORGOTTEN, now))
    at(plans.on_the_day(7, 50), lambda now: _ask(city, calm, now))
    at(plans.on_the_day(8, 5), lambda now: _propose(city, calm, now))
    at(plans.on_the_day(8, 15), lambda now: _commit(city, calm, now))
    at(plans.on_the_day(9, 0), lambda now: _begin(city, calm, now))
    at(plans.on_the_day(11, 10), lambda now: _fall_ill(city, at, calm, now))


def seen(now: datetime) -> set[Seeded]:
    """Teams of which not everybody has work, past their time, as the desk shows them."""
    late = Duty.objects.filter(kind=DEPLOYED, state=DutyState.OPEN, due_at__lt=now)
    return {Seeded(Failure.TEAM_IDLE, owner) for owner in late.values_list("owner", flat=True)}


def _arrive(city: City, host: str, name: str, people: int, now: datetime) -> None:
    by = city.actor(host)
    team = workforce.receive_team(name=name, sender="外省医疗队", host=host, people=people, arrived_at=now, by=by, at=now)
    for number in range(1, people + 1):
        one = workforce.register_worker(
            name=f"队员{number:02}", kind=WorkerKind.SECONDED, home=host, host=host, skills="sampler", since_at=now,
            team=team.pk, by=by, at=now,
        )  # fmt: skip
        workforce.enter_certificate(
            worker=one.pk, skill=Skill.SAMPLER, number=f"{team.pk}-{number}", expires_on=VALID, by=by, at=now
        )


def _ask(city: City, home: str, now: datetime) -> None:
    """Four at once, and one for the evening."""
    for hands, starts, ends in ((NEEDED, (9, 0), (17, 0)), (TEAM - NEEDED, (17, 0), (22, 0))):
        workforce.ask_hands(
            unit=home, place="采样点", skill=Skill.SAMPLER, hands=hands, starts_at=plans.on_the_day(*starts),
            ends_at=plans.on_the_day(*ends), by=city.actor(home), at=now,
        )  # fmt: skip


def _propose(city: City, home: str, now: datetime) -> None:
    district = home[:6]
    deploying.propose_deployment(
        unit=district, from_at=plans.on_the_day(8, 30), until_at=plans.on_the_day(20), by=city.actor(district), at=now
    )


def _commit(city: City, home: str, now: datetime) -> None:
    row = Deployment.objects.get(unit=home[:6])
    deploying.commit_deployment(code=row.pk, by=city.actor(home[:6]), at=now)


def _begin(city: City, home: str, now: datetime) -> None:
    for code in Shift.objects.filter(unit=home, starts_at=now).values_list("pk", flat=True):
        workforce.begin_shift(code=code, by=city.actor(home), at=now)


def _fall_ill(city: City, at: At, home: str, now: datetime) -> None:
    """One falls ill; a nurse of the community's own, who has no shift, stands in a quarter of an hour later."""
    by = city.actor(home)
    other = workforce.register_worker(
        name="社区护士", kind=WorkerKind.STAFF, home=home, host=home, skills="nurse;sampler", since_at=now, by=by, at=now
    )
    workforce.enter_certificate(worker=other.pk, skill=Skill.SAMPLER, number="N1", expires_on=VALID, by=by, at=now)
    shift = Shift.objects.filter(unit=home, state=ShiftState.BEGUN).order_by("code")[0].pk
    workforce.report_absent(code=shift, why=Why.ILL, by=by, at=now)
    free = Worker.objects.get(pk=other.pk, state=WorkerState.IDLE).pk
    at(now + timedelta(minutes=15), lambda when: _stand_in(city, home, shift, free, when))


def _stand_in(city: City, home: str, shift: str, worker: str, when: datetime) -> None:
    workforce.substitute(code=shift, worker=worker, by=city.actor(home), at=when)

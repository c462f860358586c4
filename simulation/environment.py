"""The drill's disinfection: a positive's home is done, aired and signed for by another; one place is never done (D14)."""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.environment import actions as environment
from bulou.environment.choices import DONE, JobKind, JobState, Outcome
from bulou.environment.models import Job
from bulou.kernel import codes
from bulou.kernel.errors import Refused
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import City
from simulation.plan import Failure, Seeded

AIRED = timedelta(minutes=45)  # until people may enter; invented
ROUNDS = ((10, 0), (11, 0), (12, 0), (12, 45), (13, 30))  # when the disinfection teams look what is asked of them
SAMPLES = 8


def found(city: City, at: datetime) -> None:
    """Nothing is needed beforehand."""
    del city, at


def play(city: City, at: At) -> None:
    """Homes of the day's positives as they come; a market sampled in the morning; a shop that a case visited, forgotten."""
    undone = city.plan.failing(Failure.PLACE_UNDONE)
    calm = next(one for one in city.plan.quiet() if one != undone)
    at(plans.on_the_day(6, 40), lambda now: _ask(city, undone, JobKind.TERMINAL, "社区超市", now))
    at(plans.on_the_day(7, 10), lambda now: _ask(city, calm, JobKind.TERMINAL, "早餐店", now))
    at(plans.on_the_day(7, 20), lambda now: _sample(city, at, calm, now))
    at(plans.on_the_day(8, 50), lambda now: _do(city, at, Job.objects.get(unit=calm, place="早餐店"), now))
    for hour, minute in ROUNDS:
        at(plans.on_the_day(hour, minute), lambda now: _homes(city, at, now))


def seen(now: datetime) -> set[Seeded]:
    """Places that a case left and nobody disinfected in time, as the desk shows them."""
    late = Duty.objects.filter(kind=DONE[JobKind.TERMINAL], state=DutyState.OPEN, due_at__lt=now)
    places = late.values_list("place_code", flat=True)
    return {Seeded(Failure.PLACE_UNDONE, codes.up_to(place, codes.Level.COMMUNITY)) for place in places}


def _ask(city: City, community: str, kind: JobKind, place: str, now: datetime) -> Job:
    """The district names a place that a case of the eve has visited."""
    return environment.ask_job(
        kind=kind, unit=community, place_code=community, place=place, reason="病例到访场所", by=city.actor(community[:6]),
        at=now,
    )  # fmt: skip


def _homes(city: City, at: At, now: datetime) -> None:
    """The homes of positives, asked for by the case itself."""
    for job in Job.objects.filter(because__startswith="case:", kind=JobKind.TERMINAL, state=JobState.ASKED).order_by("code"):
        _do(city, at, job, now)


def _do(city: City, at: At, job: Job, now: datetime) -> None:
    """Begun at once, done in half an hour; somebody wants to go back in too early and is refused, the street signs in time."""
    team, street = city.actor(job.unit_id), city.actor(codes.up_to(job.unit_id, codes.Level.STREET))
    done = now + timedelta(minutes=30)
    environment.start_job(code=job.pk, by=team, at=now)

    def finish(when: datetime) -> None:
        environment.finish_job(code=job.pk, evidence="终末消毒记录表", reopens_at=when + AIRED, by=team, at=when)

    def too_early(when: datetime) -> None:
        try:
            environment.clear_place(code=job.pk, by=street, at=when)
        except Refused:
            return
        message = "people were let in before the rooms were aired"
        raise AssertionError(message)

    at(done, finish)
    at(done + timedelta(minutes=15), too_early)
    at(done + AIRED + timedelta(minutes=5), lambda when: environment.clear_place(code=job.pk, by=street, at=when))


def _sample(city: City, at: At, community: str, now: datetime) -> None:
    """Surfaces of a market: taken, answered by the laboratory, open again."""
    job = _ask(city, community, JobKind.SAMPLING, "农贸市场", now)
    team, street = city.actor(community), city.actor(codes.up_to(community, codes.Level.STREET))

    def report(when: datetime) -> None:
        environment.report_samples(code=job.pk, outcome=Outcome.NEGATIVE, by=team, at=when)

    at(
        now + timedelta(minutes=50),
        lambda when: environment.finish_job(code=job.pk, evidence="采样登记表", samples=SAMPLES, by=team, at=when),
    )
    at(now + timedelta(hours=4), report)
    at(now + timedelta(hours=4, minutes=25), lambda when: environment.clear_place(code=job.pk, by=street, at=when))

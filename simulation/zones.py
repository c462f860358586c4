"""The drill's zones: the earlier case's building goes up and down by the rule; nobody decides the one of the day's positive."""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.environment import actions as environment
from bulou.environment.choices import JobState
from bulou.environment.models import Job
from bulou.kernel import codes
from bulou.zones import actions as zones
from bulou.zones.choices import ZoneState
from bulou.zones.models import RiskZone
from simulation import notices
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import City
from simulation.plan import Failure, Seeded


def found(city: City, at: datetime) -> None:
    """Nothing is needed beforehand."""
    del city, at


def decide(city: City, at: At, case: str, now: datetime) -> None:
    """An orderly district: the zone is declared in minutes, the home disinfected when the case has left, and signed for."""
    for row in RiskZone.objects.filter(because=f"case:{case}", state=ZoneState.PROPOSED):
        zones.declare_zone(code=row.pk, by=city.actor(row.authority_id), at=now)
    at(now + timedelta(minutes=20), lambda when: notices.publish_drafts(city, when))

    def disinfect(when: datetime) -> None:
        for job in Job.objects.filter(because__startswith=f"case:{case}@", state=JobState.ASKED):
            environment.finish_job(code=job.pk, evidence="消毒记录 001", by=city.actor(job.unit_id), at=when)

    def clear(when: datetime) -> None:
        for job in Job.objects.filter(because__startswith=f"case:{case}@", state=JobState.DONE):
            environment.clear_place(code=job.pk, by=city.actor(codes.parent_unit(job.unit_id)), at=when)

    at(now + timedelta(hours=4), disinfect)
    at(now + timedelta(hours=5), clear)


def play(city: City, at: At) -> None:
    """On the day: the earlier zone's last round is clean in the morning, and it comes down by the rule."""

    def screen(now: datetime) -> None:
        for row in RiskZone.objects.filter(state=ZoneState.DECLARED):
            zones.record_clean_round(code=row.pk, round_name="R4 晨检", people=120, by=city.actor(row.unit_id), at=now)

    def lower(now: datetime) -> None:
        for row in RiskZone.objects.filter(state=ZoneState.DECLARED):
            zones.lower_zone(code=row.pk, by=city.actor(row.authority_id), at=now)
        notices.publish_drafts(city, now)

    at(plans.on_the_day(8, 10), screen)
    at(plans.on_the_day(8, 40), lower)


def seen(now: datetime) -> set[Seeded]:
    """Proposals that nobody decided in time, by community, as the desk shows them."""
    late = Duty.objects.filter(kind="zone.proposal_decided", state=DutyState.OPEN, due_at__lt=now)
    return {Seeded(Failure.ZONE_UNDECIDED, place[:12]) for place in late.values_list("place_code", flat=True)}

"""A row of every book of the workforce and of major events; see ``scenes``."""

from __future__ import annotations

from bulou.workforce import actions, deploying, events
from bulou.workforce.choices import EventKind, Skill, WorkerKind
from bulou.workforce.models import EventReport
from tests import city as cities


def worker(city, unit, secret):
    return actions.register_worker(
        name=secret, kind=WorkerKind.SECONDED, home=unit, host=unit, skills="door;desk", since_at=cities.at(), phone="13800000000",
        by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def certificate(city, unit, secret):
    return actions.enter_certificate(
        worker=worker(city, unit, secret), skill=Skill.NURSE, number=secret, expires_on=cities.at().date(),
        by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def team(city, unit, secret):
    return actions.receive_team(
        name=secret, sender="邻市", host=unit, people=3, arrived_at=cities.at(), by=city.actor(cities.CITY), at=cities.at()
    ).pk


def need(city, unit, secret):
    return actions.ask_hands(
        unit=unit, place=secret, skill=Skill.DOOR, hands=2, starts_at=cities.at(30), ends_at=cities.at(38),
        by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def shift(city, unit, secret):
    return actions.plan_shift(
        worker=worker(city, unit, secret), unit=unit, place=secret, skill=Skill.DOOR, starts_at=cities.at(2), ends_at=cities.at(10),
        by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def deployment(city, unit, secret):
    need(city, unit, secret)
    return deploying.propose_deployment(
        unit=unit, from_at=cities.at(20), until_at=cities.at(44), by=city.actor(cities.CITY), at=cities.at()
    ).pk


def event(city, unit, secret):
    return events.register_event(
        kind=EventKind.ACCIDENT, unit=unit, place_code=unit, what=secret, seen_at=cities.at(), by=city.actor(cities.CITY),
        at=cities.at(),
    ).pk  # fmt: skip


def event_report(city, unit, secret):
    code = event(city, unit, secret)
    events.report_event(code=code, text=secret, by=city.actor(cities.CITY), at=cities.at(1))
    return EventReport.objects.get(event=code).pk


SCENES = {
    "workers": worker,
    "certificates": certificate,
    "teams": team,
    "hands_needed": need,
    "shifts": shift,
    "deployments": deployment,
    "major_events": event,
    "event_reports": event_report,
}

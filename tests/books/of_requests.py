"""Rows of the books of residents' requests."""

from __future__ import annotations

from bulou.requests import actions as requests
from bulou.requests import callbacks, filing
from bulou.requests.choices import Category, DrawHow
from bulou.requests.choices import How as Way
from bulou.requests.models import Cause
from tests import city as cities


def request(city, unit, secret):
    return filing.file_request(
        category=Category.FOOD, text=secret, how=Way.PHONE, place_code=unit, name=f"名-{secret}", phone="13800000001", place=secret,
        by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def request_cause(city, unit, secret):
    return Cause.objects.create(
        code=f"RC-{unit}", category=Category.FOOD, unit_id=unit, place_code=unit, requests_joined=3, opened_at=cities.at(),
        latest_at=cities.at(), answer=secret,
    ).pk  # fmt: skip


def call_draw(city, unit, secret):
    return callbacks.plan_draw(
        unit=unit, how=DrawHow.PLANNED, size=5, seed=secret, until=cities.at(2), by=city.actor(cities.CITY), at=cities.at(),
    ).pk  # fmt: skip


def call(city, unit, secret):
    """One request of the unit is closed and drawn; its text stands on its own page only."""
    code = filing.file_request(
        category=Category.OTHER, text=secret, how=Way.PAPER, place_code=unit, by=city.actor(cities.CITY), at=cities.at()
    ).pk
    requests.claim_done(code=code, evidence="x", by=city.actor(cities.CITY), at=cities.at())
    made = callbacks.plan_draw(unit=unit, how=DrawHow.ON_THE_SPOT, size=5, by=city.actor(cities.CITY), at=cities.at(minutes=1))
    return made.calls.get(request=code).pk


SCENES = {"requests": request, "request_causes": request_cause, "call_draws": call_draw, "calls": call}

"""An open site behind a laboratory, and callers with tokens."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from bulou.access import actions as access
from bulou.kernel import clock
from bulou.rounds import actions as rounds
from tests import city as cities

PREFIX = "/api/v1"


class Caller:
    """Somebody who calls the API with a token of its own."""

    def __init__(self, token):
        self.client, self.token = Client(), token

    def post(self, path, body=None, *, key="", raw=None):
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        data = raw if raw is not None else json.dumps(body if body is not None else {})
        with clock.frozen(cities.at(2)):
            return self.client.post(f"{PREFIX}{path}", data, content_type="application/json", headers=headers)

    def get(self, path):
        with clock.frozen(cities.at(2)):
            return self.client.get(f"{PREFIX}{path}", headers={"Authorization": f"Bearer {self.token}"})


def token_for(city, unit):
    """A token for whoever holds the unit's post."""
    by = city.actor(cities.CITY, role=cities.Role.OPERATOR)
    account = access.create_account(username=f"a{unit}", password=None, staff=city.staff[unit], by=by, at=cities.at())
    return access.create_token(account=account, post=city.posts[unit], by=by, at=cities.at())


@pytest.fixture
def open_sites(city):
    leader = city.actor(cities.CITY)
    rounds.register_laboratory(unit=cities.LAB_1, tubes_per_hour=5_000, by=leader, at=cities.at())
    from bulou.people.models import Resident

    Resident.objects.bulk_create(
        Resident(person_id=f"P{number:03}", place_code=f"{cities.COMMUNITY_A}-0001-001", identity_kind="none")
        for number in range(40)
    )
    rounds.plan_round(
        code="R1",
        name="第 1 轮",
        area="test-city",
        owner=cities.CITY,
        opens_at=cities.at(),
        deadline_at=cities.at(12),
        by=leader,
        at=cities.at(),
    )
    rounds.open_round(round_code="R1", by=leader, at=cities.at())
    for unit in (cities.SITE_A, cities.SITE_D):
        site = rounds.plan_site(
            round_code="R1",
            unit=unit,
            opens_at=cities.at(1),
            closes_at=cities.at(11),
            expected_people=100,
            by=leader,
            at=cities.at(),
        )
        rounds.give_site_laboratory(site_id=site.pk, laboratory=cities.LAB_1, by=leader, at=cities.at())
        rounds.open_site(site_id=site.pk, by=city.actor(unit), at=cities.at(1))
    return city


@pytest.fixture
def site(open_sites):
    return Caller(token_for(open_sites, cities.SITE_A))


def tube(number=1, *, people=("P001", "P002"), site=cities.SITE_A, **change):
    body = {"tube_id": f"T{number:04}", "site_id": site, "collected_at": "2022-09-20T09:30:00+08:00", "people": list(people)}
    return {**body, **change}

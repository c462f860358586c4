"""Lists to read: each page costs the same statements however many rows there are; keys lead through every row once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bulou.access import actions as access
from bulou.access.models import Account, ReadLog
from bulou.duties.opening import Owed, open_duty
from bulou.kernel import clock
from bulou.specimens import actions as specimens
from bulou.specimens.actions import TubeScan
from tests import city as cities
from tests.api.conftest import Caller, token_for

pytestmark = pytest.mark.django_db
MOST = {"duties": 4, "tubes": 3, "people": 5, "boxes": 3}  # statements of a page over HTTP, the token's one among them
MOST_OF_PAGE = {"duties": 40, "tubes": 30, "people": 32}  # of a page of the console, frame and session among them


def _fill(city, *, since, until):
    for number in range(since, until):
        open_duty(
            Owed(kind="task.done", about=f"task:{number}", label=f"task {number}", owners={"explicit": cities.EAST},
                 facts={"due_at": cities.at(9, minutes=number % 7)}),
            by=cities.SYSTEM, at=cities.at(),
        )  # fmt: skip
    specimens.register_tubes(
        scans=[
            TubeScan(
                tube_id=f"T{number:04}", site_id=cities.SITE_A, collected_at=cities.at(1.2) + timedelta(seconds=number % 5),
                people=(f"P{number % 40:03}", f"Q{number}"),
            )
            for number in range(since, until)
        ],
        by=city.actor(cities.SITE_A), at=cities.at(1.5),
    )  # fmt: skip


def _statements(get):
    with CaptureQueriesContext(connection) as found:
        answer = get()
    assert answer.status_code == 200, answer.content[:500]
    return len(found)


@pytest.mark.parametrize("kind", list(MOST))
def test_a_page_over_http_costs_the_same_statements_however_many_rows(city, open_sites, kind):
    caller = Caller(token_for(city, cities.CITY))
    _fill(city, since=0, until=4)
    few = _statements(lambda: caller.get(f"/{kind}"))
    _fill(city, since=4, until=130)
    assert few == _statements(lambda: caller.get(f"/{kind}?limit=100")) <= MOST[kind]


@pytest.mark.parametrize("kind", list(MOST_OF_PAGE))
def test_a_page_of_the_console_costs_the_same_statements_however_many_rows(city, open_sites, kind):
    by = city.actor(cities.CITY, role=cities.Role.OPERATOR)
    access.create_account(username="leader", password="a-long-password", staff=city.staff[cities.CITY], by=by, at=cities.at())
    browser = Client()
    browser.force_login(Account.objects.get(username="leader"))
    _fill(city, since=0, until=60)
    with clock.frozen(cities.at(2)):
        browser.get(f"/{kind}/")
        few = _statements(lambda: browser.get(f"/{kind}/"))
        _fill(city, since=60, until=160)
        many = _statements(lambda: browser.get(f"/{kind}/"))
    assert few == many <= MOST_OF_PAGE[kind]


@pytest.mark.parametrize(("kind", "name"), [("duties", "id"), ("tubes", "tube_id"), ("people", "person_id")])
def test_the_keys_lead_through_every_row_once(city, open_sites, kind, name):
    caller = Caller(token_for(city, cities.CITY))
    _fill(city, since=0, until=57)
    whole = [row[name] for row in caller.get(f"/{kind}?limit=500").json()["items"]]
    paged, after = [], ""
    while True:
        page = caller.get(f"/{kind}?limit=10" + (f"&after={after.replace('+', '%2B')}" if after else "")).json()
        paged += [row[name] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert paged == whole
    assert len(set(whole)) == len(whole) >= 40


def test_a_key_that_is_none_is_said_so(city, open_sites):
    caller = Caller(token_for(city, cities.CITY))
    for kind in ("duties", "tubes", "boxes", "people"):
        answer = caller.get(f"/{kind}?after=yesterday")
        assert (answer.status_code, answer.json()["code"]) == (422, "input"), answer.content
    assert caller.get("/tubes?after=2022-09-20T10:00:00|T1").status_code == 422, "an instant without its zone is no key"


def test_reading_people_is_logged_and_shows_no_name(city, open_sites):
    answer = Caller(token_for(city, cities.CITY)).get(f"/people?place={cities.COMMUNITY_A}&limit=7")
    assert len(answer.json()["items"]) == 7
    assert "name" not in answer.json()["items"][0]
    row = ReadLog.objects.get()
    assert (row.subject, row.count, row.door) == (f"people:{cities.COMMUNITY_A}", 7, "api")


def test_rounds_and_status_are_read_with_their_times(city, open_sites):
    caller = Caller(token_for(city, cities.CITY))
    (one,) = caller.get("/rounds").json()
    assert (one["code"], one["state"]) == ("R1", "open")
    progress = caller.get("/rounds/R1/progress").json()
    assert progress["place"]["place"] == cities.CITY
    status = caller.get("/status").json()
    assert {"name", "value", "as_of", "source"} <= set(status["figures"][0])
    assert caller.get("/rounds/R2/progress").status_code == 404

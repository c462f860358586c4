"""The doors without an account: pages, HTTP and Open311. A foreign ticket is a missing one, and nothing else is shown."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache

from bulou.kernel.actor import Role
from bulou.requests import actions, doors, filing
from bulou.requests.choices import Category, How
from bulou.requests.models import ResidentRequest
from tests import city as cities
from tests.callers import callers

pytestmark = pytest.mark.django_db
A = cities.COMMUNITY_A
BODY = {"category": "food", "place_code": f"{A}-0001", "text": "三天没有菜", "name": "王某", "phone": "13811112222"}
ASKED = {"category": "food", "text": "三天没有菜", "district": cities.EAST, "community": "甲社区", "place": "3 栋 501"}


def post(client, path, body, **headers):
    return client.post(f"/api/v1/requests{path}", json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def ticket(client, city):
    return post(client, "", BODY).json()["ticket"]


def first():
    return ResidentRequest.objects.order_by("filed_at", "code").first()


def claim(city):
    return actions.claim_done(code=first().pk, evidence="签收单 17", by=city.actor(A), at=cities.at(1))


def test_a_resident_files_follows_and_confirms_over_http(client, city):
    made = post(client, "", BODY)
    assert made.status_code == 201
    body = made.json()
    assert (body["state"], body["category"], body["unit"]) == ("assigned", "food", "甲社区")
    assert re.fullmatch(r"([2-9A-HJKMNP-Z]{4}-){3}[2-9A-HJKMNP-Z]{4}", body["ticket"])
    assert "13811112222" not in made.content.decode()
    read = client.get(f"/api/v1/requests/{body['ticket']}")
    assert (read.status_code, read.json()["state"], "ticket" in read.json()) == (200, "assigned", False)
    claim(city)
    again = post(client, f"/{body['ticket']}/dispute", {"why": "没有人来"})
    assert (again.status_code, again.json()["state"]) == (200, "disputed")
    actions.claim_done(code=first().pk, evidence="照片 3", by=city.actor(cities.STREET_1), at=cities.at(2))
    assert post(client, f"/{body['ticket']}/confirm", {}).json()["state"] == "confirmed"
    assert post(client, f"/{body['ticket']}/confirm", {}).status_code == 409
    assert post(client, f"/{body['ticket']}/reopen", {"why": "又没有了"}).json()["state"] == "assigned"
    assert ResidentRequest.objects.get().how == How.WEB


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": "gossip"},
        {"text": ""},
        {"place_code": "5201"},
        {"phone": "call me"},
        {"surprise": 1},
        {"category": "conduct"},
    ],
)
def test_what_cannot_be_taken_is_said_as_a_problem(client, city, wrong):
    answer = post(client, "", BODY | wrong)
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert not ResidentRequest.objects.exists()


def test_every_other_ticket_answers_like_a_missing_one(client, city, ticket):
    claim(city)
    row = ResidentRequest.objects.get()
    stood = ResidentRequest.objects.values().get()
    answers = set()
    for wrong in (row.pk, "AAAA-AAAA-AAAA-AAAA", row.ticket, "x" * 300):
        read = [client.get(f"/api/v1/requests/{wrong}")]
        read += [
            post(client, f"/{wrong}/{step}", {} if step == "confirm" else {"why": "x"})
            for step in ("confirm", "dispute", "reopen")
        ]
        for answer in read:
            assert answer.status_code == 404
            answers.add(answer.content)
        for page in (
            client.get(f"/ask/{wrong}/"),
            client.post(f"/ask/{wrong}/confirm/"),
            client.get(f"/open311/v2/requests/{wrong}.json"),
        ):
            assert page.status_code == 404
            assert "三天没有菜" not in page.content.decode()
        cache.clear()  # the limit on wrong tickets has a test of its own
    assert len(answers) == 1, "a request that exists and one that does not answer alike"
    assert ResidentRequest.objects.values().get() == stood


def test_a_wrong_token_is_not_no_token_and_the_list_needs_one(client, city, ticket):
    wrong = {"Authorization": "Bearer bl_wrong"}
    assert client.get(f"/api/v1/requests/{ticket}", headers=wrong).status_code == 401
    assert post(client, "", BODY, **wrong).status_code == 401
    for path in ("", f"/{ticket}/refuse", f"/{ticket}/done"):
        answer = client.get("/api/v1/requests") if not path else post(client, path, {"reason": "x", "evidence": "x"})
        assert answer.status_code == 401, "what a unit does is not a resident's"


def test_the_desk_files_by_the_same_address_and_is_told_the_ticket_once(client, city):
    _, secret = callers(Role.UNIT_OFFICER, cities.STREET_1)
    token = {"Authorization": f"Bearer {secret}"}
    made = post(client, "", BODY | {"how": "behalf", "code": "RQ-paper-7"}, **token)
    assert (made.status_code, made.json()["code"], made.json()["how"]) == (201, "RQ-paper-7", "behalf")
    assert client.get(f"/api/v1/requests/{made.json()['ticket']}").status_code == 200
    assert client.get("/api/v1/requests/RQ-paper-7", headers=token).json()["phone"] == "13811112222"
    assert client.get(f"/api/v1/requests/{made.json()['ticket']}", headers=token).status_code == 404, "the desk reads by code"
    assert client.get("/api/v1/requests/RQ-paper-7").status_code == 404, "and a resident by ticket"


def test_the_same_key_gets_the_first_ticket_again_and_from_another_address_its_own(client, city):
    first = post(client, "", BODY, **{"Idempotency-Key": "1"})
    again = post(client, "", BODY, **{"Idempotency-Key": "1"})
    assert (first.content, again.headers["Idempotency-Replayed"]) == (again.content, "true")
    body = json.dumps(BODY)
    other = client.post(
        "/api/v1/requests", body, content_type="application/json", headers={"Idempotency-Key": "1"}, REMOTE_ADDR="10.0.0.9"
    )
    assert other.status_code == 201
    assert other.json()["ticket"] != first.json()["ticket"]


def test_filing_and_wrong_tickets_are_limited_by_address(client, city, monkeypatch):
    monkeypatch.setattr(doors, "FILED", 3)
    monkeypatch.setattr(doors, "WRONG", 3)
    codes_ = [post(client, "", BODY | {"phone": ""}).status_code for _ in range(5)]
    assert codes_ == [201, 201, 201, 429, 429]
    assert post(client, "", BODY).headers["Retry-After"] == "600"
    assert client.post("/ask/", ASKED).status_code == 429, "the page and the API share the count"
    assert ResidentRequest.objects.count() == 3
    assert [client.get("/api/v1/requests/AAAA").status_code for _ in range(5)] == [404, 404, 404, 429, 429]
    ticket = filing.new_ticket(code=first().pk, by=city.actor(cities.CITY), at=cities.at()).plain_ticket
    assert client.get(f"/ask/{ticket}/").status_code == 429, "a right one found by trying does not open either"
    assert client.get(f"/ask/{ticket}/", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_the_page_files_shows_the_ticket_once_and_follows_it(client, city):
    assert client.get(f"/ask/?place={A}").content.decode().count("甲社区") == 1
    made = client.post("/ask/", ASKED | {"behalf": "on", "phone": "13811112222"})
    assert made.status_code == 302
    row = ResidentRequest.objects.get()
    assert (row.place_code, row.unit_id, row.how, row.place) == (A, A, How.BEHALF, "3 栋 501")
    shown = client.get("/ask/").content.decode()
    ticket = re.search(r"/ask/([2-9A-Z-]{19})/", shown)[1]
    assert ticket not in client.get("/ask/").content.decode(), "shown once"
    opened = client.post("/ask/open/", {"ticket": ticket.lower()})
    assert opened.headers["Location"] == f"/ask/{ticket}/"
    page = client.get(f"/ask/{ticket}/")
    assert page.headers["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert "三天没有菜" in page.content.decode()
    assert "13811112222" not in page.content.decode()
    claim(city)
    assert client.post(f"/ask/{ticket}/dispute/", {"why": "没有"}).status_code == 302
    row.refresh_from_db()
    assert row.state == "disputed"
    assert client.post(f"/ask/{ticket}/nothing/").status_code == 404
    assert client.get(f"/ask/{ticket}/dispute/").status_code == 405


@pytest.mark.parametrize(
    ("said", "place"),
    [("甲社区", A), ("甲", A), ("社区", cities.EAST), ("没有这个", cities.EAST), ("", cities.EAST), ("丁社区", cities.EAST)],
)
def test_a_community_is_found_by_its_name_in_the_district_or_the_district_looks(client, city, said, place):
    client.post("/ask/", ASKED | {"community": said})
    row = ResidentRequest.objects.get()
    assert row.place_code == place
    assert said in row.place or place == A, "what was typed is kept for who looks"


def test_a_complaint_on_the_page_goes_above_the_unit_and_names_it(client, city):
    client.post("/ask/", ASKED | {"category": "conduct", "about": "street"})
    row = ResidentRequest.objects.get()
    assert (row.about_id, row.unit_id) == (cities.STREET_1, cities.EAST)
    wrong = client.post("/ask/", ASKED | {"category": "conduct", "community": ""})
    assert wrong.status_code == 422
    assert ResidentRequest.objects.count() == 1


def test_open311_files_and_reads_in_json_and_xml(client, city):
    services = client.get("/open311/v2/services.json").json()
    assert {one["service_code"] for one in services} == set(Category) - {"conduct"}
    assert len(ET.fromstring(client.get("/open311/v2/services.xml").content)) == len(services)  # noqa: S314 - our own answer
    made = client.post(
        "/open311/v2/requests.json",
        {"service_code": "food", "address_id": A, "address_string": "3 栋", "description": "没有菜", "phone": "13811112222"},
    )
    assert made.status_code == 201
    ticket = made.json()[0]["service_request_id"]
    read = client.get(f"/open311/v2/requests/{ticket}.json").json()[0]
    assert (read["status"], read["service_code"], read["agency_responsible"]) == ("open", "food", "甲社区")
    assert "13811112222" not in json.dumps(read)
    claim(city)
    xml = ET.fromstring(client.get(f"/open311/v2/requests/{ticket}.xml").content)  # noqa: S314 - our own answer
    assert (xml.tag, xml[0].tag, xml[0].findtext("status")) == ("service_requests", "request", "open"), (
        "said to be done is open"
    )
    actions.confirm_by_ticket(ticket=ticket, door=city.actor(A).door, at=cities.at(2))
    assert client.get(f"/open311/v2/requests.json?service_request_id={ticket}").json()[0]["status"] == "closed"
    assert client.get(f"/open311/v2/tokens/{ticket}.json").json()[0]["service_request_id"] == ticket
    assert ResidentRequest.objects.get().how == How.OPEN311


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"service_code": "food", "description": "x"}, 400), ({"service_code": "nothing", "description": "x", "address_string": "x"}, 400),
        ({"service_code": "food", "address_string": "x"}, 400), ({"service_code": "conduct", "description": "x", "address_string": "x"}, 400),
        ({"service_code": "other", "description": "x", "lat": "26.6", "long": "106.7"}, 201),
    ],
)  # fmt: skip
def test_open311_says_what_is_missing_in_the_standards_form(client, city, given, status):
    answer = client.post("/open311/v2/requests.json", given)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()[0]["code"] == 400
    else:
        assert ResidentRequest.objects.get().unit_id == cities.CITY


def test_open311_lists_nothing_without_a_key_and_with_one_what_its_unit_covers(client, city):
    client.post("/open311/v2/requests.json", {"service_code": "food", "address_id": A, "description": "甲的"})
    client.post("/open311/v2/requests.json", {"service_code": "food", "address_id": cities.COMMUNITY_D, "description": "丁的"})
    for path in ("requests.json", "requests.json?api_key=wrong", "requests.xml"):
        answer = client.get(f"/open311/v2/{path}")
        assert answer.status_code == 403
        assert "的" not in answer.content.decode()
    _, secret = callers(Role.UNIT_OFFICER, cities.STREET_1)
    listed = client.get(f"/open311/v2/requests.json?api_key={secret}").json()
    assert [one["description"] for one in listed] == ["甲的"]
    _, secret = callers(Role.COURIER, cities.STREET_2)
    assert client.get(f"/open311/v2/requests.json?api_key={secret}").status_code == 403
    assert client.get("/open311/v2/requests.csv").status_code == 404

"""Tubes over HTTP: durable receipts, natural keys, one answer for known and unknown, items apart from each other."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from bulou.access.models import Token
from bulou.kernel import clock
from bulou.specimens.models import Tube, TubeMember
from tests import city as cities
from tests.api.conftest import Caller, token_for, tube

pytestmark = pytest.mark.django_db


def test_a_tube_is_created_once_and_repeated_with_its_first_receipt(site):
    first = site.post("/tubes", tube())
    again = site.post("/tubes", tube())
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert TubeMember.objects.count() == 2


def test_other_content_under_the_same_id_is_a_conflict_that_names_the_difference(site):
    site.post("/tubes", tube())
    other = site.post("/tubes", tube(people=["P001", "P003"]))
    assert other.status_code == 409
    assert other.headers["Content-Type"] == "application/problem+json"
    assert "people" in str(other.json())
    assert sorted(TubeMember.objects.values_list("person_id", flat=True)) == ["P001", "P002"]


def test_whether_a_person_is_known_cannot_be_told_from_the_answer(site):
    known = site.post("/tubes", tube(1, people=["P001"])).json()
    stranger = site.post("/tubes", tube(2, people=["X999"])).json()
    assert {**known, "tube_id": ""} == {**stranger, "tube_id": ""}


def test_a_foreign_site_answers_exactly_like_a_missing_one(site):
    foreign = site.post("/tubes", tube(site=cities.SITE_D))
    missing = site.post("/tubes", tube(site=f"{cities.COMMUNITY_A}:site777"))
    assert (foreign.status_code, foreign.content) == (missing.status_code, missing.content)
    assert foreign.status_code == 404
    assert not Tube.objects.exists()


def test_one_bad_item_of_a_batch_does_not_undo_the_others(site):
    site.post("/tubes", tube(1))
    batch = [
        tube(1),
        tube(2),
        {"tube_id": "T9"},
        tube(3, people=["P1"] * 3),
        tube(4, site=cities.SITE_D),
        tube(1, people=["P9"]),
    ]
    answers = site.post("/tubes/batch", batch).json()
    assert [one["status"] for one in answers] == [200, 201, 422, 422, 404, 409]
    assert sorted(Tube.objects.values_list("pk", flat=True)) == ["T0001", "T0002"]
    assert answers[2]["problem"]["code"] == "validation"


def test_a_batch_takes_a_fixed_number_of_statements(site):
    def count(numbers):
        with CaptureQueriesContext(connection) as seen:
            assert site.post("/tubes/batch", [tube(n, people=[f"Q{n}"]) for n in numbers]).status_code == 200
        return len(seen)

    small, large = count(range(10, 12)), count(range(100, 300))
    assert large <= small + 2  # ledger entries go in more than one insert on SQLite
    assert small <= 20


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"people": []}, "people"), ({"people": ["P1"] * 21}, "people"), ({"collected_at": "2022-09-20T09:30:00"}, "collected_at"),
        ({"tube_id": ""}, "tube_id"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_taken_is_named(site, change, where):
    answer = site.post("/tubes", tube(**change))
    assert answer.status_code == 422
    assert any(where in problem["where"] for problem in answer.json()["problems"])


def test_without_a_valid_token_nothing_is_told(open_sites):
    good = token_for(open_sites, cities.SITE_A)
    assert Caller("bl_wrong").post("/tubes", tube()).status_code == 401
    Token.objects.update(revoked_at=clock.wall())
    assert Caller(good).post("/tubes", tube()).status_code == 401


def test_a_token_ends_with_its_post(open_sites):
    from bulou.units import actions as units

    caller = Caller(token_for(open_sites, cities.SITE_A))
    assert caller.post("/tubes", tube(1)).status_code == 201
    units.vacate_post(
        post=open_sites.posts[cities.SITE_A], reason="x", by=open_sites.actor(cities.COMMUNITY_A), at=cities.at(1.5)
    )
    assert caller.post("/tubes", tube(2)).status_code == 401


def test_the_whole_way_of_a_box(open_sites, site):
    courier, lab = Caller(token_for(open_sites, cities.COURIER)), Caller(token_for(open_sites, cities.LAB_1))
    site.post("/tubes/batch", [tube(n, people=[f"P{n:03}"]) for n in (1, 2, 3)])
    assert (
        site.post("/boxes", {"box_id": "B1", "site_id": cities.SITE_A, "tubes": ["T0001", "T0002", "T0003"]}).status_code == 201
    )
    assert site.post("/boxes/B1/seal", {"seal_number": "S1", "count": 2}).status_code == 422
    assert site.post("/boxes/B1/seal", {"seal_number": "S1", "count": 3}).status_code == 200
    offer = site.post("/handovers", {"box_id": "B1", "to_unit": cities.COURIER, "count": 3, "seal": "S1"}).json()
    taken = {"box_id": "B1", "count": 3, "seal": "S1"}
    assert lab.post(f"/handovers/{offer['id']}/accept", taken).status_code == 404  # not offered to the laboratory
    assert courier.post(f"/handovers/{offer['id']}/accept", taken).json()["state"] == "accepted"
    final = courier.post("/handovers", {"box_id": "B1", "to_unit": cities.LAB_1, "count": 3, "seal": "S1"}).json()
    got = lab.post(f"/handovers/{final['id']}/accept", {"box_id": "B1", "count": 2, "seal": "S1"}).json()
    assert got["discrepancies"] == ["short"]
    when = {"tested_at": "2022-09-20T09:50:00+08:00", "reported_at": "2022-09-20T09:55:00+08:00"}
    results = [{"tube_id": tube_id, "outcome": "negative", **when} for tube_id in ("T0001", "T0002", "T7777")]
    answers = lab.post("/results", results).json()
    assert [(one["status"], one["result"]["state"]) for one in answers] == [(201, "valid"), (201, "valid"), (201, "unmatched")]
    assert [one["status"] for one in lab.post("/results", results).json()] == [200, 200, 200]
    assert lab.get("/boxes/B1").json()["state"] == "received"
    assert site.get("/tubes/T0001").json()["people"] is None  # a site lead may not see who is in it afterwards
    owed = Caller(token_for(open_sites, cities.CITY)).get("/duties?kind=specimen.count_reconciled").json()["items"]
    assert [one["about"].split("/")[0] for one in owed] == ["box:B1"]


def test_duties_are_paged_by_key_and_a_foreign_one_is_missing(open_sites):
    from bulou.duties.opening import Owed, open_many

    open_many(
        [
            Owed(kind="task.done", about=f"task:{n}", label="x", owners={"explicit": cities.COMMUNITY_A}, facts={"due_at": cities.at(5)})
            for n in range(7)
        ],
        by=cities.SYSTEM, at=cities.at(),
    )  # fmt: skip
    mine, other = Caller(token_for(open_sites, cities.COMMUNITY_A)), Caller(token_for(open_sites, cities.COMMUNITY_D))
    seen, after = [], ""
    while True:
        page = mine.get(f"/duties?kind=task.done&limit=3&after={after.replace('+', '%2B')}").json()
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if not after:
            break
    assert len(seen) == len(set(seen)) == 7
    assert other.get(f"/duties/{seen[0]}").content == other.get("/duties/D0000").content
    assert other.post(f"/duties/{seen[0]}/fulfil", {"kind": "note", "ref": "x"}).status_code == 404
    assert mine.post(f"/duties/{seen[0]}/fulfil", {"kind": "photo", "ref": "sha256:ab"}).json()["state"] == "fulfilled"
    assert mine.post(f"/duties/{seen[1]}/waive", {"reason": "x"}).status_code == 403


def test_the_schema_is_openapi_3_1(client):
    schema = client.get("/api/v1/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {"/api/v1/tubes", "/api/v1/tubes/batch", "/api/v1/boxes", "/api/v1/handovers", "/api/v1/results"} <= set(
        schema["paths"]
    )


def test_a_lock_that_does_not_come_is_said_with_when_to_ask_again(site, monkeypatch):
    def locked(*_args, **_named):
        raise OperationalError("database is locked")

    monkeypatch.setattr("bulou.api.specimens.tubes.register_tubes", locked)
    answer = site.post("/tubes", tube())
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "busy", "1")

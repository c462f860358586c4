"""The pages of the chase: bounded statements, steps that are taken by a click, line lists that are saved and given out."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import python_calamine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bulou.access import actions as access
from bulou.access.models import ReadLog
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, interviews, linking, listing
from bulou.investigation.choices import CaseStatus, ChaseStep, Setting
from bulou.investigation.models import Case, CaseLink, Contact, SavedFilter, Warrant
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.ledger.models import Entry
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_D, EAST, City, at

pytestmark = pytest.mark.django_db
OPERATOR = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)


def browser(city: City, unit: str) -> Client:
    account = access.create_account(
        username=f"b-{unit}", password="a-long-password", staff=city.staff[unit], by=OPERATOR, at=at()
    )  # fmt: skip
    made = Client()
    made.force_login(account)
    return made


@pytest.fixture(params=("zh-hans", "en"))
def east(city: City, request: pytest.FixtureRequest) -> Client:
    with translation.override(request.param):
        made = browser(city, EAST)
        made.cookies["django_language"] = request.param
        yield made


@pytest.fixture
def cases(city: City) -> list[Case]:
    people = town.settle(COMMUNITY_A, 40)
    by = city.actor(EAST)
    made = [
        investigation.open_case(
            person_id=person,
            place_code=COMMUNITY_A,
            tube_id="",
            sampled_at=at(-2),
            detected_at=at(number / 10),
            by=by,
            at=at(1),
        )
        for number, person in enumerate(people[:8])
    ]
    for number, case in enumerate(made):
        contacts.list_contacts(
            case=case.pk,
            seen=[
                contacts.ContactSeen(person_id=person, setting=Setting.HOUSEHOLD, from_at=at(-3), until_at=at(-1))
                for person in people[10 + number * 3 : 13 + number * 3]
            ],
            by=by,
            at=at(2),
        )
    for one, other in ((0, 1), (0, 2), (1, 3), (2, 3)):
        linking.link_cases(infector=made[one].pk, case=made[other].pk, by=by, at=at(2))
    interviews.record_interview(case=made[0].pk, answers={"symptoms": "no"}, by=by, at=at(2))
    return made


def statements(client: Client, address: str) -> int:
    with clock.frozen(at(3)), CaptureQueriesContext(connection) as found:
        answer = client.get(address)
    assert answer.status_code == 200, answer.content[:400]
    return len(found)


def test_pages_cost_a_bounded_number_of_statements(east: Client, city: City, cases: list[Case]) -> None:
    contact = Contact.objects.filter(case=cases[0]).first()
    pages = {
        "/chase/": 45, "/cases/": 30, "/contacts/": 30, "/chains/": 32, f"/cases/{cases[0].pk}/": 62,
        f"/contacts/{contact.pk}/": 40, f"/cases/{cases[0].pk}/interview/": 30, "/duplicates/": 34, "/warrants/": 32,
    }  # fmt: skip
    first = {address: statements(east, address) for address in pages}
    assert {address: number for address, number in first.items() if number > pages[address]} == {}
    people = town.settle(COMMUNITY_A, 60, prefix="MORE")
    for person in people[:30]:
        investigation.open_case(
            person_id=person,
            place_code=COMMUNITY_A,
            tube_id="",
            sampled_at=at(0),
            detected_at=at(1),
            by=city.actor(EAST),
            at=at(1),
        )
    for address in ("/chase/", "/cases/", "/contacts/", "/chains/", "/duplicates/"):
        assert statements(east, address) <= first[address] + 2, address


def test_the_picture_and_the_table_say_the_same_and_nobody_is_named(east: Client, cases: list[Case]) -> None:
    with clock.frozen(at(3)):
        text = east.get("/chains/").content.decode()
    assert text.count('<g transform="translate(') == len(cases)
    assert all(text.count(f'href="/cases/{case.pk}/"') >= 2 for case in cases), "in the picture and in the table"
    assert "王" not in text
    assert text.count('class="ring"') == 2, "one case has two infectors; the legend shows the ring once"


def test_steps_are_taken_by_a_click_and_a_wrong_one_is_said(east: Client, city: City, cases: list[Case]) -> None:
    case = cases[7]
    with clock.frozen(at(3)):
        assert east.post(f"/cases/{case.pk}/do/step/", {"step": "held", "note": ""}).status_code == 302
        assert east.post(f"/cases/{case.pk}/do/complete/", {"note": ""}).status_code == 302
        assert (
            east.post(
                f"/cases/{case.pk}/do/link/", {"infector": cases[0].pk, "setting": "class", "certainty": "possible"}
            ).status_code
            == 302
        )
        again = east.post(
            f"/cases/{cases[0].pk}/do/link/", {"infector": cases[3].pk, "setting": "class", "certainty": "possible"}
        )
        assert again.status_code == 409, "a circle"
        assert east.post(f"/cases/{case.pk}/do/nonsense/", {}).status_code == 404
        assert east.post(f"/cases/{case.pk}/do/contact/", {"person_id": ""}).status_code == 409
        asked = east.post(
            f"/cases/{case.pk}/do/warrant/",
            {"purpose": "x", "from_at": "2022-09-20T07:00", "until_at": "2022-09-20T10:00", "hours": "4"},
        )
        assert asked.status_code == 302
        row = Contact.objects.filter(case=case).first()
        today = clock.day_of(at(3)).isoformat()
        assert east.post(f"/contacts/{row.pk}/do/check/", {"day": today, "temperature": "36.6"}).status_code == 302
        exposure = row.exposures.get()
        assert (
            east.post(f"/contacts/{row.pk}/do/correct/", {"exposure": exposure.pk, "never": "on", "why": "x"}).status_code
            == 302
        )
    assert set(case.steps.values_list("step", flat=True)) == {ChaseStep.HELD, ChaseStep.CONTACTS_LISTED}
    assert CaseLink.objects.filter(case=case, infector=cases[0]).exists()
    warrant = Warrant.objects.get()
    assert (warrant.from_at, warrant.ends_at) == (at(-1), at(7)), "a time without a zone is the city's"
    row.refresh_from_db()
    assert row.status == "withdrawn"


def test_an_interview_is_taken_by_its_form(east: Client, cases: list[Case]) -> None:
    case = cases[6]
    with clock.frozen(at(3)):
        page = f"/cases/{case.pk}/interview/"
        assert (
            east.post(page, {"symptoms": "yes", "onset_on": "2022-09-19", "symptoms_which": ["fever", "cough"]}).status_code
            == 302
        )
        text = east.get(page).content.decode()
        assert east.post(page, {"household_size": "-1"}).status_code == 409
    assert 'value="2022-09-19"' in text
    assert text.count(" selected") >= 3
    case.refresh_from_db()
    assert str(case.onset_on) == "2022-09-19"
    assert ReadLog.objects.filter(subject=f"person:{case.person_id}", purpose__startswith="interview").exists()


def test_a_line_list_is_filtered_saved_and_given_out(east: Client, city: City, cases: list[Case]) -> None:
    investigation.diagnose_case(code=cases[0].pk, status=CaseStatus.CONFIRMED, by=city.actor(CITY), at=at(2))
    with clock.frozen(at(3)):
        found = east.get("/cases/?status=confirmed&columns=person&columns=detected").content.decode()
        assert cases[0].pk in found
        assert cases[1].pk not in found
        assert east.get("/cases/?place=nonsense").status_code == 409
        assert east.get("/cases/?since=2022-09-21").status_code == 200
        saved = {"name": "今日确诊", "query": "status=confirmed", "columns": "person;detected"}
        assert east.post("/lists/cases/filter/", saved).status_code == 302
        assert "今日确诊" in east.get("/cases/").content.decode()
        csv = east.get("/cases/export.csv?status=confirmed&columns=person&columns=detected").content.decode("utf-8-sig")
        book = python_calamine.load_workbook(io.BytesIO(east.get("/contacts/export.xlsx").content))
        assert east.get("/cases/export.pdf").status_code == 409
        east.post("/lists/cases/filter/", {"forget": "今日确诊"})
    assert len(csv.strip().splitlines()) == 2
    assert cases[0].person_id not in csv, "masked, as on the page"
    assert len(book.get_sheet_by_index(0).to_python()) == 1 + Contact.objects.count()
    assert Entry.objects.filter(tag="exchange:file:exported").count() == 2
    assert not SavedFilter.objects.exists()


def test_lists_are_paged_by_key_over_http(city: City, cases: list[Case]) -> None:
    account = access.create_account(
        username="api", password="a-long-password", staff=city.staff[EAST], by=OPERATOR, at=at()
    )  # fmt: skip
    token = access.create_token(account=account, by=OPERATOR, at=at())
    client = Client(headers={"Authorization": f"Bearer {token}"})
    seen: list[str] = []
    after = ""
    with clock.frozen(at(3)):
        while after is not None:
            answer = client.get("/api/v1/cases", {"limit": 3, "after": after, "waits": "held"}).json()
            seen += [one["case_id"] for one in answer["items"]]
            after = answer["next"]
        contacts_ = client.get("/api/v1/contacts", {"case": cases[0].pk}).json()["items"]
        assert client.get("/api/v1/cases", {"waits": "nonsense"}).status_code == 422
    assert sorted(seen) == sorted(case.pk for case in cases)
    assert seen == [row.pk for row in listing.listed_cases(city.actor(EAST), listing.CaseFilter())]
    assert {one["grade"] for one in contacts_} == {"close"}
    assert all(one["because"] == "lives with the case" for one in contacts_)


def test_the_search_finds_cases_and_contacts_of_ones_own_places(east: Client, city: City, cases: list[Case]) -> None:
    contact = Contact.objects.filter(case=cases[0]).first()
    far = investigation.open_case(
        person_id="FAR", place_code=COMMUNITY_D, tube_id="", sampled_at=at(0), detected_at=at(1), by=city.actor(CITY), at=at(1)
    )
    with clock.frozen(at(3)):
        for query in (cases[0].pk[:8], cases[0].person_id):
            assert cases[0].pk in east.get("/search/", {"q": query}).content.decode()
        assert contact.pk in east.get("/search/", {"q": contact.pk}).content.decode()
        assert far.pk not in east.get("/search/", {"q": "FAR"}).content.decode().replace("q=FAR", "")
        assert east.get(f"/cases/{far.pk}/").status_code == 404


def test_a_thousand_pages_deep_costs_no_more(city: City) -> None:
    rows = [
        Case(code=f"L{number:06}", person_id=f"L{number}", place_code=COMMUNITY_A, detected_at=at(0) - timedelta(minutes=number),
             status="confirmed", diagnosed_at=at(0), diagnosed_as="confirmed", released_at=at(1))
        for number in range(3_000)
    ]  # fmt: skip
    Case.objects.bulk_create(rows, batch_size=500)
    found = listing.listed_cases(city.actor(EAST), listing.CaseFilter())
    key, seen = "", 0
    while page := list(listing.cases_after(found, key)[:50]):
        seen += len(page)
        key = listing.case_key(page[-1])
    assert seen == 3_000

"""The people's pages: masked, with the source of each flag, forms that lose nothing; the base number down to the community."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client
from django.utils import translation

from bulou.access import actions as access
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.people import actions
from bulou.people.actions import About
from bulou.people.models import BaseNumberChange, Resident
from bulou.places.models import Area
from simulation.plan import identity_number
from tests import city as cities

pytestmark = pytest.mark.django_db
A, B = cities.COMMUNITY_A, cities.COMMUNITY_B
NUMBER = identity_number(born=date(1942, 1, 2), order=5)


@pytest.fixture
def browser(city):
    by = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)
    account = access.create_account(
        username="street", password="a-long-password", staff=city.staff[cities.STREET_1], by=by, at=cities.at(), language="en"
    )
    client = Client(headers={"accept-language": "en"})
    client.force_login(account)
    with translation.override("en"), clock.frozen(cities.at(3)):
        yield client


@pytest.fixture
def person(city):
    return actions.register_resident(
        person_id="P1", place_code=f"{A}-0001-003", by=city.actor(cities.STREET_1), at=cities.at(),
        about=About(name="张三丰", identity_number=NUMBER, phone="13912345678", vulnerable="dialysis"),
    )  # fmt: skip


def _text(answer) -> str:
    assert answer.status_code == 200, answer.content.decode()[-400:]
    return answer.content.decode()


def test_a_person_is_masked_and_each_flag_says_whence_it_is_known(browser, person):
    for address in ("/people/P1/", "/people/", "/people/?need=aged_80"):
        text = _text(browser.get(address))
        for secret in ("张三丰", NUMBER, "13912345678"):
            assert secret not in text, address
        assert "张**" in text
    text = _text(browser.get("/people/P1/"))
    assert "from the identity number" in text
    assert "as entered" in text


def test_a_roster_that_uses_identity_numbers_as_keys_is_masked_too(browser, city):
    actions.register_resident(person_id=NUMBER, place_code=A, by=city.actor(cities.STREET_1), at=cities.at())
    text = _text(browser.get("/people/"))
    assert f">{NUMBER}" not in text
    assert NUMBER[-4:] in text


def test_somebody_is_entered_by_form_and_what_is_wrong_stands_beside_its_field(browser):
    given = {
        "person_id": "P9",
        "place_code": A,
        "cause": "found",
        "name": "李四",
        "identity_number": NUMBER[:-1] + "?",
        "vulnerable": ["disabled"],
    }
    text = _text(browser.post("/people/register/", given))
    assert "check character" in text
    assert 'value="李四"' in text  # nothing that was written is lost
    assert not Resident.objects.exists()
    answer = browser.post("/people/register/", {**given, "identity_number": NUMBER})
    assert answer.headers["Location"] == "/people/P9/"
    row = Resident.objects.get()
    assert (row.identity_number, row.birth_on, row.vulnerable) == (NUMBER, date(1942, 1, 2), "disabled")
    assert BaseNumberChange.objects.get().cause == "found"
    assert "taken" in _text(browser.post("/people/register/", given | {"identity_number": ""}))


def test_steps_on_a_person_leave_empty_fields_as_they_are(browser, person):
    browser.post("/people/P1/change/", {"name": "张四", "place_code": B, "vulnerable": ["dialysis"]})
    person.refresh_from_db()
    assert (person.name, person.identity_number, person.phone, person.place_code) == ("张四", NUMBER, "13912345678", B)
    browser.post("/people/P1/birth/", {"person_id": "P2", "birth_on": "2022-09-19"})
    assert Resident.objects.get(pk="P2").guardian_id == "P1"
    assert browser.post("/people/P1/end/", {"cause": "duplicate", "on": "2022-09-20"}).status_code == 409
    browser.post("/people/P1/end/", {"cause": "left", "on": "2022-09-20"})
    assert "On no base number since 2022-09-20: left" in _text(browser.get("/people/P1/"))
    browser.post("/people/P1/return/", {"place_code": A})
    person.refresh_from_db()
    assert (person.left_on, person.place_code) == (None, A)


def test_the_base_number_is_explained_by_cause_and_place_and_drilled_down(browser, person, city):
    actions.change_resident(person_id="P1", about=About(), place_code=B, by=city.actor(cities.STREET_1), at=cities.at(1))
    text = _text(browser.get("/figures/"))
    assert "How the base number moved in seven days" in text
    assert f"/base-number/?place={cities.STREET_1}" in text
    text = _text(browser.get("/base-number/"))
    assert f"/base-number/?place={B}&amp;days=7" in text
    assert "holds" in text
    text = _text(browser.get(f"/base-number/?place={A}&days=1"))
    assert "moved between communities" in text
    assert browser.get(f"/base-number/?place={cities.WEST}").status_code == 404
    Resident.objects.create(person_id="X", place_code=B, identity_kind="none")
    assert "off by the changes give 1, and 2 people stay there" in _text(browser.get("/base-number/"))


def test_an_area_is_found_by_name_and_one_without_limits_says_so(browser, city):
    area = Area.objects.create(code="garden", name="花园片区", source="test")
    assert "a name; its limits are not entered" in _text(browser.get("/search/?q=花园"))
    area.parts.create(place_code=cities.COMMUNITY_D)
    assert "花园片区" not in _text(browser.get("/search/?q=花园")).split("</form>", 2)[-1]  # of another jurisdiction
    area.parts.all().delete()
    area.parts.create(place_code=A, approximate=True)
    text = _text(browser.get("/search/?q=花园"))
    assert "approximate" in text
    assert "/figures/?unit=garden" in text
    assert "花园片区" in _text(browser.get("/figures/?unit=garden"))

"""Without an account: today's rules for a door, questions and rumours with answers, a hazard reported; no person in any."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.urls import reverse

from bulou.duties.models import Duty
from bulou.hazards.models import Hazard, HazardReport
from bulou.kernel import clock
from bulou.notices import actions as notices
from bulou.notices.choices import AskedKind, Verdict
from bulou.notices.models import AskedQuestion, PlainNotice
from bulou.orders import actions as orders
from bulou.orders.choices import Reach, Subject, Verb
from bulou.people.models import Resident
from bulou.reporting.door import door
from bulou.restrictions.models import Restriction
from bulou.supplies import actions as supplies
from bulou.units.models import Unit
from bulou.web import duty_rows, open_pages
from tests import city as cities
from tests import town
from tests.restrictions.facts import in_force

pytestmark = pytest.mark.django_db
HERE, EAST = cities.COMMUNITY_A, cities.EAST
BUILDING = f"{HERE}-0001"
NOW = cities.at(3)


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()
    with clock.frozen(NOW):
        yield


def _read(client, place="", language="en", **given):
    client.cookies["django_language"] = language
    return client.get(reverse("web:door"), {"place": place, **given} if place else given)


def _order(city):
    return orders.issue_order(
        number="东指 12 号", title="甲小区静态管理", text="足不出户。", basis="区指挥部令", place_code=HERE, verb=Verb.KEEP_IN, subject=Subject.RESIDENTS,
        starts_at=cities.at(), due_at=cities.at(8), ends_at=cities.at(24), reach=Reach.NAMED, named=HERE, by=city.actor(EAST), at=cities.at(),
    )  # fmt: skip


def test_where_nothing_is_in_force_the_page_says_so_and_when(client, city):
    text = _read(client, BUILDING).content.decode()
    assert "No zone, measure, order or notice that binds you is recorded" in text
    assert "As recorded at 2022-09-20 11:00" in text
    assert door(BUILDING, at=NOW).free
    assert "Test round" not in text


def test_a_door_says_what_holds_on_what_basis_until_when_and_whom_to_call(client, city, django_assert_max_num_queries):
    town.settle(f"{BUILDING}-001", 3)
    town.laboratory(city)
    town.running(city)
    Unit.objects.filter(pk=cities.STREET_1).update(phone="0851-5550")
    supplies.open_point(
        unit=HERE, place_code=HERE, name="北门自提点", crowd=9, leader="", by=city.actor(HERE), at=cities.at(), code="P1"
    )
    order = _order(city)
    before = _read(client, BUILDING).content.decode()
    assert "its plain notice is being written" in before, "an order without its notice is not hidden"
    assert order.text not in before, "the order's own words are its addressees'"
    draft = PlainNotice.objects.get()
    notices.publish_notice(
        code=draft.pk, title_en="Stay at home", text_en="Samplers come to you.", call="甲社区 0851-1", object_to="社区窗口", by=city.actor(EAST), at=cities.at(1)
    )  # fmt: skip
    notices.translate_notice(
        notice=draft.pk, language="fr", title="Restez", text="On vient chez vous.", by=city.actor(EAST), at=cities.at(1)
    )
    with django_assert_max_num_queries(30):
        text = _read(client, BUILDING).content.decode()
    for said in (
        "Samplers come to you.",
        "东指 12 号",
        "09-21 08:00",
        "0851-5550",
        "北门自提点",
        "On vient chez vous.",
        "Test round",
    ):
        assert said in text, said
    assert "its plain notice is being written" not in text
    assert "足不出户" in _read(client, BUILDING, language="zh-hans").content.decode()
    assert "Samplers come" not in _read(client, f"{cities.COMMUNITY_B}-0001").content.decode()
    for link in ("web:ask", "web:hazard_report", "web:answers", "web:own_door"):
        assert reverse(link) in text


def test_no_person_stands_at_a_door(client, city):
    town.settle(f"{BUILDING}-001", 3)
    in_force(city, Resident.objects.first().pk)
    row = Restriction.objects.get()
    text = _read(client, BUILDING).content.decode()
    for secret in (row.pk, row.person_id, "13900000000", "王0"):
        assert secret not in text


@pytest.mark.parametrize(
    ("given", "leads"), [({"community": "甲社区", "building": "1"}, BUILDING), ({"community": "甲社区", "building": "77"}, HERE), ({"community": "甲"}, HERE)]
)  # fmt: skip
def test_a_door_is_found_by_what_it_is_called(client, city, given, leads):
    answer = _read(client, district=EAST, **given)
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith(f"?place={leads}")


def test_a_place_that_is_not_there_or_called_like_others(client, city):
    assert _read(client, "990101001099").status_code == 404
    assert _read(client, f"{HERE}-0099").status_code == 404
    assert _read(client, "nonsense").status_code == 404
    assert _read(client, "9901").status_code == 404
    assert _read(client, district=EAST, community="戊社区").status_code == 404
    many = _read(client, district=EAST, community="社区")
    assert many.content.decode().count("?place=9901010") == 3
    assert "Choose your building" in _read(client, HERE).content.decode()


def test_one_address_reads_so_many_pages(client, city, monkeypatch):
    monkeypatch.setattr(open_pages, "READ", 2)
    assert [_read(client, BUILDING).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(reverse("web:answers")).status_code == 429


def _ask(client, **given):
    said = {"kind": "rumour", "text": "明天封全区?", "district": EAST, "community": "甲社区", **given}
    return client.post(reverse("web:answers"), said, follow=True)


def test_a_rumour_is_told_and_its_answer_is_read_by_everybody(client, city):
    text = _ask(client).content.decode()
    row = AskedQuestion.objects.get()
    assert (row.unit_id, row.place_code, row.how) == (EAST, HERE, "web")
    assert row.pk in text
    assert row.pk not in client.get(reverse("web:answers")).content.decode(), "what waits is not shown"
    client.cookies["django_language"] = "en"
    notices.answer_question(
        code=row.pk, verdict=Verdict.REFUTED, answer_zh="不实。", answer_en="Only two towers.", evidence="指挥部通告", by=city.actor(EAST), at=cities.at(4)
    )  # fmt: skip
    text = _ask(client, text="明天封全区").content.decode()
    assert "This was asked before" in text
    assert "Only two towers." in text
    assert "指挥部通告" in text
    assert AskedQuestion.objects.get().times == 2
    assert not Duty.objects.filter(state="open").exists()


def test_a_question_without_words_or_with_an_unknown_kind_is_not_taken(client, city):
    assert _ask(client, text="").status_code == 422
    assert _ask(client, kind="gossip").status_code == 422
    assert not AskedQuestion.objects.exists()
    assert _ask(client, kind=AskedKind.QUESTION, community="").status_code == 200
    assert AskedQuestion.objects.get().unit_id == EAST, "no community is named: the district's"


def _report(client, **given):
    said = {"kind": "fire_exit", "what": "围挡堵住出口", "place": "3 栋北门", "district": EAST, "community": "甲社区", **given}
    return client.post(reverse("web:hazard_report"), said, follow=True)


def test_a_danger_is_reported_without_an_account_and_gets_a_number_once(client, city):
    text = _report(client, phone="139 0000 0000", hidden="on").content.decode()
    row = Hazard.objects.get()
    assert (row.unit_id, row.how, row.in_confidence) == (HERE, "web", True)
    assert row.pk in text
    assert row.pk not in client.get(reverse("web:hazard_report")).content.decode(), "the number is shown once"
    said = HazardReport.objects.get()
    assert (said.kept_id, said.hidden) == (cities.STREET_1, True)
    assert Duty.objects.get(kind="hazard.exit_cleared").owner_id == HERE


@pytest.mark.parametrize(
    ("given", "wrong"), [({"kind": "crowd"}, "people"), ({"phone": "call me"}, "phone"), ({"place": ""}, "place"), ({"people": "-4"}, "people")]
)  # fmt: skip
def test_a_report_that_lacks_something_says_what(client, city, given, wrong):
    answer = _report(client, **given)
    assert answer.status_code == 422
    assert wrong in answer.context["page"].form.errors
    assert not Hazard.objects.exists()


def test_the_pages_lead_to_each_other(client, city):
    text = client.get(reverse("web:ask"), {"place": BUILDING}).content.decode()
    for name in ("web:door", "web:hazard_report", "web:answers"):
        assert reverse(name) in text
    assert "甲社区" in text


def test_a_duty_of_a_book_leads_to_its_record(client, city):
    row = notices.write_notice(
        unit=EAST, places=HERE, title_zh="通告", title_en="Notice", text_zh="一", text_en="one", basis="令", call="社区", object_to="社区",
        ends_at=cities.at(20), by=city.actor(EAST), at=cities.at(),
    )  # fmt: skip
    found = duty_rows.next_acts(Duty.objects.get(kind="notice.delivered"), city.actor(HERE))
    assert found[0].url == f"/notices/{row.pk}/"
    told = duty_rows.next_acts(Duty.objects.get(kind="notice.delivered"), city.actor(HERE, role=cities.Role.WALL))
    assert "#act-fulfil" in told[0].url, "who may not read the book is not led there"

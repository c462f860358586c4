"""Every page of the console in a real browser: axe finds nothing (WCAG 2.2 AA), nothing is wider than a phone, no script fails."""

from __future__ import annotations

import random
import shutil
from types import SimpleNamespace

import pytest

from bulou.access import actions as access
from bulou.access.models import Account
from bulou.duties import actions as duties
from bulou.duties import handovers
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_duty
from bulou.duties.sweep import sweep
from bulou.exchange.shelf import BOOKS
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, interviews, linking, tracers, warrants
from bulou.investigation.choices import Setting
from bulou.investigation.models import Case
from bulou.isolation import actions as isolation
from bulou.kernel import clock, ids
from bulou.kernel.actor import Actor, Door
from bulou.requests import filing
from bulou.requests.choices import Category, How
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import NoticeCode, ProposedList, Restriction
from bulou.rounds.models import Site
from bulou.specimens.models import Box, Tube
from bulou.web.urls import urlpatterns
from bulou.worklists import actions as worklists
from tests import chain as chains
from tests import city as cities
from tests import lodging as lodgings
from tests import town
from tests.books.scenes import SCENES
from tests.restrictions.facts import in_force

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = {"resultTypes": ["violations"]}
ALL = FAULTS | {"runOnly": {"type": "tag", "values": TAGS}}
LOOKS = FAULTS | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
# Only what is found leaves the browser: to carry the thousands of passed nodes out of it took more time than to check them.
RUN = "o => axe.run(document, o).then(r => r.violations.map(f => `${f.id} (${f.impact}) ${f.nodes[0].html.slice(0, 160)}`))"
RULES = {"light": ALL, "dark": LOOKS}  # the dark page is the same document in other colours
NOW = cities.at(5)
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1366, "height": 768}
CHASE_STEPS = {"tracer_name", "cases_export", "contacts_export", "case_do", "contact_do", "filter_save", "warrant_do", "merge"}
MOVING_STEPS = {
    "isolation_home_step", "isolation_step", "person_change", "person_end", "person_return", "person_birth", "transfer_propose", "transfer_replan", "transfer_commit", "transfer_stop",
}  # fmt: skip
STEPS = (
    CHASE_STEPS
    | MOVING_STEPS
    | {
        "login",
        "logout",
        "set_language",
        "set_post",
        "duties_export",
        "figures_export",
        "hand_over_shift",
        "freeze_day",
        "paper_enter",
        "ask_open",
        "asked_say",
        "read_notice",
    }
)
OF_REGISTER = {
    *(f"restriction_{step}" for step in ("approve", "refuse", "withdraw", "lift", "deliver", "object", "code", "answer")),
    *(f"restriction_list_{step}" for step in ("confirm", "reject", "approve")),
}


@pytest.fixture(autouse=True)
def _the_same_numbers(monkeypatch):
    """Which rows are shown is the same in every run: a fault must not come and go."""
    monkeypatch.setattr(ids, "secrets", SimpleNamespace(choice=random.Random(4).choice))


@pytest.fixture
def running(city):
    """A city in the middle of its day: boxes under way, one late, a refusal, a task, people missing."""
    people = town.settle(f"{cities.COMMUNITY_A}-0001-001", 60) + town.settle(f"{cities.COMMUNITY_C}-0001-002", 30)
    town.laboratory(city)
    town.running(city)
    site = town.site(city, cities.SITE_A)
    chain = chains.Chain(city=city, people=people, sites={cities.SITE_A: site})
    first = chain.sealed(chain.tubes(2, when=cities.at(1)), when=cities.at(1.5))
    chain.offer(first, cities.COURIER, when=cities.at(2))
    chain.tubes(2, when=cities.at(3), first=20)
    task = open_duty(
        Owed(kind="task.done", about="task:1", label="核对名册", owners={"explicit": cities.COMMUNITY_A}, facts={"due_at": cities.at(4)}),
        by=cities.SYSTEM, at=cities.at(),
    )  # fmt: skip
    handovers.offer_handover(duty_id=task.pk, to_unit=cities.COMMUNITY_B, by=city.actor(cities.COMMUNITY_A), at=cities.at(1))
    handovers.refuse_handover(duty_id=task.pk, reason="不在我社区", by=city.actor(cities.COMMUNITY_B), at=cities.at(2))
    duties.assign_task(to_unit=cities.EAST, text="清点采样管", due_at=cities.at(6), by=city.actor(cities.CITY), at=cities.at(3))
    _restrict(city)
    _chase(city, people)
    lodgings.manager_of(city, lodgings.SITE, "晨光酒店")
    isolation.propose_site(unit=lodgings.SITE, wanted_by=cities.at(6), by=city.actor(cities.CITY), at=cities.at(0))
    for name in BOOKS:
        SCENES[name](city, cities.COMMUNITY_A, "甲社区")
    sweep(at=NOW)
    by = city.actor(cities.CITY, role=cities.Role.OPERATOR)
    access.create_account(username="leader", password="a-long-password", staff=city.staff[cities.CITY], by=by, at=cities.at())
    return city


def _restrict(city):
    """One restriction in force with an objection and a printed code, and a list that is stopped."""
    row = in_force(city, "P-held", kind=Kind.HOME_QUARANTINE)
    restrictions.appeal(code=row.pk, text="不在场", how="phone", by=city.actor(cities.COMMUNITY_A), at=cities.at(1))
    ProposedList.objects.create(
        code="L-1", unit_id=cities.STREET_1, place_code=cities.COMMUNITY_A, people=201, counted=201, allowed=200, reason="名单",
        state="stopped", proposed_at=cities.at(1),
    )  # fmt: skip


def _chase(city, people):
    """Two linked cases, a contact, an interview begun, a tracer, a warrant that waits."""
    say = {"by": city.actor(cities.EAST), "at": cities.at(2)}
    first, second = (
        investigation.open_case(
            person_id=person,
            place_code=f"{cities.COMMUNITY_A}-0001-001",
            tube_id="",
            sampled_at=cities.at(0),
            detected_at=cities.at(1),
            **say,
        )
        for person in people[:2]
    )
    linking.link_cases(infector=first.pk, case=second.pk, **say)
    met = {"setting": Setting.HOUSEHOLD, "from_at": cities.at(-9), "until_at": cities.at(0)}
    contacts.list_contact(case=first.pk, person_id=people[2], **met, **say)
    interviews.record_interview(case=first.pk, answers={"symptoms": "yes", "onset_on": "2022-09-19"}, **say)
    tracers.name_tracer(staff=city.staff[cities.EAST].number, unit=cities.EAST, languages=["zh"], **say)
    warrants.ask_warrant(
        case=first.pk, purpose="谁在场", from_at=cities.at(-9), until_at=cities.at(1), ends_at=cities.at(9), **say
    )


def _addresses():
    """Every page of the console, with a record of the running city where one is named."""
    task = Duty.objects.get(about="task:1")
    fill = {
        "round": ("R1",), "round_place": ("R1", cities.COMMUNITY_A), "box": (Box.objects.first().pk,), "tube": (Tube.objects.first().pk,),
        "duty": (task.pk,), "person": (town_person(),), "report_day": ("2022-09-19",), "restriction": (Restriction.objects.get(person_id="P-held").pk,), "restriction_list": ("L-1",),
    }  # fmt: skip
    case = Case.objects.filter(contacts__isnull=False).first()
    fill |= {
        "case": (case.pk,),
        "interview": (case.pk,),
        "contact": (case.contacts.first().pk,),
        "warrant": (case.warrants.first().pk,),
        "isolation_site": (lodgings.SITE,),
        "paper": (_sheet(),),
        "asked": (_ticket(),),
    }
    fill |= {f"{name}_row": tuple(_rows(book)) for name, book in BOOKS.items()}
    steps = {f"{name}_{step}" for name in BOOKS for step in ("open", "export", "do")}
    for one in urlpatterns:
        route = str(one.pattern)
        if one.name in steps:
            continue
        if one.name in STEPS or (route.startswith("duties/<str:id>/") and one.name != "duty"):
            continue
        if one.name in OF_REGISTER or one.name == "own_object":
            continue
        if one.name == "own":
            fill["own"] = (_printed(),)
        if one.name.endswith("_row") and one.name.removesuffix("_row") in BOOKS:
            yield from (f"/{_filled(route, (value,))}" for value in fill[one.name])
            continue
        route = _filled(route, fill.get(one.name, ()))
        assert "<" not in route, f"say which record the page {one.name} shows"
        yield f"/{route}"
    yield "/search/?q=T0"
    yield f"/door/?place={cities.COMMUNITY_A}"
    yield f"/door/?place={cities.COMMUNITY_A}-0001"
    yield f"/answers/?place={cities.COMMUNITY_A}"
    yield "/login/"


def _filled(route, values):
    """A pattern with its places filled in order."""
    for value in values:
        start, end = route.index("<"), route.index(">")
        route = route[:start] + value + route[end + 1 :]
    return route


def _rows(book):
    """One row of each state that the scenes left: what a page shows depends on it."""
    found = {}
    for row in book.visible(cities.SYSTEM).order_by("pk"):
        found.setdefault(str(book.column(book.state).value(row)) if book.state else "", str(row.pk))
    assert found, f"the scenes leave no row of {book.name}"
    return found.values()


def _ticket():
    """The ticket of a request that somebody filed without an account."""
    told = filing.Told(
        category=Category.FOOD, text="没有菜", how=How.WEB, place_code=cities.COMMUNITY_A, place="", name="", phone="", about=""
    )
    return filing.file_publicly(told, door=Door.WEB, at=cities.at(4)).plain_ticket


def _sheet():
    """A paper list of who is missing in a building."""
    by = Actor(account="x", name="x", post="", unit=cities.COMMUNITY_A, role=cities.Role.COMMUNITY_WORKER, door=Door.WEB)
    place = f"{cities.COMMUNITY_A}-0001"
    return worklists.print_sheet(round="R1", place_code=place, holder="楼长", by=by, at=cities.at(4)).pk


def _printed():
    """The code of a notice."""
    by = Actor(account="x", name="x", post="", unit=cities.COMMUNITY_A, role=cities.Role.COMMUNITY_WORKER, door=Door.WEB)
    code = restrictions.issue_code(code=Restriction.objects.get(person_id="P-held").pk, by=by, at=cities.at(2))
    # The server's own thread stands at today, years after the invented city's day.
    NoticeCode.objects.update(expires_at=cities.at(24 * 365 * 50))
    return code


def town_person():
    """Somebody who was sampled."""
    return Tube.objects.first().members.first().person_id


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_has_a_fault_that_axe_knows_and_none_is_wider_than_a_phone(running, live_server, monkeypatch, language):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser's driver runs a loop in this thread
    addresses = list(_addresses())
    assert len(addresses) > 15
    found: list[str] = []
    with clock.frozen(NOW), playwright.sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        context = browser.new_context(viewport=DESK, locale="en")
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda fault: found.append(f"{page.url}: script: {fault}"))
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_content("<img src=x>")
        page.evaluate(axe.Axe().axe_script)
        assert any("image-alt" in fault for fault in page.evaluate(RUN, ALL)), "the check itself finds what is wrong"
        for address in addresses:
            if address == "/login/":
                continue
            answer = page.goto(live_server.url + address)
            if "/login/" in page.url:
                page.fill("input[name=username]", "leader")
                page.fill("input[name=password]", "a-long-password")
                page.click("form button[type=submit], form button.main")
                answer = page.goto(live_server.url + address)
            if answer.status != 200:
                found.append(f"{address}: answers {answer.status}")
                continue
            assert page.locator("html").get_attribute("lang").lower().startswith(language[:2])
            page.evaluate(axe.Axe().axe_script)
            for scheme, options in RULES.items():
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found += [f"{scheme} {address}: {fault}" for fault in page.evaluate(RUN, options)]
            page.set_viewport_size(PHONE)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                found.append(f"{address}: {wide} px wider than a phone")
            page.set_viewport_size(DESK)
        browser.close()
    assert found == []
    assert Account.objects.get().last_login is not None
    assert Site.objects.exists()

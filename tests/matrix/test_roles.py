"""Every role × every page and operation × {own unit, child, sibling, parent, handed over to us}: generated, zero leaks.

The table below says for each address what it shows; an address without a row fails the test. What a role may do comes from
``access/rules.py``; what it may see comes from where the record lies.
"""

from __future__ import annotations

import json

import pytest
from django.urls import URLPattern, get_resolver

from bulou.access.choices import Operation as Op
from bulou.access.rules import ROLES
from bulou.api.urls import api
from bulou.duties import handovers
from bulou.duties.models import Duty, Evidence, Handover
from bulou.duties.opening import Owed, open_duty
from bulou.exchange.shelf import BOOKS
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, warrants
from bulou.investigation.choices import Setting
from bulou.investigation.models import Case, ChaseStepDone, Contact, Warrant
from bulou.isolation import actions as isolation
from bulou.isolation.models import FollowUp, GuestTest, Room
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.people.models import Resident
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Appeal, ProposedList, Restriction
from bulou.rounds import actions as rounds
from bulou.specimens import actions as specimens
from bulou.specimens.actions import TubeScan
from bulou.worklists import actions as worklists
from bulou.worklists.models import Sheet
from tests import city as cities
from tests import lodging as lodgings
from tests.callers import callers
from tests.restrictions.facts import positive

pytestmark = pytest.mark.django_db
NOW = cities.at(3)
OPEN_TO_ALL = "anybody, also without an account"
OWN = "the reader's own: no record is named"
CODE = "whoever holds the code printed on the notice; any other code opens nothing"

# route → operation asked for, and the record that the address names: duty, box, tube, person, place, or none
TABLE = {
    "": (Op.SEE_DESK, ""), "wall/": (Op.SEE_DESK, ""), "mine/": (Op.SEE_DUTIES, ""), "mine/shift-note/": (OWN, ""),
    "rounds/": (Op.SEE_ROUND, ""), "rounds/<str:code>/": (Op.SEE_ROUND, ""), "rounds/<str:code>/<str:place>/": (Op.SEE_ROUND, "place"),
    "chain/": (Op.SEE_CHAIN, ""), "tubes/": (Op.SEE_CHAIN, ""), "boxes/<str:id>/": (Op.SEE_CHAIN, "box"), "tubes/<str:id>/": (Op.SEE_CHAIN, "tube"),
    "duties/": (Op.SEE_DUTIES, ""), "duties/export.csv": (Op.EXPORT_FILE, ""), "duties/<str:id>/": (Op.SEE_DUTIES, "duty"),
    "duties/<str:id>/fulfil/": (Op.ANSWER_DUTY, "step"), "duties/<str:id>/explain/": (Op.ANSWER_DUTY, "step"),
    "duties/<str:id>/handover/": (Op.HAND_OVER, "step"), "duties/<str:id>/accept/": (Op.HAND_OVER, "step"),
    "duties/<str:id>/refuse/": (Op.HAND_OVER, "step"), "duties/<str:id>/withdraw/": (Op.HAND_OVER, "step"),
    "duties/<str:id>/cannot/": (Op.ANSWER_DUTY, "step"), "duties/<str:id>/decide/": (Op.DECIDE_OWNER, "step"),
    "duties/<str:id>/take/": (Op.TAKE_OVER, "step"), "duties/<str:id>/waive/": (Op.WAIVE_DUTY, "step"),
    "people/register/": (Op.KEEP_PEOPLE, ""), "people/<str:id>/change/": (Op.KEEP_PEOPLE, "person-step"),
    "people/<str:id>/end/": (Op.KEEP_PEOPLE, "person-step"), "people/<str:id>/return/": (Op.KEEP_PEOPLE, "person-step"),
    "people/<str:id>/birth/": (Op.KEEP_PEOPLE, "person-step"), "base-number/": (Op.SEE_FIGURES, ""),
    "on-duty/": (Op.SEE_FIGURES, ""),
    "people/": (Op.SEE_PEOPLE, ""), "people/<str:id>/": (Op.SEE_PEOPLE, "person"), "figures/": (Op.SEE_FIGURES, ""), "figures/export.<str:ending>": (Op.EXPORT_FILE, ""),
    "report/": (Op.SEE_REPORT, "city"), "report/<str:day>/": (Op.SEE_REPORT, "city"), "report/<str:day>/freeze/": (Op.FREEZE_REPORT, "freeze"),
    "transfer/": (Op.SEE_TRANSFERS, ""), "transfer/propose/": (Op.PLAN_TRANSFER, "write"), "transfer/replan/": (Op.PLAN_TRANSFER, "write"),
    "transfer/plans/<str:code>/commit/": (Op.PLAN_TRANSFER, "write"), "transfer/stops/<int:id>/": (OWN, ""),
    "api/v1/transfers": (Op.SEE_TRANSFERS, ""), "api/v1/trips": (Op.SEE_TRANSFERS, ""),
    "restrictions/": (Op.SEE_RESTRICTIONS, ""), "restrictions/propose/": (Op.PROPOSE_RESTRICTION, ""),
    "restrictions/<str:code>/": (Op.SEE_RESTRICTIONS, "restriction"),
    **{f"restrictions/<str:code>/{step}/": (op, "restriction-step") for step, op in (
        ("approve", Op.APPROVE_RESTRICTION), ("refuse", Op.APPROVE_RESTRICTION), ("withdraw", Op.PROPOSE_RESTRICTION),
        ("lift", Op.LIFT_RESTRICTION), ("deliver", Op.FILE_APPEAL), ("object", Op.FILE_APPEAL), ("code", Op.FILE_APPEAL),
    )},
    "restrictions/lists/<str:code>/": (Op.SEE_RESTRICTIONS, "list"),
    **{f"restrictions/lists/<str:code>/{step}/": (Op.APPROVE_RESTRICTION, "list-step") for step in ("confirm", "reject", "approve")},
    "restrictions/appeals/<str:code>/answer/": (Op.DECIDE_APPEAL, "appeal-step"),
    "api/v1/restrictions": (Op.PROPOSE_RESTRICTION, "restriction-write"), "api/v1/restrictions#get": (Op.SEE_RESTRICTIONS, ""),
    "api/v1/restrictions/batch": (Op.PROPOSE_RESTRICTION, "restriction-write"),
    "api/v1/restrictions/<code>": (Op.SEE_RESTRICTIONS, "restriction"),
    "api/v1/restrictions/<code>/approve": (Op.APPROVE_RESTRICTION, "restriction-step"),
    "api/v1/restrictions/<code>/refuse": (Op.APPROVE_RESTRICTION, "restriction-step"),
    "api/v1/restrictions/<code>/lift": (Op.LIFT_RESTRICTION, "restriction-step"),
    "api/v1/restrictions/<code>/appeals": (Op.FILE_APPEAL, "restriction-step"),
    "api/v1/restrictions/appeals/<code>/answer": (Op.DECIDE_APPEAL, "appeal-step"),
    "chase/": (Op.SEE_CASES, ""), "chase/tracers/": (Op.KEEP_TRACERS, "write"),
    "cases/": (Op.SEE_CASES, ""), "cases/export.<str:ending>": (Op.EXPORT_CASES, ""), "cases/<str:code>/": (Op.SEE_CASES, "case"),
    "cases/<str:code>/interview/": (Op.CHASE_CASE, "case"), "cases/<str:code>/do/<str:step>/": (Op.CHASE_CASE, "case-step"),
    "contacts/": (Op.SEE_CONTACTS, ""), "contacts/export.<str:ending>": (Op.EXPORT_CASES, ""),
    "contacts/<str:code>/": (Op.SEE_CONTACTS, "contact"), "contacts/<str:code>/do/<str:step>/": (Op.CHECK_CONTACT, "contact-step"),
    "lists/<str:kind>/filter/": (OWN, ""), "chains/": (Op.SEE_CASES, ""), "warrants/": (Op.SEE_SEARCHES, ""),
    "warrants/<str:code>/": (Op.SEE_WARRANTS, "warrant"), "warrants/<str:code>/do/<str:step>/": (Op.SEARCH_PRESENCES, "warrant-step"),
    "duplicates/": (Op.MERGE_PEOPLE, ""), "duplicates/merge/": (Op.MERGE_PEOPLE, "write"),
    "api/v1/cases": (Op.SEE_CASES, ""), "api/v1/contacts": (Op.SEE_CONTACTS, ""),
    "door/": (OPEN_TO_ALL, ""), "answers/": (OPEN_TO_ALL, ""), "hazard/": (OPEN_TO_ALL, ""),
    "ask/": (OPEN_TO_ALL, ""), "ask/open/": (CODE, "code-step"), "ask/<str:ticket>/": (CODE, "ticket"),
    "ask/<str:ticket>/<str:step>/": (CODE, "ticket-step"), "open311/v2/services.<str:ending>": (OPEN_TO_ALL, ""),
    "open311/v2/services/<str:code>.<str:ending>": (OPEN_TO_ALL, ""), "open311/v2/requests.<str:ending>": (CODE, ""),
    "open311/v2/requests/<str:ticket>.<str:ending>": (CODE, "ticket"), "open311/v2/tokens/<str:ticket>.<str:ending>": (CODE, "ticket"),
    "paper/<str:code>/": (Op.SEE_SHEETS, "paper"), "paper/<str:code>/enter/": (Op.KEEP_SHEETS, "paper-step"),
    "my/": (OPEN_TO_ALL, ""), "my/<str:code>/": (CODE, "code"), "my/<str:code>/object/": (CODE, "code-step"),
    "isolation/": (Op.SEE_ISOLATION, ""), "isolation/home/": (Op.SEE_GUESTS, ""), "isolation/<str:site>/": (Op.SEE_ISOLATION, "isosite"),
    "isolation/<str:site>/<str:step>/": (Op.ADMIT_GUEST, "isosite-step"), "isolation/home/<str:code>/": (Op.FOLLOW_UP, "home-step"),
    "api/v1/isolation/sites": (Op.SEE_ISOLATION, ""), "api/v1/isolation/rooms": (Op.SEE_ISOLATION, ""),
    "search/": (OWN, ""), "inbox/": (Op.SEE_DUTIES, ""), "inbox/<int:id>/read/": (OWN, ""), "login/": (OPEN_TO_ALL, ""),
    "logout/": (OPEN_TO_ALL, ""), "language/": (OPEN_TO_ALL, ""), "post/": (OPEN_TO_ALL, ""),
    "livez": (OPEN_TO_ALL, ""), "readyz": (OPEN_TO_ALL, ""), "metrics": (OPEN_TO_ALL, ""),
    "api/v1/": (OPEN_TO_ALL, ""), "api/v1/openapi.json": (OPEN_TO_ALL, ""),
    "api/v1/duties": (Op.SEE_DUTIES, ""), "api/v1/duties/<duty_id>": (Op.SEE_DUTIES, "duty"),
    "api/v1/duties/<duty_id>/fulfil": (Op.ANSWER_DUTY, "step"), "api/v1/duties/<duty_id>/handover": (Op.HAND_OVER, "step"),
    "api/v1/duties/<duty_id>/accept": (Op.HAND_OVER, "step"), "api/v1/duties/<duty_id>/refuse": (Op.HAND_OVER, "step"),
    "api/v1/duties/<duty_id>/waive": (Op.WAIVE_DUTY, "step"),
    "api/v1/tubes": (Op.REGISTER_TUBE, "write"), "api/v1/tubes/batch": (Op.REGISTER_TUBE, "write"),
    "api/v1/boxes": (Op.PACK_BOX, "write"), "api/v1/boxes/<box_id>": (Op.SEE_CHAIN, "box"),
    "api/v1/boxes/<box_id>/seal": (Op.PACK_BOX, "write"), "api/v1/handovers": (Op.MOVE_BOX, "write"),
    "api/v1/handovers/<handover_id>/accept": (Op.MOVE_BOX, "write"), "api/v1/handovers/<handover_id>/refuse": (Op.MOVE_BOX, "write"),
    "api/v1/tubes#get": (Op.SEE_CHAIN, ""), "api/v1/boxes#get": (Op.SEE_CHAIN, ""), "api/v1/people": (Op.SEE_PEOPLE, ""),
    "api/v1/rounds": (Op.SEE_ROUND, ""), "api/v1/rounds/<code>/progress": (Op.SEE_ROUND, "round"),
    "api/v1/status": (Op.SEE_FIGURES, ""),
    "api/v1/tubes/<tube_id>": (Op.SEE_CHAIN, "tube"), "api/v1/results": (Op.REPORT_RESULT, "write"),
}  # fmt: skip


def _routes(patterns=None, prefix=""):
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route
        else:
            yield from _routes(one.url_patterns, route)


def _read_and_written():
    """Addresses of the API that are both read and written: the reading has a row of its own."""
    for path, methods in api.get_openapi_schema()["paths"].items():
        if {"get", "post"} <= set(methods):
            yield path.removeprefix("/").replace("{", "<").replace("}", ">") + "#get"


def test_every_page_and_operation_has_a_row():
    found = {route for route in _routes() if not route.startswith("static/")} | set(_read_and_written())
    found = {route for route in found if route.removeprefix("api/v1/").split("/")[0].split("#")[0] not in BOOKS}  # tests/books
    assert found - set(TABLE) == set(), "add a row for each new page or operation"
    assert set(TABLE) - found == set(), "rows of pages that are gone"


# Readers stand in the street; a record may lie in its own territory, in a child, beside it, above it, or be offered to it.
HERE, CHILD, SIBLING, PARENT = cities.STREET_1, cities.COMMUNITY_A, cities.STREET_2, cities.EAST


@pytest.fixture
def records(city):
    leader = city.actor(cities.CITY)
    duties = {
        name: open_duty(
            Owed(kind="task.done", about=f"task:{name}", label=f"secret-{name}", owners={"explicit": unit}, facts={"due_at": cities.at(9)}),
            by=cities.SYSTEM, at=cities.at(),
        )
        for name, unit in {"own": HERE, "child": CHILD, "sibling": SIBLING, "parent": PARENT, "handed": SIBLING}.items()
    }  # fmt: skip
    handovers.offer_handover(duty_id=duties["handed"].pk, to_unit=HERE, by=city.actor(SIBLING), at=cities.at(1))
    for number, place in enumerate((cities.COMMUNITY_A, cities.COMMUNITY_C)):
        for person in range(3):
            Resident.objects.create(
                person_id=f"P{number}{person}", name="秘密", place_code=f"{place}-0001-001", identity_kind="none"
            )
    rounds.register_laboratory(unit=cities.LAB_1, tubes_per_hour=5_000, by=leader, at=cities.at())
    rounds.plan_round(
        code="R1",
        name="R1",
        area="test-city",
        owner=cities.CITY,
        opens_at=cities.at(),
        deadline_at=cities.at(12),
        by=leader,
        at=cities.at(),
    )
    rounds.open_round(round_code="R1", by=leader, at=cities.at())
    boxes = {}
    for name, unit in (("child", cities.SITE_A), ("sibling", cities.SITE_C)):
        site = rounds.plan_site(
            round_code="R1",
            unit=unit,
            opens_at=cities.at(1),
            closes_at=cities.at(11),
            expected_people=9,
            by=leader,
            at=cities.at(),
        )
        rounds.give_site_laboratory(site_id=site.pk, laboratory=cities.LAB_1, by=leader, at=cities.at())
        rounds.open_site(site_id=site.pk, by=city.actor(unit), at=cities.at(1))
        scan = TubeScan(tube_id=f"T-{name}", site_id=unit, collected_at=cities.at(1.5), people=("P00",))
        specimens.register_tubes(scans=[scan], by=city.actor(unit), at=cities.at(1.5))
        boxes[name] = specimens.pack_box(
            box_id=f"B-{name}", site_id=unit, tubes=[f"T-{name}"], by=city.actor(unit), at=cities.at(2)
        ).pk
    for name, community in REGISTER.items():
        worklists.print_sheet(
            round="R1", place_code=community, holder=f"secret-{name}", by=city.actor(community), at=cities.at(2)
        )
    _restrict(city)
    _isolate(city)
    _chase(city)
    return duties, boxes


OF_CHASE = {"case", "case-step", "contact", "contact-step", "warrant", "warrant-step"}
STEP = {"case-step": "complete", "contact-step": "release", "warrant-step": "end"}


def _chase(city):
    """In the child's and the sibling's community: a case with a contact, and a warrant that waits."""
    for name, community in REGISTER.items():
        say = {"by": city.actor(cities.EAST), "at": cities.at(1)}
        case = investigation.open_case(
            person_id=f"K-{name}",
            place_code=community,
            tube_id=f"secret-{name}",
            sampled_at=cities.at(),
            detected_at=cities.at(1),
            **say,
        )
        met = {"from_at": cities.at(-2), "until_at": cities.at(), "place": f"secret-{name}"}
        contacts.list_contact(case=case.pk, person_id=f"KK-{name}", setting=Setting.VENUE, place_code=community, **met, **say)
        asker = Actor(account="t", name="t", post="t", unit=community, role=Role.TRACER, door=Door.WEB)
        warrants.ask_warrant(
            case=case.pk, purpose=f"secret-{name}", from_at=cities.at(-2), until_at=cities.at(), ends_at=cities.at(9), by=asker, at=cities.at(1),
        )  # fmt: skip


def _of_chase(kind, where):
    """The code of the row's kind in a place."""
    case = Case.objects.get(person_id=f"K-{where}")
    return {"case": case, "contact": case.contacts.first(), "warrant": case.warrants.first()}[kind.removesuffix("-step")].pk


OF_PAPER = {"paper", "paper-step"}
OF_REGISTER = {"restriction", "restriction-step", "list", "list-step", "appeal-step"}
LAW = "infectious-diseases-law-39"
REGISTER = {"child": cities.COMMUNITY_A, "sibling": cities.COMMUNITY_C}


def _restrict(city):
    """In the child's and the sibling's community: a restriction in force with an objection, one proposed, a stopped list."""
    for name, community in REGISTER.items():
        home = f"{community}-0001-001"
        for person in (f"R-{name}", f"Q-{name}"):
            entry = positive(city, person, place=home)
            row = restrictions.propose(
                kind=Kind.ISOLATION, person_id=person, place_code=home, evidence_id=entry.pk, legal_basis=LAW,
                reason=f"secret-{name}", starts_at=cities.at(), ends_at=cities.at(72), by=city.actor(community), at=cities.at(),
            )  # fmt: skip
            if person.startswith("Q"):
                continue
            restrictions.approve(code=row.pk, by=city.actor(cities.EAST), at=cities.at(1))
            restrictions.appeal(code=row.pk, text="no", how="phone", by=city.actor(community), at=cities.at(1))
        ProposedList.objects.create(
            code=f"L-{name}", unit_id=community, place_code=community, people=201, counted=201, allowed=200, reason=f"secret-{name}",
            state="stopped", proposed_at=cities.at(1),
        )  # fmt: skip


ISOLATED = {"child": lodgings.SITE, "sibling": lodgings.OTHER}


def _isolate(city):
    """An open site in the child and in the sibling, with a guest at the door, and somebody released to its community."""
    for name, site in ISOLATED.items():
        lodging = lodgings.opened(city, site, name=f"secret-{name}", rooms=2)
        rooms = list(Room.objects.filter(site=site).order_by("pk").values_list("pk", flat=True))
        home = cities.COMMUNITY_A if name == "child" else cities.COMMUNITY_C
        waits = lodging.reserve(f"G-{name}", rooms[0], home=home)
        isolation.arrive_at_door(stays=[waits.pk], by=lodging.manager, at=cities.at(1))
        gone = lodging.admit(f"H-{name}", rooms[1], when=cities.at(-12), clock_from=cities.at(-170), home=home)
        GuestTest.objects.filter(stay=gone).update(sampled_at=cities.at(-5), resulted_at=cities.at(-4), outcome="negative")
        isolation.release_guest(stay=gone.pk, by=lodging.manager, at=cities.at(0))


def _of_register(kind, where):
    """The code of the row's kind in a place."""
    person = f"{'Q' if kind == 'restriction' else 'R'}-{where}"
    if kind.startswith("list"):
        return f"L-{where}"
    if kind.startswith("appeal"):
        return Appeal.objects.get(restriction__person_id=person).pk
    return Restriction.objects.get(person_id=person).pk


def _address(route, duties, boxes, where):
    """The address of a record of the row's kind in a place; None when the row names no record that can lie there."""
    kind = TABLE[route][1]
    fill = {
        "<str:code>": "R1", "<code>": "R1", "<str:day>": "2022-09-19", "<handover_id>": "999999", "<int:id>": "999999",
    }  # fmt: skip
    fill |= {"<str:ending>": "csv", "<str:kind>": "cases", "<str:step>": STEP.get(kind, "")}
    if kind in OF_CHASE | OF_PAPER:
        if where not in REGISTER:
            return None
        paper = Sheet.objects.filter(holder=f"secret-{where}").values_list("pk", flat=True)
        fill |= {"<str:code>": paper.get() if kind in OF_PAPER else _of_chase(kind, where)}
    elif kind in OF_REGISTER:
        if where not in REGISTER:
            return None
        fill |= dict.fromkeys(("<str:code>", "<code>"), _of_register(kind, where))
    elif kind in {"isosite", "isosite-step", "home-step"}:
        if where not in ISOLATED:
            return None
        home = FollowUp.objects.get(person_id=f"H-{where}").pk
        fill |= {"<str:site>": ISOLATED[where], "<str:step>": "heads", "<str:code>": home}
    elif kind in {"duty", "step"}:
        fill |= {"<str:id>": duties[where].pk, "<duty_id>": duties[where].pk}
    elif kind in {"box", "tube", "person", "person-step", "place"}:
        if where not in {"child", "sibling"}:
            return None
        child = where == "child"
        person = "P00" if child else "P10"
        name = {"box": boxes[where], "tube": f"T-{where}", "person": person, "person-step": person}.get(kind, "")
        place = cities.COMMUNITY_A if child else cities.COMMUNITY_C
        fill |= {"<str:id>": name, "<box_id>": name, "<tube_id>": name, "<str:place>": place}
    elif where != "own":
        return None
    for part, value in fill.items():
        route = route.replace(part, value)
    return "/" + route.removesuffix("#get")


def _counts():
    """What a step changes: residents, duties, evidence, hand-overs, and where restrictions, lists and objections stand."""
    register = [
        tuple(model.objects.order_by("code").values_list("code", "state")) for model in (Restriction, ProposedList, Appeal)
    ]
    homes = list(FollowUp.objects.order_by("code").values_list("code", "state"))
    people = list(Resident.objects.order_by("pk").values_list("pk", "name", "place_code", "left_on"))
    chase = [ChaseStepDone.objects.count(), *Contact.objects.order_by("code").values_list("code", "status")]
    chase += Warrant.objects.order_by("code").values_list("code", "state")
    register.append(tuple(chase))
    duties = Duty.objects.filter(state="open").count()
    return duties, Evidence.objects.count(), Handover.objects.count(), register, homes, people


VISIBLE = {"own", "child", "handed"}  # seen by a street: its own, what lies below it, and what is offered to it
BODY = {
    "kind": "note", "ref": "x", "to_unit": CHILD, "reason": "x", "note": "x", "tube_id": "TX", "site_id": cities.SITE_C,
    "collected_at": "2022-09-20T10:00:00+08:00", "people": ["P1"], "box_id": "B-sibling", "tubes": ["T-sibling"], "seal_number": "S", "count": 1,
    "seal": "S", "present": 7, "step": "accept", "why": "by_rule", "text": "x", "how": "phone", "allowed": "yes", "answer": "x",
    "cause": "left", "on": "2022-09-20", "name": "秘密二", "person_id": "PX", "birth_on": "2022-09-19",
}  # fmt: skip


_PROPOSAL = {
    "kind": "isolation", "person_id": "R-sibling", "place_code": cities.COMMUNITY_C, "evidence": 1, "legal_basis": LAW, "reason": "x",
    "starts_at": "2022-09-20T10:00:00+08:00", "ends_at": "2022-09-27T10:00:00+08:00",
}  # fmt: skip
BODIES = {
    "api/v1/restrictions": _PROPOSAL,
    "api/v1/restrictions/batch": {"reason": "x", "restrictions": [_PROPOSAL]},
    "api/v1/restrictions/<code>/approve": {"owners": {}},
    "api/v1/restrictions/<code>/refuse": {"reason": "x"},
    "api/v1/restrictions/<code>/lift": {"reason": "x"},
    "api/v1/restrictions/<code>/appeals": {"text": "x", "how": "phone"},
    "api/v1/restrictions/appeals/<code>/answer": {"allowed": True, "answer": "x"},
}


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_no_role_sees_or_changes_what_is_not_its_own(city, records, role):
    duties, boxes = records
    browser, token = callers(role, HERE)
    secrets = {"sibling": "secret-sibling", "parent": "secret-parent"}
    checked = 0
    for route, (operation, kind) in TABLE.items():
        for where in ("own", "child", "sibling", "parent", "handed"):
            address = _address(route, duties, boxes, where)
            if address is None or route == "logout/":
                continue
            before = _counts()
            steps = kind in {"step", "write", "freeze"} or kind.endswith(("-step", "-write"))
            with clock.frozen(NOW):
                if route.startswith("api/"):
                    headers = {"Authorization": f"Bearer {token}"}
                    body = BODIES.get(route) or ([BODY] if route.endswith(("batch", "results")) else BODY)
                    if steps:
                        answer = browser.post(address, json.dumps(body), content_type="application/json", headers=headers)
                    else:
                        answer = browser.get(address, headers=headers)
                else:
                    answer = browser.post(address, BODY) if steps else browser.get(address)
            text = answer.content.decode(errors="replace")
            allowed = operation in {OWN, OPEN_TO_ALL, CODE} or role in ROLES[operation]
            # Nothing of a sibling's or the parent's is ever in an answer.
            for name, secret in secrets.items():
                assert secret not in text, f"{role} read {name} at {address}"
            assert "B-sibling" not in text or steps, f"{role} read a sibling's box at {address}"
            assert "秘密" not in text, f"{role} read a name in clear at {address}"
            if allowed and not steps and where in VISIBLE and kind != "city" and operation not in {OWN, OPEN_TO_ALL, CODE}:
                assert answer.status_code == 200 or role is Role.WALL, f"{role} was refused {address}: {answer.status_code}"
            if not allowed and not steps:
                assert answer.status_code in {302, 403, 404}, f"{role} was let in at {address}: {answer.status_code}"
            if (
                kind in {"duty", "box", "tube", "person", "person-step", "place", "step"}
                or kind in OF_REGISTER | OF_CHASE | OF_PAPER
                or kind.startswith(("iso", "home"))
            ) and where not in VISIBLE:
                assert answer.status_code in {302, 403, 404, 405, 409, 422}, f"{role} at {address}: {answer.status_code}"
                after = _counts()
                assert after == before, f"{role} changed something at {address}"
            if not allowed and steps:
                after = _counts()
                assert after == before, f"{role} may not {operation} and changed something at {address}"
            checked += 1
    assert checked > 90

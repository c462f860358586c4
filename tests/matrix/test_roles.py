"""Every role × every page and operation × {own unit, child, sibling, parent, handed over to us}: generated, zero leaks.

The table below says for each address what it shows; an address without a row fails the test. What a role may do comes from
``access/rules.py``; what it may see comes from where the record lies.
"""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from bulou.access import actions as access
from bulou.access.choices import Operation as Op
from bulou.access.rules import ROLES
from bulou.api.urls import api
from bulou.duties import handovers
from bulou.duties.models import Duty, Evidence, Handover
from bulou.duties.opening import Owed, open_duty
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.people.models import Resident
from bulou.rounds import actions as rounds
from bulou.specimens import actions as specimens
from bulou.specimens.actions import TubeScan
from bulou.units.choices import PostKind
from bulou.units.models import Holding, Post, Staff, Unit
from tests import city as cities

pytestmark = pytest.mark.django_db
NOW = cities.at(3)
OPEN_TO_ALL = "anybody, also without an account"
OWN = "the reader's own: no record is named"

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
    "people/": (Op.SEE_PEOPLE, ""), "people/<str:id>/": (Op.SEE_PEOPLE, "person"), "figures/": (Op.SEE_FIGURES, ""),
    "report/": (Op.SEE_REPORT, "city"), "report/<str:day>/": (Op.SEE_REPORT, "city"), "report/<str:day>/freeze/": (Op.FREEZE_REPORT, "freeze"),
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
    return duties, boxes


def _callers(city, role):
    """A browser and a token of somebody who holds a post of this role in the street."""
    by = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)
    staff = Staff.objects.create(number=f"M-{role}", name="矩阵", home_unit_id=HERE)
    post = Post.objects.create(unit=Unit.objects.get(pk=HERE), kind=PostKind.STEWARD, title=role, role=role, place_code=HERE)
    Holding.objects.create(post=post, staff=staff, kind="holder", starts_at=cities.at(-1))
    account = access.create_account(username=f"m-{role}", password="a-long-password", staff=staff, by=by, at=cities.at())
    token = access.create_token(account=account, post=post, by=by, at=cities.at())
    browser = Client()
    browser.force_login(account)
    return browser, token


def _address(route, duties, boxes, where):
    """The address of a record of the row's kind in a place; None when the row names no record that can lie there."""
    kind = TABLE[route][1]
    fill = {
        "<str:code>": "R1", "<code>": "R1", "<str:day>": "2022-09-19", "<handover_id>": "999999", "<int:id>": "999999",
    }  # fmt: skip
    if kind in {"duty", "step"}:
        fill |= {"<str:id>": duties[where].pk, "<duty_id>": duties[where].pk}
    elif kind in {"box", "tube", "person", "place"}:
        if where not in {"child", "sibling"}:
            return None
        child = where == "child"
        name = {"box": boxes[where], "tube": f"T-{where}", "person": "P00" if child else "P10"}.get(kind, "")
        place = cities.COMMUNITY_A if child else cities.COMMUNITY_C
        fill |= {"<str:id>": name, "<box_id>": name, "<tube_id>": name, "<str:place>": place}
    elif where != "own":
        return None
    for part, value in fill.items():
        route = route.replace(part, value)
    return "/" + route.removesuffix("#get")


VISIBLE = {"own", "child", "handed"}  # seen by a street: its own, what lies below it, and what is offered to it
BODY = {
    "kind": "note", "ref": "x", "to_unit": CHILD, "reason": "x", "note": "x", "tube_id": "TX", "site_id": cities.SITE_C,
    "collected_at": "2022-09-20T10:00:00+08:00", "people": ["P1"], "box_id": "B-sibling", "tubes": ["T-sibling"], "seal_number": "S", "count": 1,
    "seal": "S",
}  # fmt: skip


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_no_role_sees_or_changes_what_is_not_its_own(city, records, role):
    duties, boxes = records
    browser, token = _callers(city, role)
    secrets = {"sibling": "secret-sibling", "parent": "secret-parent"}
    checked = 0
    for route, (operation, kind) in TABLE.items():
        for where in ("own", "child", "sibling", "parent", "handed"):
            address = _address(route, duties, boxes, where)
            if address is None or route == "logout/":
                continue
            before = (Duty.objects.filter(state="open").count(), Evidence.objects.count(), Handover.objects.count())
            steps = kind in {"step", "write", "freeze"}
            with clock.frozen(NOW):
                if route.startswith("api/"):
                    headers = {"Authorization": f"Bearer {token}"}
                    body = [BODY] if route.endswith(("batch", "results")) else BODY
                    if steps:
                        answer = browser.post(address, json.dumps(body), content_type="application/json", headers=headers)
                    else:
                        answer = browser.get(address, headers=headers)
                else:
                    answer = browser.post(address, BODY) if steps else browser.get(address)
            text = answer.content.decode(errors="replace")
            allowed = operation in {OWN, OPEN_TO_ALL} or role in ROLES[operation]
            # Nothing of a sibling's or the parent's is ever in an answer.
            for name, secret in secrets.items():
                assert secret not in text, f"{role} read {name} at {address}"
            assert "B-sibling" not in text or steps, f"{role} read a sibling's box at {address}"
            assert "秘密" not in text, f"{role} read a name in clear at {address}"
            if allowed and not steps and where in VISIBLE and kind != "city" and operation not in {OWN, OPEN_TO_ALL}:
                assert answer.status_code == 200 or role is Role.WALL, f"{role} was refused {address}: {answer.status_code}"
            if not allowed and not steps:
                assert answer.status_code in {302, 403, 404}, f"{role} was let in at {address}: {answer.status_code}"
            if kind in {"duty", "box", "tube", "person", "place", "step"} and where not in VISIBLE:
                assert answer.status_code in {302, 403, 404, 405, 409, 422}, f"{role} at {address}: {answer.status_code}"
                after = (Duty.objects.filter(state="open").count(), Evidence.objects.count(), Handover.objects.count())
                assert after == before, f"{role} changed something at {address}"
            if not allowed and steps:
                after = (Duty.objects.filter(state="open").count(), Evidence.objects.count(), Handover.objects.count())
                assert after == before, f"{role} may not {operation} and changed something at {address}"
            checked += 1
    assert checked > 90

"""What every book promises: its pages, its steps' forms, its files and its operations, for every role and place."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from bulou.access import actions as access
from bulou.access.rules import ROLES
from bulou.api.urls import api
from bulou.books import reading
from bulou.books.doing import carry_out
from bulou.books.values import Kind
from bulou.exchange.exporting import export_file
from bulou.exchange.importing import import_file
from bulou.exchange.shelf import BOOKS
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, Role
from bulou.kernel.errors import InputFault
from tests import city as cities
from tests.books.scenes import SCENES
from tests.callers import callers

pytestmark = pytest.mark.django_db
HERE = cities.STREET_1
PLACES = {"own": HERE, "child": cities.COMMUNITY_A, "sibling": cities.STREET_2, "parent": cities.EAST}
VISIBLE = {"own", "child"}
NAMES = sorted(BOOKS)
NOW = cities.at(3)
_EMPTY = {Kind.NUMBER, Kind.AMOUNT, Kind.INSTANT, Kind.DAY}


def test_every_book_has_a_scene_and_names_its_columns():
    assert set(SCENES) == set(BOOKS)
    for book in BOOKS.values():
        names = [one.name for one in book.columns]
        assert len(names) == len(set(names)), book.name
        assert book.lead in {"code", *names}
        assert book.order in {"code", *names}
        if book.state:
            words = set(book.column(book.state).words)
            assert set(book.looks) == words, "every state has a look"
            assert set(book.closed) | set(book.clocked) <= words
            assert not set(book.closed) & set(book.clocked)
        assert set(book.stored) <= set(names), "what opening takes is shown, so that a file can be compared"
        for step in (*book.steps, *([book.opens] if book.opens else ())):
            assert len({one.name for one in step.takes}) == len(step.takes)


def _rows(city, name):
    return {where: SCENES[name](city, unit, f"secret-{where}") for where, unit in PLACES.items()}


@pytest.fixture
def rows(city):
    """Every book's rows; who asks for one book only takes ``some``."""
    return {name: _rows(city, name) for name in NAMES}


@pytest.fixture
def some(city, name):
    """The rows of the parameter's book."""
    return _rows(city, name)


def _stands(book, code):
    row = book.model._default_manager.get(pk=code)
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def _sample(one):
    """A value that the field's form takes."""
    if one.words:
        return next(iter(one.words))
    return {
        Kind.NUMBER: 1, Kind.AMOUNT: "1", Kind.INSTANT: "2022-09-20T20:00:00+08:00", Kind.DAY: "2022-09-20", Kind.YES: True,
        Kind.UNIT: HERE, Kind.PLACE: HERE,
    }.get(one.kind, "1")  # fmt: skip


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_no_role_reads_or_changes_a_row_that_is_not_its_own(city, rows, role):
    browser, secret = callers(role, HERE)
    token = {"Authorization": f"Bearer {secret}"}
    for name in NAMES:
        book = BOOKS[name]
        sees = role in ROLES[book.see]
        with clock.frozen(NOW):
            listed = [browser.get(f"/{name}/"), browser.get(f"/api/v1/{name}", headers=token)]
        for answer in listed:
            assert answer.status_code == (200 if sees else 403), f"{role} at the list of {name}"
            text = answer.content.decode()
            for where, code in rows[name].items():
                there = f"/{name}/{code}/" in text or f'"code": "{code}"' in text or f'"code": {code},' in text
                assert there is (sees and where in VISIBLE), f"{role} at the list of {name}: the row of {where}"
            assert "secret-sibling" not in text
            assert "secret-parent" not in text
        for where in PLACES:
            code = rows[name][where]
            before = _stands(book, code)
            with clock.frozen(NOW):
                read = [browser.get(f"/{name}/{code}/"), browser.get(f"/api/v1/{name}/{code}", headers=token)]
            for answer in read:
                expected = 403 if not sees else 200 if where in VISIBLE else 404
                assert answer.status_code == expected, f"{role} at {where} of {name}: {answer.status_code}"
            for step in book.steps:
                may = role in ROLES[step.operation]
                if where in VISIBLE and may:
                    continue  # allowed: what the step then does is its room's own test
                body = {one.name: _sample(one) for one in step.takes}
                with clock.frozen(NOW):
                    answers = [
                        browser.post(f"/{name}/{code}/do/{step.name}/", body),
                        browser.post(f"/api/v1/{name}/{code}/{step.name}", json.dumps(body), content_type="application/json", headers=token),
                    ]  # fmt: skip
                for answer in answers:
                    assert answer.status_code in ({403, 404, 409} if may else {403}), (
                        f"{role}: {step.name} of {where} in {name}: {answer.status_code}"
                    )
                assert _stands(book, code) == before, f"{role}: {step.name} of {where} in {name} changed it"
        if book.opens is not None and role not in ROLES[book.opens.operation]:
            count = book.model._default_manager.count()
            body = {one.name: _sample(one) for one in book.opens.takes}
            with clock.frozen(NOW):
                page = browser.post(f"/{name}/open/", body)
                call = browser.post(f"/api/v1/{name}", json.dumps(body), content_type="application/json", headers=token)
            assert {page.status_code, call.status_code} == {403}
            assert book.model._default_manager.count() == count


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("name", [name for name in NAMES if BOOKS[name].opens and BOOKS[name].in_files])
def test_a_book_read_out_and_in_again_changes_nothing(city, some, name, ending, tmp_path):
    book, by = BOOKS[name], city.actor(cities.CITY)
    target = tmp_path / f"{name}.{ending}"
    given = export_file(kind=name, target=target, by=by, at=NOW)
    assert given.rows == len(reading.listed(book, by, chosen={})) >= len(PLACES)
    before = {code: _stands(book, code) for code in some.values()}
    counts = import_file(kind=name, path=target, by=by, at=NOW)
    assert (counts.rows_in, counts.unchanged, counts.rejected) == (given.rows, given.rows, 0)
    assert {code: _stands(book, code) for code in some.values()} == before


@pytest.mark.parametrize("name", NAMES)
def test_the_list_is_paged_by_key_and_every_row_comes_once(city, some, name):
    book, by = BOOKS[name], city.actor(cities.CITY)
    assert some
    found, key = [], ""
    while page := list(reading.after(book, reading.listed(book, by, chosen={}), key)[:2]):
        found += [row.pk for row in page]
        key = reading.key_of(book, page[-1])
    assert len(found) == len(set(found)) == book.visible(by).count()


@pytest.mark.parametrize("name", NAMES)
def test_reading_a_list_asks_as_many_statements_for_many_rows(city, some, name, client, django_assert_max_num_queries):
    by = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)
    account = access.create_account(
        username="reader", password="a-long-password", staff=city.staff[cities.CITY], by=by, at=cities.at()
    )
    client.force_login(account)
    with clock.frozen(NOW), django_assert_max_num_queries(26):
        assert client.get(reverse(f"web:{name}")).status_code == 200


def test_every_step_stands_in_the_api():
    paths = api.get_openapi_schema()["paths"]
    for name, book in BOOKS.items():
        assert {"get"} <= set(paths[f"/api/v1/{name}"])
        for step in book.steps:
            assert "post" in paths[f"/api/v1/{name}/{{code}}/{step.name}"]


@pytest.mark.parametrize("kind", [Kind.UNIT, Kind.PLACE])
def test_a_unit_or_place_that_is_not_there_is_named_with_its_column(city, kind):
    tried = 0
    for book in BOOKS.values():
        for step in (*book.steps, *([book.opens] if book.opens else ())):
            given = {one.name: None if one.kind in _EMPTY else next(iter(one.words), HERE) for one in step.takes}
            for one in (one for one in step.takes if one.kind is kind):
                with pytest.raises(InputFault) as found:
                    carry_out(step, code="", given={**given, one.name: "nobody"}, by=city.actor(cities.CITY), at=NOW)
                assert found.value.column == one.name
                tried += 1
    assert tried

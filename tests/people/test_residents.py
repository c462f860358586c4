"""Residents by actions: a new name is no new person, both places are checked, every coming and going has its cause."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from bulou.kernel.actor import Role
from bulou.kernel.errors import BulouError, Conflict, InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry, PersonalPayload
from bulou.people import actions, base_numbers, drift, queries
from bulou.people.actions import About
from bulou.people.choices import DriftCause
from bulou.people.models import BaseNumberChange, Resident
from simulation.plan import identity_number
from tests import city as cities

pytestmark = pytest.mark.django_db
A, B, C, D = cities.COMMUNITY_A, cities.COMMUNITY_B, cities.COMMUNITY_C, cities.COMMUNITY_D
NUMBER = identity_number(born=date(1942, 1, 2), order=5)
TODAY = date(2022, 9, 20)


@pytest.fixture
def worker(city):
    return city.actor(cities.STREET_1)


@pytest.fixture(autouse=True)
def _books_are_right(city):
    yield
    assert drift.unequal() == []


def _register(worker, person="P1", place=A, **about):
    return actions.register_resident(person_id=person, place_code=place, about=About(**about), by=worker, at=cities.at())


def _causes():
    return [(row.place_code, row.cause, row.change) for row in BaseNumberChange.objects.order_by("id")]


def test_somebody_is_entered_with_the_birth_date_of_the_number(worker):
    row = _register(worker, name="张三", identity_number=NUMBER.lower(), phone="13900000000")
    assert (row.identity_kind, row.identity_number, row.birth_on) == ("resident_id", NUMBER, date(1942, 1, 2))
    assert _causes() == [(A, "registered", 1)]
    entry = Entry.objects.get(tag="people:resident:registered")
    assert NUMBER not in entry.data
    assert NUMBER in PersonalPayload.objects.get(entry=entry).body


def test_a_new_name_number_or_place_is_the_same_person(worker):
    _register(worker, name="张三")
    row = actions.change_resident(
        person_id="P1", about=About(name="李四", identity_number=NUMBER), place_code=B, by=worker, at=cities.at(1)
    )
    assert (row.name, row.identity_kind, row.place_code) == ("李四", "resident_id", B)
    assert Resident.objects.count() == 1
    assert _causes()[1:] == [(A, "moved", -1), (B, "moved", 1)]
    entry = Entry.objects.get(tag="people:resident:changed")
    assert "李四" not in entry.data
    before = Entry.objects.count()
    actions.change_resident(person_id="P1", about=About(name="李四"), by=worker, at=cities.at(2))
    assert Entry.objects.count() == before  # the same again says nothing


def test_a_move_within_a_community_moves_no_base_number(worker):
    _register(worker)
    actions.change_resident(person_id="P1", about=About(), place_code=f"{A}-0001-003", by=worker, at=cities.at())
    assert len(_causes()) == 1


def test_both_the_old_and_the_new_place_are_the_actors(city, worker):
    _register(worker)
    west = city.actor(cities.WEST_STREET)
    for by, place in ((west, D), (west, A), (worker, C), (worker, D)):
        with pytest.raises(NotFound):
            actions.change_resident(person_id="P1", about=About(), place_code=place, by=by, at=cities.at())
    with pytest.raises(NotFound):
        _register(worker, "P2", D)
    with pytest.raises(NotPermitted):
        actions.record_departure(person_id="P1", on=TODAY, by=city.actor(cities.CITY, role=Role.WALL), at=cities.at())
    assert actions.change_resident(person_id="P1", about=About(), place_code=D, by=city.actor(cities.CITY), at=cities.at())


@pytest.mark.parametrize(
    ("about", "column"),
    [
        ({"identity_number": NUMBER[:-1] + "?"}, "identity_number"),
        ({"identity_kind": "passport"}, "identity_number"),
        ({"identity_kind": "newborn"}, "guardian_id"),
        ({"identity_number": NUMBER, "birth_on": date(1942, 1, 3)}, "birth_on"),
        ({"birth_on": date(2022, 9, 21)}, "birth_on"),
        ({"vulnerable": "dialysis;rich"}, "vulnerable"),
        ({"name": "x" * 81}, "name"),
    ],
)
def test_what_cannot_be_is_refused_by_field(worker, about, column):
    with pytest.raises(InputFault) as fault:
        _register(worker, **about)
    assert fault.value.column == column
    assert fault.value.remedy
    assert not Resident.objects.exists()


def test_a_document_is_one_persons(city, worker):
    _register(worker, identity_number=NUMBER)
    with pytest.raises(Conflict, match="P1"):
        _register(worker, "P2", B, identity_number=NUMBER)
    # In another jurisdiction it is not said, and shows above both, where the double entry can be struck.
    actions.register_resident(
        person_id="P3", place_code=D, about=About(identity_number=NUMBER), by=city.actor(cities.WEST_STREET), at=cities.at()
    )
    leader = city.actor(cities.CITY)
    assert [row.pk for row in queries.entered_twice(leader, cities.CITY)] == ["P1", "P3"]
    assert not queries.entered_twice(worker, cities.STREET_1).exists()
    assert queries.same_number(leader, Resident.objects.get(pk="P3")) == ["P1"]
    actions.strike_resident(person_id="P3", same_as="P1", reason="同一证件号码", by=leader, at=cities.at(1))
    assert not queries.entered_twice(leader, cities.CITY).exists()
    assert _causes()[-1] == (D, "duplicate", -1)


def test_births_deaths_departures_and_returns_move_the_base_number(worker):
    _register(worker, household_id="H1", place=f"{A}-0001-003")
    child = actions.record_birth(person_id="P2", guardian_id="P1", birth_on=date(2022, 9, 19), by=worker, at=cities.at())
    assert (child.place_code, child.household_id, child.identity_kind) == (f"{A}-0001-003", "H1", "newborn")
    actions.record_departure(person_id="P1", on=TODAY, by=worker, at=cities.at(1))
    actions.record_departure(person_id="P1", on=TODAY, by=worker, at=cities.at(1))  # said twice
    actions.record_return(person_id="P1", place_code=B, by=worker, at=cities.at(2))
    actions.record_death(person_id="P1", on=TODAY, by=worker, at=cities.at(3))
    assert _causes() == [(A, "registered", 1), (A, "born", 1), (A, "left", -1), (B, "arrived", 1), (B, "died", -1)]
    with pytest.raises(Refused):
        actions.record_return(person_id="P1", by=worker, at=cities.at(4))
    with pytest.raises(Refused):
        actions.record_birth(person_id="P3", guardian_id="P1", birth_on=TODAY, by=worker, at=cities.at(4))
    with pytest.raises(InputFault):
        actions.record_death(person_id="P2", on=date(2022, 9, 21), by=worker, at=cities.at(4))
    papers = actions.change_resident(
        person_id="P2",
        about=About(identity_number=identity_number(born=date(2022, 9, 19), order=2)),
        by=worker,
        at=cities.at(5),
    )
    assert papers.identity_kind == "resident_id"


def test_who_was_struck_by_mistake_comes_back_as_a_correction(worker):
    _register(worker)
    actions.strike_resident(person_id="P1", reason="登记错误", by=worker, at=cities.at())
    assert not Resident.objects.filter(left_on=None).exists()
    actions.record_return(person_id="P1", by=worker, at=cities.at(1))
    assert _causes()[1:] == [(A, "corrected", -1), (A, "corrected", 1)]
    with pytest.raises(InputFault):
        actions.strike_resident(person_id="P1", reason=" ", by=worker, at=cities.at(1))


def test_somebody_found_by_a_comparison_is_entered_as_found(worker):
    actions.register_resident(person_id="P9", place_code=A, cause=DriftCause.FOUND, by=worker, at=cities.at())
    assert _causes() == [(A, "found", 1)]
    with pytest.raises(Conflict):
        _register(worker, "P9")


def test_the_database_itself_refuses_a_document_without_its_form(city):
    for wrong in (
        {"identity_kind": "resident_id"},
        {"identity_kind": "none", "identity_number": "1"},
        {"identity_kind": "newborn"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Resident.objects.create(person_id="P1", place_code=A, **wrong)


def test_how_one_number_became_another(city, worker):
    for number in range(6):
        _register(worker, f"P{number}", (A, B)[number % 2])
    since = cities.at(1)
    actions.record_departure(person_id="P0", on=TODAY, by=worker, at=cities.at(2))
    actions.change_resident(person_id="P2", about=About(), place_code=B, by=worker, at=cities.at(3))
    actions.register_resident(
        person_id="P7", place_code=C, cause=DriftCause.ARRIVED, by=city.actor(cities.CITY), at=cities.at(3)
    )
    found = base_numbers.movement(city.actor(cities.CITY), cities.CITY, since=since, until=cities.at(4))
    assert (found.before, found.after, found.residents, found.holds) == (6, 6, 6, True)
    assert {step.cause: (step.added, step.taken) for step in found.steps} == {
        "arrived": (1, 0),
        "left": (0, -1),
        "moved": (1, -1),
    }
    street = base_numbers.movement(worker, cities.STREET_1, since=since, until=cities.at(4))
    assert {part.code: (part.before, part.after) for part in street.parts} == {A: (3, 1), B: (3, 4)}
    assert (street.before, street.after, street.holds) == (6, 5, True)
    area = base_numbers.movement(city.actor(cities.CITY), "test-city", since=since, until=cities.at(4))
    assert area.after == 6
    earlier = base_numbers.movement(worker, cities.STREET_1, since=since, until=cities.at(2.5))
    assert (earlier.after, earlier.holds) == (5, True)  # asked for the past, it stays what it was
    for place in (cities.CITY, cities.WEST, "nowhere"):
        with pytest.raises(BulouError):
            base_numbers.movement(worker, place, since=since, until=cities.at(4))


def test_a_row_written_past_the_actions_is_found_by_the_equation(city, worker):
    _register(worker)
    Resident.objects.create(person_id="X", place_code=B, identity_kind="none")
    assert drift.unequal() == [(B, 0, 1)]
    found = base_numbers.movement(worker, cities.STREET_1, since=cities.at(-1), until=cities.at(1))
    assert not found.holds
    Resident.objects.filter(pk="X").delete()


def test_flags_by_age_are_listed_beside_those_entered(worker):
    _register(worker, "P1", birth_on=date(1942, 9, 20))
    _register(worker, "P2", birth_on=date(1942, 9, 21))
    _register(worker, "P3", vulnerable="aged_80")
    _register(worker, "P4", birth_on=date(2020, 1, 1), vulnerable="dialysis")
    ids = lambda need, on: [row.pk for row in queries.listed(worker, queries.Filter(need=need, on=on))]  # noqa: E731
    assert ids("aged_80", TODAY) == ["P1", "P3"]
    assert ids("aged_80", date(2022, 9, 21)) == ["P1", "P2", "P3"]
    assert ids("infant", TODAY) == ["P4"]
    assert Resident.objects.filter(queries.vulnerable(on=TODAY)).count() == 3
    flags = queries.flags(Resident.objects.get(pk="P4"), on=TODAY)
    assert [(flag.need, flag.source) for flag in flags] == [("dialysis", "given"), ("infant", "birth_date")]

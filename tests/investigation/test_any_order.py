"""What a person owes as a contact is the same under any order of the same facts, and computing it again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulou.duties.models import Duty
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, ending, measures
from bulou.investigation.choices import CaseStatus, Setting
from bulou.investigation.models import Case, Contact, ContactDuty, Exposure
from bulou.investigation.rules import owed as rules
from bulou.investigation.rules.grading import STRICTNESS
from bulou.ledger.models import Entry
from bulou.policy import load_pack
from tests.city import CITY, COMMUNITY_A, EAST, City, at

NOW = at(30)
MEASURES = rules.measures(load_pack("guiyang-2022"))


@dataclass(frozen=True)
class Met:
    """Somebody met case 0 or 1: when, where, how long; perhaps the exposure is withdrawn later."""

    case: int
    setting: Setting
    hours: int
    minutes: int
    withdrawn: bool


_MET = st.builds(
    Met,
    case=st.integers(0, 1),
    setting=st.sampled_from([Setting.HOUSEHOLD, Setting.VENUE, Setting.WORKPLACE]),
    hours=st.integers(-96, 20),
    minutes=st.sampled_from([5, 15, 300]),
    withdrawn=st.booleans(),
)
_FACTS = st.lists(_MET, min_size=1, max_size=4, unique_by=lambda one: (one.case, one.setting, one.hours))


def learn(city: City, cases: list[Case], person: str, facts: list[Met], order: list[int]) -> None:
    """Let the facts arrive in an order; a withdrawal comes at the second mention of its exposure."""
    by, known = city.actor(EAST), dict[int, int]()
    for place in order:
        fact = facts[place]
        if place not in known:
            from_at = at(fact.hours)
            row = contacts.list_contact(
                case=cases[fact.case].pk, person_id=person, setting=fact.setting, from_at=from_at,
                until_at=from_at + timedelta(minutes=fact.minutes), by=by, at=NOW,
            )  # fmt: skip
            known[place] = Exposure.objects.get(contact=row, setting=fact.setting, from_at=from_at, withdrawn_at=None).pk
        elif fact.withdrawn:
            contacts.withdraw_exposure(exposure=known[place], why="not so", by=by, at=NOW)


def owes(person: str) -> list[tuple[str, str, object, str]]:
    """What is open: kind, day, due, why; and the contact it rests on stands."""
    rows = ContactDuty.objects.filter(person_id=person, duty__state="open").select_related("duty", "contact")
    assert all(row.contact.status == "active" for row in rows)
    return sorted((row.duty.kind, row.duty.about.partition("/")[2], row.duty.due_at, row.because) for row in rows)


@pytest.mark.django_db
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(facts=_FACTS, data=st.data(), excluded=st.booleans())
def test_any_order_of_the_same_facts_owes_the_same(
    city: City, facts: list[Met], data: st.DataObject, *, excluded: bool
) -> None:
    twice = sorted([*range(len(facts)), *range(len(facts))])
    orders = [data.draw(st.permutations(twice)) for _ in range(2)]
    with transaction.atomic():
        cases = [
            investigation.open_case_by_fact(
                person_id=f"CASE{one}", place_code=COMMUNITY_A, tube_id=f"T{one}", sampled_at=at(10 * one), detected_at=at(20),
                by=city.actor(EAST), at=at(20),
            ).case
            for one in range(2)
        ]  # fmt: skip
        for person, order in zip("AB", orders, strict=True):
            learn(city, cases, person, facts, order)
        if excluded:
            investigation.diagnose_case(code=cases[1].pk, status=CaseStatus.EXCLUDED, by=city.actor(CITY), at=NOW)
        assert owes("A") == owes("B")
        before = (Entry.objects.count(), Duty.objects.count())
        measures.derive(["A", "B"], because="again", by=city.actor(EAST), at=NOW)
        assert (Entry.objects.count(), Duty.objects.count()) == before
        assert len({(one[0], one[1]) for one in owes("A")}) == len(owes("A")), "nothing is owed twice"
        for row in Contact.objects.filter(status="active", person_id="A"):
            ending.release_contact(contact=row.pk, reason="done", by=city.actor(EAST), at=NOW)
        assert owes("A") == []
        transaction.set_rollback(True)


_STANDING = st.builds(
    rules.Standing,
    grade=st.sampled_from(sorted(STRICTNESS)),
    last_exposed_at=st.integers(-240, 29).map(at),
    listed_at=st.integers(20, 30).map(at),
    graded_at=st.integers(20, 30).map(at),
    key=st.uuids().map(str),
)


@given(st.lists(_STANDING, max_size=5), st.randoms())
def test_the_expected_set_is_a_function_of_the_contacts_and_not_of_their_order(found: list, random) -> None:
    first = rules.expected(found, MEASURES)
    random.shuffle(found)
    again = rules.expected(found, MEASURES)
    assert {one.key: (one.facts, one.because) for one in first} == {one.key: (one.facts, one.because) for one in again}
    assert len({one.key for one in first}) == len(first)
    assert bool(first) == bool(found), "who stands as a contact is owed something until it is told that it is free"
    for one in first:
        if one.day is not None:
            assert one.day >= min(rules.clock.day_of(each.listed_at) for each in found)

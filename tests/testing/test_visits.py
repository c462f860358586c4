"""Visits explain and excuse nobody; self-tests count in antigen rounds, and a positive one owes a visit."""

from __future__ import annotations

import pytest

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.rounds import actions as rounds
from bulou.rounds.choices import RoundKind
from bulou.testing import actions as testing
from bulou.testing.choices import AntigenOutcome, VisitOutcome
from bulou.testing.models import AntigenReport, Visit
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, SITE_A, STREET_1, WEST, at

pytestmark = pytest.mark.django_db


def visit(city, person, *, unit=COMMUNITY_A, outcome=VisitOutcome.AWAY, hours=2.0, **more):
    return testing.record_visit(round_code="R1", person_id=person, outcome=outcome, by=city.actor(unit), at=at(hours), **more)


def report(city, person, outcome=AntigenOutcome.POSITIVE, *, unit=COMMUNITY_A, hours=1.0):
    return testing.report_antigen(round_code="R1", person_id=person, outcome=outcome, by=city.actor(unit), at=at(hours))


def test_what_was_said_at_the_door_is_kept_apart_from_the_record(city):
    [person] = town.settle(COMMUNITY_A, 1)
    town.running(city)
    visit(city, person, outcome=VisitOutcome.REFUSED, note="does not want to")
    [entry] = Entry.objects.filter(tag="testing:visit:recorded")
    assert "refused" not in entry.data
    assert "does not want" not in entry.data
    assert "does not want" in entry.personal.body
    assert entry.unit == COMMUNITY_A
    assert Duty.objects.get(kind="round.covered").state == DutyState.OPEN


def test_a_visit_after_the_cut_off_shows_in_the_persons_duty(city):
    [person] = town.settle(COMMUNITY_A, 1)
    town.running(city)
    testing.cut_off(round_code="R1", by=city.actor(CITY), at=at(12))
    visit(city, person, outcome=VisitOutcome.SICK, hours=13)
    duty = Duty.objects.get(kind="person.tested")
    assert (duty.state, duty.why) == (DutyState.OPEN, "sick, visited 09-20 21:00")


def test_an_appointment_has_an_instant_and_nothing_else_has_one(city):
    [person] = town.settle(COMMUNITY_A, 1)
    town.running(city)
    with pytest.raises(InputFault):
        visit(city, person, outcome=VisitOutcome.APPOINTED)
    with pytest.raises(InputFault):
        visit(city, person, appointed_at=at(3))
    assert not Visit.objects.exists()


def test_visits_and_self_tests_are_taken_by_the_persons_own_units(city):
    [person] = town.settle(COMMUNITY_A, 1)
    town.running(city, kind=RoundKind.ANTIGEN)
    for step in (visit, report):
        with pytest.raises(NotPermitted):
            step(city, person, unit=SITE_A)
        for unit in (COMMUNITY_B, WEST):
            with pytest.raises(NotFound):
                step(city, person, unit=unit)
        with pytest.raises(NotFound):
            step(city, "nobody")
        step(city, person, unit=STREET_1)
    rounds.cancel_round(round_code="R1", reason="x", by=city.actor(CITY), at=at(3))
    for step in (visit, report):
        with pytest.raises(Refused):
            step(city, person, hours=4)


def test_a_self_test_does_not_count_in_a_pcr_round(city):
    [person] = town.settle(COMMUNITY_A, 1)
    town.running(city)
    with pytest.raises(Refused, match="PCR round"):
        report(city, person)
    assert not AntigenReport.objects.exists()


def test_a_positive_self_test_owes_a_visit_once_and_opens_no_case(city):
    person, other, third = town.settle(COMMUNITY_A, 3)
    town.running(city, kind=RoundKind.ANTIGEN)
    for _ in range(2):
        report(city, person)
    report(city, other, AntigenOutcome.NEGATIVE)
    report(city, third, AntigenOutcome.INVALID)
    owed = Duty.objects.get(kind="antigen.visited")
    assert (owed.about, owed.owner_id, owed.due_at) == (f"round:R1/person:{person}", COMMUNITY_A, at(3))
    assert "王0" not in owed.label
    assert not Entry.objects.filter(tag__startswith="case:").exists()
    assert AntigenReport.objects.count() == 4


def test_the_visit_is_done_when_a_specimen_was_taken_after_the_self_test(city):
    person, other = town.settle(COMMUNITY_A, 2)
    town.running(city, kind=RoundKind.ANTIGEN)
    town.running(city, code="R2")
    town.laboratory(city)
    site = town.site(city, SITE_A, code="R2")
    town.sample(site, [person], registered_at=at(0.5))
    report(city, person)
    report(city, other)
    testing.refresh_progress(round_code="R1", by=city.actor(CITY), at=at(1.2))
    assert Duty.objects.filter(kind="antigen.visited", state=DutyState.OPEN).count() == 2  # that tube was before
    [tube] = town.sample(site, [person], registered_at=at(2))
    testing.refresh_progress(round_code="R1", by=city.actor(CITY), at=at(2.5))
    done = Duty.objects.get(kind="antigen.visited", state=DutyState.FULFILLED)
    assert done.about.endswith(person)
    assert tube in done.proof


def test_a_self_test_after_the_cut_off_answers_the_persons_duty(city):
    [person] = town.settle(COMMUNITY_A, 1)
    town.running(city, kind=RoundKind.ANTIGEN)
    testing.cut_off(round_code="R1", by=city.actor(CITY), at=at(12))
    report(city, person, AntigenOutcome.INVALID, hours=13)
    assert Duty.objects.get(kind="person.tested").state == DutyState.OPEN
    report(city, person, AntigenOutcome.NEGATIVE, hours=13.5)
    assert Duty.objects.get(kind="person.tested").state == DutyState.FULFILLED

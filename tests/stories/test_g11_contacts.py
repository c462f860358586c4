"""G11 goes on: from the positive to the contacts, their grades, their tests, and the one of them who turns positive.

The household of a positive is listed and graded, a workmate through it; each owes what its grade demands. Nobody acts: who
is told, when. Then the mirror, in which everything is done in time; and the turn: a close contact's first test is
positive, so the workmate becomes a close contact by the pack's rule.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.investigation import actions as investigation
from bulou.investigation import chase, contacts, interviews, keeping
from bulou.investigation.choices import CaseStatus, ChaseStep, Setting
from bulou.investigation.models import Case, Contact, GradeChange
from bulou.ledger.models import Entry
from bulou.restrictions.models import Restriction
from bulou.specimens.choices import Outcome
from bulou.transfer.models import TransferRequest
from tests import chain as chains
from tests.chain import Chain, passes
from tests.city import CITY, COMMUNITY_A, EAST, STREET_1, at

ANSWERS = {
    "reached_by": "phone", "occupation": "cook", "employer": "a canteen", "symptoms": "no", "household_size": "3", "depends": "no",
    "moves": "home and canteen", "outside": "no", "known_case": "no",
}  # fmt: skip


@pytest.fixture
def chain(city) -> Chain:
    """12:00: the laboratory reports the first resident's own tube positive."""
    made = chains.running(city)
    tube = made.tube([made.people[0]], when=at(1))
    made.report(tube, Outcome.POSITIVE, when=at(4))
    return made


def listed(chain: Chain, *, hours: float) -> tuple[Case, list[Contact], Contact]:
    """The two who live with the case, and a workmate of the first of them."""
    case, say = Case.objects.get(), {"by": chain.city.actor(EAST), "at": at(hours)}
    home = [
        contacts.list_contact(case=case.pk, person_id=person, setting=Setting.HOUSEHOLD, from_at=at(-10), until_at=at(3), **say)
        for person in chain.people[1:3]
    ]
    mate = contacts.list_contact(
        case=case.pk,
        person_id=chain.people[9],
        setting=Setting.WORKPLACE,
        from_at=at(0),
        until_at=at(2),
        through=home[0].pk,
        **say,
    )
    return case, home, mate


def told(prefix: str) -> list[tuple[str, float]]:
    found = Notice.objects.filter(duty__kind__startswith=prefix, state="sent").order_by("id")
    return [(row.unit_id, (row.told_at - at(0)) / timedelta(hours=1)) for row in found]


def test_the_household_is_close_its_workmate_stays_at_home_and_each_owes_its_own(chain: Chain) -> None:
    case, home, mate = listed(chain, hours=5)
    assert [(one.grade, one.place_code[:12]) for one in (*home, mate)] == [
        ("close", COMMUNITY_A), ("close", COMMUNITY_A), ("secondary", COMMUNITY_A),
    ]  # fmt: skip
    assert set(TransferRequest.objects.values_list("person_id", "risk_class")) == {
        (chain.people[0], "case"), (chain.people[1], "contact"), (chain.people[2], "contact"),
    }  # fmt: skip
    proposed = dict(Restriction.objects.filter(state="proposed").values_list("person_id", "kind"))
    assert proposed == {
        chain.people[0]: "hold", chain.people[1]: "isolation", chain.people[2]: "isolation", chain.people[9]: "home_quarantine",
    }  # fmt: skip
    assert Duty.objects.filter(kind="contact.tested", state="open").count() == 5 + 5 + 3
    assert all(one.because for one in Contact.objects.all())
    assert case.contacts.count() == 3


def test_nobody_acts_and_silence_climbs(chain: Chain) -> None:
    listed(chain, hours=5)
    passes(at(17), since=at(5), every=timedelta(minutes=15))
    assert (COMMUNITY_A, 11.0) in told("contact.home_quarantined"), "two hours before the limit"
    assert (STREET_1, 13.0) in told("contact.home_quarantined"), "at the limit"
    assert (EAST, 15.0) in told("contact.home_quarantined"), "two hours after it"
    assert (CITY, 8.0) in told("case.chased"), "at the limit of the chase"
    board = chase.board(chain.city.actor(CITY), at=at(9))
    assert [(one.clock.next.mark, one.clock.is_late) for one in board] == [("held", True)]
    said = " ".join(Entry.objects.values_list("data", flat=True)) + " ".join(Duty.objects.values_list("label", flat=True))
    assert "王" not in said, "no name stands in the record or on a duty"


def test_a_close_contacts_first_test_is_positive_and_the_workmate_becomes_close(chain: Chain) -> None:
    _, home, mate = listed(chain, hours=5)
    first = chain.tube([home[0].person_id], when=at(18))
    chain.report(first, Outcome.POSITIVE, when=at(20))
    mate.refresh_from_db()
    home[0].refresh_from_db()
    assert (home[0].status, mate.grade, mate.because) == (
        "became_case", "close", "its close contact was positive within the first tests",
    )  # fmt: skip
    assert list(GradeChange.objects.filter(contact=mate).values_list("before", "after")) == [
        ("", "secondary"),
        ("secondary", "close"),
    ]
    assert TransferRequest.objects.get(person_id=mate.person_id).risk_class == "contact"
    assert TransferRequest.objects.exclude(state="cancelled").get(person_id=home[0].person_id).risk_class == "case"
    assert Case.objects.filter(released_at=None).count() == 2
    assert not Duty.objects.filter(contact_duty__person_id=home[0].person_id, state="open").exists()


def test_mirror_the_chase_is_done_in_time_and_its_steps_are_facts(chain: Chain) -> None:
    case, home, mate = listed(chain, hours=4.5)
    district = chain.city.actor(EAST)
    interviews.record_interview(case=case.pk, answers=ANSWERS, by=district, at=at(5))
    investigation.chase_step_done(code=case.pk, step=ChaseStep.HELD, by=district, at=at(5))
    chase.contacts_complete(case=case.pk, by=district, at=at(5.5))
    assert Duty.objects.get(kind="case.chased").state == "fulfilled"
    keeping.place_contact(contact=mate.pk, by=chain.city.actor(COMMUNITY_A), at=at(6))
    passes(at(7.5), since=at(4.5), every=timedelta(minutes=15))
    assert told("case.chased") == []
    assert told("contact.") == []
    (done,) = chase.board(district, at=at(7), done=True)
    assert (done.clock.next, done.clock.is_late) == (None, False)
    negative = chain.tube([home[1].person_id], when=at(18))
    chain.report(negative, Outcome.NEGATIVE, when=at(20))
    tested = Duty.objects.get(kind="contact.tested", contact_duty__person_id=home[1].person_id, state="fulfilled")
    assert tested.proof == f"case:contact:tested tube:{negative}"


def test_mirror_the_case_is_excluded_and_everybody_is_free_at_once(chain: Chain) -> None:
    case, _, _ = listed(chain, hours=5)
    investigation.diagnose_case(code=case.pk, status=CaseStatus.EXCLUDED, by=chain.city.actor(CITY), at=at(6))
    assert set(Contact.objects.values_list("status", flat=True)) == {"withdrawn"}
    assert set(TransferRequest.objects.values_list("state", flat=True)) == {"cancelled"}
    assert not Restriction.objects.filter(state__in=("proposed", "in_force")).exists()
    assert not Duty.objects.filter(kind__startswith="contact.", state="open").exists()
    passes(at(9), since=at(6), every=timedelta(minutes=15))
    assert told("contact.") == []

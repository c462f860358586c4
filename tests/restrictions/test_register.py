"""The register's life: proposed by one unit, approved by another, in force until its end and not a second longer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.ledger.tags import Tag
from bulou.restrictions import actions, queries
from bulou.restrictions.actions import Stopped
from bulou.restrictions.choices import Kind, State, Stop
from bulou.restrictions.models import Attempt, Restriction
from tests.city import CITY, COMMUNITY_A, COMMUNITY_C, EAST, LAB_1, STREET_1, STREET_2, WEST, at
from tests.restrictions.facts import HOME, LAW, in_force, positive, proposed

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def open_duties(kind):
    return Duty.objects.filter(kind=kind, state="open")


def test_a_proposal_restricts_nobody_and_asks_another_unit(city):
    row = proposed(city)
    assert row.state == State.PROPOSED
    assert not queries.in_force(city.actor(CITY), at(1)).exists()
    duty = open_duties("restriction.decided").get()
    assert (duty.owner_id, duty.about) == (EAST, f"restriction:{row.pk}")


def test_another_unit_approves_and_what_is_owed_starts_then(city):
    row = in_force(city, kind=Kind.HOME_QUARANTINE)
    assert list(queries.of_person(city.actor(COMMUNITY_A), "P1", at(1))) == [row]
    assert not open_duties("restriction.decided").exists()
    owed = set(Duty.objects.filter(about=f"restriction:{row.pk}", state="open").values_list("kind", "owner"))
    assert owed == {("restriction.notified", COMMUNITY_A), ("counter.household", COMMUNITY_A)}
    assert "第三十九条" in row.notice_zh
    assert "lifted by itself" in row.notice_en
    assert "2022-09-27 08:00" in row.notice_zh
    assert Entry.objects.filter(tag=Tag.RESTRICTION_APPROVED, subject=f"restriction:{row.pk}").exists()


@pytest.mark.parametrize("unit", [STREET_1, COMMUNITY_A])
def test_neither_the_proposer_nor_whoever_is_under_it_approves(city, unit):
    row = proposed(city)
    from bulou.kernel.actor import Role

    with pytest.raises(Refused) as refusal:
        actions.approve(code=row.pk, by=city.actor(unit, role=Role.UNIT_OFFICER), at=at(1))
    assert refusal.value.code == "same-unit"


@pytest.mark.parametrize("unit", [WEST, STREET_2])
def test_whoever_the_place_is_not_under_sees_nothing(city, unit):
    row = proposed(city)
    with pytest.raises(NotFound):
        actions.approve(code=row.pk, by=city.actor(unit), at=at(1))
    with pytest.raises(NotFound):
        queries.one(city.actor(unit), row.pk)


def test_a_laboratory_neither_proposes_nor_approves(city):
    row = proposed(city)
    with pytest.raises(NotPermitted):
        actions.approve(code=row.pk, by=city.actor(LAB_1), at=at(1))


def test_it_ends_by_itself_to_the_second_also_when_no_worker_runs(city):
    row = in_force(city)
    seen = city.actor(CITY)
    assert list(queries.in_force(seen, row.ends_at - timedelta(seconds=1))) == [row]
    assert not queries.in_force(seen, row.ends_at).exists()
    assert Restriction.objects.get(pk=row.pk).state == State.IN_FORCE  # nobody recorded it, and nobody is held
    assert actions.end_due(at=row.ends_at + timedelta(hours=5)) == 1
    after = Restriction.objects.get(pk=row.pk)
    assert (after.state, after.closed_at) == (State.ENDED, row.ends_at)
    assert list(queries.in_force(seen, row.ends_at - timedelta(seconds=1))) == [row]  # the past stays what it was
    assert open_duties("restriction.undone").get().owner_id == COMMUNITY_A
    assert not Duty.objects.filter(about=f"restriction:{row.pk}", state="open").exclude(kind="restriction.undone").exists()
    assert actions.end_due(at=row.ends_at + timedelta(hours=6)) == 0


def test_longer_than_the_fact_carries_is_stopped_and_alarms(city):
    entry = positive(city, "P1")
    with pytest.raises(Stopped) as stopped:
        actions.propose(
            kind=Kind.ISOLATION, person_id="P1", place_code=HOME, evidence_id=entry.pk, legal_basis=LAW, reason="x",
            starts_at=at(), ends_at=at() + timedelta(days=14, seconds=1), by=city.actor(STREET_1), at=at(),
        )  # fmt: skip
    assert stopped.value.code == Stop.TOO_LONG
    assert not Restriction.objects.exists()
    assert Attempt.objects.get().why == Stop.TOO_LONG
    assert open_duties("restriction.stopped").get().owner_id == EAST


def test_a_clock_that_begins_later_does_not_make_it_longer(city):
    entry = positive(city, "P1")
    with pytest.raises(Stopped):
        actions.propose(
            kind=Kind.ISOLATION, person_id="P1", place_code=HOME, evidence_id=entry.pk, legal_basis=LAW, reason="x",
            starts_at=at(48), ends_at=at(48) + timedelta(days=14), by=city.actor(STREET_1), at=at(),
        )  # fmt: skip


def test_the_same_fact_carries_no_second_period(city):
    row = in_force(city, days=14)
    actions.lift(code=row.pk, reason="taken to hospital", by=city.actor(COMMUNITY_A), at=at(24))
    again = {
        "kind": Kind.ISOLATION, "person_id": "P1", "place_code": HOME, "evidence_id": row.evidence_id, "legal_basis": LAW,
        "reason": "back from hospital", "starts_at": at(48), "by": city.actor(STREET_1), "at": at(48),
    }  # fmt: skip
    with pytest.raises(Stopped) as stopped:
        actions.propose(ends_at=at(48) + timedelta(days=14), **again)
    assert stopped.value.code == Stop.TOO_LONG
    assert actions.propose(ends_at=row.ends_at, **again).state == State.PROPOSED


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"person_id": "P2"}, Stop.NO_EVIDENCE),
        ({"evidence_id": 10**9}, Stop.NO_EVIDENCE),
        ({"legal_basis": "because"}, Stop.NO_BASIS),
        ({"reason": " "}, Stop.NO_BASIS),
        ({"kind": Kind.ZONE_MEASURE, "person_id": "", "place_code": EAST, "legal_basis": "infectious-diseases-law-41"}, Stop.TOO_WIDE),
        ({"kind": Kind.ZONE_MEASURE, "person_id": "", "place_code": COMMUNITY_C, "legal_basis": "infectious-diseases-law-41"}, Stop.NO_EVIDENCE),
    ],
)  # fmt: skip
def test_what_the_evidence_does_not_carry_is_stopped(city, change, why):
    given = {
        "kind": Kind.ISOLATION, "person_id": "P1", "place_code": HOME, "evidence_id": positive(city, "P1").pk,
        "legal_basis": LAW, "reason": "x", "starts_at": at(), "ends_at": at() + WEEK, "by": city.actor(EAST), "at": at(),
    } | change  # fmt: skip
    with pytest.raises(Stopped) as stopped:
        actions.propose(**given)
    assert stopped.value.code == why
    assert not Restriction.objects.exists()
    assert Attempt.objects.get().alarmed_at == at()


def test_a_negative_or_another_tag_is_no_ground(city):
    entry = positive(city, "P1", tag=Tag.RESULT_NEGATIVE)
    with pytest.raises(Stopped):
        actions.propose(
            kind=Kind.ISOLATION, person_id="P1", place_code=HOME, evidence_id=entry.pk, legal_basis=LAW, reason="x",
            starts_at=at(), ends_at=at() + WEEK, by=city.actor(STREET_1), at=at(),
        )  # fmt: skip


def test_one_person_lifts_at_once_and_it_is_reviewed_after(city):
    row = in_force(city)
    actions.medical_exit(code=row.pk, reason="chest pain", by=city.actor(COMMUNITY_A), at=at(2))
    assert not queries.of_person(city.actor(CITY), "P1", at(2)).exists()
    assert open_duties("restriction.lift_reviewed").get().owner_id == STREET_1
    assert open_duties("restriction.undone").count() == 1
    with pytest.raises(Refused):
        actions.lift(code=row.pk, reason="again", by=city.actor(COMMUNITY_A), at=at(3))


def test_an_evacuation_lifts_all_in_the_place_with_one_review(city):
    for person in ("P1", "P2", "P3"):
        in_force(city, person)
    lifted = actions.evacuate(
        place_code=f"{COMMUNITY_A}-0001", reason="fire on the third floor", by=city.actor(COMMUNITY_A), at=at(1)
    )
    assert len(lifted) == 3
    assert not queries.in_force(city.actor(CITY), at(1)).exists()
    assert open_duties("restriction.lift_reviewed").count() == 1


def test_a_fact_proposes_and_is_asked_once(city):
    entry = positive(city, "P1")
    given = {"kind": Kind.HOLD, "person_id": "P1", "place_code": HOME, "entry": entry, "reason": "positive", "starts_at": at(),
             "by": city.actor(CITY), "at": at()}  # fmt: skip
    row = actions.propose_by_fact(**given)
    assert (row.proposed_unit_id, row.ends_at) == (COMMUNITY_A, at(24))
    assert actions.propose_by_fact(**given) == row
    assert Restriction.objects.count() == 1
    assert actions.lift_by_fact(person_id="P1", reason="excluded", by=city.actor(CITY), at=at(1)) == 1
    assert Restriction.objects.get().state == State.WITHDRAWN


def test_a_measure_that_shuts_people_in_needs_owners_for_what_they_need(city):
    entry = positive(city, "P1")
    row = actions.propose(
        kind=Kind.ZONE_MEASURE, place_code=COMMUNITY_A, evidence_id=entry.pk, legal_basis="infectious-diseases-law-41",
        reason="one positive in the compound", starts_at=at(), ends_at=at() + WEEK, by=city.actor(STREET_1), at=at(),
    )  # fmt: skip
    with pytest.raises(Refused) as refusal:
        actions.approve(code=row.pk, by=city.actor(EAST), at=at(1))
    assert refusal.value.code == "counter-duties"
    needs = ("counter.testing", "counter.food", "counter.medicine", "counter.waste", "counter.emergency", "counter.frail")
    owners = dict.fromkeys(needs, COMMUNITY_A)
    with pytest.raises(Refused) as refusal:
        actions.approve(code=row.pk, owners=owners | {"counter.food": "990101001009"}, by=city.actor(EAST), at=at(1))
    assert "counter.food" in refusal.value.message
    assert not Duty.objects.filter(kind__startswith="counter.").exists()
    actions.approve(code=row.pk, owners=owners, by=city.actor(EAST), at=at(1))
    opened = Duty.objects.filter(kind__startswith="counter.", state="open")
    assert {(one.kind, one.owner_id, one.opened_at) for one in opened} == {(kind, COMMUNITY_A, at(1)) for kind in needs}
    assert list(queries.of_place(city.actor(CITY), f"{HOME}", at(2))) == [row]


def test_what_cannot_be_a_restriction_is_said_plainly(city):
    given = {"kind": Kind.HOLD, "person_id": "", "place_code": HOME, "evidence_id": 1, "legal_basis": LAW, "reason": "x",
             "starts_at": at(), "ends_at": at(1), "by": city.actor(EAST), "at": at()}  # fmt: skip
    with pytest.raises(InputFault):
        actions.propose(**given)
    with pytest.raises(InputFault):
        actions.propose(**given | {"person_id": "P1", "ends_at": at(-1)})


def test_a_pack_that_restricts_nobody_can_order_nothing(city, settings):
    settings.BULOU_POLICY = "measles-who"
    entry = positive(city, "P1")
    assert actions.propose_by_fact(
        kind=Kind.HOLD, person_id="P1", place_code=HOME, entry=entry, reason="x", starts_at=at(), by=city.actor(CITY), at=at()
    ) is None  # fmt: skip

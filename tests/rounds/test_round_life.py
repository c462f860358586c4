"""A round is planned, opened with its roster, extended with the effect shown, closed or cancelled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty, Notice
from bulou.duties.opening import Owed, open_many
from bulou.kernel.actor import Role
from bulou.kernel.errors import Conflict, InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.places.models import Area, AreaPart
from bulou.rounds import actions as rounds
from bulou.rounds import queries
from bulou.rounds.choices import RoundState, SiteState
from bulou.rounds.models import RosterEntry, TestingRound
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_D, EAST, SITE_A, STREET_1, SYSTEM, WEST, at

pytestmark = pytest.mark.django_db


def tags(subject: str) -> list[str]:
    return list(Entry.objects.filter(subject=subject).order_by("id").values_list("tag", flat=True))


def population(state: str = DutyState.OPEN) -> set[str]:
    return set(Duty.objects.filter(kind="round.covered", state=state).values_list("about", flat=True))


def test_opening_draws_the_roster_takes_the_base_number_and_owes_every_community(city):
    town.settle(COMMUNITY_A, 7)
    town.settle(COMMUNITY_B, 5)
    town.settle(COMMUNITY_D, 3)
    row = town.running(city)
    assert (row.state, row.roster_size, row.opened_at) == (RoundState.OPEN, 15, at(0))
    assert RosterEntry.objects.filter(round=row).count() == 15
    assert population() == {f"round:R1@{place}" for place in (COMMUNITY_A, COMMUNITY_B, COMMUNITY_D)}
    duty = Duty.objects.get(about=f"round:R1@{COMMUNITY_A}")
    assert (duty.owner_id, duty.due_at, duty.place_code) == (COMMUNITY_A, town.DEADLINE, COMMUNITY_A)
    assert duty.label == "甲社区 · 第一轮"
    assert tags("round:R1") == ["round:round:planned", "round:roster:drawn", "round:round:opened"]


def test_a_roster_that_was_imported_is_not_drawn_over(city):
    town.settle(COMMUNITY_A, 7)
    row = town.plan(city)
    RosterEntry.objects.create(round=row, person_id="X1", place_code=COMMUNITY_B)
    opened = rounds.open_round(round_code="R1", by=city.actor(CITY), at=at(0))
    assert opened.roster_size == 1
    assert population() == {f"round:R1@{COMMUNITY_B}"}


def test_somebody_known_only_to_the_street_is_owed_by_the_street(city):
    town.settle(STREET_1, 2)
    town.running(city)
    duty = Duty.objects.get(kind="round.covered")
    assert (duty.about, duty.owner_id) == (f"round:R1@{STREET_1}", STREET_1)


def test_a_round_does_not_open_without_anybody_and_not_after_its_deadline(city):
    town.plan(city)
    with pytest.raises(Refused, match="nobody is on the roster"):
        rounds.open_round(round_code="R1", by=city.actor(CITY), at=at(0))
    town.settle(COMMUNITY_A, 1)
    with pytest.raises(Refused, match="deadline"):
        rounds.open_round(round_code="R1", by=city.actor(CITY), at=town.DEADLINE)
    rounds.open_round(round_code="R1", by=city.actor(CITY), at=at(1))
    with pytest.raises(Refused, match="is open"):
        rounds.open_round(round_code="R1", by=city.actor(CITY), at=at(2))


def test_the_same_plan_changes_nothing_and_another_is_a_conflict(city):
    first = town.plan(city)
    assert town.plan(city) == first
    assert tags("round:R1") == ["round:round:planned"]
    with pytest.raises(Conflict, match="deadline"):
        rounds.plan_round(
            code="R1",
            name="第一轮",
            area="test-city",
            owner=CITY,
            opens_at=at(0),
            deadline_at=at(13),
            by=city.actor(CITY),
            at=at(0),
        )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"deadline_at": at(0)}, "deadline_at"),
        ({"pool_size": 7}, "pool_size"),
        ({"code": "R 1"}, "code"),
        ({"code": "R/1"}, "code"),
        ({"code": ""}, "code"),
    ],
)
def test_a_faulty_plan_names_its_column(city, change, fault):
    plan = {"code": "R1", "name": "x", "area": "test-city", "owner": CITY, "opens_at": at(0), "deadline_at": at(12)}
    with pytest.raises(InputFault) as raised:
        rounds.plan_round(**(plan | change), by=city.actor(CITY), at=at(0))
    assert raised.value.column == fault
    assert not TestingRound.objects.exists()


def test_only_a_leader_whose_jurisdiction_holds_the_whole_area_keeps_a_round(city):
    plan = {"code": "R1", "name": "x", "opens_at": at(0), "deadline_at": at(12), "at": at(0)}
    with pytest.raises(NotPermitted):
        rounds.plan_round(**plan, area="test-city", owner=COMMUNITY_A, by=city.actor(COMMUNITY_A))
    with pytest.raises(NotFound):  # the area reaches beyond the district
        rounds.plan_round(**plan, area="test-city", owner=EAST, by=city.actor(EAST))
    own = Area.objects.create(code="east", name="东区")
    AreaPart.objects.create(area=own, place_code=EAST)
    town.settle(COMMUNITY_A, 1)
    rounds.plan_round(**plan, area="east", owner=EAST, by=city.actor(EAST))
    steps = {
        rounds.open_round: {},
        rounds.draw_roster: {},
        rounds.extend_round: {"deadline_at": at(20), "reason": "rain"},
        rounds.close_round: {},
        rounds.cancel_round: {"reason": "rain"},
    }
    for step, arguments in steps.items():
        with pytest.raises(NotFound):  # a sibling gets the answer of a missing record
            step(round_code="R1", **arguments, by=city.actor(WEST), at=at(1))
        with pytest.raises(NotPermitted):
            step(round_code="R1", **arguments, by=city.actor(EAST, role=Role.REPORT_OFFICER), at=at(1))
        with pytest.raises(NotFound):
            step(round_code="R2", **arguments, by=city.actor(EAST), at=at(1))
    assert TestingRound.objects.get().state == RoundState.PLANNED


def test_extending_moves_the_open_duties_and_says_which_stop_being_late(city):
    town.settle(COMMUNITY_A, 2)
    town.settle(COMMUNITY_B, 2)
    town.running(city)
    late = town.DEADLINE + timedelta(minutes=1)
    seen = queries.extension_effect(city.actor(CITY), "R1", deadline_at=at(15), now=late)
    made = rounds.extend_round(round_code="R1", deadline_at=at(15), reason="heavy rain", by=city.actor(CITY), at=late)
    assert seen == made.effect
    assert (made.effect.moved, made.effect.no_longer_overdue, made.effect.still_overdue) == (2, 2, 0)
    assert made.before == town.DEADLINE
    assert set(Duty.objects.filter(kind="round.covered").values_list("due_at", flat=True)) == {at(15)}
    assert TestingRound.objects.get().deadline_at == at(15)
    assert '"no_longer_overdue":2' in Entry.objects.get(tag="round:round:extended").data


def test_extending_touches_no_other_round_not_even_one_that_differs_by_case(city):
    town.settle(COMMUNITY_A, 1)
    town.running(city, code="r1")
    town.running(city, code="R1")
    made = rounds.extend_round(round_code="R1", deadline_at=at(15), reason="rain", by=city.actor(CITY), at=at(1))
    assert made.effect.moved == 1
    assert Duty.objects.get(about=f"round:r1@{COMMUNITY_A}").due_at == town.DEADLINE


@pytest.mark.parametrize(("deadline", "reason"), [(town.DEADLINE, "rain"), (at(11), "rain"), (at(15), " ")])
def test_an_extension_goes_forward_and_has_a_reason(city, deadline, reason):
    town.settle(COMMUNITY_A, 1)
    town.running(city)
    with pytest.raises(InputFault):
        rounds.extend_round(round_code="R1", deadline_at=deadline, reason=reason, by=city.actor(CITY), at=at(1))
    assert Duty.objects.get(kind="round.covered").due_at == town.DEADLINE


def test_a_round_in_which_somebody_is_owed_does_not_close(city):
    town.settle(COMMUNITY_A, 1)
    town.running(city)
    with pytest.raises(Refused, match="1 communities"):
        rounds.close_round(round_code="R1", by=city.actor(CITY), at=at(13))


def test_cancelling_ends_what_is_owed_and_closes_the_sites(city):
    town.settle(COMMUNITY_A, 2)
    town.running(city)
    town.laboratory(city)
    where = town.site(city, SITE_A)
    row = rounds.cancel_round(round_code="R1", reason="ordered by the city", by=city.actor(CITY), at=at(2))
    assert row.state == RoundState.CANCELLED
    where.refresh_from_db()
    assert where.state == SiteState.CLOSED
    assert population() == set()
    duty = Duty.objects.get(about=f"round:R1@{COMMUNITY_A}")
    assert duty.state == DutyState.SUPERSEDED
    assert "ordered by the city" in duty.proof
    assert not Duty.objects.filter(state=DutyState.OPEN).exists()
    with pytest.raises(Refused):
        rounds.cancel_round(round_code="R1", reason="again", by=city.actor(CITY), at=at(3))


def test_a_failing_consequence_leaves_the_round_open_and_somebody_to_repair_it(city, monkeypatch):
    from bulou.testing import actions as testing

    def broken(**_):
        message = "no clock"
        raise RuntimeError(message)

    town.settle(COMMUNITY_A, 1)
    monkeypatch.setattr(testing, "open_population_duties", broken)
    assert town.running(city).state == RoundState.OPEN
    assert "no clock" in Duty.objects.get(kind="consequence.repaired").why


def test_the_database_itself_refuses_a_deadline_before_the_opening(city):
    row = town.plan(city)
    with pytest.raises(IntegrityError), transaction.atomic():
        TestingRound.objects.filter(pk=row.pk).update(deadline_at=row.opens_at)


def test_a_reader_sees_the_rounds_that_touch_its_territory(city):
    town.settle(COMMUNITY_A, 1)
    own = Area.objects.create(code="east", name="东区")
    AreaPart.objects.create(area=own, place_code=EAST)
    town.plan(city)
    rounds.plan_round(
        code="E1", name="x", area="east", owner=EAST, opens_at=at(0), deadline_at=at(12), by=city.actor(EAST), at=at(0)
    )

    def seen(unit):
        return {row.pk for row in queries.listed(city.actor(unit))}

    assert seen(CITY) == seen(EAST) == seen(COMMUNITY_A) == {"R1", "E1"}
    assert seen(WEST) == seen(COMMUNITY_D) == {"R1"}
    with pytest.raises(NotFound):
        queries.visible_round(city.actor(WEST), "E1")
    with pytest.raises(NotPermitted):
        queries.visible(city.actor(EAST, role=Role.COURIER))


def test_open_rounds_come_first(city):
    town.settle(COMMUNITY_A, 1)
    town.plan(city, code="R2")
    town.running(city, code="R1")
    town.running(city, code="R0")
    rounds.cancel_round(round_code="R0", reason="x", by=city.actor(CITY), at=at(1))
    assert [row.pk for row in queries.listed(city.actor(CITY))] == ["R1", "R2", "R0"]
    assert [row.pk for row in queries.listed(city.actor(CITY), state="planned")] == ["R2"]


@pytest.mark.parametrize("owed", [40, 1_700])
def test_extending_costs_a_bounded_number_of_statements_however_many_communities_owe(city, django_assert_max_num_queries, owed):
    town.plan(city)
    open_many(
        [
            Owed(
                kind="round.covered", about=f"round:R1@{COMMUNITY_A}{number:05}", label=str(number),
                owners={"explicit": COMMUNITY_A}, facts={"deadline_at": at(12)},
            )
            for number in range(owed)
        ],
        by=SYSTEM, at=at(),
    )  # fmt: skip
    Notice.objects.bulk_create(
        Notice(duty=row, step="before:PT4H:owner", unit_id=COMMUNITY_A, due_at=at(8), told_at=at(8), state="sent")
        for row in Duty.objects.filter(kind="round.covered").order_by("id")[:20]
    )
    with django_assert_max_num_queries(45):  # SQLite takes a hundred ledger entries in one insert; never one duty at a time
        rounds.extend_round(round_code="R1", deadline_at=at(15), reason="rain", by=city.actor(CITY), at=at(9))
    moved = Duty.objects.filter(kind="round.covered", due_at=at(15))
    assert moved.count() == owed
    assert Entry.objects.filter(tag="duty:duty:reclocked").count() == owed
    # what was told stays told: those look again two hours before, the others four hours before
    assert moved.filter(act_at=at(13)).count() == 20
    assert moved.filter(act_at=at(11)).count() == owed - 20
    assert set(moved.values_list("facts__deadline_at", flat=True)) == {at(15).isoformat()}

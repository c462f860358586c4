"""The database's own figures and the engine's for sets agree, for tubes and for self-tests."""

from __future__ import annotations

import random

import duckdb
import pytest

from bulou.kernel.actor import Role
from bulou.kernel.errors import NotFound, NotPermitted
from bulou.rounds import actions as rounds
from bulou.rounds.choices import ExemptionReason, RoundKind
from bulou.specimens.choices import TubeState
from bulou.testing import tallies
from bulou.testing.choices import AntigenOutcome
from bulou.testing.comparison import coverage_of_round
from bulou.testing.models import AntigenReport
from bulou.testing.rules import NOBODY
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_D, EAST, SITE_A, STREET_1, at

pytestmark = pytest.mark.django_db


def settle():
    return (
        town.settle(f"{COMMUNITY_A}-0001-003", 40, prefix='A,"quoted"')
        + town.settle(COMMUNITY_B, 30)
        + town.settle(COMMUNITY_D, 20)
        + town.settle(STREET_1, 5, prefix="S")
    )


def exempt(city, drawn, people):
    for person in drawn.sample(people, 10):
        rounds.grant_exemption(
            round_code="R1", person_id=person, reason=ExemptionReason.INFANT, by=city.actor(CITY), at=at(0.5)
        )


def agree(row, found, folder):
    by_unit = tallies.of_round(row, as_of=at(1))
    total = sum(by_unit.values(), NOBODY)
    assert (found.roster, found.tested, found.exempt, found.missing) == (
        total.roster,
        total.tested,
        total.exempt,
        total.missing,
    )
    lines = duckdb.read_parquet(f"{folder}/by_unit.parquet").fetchall()
    assert lines == [
        (place, tally.roster, tally.tested, tally.exempt, tally.missing) for place, tally in sorted(by_unit.items())
    ]
    missing = {person for (person,) in duckdb.read_parquet(f"{folder}/missing.parquet").project("person_id").fetchall()}
    assert missing == set(town.ids(tallies.missing(row)))
    assert 0 < len(missing) < total.roster


def test_a_round_of_tubes(city, tmp_path):
    people, drawn = settle(), random.Random(3)
    row = town.running(city)
    town.laboratory(city)
    site = town.site(city, SITE_A)
    tubes: dict[str, set[str]] = {}
    for number in range(25):
        members = drawn.sample(people, 3) + ["stranger-1", "stranger-2"][: number % 3]
        state = (TubeState.VOIDED, TubeState.LOST)[number % 2] if number % 5 == 0 else TubeState.RECEIVED
        [tube] = town.sample(site, members, registered_at=at(0.3), state=state)
        if state is TubeState.RECEIVED:
            for member in members:
                tubes.setdefault(member, set()).add(tube)
    exempt(city, drawn, people)
    found = coverage_of_round(city.actor(CITY), "R1", now=at(1), out=tmp_path)
    agree(row, found, tmp_path)
    assert found.duplicate_people == sum(len(one) > 1 for one in tubes.values()) > 0
    assert found.unregistered == len(tubes.keys() - set(people)) > 0
    assert found.units == 4


def test_a_round_of_self_tests(city, tmp_path):
    people, drawn = settle(), random.Random(4)
    row = town.running(city, kind=RoundKind.ANTIGEN)
    AntigenReport.objects.bulk_create(
        AntigenReport(round=row, person_id=person, outcome=drawn.choice(list(AntigenOutcome)).value, reported_at=at(0.4))
        for person in drawn.choices(people, k=40)
    )
    exempt(city, drawn, people)
    agree(row, coverage_of_round(city.actor(CITY), "R1", now=at(1), out=tmp_path), tmp_path)


def test_the_whole_comparison_is_for_who_keeps_the_round(city, tmp_path):
    settle()
    town.running(city)  # before its first tube
    with pytest.raises(NotFound):
        coverage_of_round(city.actor(EAST), "R1", now=at(1))
    wall = city.actor(CITY, role=Role.WALL)
    assert coverage_of_round(wall, "R1", now=at(1)).roster == 95
    with pytest.raises(NotPermitted):
        coverage_of_round(wall, "R1", now=at(1), out=tmp_path)
    assert not list(tmp_path.iterdir())

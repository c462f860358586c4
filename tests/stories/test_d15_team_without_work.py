"""D15: a team of medical staff is sent and not deployed; who holds it, and the city, hear of it within hours.

Mirror: its people are put where most hands are missing, and nobody above is bothered.
"""

from __future__ import annotations

from datetime import date

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.ledger.models import Entry
from bulou.workforce import actions, deploying, queries
from bulou.workforce.choices import Skill, TeamState, Why, WorkerKind
from bulou.workforce.models import HandsNeed, Shift, Team
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, EAST, STREET_1, at

pytestmark = pytest.mark.django_db
VALID = date(2030, 1, 1)


def _team(city, people=4):
    by = city.actor(EAST)
    team = actions.receive_team(name="邻市医疗队", sender="邻市", host=EAST, people=people, arrived_at=at(), by=by, at=at())
    members = []
    for number in range(people):
        row = actions.register_worker(
            name=f"队员{number}", kind=WorkerKind.SECONDED, home=CITY, host=EAST, skills="sampler;nurse", since_at=at(),
            team=team.pk, by=by, at=at(),
        )  # fmt: skip
        actions.enter_certificate(worker=row.pk, skill=Skill.SAMPLER, number=f"N{number}", expires_on=VALID, by=by, at=at())
        members.append(row.pk)
    return team.pk, members


def _ask(city, unit, hands, starts=6, ends=14):
    return actions.ask_hands(
        unit=unit,
        place="采样点",
        skill=Skill.SAMPLER,
        hands=hands,
        starts_at=at(starts),
        ends_at=at(ends),
        by=city.actor(unit),
        at=at(),
    ).pk


def _sweep(*hours):
    for hour in hours:
        sweep(at=at(hour))


def _told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - at()).total_seconds() / 3600) for one in found]


def test_the_team_has_no_work_and_the_city_hears_of_it(city):
    team, members = _team(city)
    assert [one.pk for one in queries.idle(city.actor(EAST))] == sorted(members), "shown at once as having nothing assigned"
    _sweep(0, 1, 2, 3, 4, 5, 6)
    assert _told("workforce.team_deployed") == [(EAST, 2), (CITY, 4), (CITY, 6)]
    assert Team.objects.get(pk=team).state == TeamState.ARRIVED
    actions.release_team(code=team, reason="转往邻区", by=city.actor(EAST), at=at(7))
    duty = Duty.objects.get(kind="workforce.team_deployed")
    assert (duty.state, duty.due_at < at(7)) == ("fulfilled", True), "done late, and it stays to be seen"
    tags = list(Entry.objects.filter(subject=f"team:{team}").order_by("id").values_list("tag", flat=True))
    assert tags == ["workforce:team:arrived", "workforce:team:released"]


def test_mirror_its_people_go_where_most_hands_are_missing(city):
    team, _members = _team(city)
    small, large = _ask(city, COMMUNITY_B, 2), _ask(city, COMMUNITY_A, 5)
    row = deploying.propose_deployment(unit=EAST, from_at=at(1), until_at=at(24), by=city.actor(EAST), at=at(1))
    assert (row.free, row.gap_before, row.gap_after) == (4, 7, 3)
    assert not Shift.objects.exists(), "a proposal moves nobody"
    assert [need for need, _ in row.lines].count(large) == 4 - [need for need, _ in row.lines].count(small) >= 3
    deploying.commit_deployment(code=row.pk, by=city.actor(EAST), at=at(1.5))
    row.refresh_from_db()
    assert (row.placed, row.gap_after, row.decided_by) == (4, 3, f"{city.actor(EAST).name} · {EAST}")
    assert (Team.objects.get(pk=team).state, Team.objects.get(pk=team).placed) == (TeamState.DEPLOYED, 4)
    assert not queries.idle(city.actor(EAST)).exists()
    _sweep(2, 4, 5)
    assert _told("workforce.team_deployed") == []
    assert sum(one.hands - one.planned for one in HandsNeed.objects.all()) == 3


def _on_shift(city, *names):
    by, codes = city.actor(STREET_1), []
    for name in names:
        row = actions.register_worker(
            name=name, kind=WorkerKind.STAFF, home=STREET_1, host=COMMUNITY_A, skills="door", since_at=at(), by=by, at=at()
        )
        codes.append(row.pk)
    shift = actions.plan_shift(
        worker=codes[0], unit=COMMUNITY_A, place="3 栋", skill=Skill.DOOR, starts_at=at(1), ends_at=at(9), by=by, at=at()
    )
    actions.begin_shift(code=shift.pk, by=by, at=at(1))
    return shift.pk, codes


def test_a_member_falls_ill_and_nobody_stands_in(city):
    shift, codes = _on_shift(city, "甲", "乙")
    actions.report_absent(code=shift, why=Why.ILL, by=city.actor(COMMUNITY_A), at=at(3))
    duty = Duty.objects.get(kind="workforce.substitute_found")
    assert duty.why == f"乙 ({codes[1]})", "the duty names who is free and rested"
    _sweep(3, 3.25, 3.5)
    assert _told("workforce.substitute_found") == [(COMMUNITY_A, 3), (STREET_1, 3.25), (EAST, 3.5)]
    assert [one.worker_id for one in queries.on_shift(COMMUNITY_A, by=city.actor(CITY), at=at(2))] == [codes[0]]
    assert not queries.on_shift(COMMUNITY_A, by=city.actor(CITY), at=at(4)).exists()


def test_mirror_somebody_stands_in_and_the_street_is_not_told(city):
    shift, codes = _on_shift(city, "甲", "乙")
    actions.report_absent(code=shift, why=Why.ILL, by=city.actor(COMMUNITY_A), at=at(3))
    _sweep(3)
    actions.substitute(code=shift, worker=codes[1], by=city.actor(COMMUNITY_A), at=at(3.2))
    _sweep(3.25, 3.5, 4)
    assert _told("workforce.substitute_found") == [(COMMUNITY_A, 3)]
    assert [one.worker_id for one in queries.on_shift(COMMUNITY_A, by=city.actor(CITY), at=at(4))] == [codes[1]]
    new = Shift.objects.get(stands_in=shift)
    assert (new.starts_at, new.ends_at) == (at(3.2), at(9))

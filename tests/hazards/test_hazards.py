"""Crowds, hazards, risk points (D20): anybody reports, minutes run, an end has a proof, who said it may stay hidden."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from bulou.books import reading
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.hazards import actions, rules
from bulou.hazards.book import HAZARD_REPORTS, HAZARDS
from bulou.hazards.choices import Cause, CheckResult, HazardKind, HazardState, How, PointState
from bulou.hazards.models import Hazard, HazardReport, RiskPoint
from bulou.kernel.actor import Role
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.units import actions as units
from bulou.units.choices import UnitKind
from tests import city as cities

HERE, STREET, EAST = cities.COMMUNITY_A, cities.STREET_1, cities.EAST
POLICE = f"{EAST}:pol001"
PHOTO = "a" * 64


@given(st.text(max_size=80))
def test_only_a_hash_or_a_witness_proves_an_end(text):
    try:
        assert rules.read_evidence(photo=text, witness="") == text.strip().lower()
        assert len(text.strip()) == 64
    except InputFault:
        pass
    assert rules.read_evidence(photo="", witness="王") == ""


@pytest.mark.parametrize("cause", list(Cause), ids=str)
def test_a_cause_names_the_record_behind_it(cause):
    if cause is Cause.OTHER:
        assert rules.read_cause(cause, "") == ""
        return
    for wrong in ("", "somebody", "supply:", "supply: 7"):
        with pytest.raises(InputFault):
            rules.read_cause(cause, wrong)
    assert rules.read_cause(cause, f" {cause.value}:X1 ") == f"{cause.value}:X1"


def _report(city, kind=HazardKind.FIRE_EXIT, by=None, **given):
    said = {
        "unit": HERE, "place_code": HERE, "place": "3 栋北门", "what": "围挡堵住出口", "how": How.SEEN, "at": cities.at(),
        "people": 60 if kind is HazardKind.CROWD else None, "by": by or city.actor(HERE),
    }  # fmt: skip
    return actions.report_hazard(kind=kind, **{**said, **given})


def _told(row, kind):
    found = Notice.objects.filter(duty__about=f"hazard:{row.pk}", duty__kind=kind, state="sent").order_by("due_at", "id")
    return [(one.unit_id, (one.due_at - cities.at()) / timedelta(minutes=1)) for one in found]


@pytest.mark.django_db
def test_a_blocked_fire_exit_is_urgent_at_once_and_ends_with_a_photograph(city):
    row = _report(city)
    for minute in (0, 1):
        sweep(at=cities.at(minutes=minute))
    assert _told(row, "hazard.exit_cleared") == [(HERE, 0), (STREET, 1)]
    assert row.due_at == cities.at(minutes=15)
    with pytest.raises(InputFault, match="64 hexadecimal"):
        actions.fix_hazard(code=row.pk, result="已移开", photo="photo.jpg", by=city.actor(HERE), at=cities.at(minutes=9))
    actions.fix_hazard(code=row.pk, result="围挡已移开", photo=PHOTO, by=city.actor(HERE), at=cities.at(minutes=9))
    assert not Duty.objects.filter(state="open").exists()
    row.refresh_from_db()
    assert (row.state, row.photo, row.closed_at) == (HazardState.OVER, PHOTO, cities.at(minutes=9))
    with transaction.atomic(), pytest.raises(IntegrityError):
        Hazard.objects.filter(pk=row.pk).update(photo="", witness="")


@pytest.mark.django_db
def test_what_is_still_there_is_reopened_and_another_unit_closes_it(city):
    row = _report(city)
    actions.fix_hazard(code=row.pk, result="已移开", witness="李某", by=city.actor(HERE), at=cities.at(minutes=5))
    actions.reopen_hazard(code=row.pk, what="又堵上了", by=city.actor(HERE), at=cities.at(minutes=30))
    owed = dict(Duty.objects.filter(state="open").values_list("kind", "owner_id"))
    assert owed == {"hazard.exit_cleared": HERE, "hazard.closing_signed": STREET}
    with pytest.raises(Refused, match="another unit"):
        actions.fix_hazard(code=row.pk, result="已移开", photo=PHOTO, by=city.actor(HERE), at=cities.at(minutes=35))
    actions.fix_hazard(code=row.pk, result="已拆除", photo=PHOTO, by=city.actor(STREET), at=cities.at(minutes=40))
    assert not Duty.objects.filter(state="open").exists()
    assert Entry.objects.filter(tag="hazard:hazard:reopened").count() == 1
    with pytest.raises(NotFound):
        actions.reopen_hazard(code=row.pk, what="看到了", by=city.actor(cities.WEST), at=cities.at(1))


@pytest.mark.django_db
def test_a_report_is_taken_from_anybody_and_joins_what_is_open_there(city):
    first = _report(city, kind=HazardKind.CROWD, by=city.actor(cities.LAB_1), people=30)
    again = _report(city, kind=HazardKind.CROWD, by=city.actor(cities.WEST), people=80, at=cities.at(minutes=2))
    assert first.pk == again.pk
    assert Hazard.objects.count() == 1
    assert sorted(HazardReport.objects.values_list("people", flat=True)) == [30, 80]
    assert Duty.objects.filter(kind="hazard.crowd_dispersed").count() == 1
    assert reading.one(HAZARDS, city.actor(cities.WEST), first.pk) == first, "who reported it sees what becomes of it"
    with pytest.raises(NotFound):
        reading.one(HAZARDS, city.actor(cities.STREET_2), first.pk)
    with pytest.raises(NotPermitted):
        _report(city, by=city.actor(HERE, role=Role.WALL))


@pytest.mark.django_db
def test_who_reports_in_confidence_is_not_seen_by_whom_it_concerns(city):
    row = _report(city, in_confidence=True)
    said = HazardReport.objects.get()
    assert (said.hidden, said.kept_id) == (True, STREET)
    assert not HAZARD_REPORTS.visible(city.actor(HERE)).exists()
    assert HAZARD_REPORTS.visible(city.actor(STREET)).get() == said
    written = Entry.objects.get(subject=f"hazard:{row.pk}")
    assert json.loads(written.actor)["account"] == "bulou", "the record does not name who said it either"
    assert city.staff[HERE].name not in written.actor + written.data
    desk = _report(city, kind=HazardKind.WASTE, how=How.PHONE)
    actions.name_reporter(code=desk.pk, name="住户甲", phone="13900000000", hidden=True, by=city.actor(HERE), at=cities.at(1))
    assert not HAZARD_REPORTS.visible(city.actor(HERE)).filter(name="住户甲").exists()


@pytest.mark.django_db
def test_who_said_it_is_forgotten_by_the_rule_and_what_was_counted_stays(city):
    row = _report(city, kind=HazardKind.WASTE, how=How.PHONE)
    actions.name_reporter(code=row.pk, name="住户甲", phone="13900000000", by=city.actor(HERE), at=cities.at())
    assert actions.erase_due(by=cities.SYSTEM, at=cities.at(24 * 60)) == 0, "it is open still"
    actions.fix_hazard(code=row.pk, result="已清运", witness="清运员", by=city.actor(HERE), at=cities.at(1))
    assert actions.erase_due(by=cities.SYSTEM, at=cities.at(24 * 30)) == 0
    assert actions.erase_due(by=cities.SYSTEM, at=cities.at(24 * 30 + 2)) == 2
    assert set(HazardReport.objects.values_list("name", "phone", "hazard")) == {("", "", row.pk)}
    assert actions.erase_due(by=cities.SYSTEM, at=cities.at(24 * 31)) == 0


@pytest.mark.django_db
def test_nothing_ends_as_absent_without_somebody_who_looked(city):
    row = _report(city, kind=HazardKind.ELECTRICITY)
    with pytest.raises(InputFault, match="photograph or a witness"):
        actions.find_nothing(code=row.pk, result="未发现", by=city.actor(HERE), at=cities.at(minutes=20))
    actions.find_nothing(code=row.pk, result="现场正常", witness="网格员", by=city.actor(HERE), at=cities.at(minutes=20))
    assert Hazard.objects.get().state == HazardState.ABSENT
    with pytest.raises(Refused):
        actions.fix_hazard(code=row.pk, result="x", witness="y", by=city.actor(HERE), at=cities.at(1))


@pytest.mark.django_db
def test_a_unit_that_stands_in_goes_and_closes_and_is_offered_the_steps(city):
    units.register_unit(code=POLICE, name="派出所", kind=UnitKind.POLICE_STATION, by=cities.SYSTEM, at=cities.at(-24))
    row = _report(city, kind=HazardKind.CROWD, fallback=POLICE)
    officer = city.actor(EAST)
    police = type(officer)(account="p", name="民警", post="", unit=POLICE, role=Role.UNIT_OFFICER, door=officer.door)
    assert {step.name for step in reading.offered(HAZARDS, police, row)} >= {"go", "disperse"}
    actions.watch_crowds(by=cities.SYSTEM, at=cities.at(minutes=4))
    assert not Duty.objects.filter(kind="hazard.crowd_taken_up").exists(), "the owner has its minutes"
    actions.watch_crowds(by=cities.SYSTEM, at=cities.at(minutes=5))
    assert actions.watch_crowds(by=cities.SYSTEM, at=cities.at(minutes=6)) == 0
    assert Duty.objects.get(kind="hazard.crowd_taken_up").owner_id == POLICE
    actions.go(code=row.pk, by=police, at=cities.at(minutes=8))
    with pytest.raises(InputFault, match="how many"):
        actions.disperse_crowd(
            code=row.pk, people_left=None, cause=Cause.OTHER, because="", witness="民警", by=police, at=cities.at(minutes=20)
        )
    actions.disperse_crowd(
        code=row.pk, people_left=0, cause=Cause.QUEUE, because="site:1", witness="民警", by=police, at=cities.at(minutes=20)
    )
    assert not Duty.objects.filter(state="open").exists()


@pytest.mark.django_db
def test_a_risk_point_is_owed_in_its_turn_once_and_what_is_wrong_becomes_a_hazard(city):
    point = actions.register_point(
        unit=HERE,
        place_code=HERE,
        place="3 栋北门",
        kind=HazardKind.FIRE_EXIT,
        every_days=7,
        by=city.actor(HERE),
        at=cities.at(),
    )
    assert actions.owe_checks(by=cities.SYSTEM, at=cities.at(24)) == 0
    assert actions.owe_checks(by=cities.SYSTEM, at=cities.at(6 * 24)) == 1
    assert actions.owe_checks(by=cities.SYSTEM, at=cities.at(6 * 24 + 1)) == 0
    owed = Duty.objects.get(kind="hazard.point_checked")
    assert (owed.owner_id, owed.due_at) == (HERE, cities.at(7 * 24))
    with pytest.raises(InputFault, match="what is wrong"):
        actions.check_point(code=point.pk, result=CheckResult.WRONG, finding="", by=city.actor(HERE), at=cities.at(150))
    actions.check_point(code=point.pk, result=CheckResult.WRONG, finding="堆放杂物", by=city.actor(HERE), at=cities.at(150))
    assert Hazard.objects.get().point == point
    assert list(Duty.objects.filter(state="open").values_list("kind", flat=True)) == ["hazard.exit_cleared"]
    assert actions.owe_checks(by=cities.SYSTEM, at=cities.at(150 + 6 * 24)) == 1, "the next turn runs from this check"
    actions.remove_point(code=point.pk, reason="出口已拆除改造", by=city.actor(HERE), at=cities.at(300))
    assert RiskPoint.objects.get().state == PointState.REMOVED
    assert not Duty.objects.filter(kind="hazard.point_checked", state="open").exists()
    with pytest.raises(InputFault, match="every day"):
        actions.register_point(
            unit=HERE, place_code=HERE, place="x", kind=HazardKind.WATER, every_days=0, by=city.actor(HERE), at=cities.at()
        )


@pytest.mark.django_db
def test_many_risk_points_are_owed_in_a_few_statements(city, django_assert_max_num_queries):
    for number in range(30):
        actions.register_point(
            unit=HERE, place_code=HERE, place=f"{number} 号门", kind=HazardKind.WATER, every_days=1, by=city.actor(HERE), at=cities.at()
        )  # fmt: skip
    with django_assert_max_num_queries(12):
        assert actions.owe_checks(by=cities.SYSTEM, at=cities.at(12)) == 30

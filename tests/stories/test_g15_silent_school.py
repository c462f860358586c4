"""G15: a school's zero-report does not arrive; another reports zero while a major matter is unreported, found by its sector.

Mirror: both report in time, nobody is told.
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.institutions import actions as institutions
from bulou.institutions.choices import InstitutionKind, MatterKind, MatterState
from bulou.institutions.models import DailyReport, Matter
from bulou.kernel.actor import Actor, Door, Role
from bulou.ledger.models import Entry
from bulou.ledger.seals import seal, verify
from bulou.units import actions as units
from bulou.units.choices import UnitKind
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, EAST, STREET_1, SYSTEM, at

pytestmark = pytest.mark.django_db
BUREAU = f"{CITY}:dep001"
SILENT, CALM = f"{COMMUNITY_A}:sch001", f"{COMMUNITY_B}:sch001"
ON = at().date()
DUE = at(10)  # 18:00 in the city


def inspector():
    return Actor(account="b", name="督导", post="", unit=BUREAU, role=Role.DUTY_LEADER, door=Door.WEB)


@pytest.fixture
def schools(city):
    """Two schools below one bureau; the day's reports are owed since the morning."""
    units.register_unit(code=BUREAU, name="教育局", kind=UnitKind.DEPARTMENT, by=SYSTEM, at=at(-24))
    made = {}
    for code, place in ((SILENT, COMMUNITY_A), (CALM, COMMUNITY_B)):
        units.register_unit(code=code, name=code, kind=UnitKind.SCHOOL, by=SYSTEM, at=at(-24))
        made[code] = institutions.register_institution(
            unit=code, kind=InstitutionKind.SCHOOL, name=f"{code[-6:]} 学校", place_code=place, sector=BUREAU, by=city.actor(EAST), at=at(-20)
        ).pk  # fmt: skip
    institutions.owe_reports(on=ON, by=SYSTEM, at=at(0))
    return city, made


def _nothing(city, code, place, when):
    institutions.report_day(code=f"{code}:{ON}", inside=900, visitors=0, tested=890, events=0, by=city.actor(place), at=when)


def _told(kind):
    found = Notice.objects.filter(duty__kind=kind, state="sent").order_by("due_at", "unit_id")
    return [(one.unit_id, (one.due_at - DUE) / timedelta(minutes=1)) for one in found]


def test_the_silent_school_is_missed_at_its_hour_by_territory_and_sector(schools):
    city, made = schools
    _nothing(city, made[CALM], COMMUNITY_B, at(9))
    for when in (at(9.5), DUE, DUE + timedelta(minutes=1), DUE + timedelta(hours=1)):
        sweep(at=when)
    assert _told("institution.daily_report") == [(SILENT, -30), (COMMUNITY_A, 0), (BUREAU, 1), (EAST, 60)]
    duty = Duty.objects.get(kind="institution.daily_report", state="open")
    assert (duty.owner_id, duty.about) == (SILENT, f"daily_report:{made[SILENT]}:{ON}")


def test_a_report_of_nothing_stands_beside_what_the_sector_found(schools):
    city, made = schools
    for code, place in ((SILENT, COMMUNITY_A), (CALM, COMMUNITY_B)):
        _nothing(city, made[code], place, at(9))
    found = institutions.find_matter(
        institution=made[CALM], kind=MatterKind.ILLNESS, what="一个班十一人发热", known_at=at(3), by=inspector(), at=at(11)
    )
    assert found.against == DailyReport.objects.get(institution=made[CALM]), "the day's report of nothing is named"
    owed = Duty.objects.get(kind="institution.matter_reported")
    assert (owed.owner_id, owed.due_at) == (CALM, at(11.5))
    for minutes in (0, 1, 30, 31):
        sweep(at=at(11, minutes=minutes))
    assert {unit for unit, _ in _told("institution.matter_reported")} == {CALM, COMMUNITY_B, BUREAU, EAST}
    institutions.admit_matter(code=found.pk, note="未及时上报", by=city.actor(COMMUNITY_B), at=at(11.8))
    answer = Duty.objects.get(kind="institution.instructions_given", state="open")
    assert (answer.owner_id, answer.due_at) == (COMMUNITY_B, at(12.8))
    institutions.answer_matter(code=found.pk, answer="停课,全员检测", by=city.actor(STREET_1), at=at(12))
    assert not Duty.objects.filter(state="open").exists()
    row = Matter.objects.get()
    assert (row.state, row.known_at, row.found_at, row.reported_at) == (MatterState.ANSWERED, at(3), at(11), at(11.8))
    tags = list(Entry.objects.filter(subject=f"matter:{row.pk}").order_by("id").values_list("tag", flat=True))
    assert tags == ["institution:matter:found", "institution:matter:reported", "institution:matter:answered"]
    seal(at=at(13))
    assert verify(at=at(13)).broken is None


def test_a_report_of_nothing_that_comes_after_the_finding_stands_beside_it_too(schools):
    city, made = schools
    found = institutions.find_matter(
        institution=made[CALM], kind=MatterKind.ILLNESS, what="一个班十一人发热", known_at=at(1), by=inspector(), at=at(2)
    )
    assert found.against is None, "nothing was said that day yet"
    _nothing(city, made[SILENT], COMMUNITY_A, at(3))
    _nothing(city, made[CALM], COMMUNITY_B, at(3))
    found.refresh_from_db()
    assert (found.against_id, found.state) == (f"{made[CALM]}:{ON}", MatterState.FOUND)
    said = Entry.objects.filter(tag="institution:day:reported").order_by("id")
    assert [json.loads(one.data)["untold"] for one in said] == [0, 1]


def test_mirror_what_was_true_when_it_was_said_is_held_against_nobody(schools):
    city, made = schools
    _nothing(city, made[CALM], COMMUNITY_B, at(9))
    found = institutions.find_matter(
        institution=made[CALM], kind=MatterKind.ILLNESS, what="晚自习两人发热", known_at=at(9.5), by=inspector(), at=at(11)
    )
    assert found.against is None


def test_mirror_both_report_in_time_and_nobody_is_told(schools):
    city, made = schools
    for code, place in ((SILENT, COMMUNITY_A), (CALM, COMMUNITY_B)):
        _nothing(city, made[code], place, at(9))
    for when in (at(9.5), DUE, at(20)):
        sweep(at=when)
    assert not Notice.objects.filter(state="sent").exists()
    assert not Duty.objects.filter(state="open").exists()

"""The chase's clock with the pack's limits, late first; the list of contacts closed by fact; tracers enough or short."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.investigation import actions as investigation
from bulou.investigation import chase, contacts, tracers
from bulou.investigation.choices import CaseStatus, ChaseStep, Setting
from bulou.investigation.models import Case
from bulou.investigation.rules import clock as rules
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.policy import load_pack
from tests.city import CITY, COMMUNITY_A, COMMUNITY_D, COURIER, EAST, LAB_1, SITE_A, STREET_1, WEST, City, at

LIMITS = rules.limits(load_pack("guiyang-2022"))


def opened(city: City, person: str, *, hours: float = 3, place: str = COMMUNITY_A) -> Case:
    return investigation.open_case(
        person_id=person, place_code=place, tube_id="", sampled_at=at(hours - 2), detected_at=at(hours), laboratory=LAB_1,
        by=city.actor(place[:6]), at=at(hours),
    )  # fmt: skip


def test_the_clock_names_the_open_mark_that_is_due_first() -> None:
    said = {"sampled_at": at(1), "detected_at": at(3), "limits": LIMITS}
    found = rules.clock(done={}, now=at(4), **said)
    assert [(one.mark, one.due_at) for one in found.points] == [
        ("sampled", None), ("result", at(13)), ("held", at(5)), ("interviewed", at(6)), ("listed", at(7)),
    ]  # fmt: skip
    assert (found.next.mark, found.is_late) == ("held", False)
    late = rules.clock(done={ChaseStep.INVESTIGATED: at(5)}, now=at(5.5), **said)
    assert (late.next.mark, late.next.late, late.is_late) == ("held", timedelta(minutes=30), True)
    done = rules.clock(done=dict.fromkeys(ChaseStep, at(9)), now=at(20), **said)
    assert (done.next, done.is_late, done.points[-1].late) == (None, False, timedelta(hours=2))
    unknown = rules.clock(sampled_at=None, detected_at=at(3), done={}, limits=LIMITS, now=at(4))
    assert unknown.points[1].due_at is None, "a line list says nothing of the sample"


@pytest.mark.django_db
def test_the_board_shows_open_chases_late_first(city: City, django_assert_max_num_queries) -> None:
    first, second, third = opened(city, "P1"), opened(city, "P2", hours=2), opened(city, "P3", place=COMMUNITY_D)
    investigation.chase_step_done(code=second.pk, step=ChaseStep.HELD, by=city.actor(EAST), at=at(3))
    with django_assert_max_num_queries(3):
        found = chase.board(city.actor(CITY), at=at(4))
    assert {one.case.pk for one in found} == {first.pk, second.pk, third.pk}
    assert [one.clock.next_due for one in found] == sorted(one.clock.next_due for one in found)
    assert {one.duty.owner_id for one in found} == {EAST, WEST}
    assert {one.case.pk for one in chase.board(city.actor(EAST), at=at(4))} == {first.pk, second.pk}
    for step in ChaseStep:
        investigation.chase_step_done(code=first.pk, step=step, by=city.actor(EAST), at=at(5))
    assert {one.case.pk for one in chase.board(city.actor(EAST), at=at(6))} == {second.pk}
    assert [one.case.pk for one in chase.board(city.actor(EAST), at=at(6), done=True)] == [first.pk]


@pytest.mark.django_db
def test_the_list_is_closed_by_saying_so_and_nobody_needs_a_reason(city: City) -> None:
    case, say = opened(city, "P1"), {"by": city.actor(EAST), "at": at(5)}
    with pytest.raises(InputFault, match="nobody is listed"):
        chase.contacts_complete(case=case.pk, **say)
    assert chase.contacts_complete(case=case.pk, note="lives alone, works at night", **say).step == ChaseStep.CONTACTS_LISTED
    other = opened(city, "P2")
    contacts.list_contact(
        case=other.pk, person_id="P9", setting=Setting.HOUSEHOLD, from_at=at(0), until_at=at(1), **say
    )  # fmt: skip
    assert chase.contacts_complete(case=other.pk, **say).note == "1 close"
    gone = opened(city, "P3")
    investigation.diagnose_case(code=gone.pk, status=CaseStatus.EXCLUDED, by=city.actor(CITY), at=at(5))
    with pytest.raises(Refused):
        chase.contacts_complete(case=gone.pk, note="x", **say)
    with pytest.raises(NotFound):
        chase.contacts_complete(case=case.pk, note="x", by=city.actor(WEST), at=at(5))


@pytest.mark.django_db
def test_too_few_tracers_call_for_teams_and_silence_climbs(city: City) -> None:
    for number in range(4):
        opened(city, f"P{number}")
    staff = city.staff[SITE_A].number
    tracers.name_tracer(staff=staff, unit=EAST, languages=["zh"], by=city.actor(EAST), at=at(3))
    row = Duty.objects.get(kind="tracers.called")
    assert (row.owner_id, row.why) == (EAST, "1 tracers for 4 open chases: 1 more are needed")
    sweep(at=at(4.5))
    assert list(Notice.objects.filter(duty=row).values_list("unit_id", flat=True)) == [CITY]
    tracers.name_tracer(staff=city.staff[STREET_1].number, unit=STREET_1, languages=["zh", "en"], by=city.actor(EAST), at=at(5))
    row.refresh_from_db()
    assert row.state == "fulfilled"
    (east,) = tracers.strength(city.actor(EAST), at=at(5))
    assert (east.tracers, east.chases, east.languages, east.short) == (2, 4, ("en", "zh"), 0)


@pytest.mark.django_db
def test_a_language_nobody_speaks_calls_for_somebody_who_does(city: City) -> None:
    from bulou.investigation import interviews

    case = opened(city, "P1")
    tracers.name_tracer(staff=city.staff[SITE_A].number, unit=EAST, languages=["zh"], by=city.actor(EAST), at=at(3))
    assert not Duty.objects.filter(kind="tracers.called").exists(), "enough, as far as is known"
    interviews.record_interview(case=case.pk, answers={"symptoms": "no"}, language="ja", by=city.actor(EAST), at=at(4))
    tracers.watch(at=at(4))
    assert Duty.objects.get(kind="tracers.called").why == "nobody here speaks ja"
    tracers.watch(at=at(5))
    assert Duty.objects.filter(kind="tracers.called").count() == 1


@pytest.mark.django_db
def test_who_names_tracers(city: City) -> None:
    staff = city.staff[SITE_A].number
    with pytest.raises(NotPermitted):
        tracers.name_tracer(staff=staff, unit=EAST, languages=["zh"], by=city.actor(COURIER), at=at(3))
    with pytest.raises(NotFound):
        tracers.name_tracer(staff=staff, unit=WEST, languages=["zh"], by=city.actor(EAST), at=at(3))
    with pytest.raises(InputFault):
        tracers.name_tracer(staff=staff, unit=EAST, languages=[" "], by=city.actor(EAST), at=at(3))
    made = tracers.name_tracer(staff=staff, unit=EAST, languages=["zh"], by=city.actor(EAST), at=at(3))
    assert tracers.name_tracer(staff=staff, unit=EAST, languages=["zh"], by=city.actor(EAST), at=at(4)).pk == made.pk
    moved = tracers.name_tracer(staff=staff, unit=WEST, languages=["zh"], by=city.actor(CITY), at=at(5))
    made.refresh_from_db()
    assert (made.ends_at, moved.ends_at) == (at(5), None)
    assert tracers.release_tracer(tracer=moved.pk, reason="rest", by=city.actor(WEST), at=at(6)).ends_at == at(6)

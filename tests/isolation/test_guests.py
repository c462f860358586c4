"""Guests: the door, the room, needs with clocks, meals, temperature, samples, the day that is tended, release and exit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bulou.duties.models import Duty
from bulou.isolation import actions as isolation
from bulou.isolation import queries
from bulou.isolation.actions import Look, Sampled
from bulou.isolation.choices import LeaveReason, NeedKind, RiskClass, SampleOutcome
from bulou.isolation.models import FollowUp, GuestNeed, GuestTest, Room, Stay
from bulou.kernel import clock
from bulou.kernel.errors import CapacityFull, InputFault, NotFound, Refused
from bulou.ledger.actions import content
from bulou.ledger.models import Entry
from tests.chain import owed, passes, told
from tests.city import COMMUNITY_B, EAST, WEST, at
from tests.lodging import SITE, people

pytestmark = pytest.mark.django_db
R1, R2, R3 = (f"iso001-{number}" for number in (101, 102, 103))
DAY = timedelta(days=1)


def test_admission_begins_the_days_plans_the_tests_and_owes_the_release(lodging):
    (who,) = people(1)
    stay = lodging.admit(who, R1, when=at(0), clock_from=at(-10))
    assert (stay.state, stay.release_at) == ("admitted", at(-10) + 7 * DAY)
    assert list(GuestTest.objects.values_list("day", "due_on")) == [
        (number, clock.day_of(at(-10)) + number * DAY) for number in (1, 2, 3, 5, 7)
    ]
    (row,) = owed("isolation.release_decided")
    assert (row.owner_id, row.due_at, row.label) == (SITE, stay.release_at + timedelta(hours=4), f"王** …0000 · 晨光酒店 {R1}")
    assert "王0" not in row.label, "never a name in clear"
    assert isolation.admit_guest(stay=stay.pk, by=lodging.manager, at=at(1)).admitted_at == at(0), "said again: the first"


def test_a_room_that_is_not_disinfected_is_not_slept_in(lodging):
    first, second = people(2)
    stay = lodging.admit(first, R1)
    isolation.let_guest_leave(stay=stay.pk, why=LeaveReason.HOSPITAL, note="chest pain", by=lodging.manager, at=at(1))
    room = Room.objects.get(pk=R1)
    assert (room.state, room.ready_at, room.taken) == ("disinfecting", at(3), 0)
    (row,) = owed("isolation.room_disinfected")
    assert (row.owner_id, row.due_at) == (SITE, at(5))
    with pytest.raises(CapacityFull, match="not disinfected by then"):
        lodging.reserve(second, R1, when=at(1.5), expected=at(2))
    later = lodging.reserve(second, R1, when=at(1.5), expected=at(4))
    with pytest.raises(Refused, match="disinfecting"):
        isolation.admit_guest(stay=later.pk, by=lodging.manager, at=at(4))
    isolation.record_disinfection(room_id=R1, by=lodging.manager, at=at(4))
    assert isolation.admit_guest(stay=later.pk, by=lodging.manager, at=at(4)).state == "admitted"
    assert owed("isolation.room_disinfected") == []


def test_an_exit_before_the_rule_needs_one_person_at_once_and_is_reviewed_after(lodging):
    (who,) = people(1)
    stay = lodging.admit(who, R1)
    isolation.ask_need(stay=stay.pk, kind=NeedKind.DOCTOR, text="chest pain", by=lodging.manager, at=at(0.9))
    isolation.let_guest_leave(stay=stay.pk, why=LeaveReason.HOSPITAL, note="ambulance", by=lodging.manager, at=at(1))
    (row,) = owed("isolation.exit_reviewed")
    assert (row.owner_id, row.due_at, row.why) == (EAST, at(25), "hospital: ambulance")
    assert owed("isolation.doctor_came") == []
    assert Duty.objects.get(kind="isolation.doctor_came").state == "superseded"
    assert Duty.objects.get(kind="isolation.release_decided").state == "fulfilled"
    assert GuestNeed.objects.get().answer == "the guest left: hospital"


@pytest.mark.parametrize(
    ("kind", "duty", "minutes"),
    [("question", "question_answered", 240), ("medicine", "medicine_given", 60), ("doctor", "doctor_came", 15)],
)
def test_each_kind_of_need_has_its_own_clock_and_climbs(lodging, kind, duty, minutes):
    (who,) = people(1)
    stay = lodging.admit(who, R1)
    need = isolation.ask_need(stay=stay.pk, kind=NeedKind(kind), text="please", by=lodging.manager, at=at(1))
    due = at(1, minutes=minutes)
    (row,) = owed(f"isolation.{duty}")
    assert (row.due_at, need.due_at, row.owner_id) == (due, due, SITE)
    passes(due, since=at(1))
    assert (EAST, due) in {(unit, when) for unit, when, _ in told(f"isolation.{duty}")}
    isolation.answer_need(need=need.pk, answer="done", by=lodging.manager, at=due)
    assert owed(f"isolation.{duty}") == []
    with pytest.raises(InputFault):
        isolation.ask_need(stay=stay.pk, kind=NeedKind.MEAL, text=" ", by=lodging.manager, at=due)


def test_who_got_no_meal_has_a_need_from_that_instant(lodging):
    first, second = people(2)
    lodging.admit(first, R1)
    without = lodging.admit(second, R2)
    meal = isolation.record_meals(unit=SITE, meal="lunch", missed=[without.pk], by=lodging.manager, at=at(4))
    assert (meal.listed, meal.served) == (2, 1)
    (row,) = owed("isolation.meal_brought")
    assert (row.due_at, row.label) == (at(4.5), f"{R2} · 王** …0001")


def test_fever_asks_for_a_doctor_once(lodging):
    first, second = people(2)
    ill, well = lodging.admit(first, R1), lodging.admit(second, R2)
    looks = [Look(ill.pk, 38.4), Look(well.pk, 36.5)]
    isolation.check_guests(unit=SITE, looks=looks, by=lodging.manager, at=at(1))
    isolation.check_guests(unit=SITE, looks=looks, by=lodging.manager, at=at(2))
    assert list(GuestNeed.objects.values_list("kind", "text", "stay")) == [("doctor", "38.4 °C", ill.pk)]
    with pytest.raises(InputFault, match="no temperature"):
        isolation.check_guests(unit=SITE, looks=[Look(well.pk, 3.7)], by=lodging.manager, at=at(3))
    with pytest.raises(NotFound):
        isolation.check_guests(unit=SITE, looks=[Look("ST-NOBODY")], by=lodging.manager, at=at(3))


def test_the_days_tests_checks_and_heads_are_owed_once_and_what_was_missed_by_name(lodging):
    first, second = people(2)
    one, two = lodging.admit(first, R1), lodging.admit(second, R2)
    morning = at(24)
    assert isolation.tend_sites(at=morning).begun == (SITE,)
    assert isolation.tend_sites(at=morning).begun == ()
    kinds = {row.kind for row in Duty.objects.filter(about=f"isosite:{SITE}@2022-09-21")}
    assert kinds == {"isolation.heads_counted", "isolation.checks_done", "isolation.tests_taken"}
    isolation.record_samples(unit=SITE, samples=[Sampled(one.pk, "TUBE-1")], by=lodging.manager, at=at(26))
    assert owed("isolation.tests_taken"), "one is still missing"
    for hour in (25, 33):
        isolation.check_guests(unit=SITE, looks=[Look(one.pk, 36.6)], by=lodging.manager, at=at(hour))
    isolation.tend_sites(at=at(48))
    (test,) = [row for row in owed("isolation.test_caught_up") if "test:2" in row.about]
    assert (test.label, test.why) == (f"{R2} · 王** …0001", "the test of 2022-09-21 was not taken")
    (check,) = owed("isolation.check_caught_up")
    assert check.about == f"stay:{two.pk}/check"
    failed = Duty.objects.get(kind="isolation.tests_taken", about=f"isosite:{SITE}@2022-09-21")
    assert (failed.state, failed.proof[:27]) == ("failed", "not everybody was sampled →")
    isolation.record_samples(unit=SITE, samples=[Sampled(two.pk, "TUBE-2")], by=lodging.manager, at=at(49))
    isolation.check_guests(unit=SITE, looks=[Look(two.pk, 36.6)], by=lodging.manager, at=at(49))
    assert owed("isolation.check_caught_up") == []


def test_a_tube_is_one_guests_and_the_same_again_changes_nothing(lodging):
    first, second = people(2)
    one, two = lodging.admit(first, R1), lodging.admit(second, R2)
    sample = {"unit": SITE, "by": lodging.manager}
    isolation.record_samples(samples=[Sampled(one.pk, "TUBE-1")], at=at(2), **sample)
    isolation.record_samples(samples=[Sampled(one.pk, "TUBE-1")], at=at(3), **sample)
    assert GuestTest.objects.filter(tube_id="TUBE-1").count() == 1
    with pytest.raises(Refused, match="another guest's"):
        isolation.record_samples(samples=[Sampled(two.pk, "TUBE-1")], at=at(3), **sample)


def _all_negative(lodging, stay, until):
    for number, test in enumerate(GuestTest.objects.filter(stay=stay)):
        GuestTest.objects.filter(pk=test.pk).update(
            tube_id=f"T{number}", sampled_at=until, resulted_at=until, outcome=SampleOutcome.NEGATIVE
        )


def test_release_follows_the_rule_says_what_is_missing_and_opens_the_way_home(lodging):
    (who,) = people(1, home=COMMUNITY_B)
    stay = lodging.admit(who, R1)
    with pytest.raises(Refused, match=r"the 7 days end at .*; the test of day 1 was not taken; .* day 7 was not taken"):
        isolation.release_guest(stay=stay.pk, by=lodging.manager, at=at(24))
    _all_negative(lodging, stay.pk, at(150))
    done = at(-10) + 7 * DAY
    found = isolation.release_verdict(Stay.objects.get(pk=stay.pk), at=done)
    assert (found.may, len(found.conditions)) == (True, 6)
    isolation.release_guest(stay=stay.pk, by=lodging.manager, at=done)
    home = FollowUp.objects.get()
    assert (home.state, home.home_code, home.days) == ("offered", COMMUNITY_B, 3)
    (row,) = owed("followup.home_accepted")
    assert (row.owner_id, row.handovers.get().receiver_id) == (SITE, COMMUNITY_B)
    assert owed("isolation.release_decided") == []
    assert Room.objects.get(pk=R1).state == "disinfecting"


def test_nobody_released_in_time_is_too_much_control_and_climbs(lodging):
    (who,) = people(1)
    stay = lodging.admit(who, R1)
    passes(stay.release_at + timedelta(hours=5), since=stay.release_at - timedelta(hours=1), every=timedelta(minutes=30))
    assert [(unit, when) for unit, when, _ in told("isolation.release_decided")] == [
        (SITE, stay.release_at),
        (EAST, stay.release_at + timedelta(hours=4)),
    ]


def test_a_move_keeps_the_days_and_the_tests(lodging):
    (who,) = people(1)
    stay = lodging.admit(who, R1)
    new = isolation.move_guest(stay=stay.pk, to_room=R2, reason="water pipe", by=lodging.manager, at=at(5))
    assert (new.state, new.release_at, new.admitted_at) == ("admitted", stay.release_at, at(0))
    assert GuestTest.objects.filter(stay=new).count() == 5
    assert (Room.objects.get(pk=R1).state, Room.objects.get(pk=R2).taken) == ("disinfecting", 1)
    assert Stay.objects.get(pk=stay.pk).next_stay_id == new.pk
    assert [row.about for row in owed("isolation.release_decided")] == [f"stay:{new.pk}"]


def test_a_case_goes_home_by_its_samples_and_the_case_is_released_with_it(lodging):
    from bulou.investigation import actions as investigation
    from bulou.investigation.choices import CaseStatus

    (who,) = people(1)
    case = investigation.open_case(
        person_id=who, place_code=COMMUNITY_B, tube_id="T0", sampled_at=at(-20), detected_at=at(-15), laboratory="L",
        by=lodging.leader(), at=at(-14),
    )  # fmt: skip
    investigation.diagnose_case(code=case.pk, status=CaseStatus.ASYMPTOMATIC, by=lodging.leader(), at=at(-10))
    stay = lodging.admit(who, R1, risk_class=RiskClass.CASE, clock_from=at(-15))
    for number, hour in enumerate((100, 124)):
        isolation.record_samples(unit=SITE, samples=[Sampled(stay.pk, f"C{number}")], by=lodging.manager, at=at(hour))
        isolation.result_by_fact(
            person_id=who, tube_id=f"C{number}", outcome=SampleOutcome.NEGATIVE, sampled_at=at(hour), by=lodging.manager,
            at=at(hour + 3),
        )  # fmt: skip
    isolation.release_guest(stay=stay.pk, by=lodging.manager, at=at(128))
    case.refresh_from_db()
    assert case.released_at == at(128)


def test_the_next_three_hours_hold_arrivals_needs_tests_and_releases(lodging, django_assert_max_num_queries):
    first, second, third, fourth = people(4)
    stay = lodging.admit(first, R1, clock_from=at(-166))
    isolation.ask_need(stay=stay.pk, kind=NeedKind.QUESTION, text="when home?", by=lodging.manager, at=at(0.5))
    lodging.reserve(second, R2, when=at(0), expected=at(2))
    lodging.reserve(third, R3, when=at(0), expected=at(9))
    with django_assert_max_num_queries(14):
        hours = queries.next_hours(lodging.manager, SITE, at=at(1))
    assert [one.person_id for one in hours.arrivals] == [second]
    assert [one.text for one in hours.needs] == ["when home?"]
    assert [one.stay_id for one in hours.tests] == [stay.pk]
    assert [one.pk for one in hours.releases] == [stay.pk]
    with pytest.raises(NotFound):
        queries.next_hours(lodging.leader(WEST), SITE, at=at(1))
    del fourth


def test_the_wait_stands_in_the_ledger_with_both_shares(lodging):
    (who,) = people(1)
    stay = lodging.reserve(who, R1, when=at(0), expected=at(2))
    isolation.arrive_at_door(stays=[stay.pk], by=lodging.manager, at=at(1.5), trip="TR-1")
    isolation.admit_guest(stay=stay.pk, by=lodging.manager, at=at(2.25))
    said = content(Entry.objects.get(tag="isolation:guest:admitted"))
    assert (said["wait_min"], said["sender_min"], said["site_min"], said["late_min"]) == (45, 30, 15, 0)

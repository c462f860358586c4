"""Contacts: graded by the pack, each with the duties of its grade, made again without doubles when a fact changes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from bulou.duties.models import Duty
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, ending, grades, keeping, measures
from bulou.investigation.choices import CaseStatus, Grade, Setting
from bulou.investigation.contacts import ContactSeen
from bulou.investigation.models import Case, Contact, ContactDuty, GradeChange
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry, PersonalPayload
from bulou.transfer.models import TransferRequest
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_C, COURIER, EAST, LAB_1, WEST, City, at

pytestmark = pytest.mark.django_db
DAY0 = date(2022, 9, 20)  # the city's first day


@pytest.fixture
def people(city: City) -> list[str]:
    return town.settle(COMMUNITY_A, 8)


@pytest.fixture
def case(city: City, people: list[str]) -> Case:
    return investigation.open_case(
        person_id=people[0],
        place_code=COMMUNITY_A,
        tube_id="T1",
        sampled_at=at(1),
        detected_at=at(3),
        laboratory=LAB_1,
        by=city.actor(EAST),
        at=at(3),
    )


def listed(city: City, case: Case, person: str, setting: Setting = Setting.HOUSEHOLD, **said: object) -> Contact:
    seen = {"from_at": at(-1), "until_at": at(2), **said}
    return contacts.list_contact(case=case.pk, person_id=person, setting=setting, by=city.actor(EAST), at=at(4), **seen)


def owed(person: str) -> list[tuple[str, str]]:
    """What is open for a person: kind and day."""
    rows = Duty.objects.filter(contact_duty__person_id=person, state="open").order_by("kind", "about")
    return [(row.kind.removeprefix("contact."), row.about.partition("/")[2]) for row in rows]


def transfers(person: str) -> list[str]:
    """The states of a person's transfers, in the order asked for."""
    return list(
        TransferRequest.objects.filter(person_id=person).order_by("requested_at", "code").values_list("state", flat=True)
    )


def days(*numbers: int) -> list[str]:
    return [(DAY0 + timedelta(days=number)).isoformat() for number in numbers]


def test_who_lives_with_a_case_is_a_close_contact_and_owes_what_the_pack_says(
    city: City, case: Case, people: list[str]
) -> None:
    row = listed(city, case, people[1])
    assert (row.grade, row.because, row.place_code) == ("close", "lives with the case", COMMUNITY_A)
    assert owed(people[1]) == [
        *(("checked", day) for day in days(1, 2, 3, 4, 5, 6, 7)),
        ("released", ""),
        *(("tested", day) for day in days(1, 2, 3, 5, 7)),
    ]
    move = TransferRequest.objects.get(person_id=people[1])
    assert (move.risk_class, move.basis, move.due_at) == ("contact", f"contact:{row.pk}", at(12)), (
        "judged at 12:00, eight hours"
    )
    free = ContactDuty.objects.get(duty__kind="contact.released")
    assert free.because == "close contact, last exposed on 2022-09-20: 7 days end on 2022-09-27"
    assert "N9-CC-CLOCK" in free.rule
    assert free.duty.due_at == at(2 + 7 * 24 + 4), "seven times 24 hours after the last meeting, and four to say so"
    test = Duty.objects.get(kind="contact.tested", about=f"person:{people[1]}/{days(2)[0]}")
    assert (test.owner_id, test.due_at) == (COMMUNITY_A, at(64)), "until the end of the day, 24:00 in the city"


def test_the_record_names_nobody_in_clear(city: City, case: Case, people: list[str]) -> None:
    row = listed(city, case, people[1])
    entry = Entry.objects.get(tag="case:contact:listed")
    assert f'"{people[1]}"' not in entry.data
    assert people[1] in PersonalPayload.objects.get(entry=entry).body
    assert not Duty.objects.filter(label__contains=people[1]).exists()
    assert Entry.objects.get(tag="case:contact:graded").subject == f"case:{case.pk}"
    assert row.listed_by.startswith("东区")


def test_listing_again_changes_nothing(city: City, case: Case, people: list[str]) -> None:
    row = listed(city, case, people[1])
    before = (Entry.objects.count(), Duty.objects.count())
    assert listed(city, case, people[1]).pk == row.pk
    assert (Entry.objects.count(), Duty.objects.count()) == before
    measures.derive([people[1]], because="nothing", by=city.actor(EAST), at=at(5))
    assert (Entry.objects.count(), Duty.objects.count()) == before


def test_a_short_or_protected_meeting_makes_a_general_contact_who_is_told(city: City, case: Case, people: list[str]) -> None:
    short = listed(city, case, people[1], Setting.VENUE, minutes=9)
    masked = listed(city, case, people[2], Setting.WORKPLACE, protected=True)
    early = listed(city, case, people[3], Setting.VENUE, from_at=at(-80), until_at=at(-70))
    assert [one.grade for one in (short, masked, early)] == ["general"] * 3
    assert early.because == "met outside of the infectious window"
    assert owed(people[1]) == [("told", "")]
    keeping.tell_contact(contact=short.pk, how="phone", by=city.actor(COMMUNITY_A), at=at(5))
    assert owed(people[1]) == []


def test_a_contact_of_a_contact_stays_at_home(city: City, case: Case, people: list[str]) -> None:
    close = listed(city, case, people[1])
    second = listed(city, case, people[2], Setting.WORKPLACE, through=close.pk)
    assert (second.grade, second.because) == ("secondary", "was near a close contact for 15 minutes or more")
    assert [one for one in owed(people[2]) if one[0] != "checked"] == [
        ("home_quarantined", ""),
        ("released", ""),
        *(("tested", day) for day in days(1, 4, 7)),
    ]
    with pytest.raises(InputFault, match="contact of a contact"):
        listed(city, case, people[3], Setting.WORKPLACE, through=second.pk)


def test_when_the_person_between_is_no_close_contact_the_second_is_none_either(
    city: City, case: Case, people: list[str]
) -> None:
    close = listed(city, case, people[1], Setting.WORKPLACE)
    second = listed(city, case, people[2], through=close.pk)
    grades.grade_contact(
        contact=close.pk, grade=Grade.GENERAL, reason="seen on video: behind glass", by=city.actor(EAST), at=at(5)
    )
    second.refresh_from_db()
    assert (second.grade, second.because) == ("general", "the person between is not, or no longer, a close contact")
    assert owed(people[2]) == [("told", "")]


def test_a_positive_within_the_first_two_tests_makes_the_second_ring_close(city: City, case: Case, people: list[str]) -> None:
    close = listed(city, case, people[1])
    second = listed(city, case, people[2], through=close.pk)
    keeping.tested_by_fact(people=[people[1]], collected_at=at(20), ref="T2", by=city.actor(EAST), at=at(22))
    new = investigation.open_case_by_fact(
        person_id=people[1],
        place_code=COMMUNITY_A,
        tube_id="T3",
        sampled_at=at(24),
        detected_at=at(26),
        by=city.actor(EAST),
        at=at(26),
    ).case
    close.refresh_from_db()
    second.refresh_from_db()
    assert (close.status, close.became_id, owed(people[1])) == ("became_case", new.pk, [])
    assert (second.grade, second.because) == ("close", "its close contact was positive within the first tests")
    assert transfers(people[2]) == ["open"]
    investigation.diagnose_case(code=new.pk, status=CaseStatus.EXCLUDED, by=city.actor(CITY), at=at(30))
    close.refresh_from_db()
    second.refresh_from_db()
    assert (close.status, close.grade, second.grade) == ("active", "close", "secondary"), "an excluded case is a contact again"


def test_a_positive_after_the_first_tests_leaves_the_second_ring_as_it_is(city: City, case: Case, people: list[str]) -> None:
    close = listed(city, case, people[1])
    second = listed(city, case, people[2], through=close.pk)
    for hours in (20, 44):
        keeping.tested_by_fact(people=[people[1]], collected_at=at(hours), ref="T", by=city.actor(EAST), at=at(hours))
    investigation.open_case_by_fact(
        person_id=people[1],
        place_code=COMMUNITY_A,
        tube_id="T3",
        sampled_at=at(66),
        detected_at=at(68),
        by=city.actor(EAST),
        at=at(68),
    )
    second.refresh_from_db()
    assert second.grade == "secondary"


def test_a_decision_by_hand_has_a_reason_and_is_lifted_by_a_stricter_exposure_recorded_later(
    city: City, case: Case, people: list[str]
) -> None:
    row = listed(city, case, people[1], Setting.WORKPLACE)
    with pytest.raises(InputFault, match="reason"):
        grades.grade_contact(contact=row.pk, grade=Grade.GENERAL, reason=" ", by=city.actor(EAST), at=at(5))
    down = grades.grade_contact(contact=row.pk, grade=Grade.GENERAL, reason="on leave that day", by=city.actor(EAST), at=at(5))
    assert (down.grade, down.because) == ("general", "decided by hand: on leave that day")
    again = contacts.list_contact(
        case=case.pk,
        person_id=people[1],
        setting=Setting.HOUSEHOLD,
        from_at=at(-2),
        until_at=at(1),
        by=city.actor(EAST),
        at=at(6),
    )
    assert again.grade == "close"
    assert list(GradeChange.objects.filter(contact=row).values_list("before", "after")) == [
        ("", "close"), ("close", "general"), ("general", "close"),
    ]  # fmt: skip
    back = grades.grade_contact(contact=row.pk, grade=None, reason="the rules are right", by=city.actor(EAST), at=at(7))
    assert (back.hand_grade, back.grade) == ("", "close")


def test_a_corrected_exposure_moves_days_and_leaves_those_that_stay(city: City, case: Case, people: list[str]) -> None:
    row = listed(city, case, people[1])
    stay = set(Duty.objects.filter(kind="contact.tested").values_list("pk", flat=True))
    exposure = row.exposures.get()
    contacts.correct_exposure(
        exposure=exposure.pk, why="left a day earlier", from_at=at(-30), until_at=at(-20), by=city.actor(EAST), at=at(6)
    )
    assert [day for kind, day in owed(people[1]) if kind == "tested"] == days(0, 1, 2, 4, 6)
    kept = Duty.objects.filter(kind="contact.tested", state="open", pk__in=stay)
    assert kept.count() == 2, "days 1 and 2 are owed as before"
    assert Duty.objects.get(kind="contact.released", state="open").due_at == at(-20 + 7 * 24 + 4)
    exposure.refresh_from_db()
    assert exposure.withdrawn_why == "left a day earlier"
    with pytest.raises(Refused):
        contacts.correct_exposure(exposure=exposure.pk, why="again", by=city.actor(EAST), at=at(7))


def test_listed_late_the_missed_tests_are_made_up_for_once(city: City, case: Case, people: list[str]) -> None:
    contacts.list_contact(
        case=case.pk,
        person_id=people[1],
        setting=Setting.HOUSEHOLD,
        from_at=at(0),
        until_at=at(2),
        by=city.actor(EAST),
        at=at(24 * 4),
    )
    assert [one for one in owed(people[1]) if one[0] == "tested"] == [("tested", day) for day in days(4, 5, 7)]
    assert Duty.objects.get(about__endswith=days(4)[0], kind="contact.tested").why.startswith("close contact, listed on day 4")


def test_an_excluded_case_frees_its_contacts_at_once(
    city: City, case: Case, people: list[str], django_assert_max_num_queries
) -> None:
    for person in people[1:6]:
        listed(city, case, person)
    with django_assert_max_num_queries(250):
        investigation.diagnose_case(code=case.pk, status=CaseStatus.EXCLUDED, by=city.actor(CITY), at=at(6))
    assert not ContactDuty.objects.filter(duty__state="open").exists()
    assert set(Contact.objects.values_list("status", flat=True)) == {"withdrawn"}
    assert "excluded" in Duty.objects.filter(kind="contact.released").first().proof
    assert {state for person in people[1:6] for state in transfers(person)} == {"cancelled"}


def test_withdrawing_the_only_exposure_withdraws_the_contact(city: City, case: Case, people: list[str]) -> None:
    row = listed(city, case, people[1])
    done = contacts.withdraw_exposure(
        exposure=row.exposures.get().pk, why="another of the same name", by=city.actor(EAST), at=at(5)
    )
    assert (done.status, done.end_reason, owed(people[1])) == ("withdrawn", "another of the same name", [])
    assert listed(city, case, people[1], until_at=at(2.5), from_at=at(1)).status == "active"


def test_two_cases_do_not_double_what_one_person_owes(city: City, case: Case, people: list[str]) -> None:
    listed(city, case, people[1], Setting.WORKPLACE, minutes=5)
    assert owed(people[1]) == [("told", "")]
    other = investigation.open_case(
        person_id=people[7],
        place_code=COMMUNITY_A,
        tube_id="T9",
        sampled_at=at(1),
        detected_at=at(3),
        by=city.actor(EAST),
        at=at(3),
    )
    second = listed(city, other, people[1])
    mine = owed(people[1])
    assert ("told", "") not in mine
    assert len(mine) == len(set(mine)) == 13
    ending.release_contact(contact=second.pk, reason="wrong person", by=city.actor(EAST), at=at(5))
    assert owed(people[1]) == [("told", "")], "the other contact still stands"


def test_tests_and_checks_go_with_the_person_to_the_site_and_home_again(city: City, case: Case, people: list[str]) -> None:
    site = LAB_1  # any unit that keeps people
    row = listed(city, case, people[1])
    keeping.place_contact(contact=row.pk, kept_by=site, by=city.actor(EAST), at=at(6))
    cared = Duty.objects.filter(kind__in=measures.CARED, state="open")
    assert set(cared.values_list("owner_id", flat=True)) == {site}
    keeping.left_by_fact(people=[people[1]], ref="home", by=city.actor(EAST), at=at(30))
    assert set(cared.values_list("owner_id", flat=True)) == {COMMUNITY_A}
    measures.derive([people[1]], because="again", by=city.actor(EAST), at=at(31))
    assert transfers(people[1]) == ["open"], "asked for once"


def test_a_check_is_of_a_day_that_has_begun_and_closes_that_day_alone(city: City, case: Case, people: list[str]) -> None:
    row = listed(city, case, people[1])
    worker = city.actor(COMMUNITY_A)
    keeping.check_contact(contact=row.pk, day=DAY0 + timedelta(days=1), temperature=36.6, symptoms="", by=worker, at=at(25))
    assert [day for kind, day in owed(people[1]) if kind == "checked"] == days(2, 3, 4, 5, 6, 7)
    with pytest.raises(InputFault, match="not begun"):
        keeping.check_contact(contact=row.pk, day=DAY0 + timedelta(days=3), temperature=36.6, symptoms="", by=worker, at=at(25))
    with pytest.raises(InputFault, match="temperature"):
        keeping.check_contact(contact=row.pk, day=DAY0 + timedelta(days=1), temperature=98, symptoms="", by=worker, at=at(25))
    entry = Entry.objects.get(tag="case:contact:checked")
    assert "36.6" not in entry.data
    assert "36.6" in PersonalPayload.objects.get(entry=entry).body


def test_released_after_the_days_and_told_so(city: City, case: Case, people: list[str]) -> None:
    row = listed(city, case, people[1])
    done = ending.release_contact(contact=row.pk, reason="seven days, five negatives", by=city.actor(COMMUNITY_A), at=at(200))
    assert (done.status, owed(people[1])) == ("released", [])
    assert Duty.objects.get(kind="contact.released").state == "fulfilled"


def test_many_are_listed_as_a_set(city: City, case: Case, django_assert_max_num_queries) -> None:
    crowd = town.settle(COMMUNITY_C, 60)
    seen = [
        ContactSeen(person_id=person, setting=Setting.VENUE, from_at=at(0), until_at=at(2), place="market") for person in crowd
    ]
    with django_assert_max_num_queries(130):
        found = contacts.list_contacts(case=case.pk, seen=seen, by=city.actor(EAST), at=at(4))
    assert len(found) == 60
    assert {one.contact.place_code[:12] for one in found} == {COMMUNITY_C}
    assert ContactDuty.objects.count() == 60 * 13


def test_who_may(city: City, case: Case, people: list[str]) -> None:
    row = listed(city, case, people[1])
    with pytest.raises(NotFound):
        contacts.list_contact(
            case=case.pk, person_id="X", setting=Setting.VENUE, from_at=at(0), until_at=at(1), by=city.actor(WEST), at=at(4)
        )
    with pytest.raises(NotPermitted):
        grades.grade_contact(contact=row.pk, grade=Grade.CLOSE, reason="x", by=city.actor(COURIER), at=at(5))
    with pytest.raises(NotFound):
        grades.grade_contact(contact=row.pk, grade=Grade.CLOSE, reason="x", by=city.actor(WEST), at=at(5))
    with pytest.raises(InputFault, match="case itself"):
        listed(city, case, people[0])

"""Two ids of one person: found by what they have in common, merged with an undo; another name is not another person."""

from __future__ import annotations

from datetime import date

import pytest

from bulou.duties.models import Duty
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, linking, merging, queries
from bulou.investigation.choices import Setting
from bulou.investigation.models import Case, CaseLink, Contact, ContactDuty, Exposure
from bulou.kernel import clock
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from bulou.people.models import Resident
from tests.city import CITY, COMMUNITY_A, COMMUNITY_D, COURIER, EAST, WEST, City, at

pytestmark = pytest.mark.django_db


def resident(person: str, *, number: str = "", name: str = "王一", phone: str = "", birth: date | None = None) -> str:
    Resident.objects.create(
        person_id=person, name=name, identity_kind="resident_id" if number else "none", identity_number=number, phone=phone,
        birth_on=birth, place_code=COMMUNITY_A,
    )  # fmt: skip
    return person


def opened(city: City, person: str, *, hours: float = 3, place: str = COMMUNITY_A) -> Case:
    return investigation.open_case(
        person_id=person, place_code=place, tube_id=f"T{person}", sampled_at=at(hours - 2), detected_at=at(hours),
        by=city.actor(place[:6]), at=at(hours),
    )  # fmt: skip


def listed(city: City, case: Case, person: str, *, hours: float = 1, setting: Setting = Setting.HOUSEHOLD) -> Contact:
    return contacts.list_contact(
        case=case.pk,
        person_id=person,
        setting=setting,
        from_at=at(hours - 1),
        until_at=at(hours),
        by=city.actor(EAST),
        at=at(4),
    )


def everything() -> dict[str, object]:
    """All rows that a merge may move, without what it adds."""
    return {
        "cases": sorted(Case.objects.values_list("code", "person_id", "merged_into", "status")),
        "contacts": sorted(Contact.objects.values_list("code", "person_id", "case", "status", "grade", "became")),
        "exposures": sorted(Exposure.objects.values_list("id", "contact", "case")),
        "links": sorted(CaseLink.objects.values_list("id", "infector", "case", "withdrawn_at")),
        "owed": sorted(
            Duty.objects.filter(state="open").exclude(line="D1").values_list("kind", "about", "owner", "due_at")
        ),
    }  # fmt: skip


def test_twins_are_found_by_number_or_by_name_birth_and_phone(city: City) -> None:
    resident("A", number="52010119800101001X")
    resident("B", number="52010119800101001X", name="王壹")
    resident("C", name="李二", phone="139", birth=date(1980, 1, 1))
    resident("D", name="李二", phone="139", birth=date(1980, 1, 1))
    resident("E", name="李二", phone="138", birth=date(1980, 1, 1))
    for person in ("A", "C", "E"):
        opened(city, person)
    found = merging.duplicates(city.actor(EAST))
    assert [(one.first, one.second, one.why) for one in found] == [
        ("A", "B", "identity_number"), ("C", "D", "name_birth_phone"),
    ]  # fmt: skip
    assert merging.duplicates(city.actor(WEST)) == []


def test_another_name_or_number_of_the_same_id_is_the_same_person(city: City) -> None:
    resident("A", number="52010119800101001X")
    case = opened(city, "A")
    Resident.objects.filter(pk="A").update(name="王一一", identity_number="520101198001010028", identity_kind="passport")
    assert opened(city, "A", hours=5).pk == case.pk
    assert merging.duplicates(city.actor(EAST)) == []


def test_two_open_cases_of_one_person_become_the_earlier_and_come_apart_again(city: City) -> None:
    first, second, third = opened(city, "A"), opened(city, "B", hours=5), opened(city, "X")
    listed(city, first, "P1")
    listed(city, second, "P1", hours=2)
    listed(city, second, "P2")
    listed(city, third, "B")
    for one, other in ((third, second), (third, first), (second, opened(city, "Y"))):
        linking.link_cases(infector=one.pk, case=other.pk, by=city.actor(EAST), at=at(6))
    before = everything()
    made = merging.merge_people(kept="A", dropped="B", reason="one passport, two lists", by=city.actor(EAST), at=at(7))
    second.refresh_from_db()
    assert second.merged_into_id == first.pk
    assert queries.figures(city.actor(CITY), clock.day_of(at(0))).preliminary == 3, "one person is counted once"
    assert {one.person_id for one in Contact.objects.filter(case=first, status="active")} == {"P1", "P2"}
    assert Contact.objects.get(case=first, person_id="P1").exposures.count() == 2
    assert not Duty.objects.filter(about=f"case:{second.pk}", state="open").exists()
    assert Duty.objects.filter(about=f"case:{first.pk}", state="open").count() == 3
    assert set(CaseLink.objects.filter(withdrawn_at=None).values_list("infector", flat=True)) == {third.pk, first.pk}
    assert ContactDuty.objects.filter(person_id="P1", duty__state="open", duty__kind="contact.tested").count() == 5
    merging.undo_merge(merge=made.pk, why="they are brothers", by=city.actor(EAST), at=at(8))
    assert everything() == before
    assert merging.duplicates(city.actor(EAST)) == [], "who was taken apart is not proposed again"
    assert Entry.objects.filter(tag__startswith="case:people:").count() == 2


def test_what_comes_later_under_the_dropped_id_is_the_kept_persons(city: City) -> None:
    resident("A")
    resident("B")
    merging.merge_people(kept="A", dropped="B", reason="one passport", by=city.actor(EAST), at=at(2))
    assert opened(city, "B").person_id == "A"
    other = opened(city, "X")
    row = listed(city, other, "B")
    assert (row.person_id, row.status) == ("A", "became_case")


def test_contacts_of_both_ids_owe_once(city: City) -> None:
    case, other = opened(city, "X"), opened(city, "Y")
    listed(city, case, "A", setting=Setting.VENUE)
    listed(city, case, "B", hours=2)
    listed(city, other, "B", hours=2)
    before = everything()
    made = merging.merge_people(kept="A", dropped="B", reason="one passport", by=city.actor(EAST), at=at(5))
    assert not ContactDuty.objects.filter(person_id="B", duty__state="open").exists()
    mine = Duty.objects.filter(contact_duty__person_id="A", state="open")
    assert mine.filter(kind="contact.tested").count() == 5
    merging.undo_merge(merge=made.pk, why="they are brothers", by=city.actor(EAST), at=at(6))
    after = everything()
    assert {key: after[key] for key in ("cases", "contacts", "exposures", "links")} == {
        key: before[key] for key in ("cases", "contacts", "exposures", "links")
    }
    assert [one[:2] for one in after["owed"]] == [one[:2] for one in before["owed"]]


def test_what_is_refused(city: City) -> None:
    for person in ("A", "B", "C"):
        resident(person)
    far = Resident.objects.create(person_id="F", identity_kind="none", place_code=COMMUNITY_D)
    say = {"reason": "one passport", "at": at(2)}
    with pytest.raises(NotPermitted):
        merging.merge_people(kept="A", dropped="B", by=city.actor(COURIER), **say)
    with pytest.raises(NotFound):
        merging.merge_people(kept="A", dropped=far.pk, by=city.actor(EAST), **say)
    with pytest.raises(NotFound):
        merging.merge_people(kept="A", dropped="nobody", by=city.actor(EAST), **say)
    with pytest.raises(InputFault):
        merging.merge_people(kept="A", dropped="A", by=city.actor(EAST), **say)
    made = merging.merge_people(kept="A", dropped="B", by=city.actor(EAST), **say)
    with pytest.raises(Refused):
        merging.merge_people(kept="C", dropped="B", by=city.actor(EAST), **say)
    with pytest.raises(Refused):
        merging.merge_people(kept="B", dropped="C", by=city.actor(EAST), **say)
    with pytest.raises(InputFault):
        merging.undo_merge(merge=made.pk, why=" ", by=city.actor(EAST), at=at(3))

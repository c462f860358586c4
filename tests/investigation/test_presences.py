"""Presences in the city: searched for one case under a signed warrant, logged, listed by an act, gone when their day expires."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from bulou.access.models import ReadLog
from bulou.duties.models import Duty, Notice
from bulou.duties.sweep import sweep
from bulou.exchange import importing
from bulou.exchange.importing import import_file
from bulou.investigation import actions as investigation
from bulou.investigation import presence_store, searching, warrants
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case, Contact, PresenceDay, Search, SearchHit, Warrant
from bulou.kernel.errors import InputFault, NotFound, NotPermitted, Refused
from bulou.ledger.models import Entry
from tests.city import CITY, COMMUNITY_A, COURIER, EAST, STREET_1, WEST, City, at

BASIS = "infectious-diseases-law-39"
# CASE sits in the market from 08:00 to 10:00; A for an hour, B for ten minutes, C later with A elsewhere, D the day before.
ROWS = """
person_id,place_id,arrived_at,left_at
CASE,market,2022-09-20T08:00,2022-09-20T10:00
A,market,2022-09-20T08:30,2022-09-20T09:30
B,market,2022-09-20T08:30,2022-09-20T08:40
A,bus,2022-09-20T10:00,2022-09-20T11:00
C,bus,2022-09-20T10:10,2022-09-20T10:50
CASE,school,2022-09-12T08:00,2022-09-12T12:00
D,school,2022-09-12T08:00,2022-09-12T12:00
"""


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    settings.BULOU_HOME = tmp_path
    return tmp_path / "presences"


@pytest.fixture
def stored(city: City, home: Path, tmp_path: Path) -> Path:
    path = tmp_path / "presences.csv"
    path.write_text(ROWS.strip() + "\n")
    counts = import_file(kind="presences", path=path, by=city.actor(CITY), at=at(4))
    assert (counts.created, counts.rejected) == (7, 0)
    return path


@pytest.fixture
def case(city: City) -> Case:
    return investigation.open_case(
        person_id="CASE", place_code=COMMUNITY_A, tube_id="", sampled_at=at(2), detected_at=at(4), by=city.actor(EAST), at=at(4)
    )


def asked(city: City, case: Case, **said: object) -> Warrant:
    given = {"from_at": at(-48), "until_at": at(4), "ends_at": at(12), "purpose": "who sat near the case", **said}
    return warrants.ask_warrant(case=case.pk, by=city.actor(EAST), at=at(4), **given)


def signed(city: City, case: Case, **said: object) -> Warrant:
    row = asked(city, case, **said)
    return warrants.sign_warrant(warrant=row.pk, legal_basis=BASIS, by=city.actor(CITY), at=at(4.5))


def found(search: Search) -> list[tuple[str, int, str, float]]:
    return [(hit.person_id, hit.ring, hit.place, hit.minutes) for hit in search.hits.order_by("ring", "person_id")]


def test_a_search_finds_who_was_there_and_leaves_its_traces(city: City, case: Case, stored: Path) -> None:
    row = signed(city, case)
    made = searching.search_presences(warrant=row.pk, rings=2, by=city.actor(EAST), at=at(5))
    assert found(made) == [("A", 1, "market", 60), ("C", 2, "bus", 40)]
    assert (made.days, made.found) == (["2022-09-20"], [1, 1])
    assert not Contact.objects.exists(), "a search lists nobody"
    entry = Entry.objects.get(tag="case:presences:searched")
    assert (entry.subject, "CASE" in entry.data) == (f"warrant:{row.pk}", False)
    assert set(ReadLog.objects.values_list("subject", flat=True)) == {"person:CASE", "person:A", "person:C"}
    assert found(searching.search_presences(warrant=row.pk, min_minutes=5, by=city.actor(EAST), at=at(5))) == [
        ("A", 1, "market", 60), ("B", 1, "market", 10),
    ]  # fmt: skip


def test_only_the_window_is_searched_and_only_while_the_case_was_infectious(city: City, case: Case, stored: Path) -> None:
    half = signed(city, case, until_at=at(0.75))
    assert found(searching.search_presences(warrant=half.pk, by=city.actor(EAST), at=at(5))) == [("A", 1, "market", 15)]
    wide = signed(city, case, from_at=at(-24 * 9))
    assert [one[0] for one in found(searching.search_presences(warrant=wide.pk, by=city.actor(EAST), at=at(5)))] == ["A"]


def test_people_found_become_contacts_by_an_act_and_through_each_other(city: City, case: Case, stored: Path) -> None:
    made = searching.search_presences(warrant=signed(city, case).pk, rings=2, by=city.actor(EAST), at=at(5))
    with pytest.raises(InputFault, match="is not listed"):
        searching.list_found(search=made.pk, people=["C"], by=city.actor(EAST), at=at(5))
    with pytest.raises(InputFault, match="did not find"):
        searching.list_found(search=made.pk, people=["B"], by=city.actor(EAST), at=at(5))
    listed = searching.list_found(search=made.pk, people=["A", "C"], by=city.actor(EAST), at=at(5))
    assert [(one.contact.person_id, one.contact.grade) for one in listed] == [("A", "close"), ("C", "secondary")]
    assert SearchHit.objects.filter(contact__isnull=False).count() == 2
    assert listed[1].contact.through == listed[0].contact


def test_nobody_signs_the_own_request_by_any_door(city: City, case: Case, stored: Path) -> None:
    row = asked(city, case)
    with pytest.raises(NotPermitted, match="own request"):
        warrants.sign_warrant(warrant=row.pk, legal_basis=BASIS, by=city.actor(EAST), at=at(4.5))
    with pytest.raises(NotFound):
        warrants.sign_warrant(warrant=row.pk, legal_basis=BASIS, by=city.actor(WEST), at=at(4.5))
    with pytest.raises(NotPermitted):
        warrants.sign_warrant(warrant=row.pk, legal_basis=BASIS, by=city.actor(STREET_1), at=at(4.5))
    with pytest.raises(InputFault, match="legal basis"):
        warrants.sign_warrant(warrant=row.pk, legal_basis="because", by=city.actor(CITY), at=at(4.5))
    with pytest.raises(Refused, match="not signed"):
        searching.search_presences(warrant=row.pk, by=city.actor(EAST), at=at(5))
    with pytest.raises(IntegrityError), transaction.atomic():
        Warrant.objects.filter(pk=row.pk).update(
            state="signed", signed_at=at(5), signed_by="x", signed_post=row.asked_post, legal_basis=BASIS
        )
    with pytest.raises(NotPermitted):
        warrants.ask_warrant(
            case=case.pk, purpose="x", from_at=at(0), until_at=at(1), ends_at=at(9), by=city.actor(COURIER), at=at(4)
        )


def test_a_warrant_ends_by_itself_and_is_no_longer_than_the_pack_says(city: City, case: Case, stored: Path) -> None:
    row = signed(city, case)
    with pytest.raises(Refused, match="ended"):
        searching.search_presences(warrant=row.pk, by=city.actor(EAST), at=at(12))
    with pytest.raises(InputFault, match="within"):
        asked(city, case, ends_at=at(4 + 49))
    with pytest.raises(InputFault, match="window"):
        asked(city, case, until_at=at(5))
    with pytest.raises(InputFault, match="purpose"):
        asked(city, case, purpose=" ")
    other = signed(city, case)
    warrants.end_warrant(warrant=other.pk, reason="found by telephone", by=city.actor(EAST), at=at(5))
    with pytest.raises(Refused):
        searching.search_presences(warrant=other.pk, by=city.actor(EAST), at=at(5))
    third = signed(city, case)
    investigation.diagnose_case(code=case.pk, status=CaseStatus.EXCLUDED, by=city.actor(CITY), at=at(5))
    with pytest.raises(Refused, match="excluded"):
        searching.search_presences(warrant=third.pk, by=city.actor(EAST), at=at(6))


def test_the_superior_owes_an_answer_and_silence_climbs(city: City, case: Case) -> None:
    row = asked(city, case)
    duty = Duty.objects.get(kind="warrant.answered")
    assert (duty.owner_id, duty.due_at) == (CITY, at(4.5))
    sweep(at=at(5.25))
    assert Notice.objects.filter(duty=duty, state="sent").exists()
    warrants.refuse_warrant(warrant=row.pk, reason="the household is enough", by=city.actor(CITY), at=at(5.5))
    duty.refresh_from_db()
    assert (duty.state, Warrant.objects.get().reason) == ("fulfilled", "the household is enough")
    with pytest.raises(Refused):
        warrants.sign_warrant(warrant=row.pk, legal_basis=BASIS, by=city.actor(CITY), at=at(6))


def test_a_day_expires_with_its_file_and_its_hits_and_the_ledger_proves_it(
    city: City, case: Case, stored: Path, home: Path
) -> None:
    made = searching.search_presences(warrant=signed(city, case).pk, rings=2, by=city.actor(EAST), at=at(5))
    searching.list_found(search=made.pk, people=["A"], by=city.actor(EAST), at=at(5))
    assert presence_store.expire_presences(at=at(24 * 13)) == 0
    assert presence_store.expire_presences(at=at(24 * 14)) == 1, "the 12th is 22 days old"
    assert [path.name for path in (home / CITY).iterdir()] == ["2022-09-20"]
    assert SearchHit.objects.count() == 2
    assert presence_store.expire_presences(at=at(24 * 22)) == 1
    assert not home.exists() or not any(home.rglob("*.parquet"))
    assert not SearchHit.objects.exists()
    assert Contact.objects.get().person_id == "A", "what was listed stands by its own rules"
    proof = Entry.objects.filter(tag="case:presences:expired").order_by("id")
    assert [('"gone":true' in one.data, '"rows":' in one.data) for one in proof] == [(True, True)] * 2
    assert set(PresenceDay.objects.values_list("expired_at", flat=True)) == {at(24 * 14), at(24 * 22)}


def test_a_file_may_come_twice_and_bad_rows_are_refused(city: City, stored: Path, home: Path, tmp_path: Path) -> None:
    again = import_file(kind="presences", path=stored, by=city.actor(CITY), at=at(5))
    assert (again.created, again.unchanged) == (0, 7)
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "person_id,place_id,arrived_at,left_at\n"
        ",market,2022-09-20T08:00,2022-09-20T09:00\n"
        "X,market,2022-09-20T08:00,2022-09-20T08:00\n"
        "X,market,yesterday,2022-09-20T08:00\n"
        "X,market,2022-09-20,2022-12-20\n"
        "X,market,2022-09-20T08:00+08:00,2022-09-20T09:00\n"
    )
    counts = import_file(kind="presences", path=bad, by=city.actor(CITY), at=at(5))
    assert (counts.created, counts.rejected) == (1, 4)
    old = tmp_path / "old.csv"
    old.write_text("person_id,place_id,arrived_at,left_at\nX,market,2022-07-20T08:00,2022-07-20T09:00\n")
    with pytest.raises(InputFault, match="older than"):
        import_file(kind="presences", path=old, by=city.actor(CITY), at=at(5))
    with pytest.raises(NotPermitted):
        import_file(kind="presences", path=stored, by=city.actor(STREET_1), at=at(5))


def test_what_was_not_committed_leaves_nothing_behind(city: City, stored: Path, home: Path, tmp_path: Path) -> None:
    before = sorted(home.rglob("*.parquet"))
    more = tmp_path / "more.csv"
    more.write_text("person_id,place_id,arrived_at,left_at\nY,market,2022-09-19T08:00,2022-09-19T09:00\n")
    counts = import_file(kind="presences", path=more, by=city.actor(CITY), at=at(5), dry_run=True)
    assert counts.created == 1
    assert sorted(home.rglob("*.parquet")) == before
    (home / CITY / "2022-09-20" / "leftover.parquet").write_bytes(b"x")
    assert presence_store.tidy() == 1


def test_a_missing_file_is_said_and_not_searched_around(city: City, case: Case, stored: Path, home: Path) -> None:
    row = signed(city, case)
    next((home / CITY / "2022-09-20").iterdir()).unlink()
    with pytest.raises(InputFault, match="damaged"):
        searching.search_presences(warrant=row.pk, by=city.actor(EAST), at=at(5))
    assert not Search.objects.exists()


def test_there_is_no_export(city: City) -> None:
    from bulou.exchange import exporting

    assert "presences" not in exporting.KINDS
    assert "presences" in importing.KINDS

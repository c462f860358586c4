"""Registering tubes: the natural key, faults of single items, jurisdiction, sets, and what a tube never does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bulou.duties.models import Duty
from bulou.kernel.errors import Conflict, InputFault, NotFound, NotPermitted
from bulou.ledger.models import Entry
from bulou.rounds import actions as rounds
from bulou.specimens import actions as specimens
from bulou.specimens.actions import Registered, TubeScan
from bulou.specimens.models import Tube, TubeMember
from tests.chain import Chain, owed
from tests.city import CITY, EAST, LAB_1, SITE_A, SITE_C, SITE_D, WEST, at


def scan(tube_id: str = "T1", *, people: tuple[str, ...] = ("P1", "P2"), site: str = SITE_A, minutes: int = 30) -> TubeScan:
    return TubeScan(tube_id=tube_id, site_id=site, collected_at=at(minutes=minutes), people=people)


def register(chain: Chain, one: TubeScan, *, unit: str = SITE_A) -> Registered:
    return specimens.register_tube(
        tube_id=one.tube_id,
        site_id=one.site_id,
        collected_at=one.collected_at,
        people=one.people,
        by=chain.city.actor(unit),
        at=at(1),
    )


def test_a_tube_is_kept_with_its_people_and_one_entry_of_the_record(chain: Chain) -> None:
    made = register(chain, scan())
    assert made.created
    assert made.receipt.as_json() == {
        "tube_id": "T1",
        "site_id": SITE_A,
        "round": "R1",
        "people": 2,
        "collected_at": at(minutes=30).isoformat(),
        "registered_at": at(1).isoformat(),
    }
    assert sorted(TubeMember.objects.values_list("tube", "person_id")) == [("T1", "P1"), ("T1", "P2")]
    assert Entry.objects.filter(tag="specimen:tube:registered", subject="tube:T1", unit=SITE_A).count() == 1


def test_the_same_tube_again_gives_the_first_receipt_and_writes_nothing(chain: Chain) -> None:
    first = register(chain, scan())
    entries = Entry.objects.count()
    again = specimens.register_tube(
        tube_id="T1",
        site_id=SITE_A,
        collected_at=at(minutes=30),
        people=["P2", "P1"],
        by=chain.city.actor(SITE_A),
        at=at(3),
    )
    assert not again.created
    assert again.receipt == first.receipt
    assert Entry.objects.count() == entries


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (scan(people=("P1", "P3")), "people (1 of 2 are not in it, 1 are missing)"),
        (scan(minutes=31), "collected_at"),
        (scan(site=SITE_C), "site_id"),
    ],
)
def test_other_content_under_the_same_number_is_a_conflict_that_names_the_difference(
    chain: Chain, other: TubeScan, named: str
) -> None:
    register(chain, scan())
    with pytest.raises(Conflict, match=named.replace("(", r"\(").replace(")", r"\)")) as caught:
        register(chain, other, unit=EAST)
    assert "P2" not in str(caught.value), "nobody learns who else is in the tube"


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ((), "at least one person"),
        (("P1", "P1"), "twice"),
        (tuple(f"P{n}" for n in range(11)), "at most 10"),
        (("P 1 ",), "identifier"),
    ],
)
def test_a_tube_holds_one_to_the_pools_size_of_people_each_once(chain: Chain, people: tuple[str, ...], said: str) -> None:
    with pytest.raises(InputFault, match=said):
        register(chain, scan(people=people))
    assert not Tube.objects.exists()


def test_a_known_and_an_unknown_person_get_the_same_answer(chain: Chain) -> None:
    known = register(chain, scan("T1", people=(chain.people[0],))).receipt.as_json()
    unknown = register(chain, scan("T2", people=("nobody-knows",))).receipt.as_json()
    assert {**known, "tube_id": ""} == {**unknown, "tube_id": ""}


def test_a_site_outside_the_jurisdiction_answers_like_one_that_does_not_exist(chain: Chain) -> None:
    answers = []
    for site in (SITE_C, "990101001001:site009"):
        with pytest.raises(NotFound) as caught:
            register(chain, scan(site=site))
        answers.append(str(caught.value))
    assert answers[0] == answers[1]
    with pytest.raises(NotPermitted):
        register(chain, scan(), unit=LAB_1)
    assert register(chain, scan(), unit=CITY).created, "a superior may"
    with pytest.raises(NotFound):
        register(chain, scan("T2"), unit=WEST)


def test_a_site_that_is_not_open_takes_no_tubes(chain: Chain) -> None:
    rounds.plan_site(
        round_code="R1",
        unit=SITE_D,
        opens_at=at(1),
        closes_at=at(5),
        laboratory=LAB_1,
        by=chain.city.actor(CITY),
        at=at(0),
    )
    with pytest.raises(InputFault, match="not open") as caught:
        register(chain, scan(site=SITE_D), unit=CITY)
    assert caught.value.code == "site-closed"


def test_a_tube_collected_while_the_site_was_open_is_taken_after_it_closed(chain: Chain) -> None:
    rounds.close_site(site_id=chain.sites[SITE_A].pk, by=chain.city.actor(SITE_A), at=at(2))
    actor = chain.city.actor(SITE_A)
    late = specimens.register_tube(tube_id="T1", site_id=SITE_A, collected_at=at(1.9), people=["P1"], by=actor, at=at(9))
    assert late.created, "the device was eight hours without a network"
    with pytest.raises(InputFault, match="not open"):
        specimens.register_tube(tube_id="T2", site_id=SITE_A, collected_at=at(4), people=["P1"], by=actor, at=at(9))


def test_an_instant_in_the_future_is_refused_and_a_slightly_fast_clock_is_not(chain: Chain) -> None:
    with pytest.raises(InputFault, match="future"):
        register(chain, scan(minutes=90))
    assert register(chain, scan(minutes=65)).created


def test_one_items_fault_never_undoes_another(chain: Chain) -> None:
    register(chain, scan("T0"))
    answers = specimens.register_tubes(
        scans=[
            scan("T1"),
            scan("T0", people=("P9",)),
            scan("T2", people=("P1", "P1")),
            scan("T3", site=SITE_C),
            scan("T0"),
            scan("T4"),
            scan("T1"),
            scan("T1", people=("P7",)),
        ],
        by=chain.city.actor(SITE_A),
        at=at(1),
    )
    kinds = [("new" if one.created else "same") if isinstance(one, Registered) else type(one).__name__ for one in answers]
    assert kinds == ["new", "Conflict", "InputFault", "NotFound", "same", "new", "same", "Conflict"]
    assert set(Tube.objects.values_list("tube_id", flat=True)) == {"T0", "T1", "T4"}
    assert TubeMember.objects.count() == 6


def test_a_batch_larger_than_the_contract_is_refused_as_a_whole(chain: Chain) -> None:
    with pytest.raises(InputFault, match="501"):
        specimens.register_tubes(scans=[scan(f"T{n}") for n in range(501)], by=chain.city.actor(SITE_A), at=at(1))


def statements(chain: Chain, tubes: int, *, pool: int) -> int:
    scans = [
        scan(f"{tubes}-{pool}-{n}", people=tuple(f"Q{tubes}-{n}-{k}" for k in range(pool)), site=(SITE_A, SITE_C)[n % 2])
        for n in range(tubes)
    ]
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answers = specimens.register_tubes(scans=scans, by=chain.city.actor(EAST), at=at(1))
    assert all(isinstance(one, Registered) and one.created for one in answers)
    return len([one for one in seen.captured_queries if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def test_a_batch_costs_four_statements_however_many_tubes_it_holds(chain: Chain) -> None:
    """Sites, tubes, members, entries; on SQLite Django splits the entries by its limit of 999 parameters."""
    assert statements(chain, 2, pool=10) == 4
    assert statements(chain, 90, pool=10) == 4


def test_a_batch_of_single_tubes_asks_once_more_whether_somebody_is_to_be_sampled_again(chain: Chain) -> None:
    assert statements(chain, 90, pool=1) == 5


def test_a_tube_never_touches_a_duty(chain: Chain) -> None:
    chain.tubes(1, when=at(0.2))
    specimens.watch(at=at(0.3))
    before = list(Duty.objects.order_by("pk").values())
    chain.tubes(3, when=at(0.4), first=10)
    specimens.watch(at=at(0.5))
    assert list(Duty.objects.order_by("pk").values()) == before


def test_what_a_site_has_not_sealed_is_one_duty_with_its_oldest_tubes_clock(chain: Chain) -> None:
    chain.tube(["P1"], when=at(0.5))
    chain.tube(["P2"], when=at(0.6))
    chain.tube(["P3"], when=at(0.6), site=SITE_C)
    assert specimens.watch(at=at(0.7)).opened == 2
    assert specimens.watch(at=at(0.8)).opened == 0
    by_owner = {row.owner_id: row.due_at for row in owed("specimen.sealed")}
    assert by_owner == {SITE_A: at(1.5), SITE_C: at(1.6)}


def test_a_late_upload_of_an_older_tube_moves_the_clock_back(chain: Chain) -> None:
    chain.tube(["P1"], when=at(2))
    specimens.watch(at=at(2.1))
    chain.tube(["P2"], when=at(2.2), collected=at(0.5))
    specimens.watch(at=at(2.3))
    (row,) = owed("specimen.sealed")
    assert row.due_at == at(1.5)


def test_sealing_closes_what_was_owed_and_opens_what_is_left(chain: Chain) -> None:
    first = chain.tubes(2, when=at(0.5))
    chain.tubes(1, when=at(0.9), first=20)
    specimens.watch(at=at(1))
    box = chain.sealed(first, when=at(1.1))
    (done,) = owed("specimen.sealed", state="fulfilled")
    assert done.proof == f"specimen:box:sealed box:{box.pk}"
    (left,) = owed("specimen.sealed")
    assert left.due_at == at(0.9) + timedelta(hours=1)


def test_a_packed_box_that_is_not_sealed_is_still_owed(chain: Chain) -> None:
    tubes = chain.tubes(2, when=at(0.5))
    specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=tubes, by=chain.city.actor(SITE_A), at=at(0.6))
    specimens.watch(at=at(0.7))
    (row,) = owed("specimen.sealed")
    assert row.due_at == at(1.5)

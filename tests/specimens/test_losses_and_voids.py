"""What is lost is made good by new samples; a wrong scan is taken back, and the unit above looks at it."""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty
from bulou.kernel.errors import InputFault, NotFound, Refused
from bulou.ledger.models import Entry, PersonalPayload
from bulou.people.models import Resident
from bulou.specimens import actions as specimens
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Box, Tube, TubeMember, VoidedScan
from tests.chain import Chain, owed
from tests.city import COMMUNITY_A, COMMUNITY_C, COURIER, LAB_1, SITE_A, SITE_C, WEST, at


def lose(chain: Chain, tube: str, *, unit: str = LAB_1, hours: float = 3) -> list[Duty]:
    return specimens.report_lost_tube(tube_id=tube, reason="broken in the centrifuge", by=chain.city.actor(unit), at=at(hours))


def test_everybody_in_a_lost_tube_is_sampled_again_by_the_community_of_stay(chain: Chain) -> None:
    Resident.objects.filter(pk=chain.people[0]).update(place_code=f"{COMMUNITY_C}-0001")
    tube = chain.tube([*chain.people[:2], "not-registered"], when=at(1))
    other = chain.tube(chain.people[5:7], when=at(1))
    chain.received([tube, other], when=at(2))
    opened = lose(chain, tube)
    assert {(row.about, row.owner_id) for row in opened} == {
        (f"person:{chain.people[0]}", COMMUNITY_C),
        (f"person:{chain.people[1]}", COMMUNITY_A),
        ("person:not-registered", COMMUNITY_A),
    }
    (testing,) = owed("specimen.tested")
    assert {row.parent_id for row in opened} == {testing.pk}, "the box's test goes on for the other tube"
    assert lose(chain, tube) == []


def test_when_the_last_tube_of_a_box_is_lost_its_duty_fails_with_the_new_samples_as_successors(chain: Chain) -> None:
    first, second = chain.tubes(2, when=at(1), pool=2)
    chain.received([first, second], when=at(2))
    lose(chain, first)
    lose(chain, second)
    (row,) = owed("specimen.tested", state="failed")
    assert row.proof.startswith("broken in the centrifuge → ")
    assert len(owed("specimen.resampled")) == 4


def test_a_box_with_lost_and_reported_tubes_is_tested(chain: Chain) -> None:
    first, second = chain.tubes(2, when=at(1), pool=2)
    chain.received([first, second], when=at(2))
    chain.report(first, Outcome.NEGATIVE, when=at(3))
    lose(chain, second)
    assert len(owed("specimen.tested", state="fulfilled")) == 1


def test_a_lost_box_fails_its_delivery_and_everybody_in_it_is_sampled_again(chain: Chain) -> None:
    box = chain.sealed(chain.tubes(2, when=at(1), pool=3), when=at(1.1))
    chain.hand(box, COURIER, when=at(1.2))
    chain.offer(box, LAB_1, when=at(1.3))
    opened = specimens.report_lost_box(box_id=box.pk, reason="van stolen", by=chain.city.actor(COURIER), at=at(2))
    assert len(opened) == 6
    (row,) = owed("specimen.delivered", state="failed")
    assert row.proof.startswith("van stolen → ")
    assert {one.parent_id for one in owed("specimen.resampled")} == {row.pk}
    assert set(Tube.objects.values_list("state", flat=True)) == {"lost"}
    assert Entry.objects.filter(tag="specimen:tube:lost").count() == 2
    assert set(box.transfers.values_list("state", flat=True)) == {"accepted", "withdrawn"}


def test_a_new_sample_alone_in_a_tube_answers_the_duty_and_a_pool_does_not(chain: Chain) -> None:
    person = chain.people[0]
    tube = chain.tube([person], when=at(1))
    lose(chain, tube, unit=SITE_A, hours=2)
    chain.tube([person, chain.people[1]], when=at(2.2))
    assert len(owed("specimen.resampled")) == 1
    again = chain.tube([person], when=at(2.5))
    (row,) = owed("specimen.resampled", state="fulfilled")
    assert row.proof == f"specimen:tube:registered tube:{again}"


def test_a_reported_tube_is_not_lost_and_a_stranger_loses_nothing(chain: Chain) -> None:
    tube = chain.tube(chain.people[:2], when=at(1))
    chain.received([tube], when=at(2))
    with pytest.raises(NotFound):
        specimens.report_lost_tube(tube_id=tube, reason="x", by=chain.city.actor(WEST), at=at(3))
    with pytest.raises(InputFault):
        specimens.report_lost_tube(tube_id=tube, reason=" ", by=chain.city.actor(LAB_1), at=at(3))
    chain.report(tube, Outcome.NEGATIVE, when=at(3))
    with pytest.raises(Refused, match="reported"):
        lose(chain, tube)


def void(chain: Chain, thing: str, *, unit: str = SITE_A, hours: float = 1.5) -> VoidedScan:
    return specimens.void_scan(thing=thing, reason="scanned the wrong person", by=chain.city.actor(unit), at=at(hours))


def test_a_voided_tube_counts_nobody_and_can_be_scanned_again(chain: Chain) -> None:
    chain.tube(["P1", "P2"], when=at(1), tube_id="T1")
    made = void(chain, "tube:T1")
    assert not TubeMember.objects.exists()
    (review,) = owed("scan.reviewed")
    assert (review.owner_id, review.about) == (COMMUNITY_A, f"void:{made.pk}")
    entry = Entry.objects.get(tag="specimen:tube:voided")
    assert "P1" not in entry.data
    assert PersonalPayload.objects.get(entry=entry).body == '{"people":["P1","P2"]}'
    chain.tube(["P1", "P3"], when=at(1.6), tube_id="T1")
    assert sorted(TubeMember.objects.values_list("person_id", flat=True)) == ["P1", "P3"]
    assert Tube.objects.get(pk="T1").state == "collected"


def test_the_unit_above_reviews_a_voided_scan_and_never_the_one_that_scanned(chain: Chain) -> None:
    chain.tube(["P1"], when=at(1), tube_id="T1")
    made = void(chain, "tube:T1")
    with pytest.raises(Refused, match="unit above"):
        specimens.review_voided_scan(void_id=made.pk, by=chain.city.actor(SITE_A), at=at(2))
    with pytest.raises(NotFound):
        specimens.review_voided_scan(void_id=made.pk, by=chain.city.actor(WEST), at=at(2))
    seen = specimens.review_voided_scan(void_id=made.pk, by=chain.city.actor(COMMUNITY_A), at=at(2), note="seen on paper")
    assert seen.reviewed_at == at(2)
    (row,) = owed("scan.reviewed", state="fulfilled")
    assert row.proof.endswith("reviewed: seen on paper")


def test_voiding_a_tube_in_a_box_that_is_being_packed_takes_it_out(chain: Chain) -> None:
    tubes = chain.tubes(2, when=at(1))
    specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=tubes, by=chain.city.actor(SITE_A), at=at(1.1))
    void(chain, f"tube:{tubes[0]}")
    box = Box.objects.get(pk="B1")
    assert (box.tube_count, list(box.tubes.values_list("pk", flat=True))) == (1, [tubes[1]])


def test_voiding_a_tube_in_a_sealed_box_owes_its_people_a_new_sample(chain: Chain) -> None:
    tube, kept = chain.tubes(2, when=at(1), pool=2)
    box = chain.received([tube, kept], when=at(2))
    void(chain, f"tube:{tube}", hours=2.5)
    assert len(owed("specimen.resampled")) == 2
    box.refresh_from_db()
    assert box.tube_count == 2, "the tube is still in the box"
    chain.report(kept, Outcome.NEGATIVE, when=at(3))
    assert len(owed("specimen.tested", state="fulfilled")) == 1


def test_a_voided_box_sets_its_tubes_free(chain: Chain) -> None:
    tubes = chain.tubes(2, when=at(1))
    specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=tubes, by=chain.city.actor(SITE_A), at=at(1.1))
    void(chain, "box:B1")
    assert set(Tube.objects.values_list("state", "box")) == {("collected", None)}
    box = chain.sealed(tubes, when=at(1.6), box_id="B2")
    with pytest.raises(Refused, match="sealed"):
        void(chain, f"box:{box.pk}")


def test_a_voided_acceptance_gives_box_and_duty_back(chain: Chain) -> None:
    box = chain.sealed(chain.tubes(2, when=at(1)), when=at(1.1))
    scan = chain.hand(box, COURIER, when=at(1.2))
    void(chain, f"transfer:{scan.pk}", unit=COURIER, hours=1.3)
    box.refresh_from_db()
    (row,) = owed("specimen.delivered")
    assert (box.holder_id, box.state, row.owner_id) == (SITE_A, "sealed", SITE_A)
    chain.hand(box, COURIER, when=at(1.4))
    assert owed("specimen.delivered")[0].owner_id == COURIER


def test_a_voided_receipt_opens_delivery_again_with_its_old_clock(chain: Chain) -> None:
    box = chain.received(chain.tubes(2, when=at(1)), when=at(2))
    receipt = box.transfers.order_by("-pk").first()
    assert receipt is not None
    void(chain, f"transfer:{receipt.pk}", unit=LAB_1, hours=2.2)
    box.refresh_from_db()
    (row,) = owed("specimen.delivered")
    assert (box.holder_id, box.state, row.owner_id, row.due_at) == (COURIER, "in_transit", COURIER, at(5))
    assert owed("specimen.tested", state="superseded")[0].proof == row.pk
    assert set(Tube.objects.values_list("state", flat=True)) == {"boxed"}


def test_only_the_last_hand_over_is_voided_and_not_after_results(chain: Chain) -> None:
    tubes = chain.tubes(1, when=at(1))
    box = chain.received(tubes, when=at(2))
    first, last = box.transfers.order_by("pk")
    with pytest.raises(Refused, match="another followed"):
        void(chain, f"transfer:{first.pk}", unit=COURIER)
    chain.report(tubes[0], Outcome.NEGATIVE, when=at(3))
    with pytest.raises(Refused, match="reported already"):
        void(chain, f"transfer:{last.pk}", unit=LAB_1)
    for thing in ("tube", "lamp:7", "transfer:x", "transfer:999"):
        with pytest.raises((InputFault, NotFound)):
            void(chain, thing)
    with pytest.raises(NotFound):
        void(chain, f"tube:{chain.tube(['P'], when=at(3), site=SITE_C)}")


@pytest.mark.parametrize("where", [COURIER, LAB_1])
def test_the_hand_over_of_a_box_of_which_nothing_is_left_is_not_voided(chain: Chain, where: str) -> None:
    tubes = chain.tubes(1, when=at(1))
    box = chain.sealed(tubes, when=at(1.1))
    scan = chain.hand(box, where, when=at(1.2))
    specimens.report_lost_tube(tube_id=tubes[0], reason="broken", by=chain.city.actor(where), at=at(1.3))
    with pytest.raises(Refused, match="nothing of the box"):
        void(chain, f"transfer:{scan.pk}", unit=where, hours=1.4)
    assert owed("specimen.delivered") == []
    assert {row.about for row in owed("specimen.resampled")} == {f"person:{person}" for person in chain.people[:10]}


def test_a_voided_new_sample_is_owed_again(chain: Chain) -> None:
    person = chain.people[0]
    lose(chain, chain.tube([person], when=at(1)), unit=SITE_A, hours=2)
    again = chain.tube([person], when=at(2.5))
    assert not owed("specimen.resampled")
    void(chain, f"tube:{again}", hours=2.6)
    assert [row.about for row in owed("specimen.resampled")] == [f"person:{person}"]


def test_a_tube_lost_after_its_recall_needs_no_new_result(chain: Chain) -> None:
    tubes = chain.tubes(2, when=at(1), pool=2)
    chain.received(tubes, when=at(2))
    for tube in tubes:
        chain.report(tube, Outcome.NEGATIVE, when=at(3), run="BAD")
    specimens.recall_run(run_id="BAD", reason="control failed", by=chain.city.actor(LAB_1), at=at(4))
    chain.report(tubes[0], Outcome.NEGATIVE, when=at(5), run="NEW")
    assert len(owed("result.recalled_retested")) == 1
    lose(chain, tubes[1], hours=5.5)
    assert not owed("result.recalled_retested")

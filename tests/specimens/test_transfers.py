"""A box passes from hand to hand: the owner of its delivery at every instant, and what each scan finds."""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty, Handover, Tenure
from bulou.duties.sweep import sweep
from bulou.kernel.errors import NotFound, NotPermitted, Refused
from bulou.ledger.actions import content
from bulou.ledger.models import Entry
from bulou.specimens import actions as specimens
from bulou.specimens.choices import Outcome, TubeState
from bulou.specimens.models import Box, Tube
from tests.chain import Chain, owed
from tests.city import CITY, COMMUNITY_A, COURIER, EAST, LAB_1, LAB_2, SITE_A, SITE_C, WEST, at


@pytest.fixture
def box(chain: Chain) -> Box:
    return chain.sealed(chain.tubes(3, when=at(1)), when=at(1.1), box_id="B1", seal="S1")


def delivery() -> Duty:
    return Duty.objects.get(kind="specimen.delivered", about="box:B1")


def found() -> list[dict[str, object]]:
    return [content(entry) for entry in Entry.objects.filter(tag="specimen:box:discrepant").order_by("id")]


def test_the_sender_owes_delivery_until_the_receiver_has_signed(chain: Chain, box: Box) -> None:
    offer = chain.offer(box, COURIER, when=at(1.2))
    assert delivery().owner_id == SITE_A
    box.refresh_from_db()
    assert (box.holder_id, box.state) == (SITE_A, "sealed")
    chain.accept(offer, when=at(1.3))
    assert delivery().owner_id == COURIER
    box.refresh_from_db()
    assert (box.holder_id, box.state) == (COURIER, "in_transit")
    held = list(Tenure.objects.filter(duty=delivery()).order_by("id").values_list("unit_id", "starts_at", "ends_at"))
    assert held == [(SITE_A, at(1.1), at(1.3)), (COURIER, at(1.3), None)], "no gap, no overlap"
    assert list(Handover.objects.values_list("state", flat=True)) == ["accepted"]


def test_the_laboratorys_acceptance_is_the_receipt(chain: Chain, box: Box) -> None:
    chain.hand(box, COURIER, when=at(1.2))
    chain.hand(box, LAB_1, when=at(2))
    row = delivery()
    assert (row.state, row.owner_id, row.closed_at) == ("fulfilled", LAB_1, at(2))
    assert row.proof.startswith("specimen:box:received 3 · entry:")
    (testing,) = owed("specimen.tested")
    assert (testing.owner_id, testing.due_at) == (LAB_1, at(8))
    assert set(Tube.objects.values_list("state", flat=True)) == {TubeState.RECEIVED}
    box.refresh_from_db()
    assert (box.state, box.received_at, box.received_count) == ("received", at(2), 3)
    assert not found()


@pytest.mark.parametrize(
    ("count", "seal", "kinds", "why"),
    [
        (2, "S1", ["short"], "2 tubes counted, 3 expected"),
        (4, "S1", ["over"], "4 tubes counted, 3 expected"),
        (3, "S9", ["seal"], "seal S9 read, S1 expected; 3 tubes counted, 3 expected"),
        (2, "S9", ["seal", "short"], "seal S9 read, S1 expected; 2 tubes counted, 3 expected"),
    ],
)
def test_the_receivers_scan_finds_what_differs_and_the_senders_superior_must_find_out(
    chain: Chain, box: Box, count: int, seal: str, kinds: list[str], why: str
) -> None:
    scan = chain.accept(chain.offer(box, COURIER, when=at(1.2)), when=at(1.3), count=count, seal=seal)
    assert scan.state == "accepted", "the box goes on, in the receiver's hand"
    assert scan.discrepancies == ";".join(kinds)
    (entry,) = found()
    assert (entry["kinds"], entry["expected"], entry["counted"]) == (kinds, 3, count)
    (row,) = owed("specimen.count_reconciled")
    assert (row.owner_id, row.why, row.due_at) == (COMMUNITY_A, why, at(1.8))
    assert delivery().owner_id == COURIER


def test_the_senders_own_scan_finds_it_first(chain: Chain, box: Box) -> None:
    chain.hand(box, COURIER, when=at(1.2))
    scan = chain.accept(chain.offer(box, LAB_1, when=at(2), count=2), when=at(2.1), count=2)
    assert scan.discrepancies == "short"
    (row,) = owed("specimen.count_reconciled")
    assert (row.owner_id, row.why) == (EAST, "2 tubes counted, 3 expected"), "it went missing in the courier's hand"
    assert row.opened_at == at(2)


def test_a_difference_found_once_is_not_found_again_at_the_next_hand(chain: Chain, box: Box) -> None:
    chain.accept(chain.offer(box, COURIER, when=at(1.2)), when=at(1.3), count=2, seal="S9")
    chain.hand(box, LAB_1, when=at(2))
    assert len(owed("specimen.count_reconciled")) == 1
    box.refresh_from_db()
    assert (box.tube_count, box.received_count) == (3, 2), "the record of the sealing stays"


def test_a_swapped_box_is_not_taken_and_both_numbers_are_named(chain: Chain, box: Box) -> None:
    other = chain.sealed(chain.tubes(3, when=at(1), site=SITE_C, first=60), when=at(1.1), site=SITE_C, box_id="B2")
    scan = chain.accept(chain.offer(box, COURIER, when=at(1.2)), when=at(1.3), box_id=other.pk)
    assert (scan.state, scan.discrepancies) == ("refused", "swapped")
    box.refresh_from_db()
    assert (box.holder_id, delivery().owner_id) == (SITE_A, SITE_A)
    (row,) = owed("specimen.count_reconciled")
    assert (row.owner_id, row.why) == (COMMUNITY_A, "box B2 came instead; 3 tubes counted, 3 expected")
    assert found()[0]["presented"] == "B2"


def test_a_box_that_does_not_arrive_with_the_others_is_found_when_the_arrival_is_closed(chain: Chain, box: Box) -> None:
    second = chain.sealed(chain.tubes(2, when=at(1), first=30), when=at(1.1), box_id="B2")
    for one in (box, second):
        chain.hand(one, COURIER, when=at(1.2))
    arrived, missing = (chain.offer(one, LAB_1, when=at(2), vehicle="V7") for one in (box, second))
    chain.accept(arrived, when=at(2))
    lost = specimens.close_arrival(from_unit=COURIER, vehicle="V7", by=chain.city.actor(LAB_1), at=at(2))
    assert [one.pk for one in lost] == [missing.pk]
    missing.refresh_from_db()
    assert (missing.state, missing.discrepancies) == ("refused", "lost")
    (row,) = owed("specimen.count_reconciled")
    assert (row.owner_id, row.why) == (EAST, "it did not arrive with the others; 0 tubes counted, 2 expected")
    (left,) = owed("specimen.delivered")
    assert (left.about, left.owner_id) == ("box:B2", COURIER), "who brought the others still owes this one"
    assert specimens.close_arrival(from_unit=COURIER, by=chain.city.actor(LAB_1), at=at(2)) == []


def test_a_late_courier_is_found_at_the_scan_and_reconciles_nothing(chain: Chain, box: Box) -> None:
    chain.hand(box, COURIER, when=at(1.2))
    scan = chain.hand(box, LAB_1, when=at(5.5))
    assert scan.discrepancies == "late"
    assert [entry["kinds"] for entry in found()] == [["late"]]
    assert not owed("specimen.count_reconciled"), "the delivery's own clock has told who must know"


def test_a_refused_box_stays_with_the_sender_and_twice_refused_goes_to_the_common_superior(chain: Chain, box: Box) -> None:
    for hours in (1.2, 1.4):
        offer = chain.offer(box, COURIER, when=at(hours))
        specimens.refuse_box(transfer_id=offer.pk, reason="no ice", by=chain.city.actor(COURIER), at=at(hours, minutes=2))
        assert delivery().owner_id == SITE_A
    (row,) = owed("handover.decided")
    assert row.owner_id == EAST
    chain.hand(box, COURIER, when=at(1.6))
    assert not owed("handover.decided"), "signed for after all: nothing is left to decide"


def test_an_offer_that_nobody_answers_lapses_like_any_other(chain: Chain, box: Box) -> None:
    chain.offer(box, COURIER, when=at(1.2))
    sweep(at=at(1.2, minutes=14))
    assert not owed("handover.decided")
    sweep(at=at(1.2, minutes=15))
    (row,) = owed("handover.decided")
    assert row.owner_id == EAST
    assert delivery().owner_id == SITE_A


def test_a_withdrawn_offer_leaves_everything_with_the_sender(chain: Chain, box: Box) -> None:
    offer = chain.offer(box, COURIER, when=at(1.2))
    specimens.withdraw_box(transfer_id=offer.pk, reason="another team comes", by=chain.city.actor(SITE_A), at=at(1.3))
    with pytest.raises(Refused, match="withdrawn"):
        chain.accept(offer, when=at(1.4))
    assert delivery().owner_id == SITE_A


def test_the_same_offer_and_the_same_answer_again_change_nothing(chain: Chain, box: Box) -> None:
    offer = chain.offer(box, COURIER, when=at(1.2))
    assert chain.offer(box, COURIER, when=at(1.25)).pk == offer.pk
    with pytest.raises(Refused, match="already offered"):
        chain.offer(box, EAST, when=at(1.25))
    chain.accept(offer, when=at(1.3))
    entries = Entry.objects.count()
    assert chain.accept(offer, when=at(1.4)).answered_at == at(1.3)
    assert Entry.objects.count() == entries
    with pytest.raises(Refused, match="accepted"):
        chain.accept(offer, when=at(1.4), count=2)


def test_a_laboratory_is_offered_only_what_is_meant_for_it(chain: Chain, box: Box) -> None:
    chain.hand(box, COURIER, when=at(1.2))
    with pytest.raises(Refused, match="meant for"):
        chain.offer(box, LAB_2, when=at(1.3))


def test_only_who_holds_the_box_offers_it_and_only_whom_it_is_offered_to_answers(chain: Chain, box: Box) -> None:
    step = {"box_id": box.pk, "to_unit": COURIER, "count": 3, "seal": "S1", "at": at(1.2)}
    for stranger in (WEST, SITE_C, COURIER):
        with pytest.raises(NotFound):
            specimens.offer_box(by=chain.city.actor(stranger), **step)
    offer = chain.offer(box, COURIER, when=at(1.2))
    answer = {"transfer_id": offer.pk, "box_id": box.pk, "count": 3, "seal": "S1", "at": at(1.3)}
    for stranger in (WEST, SITE_A, LAB_1):
        with pytest.raises(NotFound):
            specimens.accept_box(by=chain.city.actor(stranger), **answer)
    chain.accept(offer, when=at(1.3))
    to_lab = chain.offer(box, LAB_1, when=at(1.4))
    with pytest.raises(NotPermitted):
        specimens.accept_box(by=chain.city.actor(CITY), **(answer | {"transfer_id": to_lab.pk}))


def test_a_box_signed_for_after_its_results_owes_no_test(chain: Chain) -> None:
    tubes = chain.tubes(2, when=at(1))
    box = chain.sealed(tubes, when=at(1.1))
    chain.hand(box, COURIER, when=at(1.2))
    for tube in tubes:
        chain.report(tube, Outcome.NEGATIVE, when=at(3))
    assert len(owed("specimen.delivered")) == 1, "nobody has signed for the box"
    chain.hand(box, LAB_1, when=at(3.5))
    assert not owed("specimen.delivered")
    assert not owed("specimen.tested")

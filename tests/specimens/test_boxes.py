"""Boxes: packed with a site's loose tubes, sealed with number and count, given a laboratory, re-routed."""

from __future__ import annotations

import pytest

from bulou.duties.models import Duty
from bulou.kernel.errors import CapacityFull, Conflict, InputFault, NotFound, Refused
from bulou.ledger.models import Entry
from bulou.rounds import actions as rounds
from bulou.specimens import actions as specimens
from bulou.specimens.choices import TubeState
from bulou.specimens.models import Box, Tube
from tests.chain import Chain, owed
from tests.city import CITY, COURIER, EAST, LAB_1, LAB_2, SITE_A, SITE_C, WEST, at


def full(chain: Chain, lab: str = LAB_1, *, hours: float = 1) -> None:
    rounds.report_full(laboratory=lab, reason="reagents gone", by=chain.city.actor(lab), at=at(hours))


def test_packing_takes_loose_tubes_of_the_site_and_counts_them(chain: Chain) -> None:
    tubes = chain.tubes(3, when=at(1))
    actor = chain.city.actor(SITE_A)
    specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=tubes[:2], by=actor, at=at(1.1))
    box = specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=tubes[1:], by=actor, at=at(1.2))
    assert (box.tube_count, box.oldest_collected_at, box.holder_id) == (3, at(1), SITE_A)
    assert set(Tube.objects.values_list("state", flat=True)) == {TubeState.BOXED}
    entries = Entry.objects.count()
    assert specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=tubes, by=actor, at=at(1.3)).tube_count == 3
    assert Entry.objects.count() == entries, "the same again writes nothing"


def test_tubes_of_another_site_or_box_or_none_are_not_packed(chain: Chain) -> None:
    mine, other = chain.tubes(2, when=at(1)), chain.tube(["X"], when=at(1), site=SITE_C)
    actor = chain.city.actor(SITE_A)
    specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=mine[:1], by=actor, at=at(1))
    for tube in (other, mine[0], "T-unknown"):
        with pytest.raises(InputFault, match=tube):
            specimens.pack_box(box_id="B2", site_id=SITE_A, tubes=[mine[1], tube], by=actor, at=at(1))
    assert not Box.objects.filter(pk="B2").exists(), "a refused step leaves nothing"
    with pytest.raises(Conflict):
        specimens.pack_box(box_id="B1", site_id=SITE_C, tubes=[other], by=chain.city.actor(SITE_C), at=at(1))


def test_the_sealed_count_must_be_what_was_scanned(chain: Chain) -> None:
    tubes = chain.tubes(2, when=at(1))
    actor = chain.city.actor(SITE_A)
    specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=tubes, by=actor, at=at(1))
    for count in (1, 3):
        with pytest.raises(InputFault, match=f"{count} tubes counted, 2 scanned"):
            specimens.seal_box(box_id="B1", seal_number="S1", count=count, by=actor, at=at(1))
    specimens.seal_box(box_id="B1", seal_number="S1", count=2, by=actor, at=at(1))
    assert specimens.seal_box(box_id="B1", seal_number="S1", count=2, by=actor, at=at(2)).sealed_at == at(1)
    with pytest.raises(Conflict):
        specimens.seal_box(box_id="B1", seal_number="S2", count=2, by=actor, at=at(2))
    with pytest.raises(Refused):
        specimens.pack_box(box_id="B1", site_id=SITE_A, tubes=chain.tubes(1, when=at(2), first=30), by=actor, at=at(2))


def test_a_seal_is_used_once(chain: Chain) -> None:
    chain.sealed(chain.tubes(1, when=at(1)), when=at(1), seal="S1")
    with pytest.raises(Conflict, match="S1"):
        chain.sealed(chain.tubes(1, when=at(1), first=10), when=at(1), seal="S1")


def test_sealing_owes_delivery_by_the_oldest_tube_and_takes_the_sites_laboratory(chain: Chain) -> None:
    chain.tube(["old"], when=at(1), tube_id="OLD")
    box = chain.sealed(["OLD", *chain.tubes(1, when=at(1.5))], when=at(1.6))
    (row,) = owed("specimen.delivered")
    assert (row.owner_id, row.due_at, row.about) == (SITE_A, at(5), f"box:{box.pk}")
    assert box.laboratory_id == LAB_1
    assert not owed("specimen.laboratory_assigned")


def test_a_box_whose_laboratory_is_full_gets_one_from_a_named_owner_within_minutes(chain: Chain) -> None:
    full(chain)
    box = chain.sealed(chain.tubes(2, when=at(1)), when=at(1.5))
    assert box.laboratory_id is None
    (row,) = owed("specimen.laboratory_assigned")
    assert (row.owner_id, row.due_at, row.why) == (EAST, at(2), f"{LAB_1} has said that it is full: reagents gone")
    actor = chain.city.actor(EAST)
    with pytest.raises(CapacityFull):
        specimens.assign_laboratory(box_id=box.pk, laboratory=LAB_1, by=actor, at=at(1.6))
    with pytest.raises(NotFound):
        specimens.assign_laboratory(box_id=box.pk, laboratory=LAB_2, by=chain.city.actor(WEST), at=at(1.6))
    specimens.assign_laboratory(box_id=box.pk, laboratory=LAB_2, by=actor, at=at(1.6))
    row.refresh_from_db()
    assert (row.state, row.proof) == ("fulfilled", f"specimen:box:assigned {LAB_2}")
    with pytest.raises(Refused, match="its laboratory"):
        specimens.assign_laboratory(box_id=box.pk, laboratory=LAB_1, by=actor, at=at(1.7))


def test_a_full_laboratory_opens_the_rerouting_of_every_box_under_way_to_it(chain: Chain) -> None:
    on_its_way = chain.sealed(chain.tubes(1, when=at(1)), when=at(1.1))
    chain.received(chain.tubes(1, when=at(1), first=10), when=at(1.2))
    chain.hand(on_its_way, COURIER, when=at(1.3))
    offer = chain.offer(on_its_way, LAB_1, when=at(1.4))
    full(chain, hours=1.5)
    (row,) = owed("specimen.rerouted")
    assert (row.about, row.owner_id, row.due_at) == (f"box:{on_its_way.pk}", CITY, at(1.5, minutes=20))
    specimens.reroute_box(box_id=on_its_way.pk, laboratory=LAB_2, reason="LAB_1 is full", by=chain.city.actor(CITY), at=at(1.6))
    row.refresh_from_db()
    assert (row.state, row.proof) == ("fulfilled", f"specimen:box:rerouted {LAB_1} → {LAB_2}")
    offer.refresh_from_db()
    assert offer.state == "withdrawn", "the offer to the full laboratory ends"
    (delivery,) = owed("specimen.delivered")
    assert (delivery.owner_id, delivery.due_at) == (COURIER, at(5)), "the clock does not start again"
    chain.hand(on_its_way, LAB_2, when=at(2))
    assert not owed("specimen.delivered")


def test_a_laboratory_that_takes_tubes_again_lets_its_boxes_pass(chain: Chain) -> None:
    chain.sealed(chain.tubes(1, when=at(1)), when=at(1.1))
    full(chain, hours=1.2)
    assert len(owed("specimen.rerouted")) == 1
    rounds.report_available(laboratory=LAB_1, by=chain.city.actor(LAB_1), at=at(1.3))
    assert not owed("specimen.rerouted")
    assert Duty.objects.get(kind="specimen.rerouted").proof == f"round:laboratory:available {LAB_1}"


def test_a_box_is_not_sent_to_a_full_laboratory_nor_where_it_goes_already(chain: Chain) -> None:
    box = chain.sealed(chain.tubes(1, when=at(1)), when=at(1.1))
    full(chain, LAB_2, hours=1.2)
    actor = chain.city.actor(CITY)
    with pytest.raises(CapacityFull):
        specimens.reroute_box(box_id=box.pk, laboratory=LAB_2, reason="nearer", by=actor, at=at(1.3))
    with pytest.raises(Refused, match="on its way"):
        specimens.reroute_box(box_id=box.pk, laboratory=LAB_1, reason="nearer", by=actor, at=at(1.3))
    with pytest.raises(InputFault, match="elsewhere"):
        specimens.reroute_box(box_id=box.pk, laboratory=LAB_2, reason=" ", by=actor, at=at(1.3))


def test_a_laboratory_that_was_full_until_an_hour_lets_its_boxes_pass_then(chain: Chain) -> None:
    chain.sealed(chain.tubes(1, when=at(1)), when=at(1.1))
    lab = chain.city.actor(LAB_1)
    rounds.report_full(laboratory=LAB_1, reason="reagents gone", until=at(2), by=lab, at=at(1.2))
    assert specimens.watch(at=at(1.9)).passed == 0
    assert specimens.watch(at=at(2)).passed == 1
    assert not owed("specimen.rerouted")

"""A box that goes elsewhere takes room there and leaves room behind; nowhere is more claimed than there is."""

from __future__ import annotations

from functools import partial

import pytest
from django.db.models import F, Sum

from bulou.kernel.errors import CapacityFull
from bulou.rounds import actions as rounds
from bulou.rounds import capacity
from bulou.rounds.models import CapacityClaim, CapacityWindow
from bulou.specimens import actions as specimens
from tests import chain as chains
from tests import city as cities
from tests.arena import Arena
from tests.city import CITY, EAST, LAB_1, LAB_2, SITE_A, at


def _claimed(laboratory):
    return CapacityWindow.objects.filter(laboratory=laboratory).aggregate(n=Sum("claimed"))["n"] or 0


def _of_box(box):
    held = CapacityClaim.objects.filter(about=f"box:{box.pk}", released_at=None).values_list("window__laboratory")
    return dict(held.annotate(n=Sum("tubes")))


def _books_agree():
    """What each window says is claimed is the sum of its claims that stand, and never above its capacity."""
    for window in CapacityWindow.objects.all():
        standing = window.claims.filter(released_at=None).aggregate(n=Sum("tubes"))["n"] or 0
        assert window.claimed == standing <= window.capacity
    return True


def _room(chain, left):
    """From now on the second laboratory has room for so many tubes in these hours, and none in any other."""
    by = chain.city.actor(CITY)
    for hour in range(24):
        held = (
            CapacityWindow.objects.filter(laboratory=LAB_2, starts_at=at(hour)).values_list("claimed", flat=True).first() or 0
        )
        rounds.set_capacity(
            laboratory=LAB_2, starts_at=at(hour), ends_at=at(hour + 1), tubes=held + left.get(hour, 0), by=by, at=at(-1)
        )


@pytest.fixture
def chain(city):
    return chains.running(city, residents=600)


@pytest.mark.django_db
def test_the_box_holds_room_at_its_new_laboratory_and_its_hours_at_the_old_one_are_given_back(chain):
    box = chain.sealed(chain.tubes(3, when=at(1)), when=at(1.2))
    before = {lab: _claimed(lab) for lab in (LAB_1, LAB_2)}
    site_before = capacity.held(chain.sites[SITE_A])
    by = chain.city.actor(CITY)
    specimens.reroute_box(box_id=box.pk, laboratory=LAB_2, reason="nearer", by=by, at=at(1.5))
    assert _of_box(box) == {LAB_2: 3}
    assert _claimed(LAB_2) == before[LAB_2] + 3
    assert _claimed(LAB_1) == before[LAB_1] - 3
    assert capacity.held(chain.sites[SITE_A]) == site_before - 3  # the hours to come keep what stands behind them
    later = CapacityClaim.objects.filter(site=chain.sites[SITE_A], window__starts_at__gt=at(1.5))
    assert not later.exclude(released_at=None).exists()
    assert _books_agree()
    specimens.reroute_box(box_id=box.pk, laboratory=LAB_1, reason="back again", by=by, at=at(1.6))
    assert _of_box(box) == {LAB_1: 3}
    assert _claimed(LAB_2) == before[LAB_2]
    assert _claimed(LAB_1) == before[LAB_1]  # given back once, taken once: nothing is counted twice
    assert _books_agree()


@pytest.mark.django_db
def test_a_laboratory_without_room_refuses_the_box_and_nothing_has_changed(chain):
    box = chain.sealed(chain.tubes(3, when=at(1)), when=at(1.2))
    _room(chain, {2: 2})
    state = dict(CapacityWindow.objects.values_list("pk", "claimed"))
    with pytest.raises(CapacityFull, match="2 tubes left"):
        specimens.reroute_box(box_id=box.pk, laboratory=LAB_2, reason="nearer", by=chain.city.actor(CITY), at=at(1.5))
    box.refresh_from_db()
    assert box.laboratory_id == LAB_1
    assert {pk: n for pk, n in CapacityWindow.objects.values_list("pk", "claimed") if n or pk in state} == state
    assert _of_box(box) == {}
    assert _books_agree()


@pytest.mark.django_db
def test_a_box_without_a_laboratory_takes_room_where_it_is_assigned_and_a_lost_box_gives_it_back(chain):
    rounds.report_full(laboratory=LAB_1, reason="停机", by=chain.city.actor(LAB_1), at=at(1.1))
    box = chain.sealed(chain.tubes(3, when=at(1)), when=at(1.2))
    assert box.laboratory_id is None
    specimens.assign_laboratory(box_id=box.pk, laboratory=LAB_2, by=chain.city.actor(EAST), at=at(1.5))
    assert _of_box(box) == {LAB_2: 3}
    specimens.report_lost_box(box_id=box.pk, reason="车祸", by=chain.city.actor(CITY), at=at(2))
    assert _of_box(box) == {}
    assert _books_agree()


@pytest.mark.django_db(transaction=True)
def test_many_desks_that_send_boxes_to_one_laboratory_never_claim_more_than_it_has(tmp_path):
    """30 boxes of one tube, 12 places in the only hours left: 12 arrive there, 18 stay, on both databases."""
    chain = chains.running(cities.build_city(), residents=40)
    boxes = [chain.sealed([chain.tube([f"P{number}"], when=at(1))], when=at(1.1)) for number in range(30)]
    _room(chain, {2: 6, 3: 6})
    arena = Arena(tmp_path)
    by = chain.city.actor(CITY)

    def send(mine):
        sent = 0
        for box in mine:
            try:
                specimens.reroute_box(box_id=box.pk, laboratory=LAB_2, reason="满", by=by, at=at(1.5))
                sent += 1
            except CapacityFull:
                continue
        return sent

    sent = arena.at_once([partial(send, boxes[place::6]) for place in range(6)])
    assert sum(sent) == 12
    assert arena.look(_books_agree)
    assert arena.look(lambda: CapacityWindow.objects.filter(claimed__gt=F("capacity")).count()) == 0
    assert arena.look(lambda: CapacityWindow.objects.filter(laboratory=LAB_2).aggregate(n=Sum("claimed"))["n"]) == 12

"""Whatever happens to tubes and boxes, in any order: each specimen that is not done stands under somebody's open duty."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from random import Random

import pytest

from bulou.duties.models import Duty, Tenure
from bulou.investigation.models import Case
from bulou.kernel.errors import BulouError
from bulou.ledger import seals
from bulou.rounds import actions as rounds
from bulou.rounds.rules import site_about
from bulou.specimens import actions as specimens
from bulou.specimens import queries
from bulou.specimens.choices import BoxState, Outcome, TubeState
from bulou.specimens.models import Box, BoxTransfer, LaboratoryResult, Tube
from tests import chain as chains
from tests.chain import Chain
from tests.city import CITY, COURIER, LAB_1, LAB_2, SITE_A, SITE_C, at

STEPS = 400 if os.environ.get("BULOU_SOAK") else 70
SITES, LABS, HANDS = (SITE_A, SITE_C), (LAB_1, LAB_2), (COURIER, LAB_1, LAB_2)


class Walk:
    """A random day of the chain; what the rules refuse is refused, and changes nothing."""

    def __init__(self, chain: Chain, seed: int) -> None:
        self.chain, self.city, self.draw = chain, chain.city, Random(seed)
        self.now, self.number = at(0), 0
        self.done: list[str] = []

    def step(self) -> None:
        self.now += timedelta(minutes=self.draw.randint(1, 4))
        act = self.draw.choices(
            [self.register, self.pack, self.seal, self.hand, self.answer, self.report, self.lose, self.void, self.recall,
             self.fill, self.assign, self.arrive],
            weights=[8, 6, 5, 8, 8, 8, 2, 2, 1, 1, 3, 1],
        )[0]  # fmt: skip
        try:
            act()
            self.done.append(act.__name__)
        except BulouError:
            self.done.append(f"({act.__name__})")
        specimens.watch(at=self.now)

    def one(self, rows: list[str]) -> str:
        return self.draw.choice(rows) if rows else "none"

    def tubes(self, *states: TubeState) -> list[str]:
        return list(Tube.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True))

    def boxes(self, *states: BoxState) -> list[str]:
        return list(Box.objects.filter(state__in=states).order_by("pk").values_list("pk", flat=True))

    def register(self) -> None:
        self.number += 1
        people = [f"W{self.draw.randint(1, 60):03}" for _ in range(self.draw.choice([1, 1, 3]))]
        site = self.draw.choice(SITES)
        collected = self.now - timedelta(minutes=self.draw.choice([0, 0, 0, 50]))
        self.chain.tube(sorted(set(people)), when=self.now, site=site, tube_id=f"T{self.number:04}", collected=collected)

    def pack(self) -> None:
        tube = Tube.objects.filter(state=TubeState.COLLECTED).order_by("pk").first()
        if tube is not None:
            same = Tube.objects.filter(state=TubeState.COLLECTED, site=tube.site).order_by("pk")[: self.draw.randint(1, 3)]
            specimens.pack_box(
                box_id=f"B{self.number:04}", site_id=tube.unit_code, tubes=[one.pk for one in same],
                by=self.city.actor(tube.unit_code), at=self.now,
            )  # fmt: skip

    def seal(self) -> None:
        box = Box.objects.filter(pk=self.one(self.boxes(BoxState.PACKING))).first()
        if box is not None:
            specimens.seal_box(
                box_id=box.pk, seal_number=f"S{box.pk}", count=box.tube_count, by=self.city.actor(box.unit_code), at=self.now
            )

    def hand(self) -> None:
        box = Box.objects.filter(pk=self.one(self.boxes(BoxState.SEALED, BoxState.IN_TRANSIT))).first()
        if box is not None:
            self.chain.offer(
                box,
                self.draw.choice(HANDS),
                when=self.now,
                count=max(0, (box.last_count or 0) - self.draw.choice([0, 0, 0, 1])),
            )

    def answer(self) -> None:
        offers = list(BoxTransfer.objects.filter(state="offered").order_by("pk"))
        offer = self.draw.choice(offers) if offers else None
        if offer is not None and self.draw.random() < 0.8:
            swapped = self.draw.random() < 0.1
            self.chain.accept(offer, when=self.now, box_id="another" if swapped else "")
        elif offer is not None:
            specimens.refuse_box(transfer_id=offer.pk, reason="no ice", by=self.city.actor(offer.receiver_id), at=self.now)

    def report(self) -> None:
        tube = self.one([*self.tubes(TubeState.RECEIVED), *self.tubes(TubeState.RECEIVED, TubeState.REPORTED)])
        outcome = self.draw.choices(list(Outcome), weights=[8, 3, 1, 1])[0]
        self.chain.report(tube, outcome, when=self.now, lab=self.draw.choice(LABS), run=f"R{self.draw.randint(1, 4)}")

    def lose(self) -> None:
        if self.draw.random() < 0.7:
            tube = self.one(self.tubes(TubeState.COLLECTED, TubeState.BOXED, TubeState.RECEIVED))
            specimens.report_lost_tube(tube_id=tube, reason="broken", by=self.city.actor(CITY), at=self.now)
        else:
            box = self.one(self.boxes(BoxState.SEALED, BoxState.IN_TRANSIT))
            specimens.report_lost_box(box_id=box, reason="stolen", by=self.city.actor(CITY), at=self.now)

    def void(self) -> None:
        last = BoxTransfer.objects.order_by("-pk").first()
        things = [f"tube:{tube}" for tube in self.tubes(TubeState.COLLECTED, TubeState.BOXED, TubeState.RECEIVED)]
        things += [f"box:{box}" for box in self.boxes(BoxState.PACKING)] + ([f"transfer:{last.pk}"] if last else [])
        specimens.void_scan(thing=self.one(things), reason="wrong scan", by=self.city.actor(CITY), at=self.now)

    def recall(self) -> None:
        specimens.recall_run(
            run_id=f"R{self.draw.randint(1, 4)}",
            reason="control failed",
            by=self.city.actor(self.draw.choice(LABS)),
            at=self.now,
        )

    def fill(self) -> None:
        lab = self.draw.choice(LABS)
        until = self.now + timedelta(minutes=30)
        rounds.report_full(laboratory=lab, reason="backlog", until=until, by=self.city.actor(lab), at=self.now)

    def assign(self) -> None:
        box = self.one(self.boxes(BoxState.SEALED, BoxState.IN_TRANSIT))
        step = {"box_id": box, "laboratory": self.draw.choice(LABS), "by": self.city.actor(CITY), "at": self.now}
        if self.draw.random() < 0.7:
            specimens.assign_laboratory(**step)
        else:
            specimens.reroute_box(reason="nearer", **step)

    def arrive(self) -> None:
        specimens.close_arrival(from_unit=COURIER, by=self.city.actor(LAB_1), at=self.now)


def owners(kind: str) -> dict[str, tuple[str, datetime]]:
    """Owner and due instant of each open duty of a kind, by what it is about."""
    found = Duty.objects.filter(kind=kind, state="open").values_list("about", "owner_id", "due_at")
    return {about: (owner, due_at) for about, owner, due_at in found}


def every_specimen_is_owed() -> None:
    sealed, delivered, tested = (owners(f"specimen.{kind}") for kind in ("sealed", "delivered", "tested"))
    homeless, retested, rerouted = (
        owners("specimen.laboratory_assigned"), owners("result.recalled_retested"), owners("specimen.rerouted"),
    )  # fmt: skip
    for tube in Tube.objects.select_related("box", "site"):
        box = tube.box
        if tube.state == TubeState.COLLECTED or (tube.state == TubeState.BOXED and box.state == BoxState.PACKING):
            _, due_at = sealed[site_about(tube.site.round_id, tube.unit_code)]
            assert due_at <= tube.collected_at + timedelta(hours=1)
        elif tube.state == TubeState.BOXED:
            assert f"box:{box.pk}" in delivered
        elif tube.state == TubeState.RECEIVED:
            runs = LaboratoryResult.objects.filter(tube_id=tube.pk, state="recalled")
            assert f"box:{tube.box_id}" in tested or any(f"run:{row.laboratory_id}/{row.run_id}" in retested for row in runs)
    assert {row.about for row in Duty.objects.filter(kind="specimen.delivered", state="open")} == {
        f"box:{box.pk}" for box in Box.objects.filter(state__in=(BoxState.SEALED, BoxState.IN_TRANSIT))
    }
    for box in Box.objects.exclude(state=BoxState.VOIDED):
        assert box.tube_count == box.tubes.count()
        if box.state in {BoxState.SEALED, BoxState.IN_TRANSIT}:
            assert delivered[f"box:{box.pk}"][0] == box.holder_id, "who has the box owes its delivery"
            assert (box.laboratory_id is None) == (f"box:{box.pk}" in homeless)
        else:
            assert f"box:{box.pk}" not in {**homeless, **rerouted}
    assert Tenure.objects.filter(duty__state="open", ends_at=None).count() == Duty.objects.filter(state="open").count()


def every_person_is_owed() -> None:
    asked = set(Duty.objects.filter(kind="specimen.resampled").values_list("about", flat=True))
    for tube in Tube.objects.prefetch_related("members"):
        people = {f"person:{member.person_id}" for member in tube.members.all()}
        again = tube.state == TubeState.LOST or (tube.outcome == Outcome.POSITIVE and tube.people > 1)
        again = again or tube.outcome in {Outcome.INDETERMINATE, Outcome.INVALID}
        assert not again or people <= asked
        if tube.outcome == Outcome.POSITIVE and tube.people == 1:
            (member,) = tube.members.all()
            assert Case.objects.filter(person_id=member.person_id).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_every_specimen_and_everybody_in_it_is_owed_by_somebody(city, seed):
    walk = Walk(chains.running(city), seed)
    for _ in range(STEPS):
        walk.step()
        every_specimen_is_owed()
    every_person_is_owed()
    assert len({name for name in walk.done if not name.startswith("(")}) >= 9, walk.done
    stations = queries.pipeline(city.actor(CITY))
    assert sum(one.tubes for one in stations) == Tube.objects.exclude(state=TubeState.VOIDED).count()
    assert not Duty.objects.filter(kind="consequence.repaired").exists()
    seals.seal(at=walk.now)
    assert seals.verify(at=walk.now).broken is None

"""Forty hands reach for the same box: one gets it, on both databases; without its guards the action is caught.

PostgreSQL: the box's row is locked and the offer is answered by ``UPDATE … WHERE state = 'offered'``. SQLite: the
settings open every transaction with ``BEGIN IMMEDIATE``, so the file's lock serialises writers and the unguarded action
is right by that alone.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import partial

import pytest
from django.db import connection

from bulou.duties.models import Handover, Tenure
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.ledger.models import Entry
from bulou.specimens import actions as specimens
from bulou.specimens import rows, transfers
from bulou.specimens.choices import TransferState
from bulou.specimens.models import Box, BoxTransfer
from tests import chain as chains
from tests import city as cities
from tests.arena import Arena, patiently
from tests.city import COURIER, at

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 40
CLAIMS = 100_000 if os.environ.get("BULOU_SOAK") else 4_000


def offered(boxes: int) -> tuple[list[Actor], list[BoxTransfer]]:
    """Forty couriers of the team, and boxes that are offered to it."""
    chain = chains.running(cities.build_city(), residents=30)
    couriers = [replace(chain.city.actor(COURIER), name=f"courier {number}") for number in range(THREADS)]
    offers = [
        chain.offer(chain.sealed([chain.tube([f"P{number}"], when=at(1))], when=at(1)), COURIER, when=at(1))
        for number in range(boxes)
    ]
    return couriers, offers


def reach(courier: Actor, offers: list[BoxTransfer]) -> Counter[str]:
    """One courier accepts every box, in the order of all; what became of the attempts."""
    found: Counter[str] = Counter()
    for offer in offers:
        try:
            patiently(
                partial(
                    specimens.accept_box,
                    transfer_id=offer.pk,
                    box_id=offer.box_id,
                    count=1,
                    seal=offer.sent_seal,
                    by=courier,
                    at=at(1.1),
                )
            )
            found["accepted"] += 1
        except Refused:
            found["refused"] += 1
    return found


def books() -> dict[str, int]:
    """What the tables say: answered offers, boxes with the team, entries, duties that passed."""
    return {
        "offers": BoxTransfer.objects.filter(state=TransferState.ACCEPTED).count(),
        "boxes": Box.objects.filter(holder=COURIER).count(),
        "entries": Entry.objects.filter(tag="specimen:box:accepted").count(),
        "passed": Entry.objects.filter(tag="duty:handover:accepted").count(),
        "handovers": Handover.objects.filter(state="accepted").count(),
        "tenures": Tenure.objects.filter(unit=COURIER, ends_at=None).count(),
    }


def race(folder: object, *, boxes: int) -> tuple[Counter[str], dict[str, int]]:
    """Let all couriers loose."""
    couriers, offers = offered(boxes)
    arena = Arena(folder)
    found: Counter[str] = Counter()
    for mine in arena.at_once([partial(reach, courier, offers) for courier in couriers]):
        found.update(mine)
    return found, arena.look(books)


def test_forty_hands_never_get_one_box_twice(tmp_path):
    boxes = CLAIMS // THREADS
    found, written = race(tmp_path, boxes=boxes)
    assert found == Counter(accepted=boxes, refused=CLAIMS - boxes)
    assert set(written.values()) == {boxes}, written


def test_the_action_without_its_guards_is_caught_where_transactions_overlap(tmp_path, monkeypatch):
    def naive_claim(transfer: BoxTransfer, state: TransferState, *, by: Actor, at: datetime, **read: object) -> None:
        """Mutant: what was read a moment ago is taken to be true still."""
        for name, value in {"state": state.value, "answered_at": at, "answered_by": by.name, **read}.items():
            setattr(transfer, name, value)
        transfer.save()

    monkeypatch.setattr(transfers, "claim_answer", naive_claim)
    monkeypatch.setattr(rows, "locked_box", lambda box_id: Box.objects.select_related("site").get(pk=box_id))
    found, written = race(tmp_path, boxes=20)
    right = found == Counter(accepted=20, refused=20 * (THREADS - 1)) and set(written.values()) == {20}
    assert right == (connection.vendor == "sqlite"), (found, written)

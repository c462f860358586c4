"""The same life through the database: actions on rows, against books kept apart; 50 lives of 50 steps on each database."""

from __future__ import annotations

import os
import random
from datetime import timedelta
from itertools import pairwise

import pytest

from bulou.duties import actions, handovers
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty, Evidence, Handover, Tenure
from bulou.duties.opening import Owed, open_duty
from bulou.kernel.actor import Actor, Door, Role
from bulou.kernel.errors import BulouError
from bulou.ledger.models import Entry
from tests import city as cities

UNITS = [cities.COMMUNITY_A, cities.COMMUNITY_B, cities.COMMUNITY_C, cities.STREET_1, cities.EAST, cities.CITY]
LIVES = 200 if os.environ.get("BULOU_SOAK") == "1" else 50
STEPS = 50


def _leader(unit: str) -> Actor:
    return Actor(account=unit, name=unit, post="", unit=unit, role=Role.DUTY_LEADER, door=Door.API)


def _life(chance: random.Random, number: int) -> None:
    at = cities.START
    owed = Owed(
        kind="task.done", about=f"task:{number}", label="x", owners={"explicit": chance.choice(UNITS[:4])},
        facts={"due_at": at + timedelta(hours=4)},
    )  # fmt: skip
    duty = open_duty(owed, by=cities.SYSTEM, at=at)
    owner, offer, state = duty.owner_id, "", "open"
    for _ in range(STEPS):
        at += timedelta(minutes=chance.randint(1, 20))
        by = _leader(chance.choice(UNITS))
        verb = chance.choice(["offer", "accept", "refuse", "withdraw", "take", "decide", "explain", "fulfil", "waive"])
        covers = owner.startswith(by.unit)
        receives = bool(offer) and offer.startswith(by.unit) and (by.unit == offer or not owner.startswith(by.unit))
        over = covers and owner != by.unit
        target = chance.choice(UNITS)
        if verb in {"fulfil", "waive"} and chance.random() < 0.85:
            continue  # let lives be long enough to wander
        wanted = {
            "offer": covers and not offer and target != owner,
            "accept": receives,
            "refuse": receives,
            "withdraw": covers and bool(offer),
            "take": over,
            "decide": over and target.startswith(by.unit),
            "explain": covers,
            "fulfil": covers,
            "waive": over,
        }[verb] and state == "open"
        step = {
            "offer": lambda: handovers.offer_handover(duty_id=duty.pk, to_unit=target, by=by, at=at),
            "accept": lambda: handovers.accept_handover(duty_id=duty.pk, by=by, at=at),
            "refuse": lambda: handovers.refuse_handover(duty_id=duty.pk, reason="not ours", by=by, at=at),
            "withdraw": lambda: handovers.withdraw_handover(duty_id=duty.pk, by=by, at=at),
            "take": lambda: actions.take_over(duty_id=duty.pk, by=by, at=at),
            "decide": lambda: handovers.decide_owner(duty_id=duty.pk, to_unit=target, reason="x", by=by, at=at),
            "explain": lambda: actions.explain(duty_id=duty.pk, why="waiting", by=by, at=at),
            "fulfil": lambda: actions.fulfil(duty_id=duty.pk, kind="note", ref="photo", by=by, at=at),
            "waive": lambda: actions.waive(duty_id=duty.pk, reason="not needed", by=by, at=at),
        }[verb]
        try:
            step()
        except BulouError:
            assert not wanted, f"{verb} by {by.unit} was refused: owner {owner}, offer {offer}, state {state}"
            continue
        assert wanted, f"{verb} by {by.unit} was allowed: owner {owner}, offer {offer}, state {state}"
        if verb == "offer":
            offer = target
        elif verb == "accept":
            owner, offer = offer, ""
        elif verb in {"refuse", "withdraw"}:
            offer = ""
        elif verb == "take":
            owner, offer = by.unit, ""
        elif verb == "decide":
            owner, offer = target, ""
        elif verb == "fulfil":
            state, offer = "fulfilled", ""
        elif verb == "waive":
            state, offer = "waived", ""
    row = Duty.objects.get(pk=duty.pk)
    assert (row.owner_id, row.state) == (owner, state)
    assert list(Handover.objects.filter(duty=row, state="offered").values_list("receiver_id", flat=True)) == (
        [offer] if offer else []
    )


@pytest.mark.django_db
def test_lives_through_the_database_keep_one_owner_and_lose_nothing(city):
    chance = random.Random("duties")
    for number in range(LIVES):
        _life(chance, number)
    rows = list(Duty.objects.all())
    assert Duty.objects.filter(kind="task.done").count() == LIVES
    assert len(rows) == sum(row.state == DutyState.OPEN for row in rows) + sum(row.closed_at is not None for row in rows)
    for row in rows:
        held = list(Tenure.objects.filter(duty=row).order_by("id"))
        assert held[0].starts_at == row.opened_at
        assert all(first.ends_at == then.starts_at for first, then in pairwise(held))
        assert held[-1].ends_at == row.closed_at
        assert held[-1].unit_id == row.owner_id
        if row.state == DutyState.FULFILLED:
            assert Evidence.objects.filter(duty=row).exists()
        assert Entry.objects.filter(subject=f"duty:{row.pk}", tag="duty:duty:opened").count() == 1

"""Stock lived with at random, on each database: never negative, and every gram that came is there, lost, on its way or at a door."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bulou.kernel.errors import BulouError, CapacityFull
from bulou.supplies import actions as supplies
from bulou.supplies import needs, stock
from bulou.supplies.choices import NeedState, Proof, Way
from bulou.supplies.models import Batch, Need, Pick
from tests import pantry
from tests.city import CITY, COMMUNITY_A, STREET_1, at

pytestmark = pytest.mark.django_db
EXAMPLES = 100 if os.environ.get("BULOU_SOAK") else 15
STORES = (STREET_1, COMMUNITY_A)
amounts = st.integers(1, 40)


class Stock(RuleBasedStateMachine):
    """What the stores should hold, kept apart from the tables: grams in all, lost, in hand and delivered."""

    city = None

    def __init__(self):
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.came = self.lost = self.in_hand = self.delivered = 0
        self.needs: dict[str, tuple[str, int]] = {}  # code → state, grams
        self.batches: list[str] = []
        self.now = at()
        self.by = self.city.actor(CITY)
        pantry.rice(self.city)

    @initialize()
    def begun(self):
        """So that every rule can be taken early."""
        self.take_in(30, STREET_1)
        self.ask(20, False)

    def teardown(self):
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def later(self):
        self.now += timedelta(minutes=1)
        return {"by": self.by, "at": self.now}

    def pick_of(self, data, what):
        return data.draw(st.sampled_from(sorted(what)))

    def waiting(self, state):
        return [code for code, (now, _) in self.needs.items() if now == state]

    @rule(amount=amounts, store=st.sampled_from(STORES))
    def take_in(self, amount, store):
        self.batches.append(supplies.take_in(unit=store, good="RICE", came=amount, origin="捐赠", **self.later()).pk)
        self.came += amount

    @rule(amount=amounts, first=st.booleans())
    def ask(self, amount, first):
        row = supplies.ask_need(
            unit=COMMUNITY_A, place_code=f"{COMMUNITY_A}-0001", household_id="H", good="RICE", quantity=amount, how=Way.PHONE, first=first,
            **self.later(),
        )  # fmt: skip
        self.needs[row.pk] = ("asked", amount)

    @precondition(lambda self: self.waiting("asked"))
    @rule(data=st.data())
    def pick(self, data):
        code = self.pick_of(data, self.waiting("asked"))
        left, wanted = Batch.objects.aggregate(n=Sum("there"))["n"] or 0, self.needs[code][1]
        try:
            supplies.pick_need(code=code, **self.later())
        except CapacityFull:
            assert left < wanted
            return
        assert left >= wanted
        self.needs[code] = ("picked", wanted)
        self.in_hand += wanted

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def hand_out(self, data):
        before = set(self.waiting("asked"))
        code = self.pick_of(data, self.batches)
        there = Batch.objects.get(pk=code).there
        turn = Need.objects.filter(pk__in=before).order_by("-vulnerable", "due_at", "code").values_list("code", "quantity")
        served = []
        for need, wanted in turn:
            if wanted > there:
                break
            there -= wanted
            served.append(need)
        if not served:
            with pytest.raises(BulouError):
                supplies.pick_for_waiting(code=code, **self.later())
            return
        assert supplies.pick_for_waiting(code=code, **self.later()).there == there
        for need in served:
            self.needs[need] = ("picked", self.needs[need][1])
            self.in_hand += self.needs[need][1]

    @precondition(lambda self: self.waiting("picked"))
    @rule(data=st.data())
    def put_back(self, data):
        code = self.pick_of(data, self.waiting("picked"))
        supplies.put_back(code=code, reason="无人应门", **self.later())
        self.needs[code] = ("asked", self.needs[code][1])
        self.in_hand -= self.needs[code][1]

    @precondition(lambda self: self.waiting("picked"))
    @rule(data=st.data())
    def deliver(self, data):
        code = self.pick_of(data, self.waiting("picked"))
        supplies.deliver_need(need=code, proof_kind=Proof.SIGNATURE, proof="王", ahead="测试", **self.later())
        self.needs[code] = ("delivered", self.needs[code][1])
        self.in_hand -= self.needs[code][1]
        self.delivered += self.needs[code][1]

    @precondition(lambda self: self.batches)
    @rule(data=st.data(), amount=amounts, lose=st.booleans())
    def lose_or_move(self, data, amount, lose):
        code = self.pick_of(data, self.batches)
        there = Batch.objects.get(pk=code).there
        try:
            if lose:
                supplies.lose_stock(code=code, quantity=amount, reason="受潮", **self.later())
            else:
                to = data.draw(st.sampled_from(STORES))
                self.batches.append(supplies.move_stock(code=code, to_unit=to, quantity=amount, **self.later()).pk)
        except CapacityFull:
            assert amount > there
            return
        assert amount <= there
        self.lost += amount if lose else 0

    @invariant()
    def every_gram_is_accounted_for(self):
        assert self.came == _there() + self.lost + self.in_hand + self.delivered
        found = Batch.objects.aggregate(lost=Sum("lost"), came=Sum("came"), out=Sum("out"), there=Sum("there"))
        if self.batches:
            assert found["came"] == found["out"] + found["there"] + found["lost"]
            assert found["lost"] == self.lost
        assert stock.unequal() == []
        out = Pick.objects.filter(returned_at=None).aggregate(n=Sum("quantity"))["n"] or 0
        assert out == self.in_hand + self.delivered
        states = {str(code): state for code, state in Need.objects.values_list("code", "state")}
        assert states == {code: state for code, (state, _) in self.needs.items()}


def _there():
    return Batch.objects.aggregate(n=Sum("there"))["n"] or 0


def _run(city, *, drawn=False):
    machine = type("Machine", (Stock,), {"city": city})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40 if drawn else EXAMPLES, derandomize=drawn, stateful_step_count=25, deadline=None, database=None, print_blob=False,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large),
        ),
    )  # fmt: skip


def test_in_is_out_and_stock_and_loss(city):
    _run(city)


def test_a_store_that_forgets_to_put_back_is_caught(city, monkeypatch):
    """Mutant: what did not come to the door is put back into the need alone, not into its batch."""

    def forgetful(*, code, reason, by, at):
        Pick.objects.filter(need=code, returned_at=None).update(returned_at=at)
        Need.objects.filter(pk=code).update(state=NeedState.ASKED)

    monkeypatch.setattr(supplies, "put_back", forgetful)
    with pytest.raises(AssertionError):
        _run(city, drawn=True)


def test_a_store_that_takes_without_looking_is_stopped_by_the_table(city, monkeypatch):
    """Mutant: takes by value, not by the conditional statement; a batch that was emptied meanwhile would go below nothing."""

    def blind(batch, quantity):
        Batch.objects.filter(pk=batch.pk).update(there=batch.there - quantity - 40, out=batch.out + quantity + 40)

    monkeypatch.setattr(needs, "take", blind)
    with pytest.raises(Exception, match=r"supplies_batch_adds_up|assert"):
        _run(city, drawn=True)

"""The duty's state machine against an independent model: 2,000 lives of 50 steps in memory, and through the database.

The model keeps its own simple books (a list of who held it from when to when, counters) and shares no code with the rules.
"""

from __future__ import annotations

import os
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bulou.duties import rules
from bulou.duties.choices import DutyState, TenureHow
from bulou.kernel.errors import Refused
from tests import city as cities

UNITS = [cities.COMMUNITY_A, cities.COMMUNITY_B, cities.COMMUNITY_C, cities.STREET_1, cities.EAST, cities.WEST, cities.CITY]
SOAK = os.environ.get("BULOU_SOAK") == "1"


def above(unit: str, other: str) -> bool:
    """The model's own word for superior: a shorter code that begins the other."""
    return unit != other and other.startswith(unit)


class Books:
    """What an accountant would write down of one duty."""

    def __init__(self, owner, at):
        self.owner, self.opened, self.closed, self.state = owner, at, None, "open"
        self.offer = None  # receiver, answer by
        self.refusals = 0
        self.held = [[owner, at, None]]
        self.proof = False

    def pass_on(self, owner, at):
        self.held[-1][2] = at
        self.held.append([owner, at, None])
        self.owner, self.offer = owner, None

    def close(self, state, at):
        self.state, self.closed, self.offer, self.proof = state, at, None, True
        self.held[-1][2] = at


class DutyLife(RuleBasedStateMachine):
    """One duty's life in memory: every step is tried, and refused exactly when the books say so."""

    @initialize(owner=st.sampled_from(UNITS[:4]))
    def open(self, owner):
        self.now = cities.START
        self.duty = rules.open_duty(owner=owner, at=self.now, due_at=self.now + timedelta(hours=4))
        self.books = Books(owner, self.now)

    def _try(self, allowed, step, then):
        try:
            changed = step()
        except Refused:
            assert not allowed, "the rules refused what the books allow"
            return
        assert allowed, "the rules allowed what the books refuse"
        self.duty = changed
        then()

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule(evidence=st.sampled_from(["", "scan BX-1"]))
    def fulfil(self, evidence):
        self._try(
            self.books.state == "open" and bool(evidence),
            lambda: rules.fulfil(self.duty, evidence=evidence, at=self.now),
            lambda: self.books.close("fulfilled", self.now),
        )

    @rule(signer=st.sampled_from(UNITS), reason=st.sampled_from(["", "not needed"]))
    def waive(self, signer, reason):
        self._try(
            self.books.state == "open" and bool(reason) and above(signer, self.books.owner),
            lambda: rules.waive(self.duty, reason=reason, signer_unit=signer, at=self.now),
            lambda: self.books.close("waived", self.now),
        )

    @rule(successor=st.sampled_from(["", "D2"]))
    def supersede(self, successor):
        self._try(
            self.books.state == "open" and bool(successor),
            lambda: rules.supersede(self.duty, successor=successor, at=self.now),
            lambda: self.books.close("superseded", self.now),
        )

    @rule(reason=st.sampled_from(["", "lost"]), successor=st.sampled_from(["", "D2"]))
    def fail(self, reason, successor):
        self._try(
            self.books.state == "open" and bool(reason) and bool(successor),
            lambda: rules.fail(self.duty, reason=reason, successor=successor, at=self.now),
            lambda: self.books.close("failed", self.now),
        )

    @rule(receiver=st.sampled_from(UNITS))
    def offer(self, receiver):
        self._try(
            self.books.state == "open" and self.books.offer is None and receiver != self.books.owner,
            lambda: rules.offer(self.duty, receiver=receiver, at=self.now, answer_within=timedelta(minutes=15)),
            lambda: setattr(self.books, "offer", (receiver, self.now + timedelta(minutes=15))),
        )

    @precondition(lambda self: self.books.offer is not None)
    @rule(stranger=st.booleans())
    def accept(self, stranger):
        receiver = self.books.offer[0]
        unit = (
            next((one for one in UNITS if not one.startswith(receiver) and not receiver.startswith(one)), None)
            if stranger
            else receiver
        )
        if unit is None:
            return
        self._try(
            not stranger,
            lambda: rules.accept(self.duty, by_unit=unit, at=self.now),
            lambda: self.books.pass_on(receiver, self.now),
        )

    @rule(reason=st.sampled_from(["", "not ours"]))
    def refuse(self, reason):
        def then():
            self.books.offer, self.books.refusals = None, self.books.refusals + 1

        self._try(
            self.books.state == "open" and self.books.offer is not None and bool(reason),
            lambda: rules.refuse(self.duty, reason=reason),
            then,
        )

    @rule()
    def lapse(self):
        def then():
            self.books.offer, self.books.refusals = None, self.books.refusals + 1

        due = self.books.offer is not None and self.now >= self.books.offer[1]
        self._try(self.books.state == "open" and due, lambda: rules.lapse(self.duty, at=self.now), then)

    @rule()
    def withdraw(self):
        self._try(
            self.books.state == "open" and self.books.offer is not None,
            lambda: rules.withdraw(self.duty),
            lambda: setattr(self.books, "offer", None),
        )

    @rule(owner=st.sampled_from(UNITS), how=st.sampled_from([TenureHow.TAKEN_OVER, TenureHow.VACANCY, TenureHow.DECIDED]))
    def pass_to(self, owner, how):
        self._try(
            self.books.state == "open",
            lambda: rules.pass_to(self.duty, owner=owner, how=how, at=self.now),
            lambda: self.books.pass_on(owner, self.now),
        )

    @invariant()
    def the_books_agree(self):
        assert (self.duty.state.value, self.duty.owner) == (self.books.state, self.books.owner)
        assert (self.duty.offer.receiver if self.duty.offer else None) == (self.books.offer[0] if self.books.offer else None)
        assert self.duty.refusals == self.books.refusals
        assert (self.duty.closed_at is None) == (self.books.state == "open")
        assert bool(self.duty.proof) == self.books.proof  # nothing closes without evidence, reason or successor

    @invariant()
    def one_owner_at_every_instant(self):
        held = self.duty.tenures
        assert [[one.owner, one.starts_at, one.ends_at] for one in held] == self.books.held
        assert held[0].starts_at == self.duty.opened_at
        assert all(first.ends_at == then.starts_at for first, then in pairwise(held))
        assert held[-1].ends_at == self.duty.closed_at
        assert self.duty.state is not DutyState.OPEN or held[-1].owner == self.duty.owner


def test_two_thousand_lives_of_fifty_steps_agree_with_the_books():
    run_state_machine_as_test(
        DutyLife,
        settings=settings(
            max_examples=8_000 if SOAK else 2_000, stateful_step_count=50, deadline=None,
            suppress_health_check=list(HealthCheck), derandomize=not SOAK, database=None,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("owner", "to", "told"),
    [
        (cities.COMMUNITY_A, "owner", cities.COMMUNITY_A),
        (cities.COMMUNITY_A, "superior", cities.STREET_1),
        (cities.COMMUNITY_A, "street", cities.STREET_1),
        (cities.COMMUNITY_A, "district", cities.EAST),
        (cities.COMMUNITY_A, "city", cities.CITY),
        (cities.EAST, "street", cities.CITY),  # a level below the owner climbs to its superior
        (cities.EAST, "district", cities.CITY),
        (cities.SITE_A, "superior", cities.COMMUNITY_A),
        (cities.SITE_A, "district", cities.EAST),
        (cities.LAB_1, "district", cities.CITY),
    ],
)
def test_an_escalation_step_always_climbs(owner, to, told):
    assert rules.recipient(to=to, owner=owner, issuer="") == told

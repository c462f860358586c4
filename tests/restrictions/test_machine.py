"""The register against an independent model: random steps at random instants, on the real database.

The model keeps, for each restriction, only the instants at which it began and stopped holding somebody. Whatever the order of
steps and whether or not the worker ran, the register's answer at any instant is the model's.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from bulou.kernel.errors import BulouError
from bulou.restrictions import actions, queries
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Attempt, Restriction
from tests import city as cities
from tests.city import CITY, COMMUNITY_A, EAST, STREET_1, at
from tests.restrictions.facts import HOME, LAW, positive

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SETTINGS = {"max_examples": 40, "stateful_step_count": 30, "deadline": None}


class Held:
    """One restriction as the model knows it: nothing of states, only instants."""

    def __init__(self, proposed_at, ends_at):
        self.proposed_at, self.ends_at = proposed_at, ends_at
        self.begins = self.lifted = self.lapses = None
        self.withdrawn = False

    def stops(self):
        return min(one for one in (self.ends_at, self.lifted, self.lapses) if one is not None)

    def holds(self, when):
        return self.begins is not None and self.begins <= when < self.stops()

    def waits(self):
        return self.begins is None and not self.withdrawn


class Register(RuleBasedStateMachine):
    """Steps of several units over three weeks."""

    city = None

    @initialize()
    def start(self):
        self.now, self.model, self.number = at(), {}, 0

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours):
        self.now += hours * HOUR

    @rule(days=st.integers(1, 9), evidence=st.booleans())
    def propose(self, days, evidence):
        self.number += 1
        person = f"P{self.number}"
        entry = positive(self.city, person if evidence else "somebody", when=self.now).pk
        ends = self.now + timedelta(days=days)
        attempts = Attempt.objects.count()
        row = self.does(
            lambda: actions.propose(
                kind=Kind.HOME_QUARANTINE, person_id=person, place_code=HOME, evidence_id=entry, legal_basis=LAW, reason="x",
                starts_at=self.now, ends_at=ends, by=self.city.actor(STREET_1), at=self.now,
            ),
            expected=evidence and days <= 7,
        )  # fmt: skip
        assert (Attempt.objects.count() > attempts) == (row is None)
        if row is not None:
            self.model[row.pk] = Held(self.now, ends)

    @precondition(lambda self: self.model)
    @rule(pick=st.integers(0, 99), unit=st.sampled_from([STREET_1, COMMUNITY_A, EAST, CITY]))
    def approve(self, pick, unit):
        code, one = self.picked(pick)
        may = one.waits() and self.now < one.ends_at and unit in {EAST, CITY}
        actor = self.city.actor(unit, role=cities.Role.UNIT_OFFICER)
        if self.does(lambda: actions.approve(code=code, by=actor, at=self.now), expected=may):
            one.begins = self.now

    @precondition(lambda self: self.model)
    @rule(pick=st.integers(0, 99), step=st.sampled_from(["refuse", "withdraw"]))
    def take_back(self, pick, step):
        code, one = self.picked(pick)
        by = self.city.actor(EAST if step == "refuse" else STREET_1)
        if self.does(lambda: getattr(actions, step)(code=code, reason="x", by=by, at=self.now), expected=one.waits()):
            one.withdrawn = True

    @precondition(lambda self: self.model)
    @rule(pick=st.integers(0, 99))
    def lift(self, pick):
        code, one = self.picked(pick)
        held = one.holds(self.now)
        self.does(lambda: actions.lift(code=code, reason="x", by=self.city.actor(COMMUNITY_A), at=self.now), expected=None)
        if held:
            one.lifted = self.now

    @precondition(lambda self: self.model)
    @rule(pick=st.integers(0, 99))
    def object_to(self, pick):
        code, one = self.picked(pick)
        made = self.does(
            lambda: actions.appeal(code=code, text="no", how="paper", by=self.city.actor(COMMUNITY_A), at=self.now),
            expected=None,
        )
        if one.holds(self.now):
            assert made
            if one.lapses is None:
                one.lapses = self.now + 36 * HOUR

    @precondition(lambda self: self.model)
    @rule(pick=st.integers(0, 99), allowed=st.booleans())
    def answer(self, pick, allowed):
        code, one = self.picked(pick)
        asked = Restriction.objects.get(pk=code).appeals.filter(state="open").first()
        if asked is None:
            return
        in_time = self.now < asked.lifts_at
        done = self.does(
            lambda: actions.decide_appeal(code=asked.pk, allowed=allowed, answer="x", by=self.city.actor("99"), at=self.now),
            expected=in_time,
        )
        if done and one.holds(self.now):
            one.lapses = None
            if allowed:
                one.lifted = self.now
        elif done:
            one.lapses = None

    @rule()
    def the_worker_runs(self):
        actions.end_due(at=self.now)

    def picked(self, pick):
        codes = sorted(self.model)
        return codes[pick % len(codes)], self.model[codes[pick % len(codes)]]

    def does(self, act, *, expected):
        try:
            with transaction.atomic():
                done = act()
        except BulouError as fault:
            actions.sound(fault)
            done = None
        if expected is not None:
            assert (done is not None) == expected
        return done

    def check_invariants(self, *given, **named):
        super().check_invariants(*given, **named)
        if not getattr(self, "model", None):
            return
        reader = self.city.actor(CITY)
        for when in (self.now, self.now - 30 * HOUR, self.now + 50 * HOUR):
            held = set(queries.in_force(reader, when).values_list("pk", flat=True))
            assert held == {code for code, one in self.model.items() if one.holds(when)}, when


def test_the_register_answers_as_the_model_at_every_instant(city):
    class Here(Register):
        pass

    Here.city = city

    class Clean(Here):
        def __init__(self):
            super().__init__()
            self.savepoint = transaction.savepoint()

        def teardown(self):
            transaction.savepoint_rollback(self.savepoint)

    chosen = settings(**SETTINGS, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Clean, settings=chosen)

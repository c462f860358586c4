"""Whatever is done in whatever order: one state and one owner for each request, nobody twice in a vehicle, beds and seats add up.

The steps are drawn; what the room refuses is no step. After each step the books are held against each other.
"""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from bulou.duties.models import Duty, Tenure
from bulou.kernel.errors import BulouError
from bulou.transfer import actions as transfer
from bulou.transfer import planning
from bulou.transfer.choices import RequestState, RiskClass, StopState
from bulou.transfer.models import LIVE, RUNNING, Leg, OutsideRoom, SafetyStop, TransferRequest, Trip
from tests import city as cities
from tests.city import at
from tests.transfer import by_first_come
from tests.transfer.desk import Desk, open_desk

RUNS = 50 if os.environ.get("BULOU_SOAK") else 6
BOARDED = (RequestState.BOARDED, RequestState.ARRIVED)


class Transfers(RuleBasedStateMachine):
    """A desk on which anybody does anything."""

    desk: Desk

    @initialize()
    def start(self) -> None:
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.keep = pytest.MonkeyPatch()
        self.keep.setattr(planning, "solve", by_first_come.solve)
        self.desk = open_desk(cities.build_city(), rooms=4, coaches=2, drivers=2)
        self.now, self.people, self.on_board = at(0), 0, {}
        self.desk.agree(when=at(0))

    def teardown(self) -> None:
        if hasattr(self, "keep"):
            self.keep.undo()
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def try_(self, step, **given) -> None:
        """Take a step; what is refused has changed nothing, as the books show."""
        self.now += timedelta(minutes=2)
        try:
            step(at=self.now, **given)
        except BulouError:
            return

    def pick(self, rows, number: int):
        found = list(rows)
        return found[number % len(found)] if found else None

    @rule(size=st.integers(1, 3), case=st.booleans())
    @precondition(lambda self: self.people < 12)
    def asked(self, size, case) -> None:
        self.now += timedelta(minutes=2)
        people = self.desk.people(size, household=f"H{self.people}", first=self.people * 4)
        self.people += size
        self.desk.ask(people, when=self.now, risk=RiskClass.CASE if case else RiskClass.CONTACT)

    @rule(anew=st.booleans())
    def planned(self, anew) -> None:
        def both(at) -> None:
            made = (transfer.replan if anew else transfer.propose_plan)(by=self.desk.lead, at=at)
            transfer.commit_plan(code=made.pk, by=self.desk.lead, at=at)

        self.try_(both)

    @rule(n=st.integers(0, 9))
    def boarded(self, n) -> None:
        leg = self.pick(Leg.objects.filter(live=True).order_by("id"), n)
        if leg:
            self.try_(transfer.board, trip_code=leg.trip_id, code=leg.request_id, by=self.desk.driver)

    @rule(n=st.integers(0, 9))
    def left_behind(self, n) -> None:
        leg = self.pick(Leg.objects.filter(live=True).order_by("id"), n)
        if leg:
            self.try_(transfer.leave_behind, trip_code=leg.trip_id, code=leg.request_id, reason="发热", by=self.desk.driver)

    @rule(n=st.integers(0, 9))
    def departed(self, n) -> None:
        trip = self.pick(Trip.objects.filter(state__in=RUNNING).order_by("pk"), n)
        if trip:
            self.try_(transfer.depart, trip_code=trip.pk, by=self.desk.driver)

    @rule(n=st.integers(0, 9))
    def at_door(self, n) -> None:
        leg = self.pick(Leg.objects.filter(live=True).order_by("id"), n)
        if leg:
            self.try_(transfer.arrive_at_door, trip_code=leg.trip_id, receiver=leg.receiver_id, by=self.desk.driver)

    @rule(n=st.integers(0, 9), takes=st.booleans())
    def answered_at_door(self, n, takes) -> None:
        leg = self.pick(Leg.objects.filter(live=True).order_by("id"), n)
        if leg and takes:
            self.try_(transfer.sign_over, trip_code=leg.trip_id, codes=[leg.request_id], by=self.desk.receiver(leg.receiver_id))
        elif leg:
            self.try_(
                transfer.decline_person,
                trip_code=leg.trip_id,
                code=leg.request_id,
                reason="满员",
                by=self.desk.receiver(leg.receiver_id),
            )

    @rule(n=st.integers(0, 9), room=st.integers(1, 4))
    def redirected(self, n, room) -> None:
        leg = self.pick(Leg.objects.filter(live=True).order_by("id"), n)
        if leg:
            self.try_(transfer.redirect, code=leg.request_id, room_id=f"{leg.receiver_id}/{room:05}", by=self.desk.lead)

    @rule(n=st.integers(0, 9))
    def cancelled(self, n) -> None:
        row = self.pick(TransferRequest.objects.filter(state__in=LIVE).order_by("pk"), n)
        if row:
            self.try_(transfer.cancel_transfer, code=row.pk, reason="排除", by=self.desk.lead)

    @rule(n=st.integers(0, 9), resume=st.booleans())
    def stopped_or_answered(self, n, resume) -> None:
        stop = SafetyStop.objects.filter(state=StopState.STANDING).first()
        if stop:
            self.try_(transfer.answer_stop, stop_id=stop.pk, resume=resume, answer="已处理", by=self.desk.lead)
            return
        trip = self.pick(Trip.objects.filter(state__in=RUNNING).order_by("pk"), n)
        if trip:
            self.try_(transfer.stop_for_safety, trip_code=trip.pk, reason="异响", said_by="司机", by=self.desk.driver)

    @invariant()
    def the_books_agree(self) -> None:
        if not hasattr(self, "desk"):
            return
        for row in TransferRequest.objects.all():
            owed = Duty.objects.filter(kind__startswith="transfer.c", kind__endswith="_moved", about=f"transfer:{row.pk}")
            assert owed.count() == 1
            duty = owed.get()
            assert (duty.state == "open") == (row.state in LIVE), (row.state, duty.state)
            if duty.state == "open":
                assert Tenure.objects.filter(duty=duty, ends_at=None).count() == 1
            live = Leg.objects.filter(request=row, live=True).count()
            assert live == (row.state in {RequestState.PLANNED, *BOARDED}), (row.state, live)
            if row.state == RequestState.LEFT_IN_PLACE:
                assert row.reason
                assert Duty.objects.filter(kind="transfer.morning", about=f"transfer:{row.pk}", state="open").exists()
        for trip in Trip.objects.filter(state__in=RUNNING):
            done = Leg.objects.filter(trip=trip, ended=RequestState.RECEIVED).count()
            assert trip.taken == Leg.objects.filter(trip=trip, live=True).count() + done
            assert trip.taken <= trip.seats
            assert {leg.request.risk_class for leg in trip.legs.filter(live=True).select_related("request")} <= {
                trip.risk_class
            }
        slept = Leg.objects.filter(ended=RequestState.RECEIVED)
        for room in OutsideRoom.objects.filter(taken__gt=0):
            held = Leg.objects.filter(room_id=room.pk, live=True).count() + slept.filter(room_id=room.pk).count()
            assert room.taken == held
        # Whoever has boarded is on the same trip until signed for, or until a unit above has ended a trip that never left.
        still = {leg.request_id: leg.trip_id for leg in Leg.objects.filter(live=True, request__state__in=BOARDED)}
        for code, trip in self.on_board.items():
            if code not in still:
                row = TransferRequest.objects.get(pk=code)
                ended = SafetyStop.objects.filter(trip=trip, state=StopState.ENDED).exists()
                assert row.state == RequestState.RECEIVED or ended, row.state
            else:
                assert still[code] == trip
        self.on_board = still


@pytest.mark.django_db
def test_the_books_agree_whatever_is_done():
    """Each run stands in a savepoint that is rolled back."""
    run_state_machine_as_test(
        Transfers,
        settings=settings(
            max_examples=RUNS, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
        ),
    )

"""Forty threads ask for the last seats of a coach and the last beds behind it: never double, on both databases.

The naive versions are kept as mutants that the test must catch.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F

from bulou.kernel.errors import CapacityFull
from bulou.transfer import housing, seats
from bulou.transfer.choices import RequestState
from bulou.transfer.models import Leg, OutsideRoom, TransferRequest, Trip
from tests import city as cities
from tests.arena import Arena, patiently
from tests.city import at
from tests.transfer import by_first_come
from tests.transfer.desk import OUTSIDE, Desk, open_desk

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 40
CLAIMS = 100_000 if os.environ.get("BULOU_SOAK") else 4_000
SEATS, BEDS = 90, 3


def _naive_seat(trip: Trip) -> None:
    """Mutant: reads, decides, writes back."""
    row = Trip.objects.get(pk=trip.pk)
    if row.taken >= row.seats:
        raise CapacityFull("full")
    Trip.objects.filter(pk=trip.pk).update(taken=row.taken + 1)


def _naive_rooms(guests, *, by, at) -> None:
    """Mutant: the same for beds."""
    del by, at
    for guest in guests:
        row = OutsideRoom.objects.get(pk=guest.room_id)
        if row.taken >= row.beds:
            raise CapacityFull("full")
        OutsideRoom.objects.filter(pk=row.pk).update(taken=row.taken + 1)


@pytest.fixture
def coach(monkeypatch, tmp_path):
    """A committed trip of one person on a coach of many seats; everybody else waits for a seat."""
    from bulou.transfer import planning

    monkeypatch.setattr(planning, "solve", by_first_come.solve)
    city = cities.build_city()
    desk: Desk = open_desk(city, rooms=40, beds=BEDS)
    first = desk.ask(desk.people(1), when=at(0))
    desk.planned(when=at(0.2))
    trip = Trip.objects.get()
    Trip.objects.update(seats=SEATS)
    waiting = desk.ask(desk.people(400, first=100), when=at(0.3))
    return desk, trip, [row.pk for row in waiting], Arena(tmp_path), first


def _race(coach, seat, *, claims: int = CLAIMS) -> Counter[str]:
    desk, trip, waiting, arena, _ = coach
    turn = iter(range(claims))
    lock = threading.Lock()

    def run() -> Counter[str]:
        mine: Counter[str] = Counter()
        for _ in range(claims // THREADS):
            with lock:
                number = next(turn)
            code, room = waiting[number % len(waiting)], f"{OUTSIDE}/{number % 40 + 1:05}"
            try:
                patiently(partial(seat, desk, code, trip, room))
                mine["seated"] += 1
            except CapacityFull as full:
                mine[full.code] += 1
            except Exception as fault:  # noqa: BLE001 - whatever else: who has a seat is refused a second
                mine[type(fault).__name__] += 1
        return mine

    return sum(arena.at_once([run] * THREADS), Counter())


def _action(desk, code, trip, room) -> None:
    seats.seat_person(code=code, trip_code=trip.pk, room_id=room, by=desk.lead, at=at(0.4))


def _state(coach) -> dict[str, int]:
    _, trip, _, arena, _ = coach

    def look() -> dict[str, int]:
        legs = Leg.objects.filter(trip=trip, live=True)
        beds = Counter(legs.values_list("room_id", flat=True))
        taken = dict(OutsideRoom.objects.values_list("room_id", "taken"))
        return {
            "legs": legs.count(),
            "people": legs.values("person_id").distinct().count(),
            "taken": Trip.objects.get().taken,
            "rooms_wrong": sum(count != taken[room] for room, count in beds.items()),
            "over": sum(count > BEDS for count in beds.values()) + OutsideRoom.objects.filter(taken__gt=F("beds")).count(),
            "planned": TransferRequest.objects.filter(state=RequestState.PLANNED).count(),
        }

    return arena.at_once([look])[0]


def test_seats_and_beds_are_never_given_twice(coach):
    found = _race(coach, _action)
    state = _state(coach)
    assert state == {"legs": SEATS, "people": SEATS, "taken": SEATS, "rooms_wrong": 0, "over": 0, "planned": SEATS}
    assert found["seated"] == SEATS - 1
    assert sum(found.values()) == CLAIMS


@pytest.mark.parametrize("which", ["seat", "rooms"])
def test_the_naive_version_is_caught(coach, monkeypatch, which):
    """Without transactions that take turns a figure that is read and written back is wrong, or the database refuses it."""
    if which == "seat":
        monkeypatch.setattr(seats, "claim_seat", _naive_seat)
    else:
        monkeypatch.setattr(seats, "claim_rooms", _naive_rooms)
    found = _race(coach, _unguarded, claims=800)
    state = _state(coach)
    honest = state["taken"] == state["legs"] and not state["rooms_wrong"] and not state["over"] and state["legs"] <= SEATS
    assert not honest, f"the mutant was not caught: {state} {found}"


def _unguarded(desk, code, trip, room) -> None:
    """The action's steps, each in a transaction of its own: what a hurried page would do."""
    row = TransferRequest.objects.get(pk=code)
    if row.state != RequestState.OPEN:
        raise CapacityFull("seated already")
    guest = housing.Guest(row, room, at(2))
    seats.claim_seat(trip)
    seats.claim_rooms([guest], by=desk.lead, at=at(0.4))
    with transaction.atomic():
        Leg.objects.create(
            trip=trip, request=row, person_id=row.person_id, receiver_id=OUTSIDE, room_id=room, pickup_at=at(1), arrive_at=at(2)
        )
        TransferRequest.objects.filter(pk=code).update(state=RequestState.PLANNED)

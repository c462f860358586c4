"""Rooms lived in at random, on each database: beds never over, classes never mixed, one current stay for a person."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bulou.isolation import actions as isolation
from bulou.isolation.choices import LeaveReason, RiskClass
from bulou.isolation.models import LIVE, GuestTest, Room, Stay
from bulou.kernel.errors import BulouError
from tests.city import at
from tests.lodging import SITE

EXAMPLES = 60 if os.environ.get("BULOU_SOAK") else 12
ROOMS = {"A": 1, "B": 2, "C": 3, "HALL": 4}
PEOPLE = [f"P{number}" for number in range(8)]
VERBS = ("reserve", "reserve", "cancel", "door", "admit", "admit", "move", "leave", "release", "disinfect", "pause", "open")

step = st.tuples(
    st.sampled_from(VERBS),
    st.sampled_from(PEOPLE),
    st.sampled_from(sorted(ROOMS)),
    st.sampled_from(list(RiskClass)),
    st.integers(0, 2),
)


class Books:
    """What the rooms should hold, kept apart: who holds a bed where, of which class and household, and what is not clean."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[str, RiskClass, str, str]] = {}  # person → room, class, group, state
        self.dirty: set[str] = set()
        self.open = True

    def mates(self, room: str) -> list[tuple[str, RiskClass, str, str]]:
        return [one for one in self.held.values() if one[0] == room]

    def fits(self, room: str, risk: RiskClass, group: str) -> bool:
        mates = self.mates(room)
        return (
            self.open
            and room not in self.dirty
            and len(mates) < ROOMS[room]
            and all(one[1] is risk for one in mates)
            and (room == "HALL" or all(one[2] == group for one in mates))
        )

    def out(self, person: str) -> None:
        room, _, _, state = self.held.pop(person)
        if state == "admitted" and not self.mates(room):
            self.dirty.add(room)


def _stay(person: str) -> str:
    return Stay.objects.filter(person_id=person, state__in=LIVE).values_list("pk", flat=True).first() or "NONE"


def _play(lodging, books: Books, verb, person, room, risk, household, now) -> None:
    group = f"H{household}"
    held = books.held.get(person)
    leader, manager = lodging.leader(), lodging.manager
    wanted = {
        "reserve": lambda: held[0] == room if held else books.fits(room, risk, group),
        "cancel": lambda: bool(held) and held[3] == "reserved",
        "door": lambda: bool(held) and held[3] in {"reserved", "at_door"},
        "admit": lambda: bool(held) and (held[3] == "admitted" or held[0] not in books.dirty),
        "move": lambda: bool(held) and held[0] != room and books.fits(room, held[1], held[2]),
        "leave": lambda: bool(held) and held[3] in {"at_door", "admitted"},
        "release": lambda: bool(held) and held[3] == "admitted",
        "disinfect": lambda: True,
        "pause": lambda: books.open,
        "open": lambda: True,
    }[verb]()
    wish = isolation.Reservation(
        person_id=person, room_id=room, risk_class=risk, basis="x", home_code=SITE.split(":")[0], clock_from=at(-300),
        expected_at=now, group_id=group,
    )  # fmt: skip
    if verb == "release" and held:
        taken = {"sampled_at": at(-20), "resulted_at": at(-10), "outcome": "negative"}
        GuestTest.objects.filter(stay=_stay(person)).update(**taken)
        if held[1] is RiskClass.CASE:
            GuestTest.objects.create(stay_id=_stay(person), site_code=SITE, day=0, due_on=at(-60).date(), tube_id=f"T{now}",
                                     **(taken | {"sampled_at": at(-60)}))  # fmt: skip
    doing = {
        "reserve": lambda: isolation.reserve_room(reservation=wish, by=leader, at=now),
        "cancel": lambda: isolation.cancel_reservation(stay=_stay(person), reason="x", by=leader, at=now),
        "door": lambda: isolation.arrive_at_door(stays=[_stay(person)], by=manager, at=now),
        "admit": lambda: isolation.admit_guest(stay=_stay(person), by=manager, at=now),
        "move": lambda: isolation.move_guest(stay=_stay(person), to_room=room, reason="x", by=manager, at=now),
        "leave": lambda: isolation.let_guest_leave(stay=_stay(person), why=LeaveReason.HOSPITAL, note="x", by=manager, at=now),
        "release": lambda: isolation.release_guest(stay=_stay(person), by=manager, at=now),
        "disinfect": lambda: isolation.record_disinfection(room_id=room, by=manager, at=now),
        "pause": lambda: isolation.pause_site(unit=SITE, reason="x", by=leader, at=now),
        "open": lambda: isolation.open_isolation_site(unit=SITE, by=leader, at=now),
    }[verb]
    why = ""
    try:
        doing()
    except BulouError as fault:
        why = str(fault) or "refused"
    assert bool(wanted) == (not why), f"{verb} {person} {room} {risk}: {why or 'allowed'}; {books.held}, dirty {books.dirty}"
    if why:
        return
    if verb == "reserve" and not held:
        books.held[person] = (room, risk, group, "reserved")
    elif verb in {"cancel", "leave", "release"}:
        books.out(person)
    elif verb == "door":
        books.held[person] = (*held[:3], "at_door")
    elif verb == "admit":
        books.held[person] = (*held[:3], "admitted")
    elif verb == "move":
        state = held[3]
        books.out(person)
        books.held[person] = (room, *held[1:3], state)
    elif verb == "disinfect":
        books.dirty.discard(room)
    elif verb in {"pause", "open"}:
        books.open = verb == "open"


def _agree(books: Books) -> None:
    live = list(Stay.objects.filter(state__in=LIVE))
    assert Counter(one.person_id for one in live) == Counter(list(books.held))
    by_room = defaultdict(list)
    for one in live:
        by_room[one.room_id].append(one)
    for room in Room.objects.filter(pk__in=ROOMS):
        mates = by_room[room.pk]
        assert len(mates) == room.taken <= room.beds
        assert len({one.risk_class for one in mates}) <= 1
        assert room.class_now == (mates[0].risk_class if mates else "")
        assert room.shared or len({one.group_id for one in mates}) <= 1
        assert (room.state == "disinfecting") == (room.pk in books.dirty)
    for person, (room, risk, group, state) in books.held.items():
        one = next(row for row in live if row.person_id == person)
        assert (one.room_id, one.risk_class, one.group_id, one.state) == (room, risk, group, state)


@pytest.mark.django_db
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=(HealthCheck.function_scoped_fixture, HealthCheck.too_slow),
)
@given(steps=st.lists(step, min_size=10, max_size=40))
def test_rooms_hold_what_the_books_hold(lodging, steps):
    from django.db import transaction

    with transaction.atomic():
        for room, beds in ROOMS.items():
            lodging.room(room, beds=beds, shared=room == "HALL")
        books, now = Books(), at(0)
        for verb, person, room, risk, household in steps:
            now += timedelta(minutes=7)
            # A move to a room that is still dirty, or of somebody reserved, asks what the books ask.
            _play(lodging, books, verb, person, room, risk, household, now)
            _agree(books)
        transaction.set_rollback(True)

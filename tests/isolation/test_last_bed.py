"""Forty threads ask for the last beds: never double, on both databases; without its guards the claim is caught.

PostgreSQL: the conditional ``UPDATE`` locks the room's row and looks at it again after the wait. SQLite: every transaction
begins with ``BEGIN IMMEDIATE``, so the naive version is wrong only when it reads before its transaction begins. Behind both
stands the table's own trigger: with it, even the naive version cannot put two people into one bed.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, Q

from bulou.isolation import actions as isolation
from bulou.isolation.choices import RiskClass
from bulou.isolation.models import LIVE, Room, Stay
from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull, Refused
from tests import city as cities
from tests import lodging as lodgings
from tests.arena import Arena, patiently
from tests.city import COMMUNITY_B, at
from tests.lodging import SITE

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 40
CLAIMS = 100_000 if os.environ.get("BULOU_SOAK") else 4_000
HALL = min(2_000, CLAIMS // 40)  # beds of a hall in which people of one class share
SINGLES = CLAIMS // 10  # rooms for one
BEDS = HALL + SINGLES

Claim = Callable[[Actor, str, str], None]


def guarded(by: Actor, person: str, room: str) -> None:
    """The action itself."""
    wish = isolation.Reservation(
        person_id=person, room_id=room, risk_class=RiskClass.CONTACT, basis="contact:x", home_code=COMMUNITY_B,
        clock_from=at(-1), expected_at=at(2),
    )  # fmt: skip
    isolation.reserve_room(reservation=wish, by=by, at=at(0))


def naive(by: Actor, person: str, room: str) -> None:
    """Mutant: looks whether a bed is left before its transaction begins, then takes one."""
    row = Room.objects.get(pk=room)
    if row.taken >= row.beds:
        raise CapacityFull("full")
    with transaction.atomic():
        group = "" if row.shared else person
        Room.objects.filter(pk=room).update(taken=min(row.taken + 1, row.beds), class_now="contact", group_now=group)
        Stay.objects.create(
            code=f"N-{person}", person_id=person, group_id=person, room_id=room, site_code=SITE, risk_class="contact",
            basis="x", home_code=COMMUNITY_B, clock_from=at(-1), reserved_at=at(0), expected_at=at(2),
        )  # fmt: skip


def build(folder: object, *, hall: int, singles: int) -> tuple[Arena, Actor, list[str]]:
    """A committed city with an open site of one hall and rooms for one."""
    city = cities.build_city()
    lodging = lodgings.opened(city, rooms=1)
    site = lodging.site
    Room.objects.all().delete()
    Room.objects.create(room_id="HALL", site=site, beds=hall, shared=True, offered=True)
    rooms = [f"S-{number:05}" for number in range(singles)]
    Room.objects.bulk_create(Room(room_id=one, site=site, beds=1, offered=True) for one in rooms)
    return Arena(folder), city.actor(cities.CITY), rooms


def reach(claim: Claim, by: Actor, thread: int, rooms: list[str], attempts: int) -> Counter[str]:
    """One desk's claims: every second one for the hall, the others for the rooms in turn."""
    found: Counter[str] = Counter()
    for number in range(attempts):
        turn = number * THREADS + thread
        room = "HALL" if turn % 2 else rooms[turn // 2 % len(rooms)]
        try:
            patiently(partial(claim, by, f"P-{thread:02}-{number:05}", room))
            found["claimed"] += 1
        except CapacityFull:
            found["full"] += 1
        except IntegrityError as fault:
            found["refused by the table"] += "beds_never_over" in str(fault) or "no bed left" in str(fault)
    return found


def race(arena: Arena, claim: Claim, by: Actor, rooms: list[str], attempts: int) -> Counter[str]:
    """All desks at once; what became of their claims."""
    each = attempts // THREADS
    answers = arena.at_once([partial(reach, claim, by, thread, rooms, each) for thread in range(THREADS)])
    return sum(answers, Counter())


def books() -> tuple[int, int, int]:
    """Live stays, beds taken by the rooms' own figure, and rooms in which more lie than there are beds."""
    over = Room.objects.annotate(n=Count("stays", filter=Q(stays__state__in=LIVE))).filter(
        Q(n__gt=F("beds")) | ~Q(n=F("taken"))
    )
    taken = sum(Room.objects.values_list("taken", flat=True))
    return Stay.objects.filter(state__in=LIVE).count(), taken, over.count()


def test_forty_desks_never_get_a_bed_twice(tmp_path):
    arena, by, rooms = build(tmp_path, hall=HALL, singles=SINGLES)
    found = race(arena, guarded, by, rooms, CLAIMS)
    assert found == Counter(claimed=BEDS, full=CLAIMS - BEDS)
    assert arena.look(books) == (BEDS, BEDS, 0)


def test_forty_desks_never_place_one_person_twice(tmp_path):
    arena, by, rooms = build(tmp_path, hall=50, singles=THREADS)

    def one(room: str) -> str:
        try:
            patiently(partial(guarded, by, "SAME", room))
        except Refused:
            return "refused"
        return "placed"

    answers = Counter(arena.at_once([partial(one, room) for room in rooms]))
    assert answers == {"placed": 1, "refused": THREADS - 1}
    assert arena.look(books) == (1, 1, 0)


def _walls(up: bool) -> None:
    """Take the table's triggers away, or put them back."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE isolation_stay {'ENABLE' if up else 'DISABLE'} TRIGGER USER")
    elif not up:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'isolation_stay_%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f"DROP TRIGGER {name}")


def test_the_naive_version_is_caught(tmp_path):
    arena, by, rooms = build(tmp_path, hall=20, singles=80)
    arena.look(partial(_walls, False))
    try:
        found = race(arena, naive, by, rooms, 800)
        stays, _, over = arena.look(books)
    finally:
        arena.look(partial(_walls, True))
    assert found["claimed"] > 100, "more beds were granted than there are"
    assert stays > 100
    assert over > 0


def test_with_the_tables_own_wall_even_the_naive_version_puts_nobody_into_anothers_bed(tmp_path):
    arena, by, rooms = build(tmp_path, hall=20, singles=80)
    found = race(arena, naive, by, rooms, 800)
    stays, _, _ = arena.look(books)
    assert found["refused by the table"] > 0, "the naive version did ask for beds that were gone"
    assert stays <= 100
    assert not arena.look(lambda: list(Room.objects.annotate(n=Count("stays")).filter(n__gt=F("beds"))))

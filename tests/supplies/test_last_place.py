"""Forty threads book the last places of a day's slots: never over, on both databases; the naive version is caught.

PostgreSQL: the conditional ``UPDATE`` locks the slot's row and looks at it again after the wait. SQLite: every transaction
begins with ``BEGIN IMMEDIATE``, so the naive version is wrong only when it reads before its transaction begins. Behind both
stands the table's check: with it, even the naive version lets nobody in above the places.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, F, Q

from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull, Refused
from bulou.supplies import actions as supplies
from bulou.supplies.models import LIVE, Booking, Point, Slot
from tests import city as cities
from tests import pantry
from tests.arena import Arena, patiently
from tests.city import COMMUNITY_A, at

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 40
BOOKINGS = 20_000 if os.environ.get("BULOU_SOAK") else 1_600
SLOTS = 8
PLACES = BOOKINGS // 2  # twice as many want to come as may
CHECK = "supplies_slot_never_over"

Book = Callable[[Actor, str, str], None]


def guarded(by: Actor, slot: str, home: str) -> None:
    """The action itself."""
    supplies.book_slot(slot=slot, household_id=home, by=by, at=at())


def naive(by: Actor, slot: str, home: str) -> None:
    """Mutant: looks whether a place is left before its transaction begins, then takes one."""
    row = Slot.objects.get(pk=slot)
    if row.taken >= row.places:
        raise CapacityFull("full")
    with transaction.atomic():
        Slot.objects.filter(pk=slot).update(taken=F("taken") + 1)
        Booking.objects.create(
            code=f"BN{home}", slot=row, unit_id=row.unit_id, place_code=row.place_code, household_id=home, on=at().date(), booked_at=at(),
            booked_by="x",
        )  # fmt: skip


def build(folder: object, places: int) -> tuple[Arena, Actor, list[str]]:
    """A committed city with a point of eight slots for so many households in all."""
    city = cities.build_city()
    pantry.point(city, crowd=places // SLOTS)
    by = city.actor(COMMUNITY_A)
    supplies.plan_slots(code="PT1", on=at().date(), opens="10:00", closes="18:00", minutes=60, by=by, at=at())
    return Arena(folder), by, list(Slot.objects.order_by("starts_at").values_list("pk", flat=True))


def _desk(book: Book, by: Actor, slots: list[str], thread: int, attempts: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for number in range(attempts):
        turn = number * THREADS + thread
        try:
            patiently(partial(book, by, slots[turn % len(slots)], f"H{turn:06}"))
            found["booked"] += 1
        except CapacityFull:
            found["full"] += 1
        except IntegrityError as fault:
            found["refused by the table"] += CHECK in str(fault)
    return found


def race(arena: Arena, book: Book, by: Actor, slots: list[str], attempts: int) -> Counter[str]:
    """All desks at once; what became of their bookings."""
    return sum(
        arena.at_once([partial(_desk, book, by, slots, thread, attempts // THREADS) for thread in range(THREADS)]), Counter()
    )


def books() -> tuple[int, int, int]:
    """Live bookings, places taken by the slots' own figure, and slots in which the two differ or are over."""
    counted = Slot.objects.annotate(n=Count("bookings", filter=Q(bookings__state__in=LIVE)))
    wrong = counted.filter(~Q(n=F("taken")) | Q(n__gt=F("places"))).count()
    return Booking.objects.filter(state__in=LIVE).count(), sum(Slot.objects.values_list("taken", flat=True)), wrong


def test_forty_desks_never_book_a_place_twice(tmp_path):
    arena, by, slots = build(tmp_path, PLACES)
    assert race(arena, guarded, by, slots, BOOKINGS) == Counter(booked=PLACES, full=BOOKINGS - PLACES)
    assert arena.look(books) == (PLACES, PLACES, 0)


def test_forty_desks_give_one_household_one_slot_a_day(tmp_path):
    arena, by, slots = build(tmp_path, PLACES)

    def one(slot: str) -> str:
        try:
            patiently(partial(guarded, by, slot, "SAME"))
        except Refused:
            return "refused"
        return "booked"

    answers = Counter(arena.at_once([partial(one, slots[number % SLOTS]) for number in range(THREADS)]))
    assert answers == {"booked": 1, "refused": THREADS - 1}
    assert arena.look(books) == (1, 1, 0)


def _wall(up: bool) -> None:
    """Take PostgreSQL's check away, or put it back; SQLite is told in each connection not to look."""
    if connection.vendor == "postgresql":
        check = next(one for one in Slot._meta.constraints if one.name == CHECK)
        with connection.schema_editor() as editor:
            (editor.add_constraint if up else editor.remove_constraint)(Slot, check)


def unwatched(by: Actor, slot: str, home: str) -> None:
    """The mutant where the table does not look either."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = 1")
    naive(by, slot, home)


def test_the_naive_version_is_caught(tmp_path):
    arena, by, slots = build(tmp_path, 80)
    _wall(False)
    try:
        found = race(arena, unwatched, by, slots, 800)
        booked, _, wrong = arena.look(books)
    finally:
        if connection.vendor == "postgresql":
            Booking.objects.all().delete()
            Slot.objects.update(taken=0)
        _wall(True)
    assert found["booked"] > 80, f"more places were given than there are: {found}"
    assert booked > 80
    assert wrong > 0


def test_with_the_tables_own_check_even_the_naive_version_lets_nobody_in_above(tmp_path):
    arena, by, slots = build(tmp_path, 80)
    found = race(arena, naive, by, slots, 800)
    booked, _, wrong = arena.look(books)
    assert found["refused by the table"] > 0, "the naive version did ask for places that were gone"
    assert (booked, wrong) == (80, 0)
    assert Point.objects.count() == 1


def test_what_the_worker_and_the_playbook_do_needs_no_transaction_around_it():
    city = cities.build_city()
    pantry.households()
    pantry.rice(city)
    supplies.keep_entitlement(
        unit=COMMUNITY_A, place_code=pantry.DOOR.format(2), household_id="H002", good="RICE", quantity=2_000, every_days=3,
        since_on=at().date(), by=city.actor(COMMUNITY_A), at=at(),
    )  # fmt: skip
    by = cities.SYSTEM
    assert len(supplies.open_by_fact(place_code=COMMUNITY_A, because="restriction:R1", by=by, at=at())) == 1
    assert supplies.ask_standing(by=by, at=at()) == 1
    assert supplies.tend_lists(by=by, at=at(1)) == 0
    assert supplies.tend_provisions(by=by, at=at(1)) == 1
    assert supplies.close_by_fact(because="restriction:R1", by=by, at=at(2)) == 1

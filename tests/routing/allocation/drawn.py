"""Instances drawn at random: mixed classes, needs, carers, rooms with hours, coaches by night, crews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from bulou.routing.allocation.values import Driver, Instance, Person, RiskClass, Room, Vehicle

START = datetime(2022, 9, 17, 8, 0, tzinfo=UTC)  # 16:00 in the city
NEEDS = ("wheelchair", "infant", "frail", "carer", "language:fr", "dialysis", "stretcher", "pregnancy", "oxygen")
FEATURES = ("wheelchair", "infant", "language:fr", "dialysis", "stretcher", "escort", "partition")


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


coordinates = st.integers(-12, 12).map(float)
features = st.sets(st.sampled_from(FEATURES), max_size=4).map(frozenset)
any_class = st.sampled_from([None, *RiskClass])


@st.composite
def groups(draw, group: int) -> list[Person]:
    x, y = draw(coordinates), draw(coordinates)
    risk = draw(st.sampled_from(RiskClass))
    ready, due = draw(st.integers(0, 8)), draw(st.integers(3, 22))
    made = []
    for place in range(draw(st.integers(1, 4))):
        needs = draw(st.sets(st.sampled_from(NEEDS), max_size=1)) if draw(st.booleans()) else set()
        if draw(st.integers(0, 11)) == 0:
            needs.add(
                draw(st.sampled_from(["carer", "cares_for"])) + ":" + draw(st.sampled_from(["P0-0", "P1-0", "P1-1", "nurse"]))
            )
        of = draw(st.sampled_from(RiskClass)) if draw(st.integers(0, 9)) == 0 else risk
        where = (draw(coordinates), y) if draw(st.integers(0, 9)) == 0 else (x, y)
        made.append(
            Person(f"P{group}-{place}", f"G{group}", of, frozenset(needs), "", *where, at(ready), at(max(due, ready + 1)))
        )
    return made


@st.composite
def instances(draw) -> Instance:
    people = [one for group in range(draw(st.integers(1, 7))) for one in draw(groups(group))]
    rooms = []
    for site in range(draw(st.integers(1, 3))):
        x, y = draw(coordinates), draw(coordinates)
        for number in range(draw(st.integers(1, 5))):
            hours = draw(st.sampled_from([(None, None), (None, None), (at(4), None), (None, at(6)), (at(2), at(12))]))
            beds = draw(st.integers(1, 4))
            rooms.append(Room(f"R{site}-{number}", f"S{site}", draw(any_class), beds, draw(features), x, y, *hours))
    vehicles = []
    for number in range(draw(st.integers(1, 4))):
        begins = draw(st.integers(0, 4))
        place = (draw(st.sampled_from([0.0, 3.0])), 0.0)
        vehicles.append(
            Vehicle(
                f"V{number}",
                draw(st.sampled_from([2, 4, 12, 45])),
                draw(any_class),
                draw(features),
                at(begins),
                at(begins + draw(st.integers(2, 20))),
                *place,
            )
        )
    drivers = None
    if draw(st.booleans()):
        made = []
        for number in range(draw(st.integers(1, 3))):
            begins = draw(st.integers(0, 6))
            crew = draw(st.sampled_from(["", "", "", "V0"]))
            hours = draw(st.sampled_from([0.5, 2.0, 4.0, 8.0]))
            made.append(Driver(f"D{number}", at(begins), at(begins + draw(st.integers(2, 14))), hours, crew))
        drivers = tuple(made)
    return Instance(tuple(people), tuple(rooms), tuple(vehicles), drivers)

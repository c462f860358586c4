"""Guiyang's transfer day of 17 September 2022 as an instance, drawn by a seed around the published figures.

Published (17th press conference, 17 September 2022): 169 sites with 22,696 rooms of which 19,977 used (2,719 free), 8 reserve
sites with 2,248 rooms, 10,668 free rooms in seven other prefectures, 20 coaches with 40 drivers on standby and 200 coaches in
reserve, 34 negative-pressure vehicles, 7,396 + 2,900 people moved or being moved out of the city; over 80 % of infections in
five areas (8th conference, 8 September); 94 new infections on the 16th (8 + 86); 45 passengers on the coach of 18 September,
270-280 km in at least four hours. Road distances are those between the prefectures' seats, rounded. The rest is drawn:
households, needs, who waits where and since when, which sites have the free rooms, shifts. The 40 drivers are those of the
coaches, as published; an ambulance comes with its own crew.
"""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

from bulou.kernel.clock import CITY_ZONE
from bulou.routing.allocation.values import Driver, Instance, Limits, Person, RiskClass, Room, Vehicle

DAY = datetime(2022, 9, 17, tzinfo=CITY_ZONE)
PEOPLE, CASES = 10_300, 94
AREAS = ((-14.0, -9.0), (-3.0, -2.0), (1.0, -17.0), (0.0, 34.0), (13.0, 9.0))  # the five areas, roughly, in km from the centre
PREFECTURES = (("anshun", 95, 225), ("qiannan", 120, 150), ("zunyi", 150, 10), ("bijie", 180, 330), ("qiandongnan", 185, 100),
               ("liupanshui", 250, 250), ("qianxinan", 300, 215))  # fmt: skip # road km, direction in degrees
SHARES = (0.10, 0.14, 0.27, 0.19, 0.15, 0.09, 0.06)  # of the 10,668 rooms, drawn to grow with nearness and population
TRUNK = Limits(trunk_from_km=20.0, trunk_kmh=250 / (4 - 20 / 30))  # 270 km in four hours: the first 20 km at 30 km/h


def at(hours: float) -> datetime:
    """An instant of the day."""
    return DAY + timedelta(hours=hours)


def _rooms(r: random.Random, site: str, x: float, y: float, count: int, opens: datetime | None) -> list[Room]:
    found = []
    for number in range(count):
        beds = r.choices((1, 2, 3), (0.25, 0.65, 0.10))[0]
        features = set()
        if r.random() < 0.04:
            features.add("wheelchair")
        if r.random() < 0.06:
            features.add("infant")
        found.append(Room(f"{site}-{number:03}", site, RiskClass.CONTACT, beds, frozenset(features), x, y, opens))
    return found


def _all_rooms(r: random.Random) -> list[Room]:
    shares = [r.lognormvariate(0, 1.3) for _ in range(169)]
    counts = [round(2_719 * share / sum(shares)) for share in shares]
    counts[counts.index(max(counts))] += 2_719 - sum(counts)
    rooms = []
    for number, count in enumerate(counts):
        away, turn = 3 + 30 * math.sqrt(r.random()), r.random() * 2 * math.pi
        rooms += _rooms(r, f"S{number:03}", round(away * math.cos(turn), 2), round(away * math.sin(turn), 2), count, None)
    for number in range(8):
        away, turn = 15 + 15 * r.random(), r.random() * 2 * math.pi
        x, y = round(away * math.cos(turn), 2), round(away * math.sin(turn), 2)
        rooms += _rooms(r, f"R{number:03}", x, y, 281, at(13))
    left = 10_668
    for (name, km, degrees), share in zip(PREFECTURES, SHARES, strict=True):
        count = min(left, round(10_668 * share))
        left -= count
        for part in range(4):
            x = km * math.cos(math.radians(degrees)) + r.uniform(-4, 4)
            y = km * math.sin(math.radians(degrees)) + r.uniform(-4, 4)
            rooms += _rooms(r, f"{name}{part}", round(x, 2), round(y, 2), count // 4, None)
    rooms += [
        Room(f"H-{number:03}", "hospital", RiskClass.CASE, 3, frozenset({"wheelchair", "infant"}), 4.0, 3.0)
        for number in range(60)
    ]
    return rooms


def _people(r: random.Random, total: int, cases: int, places: int) -> list[Person]:
    spots = []
    for number in range(places):
        x, y = AREAS[number % 5] if number < places * 4 // 5 else (r.uniform(-18, 18), r.uniform(-18, 18))
        spots.append(
            (
                round(x + r.gauss(0, 1.2), 2),
                round(y + r.gauss(0, 1.2), 2),
                r.lognormvariate(0, 1),
                at(r.uniform(0, 6) if r.random() < 0.6 else r.uniform(6, 14)),
            )
        )
    people: list[Person] = []
    group = 0
    while len(people) < total:
        x, y, _, ready = r.choices(spots, [spot[2] for spot in spots])[0]
        risk = RiskClass.CASE if len(people) < cases else RiskClass.CONTACT
        size = 1 if risk is RiskClass.CASE else r.choices((1, 2, 3, 4, 5, 6), (0.24, 0.29, 0.22, 0.14, 0.07, 0.04))[0]
        ready += timedelta(minutes=r.randrange(0, 60))
        for place in range(min(size, total - len(people))):
            needs = set()
            if place and r.random() < 0.03:
                needs.add("infant")
            elif r.random() < 0.008:
                needs.add("wheelchair")
            elif place and r.random() < 0.03:
                needs.add("frail")
            name = f"P{len(people):05}"
            people.append(Person(name, f"G{group:05}", risk, frozenset(needs), "", x, y, ready, at(24)))
        group += 1
    return people


def guiyang(seed: int = 20220917) -> Instance:
    """The day at its real size."""
    r = random.Random(seed)
    bases = ((0.0, 0.0), (-6.0, -8.0), (5.0, 8.0))
    everything = frozenset({"wheelchair"})
    none: frozenset[str] = frozenset()
    vehicles = [
        Vehicle(f"C{n:03}", 45, RiskClass.CONTACT, everything if n % 10 == 0 else none, at(6), at(26), *bases[0 if n < 20 else n % 3])
        for n in range(220)
    ]  # fmt: skip
    vehicles += [Vehicle(f"N{n:03}", 4, RiskClass.CASE, frozenset({"wheelchair", "escort", "stretcher"}), at(0), at(32), 2.0, 1.0)
                 for n in range(34)]  # fmt: skip
    drivers = tuple(Driver(f"D{n:02}", at(7 if n < 20 else 13), at(19 if n < 20 else 25), 8.0) for n in range(40))
    drivers += tuple(Driver(f"K{n:02}", at(8), at(20), 8.0, f"N{n:03}") for n in range(34))
    return Instance(tuple(_people(r, PEOPLE, CASES, 420)), tuple(_all_rooms(r)), tuple(vehicles), drivers)


def evening(people: int = 300, seed: int = 1) -> Instance:
    """An ordinary evening: households at their own doors, a dozen vehicles with their own drivers, rooms enough."""
    r = random.Random(seed)
    waiting = _people(r, people, people // 20, max(20, people // 3))
    rooms: list[Room] = []
    for number in range(10):
        x, y = round(r.uniform(-20, 20), 2), round(r.uniform(-20, 20), 2)
        rooms += _rooms(r, f"S{number:03}", x, y, people // 12, None)
    rooms += [
        Room(f"H-{number:03}", "hospital", RiskClass.CASE, 3, frozenset({"wheelchair", "infant"}), 4.0, 3.0)
        for number in range(20)
    ]
    both = frozenset({"wheelchair", "escort"})
    vehicles = [
        Vehicle(f"M{n:02}", 17, RiskClass.CONTACT, both, at(14), at(26), 0.0, 0.0) for n in range(max(10, people // 30))
    ]
    vehicles += [Vehicle(f"N{n:02}", 4, RiskClass.CASE, both, at(14), at(26), 2.0, 1.0) for n in range(4)]
    return Instance(tuple(waiting), tuple(rooms), tuple(vehicles))

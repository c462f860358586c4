"""Supplying 花果园 (September 2022) as it was published: the plan of slots, the gap list, deliveries by file, and what each costs.

``python -m benchmarks.huaguoyuan`` on SQLite, ``--postgres`` on a PostgreSQL of its own. SYNTHETIC: the figures below are
published (CCTV through 中评社, 8 September 2022); the households, towers, doors and who is vulnerable are drawn by a seed. The 32,303
parcels are the night of 7 September in the whole of Nanming district; here one night brings as many to doors of this one quarter.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PEOPLE, HOUSEHOLDS, POINTS, PARCELS = 220_000, 120_000, 82, 32_303
STREET, DISTRICT, CITY = "520102031", "520102", "5201"
HOMES_OF_A_TOWER, FLOORS = 500, 40  # invented
MEMBERS = (1, 1, 1, 2, 3, 3)  # eleven people in six households: 220,000 in 120,000
FRAIL = 0.12  # households with somebody to be seen to first; invented
NIGHT = datetime(2022, 9, 7, 11, 0, tzinfo=UTC)  # 19:00 in the city
OPENS, CLOSES, MINUTES = "08:00", "20:00", 15
TIMES = 20  # requests for each page
PASSWORD = "only-for-this-bench"  # noqa: S105 - of a city that is thrown away
_SEED = 20220907


def _timed(what: str, do: Callable[[], Any], note: Callable[[Any], str] = lambda _: "") -> Any:
    started = time.perf_counter()
    found = do()
    print(f"{what:58} {time.perf_counter() - started:7.2f} s  {note(found)}", flush=True)
    return found


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def _homes(communities: list[str]) -> list[tuple[str, str, bool]]:
    """Every household, its door, and whether somebody there is vulnerable; tower by tower."""
    chance, found = random.Random(_SEED), []
    towers = -(-HOUSEHOLDS // HOMES_OF_A_TOWER)
    for number in range(HOUSEHOLDS):
        tower, door = divmod(number, HOMES_OF_A_TOWER)
        community = communities[tower * len(communities) // towers]
        floor = door * FLOORS // HOMES_OF_A_TOWER + 1
        found.append((f"HGY{number:06}", f"{community}-{tower + 1:04}-{floor:03}", chance.random() < FRAIL))
    return found


def _found(folder: Path) -> tuple[Any, list[str], list[tuple[str, str, bool]]]:
    """The city's divisions and units, a duty leader, and the quarter's people by file."""
    from bulou.access import actions as access
    from bulou.exchange.importing import import_file
    from bulou.kernel.actor import Actor, Door, Role, system
    from bulou.places import actions as places
    from bulou.places.models import Division
    from bulou.units import actions as units
    from bulou.units import territory
    from bulou.units.models import Post, Unit

    by, since = system(unit="CN", door=Door.DRILL), NIGHT - timedelta(days=2)
    places.load_divisions()
    territory.register_territory_units(by=by, at=since)
    staff = units.register_staff(
        number="HGY1", name="值班长", home_unit=Unit.objects.get(code=CITY), phone="199", by=by, at=since
    )
    post = Post.objects.get(unit=CITY)
    units.fill_post(post=post, staff=staff, by=by, at=since)
    operator = Actor(account="op", name="op", post="", unit="CN", role=Role.OPERATOR, door=Door.CLI)
    access.create_account(username="leader", password=PASSWORD, staff=staff, by=operator, at=since)
    leader = Actor(account="leader", name="值班长", post=str(post.pk), unit=CITY, role=Role.DUTY_LEADER, door=Door.CLI)
    communities = list(Division.objects.filter(parent=STREET).order_by("code").values_list("code", flat=True))
    homes = _homes(communities)
    places.add_buildings(
        buildings=[(tower, f"{int(tower[13:])} 栋", FLOORS) for tower in sorted({door[:17] for _, door, _ in homes})]
    )
    people = [
        (f"{home}-{member}", door, home, "lives_alone" if frail and not member else "")
        for number, (home, door, frail) in enumerate(homes)
        for member in range(MEMBERS[number % len(MEMBERS)])
    ]
    assert len(people) == PEOPLE
    roster = _write(folder / "r.csv", ("person_id", "place_code", "household_id", "vulnerable"), people)
    _timed("residents by file", lambda: import_file(kind="residents", path=roster, by=leader, at=since), _counts)
    return leader, communities, homes


def _counts(found: Any) -> str:
    return f"{found.rows_in:,} rows: {found.created:,} created, {found.unchanged:,} unchanged, {found.rejected:,} refused"


def _plan(leader: Any, communities: list[str], folder: Path) -> None:
    """82 points, as many in each community as it has households for, and a day's slots."""
    from bulou.exchange.importing import import_file
    from bulou.kernel import clock
    from bulou.supplies import actions as supplies
    from bulou.supplies import rules
    from bulou.supplies.models import Point, Slot

    day = clock.day_of(NIGHT) + timedelta(days=1)
    cuts = len(rules.slots(opens_at=NIGHT, closes_at=NIGHT + timedelta(hours=12), minutes=MINUTES))
    for crowd in (5, 10, 20, 31):
        places = POINTS * cuts * crowd
        print(f"  {crowd:3} at once, {cuts} slots of {MINUTES} minutes at {POINTS} points: {places:7,} households a day, "
              f"all of {HOUSEHOLDS:,} in {-(-HOUSEHOLDS // places)} day(s)")  # fmt: skip
    crowd = -(-HOUSEHOLDS // (POINTS * cuts))
    rows = [
        (f"HGY-P{number:03}", unit, unit, f"花果园 {number} 号接驳点", crowd, "团长", "199")
        for number in range(1, POINTS + 1)
        for unit in (communities[(number - 1) * len(communities) // POINTS],)
    ]
    path = _write(folder / "p.csv", ("code", "unit", "place_code", "name", "crowd", "leader", "leader_phone"), rows)
    _timed("82 points by file", lambda: import_file(kind="points", path=path, by=leader, at=NIGHT), _counts)

    def cut() -> int:
        for one in Point.objects.order_by("code"):
            supplies.plan_slots(code=one.pk, on=day, opens=OPENS, closes=CLOSES, minutes=MINUTES, by=leader, at=NIGHT)
        return Slot.objects.count()

    _timed("a day's slots of all points", cut, lambda found: f"{found:,} slots for {found * crowd:,} households")
    slots = list(Slot.objects.order_by("code").values_list("pk", flat=True)[:200])

    def book() -> int:
        for number, slot in enumerate(slots):
            supplies.book_slot(slot=slot, household_id=f"HGY{number:06}", by=leader, at=NIGHT)
        return len(slots)

    _timed("200 bookings, one after the other", book)


def _supply(leader: Any, homes: list[tuple[str, str, bool]], folder: Path) -> None:
    from bulou.exchange.exporting import export_file
    from bulou.exchange.importing import import_file
    from bulou.supplies import actions as supplies
    from bulou.supplies import provisions
    from bulou.supplies.choices import GoodKind, Measure
    from bulou.supplies.models import Batch, Need, Provision

    made = _timed(
        "the quarter is kept indoors: a record for each community, counted",
        lambda: supplies.open_by_fact(place_code=STREET, because="order:1", by=leader, at=NIGHT),
        lambda found: f"{len(found)} places",
    )
    assert sum(Provision.objects.values_list("households", flat=True)) == HOUSEHOLDS
    later = NIGHT + timedelta(hours=3)
    gaps = _timed("the gap list", lambda: provisions.gaps(leader, at=later), lambda found: f"{len(found)} places not confirmed")
    print(
        f"  {sum(one.provision.missing for one in gaps):,} households, owners: {len({one.provision.unit_id for one in gaps})}"
    )
    for one in made[1:]:
        supplies.confirm_provision(code=one.pk, source="区保供专班", evidence="PU-HGY", by=leader, at=later)
    supplies.list_good(
        unit=DISTRICT,
        name="生活物资包",
        kind=GoodKind.PARCEL,
        measure=Measure.PIECE,
        usual=1,
        code="PARCEL",
        by=leader,
        at=NIGHT,
    )
    header = ("code", "unit", "place_code", "household_id", "good", "quantity", "how")
    needs = _write(
        folder / "n.csv", header, ((f"N-{home}", door[:12], door, home, "PARCEL", 1, "list") for home, door, _ in homes)
    )
    _timed("120,000 needs by file", lambda: import_file(kind="needs", path=needs, by=leader, at=NIGHT), _counts)
    _timed("the same file again", lambda: import_file(kind="needs", path=needs, by=leader, at=NIGHT), _counts)
    supplies.take_in(unit=DISTRICT, good="PARCEL", came=HOUSEHOLDS, origin="保供企业", code="HGY-B1", by=leader, at=NIGHT)
    _timed(
        "picked for all who wait, the vulnerable first",
        lambda: supplies.pick_for_waiting(code="HGY-B1", by=leader, at=later),
        lambda found: f"came {found.came:,} = out {found.out:,} + there {found.there:,} + lost {found.lost:,}",
    )
    turn = sorted(homes, key=lambda one: not one[2])[:PARCELS]
    said = _write(
        folder / "d.csv",
        ("code", "need", "proof_kind", "proof"),
        ((f"D-{home}", f"N-{home}", "signature", "签收") for home, _, _ in turn),
    )
    _timed("32,303 deliveries by file", lambda: import_file(kind="deliveries", path=said, by=leader, at=later), _counts)
    _timed(
        "coverage of all places counted", lambda: supplies.tend_provisions(by=leader, at=later), lambda found: f"{found} places"
    )
    rows = Provision.objects.values_list("households", "reached", "vulnerable", "vulnerable_reached")
    homes_, reached, frail, first = (sum(column) for column in zip(*rows, strict=True))
    print(f"  reached {reached:,} of {homes_:,} households, {first:,} of {frail:,} vulnerable ones")
    assert (homes_, reached, first) == (HOUSEHOLDS, PARCELS, frail)
    target = folder / "u.csv"
    _timed(
        "who got nothing yet, as a file",
        lambda: export_file(kind="unreached", target=target, by=leader, at=later),
        lambda found: f"{found.rows:,} households",
    )
    batch = Batch.objects.get()
    assert batch.came == batch.out + batch.there + batch.lost == Need.objects.filter(state__in=("picked", "delivered")).count()


def _pages() -> None:
    """The pages as the city's duty leader gets them, one after the other: median and slowest."""
    from django.test import Client

    from bulou.access.models import Account
    from bulou.books import reading
    from bulou.exchange.shelf import BOOKS
    from bulou.kernel import clock
    from bulou.kernel.actor import Actor, Door, Role
    from bulou.supplies.models import Need, Provision

    client = Client(HTTP_ACCEPT_LANGUAGE="zh-Hans")
    client.force_login(Account.objects.get(username="leader"))
    by = Actor(account="leader", name="", post="", unit=CITY, role=Role.DUTY_LEADER, door=Door.WEB)
    deep = reading.key_of(BOOKS["needs"], next(iter(reading.listed(BOOKS["needs"], by, chosen={})[60_000:60_001])))
    from urllib.parse import urlencode

    gap = Provision.objects.filter(state="unconfirmed").get()
    with clock.frozen(NIGHT + timedelta(hours=3)):
        for what, path in (
            ("points", "/points/"), ("a point with its slots", "/points/HGY-P001/"), ("slots", "/slots/"),
            ("gap list", "/provisions/?state=unconfirmed"), ("a place of it, with who was told", f"/provisions/{gap.pk}/"),
            ("needs, first page", "/needs/"), ("needs, after 60,000 rows", f"/needs/?{urlencode({'after': deep})}"),
            ("needs still to be delivered", "/needs/?state=picked"), ("a need", f"/needs/{Need.objects.order_by('code').first().pk}/"),
            ("deliveries", "/deliveries/"), ("stock", "/supplies/"),
        ):  # fmt: skip
            took = []
            for _ in range(TIMES):
                started = time.perf_counter()
                answer = client.get(path)
                took.append((time.perf_counter() - started) * 1_000)
                assert answer.status_code == 200, (path, answer.status_code)
            print(f"  page: {what:40} median {statistics.median(took):6.0f} ms, slowest {max(took):6.0f} ms", flush=True)


def _run() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from bulou.kernel import clock

    call_command("migrate", verbosity=0)
    print(f"SYNTHETIC households; {connection.vendor}; load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(prefix="bulou-hgy-") as name, clock.frozen(NIGHT):
        folder = Path(name)
        leader, communities, homes = _found(folder)
        _plan(leader, communities, folder)
        _supply(leader, homes, folder)
    _pages()


def main() -> int:
    """Run it in a process of its own, in a home that is thrown away."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.here:
        _run()
        return 0
    with tempfile.TemporaryDirectory(prefix="bulou-hgy-home-") as home:
        environment = dict(
            os.environ, BULOU_HOME=home, BULOU_SECRET_KEY="for-this-bench-" * 4, DJANGO_SETTINGS_MODULE="bulou.config.settings"
        )
        environment.pop("BULOU_DATABASE_URL", None)
        if not given.postgres:
            return _again(environment)
        tool, cluster = [sys.executable, str(Path(__file__).resolve().parent.parent / "tools/postgres.py")], f"{home}/pg"
        Path(home).chmod(0o755)
        begun = subprocess.run([*tool, "start", cluster], check=True, capture_output=True, text=True)
        try:
            return _again(environment | {"BULOU_DATABASE_URL": begun.stdout.strip().splitlines()[-1]})
        finally:
            subprocess.run([*tool, "stop", cluster], check=True, capture_output=True)


def _again(environment: dict[str, str]) -> int:
    return subprocess.run([sys.executable, "-m", "benchmarks.huaguoyuan", "--here"], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

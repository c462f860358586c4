"""People, tubes and a running round for tests; rows by bulk where the actions that write them are tested elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from bulou.people import drift
from bulou.people.models import Resident
from bulou.rounds import actions as rounds
from bulou.rounds.choices import RoundKind
from bulou.rounds.models import Site, TestingRound
from bulou.specimens.choices import TubeState
from bulou.specimens.models import Tube, TubeMember
from tests.city import CITY, LAB_1, City, at

DEADLINE = at(12)


def settle(place: str, count: int, *, prefix: str = "") -> list[str]:
    """Residents of a place; their ids begin with the place's last digits."""
    head = prefix or f"P{place.replace('-', '')[-8:]}"
    made = [
        Resident(
            person_id=f"{head}-{number:05}",
            name=f"王{number}",
            identity_kind="none",
            place_code=place,
            household_id=f"{head}-H{number // 3:04}",
            phone="13900000000",
        )
        for number in range(count)
    ]
    Resident.objects.bulk_create(made)
    if made:
        drift.note({(place[:12], "registered"): len(made)}, at=at(-3), source="tests")
    return [one.person_id for one in made]


def plan(city: City, *, code: str = "R1", kind: RoundKind = RoundKind.PCR, area: str = "test-city") -> TestingRound:
    """A round of the whole test city, planned by its leader: opens at the start, due twelve hours later."""
    return rounds.plan_round(
        code=code,
        name="第一轮",
        area=area,
        owner=CITY,
        opens_at=at(0),
        deadline_at=DEADLINE,
        kind=kind,
        by=city.actor(CITY),
        at=at(-2),
    )


def running(city: City, *, code: str = "R1", kind: RoundKind = RoundKind.PCR) -> TestingRound:
    """The same, open."""
    plan(city, code=code, kind=kind)
    return rounds.open_round(round_code=code, by=city.actor(CITY), at=at(0))


def laboratory(city: City, unit: str = LAB_1, *, tubes_per_hour: int = 100) -> str:
    """A registered laboratory's code."""
    rounds.register_laboratory(unit=unit, tubes_per_hour=tubes_per_hour, by=city.actor(unit), at=at(-2))
    return unit


def site(city: City, unit: str, *, code: str = "R1", lab: str = LAB_1, people: int = 300, open_at: bool = True) -> Site:
    """A site with a laboratory behind it, open unless said otherwise."""
    made = rounds.plan_site(
        round_code=code,
        unit=unit,
        opens_at=at(0),
        closes_at=at(10),
        expected_people=people,
        laboratory=lab,
        by=city.actor(CITY),
        at=at(-1),
    )
    if open_at:
        assert rounds.open_site(site_id=made.pk, by=city.actor(unit), at=at(0)).opened
    return made


def sample(
    where: Site,
    people: Sequence[str],
    *,
    registered_at: datetime,
    pool: int = 10,
    state: TubeState = TubeState.COLLECTED,
) -> list[str]:
    """Put people into tubes, in the order given; returns the tubes."""
    first = Tube.objects.count()
    groups = [people[start : start + pool] for start in range(0, len(people), pool)]
    tubes = [
        Tube(
            tube_id=f"T{first + number:06}",
            round_id=where.round_id,
            site=where,
            unit_code=where.unit_id,
            collected_at=registered_at - timedelta(minutes=1),
            registered_at=registered_at,
            people=len(group),
            state=state,
        )
        for number, group in enumerate(groups)
    ]
    Tube.objects.bulk_create(tubes)
    TubeMember.objects.bulk_create(
        TubeMember(tube=tube, round_id=where.round_id, person_id=person)
        for tube, group in zip(tubes, groups, strict=True)
        for person in group
    )
    return [tube.tube_id for tube in tubes]


def ids(people: Iterable[object]) -> list[str]:
    """The person ids of rows that have one."""
    return [one.person_id for one in people]  # type: ignore[attr-defined]

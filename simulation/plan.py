"""What a drill plays, drawn from a seed: communities, residents, sites, laboratories, and the failures to be found.

Pure: the same seed and size give the same plan, to the byte. Every name, number and failure is invented; failures fall on
units drawn by the seed and never on the places of the published cases.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bulou.kernel.clock import CITY_ZONE

DAY = date(2022, 9, 24)  # a Saturday after the published failures
FOUNDED = datetime(2022, 9, 16, 20, 0, tzinfo=CITY_ZONE)  # the evening before an earlier case is found
NOW = datetime(2022, 9, 24, 14, 26, tzinfo=CITY_ZONE)  # where the drill stops and the city is handed to the visitor
PACK = "guiyang-2022"
ROUND = "R4"
OPENS = datetime(2022, 9, 24, 6, 0, tzinfo=CITY_ZONE)
DEADLINE = datetime(2022, 9, 24, 20, 0, tzinfo=CITY_ZONE)
COMMUNITIES_PER_DISTRICT = 2
PEOPLE_PER_SITE = 2_500  # 2,000–3,000 a site: 区域新型冠状病毒核酸检测组织实施指南(第三版), 2022-03
SAMPLERS_DIVISOR = 360  # the same document
POOL = 10
TUBES_PER_BOX = 40  # a 4 °C carrier of this size is common; operational

# Places of the published cases: no seeded failure falls on them or below them.
SPARED = (
    "520102031",  # 花果园街道
    "520102201",  # 云关乡
    "520103019",  # 大营路街道
    "520103034",  # 渔安街道
    "520123005",  # 久长街道
    "520123004",  # 扎佐街道
    "520112101",  # 洛湾
    "520111102",  # 石板镇
    "520111101",  # 青岩镇
)


class Failure(StrEnum):
    """The seeded failures, by golden scenario."""

    NO_LABORATORY = "G1"  # boxes whose laboratory is full, and nobody assigned another
    SLOW_SAMPLING = "G2"  # a street whose rate projects past the deadline
    POOL_ABNORMAL = "G11"  # an abnormal pool, its members, one preliminary positive
    UNKNOWN_TUBE = "G13"  # a result for a tube that nobody registered
    POST_LEFT = "G17"  # a post-holder leaves in the middle of the shift
    BACK_AND_FORTH = "G18"  # a duty is refused twice
    WAIT_AT_DOOR = "G12"  # people stand at an isolation site's door
    SILENT_POST = "D16"  # somebody on duty who does not answer
    NOT_ACCEPTED = "G22"  # a home community that never takes over who was released
    REFUSED = "G23"  # a hospital refuses, and nobody names another
    MATTER_UNTOLD = "G15"  # a school does not tell what its sector finds
    ORDER_UNOPENED = "G7"  # an order stops at a street that never opens it
    ORDER_LAGS = "G19"  # a site's pace lags behind its order, and the issuer does not answer
    TASK_UNDONE = "G20"  # a task of a meeting is not done when the next one begins
    REQUEST_UNANSWERED = "G4"  # a resident's request passes its time
    POINT_CROWDED = "G3"  # people stand at a pick-up point without a slot, and nobody disperses them
    NO_SUPPLIES = "G5"  # a compound kept indoors without confirmed supplies
    TEAM_IDLE = "D15"  # a team sent to help, and nobody gives it work
    UNTOLD = "D22"  # a building that nobody tells of a notice
    ARRIVAL_LOST = "D13"  # somebody from outside, registered to a wrong address: neither followed nor handed over
    CROWD_STAYS = "D20"  # a crowd that a resident told, and nobody disperses it
    PLACE_UNDONE = "D14"  # a place that a case left, and nobody disinfects it
    ZONE_UNDECIDED = "D7"  # the zone that a positive proposes, and nobody decides


# The failures of the lines beside testing, chase and isolation: each falls on a community where none of those does.
OF_LINES = (
    Failure.REFUSED,
    Failure.MATTER_UNTOLD,
    Failure.ORDER_UNOPENED,
    Failure.ORDER_LAGS,
    Failure.TASK_UNDONE,
    Failure.REQUEST_UNANSWERED,
    Failure.POINT_CROWDED,
    Failure.NO_SUPPLIES,
    Failure.UNTOLD,
    Failure.ZONE_UNDECIDED,
    Failure.TEAM_IDLE,
    Failure.ARRIVAL_LOST,
    Failure.CROWD_STAYS,
    Failure.PLACE_UNDONE,
)
OF_STREETS = (Failure.ORDER_UNOPENED,)  # those that fall on the street itself
WITH_POSITIVE = (Failure.ZONE_UNDECIDED,)  # these fall where the day's positive is, not on a street of their own


@dataclass(frozen=True, slots=True)
class Seeded:
    """One failure and the unit on which it falls: what the drill must find, and nothing else."""

    failure: Failure
    unit: str


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A sampling site, its samplers and how many people it expects."""

    unit: str
    community: str
    name: str
    people: int
    samplers: int


@dataclass(frozen=True, slots=True)
class Person:
    """A synthetic resident."""

    person_id: str
    name: str
    identity_number: str
    birth_on: date
    phone: str
    place_code: str
    household_id: str
    vulnerable: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that the seed decides."""

    seed: int
    communities: tuple[str, ...]
    sizes: dict[str, int]
    sites: tuple[PlannedSite, ...]
    laboratories: tuple[tuple[str, str, int], ...]  # unit code, name, tubes an hour
    failures: tuple[Seeded, ...]

    def failing(self, failure: Failure) -> str:
        """The unit on which a failure falls."""
        return next(one.unit for one in self.failures if one.failure is failure)

    def quiet(self) -> list[str]:
        """The communities on which no failure of the core falls, nor fell one of the published ones; those of lines last."""
        taken = tuple(one.unit[:9] for one in self.failures if one.failure not in OF_LINES)
        last = tuple(one.unit for one in self.failures if one.failure in OF_LINES)
        found = [one for one in self.communities if not one.startswith(taken) and not spared(one)]
        return sorted(found, key=lambda one: one.startswith(last))


def on_the_day(hour: int, minute: int = 0) -> datetime:
    """An instant of the drill's day, in the city's zone."""
    return datetime.combine(DAY, datetime.min.time(), tzinfo=CITY_ZONE) + timedelta(hours=hour, minutes=minute)


def spared(code: str) -> bool:
    """Whether a place is one of the published cases' places."""
    return code.startswith(SPARED)


def draw(*, communities: Sequence[str], residents: int, seed: int) -> Plan:
    """The plan for a city.

    ``communities`` are all real community codes; about ``residents`` people are spread over two in each district.
    """
    chance = random.Random(f"bulou-plan-{seed}")
    by_district: dict[str, list[str]] = {}
    for code in sorted(communities):
        by_district.setdefault(code[:6], []).append(code)
    chosen = sorted(code for district in sorted(by_district) for code in _two_streets(by_district[district], chance))
    weights = [chance.uniform(0.6, 1.6) for _ in chosen]
    sizes = {code: max(200, round(residents * weight / sum(weights))) for code, weight in zip(chosen, weights, strict=True)}
    sites = tuple(site for code in chosen for site in _sites(code, sizes[code]))
    tubes = sum(sizes.values()) / POOL / 8  # the round's tubes over eight working hours
    laboratories = (
        ("5201:lab001", "市第一检测基地", round(tubes * 0.7)),
        ("5201:lab002", "市第二检测基地", round(tubes * 0.6)),
        ("5201:lab003", "市第三检测基地", round(tubes * 0.5)),
    )
    return Plan(
        seed=seed,
        communities=tuple(chosen),
        sizes=sizes,
        sites=sites,
        laboratories=laboratories,
        failures=_failures(sites, chance),
    )


def _two_streets(codes: list[str], chance: random.Random) -> list[str]:
    """Two communities of one district, in two streets where it has two."""
    streets = sorted({code[:9] for code in codes})
    picked = chance.sample(streets, min(COMMUNITIES_PER_DISTRICT, len(streets)))
    return [chance.choice([code for code in codes if code[:9] == street]) for street in picked]


def _sites(community: str, people: int) -> list[PlannedSite]:
    count = max(1, round(people / PEOPLE_PER_SITE))
    share = -(-people // count)
    return [
        PlannedSite(f"{community}:site{number:03}", community, f"{number} 号采样点", share, max(1, share // SAMPLERS_DIVISOR))
        for number in range(1, count + 1)
    ]


def _failures(sites: Sequence[PlannedSite], chance: random.Random) -> tuple[Seeded, ...]:
    """Each failure of the core falls on another street, none of them spared, so that one cannot hide another.

    Those of the other lines fall on the streets that are left, one after the other.
    """
    streets = sorted({site.community[:9] for site in sites if not spared(site.community)})
    core = [failure for failure in Failure if failure not in OF_LINES]
    drawn = chance.sample(streets, len(core))
    first = {street: next(site for site in sites if site.community.startswith(street)) for street in streets}
    at = {failure: first[street] for failure, street in zip(core, drawn, strict=True)}
    rest = [first[street].community for street in streets if street not in drawn]
    chance.shuffle(rest)
    own = [failure for failure in OF_LINES if failure not in WITH_POSITIVE]
    return (
        Seeded(Failure.NO_LABORATORY, at[Failure.NO_LABORATORY].unit),
        Seeded(Failure.SLOW_SAMPLING, at[Failure.SLOW_SAMPLING].community[:9]),
        Seeded(Failure.POOL_ABNORMAL, at[Failure.POOL_ABNORMAL].unit),
        Seeded(Failure.UNKNOWN_TUBE, "5201:lab002"),
        Seeded(Failure.POST_LEFT, at[Failure.POST_LEFT].community),
        Seeded(Failure.BACK_AND_FORTH, at[Failure.BACK_AND_FORTH].community),
        Seeded(Failure.SILENT_POST, at[Failure.SILENT_POST].community),
        Seeded(Failure.WAIT_AT_DOOR, f"{at[Failure.WAIT_AT_DOOR].community}:iso001"),
        Seeded(Failure.NOT_ACCEPTED, at[Failure.NOT_ACCEPTED].community),
        *(Seeded(failure, at[Failure.POOL_ABNORMAL].community) for failure in WITH_POSITIVE),
        *(_on(failure, rest[number % len(rest)]) for number, failure in enumerate(own)),
    )


def _on(failure: Failure, community: str) -> Seeded:
    return Seeded(failure, community[:9] if failure in OF_STREETS else community)


_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安宁平和清远明亮秋实春华子涵雨桐思远嘉禾文博一诺若溪景行知夏予怀向晚"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_SYNTHETIC = "99"  # no such province: nobody's real number can come out


def identity_number(*, born: date, order: int, community: int = 1) -> str:
    """A synthetic number with a right checksum (GB 11643: ISO 7064 MOD 11-2) in a region that does not exist.

    The region is made of the community's place in the plan and of the thousand in which the person stands: no number
    comes twice in a city.
    """
    body = f"{_SYNTHETIC}{community % 100:02}{order // 1000 % 99 + 1:02}{born:%Y%m%d}{order % 1000:03}"
    return body + _CHECK[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def people(plan: Plan, community: str) -> list[Person]:
    """The residents of a community, household by household, building by building."""
    chance = random.Random(f"bulou-people-{plan.seed}-{community}")
    made: list[Person] = []
    household = 0
    while len(made) < plan.sizes[community]:
        household += 1
        members = min(chance.choices((1, 2, 3, 4, 5), (18, 28, 30, 15, 9))[0], plan.sizes[community] - len(made))
        building, floor = chance.randint(1, max(2, plan.sizes[community] // 400)), chance.randint(1, 18)
        surname = chance.choice(_SURNAMES)
        for member in range(members):
            age = chance.choices((chance.randint(0, 5), chance.randint(6, 17), chance.randint(18, 59),
                                  chance.randint(60, 79), chance.randint(80, 97)), (6, 12, 62, 16, 4))[0]  # fmt: skip
            if member == 0 and age < 18:  # noqa: PLR2004 - a household has an adult
                age = chance.randint(25, 70)
            born = FOUNDED.date() - timedelta(days=age * 365 + chance.randint(1, 364))  # before the city is founded
            number = len(made)
            made.append(
                Person(
                    person_id=f"P{community[4:]}{number:05}",
                    name=surname + chance.choice(_GIVEN) + (chance.choice(_GIVEN) if chance.random() < 0.6 else ""),  # noqa: PLR2004 - a share
                    identity_number=identity_number(born=born, order=number, community=plan.communities.index(community) + 1),
                    birth_on=born,
                    phone=f"199{chance.randint(0, 99_999_999):08}",
                    place_code=f"{community}-{building:04}-{floor:03}",
                    household_id=f"H{community[4:]}{household:05}",
                    vulnerable=_vulnerable(age, members, chance),
                )
            )
    return made


def _vulnerable(age: int, members: int, chance: random.Random) -> str:
    found = []
    if age >= 80:  # noqa: PLR2004 - the flag's own limit
        found.append("aged_80")
    if age >= 60 and members == 1:  # noqa: PLR2004 - an older person alone
        found.append("lives_alone")
    if age < 2:  # noqa: PLR2004 - an infant
        found.append("infant")
    if chance.random() < 0.004:  # noqa: PLR2004 - a share; invented
        found.append("dialysis")
    if chance.random() < 0.03:  # noqa: PLR2004 - a share; invented
        found.append("chronic_medicine")
    return ";".join(found)


SMALL_LAB = "5201:lab009"  # the mobile laboratory behind one site; it is the one that will say "full"
SMALL_LAB_TUBES = 120

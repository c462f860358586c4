"""A small city for tests: two districts, three streets, four communities, units, posts, people on duty, a laboratory.

Codes are real in form and invented in meaning (a prefecture 9901 does not exist), so no test speaks of a real place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door, Role, system
from bulou.places.models import Area, AreaPart, Building, Division
from bulou.units import actions as units
from bulou.units.choices import PostKind, UnitKind
from bulou.units.models import Post, Staff, Unit

START = datetime(2022, 9, 20, 0, 0, tzinfo=UTC)  # 08:00 in the city
SYSTEM = system(unit="CN", door=Door.DRILL)

DIVISIONS = (
    ("99", "试验省", codes.Level.PROVINCE),
    ("9901", "试验市", codes.Level.CITY),
    ("990101", "东区", codes.Level.DISTRICT),
    ("990102", "西区", codes.Level.DISTRICT),
    ("990101001", "东一街道", codes.Level.STREET),
    ("990101002", "东二街道", codes.Level.STREET),
    ("990102001", "西一街道", codes.Level.STREET),
    ("990101001001", "甲社区", codes.Level.COMMUNITY),
    ("990101001002", "乙社区", codes.Level.COMMUNITY),
    ("990101002001", "丙社区", codes.Level.COMMUNITY),
    ("990102001001", "丁社区", codes.Level.COMMUNITY),
)
CITY, EAST, WEST = "9901", "990101", "990102"
STREET_1, STREET_2, WEST_STREET = "990101001", "990101002", "990102001"
COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, COMMUNITY_D = (
    "990101001001",
    "990101001002",
    "990101002001",
    "990102001001",
)
SITE_A, SITE_C, SITE_D = f"{COMMUNITY_A}:site001", f"{COMMUNITY_C}:site001", f"{COMMUNITY_D}:site001"
LAB_1, LAB_2, COURIER = f"{CITY}:lab001", f"{EAST}:lab001", f"{EAST}:team001"

_KINDS = {
    codes.Level.PROVINCE: UnitKind.PROVINCE,
    codes.Level.CITY: UnitKind.CITY,
    codes.Level.DISTRICT: UnitKind.DISTRICT,
    codes.Level.STREET: UnitKind.STREET,
    codes.Level.COMMUNITY: UnitKind.COMMUNITY,
}
_EXTRA = (
    (SITE_A, "甲社区采样点", UnitKind.SAMPLING_SITE, PostKind.SITE_LEAD, Role.SITE_LEAD),
    (SITE_C, "丙社区采样点", UnitKind.SAMPLING_SITE, PostKind.SITE_LEAD, Role.SITE_LEAD),
    (SITE_D, "丁社区采样点", UnitKind.SAMPLING_SITE, PostKind.SITE_LEAD, Role.SITE_LEAD),
    (LAB_1, "市检测一所", UnitKind.LABORATORY, PostKind.RECEIVER, Role.LABORATORY),
    (LAB_2, "东区检测所", UnitKind.LABORATORY, PostKind.RECEIVER, Role.LABORATORY),
    (COURIER, "东区送样组", UnitKind.TRANSPORT_TEAM, PostKind.COURIER, Role.COURIER),
)


@dataclass(frozen=True)
class City:
    """The units, their one post each, who holds it, and actors for them."""

    units: dict[str, Unit]
    posts: dict[str, Post]
    staff: dict[str, Staff]
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, unit: str, door: Door = Door.WEB, role: Role | None = None) -> Actor:
        """Whoever is on duty at the unit."""
        one = self.actors[unit]
        return Actor(account=one.account, name=one.name, post=one.post, unit=one.unit, role=role or one.role, door=door)


def at(hours: float = 0, *, minutes: float = 0) -> datetime:
    """An instant after the city's start."""
    return START + timedelta(hours=hours, minutes=minutes)


def build_city(*, start: datetime = START) -> City:
    """Set everything up as of ``start``: every unit has one post, held by somebody since the day before."""
    since = start - timedelta(days=1)
    for code, name, level in DIVISIONS:
        Division.objects.create(code=code, name=name, level=level, parent_id=codes.parent(code) or None)
    for community in (COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, COMMUNITY_D):
        Building.objects.create(code=f"{community}-0001", community_id=community, name="1 栋", floors=20)
    area = Area.objects.create(code="test-city", name="试验市", name_en="Test city", source="invented for tests")
    AreaPart.objects.create(area=area, place_code=CITY)
    posts: dict[str, Post] = {}
    staff: dict[str, Staff] = {}
    made: dict[str, Unit] = {}
    actors: dict[str, Actor] = {}
    plan = [(code, name, _KINDS[level], PostKind.DUTY_OFFICER, _role(level)) for code, name, level in DIVISIONS] + list(_EXTRA)
    for number, (code, name, kind, post_kind, role) in enumerate(plan, start=1):
        unit = units.register_unit(code=code, name=name, kind=kind, by=SYSTEM, at=since)
        person = units.register_staff(
            number=f"S{number:03}", name=f"{name}值班员", home_unit=unit, by=SYSTEM, at=since, phone="13800000000"
        )
        post = units.create_post(unit=unit, kind=post_kind, title="值班员", role=role, by=SYSTEM, at=since)
        units.fill_post(post=post, staff=person, by=SYSTEM, at=since)
        made[code], posts[code], staff[code] = unit, post, person
        actors[code] = Actor(account=f"u{number}", name=person.name, post=str(post.pk), unit=code, role=role, door=Door.WEB)
    return City(units=made, posts=posts, staff=staff, actors=actors)


def _role(level: codes.Level) -> Role:
    if level in {codes.Level.PROVINCE, codes.Level.CITY, codes.Level.DISTRICT}:
        return Role.DUTY_LEADER
    return Role.COMMUNITY_WORKER if level is codes.Level.COMMUNITY else Role.UNIT_OFFICER

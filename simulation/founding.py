"""Setting up the drill's city through the public actions: places, units, posts, people, accounts, laboratories, sites."""

from __future__ import annotations

import csv
import json
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from bulou.access import actions as access
from bulou.access.models import Account
from bulou.exchange.importing import import_file
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door, Role, system
from bulou.places import actions as places
from bulou.places.models import Division
from bulou.rounds import actions as rounds
from bulou.rounds.models import Site
from bulou.units import actions as units
from bulou.units import territory
from bulou.units.choices import PostKind, UnitKind
from bulou.units.models import Post, Staff, Unit
from simulation import cluster
from simulation import plan as plans
from simulation.plan import Plan

SYSTEM = system(unit="52", door=Door.DRILL)
PASSWORD = "bulou-demo-2022"  # noqa: S105 - printed by the drill; opens a synthetic city only
CITY = "5201"


@dataclass
class City:
    """The founded city: actors by unit, sites by unit, and the demonstration log-ins."""

    plan: Plan
    actors: dict[str, Actor] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)

    def actor(self, unit: str) -> Actor:
        """Whoever holds the unit's duty post."""
        return self.actors[unit]


def found(*, residents: int, seed: int, at: datetime) -> City:
    """The whole city as of ``at``; about ``residents`` people in two communities of each district."""
    places.load_divisions()
    territory.register_territory_units(by=SYSTEM, at=at)
    communities = list(Division.objects.filter(level=codes.Level.COMMUNITY).values_list("code", flat=True))
    plan = plans.draw(communities=communities, residents=residents, seed=seed)
    city = City(plan=plan)
    with transaction.atomic():
        _staff_territory(city, at)
        _extra_units(city, at)
    _people(city, at)
    _laboratories(city, at)
    return city


def _staff_territory(city: City, at: datetime) -> None:
    """Somebody holds the duty post of every territory unit; names are invented."""
    posts = list(Post.objects.select_related("unit").order_by("unit_id"))
    made = Staff.objects.bulk_create(
        Staff(number=f"T{number:05}", name=_name(number), phone=f"199{number:08}", home_unit_id=post.unit_id)
        for number, post in enumerate(posts)
    )
    territory.fill_posts(holders={post.pk: staff.pk for post, staff in zip(posts, made, strict=True)}, by=SYSTEM, at=at)
    for number, (post, staff) in enumerate(zip(posts, made, strict=True)):
        city.posts[post.unit_id] = post
        city.actors[post.unit_id] = _actor(f"t{number}", staff.name, post)


def _name(number: int) -> str:
    surnames, given = "赵钱孙李周吴郑王冯陈蒋沈韩杨朱秦许何吕张", "安宁平和清远明亮秋实春华文博景行知夏"
    return surnames[number % len(surnames)] + given[number // 7 % len(given)] + given[number // 3 % len(given)]


def _actor(account: str, name: str, post: Post) -> Actor:
    return Actor(account=account, name=name, post=str(post.pk), unit=post.unit_id, role=Role(post.role), door=Door.DRILL)


def _extra_units(city: City, at: datetime) -> None:
    """Laboratories, courier teams, sampling sites, and the city's report officer, auditor and operator."""
    number = 90_000
    extra = [
        (code, name, UnitKind.LABORATORY, PostKind.RECEIVER, "收样员", "Receiver", Role.LABORATORY)
        for code, name, _ in city.plan.laboratories
    ]
    extra.append(
        (plans.SMALL_LAB, "移动方舱检测点", UnitKind.LABORATORY, PostKind.RECEIVER, "收样员", "Receiver", Role.LABORATORY)
    )
    extra += [
        (f"{district}:team001", "送样组", UnitKind.TRANSPORT_TEAM, PostKind.COURIER, "送样员", "Courier", Role.COURIER)
        for district in sorted({community[:6] for community in city.plan.communities})
    ]
    extra += [
        (site.unit, site.name, UnitKind.SAMPLING_SITE, PostKind.SITE_LEAD, "点长", "Site lead", Role.SITE_LEAD)
        for site in city.plan.sites
    ]
    names = dict(Division.objects.filter(code__in=city.plan.communities).values_list("code", "name"))
    names |= dict(Division.objects.filter(level=codes.Level.DISTRICT).values_list("code", "name"))
    for code, name, kind, post_kind, title, title_en, role in extra:
        number += 1
        top = codes.territory(code)
        full = name if top == CITY else f"{names.get(top, '')}{name}"
        made: Unit = units.register_unit(code=code, name=full, kind=kind, by=SYSTEM, at=at)
        fill(city, made, post_kind, title, title_en, role, number, at)
    whole = Unit.objects.get(code=CITY)
    for post_kind, title, title_en, role in (
        (PostKind.REPORT_OFFICER, "疫情信息员", "Report officer", Role.REPORT_OFFICER),
        (PostKind.AUDITOR, "监督审计员", "Auditor", Role.AUDITOR),
    ):
        number += 1
        fill(city, whole, post_kind, title, title_en, role, number, at, key=f"{CITY}#{role.value}")


def fill(
    city: City, unit: Unit, kind: PostKind, title: str, title_en: str, role: Role, number: int, at: datetime,
    key: str = "",
) -> None:  # fmt: skip
    """Set up a post in a unit and let somebody with an invented name hold it."""
    staff = units.register_staff(
        number=f"T{number}", name=_name(number), home_unit=unit, phone=f"199{number:08}", by=SYSTEM, at=at
    )
    post = units.create_post(unit=unit, kind=kind, title=title, title_en=title_en, role=role, by=SYSTEM, at=at)
    units.fill_post(post=post, staff=staff, by=SYSTEM, at=at)
    city.posts[key or unit.code] = post
    city.actors[key or unit.code] = _actor(f"t{number}", staff.name, post)


def _people(city: City, at: datetime) -> None:
    """Write the residents as a roster file and import it, as a city does."""
    with tempfile.TemporaryDirectory(prefix="bulou-drill-") as folder:
        path = Path(folder) / "residents.csv"
        buildings: dict[str, int] = {}
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out)
            writer.writerow(["person_id", "place_code", "household_id", "name", "identity_kind", "identity_number",
                             "birth_on", "phone", "vulnerable"])  # fmt: skip
            for community in city.plan.communities:
                for one in plans.people(city.plan, community):
                    writer.writerow([one.person_id, one.place_code, one.household_id, one.name, "resident_id",
                                     one.identity_number, one.birth_on.isoformat(), one.phone, one.vulnerable])  # fmt: skip
                    building, floor = one.place_code[:17], int(one.place_code[18:])
                    buildings[building] = max(buildings.get(building, 1), floor)
        places.add_buildings(buildings=[(code, f"{int(code[13:])} 栋", floors) for code, floors in sorted(buildings.items())])
        import_file(kind="roster", path=path, by=city.actor(CITY), at=at)


def _laboratories(city: City, at: datetime) -> None:
    """What each laboratory tests in an hour."""
    leader = city.actor(CITY)
    for code, _, an_hour in city.plan.laboratories:
        rounds.register_laboratory(unit=code, tubes_per_hour=an_hour, by=leader, at=at)
    rounds.register_laboratory(unit=plans.SMALL_LAB, tubes_per_hour=plans.SMALL_LAB_TUBES, by=leader, at=at)


def plan_round(city: City, at: datetime) -> None:
    """The day's round and its sites, each with laboratory capacity behind it."""
    leader = city.actor(CITY)
    rounds.plan_round(
        code=plans.ROUND, name="第 4 轮", name_en="Round 4", area="guiyang", owner=CITY, opens_at=plans.OPENS,
        deadline_at=plans.DEADLINE, pool_size=plans.POOL, by=leader, at=at,
    )  # fmt: skip
    without = city.plan.failing(plans.Failure.NO_LABORATORY)
    for number, site in enumerate(city.plan.sites):
        made = rounds.plan_site(
            round_code=plans.ROUND, unit=site.unit, opens_at=plans.OPENS + timedelta(minutes=30),
            closes_at=plans.DEADLINE - timedelta(minutes=30), by=leader, at=at, samplers=site.samplers,
            expected_people=site.people,
        )  # fmt: skip
        lab = plans.SMALL_LAB if site.unit == without else city.plan.laboratories[number % 3][0]
        city.sites[site.unit] = rounds.give_site_laboratory(site_id=made.pk, laboratory=lab, by=leader, at=at)


def open_accounts(city: City, home: Path, at: datetime) -> list[dict[str, str]]:
    """The demonstration log-ins, written beside the database of the drill and shown on its log-in page."""
    behind = city.plan.failing(plans.Failure.SLOW_SAMPLING)
    site = city.plan.failing(plans.Failure.NO_LABORATORY)
    rest = cluster.draw(city.plan).hotel
    shown = [
        ("leader", CITY, "贵阳市", "Guiyang", "值班长", "Duty leader", "全市一切", "the whole city"),
        ("district", site[:6], _name_of(site[:6]), site[:6], "区县值班长", "District duty leader", "本区县", "one district"),
        ("street", behind, _name_of(behind), behind, "街道值班员", "Street duty officer", "本街道", "one street"),
        ("community", site[:12], _name_of(site[:12]), site[:12], "社区值班员", "Community officer", "本社区", "one community"),
        ("site", site, "采样点", "Sampling site", "点长", "Site lead", "本采样点", "one site"),
        ("courier", f"{site[:6]}:team001", "送样组", "Courier team", "送样员", "Courier", "手中样本箱", "boxes in hand"),
        ("manager", rest, "云栖酒店隔离点", "Yunqi Hotel", "隔离点负责人", "Site manager", "本隔离点", "one isolation site"),
        ("lab", "5201:lab001", "市第一检测基地", "Laboratory 1", "收样员", "Receiver", "本机构样本", "its own specimens"),
        ("report", f"{CITY}#report_officer", "贵阳市", "Guiyang", "疫情信息员", "Report officer", "日报", "the daily report"),
        ("auditor", f"{CITY}#auditor", "贵阳市", "Guiyang", "监督审计员", "Auditor", "账本与读取记录", "ledger and read log"),
    ]  # fmt: skip
    operator = system(unit=CITY, door=Door.DRILL)
    for account, key, *_ in shown:
        post = city.posts[key]
        staff = Staff.objects.get(holdings__post=post, holdings__ends_at=None)
        access.create_account(username=account, password=PASSWORD, staff=staff, by=operator, at=at)
    for account, role in (("wall", Role.WALL), ("operator", Role.OPERATOR)):
        access.create_account(username=account, password=PASSWORD, fixed_role=role, fixed_unit=CITY, by=operator, at=at)
    logins = [
        {"account": account, "password": PASSWORD, "unit_zh": unit, "unit_en": unit_en, "post_zh": post,
         "post_en": post_en, "sees_zh": sees, "sees_en": sees_en}
        for account, _, unit, unit_en, post, post_en, sees, sees_en in shown
    ] + [
        {"account": "wall", "password": PASSWORD, "unit_zh": "贵阳市", "unit_en": "Guiyang", "post_zh": "大屏",
         "post_en": "Wall screen", "sees_zh": "无姓名的值守台", "sees_en": "the desk without names"},
    ]  # fmt: skip
    (home / "demo_logins.json").write_text(json.dumps(logins, ensure_ascii=False, indent=1))
    return logins


def _name_of(code: str) -> str:
    return str(Division.objects.values_list("name", flat=True).get(code=code))


def account_exists() -> bool:
    """Whether this home already holds a drill."""
    return Account.objects.filter(username="leader").exists()

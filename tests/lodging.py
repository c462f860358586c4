"""An isolation site for tests: proposed, inspected, accepted, its five parties named, open, with rooms; and guests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.isolation import actions as isolation
from bulou.isolation.actions import Reservation, Said
from bulou.isolation.choices import Answer, InspectionKind, PartyKind, RiskClass
from bulou.isolation.models import IsolationSite, Stay
from bulou.kernel.actor import Actor, Role
from bulou.policy import load_pack
from bulou.units import actions as units
from bulou.units.choices import PostKind, UnitKind
from tests import town
from tests.city import CITY, COMMUNITY_A, COMMUNITY_B, COMMUNITY_C, EAST, STREET_1, SYSTEM, WEST, City, at

SITE = f"{COMMUNITY_A}:iso001"
OTHER = f"{COMMUNITY_C}:iso001"
YES = Said(Answer.YES)
BEFORE = at(-24)
NOW, EXPOSED = at(0), at(-10)


def all_yes() -> dict[str, Said]:
    """Every item of the checklist answered yes."""
    return {item.code: YES for item in load_pack().checklist("isolation.site")}


@dataclass
class Lodging:
    """A city with an open site, its manager, and short words for what tests do."""

    city: City
    site: IsolationSite
    manager: Actor

    def leader(self, unit: str = CITY) -> Actor:
        """The duty leader of a unit."""
        return self.city.actor(unit)

    def room(self, room_id: str, *, beds: int = 1, site: str = SITE, **more: object) -> str:
        """A room of the site."""
        isolation.register_room(room_id=room_id, site=site, beds=beds, by=self.leader(), at=BEFORE, **more)  # type: ignore[arg-type]
        return room_id

    def reserve(
        self,
        person: str,
        room: str,
        *,
        when: datetime = NOW,
        expected: datetime | None = None,
        clock_from: datetime = EXPOSED,
        risk_class: RiskClass = RiskClass.CONTACT,
        group: str = "",
        home: str = COMMUNITY_B,
        trip: str = "",
    ) -> Stay:
        """A bed for somebody."""
        return isolation.reserve_room(
            reservation=Reservation(
                person_id=person,
                room_id=room,
                risk_class=risk_class,
                basis=f"contact:{person}",
                home_code=home,
                clock_from=clock_from,
                expected_at=expected or when,
                group_id=group,
                sender=EAST,
                trip=trip,
            ),
            by=self.leader(),
            at=when,
        )

    def admit(self, person: str, room: str, *, when: datetime = NOW, **more: object) -> Stay:
        """Reserved, at the door and in the room at one instant."""
        stay = self.reserve(person, room, when=when, **more)  # type: ignore[arg-type]
        isolation.arrive_at_door(stays=[stay.pk], by=self.manager, at=when)
        return isolation.admit_guest(stay=stay.pk, by=self.manager, at=when)


def manager_of(city: City, unit: str, name: str) -> Actor:
    """Register a site's unit with its manager's post, held by somebody."""
    made = units.register_unit(code=unit, name=name, kind=UnitKind.ISOLATION_SITE, by=SYSTEM, at=BEFORE)
    number = f"M{unit[-20:]}"
    person = units.register_staff(number=number, name=f"{name}点长", home_unit=made, by=SYSTEM, at=BEFORE, phone="13700000000")
    post = units.create_post(
        unit=made, kind=PostKind.LEADER, title="隔离点负责人", role=Role.SITE_MANAGER, by=SYSTEM, at=BEFORE
    )
    units.fill_post(post=post, staff=person, by=SYSTEM, at=BEFORE)
    actor = Actor(
        account=f"m-{unit}", name=person.name, post=str(post.pk), unit=unit, role=Role.SITE_MANAGER, door=city.actor(CITY).door
    )
    city.actors[unit], city.units[unit], city.posts[unit], city.staff[unit] = actor, made, post, person
    return actor


def name_parties(city: City, unit: str, *, when: datetime = BEFORE) -> None:
    """All five."""
    who = zip(PartyKind, (EAST, CITY, unit, CITY, STREET_1), strict=True)
    for kind, party in who:
        isolation.name_party(
            unit=unit,
            kind=kind,
            party_unit=party,
            person_name=f"{kind} 负责人",
            phone="13600000000",
            by=city.actor(CITY),
            at=when,
        )


def accepted(city: City, unit: str = SITE, name: str = "晨光酒店") -> IsolationSite:
    """A site that is accepted and has no rooms and no parties yet."""
    manager_of(city, unit, name)
    leader = city.actor(CITY)
    isolation.propose_site(unit=unit, wanted_by=at(12), by=leader, at=BEFORE)
    isolation.survey_site(
        unit=unit, fire_ok=True, water_ok=True, sewage_ok=True, lifts=2, distance_m=40, rooms=60, by=leader, at=BEFORE
    )
    isolation.report_rebuilt(unit=unit, note="passages walled off", by=leader, at=BEFORE)
    isolation.record_inspection(unit=unit, kind=InspectionKind.ACCEPTANCE, answers=all_yes(), by=leader, at=BEFORE)
    return isolation.accept_site(unit=unit, by=leader, at=BEFORE)


def opened(city: City, unit: str = SITE, *, name: str = "晨光酒店", rooms: int = 4) -> Lodging:
    """An open site with some rooms for one, on one floor."""
    site = accepted(city, unit, name)
    made = Lodging(city, site, city.actors[unit])
    for number in range(1, rooms + 1):
        made.room(f"{unit[-6:] if unit == SITE else unit}-{100 + number}", site=unit)
    name_parties(city, unit)
    made.site = isolation.open_isolation_site(unit=unit, by=city.actor(CITY), at=BEFORE + timedelta(hours=1))
    return made


def people(count: int, *, home: str = COMMUNITY_B) -> list[str]:
    """Residents of a community."""
    return town.settle(home, count)


__all__ = [
    "BEFORE",
    "OTHER",
    "SITE",
    "WEST",
    "Lodging",
    "accepted",
    "all_yes",
    "manager_of",
    "name_parties",
    "opened",
    "people",
]

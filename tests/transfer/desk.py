"""A transfer desk for tests: pick-up points, a coach and a van with drivers, another city that takes contacts and cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.kernel.actor import Actor, Door, Role
from bulou.people.models import Resident
from bulou.transfer import actions as transfer
from bulou.transfer.choices import RiskClass, VehicleKind
from bulou.transfer.models import Leg, Plan, TransferRequest, Trip
from bulou.units import actions as units
from bulou.units.choices import UnitKind
from tests import city as cities
from tests.city import CITY, COMMUNITY_A, COMMUNITY_C, COURIER, SYSTEM, City, at

OUTSIDE, OUTSIDE_CASES = "9902", "9903"  # two other cities: one takes contacts, one takes cases


@dataclass
class Desk:
    """The desk with whom it moves."""

    city: City

    @property
    def lead(self) -> Actor:
        """The city's duty leader, who plans and commits."""
        return self.city.actor(CITY)

    @property
    def driver(self) -> Actor:
        """Whoever drives for the fleet's unit."""
        return self.city.actor(COURIER, role=Role.DRIVER)

    def receiver(self, unit: str = OUTSIDE) -> Actor:
        """Whoever signs at the receiver's door."""
        return Actor(account=f"r{unit}", name="接收员", post="9", unit=unit, role=Role.UNIT_OFFICER, door=Door.WEB)

    def people(self, number: int, *, place: str = COMMUNITY_A, household: str = "", first: int = 0, vulnerable: str = "") -> list[str]:  # fmt: skip
        """Residents of a place; returns their ids."""
        names = [f"P{place[-4:]}{first + n:03}" for n in range(number)]
        Resident.objects.bulk_create(
            Resident(person_id=name, name="某", place_code=place, identity_kind="none", household_id=household, vulnerable=vulnerable)
            for name in names
        )  # fmt: skip
        return names

    def ask(self, people: Sequence[str], *, when: datetime, risk: RiskClass = RiskClass.CONTACT, group: str = "") -> list[TransferRequest]:  # fmt: skip
        """Facts ask for these transfers."""
        wanted = [
            transfer.Wanted(person_id=one, risk=risk, basis=f"contact:{one}", clock_from=when, group_id=group) for one in people
        ]
        return transfer.request_by_fact(wanted=wanted, by=SYSTEM, at=when)

    def planned(self, *, when: datetime) -> Plan:
        """Propose and commit at one instant."""
        made = transfer.propose_plan(by=self.lead, at=when)
        assert made.violations == [], made.violations
        return transfer.commit_plan(code=made.pk, by=self.lead, at=when)

    def agree(self, unit: str = OUTSIDE, *, when: datetime) -> None:
        """The other city agrees to all three."""
        transfer.agree_receiver(
            unit=unit, accepted_by="接收方值班长", record=True, return_terms="7 天后由接收地送回", by=self.lead, at=when
        )

    def all_board(self, trip: Trip, *, when: datetime) -> None:
        """Everybody of a trip boards."""
        for code in Leg.objects.filter(trip=trip, live=True).values_list("request_id", flat=True):
            transfer.board(trip_code=trip.pk, code=code, by=self.driver, at=when)

    def ride(self, trip: Trip) -> Trip:
        """Board, depart and stand at the door by the plan."""
        trip.refresh_from_db()
        leg = Leg.objects.filter(trip=trip, live=True).first()
        self.all_board(trip, when=leg.pickup_at)
        transfer.depart(trip_code=trip.pk, by=self.driver, at=leg.pickup_at + timedelta(minutes=7))
        transfer.arrive_at_door(trip_code=trip.pk, receiver=leg.receiver_id, by=self.driver, at=leg.arrive_at)
        trip.refresh_from_db()
        return trip


def open_desk(city: City, *, rooms: int = 10, beds: int = 3, coaches: int = 1, drivers: int = 2, until: float = 14) -> Desk:
    """Set the desk up as of the city's start: 08:00."""
    desk = Desk(city)
    for code, name in ((OUTSIDE, "邻市"), (OUTSIDE_CASES, "邻市医院")):
        units.register_unit(code=code, name=name, kind=UnitKind.CITY, by=SYSTEM, at=at(-1))
    for place, x in ((COMMUNITY_A, 0.0), (COMMUNITY_C, 3.0)):
        transfer.set_pickup_point(place_code=place, x=x, y=0.0, by=desk.lead, at=at(-1))
    for number in range(coaches):
        _vehicle(desk, f"C{number}", VehicleKind.COACH, 40, RiskClass.CONTACT, until)
    _vehicle(desk, "A0", VehicleKind.AMBULANCE, 2, RiskClass.CASE, until, features=("partition", "escort", "stretcher"))
    for number in range(drivers):
        transfer.register_driver(driver_id=f"D{number}", unit=COURIER, by=desk.lead, at=at(-1))
        transfer.plan_driver_shift(driver_id=f"D{number}", from_at=at(-1), until_at=at(until), hours=8, by=desk.lead, at=at(-1))
    for unit, risk, x in ((OUTSIDE, RiskClass.CONTACT, 20.0), (OUTSIDE_CASES, RiskClass.CASE, 10.0)):
        transfer.ask_receiver(
            unit=unit, name="邻市", risk_class=risk, rooms=rooms, beds=beds, x=x, y=0.0, from_at=at(-1), until_at=at(48),
            by=desk.lead, at=at(-1),
        )  # fmt: skip
    return desk


def _vehicle(desk: Desk, name: str, kind: VehicleKind, seats: int, risk: RiskClass, until: float, *, features=()) -> None:
    transfer.register_vehicle(
        vehicle_id=name, unit=COURIER, kind=kind, seats=seats, risk_class=risk, x=0.0, y=0.0, features=features,
        by=desk.lead, at=at(-1),
    )  # fmt: skip
    transfer.plan_vehicle_shift(vehicle_id=name, from_at=at(-1), until_at=at(until), by=desk.lead, at=at(-1))


__all__ = ["OUTSIDE", "OUTSIDE_CASES", "Desk", "cities", "open_desk"]

"""The drill's chase, from the laboratory's positive to the door of a room: who is held, asked, listed, driven and taken in.

Played through the public actions at the paces of an orderly afternoon. One failure falls on the site where the contacts go:
it does not take the last bus in (G12).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.investigation import actions as investigation
from bulou.investigation import contacts, interviews
from bulou.investigation.choices import CaseStatus, ChaseStep, Setting
from bulou.investigation.contacts import ContactSeen
from bulou.investigation.models import Case
from bulou.isolation import actions as isolation
from bulou.isolation.choices import Answer, InspectionKind, PartyKind
from bulou.isolation.choices import RiskClass as RoomClass
from bulou.kernel import codes
from bulou.kernel.actor import Role
from bulou.people.models import Resident
from bulou.policy import load_pack
from bulou.restrictions import actions as restrictions
from bulou.transfer import actions as transfer
from bulou.transfer.choices import RiskClass, VehicleKind
from bulou.transfer.models import Leg, TransferDriver, Trip, Vehicle
from bulou.units import actions as units
from bulou.units.choices import PostKind, UnitKind
from simulation import plan as plans
from simulation import zones
from simulation.clockwork import At
from simulation.founding import CITY, SYSTEM, City, fill
from simulation.plan import Failure

FLEET = f"{CITY}:fleet001"
HOSPITAL = f"{CITY}:iso001"  # 定点收治点
ROOMS = 40  # of the contacts' hotel, one person each
COLLEAGUES = 9  # who shared an office with the positive
SEARCH_SECONDS = 1.5  # of the solver, for a dozen people
ANSWERS: dict[str, object] = {
    "reached_by": "phone", "occupation": "社区超市收银", "employer": "社区超市", "symptoms": "yes",
    "onset_on": "2022-09-23", "symptoms_which": ["cough"], "household_size": "3", "depends": "no",
    "moves": "家、社区超市", "outside": "no", "known_case": "no",
}  # fmt: skip


def hotel_of(plan: plans.Plan) -> str:
    """The contacts' hotel is the site on which the failure falls."""
    return plan.failing(Failure.WAIT_AT_DOOR)


def found(city: City, at: datetime) -> None:
    """A place for cases, accepted and open; vehicles, drivers, and where people board."""
    leader = city.actor(CITY)
    open_site(city, HOSPITAL, "定点收治点", number=95_001, place=CITY, rooms=12, risk=RoomClass.CASE, x=12.0, y=9.0, at=at)
    made = units.register_unit(code=FLEET, name="转运车队", kind=UnitKind.TRANSPORT_TEAM, by=SYSTEM, at=at)
    fill(city, made, PostKind.DRIVER, "转运司机", "Driver", Role.DRIVER, 95_010, at)
    for number, community in enumerate(city.plan.communities):
        x, y = float(number % 5 * 4), float(number // 5 * 3)
        transfer.set_pickup_point(place_code=community, x=x, y=y, name="社区门口", by=leader, at=at)
    fleet = (
        ("贵A·D01", VehicleKind.COACH, 36, RiskClass.CONTACT, ()), ("贵A·D02", VehicleKind.VAN, 8, RiskClass.CONTACT, ()),
        ("贵A·J01", VehicleKind.AMBULANCE, 2, RiskClass.CASE, ("partition", "escort", "stretcher")),
    )  # fmt: skip
    for number, (name, kind, seats, risk, features) in enumerate(fleet):
        transfer.register_vehicle(
            vehicle_id=name, unit=FLEET, kind=kind, seats=seats, risk_class=risk, x=6.0, y=6.0, features=features,
            by=leader, at=at,
        )  # fmt: skip
        transfer.register_driver(driver_id=f"D{number + 1:02}", unit=FLEET, name="司机", by=leader, at=at)


def plan_shifts(city: City, opens: datetime, until: datetime, at: datetime) -> None:
    """A day's shift of every vehicle and driver."""
    leader = city.actor(CITY)
    for vehicle in Vehicle.objects.filter(unit=FLEET).order_by("pk").values_list("pk", flat=True):
        transfer.plan_vehicle_shift(vehicle_id=vehicle, from_at=opens, until_at=until, by=leader, at=at)
    for driver in TransferDriver.objects.filter(unit=FLEET).order_by("pk").values_list("pk", flat=True):
        transfer.plan_driver_shift(driver_id=driver, from_at=opens, until_at=until, hours=8, by=leader, at=at)


def open_hotel(city: City, at: datetime) -> None:
    """The contacts' hotel of the day; the fleet's shifts of the day."""
    hotel, risk = hotel_of(city.plan), RoomClass.CONTACT
    place = codes.territory(hotel)
    open_site(city, hotel, "晨光酒店隔离点", number=95_000, place=place, rooms=ROOMS, risk=risk, x=9.0, y=4.0, at=at)
    plan_shifts(city, plans.OPENS, plans.DEADLINE, at)


def open_site(
    city: City, unit: str, name: str, *, number: int, place: str, rooms: int, risk: RoomClass, x: float, y: float, at: datetime
) -> None:
    """From a building to an open site with its manager, each step by whom it asks for."""
    made = units.register_unit(code=unit, name=name, kind=UnitKind.ISOLATION_SITE, by=SYSTEM, at=at)
    fill(city, made, PostKind.LEADER, "隔离点负责人", "Site manager", Role.SITE_MANAGER, number, at)
    leader, manager = city.actor(CITY), city.actor(unit)
    isolation.propose_site(unit=unit, wanted_by=at + timedelta(days=2), place_code=place, x=x, y=y, by=leader, at=at)
    isolation.survey_site(
        unit=unit, fire_ok=True, water_ok=True, sewage_ok=True, lifts=2, distance_m=60, rooms=rooms, by=leader, at=at
    )
    isolation.report_rebuilt(unit=unit, note="三区两通道隔断完成", by=leader, at=at)
    items = load_pack(plans.PACK).checklist("isolation.site")
    answers = {item.code: isolation.Said(Answer.YES) for item in items}
    isolation.record_inspection(unit=unit, kind=InspectionKind.ACCEPTANCE, answers=answers, by=leader, at=at)
    isolation.accept_site(unit=unit, by=leader, at=at)
    for place_in in range(rooms):
        floor = place_in // 10 + 2
        isolation.register_room(
            room_id=f"{unit}-{floor}{place_in % 10 + 1:02}",
            site=unit,
            beds=1,
            risk_class=risk,
            floor=floor,
            by=manager,
            at=at,
        )
    street = codes.up_to(place, codes.Level.STREET) or CITY
    for kind, party in zip(
        PartyKind, (codes.up_to(place, codes.Level.DISTRICT) or CITY, CITY, unit, CITY, street), strict=True
    ):
        isolation.name_party(unit=unit, kind=kind, party_unit=party, person_name=city.actor(party).name, by=leader, at=at)
    isolation.open_isolation_site(unit=unit, by=leader, at=at + timedelta(hours=1))


class Chase:
    """One positive's afternoon; ``at`` puts what follows into the day's heap."""

    answers: Mapping[str, object] = ANSWERS
    status = CaseStatus.ASYMPTOMATIC
    zone_decided = False  # the seeded failure of zones
    bus_waits = True  # the site does not take the contacts' bus in

    def __init__(self, city: City, at: At) -> None:
        """``at`` takes an instant and what happens then."""
        self.city, self.at = city, at
        self.case = ""
        self.driver = city.actor(FLEET)
        self.late_bus = ""

    def begin(self, person: str, now: datetime) -> None:
        """The laboratory has signed: everything else follows from here."""
        case = Case.objects.get(person_id=person)
        self.case = case.pk
        self.district = self.city.actor(case.place_code[:6])
        steps: tuple[tuple[int, Callable[[datetime], None]], ...] = (
            (5, self._report), (8, self._found), (9, self._zone), (11, self._approve), (14, self._plan), (22, self._interview),
            (27, self._list), (31, self._approve), (33, self._plan), (75, self._diagnose),
        )  # fmt: skip
        for minutes, step in steps:
            self.at(now + timedelta(minutes=minutes), step)

    def _report(self, now: datetime) -> None:
        investigation.report_case(code=self.case, by=self.district, at=now)

    def _found(self, now: datetime) -> None:
        investigation.chase_step_done(code=self.case, step=ChaseStep.FOUND, by=self.district, at=now)

    def _zone(self, now: datetime) -> None:
        if self.zone_decided:
            zones.decide(self.city, self.at, self.case, now)

    def _diagnose(self, now: datetime) -> None:
        investigation.diagnose_case(code=self.case, status=self.status, by=self.city.actor(CITY), at=now)
        self.at(now + timedelta(minutes=6), self._approve)

    def _approve(self, now: datetime) -> None:
        """Whoever is asked to decide a proposal decides it, and the community hands the notice over."""
        asked = Duty.objects.filter(kind="restriction.decided", state=DutyState.OPEN).order_by("id")
        for duty in list(asked):
            what, _, code = duty.about.partition(":")
            by = self.city.actor(duty.owner_id)
            if what == "list":
                decided = restrictions.approve_list(code=code, by=by, at=now)
            else:
                decided = [restrictions.approve(code=code, by=by, at=now)]
            for row in decided:
                restrictions.deliver_notice(code=row.pk, how="paper", by=self.city.actor(row.place_code[:12]), at=now)

    def _interview(self, now: datetime) -> None:
        interviews.record_interview(case=self.case, answers=self.answers, by=self.district, at=now, language="zh")

    def _list(self, now: datetime) -> None:
        case = Case.objects.get(pk=self.case)
        contacts.list_contacts(case=self.case, seen=self.seen(case, now), by=self.district, at=now)
        investigation.chase_step_done(code=self.case, step=ChaseStep.CONTACTS_LISTED, by=self.district, at=now)

    def seen(self, case: Case, now: datetime) -> list[ContactSeen]:
        """Who was near: the household, and the colleagues in the same room."""
        del now
        own = Resident.objects.get(pk=case.person_id)
        home = Resident.objects.filter(household_id=own.household_id).exclude(pk=own.pk)
        others = Resident.objects.filter(place_code__startswith=case.place_code[:12], vulnerable="").exclude(
            household_id=own.household_id
        )
        until = case.sampled_at or case.detected_at
        seen = [
            ContactSeen(person_id=one, setting=Setting.HOUSEHOLD, from_at=until - timedelta(days=2), until_at=until)
            for one in home.order_by("pk").values_list("pk", flat=True)
        ]
        seen += [
            ContactSeen(
                person_id=one,
                setting=Setting.WORKPLACE,
                from_at=until - timedelta(hours=9),
                until_at=until - timedelta(hours=1),
            )
            for one in others.order_by("pk").values_list("pk", flat=True)[:COLLEAGUES]
        ]
        return seen

    def _plan(self, now: datetime) -> None:
        """The software proposes, the duty leader commits; the trips then run by their own times."""
        leader = self.city.actor(CITY)
        made = transfer.propose_plan(by=leader, at=now, seconds=SEARCH_SECONDS)
        committed = transfer.commit_plan(code=made.pk, by=leader, at=now + timedelta(minutes=2))
        for trip in Trip.objects.filter(plan=committed).order_by("leaves_at", "code"):
            legs = list(Leg.objects.filter(trip=trip, live=True).order_by("pickup_at", "pk"))
            if self.bus_waits and trip.risk_class == RiskClass.CONTACT:
                self.late_bus = trip.pk
            for leg in legs:
                self.at(leg.pickup_at, lambda at, leg=leg: self._board(leg, at))  # type: ignore[misc]
            last = max(leg.pickup_at for leg in legs)
            self.at(last + timedelta(minutes=5), lambda at, trip=trip: self._depart(trip, at))  # type: ignore[misc]
            for receiver in sorted({leg.receiver_id for leg in legs}):
                door = max(leg.arrive_at for leg in legs if leg.receiver_id == receiver)
                self.at(door, lambda at, trip=trip, unit=receiver: self._door(trip, unit, at))  # type: ignore[misc]

    def _board(self, leg: Leg, now: datetime) -> None:
        transfer.board(trip_code=leg.trip_id, code=leg.request_id, by=self.driver, at=now)

    def _depart(self, trip: Trip, now: datetime) -> None:
        transfer.depart(trip_code=trip.pk, by=self.driver, at=now)

    def _door(self, trip: Trip, receiver: str, now: datetime) -> None:
        transfer.arrive_at_door(trip_code=trip.pk, receiver=receiver, by=self.driver, at=now)
        if trip.pk != self.late_bus:
            self.at(now + timedelta(minutes=4), lambda at: self._sign(trip, receiver, at))

    def _sign(self, trip: Trip, receiver: str, now: datetime) -> None:
        codes_ = list(Leg.objects.filter(trip=trip, live=True, receiver=receiver).values_list("request_id", flat=True))
        transfer.sign_over(trip_code=trip.pk, codes=codes_, by=self.city.actor(receiver), at=now)

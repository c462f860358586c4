"""The values of an allocation, and in their docstrings every rule that a plan must keep.

The solver and the independent checker share these words and nothing else. Instants are aware; places are planar
kilometres; ids are text. A **unit** is what is planned as one: the people of one group that are of one risk class.

The rules, by number (a checker quotes them):

A1  Every person of the instance stands exactly once in the plan: in ``placed`` or in ``unplaced``.
A2  A unit is placed as a whole or not at all; it travels in one trip; each of its people boards at a stop at the own
    (x, y), people of one place together, and all leave at one stop at one site.
A3  A unit lies in one room where beds allow: it is spread over several rooms of its site only if no room of that site
    that suits it, is open at its arrival and has beds for all of it is left empty by the plan.
A4  A room holds no more people than beds, people of one class only, and of one unit only, unless its people's class is
    one of ``Limits.shared_room_classes`` (then units of that class share it).
A5  A room's class, where it has one, is its people's; people arrive within the room's ``[opens_at, closes_at)``.
A6  A trip carries one class only; a vehicle's class, where it has one, is that class; at no time are more people on
    board than ``Limits.usable_seats(vehicle)``.
A7  Needs: what a person needs of a room or a vehicle (``Limits.needs``, ``NeedRule``) is a feature of it.
A8  Company: a person with a need that asks for a companion shares the trip with somebody of the own unit who has no
    need that asks for a companion or a carer, or the vehicle has the feature ``escort``.
A9  Carers: a dependent person (a need that asks for a carer) shares *trip and room* with the carer. The carer is the one
    named by ``carer:PERSON_ID``; where none is named, anybody of the unit who is not dependent. A named carer who is not
    among the people of the instance waits at the site and satisfies the rule. A named carer of another unit never does,
    and then neither of the two units is placed.
A10 A group of several classes in which somebody is dependent is placed only if each of its dependents names a carer of
    the own unit (or one from outside); otherwise the whole group stays, because any of it may be the carer.
A11 A person with ``cares_for:PERSON_ID`` is placed only together with that person in one unit: nobody who depends on
    a carer is left behind without one. (Whoever finds another carer takes the need away.)
A12 Pick-up is not before ``ready_at`` of anybody boarding, arrival not after ``due_at``.
A13 Distance is straight; a leg takes ``Limits.seconds(km)`` at least. A stop lasts ``per_stop`` + people boarding or
    leaving there x ``per_person`` at least. ``Placed.pickup_at`` is the stop's ``arrives_at`` or later (boarding begins),
    ``Placed.arrive_at`` is the ``arrives_at`` of the stop at the site.
A14 A vehicle makes one trip at a time, within its shift ``[shift_from, shift_until]`` from leaving to the trip's end.
    After each trip it is disinfected for ``turn_round`` where the trip ended, before the next trip leaves from there;
    after the last trip this may lie outside the shift. Its first trip begins and its last one ends at its own place.
A15 A driver makes one trip at a time, within the own shift; the time between leaving and end, over all trips, is at
    most ``hours_left``. Between two trips the driver needs ``Limits.seconds`` from where the one ended to where the
    next begins. A trip that does not end at the vehicle's own place is followed by the same driver with that vehicle.
A16 Continuous driving: between two rests (a stop of kind ``rest`` of at least ``Limits.rest``, or as long between two
    trips) a driver drives at most ``continuous_day``, and at most ``continuous_night`` when any of it lies in the
    night (``night_from``-``night_until``). Boarding is no rest.
A17 A coach (more than ``coach_over_seats`` seats) is not on a trip at any time in ``coach_stop_from``-``coach_stop_until``
    (02:00-05:00), with people or without.
A18 Nobody is on board longer than ``on_board`` (``arrive_at - pickup_at``), no route from the first pick-up to the last
    site is longer than ``route_km``.
A19 Without drivers in the instance each vehicle has its own (``driver_id`` blank): the vehicle's shift, and
    ``Limits.driver_hours``. With drivers in the instance a trip names one of them; a driver with a ``vehicle_id`` drives
    that vehicle only.
A20 The code of an unplaced person is true of the instance and the plan, as ``Reason`` says of each code.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum


class RiskClass(StrEnum):
    """Who never shares a room or a trip with another class: 阳性, 密接, 次密接."""

    CASE = "case"
    CONTACT = "contact"
    SECONDARY = "secondary"


class Reason(StrEnum):
    """Why somebody is not placed; the first that is true, in this order.

    *Suits* means: class, needs (A7) and company; for a unit's rooms that one site holds all of it (A3, A4, A9). The codes
    up to ``WINDOW`` are true of the instance alone, those after it of the instance and the plan.
    """

    CARER_OF_OTHER_CLASS = "carer_of_other_class"  # A10: the group has several classes, a dependent names no carer
    CARER_APART = "carer_apart"  # A9: the named carer is in another unit, or one's own dependent is
    LEAVES_DEPENDENT = "leaves_dependent"  # A11: somebody of the unit cares for a person who is not in it
    NO_CARER = "no_carer"  # A9: a dependent, and nobody of the unit could be the carer
    NO_COMPANION = "no_companion"  # A8: nobody of the unit can accompany, and no vehicle with ``escort`` suits
    NO_ROOM_OF_CLASS = "no_room_of_class"  # no room of the instance is of this class or of none
    NO_ROOM_FOR_NEED = "no_room_for_need"  # rooms of the class, but none with the features that somebody needs
    NO_ROOM_LARGE_ENOUGH = "no_room_large_enough"  # no site's rooms, all empty, hold the unit as A3, A4, A7, A9 ask
    NO_ROOM_IN_TIME = "no_room_in_time"  # such sites' rooms close before ready_at or open after due_at
    NO_VEHICLE_OF_CLASS = "no_vehicle_of_class"  # no vehicle is of this class or of none
    NO_VEHICLE_FOR_NEED = "no_vehicle_for_need"  # vehicles of the class, none with the features needed
    NO_VEHICLE_LARGE_ENOUGH = "no_vehicle_large_enough"  # the unit has more people than any that suits has usable seats
    TOO_FAR = "too_far"  # to each site with rooms that suit: direct drive over on_board or route_km
    WINDOW = "window"  # direct and alone, no vehicle and driver could bring it in its window: shift, night, hours, due_at
    ROOMS_TAKEN = "rooms_taken"  # what the plan leaves empty holds the unit at no site within reach of the limits
    NO_DRIVER_HOURS = "no_driver_hours"  # no driver has time and hours left beside the plan's trips for a trip with it alone
    NO_VEHICLE_FREE = "no_vehicle_free"  # no vehicle that suits is free beside the plan's trips for a trip with it alone
    NO_COMBINATION = "no_combination"  # each of room, vehicle, driver is left, never all three in its window


class Demand(StrEnum):
    """Whether a need must be met by a feature of the same name."""

    NEVER = "never"
    IF_OFFERED = "if_offered"  # as soon as any room (or any vehicle) of the instance has that feature
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class NeedRule:
    """What a need asks of room and vehicle, and whether it asks for a companion on the way or for a carer throughout."""

    room: Demand = Demand.NEVER
    vehicle: Demand = Demand.NEVER
    companion: bool = False
    carer: bool = False


UNKNOWN_NEED = NeedRule(room=Demand.IF_OFFERED, vehicle=Demand.IF_OFFERED)
"""A need that ``Limits.needs`` does not list: met where it is offered; offered nowhere, it counts as not met by rooms."""

NEEDS: Mapping[str, NeedRule] = {
    "wheelchair": NeedRule(room=Demand.ALWAYS, vehicle=Demand.ALWAYS),
    "stretcher": NeedRule(room=Demand.IF_OFFERED, vehicle=Demand.ALWAYS),
    "dialysis": NeedRule(room=Demand.ALWAYS, vehicle=Demand.IF_OFFERED),
    "language": NeedRule(room=Demand.ALWAYS),
    "pregnancy": NeedRule(room=Demand.IF_OFFERED, vehicle=Demand.IF_OFFERED),
    "infant": NeedRule(room=Demand.IF_OFFERED, vehicle=Demand.IF_OFFERED, carer=True),
    "frail": NeedRule(companion=True),
    "carer": NeedRule(carer=True),
    "cares_for": NeedRule(),
}
"""By the need's word, or by what stands before its colon: ``language:fr`` is met by the feature ``language:fr``."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be brought to a room, who can board from ``ready_at`` on and must have arrived by ``due_at``."""

    person_id: str
    group_id: str
    risk: RiskClass
    needs: frozenset[str]
    place_code: str
    x: float
    y: float
    ready_at: datetime
    due_at: datetime

    @property
    def unit(self) -> tuple[str, RiskClass]:
        """What the person is planned with."""
        return self.group_id, self.risk


@dataclass(frozen=True, slots=True)
class Room:
    """A room at a site; ``risk`` None takes any one class. People may arrive within ``[opens_at, closes_at)``."""

    room_id: str
    site_id: str
    risk: RiskClass | None
    beds: int
    features: frozenset[str]
    x: float
    y: float
    opens_at: datetime | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle at its own place (x, y); ``seats`` are for passengers; ``risk`` None takes any one class per trip."""

    vehicle_id: str
    seats: int
    risk: RiskClass | None
    features: frozenset[str]
    shift_from: datetime
    shift_until: datetime
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver, who begins wherever the first trip begins; ``vehicle_id`` binds a crew to its vehicle, blank: any vehicle."""

    driver_id: str
    shift_from: datetime
    shift_until: datetime
    hours_left: float
    vehicle_id: str = ""


@dataclass(frozen=True, slots=True)
class Instance:
    """What is to be allocated. ``drivers`` None: each vehicle has its own driver (A19); empty: there is none."""

    people: tuple[Person, ...]
    rooms: tuple[Room, ...]
    vehicles: tuple[Vehicle, ...]
    drivers: tuple[Driver, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers that a plan keeps; defaults are those of CONTRACT or operational, the policy pack gives the rest.

    ``trunk_from_km``: the first kilometres of a leg are driven at ``speed_kmh``, what is beyond at ``trunk_kmh``; None
    (CONTRACT's file command): all at ``speed_kmh``. ``seat_share``: the share of seats in use (distancing); a vehicle
    with the feature ``partition`` uses all. Weights say how many contacts a case, or a person whose unit has a need, is
    worth when not all can be placed; ``weight_waiting`` is added for
    each hour that somebody has been ready before the last of all is.
    """

    speed_kmh: float = 30.0
    trunk_from_km: float | None = None
    trunk_kmh: float = 30.0
    per_stop: timedelta = timedelta(minutes=5)
    per_person: timedelta = timedelta(seconds=30)
    turn_round: timedelta = timedelta(minutes=60)
    seat_share: float = 1.0
    coach_over_seats: int = 19
    coach_stop_from: time = time(2)
    coach_stop_until: time = time(5)
    night_from: time = time(22)
    night_until: time = time(6)
    continuous_day: timedelta = timedelta(hours=4)
    continuous_night: timedelta = timedelta(hours=2)
    rest: timedelta = timedelta(minutes=20)
    driver_hours: float = 8.0
    on_board: timedelta = timedelta(hours=4)
    route_km: float = 300.0
    shared_room_classes: frozenset[RiskClass] = frozenset({RiskClass.CASE})
    needs: Mapping[str, NeedRule] = field(default_factory=lambda: NEEDS)
    weight_case: float = 20.0
    weight_need: float = 1.5
    weight_waiting: float = 0.01

    def seconds(self, km: float) -> int:
        """Whole seconds that a leg of so many kilometres takes at least, rounded up."""
        slow = km if self.trunk_from_km is None else min(km, self.trunk_from_km)
        return math.ceil(round(3600 * (slow / self.speed_kmh + (km - slow) / self.trunk_kmh), 6))

    def usable_seats(self, vehicle: Vehicle) -> int:
        """How many people a vehicle takes."""
        return vehicle.seats if "partition" in vehicle.features else math.floor(vehicle.seats * self.seat_share + 1e-9)

    def is_coach(self, vehicle: Vehicle) -> bool:
        """Whether the night stop of A17 binds the vehicle."""
        return vehicle.seats > self.coach_over_seats

    def knows(self, need: str) -> bool:
        """Whether the table lists the need, by its word or by what stands before its colon."""
        return need in self.needs or need.partition(":")[0] in self.needs

    def rule_of(self, need: str) -> NeedRule:
        """The rule of a need, by its word or by what stands before its colon."""
        return self.needs.get(need) or self.needs.get(need.partition(":")[0], UNKNOWN_NEED)


class StopKind(StrEnum):
    """What happens at a stop of a trip."""

    START = "start"
    PICKUP = "pickup"
    DROPOFF = "dropoff"
    REST = "rest"
    END = "end"


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop: ``people`` board (pickup) or leave (dropoff) between arriving and leaving; ``site_id`` at a dropoff."""

    kind: StopKind
    x: float
    y: float
    arrives_at: datetime
    leaves_at: datetime
    people: tuple[str, ...] = ()
    site_id: str = ""


@dataclass(frozen=True, slots=True)
class Trip:
    """One vehicle, one driver, one class: stops from a ``start`` to an ``end`` in the order of driving."""

    trip: str
    vehicle_id: str
    driver_id: str
    risk: RiskClass
    stops: tuple[Stop, ...]

    @property
    def departs_at(self) -> datetime:
        """When the vehicle leaves."""
        return self.stops[0].leaves_at

    @property
    def ends_at(self) -> datetime:
        """When the vehicle stands at the trip's last place; its disinfection begins."""
        return self.stops[-1].arrives_at

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whom the trip carries."""
        return tuple(person for stop in self.stops if stop.kind is StopKind.PICKUP for person in stop.people)

    @property
    def km(self) -> float:
        """Straight kilometres over all stops."""
        return sum(
            math.hypot(there.x - here.x, there.y - here.y) for here, there in zip(self.stops, self.stops[1:], strict=False)
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A person with a room and a way to it."""

    person_id: str
    room_id: str
    vehicle_id: str
    driver_id: str
    trip: str
    pickup_at: datetime
    arrive_at: datetime


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A person who stays, with the code and the same in plain words."""

    person_id: str
    code: Reason
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is proposed. ``bound``: no plan that keeps the rules places more people (proven by relaxation)."""

    placed: tuple[Placed, ...]
    unplaced: tuple[Unplaced, ...]
    trips: tuple[Trip, ...]
    bound: int

    @property
    def gap(self) -> float:
        """The share of the bound that is not placed; 0 when nobody could be."""
        return (self.bound - len(self.placed)) / self.bound if self.bound else 0.0


class ChangeKind(StrEnum):
    """What happens to a plan that is under way."""

    VEHICLE_LOST = "vehicle_lost"
    DRIVER_LOST = "driver_lost"
    ROOM_LOST = "room_lost"
    SITE_LOST = "site_lost"
    PERSON_ADDED = "person_added"
    PERSON_GONE = "person_gone"


@dataclass(frozen=True, slots=True)
class Change:
    """One change at an instant: what is lost or gone by its id, or who is added.

    A trip that has left by ``at`` stays as it is, with the people on board or still to board, unless the change takes
    its vehicle, driver or room. People on board a lost vehicle are picked up where it stands.
    """

    kind: ChangeKind
    at: datetime
    subject_id: str = ""
    person: Person | None = None

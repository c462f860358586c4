"""What the planner works on, read from the city as sets: who waits, which rooms, vehicles and drivers are free, the limits.

A vehicle and a driver stand in a plan with one shift: the one with most time left within the horizon.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db.models import Max, Q

from bulou.access.queries import within
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.policy import Pack
from bulou.routing.allocation import values
from bulou.routing.allocation.values import Instance, Limits
from bulou.transfer import carers, rules
from bulou.transfer.choices import RequestState, TripState
from bulou.transfer.housing import FreeRoom, free_rooms, held_rooms
from bulou.transfer.models import RUNNING, DriverShift, Leg, PickupPoint, TransferRequest, Trip, VehicleShift
from bulou.transfer.rows import hours, pack_at

WAITING = (RequestState.OPEN, RequestState.LEFT_IN_PLACE)
NOT_COUNTED_ON = timedelta(days=365)  # beyond every shift


@dataclass(frozen=True)
class City:
    """The instance for the solver, whom it stands for, and who cannot even be asked about."""

    instance: Instance
    limits: Limits
    requests: Mapping[str, TransferRequest]  # by person
    rooms: Mapping[str, FreeRoom]
    nowhere: Mapping[str, str] = field(default_factory=dict)  # request without a pick-up point → why
    alone: Sequence[rules.LeftAlone] = ()


def limits_of(pack: Pack) -> Limits:
    """The pack's numbers as the solver and the checker take them."""

    def day_time(name: str) -> time:
        hour = pack.amount(name)
        return time(int(hour), round(hour % 1 * 60))

    return Limits(
        speed_kmh=pack.amount("transfer_speed"),
        trunk_from_km=pack.amount("transfer_trunk_from"),
        trunk_kmh=pack.amount("transfer_trunk_speed"),
        per_stop=pack.span("transfer_stop"),
        per_person=pack.span("transfer_stop_person"),
        turn_round=pack.span("transfer_turn_round"),
        seat_share=pack.amount("transfer_seat_share"),
        coach_over_seats=int(pack.amount("transfer_coach_over")),
        coach_stop_from=day_time("transfer_coach_stop_from"),
        coach_stop_until=day_time("transfer_coach_stop_until"),
        night_from=day_time("transfer_night_from"),
        night_until=day_time("transfer_night_until"),
        continuous_day=pack.span("transfer_wheel_day"),
        continuous_night=pack.span("transfer_wheel_night"),
        rest=pack.span("transfer_rest"),
        driver_hours=pack.amount("transfer_driver_day"),
        on_board=pack.span("transfer_on_board"),
        route_km=pack.amount("transfer_route"),
    )


def read_city(by: Actor, *, at: datetime, renewing: Collection[str] = (), only: Collection[str] | None = None) -> City:
    """The city as of an instant, for the planner's unit and what lies below it; nobody is fetched before ``at``.

    ``renewing`` are trips that have not begun and are planned anew: their people, rooms, vehicles and drivers count as
    free. ``only`` are the requests that a proposal speaks of: what was asked for since then is not its matter.
    """
    pack = pack_at(at)
    waits = Q(state__in=WAITING) | Q(legs__live=True, legs__trip__in=list(renewing), state=RequestState.PLANNED)
    found = TransferRequest.objects.filter(within(by, "place_code"), waits, stopped=False)
    if only is not None:
        found = found.filter(pk__in=list(only))
    requests = list(found.distinct().order_by("due_at", "code"))
    points = _points(requests)
    placed = [row for row in requests if row.x is not None or points.get(row.pk)]
    nowhere = {
        row.pk: rules.SAID_NO_POSITION % {"place": row.place_code}
        for row in requests
        if row.x is None and not points.get(row.pk)
    }
    alone = carers.left_alone(placed, at=at)
    stays = {one.carer_id: one.person_id for one in alone}
    horizon = at + hours(pack.amount("transfer_horizon"))
    rooms = {one.room_id: one for one in free_rooms(by, at=at, until=horizon)} | _held(renewing)
    instance = Instance(
        people=tuple(_person(row, points.get(row.pk), stays, at=at, horizon=horizon) for row in placed),
        rooms=tuple(_room(one) for one in rooms.values()),
        vehicles=_vehicles(by, at=at, horizon=horizon, renewing=renewing),
        drivers=_drivers(by, at=at, horizon=horizon, renewing=renewing),
    )
    return City(instance, limits_of(pack), {row.person_id: row for row in placed}, rooms, nowhere, alone)


def _points(requests: Sequence[TransferRequest]) -> dict[str, tuple[float, float]]:
    """For each request without a place of its own the nearest pick-up point above its place; one statement."""
    above: dict[str, list[str]] = {}
    for row in requests:
        if row.x is None:
            chain, place = [], row.place_code
            while place:
                chain.append(place)
                place = codes.parent(place)
            above[row.pk] = chain
    wanted = {place for chain in above.values() for place in chain}
    known = {one.place_code: (one.x, one.y) for one in PickupPoint.objects.filter(pk__in=wanted)}
    nearest = {pk: next((known[place] for place in chain if place in known), None) for pk, chain in above.items()}
    return {pk: point for pk, point in nearest.items() if point is not None}


def _person(
    row: TransferRequest, point: tuple[float, float] | None, stays: Mapping[str, str], *, at: datetime, horizon: datetime
) -> values.Person:
    x, y = (row.x, row.y) if row.x is not None and row.y is not None else point or (0.0, 0.0)
    needs = {*rules.words(row.needs)} | ({f"cares_for:{stays[row.person_id]}"} if row.person_id in stays else set())
    return values.Person(
        person_id=row.person_id,
        group_id=row.group_id,
        risk=values.RiskClass(row.risk_class),
        needs=frozenset(needs),
        place_code=row.place_code,
        x=x,
        y=y,
        ready_at=max(row.ready_at, at),
        # Who is late already is moved all the same: the clock accuses, it does not shut the door.
        due_at=max(row.due_at, horizon),
    )


def _room(one: FreeRoom) -> values.Room:
    risk = values.RiskClass(one.risk_class) if one.risk_class else None
    return values.Room(
        one.room_id, one.receiver, risk, one.beds, frozenset(one.features), one.x, one.y, one.from_at, one.until_at
    )


def _held(renewing: Collection[str]) -> dict[str, FreeRoom]:
    """The rooms of trips that are planned anew: their claims are given back before the new plan makes its own."""
    legs = Leg.objects.filter(trip__in=list(renewing), live=True)
    held = list(legs.values_list("room_id", "trip__risk_class"))
    return {one.room_id: one for one in held_rooms(held)} if held else {}


def _busy(name: str, free: str, *, at: datetime, renewing: Collection[str]) -> dict[str, datetime]:
    """Until when each vehicle or driver is on trips, as late as each is by now.

    One that is stopped for safety, or still out though its trip should be over, is not counted on.
    """
    standing = Trip.objects.filter(Q(state__in=RUNNING) | Q(state=TripState.DONE, free_at__gt=at)).exclude(
        pk__in=list(renewing)
    )
    last = Max("stops__leaves_at", filter=Q(stops__kind="pickup"))
    rows = standing.annotate(meant=last).values_list(name, free, "meant", "departed_at", "state", "stopped")
    found: dict[str, datetime] = {}
    for key, planned, meant, departed, state, stopped in rows:
        until = planned + max((departed or at) - (meant or at), timedelta(0))
        if state != TripState.DONE and (stopped or until <= at):
            until = at + NOT_COUNTED_ON
        found[key] = max(found.get(key, until), until)
    return found


def _vehicles(by: Actor, *, at: datetime, horizon: datetime, renewing: Collection[str]) -> tuple[values.Vehicle, ...]:
    shifts = VehicleShift.objects.filter(
        within(by, "vehicle__unit"), until_at__gt=at, from_at__lt=horizon, vehicle__out_since=None
    )
    busy = _busy("vehicle_id", "free_at", at=at, renewing=renewing)
    best: dict[str, tuple[timedelta, values.Vehicle]] = {}
    for shift in shifts.select_related("vehicle").order_by("vehicle_id", "from_at"):
        one = shift.vehicle
        begins = max(shift.from_at, at, busy.get(one.pk, at))
        long = min(shift.until_at, horizon) - begins
        if long <= timedelta(0) or (one.pk in best and best[one.pk][0] >= long):
            continue
        best[one.pk] = (
            long,
            values.Vehicle(
                vehicle_id=one.pk,
                seats=one.seats,
                risk=values.RiskClass(one.risk_class),
                features=frozenset(rules.words(one.features)),
                shift_from=begins,
                shift_until=shift.until_at,
                x=one.x,
                y=one.y,
            ),
        )
    return tuple(vehicle for _, vehicle in best.values())


def _drivers(by: Actor, *, at: datetime, horizon: datetime, renewing: Collection[str]) -> tuple[values.Driver, ...]:
    shifts = DriverShift.objects.filter(within(by, "driver__unit"), until_at__gt=at, from_at__lt=horizon)
    busy = _busy("driver_id", "ends_at", at=at, renewing=renewing)
    driven = _driven(at=at, renewing=renewing)
    best: dict[str, tuple[timedelta, values.Driver]] = {}
    for shift in shifts.order_by("driver_id", "from_at"):
        begins = max(shift.from_at, at, busy.get(shift.driver_id, at))
        long = min(shift.until_at, horizon) - begins
        if long <= timedelta(0) or (shift.driver_id in best and best[shift.driver_id][0] >= long):
            continue
        used = sum(
            (span for leaves, span in driven.get(shift.driver_id, ()) if shift.from_at <= leaves < shift.until_at), timedelta(0)
        )
        left = max(shift.hours - used / timedelta(hours=1), 0.0)
        best[shift.driver_id] = (long, values.Driver(shift.driver_id, begins, shift.until_at, left))
    return tuple(driver for _, driver in best.values())


def _driven(*, at: datetime, renewing: Collection[str]) -> dict[str, list[tuple[datetime, timedelta]]]:
    """What each driver has driven or is to drive, of the last two days: longer no shift is."""
    trips = Trip.objects.filter(leaves_at__gt=at - timedelta(days=2)).exclude(state=TripState.CANCELLED)
    found: dict[str, list[tuple[datetime, timedelta]]] = {}
    rows = trips.exclude(pk__in=list(renewing)).values_list("driver_id", "leaves_at", "ends_at")
    for driver, leaves, ends in rows:
        found.setdefault(driver, []).append((leaves, ends - leaves))
    return found

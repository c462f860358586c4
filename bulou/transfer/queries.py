"""Named reads over transfers; every one takes the reader and is filtered by jurisdiction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q, QuerySet, Sum

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.kernel import codes, keyset
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.transfer import rules
from bulou.transfer.choices import PlanState, RequestState, StopState
from bulou.transfer.housing import FreeRoom, free_rooms
from bulou.transfer.models import (
    LIVE,
    RUNNING,
    Leg,
    ListDay,
    OutsideRoom,
    Plan,
    Receiver,
    SafetyStop,
    TransferRequest,
    Trip,
    TripStop,
    Vehicle,
)
from bulou.transfer.rows import hours, pack_at


def visible(reader: Actor) -> QuerySet[TransferRequest]:
    """Requests of people fetched in the reader's jurisdiction, or brought or handed over to it."""
    permit(reader, Operation.SEE_TRANSFERS)
    if reader.unit == "CN":
        return TransferRequest.objects.all()
    mine = Leg.objects.filter(within(reader, "receiver_id", "trip__vehicle__unit_id")).values("request_id")
    return TransferRequest.objects.filter(within(reader, "place_code", "received_by") | Q(pk__in=mine))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which requests a list shows."""

    state: str = ""
    risk_class: str = ""
    unit: str = ""


def listed(reader: Actor, chosen: Filter) -> QuerySet[TransferRequest]:
    """Requests by due time; blank: all that are not closed."""
    found = visible(reader)
    found = found.filter(state=chosen.state) if chosen.state else found.filter(state__in=LIVE)
    if chosen.risk_class:
        found = found.filter(risk_class=chosen.risk_class)
    if chosen.unit:
        low, high = codes.below(chosen.unit)
        found = found.filter(place_code__gte=low, place_code__lt=high)
    return found.order_by("due_at", "code")


def after(found: QuerySet[TransferRequest], key: str) -> QuerySet[TransferRequest]:
    """The rest of the list after a row's key."""
    if not key:
        return found
    due_at, pk = keyset.instant_of(key)
    return found.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, code__gt=pk), due_at__gte=due_at)


def key_of(row: TransferRequest) -> str:
    """The row's key for the next page."""
    return keyset.key(row.due_at, row.pk)


@dataclass(frozen=True, slots=True)
class Counts:
    """People by where they stand, and how many of those not closed are beyond their time."""

    waiting: int
    planned: int
    on_board: int
    at_door: int
    left: int
    late: int
    received: int


def counts(reader: Actor, *, now: datetime, since: datetime) -> Counts:
    """The figures of the desk in one statement; ``received`` since an instant."""
    live = Q(state__in=LIVE)
    row = visible(reader).aggregate(
        waiting=Count("pk", filter=Q(state=RequestState.OPEN)),
        planned=Count("pk", filter=Q(state=RequestState.PLANNED)),
        on_board=Count("pk", filter=Q(state=RequestState.BOARDED)),
        at_door=Count("pk", filter=Q(state=RequestState.ARRIVED)),
        left=Count("pk", filter=Q(state=RequestState.LEFT_IN_PLACE)),
        late=Count("pk", filter=live & Q(due_at__lt=now)),
        received=Count("pk", filter=Q(state=RequestState.RECEIVED, received_at__gte=since)),
    )
    return Counts(**row)


def plans(reader: Actor) -> QuerySet[Plan]:
    """Plans of the reader's unit and of what lies below it, the newest first."""
    permit(reader, Operation.SEE_TRANSFERS)
    return Plan.objects.filter(within(reader, "unit_id")).select_related("unit").order_by("-made_at", "code")


def plan(reader: Actor, code: str) -> Plan:
    """One plan; a foreign code answers like a missing one."""
    found = plans(reader).filter(pk=code).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


def newest(reader: Actor) -> Plan | None:
    """The reader's own plan that matters now: a proposal to decide about, else the one in force."""
    own = plans(reader).filter(unit=reader.unit)
    return own.filter(state=PlanState.PROPOSED).first() or own.filter(state=PlanState.COMMITTED).first()


def trips(reader: Actor) -> QuerySet[Trip]:
    """Trips of the reader's plans, with its vehicles, or on their way to it."""
    permit(reader, Operation.SEE_TRANSFERS)
    coming = TripStop.objects.filter(within(reader, "receiver_id")).values("trip_id")
    seen = Q(pk__in=coming) | within(reader, "unit_code", "vehicle__unit_id")
    return Trip.objects.filter(seen).select_related("vehicle", "driver", "plan").order_by("leaves_at", "code")


def under_way(reader: Actor) -> QuerySet[Trip]:
    """Those that are not over."""
    return trips(reader).filter(state__in=RUNNING)


@dataclass(frozen=True, slots=True)
class Waiting:
    """People of one trip at one door: since when, how many, and whose the wait is so far."""

    trip: str
    vehicle: str
    receiver: str
    name: str
    people: int
    since: datetime
    shares: rules.Shares


def at_the_door(reader: Actor, *, now: datetime) -> list[Waiting]:
    """Who waits at doors now, the longest first."""
    permit(reader, Operation.SEE_TRANSFERS)
    stops = TripStop.objects.filter(
        within(reader, "receiver_id", "trip__unit_code"), kind="dropoff", door_at__isnull=False, done_at=None
    ).select_related("trip", "receiver")
    found = []
    for stop in stops.annotate(
        people=Count("trip__legs", filter=Q(trip__legs__live=True, trip__legs__request__state=RequestState.ARRIVED))
    ).order_by("door_at"):
        since = stop.door_at or now
        shares = rules.shares_of_wait(announced_at=stop.arrives_at, door_at=since, until=now)
        found.append(
            Waiting(
                stop.trip_id,
                stop.trip.vehicle_id,
                str(stop.receiver_id),
                stop.receiver.name if stop.receiver else "",
                stop.people,
                since,
                shares,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class RoomsAt:
    """Rooms with beds left at one receiver, by the class that they may take."""

    receiver: str
    risk_class: str
    rooms: int
    beds: int


def rooms(reader: Actor, *, at: datetime) -> list[RoomsAt]:
    """Free rooms and beds by receiver and class; what a plan made now could use."""
    permit(reader, Operation.SEE_TRANSFERS)
    horizon = at + hours(pack_at(at).amount("transfer_horizon"))
    found: dict[tuple[str, str], list[FreeRoom]] = {}
    for room in free_rooms(reader, at=at, until=horizon):
        found.setdefault((room.receiver, room.risk_class), []).append(room)
    return [RoomsAt(*key, len(those), sum(room.beds for room in those)) for key, those in sorted(found.items())]


def fleet(reader: Actor) -> QuerySet[Vehicle]:
    """The vehicles of the reader's unit and of what lies below it."""
    permit(reader, Operation.SEE_TRANSFERS)
    return Vehicle.objects.filter(within(reader, "unit_id")).order_by("vehicle_id")


def receivers(reader: Actor) -> list[tuple[Receiver, int, int]]:
    """Other cities that the reader or a unit below it asked, each with its beds and how many of them are taken."""
    permit(reader, Operation.SEE_TRANSFERS)
    found = Receiver.objects.filter(within(reader, "asked_by")).select_related("unit").order_by("unit")
    beds = OutsideRoom.objects.filter(receiver__in=found).values_list("receiver").annotate(Sum("beds"), Sum("taken"))
    sums = {unit: (all_beds, taken) for unit, all_beds, taken in beds}
    return [(one, *sums.get(one.pk, (0, 0))) for one in found]


def stops(reader: Actor) -> QuerySet[SafetyStop]:
    """Stops for safety that stand, the oldest first."""
    permit(reader, Operation.SEE_TRANSFERS)
    return (
        SafetyStop.objects.filter(within(reader, "unit_code", "trip__unit_code"), state=StopState.STANDING)
        .select_related("trip")
        .order_by("stopped_at")
    )


def days(reader: Actor) -> QuerySet[ListDay]:
    """The closed lists of the reader's districts, the newest first."""
    permit(reader, Operation.SEE_TRANSFERS)
    return ListDay.objects.filter(within(reader, "place_code"))


def oldest(reader: Actor) -> datetime | None:
    """Since when the one waits who waits longest."""
    waiting = visible(reader).filter(state__in=(RequestState.OPEN, RequestState.LEFT_IN_PLACE))
    found: datetime | None = waiting.aggregate(at=Min("requested_at"))["at"]
    return found


def legs_of(found: Sequence[Trip]) -> dict[str, list[Leg]]:
    """Who sits on these trips; one statement."""
    seated: dict[str, list[Leg]] = {}
    legs = Leg.objects.filter(trip__in=[one.pk for one in found]).select_related("request", "receiver")
    for leg in legs.order_by("pickup_at", "id"):
        seated.setdefault(str(leg.trip_id), []).append(leg)
    return seated

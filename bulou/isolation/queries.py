"""Named reads over sites, rooms and people in isolation; every one takes the reader and is filtered by jurisdiction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Sum

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.isolation import rows
from bulou.isolation.choices import FollowUpState, RiskClass, RoomState, StayState
from bulou.isolation.models import FollowUp, IsolationSite, Room, Stay
from bulou.kernel.actor import Actor


def sites(reader: Actor) -> QuerySet[IsolationSite]:
    """The sites of the reader's jurisdiction, by code."""
    permit(reader, Operation.SEE_ISOLATION)
    return IsolationSite.objects.filter(within(reader, "unit_id", "place_code")).order_by("unit")


def site(reader: Actor, unit: str) -> IsolationSite:
    """One site; a foreign code answers like a missing one."""
    found = sites(reader).filter(pk=unit).first()
    if found is None:
        raise rows.missing_record()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeRoom:
    """A room with beds left, as a plan sees it; ``free`` of its ``beds`` can be claimed from ``from_at`` on."""

    room_id: str
    site_id: str
    risk_class: str  # what it may take now: its own class, else that of the people in it, else blank for any
    beds: int
    free: int
    shared: bool
    group_id: str  # whose people may still join (a room that is not shared and not empty); blank: anybody's
    floor: int
    features: frozenset[str]
    x: float | None
    y: float | None
    from_at: datetime
    until_at: datetime | None


def free_rooms(
    reader: Actor,
    *,
    at: datetime,
    until: datetime | None = None,
    risk_class: RiskClass | None = None,
    sites: Collection[str] = (),
    whole: bool = False,
) -> list[FreeRoom]:
    """The rooms with beds left from ``at`` on, or ready by ``until`` (default ``at``): one statement, as a set.

    ``whole``: only rooms in which nobody holds a bed. A room that is being disinfected counts from the instant at which it
    is expected to be done.
    """
    permit(reader, Operation.SEE_ISOLATION)
    by_when = until or at
    found = Room.objects.filter(
        within(reader, "site_id"),
        Q(state=RoomState.READY) | Q(state=RoomState.DISINFECTING, ready_at__lte=by_when),
        Q(opens_at=None) | Q(opens_at__lte=by_when),
        Q(closes_at=None) | Q(closes_at__gt=at),
        offered=True,
        taken__lt=F("beds"),
    )
    if risk_class is not None:
        found = found.filter(Q(risk_class="") | Q(risk_class=risk_class), Q(class_now="") | Q(class_now=risk_class))
    if sites:
        found = found.filter(site__in=sites)
    if whole:
        found = found.filter(taken=0)
    values = found.order_by("room_id").values_list(
        "room_id", "site_id", "risk_class", "class_now", "beds", "taken", "shared", "group_now", "floor", "features",
        "site__x", "site__y", "opens_at", "closes_at", "state", "ready_at",
    )  # fmt: skip
    return [
        FreeRoom(
            room_id=room_id,
            site_id=site_id,
            risk_class=own or now,
            beds=beds,
            free=beds - taken,
            shared=shared,
            group_id=group,
            floor=floor,
            features=frozenset(filter(None, features.split(";"))),
            x=x,
            y=y,
            from_at=max(filter(None, (at, opens_at, ready_at if state == RoomState.DISINFECTING else None))),
            until_at=closes_at,
        )
        for room_id, site_id, own, now, beds, taken, shared, group, floor, features, x, y, opens_at, closes_at, state, ready_at
        in values
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """A site's beds: how many there are, reserved, slept in, free now, and how many wait at the door."""

    site_id: str
    rooms: int
    beds: int
    taken: int
    reserved: int
    at_door: int
    admitted: int
    free: int


def occupancy(reader: Actor, *, at: datetime, units: Sequence[str] = ()) -> dict[str, Occupancy]:
    """Occupancy by site; three statements however many sites."""
    chosen = sites(reader)
    if units:
        chosen = chosen.filter(pk__in=units)
    codes_ = list(chosen.values_list("pk", flat=True))
    usable = Q(offered=True) & (Q(state=RoomState.READY) | Q(state=RoomState.DISINFECTING, ready_at__lte=at))
    usable &= (Q(opens_at=None) | Q(opens_at__lte=at)) & (Q(closes_at=None) | Q(closes_at__gt=at))
    rooms = {
        row["site"]: row
        for row in Room.objects.filter(site__in=codes_)
        .order_by()
        .values("site")
        .annotate(n=Count("pk"), all=Sum("beds"), held=Sum("taken"), left=Sum(F("beds") - F("taken"), filter=usable))
    }
    states: dict[str, dict[str, int]] = {code: {} for code in codes_}
    live = (StayState.RESERVED, StayState.AT_DOOR, StayState.ADMITTED)
    for code, state, number in (
        Stay.objects.filter(site_code__in=codes_, state__in=live)
        .order_by()
        .values_list("site_code", "state")
        .annotate(n=Count("pk"))
    ):
        states[code][state] = number
    none = {"n": 0, "all": 0, "held": 0, "left": 0}
    return {
        code: Occupancy(
            site_id=code,
            rooms=(room := rooms.get(code, none))["n"],
            beds=room["all"] or 0,
            taken=room["held"] or 0,
            reserved=states[code].get(StayState.RESERVED, 0),
            at_door=states[code].get(StayState.AT_DOOR, 0),
            admitted=states[code].get(StayState.ADMITTED, 0),
            free=room["left"] or 0,
        )
        for code in codes_
    }


def guests(reader: Actor) -> QuerySet[Stay]:
    """The stays of the reader's jurisdiction: by the site's, and by the home's once somebody was released to it."""
    permit(reader, Operation.SEE_GUESTS)
    homes = FollowUp.objects.filter(within(reader, "home_code", "accepted_unit"))
    return Stay.objects.filter(within(reader, "site_code") | Q(pk__in=homes.values("stay")))


def stay(reader: Actor, code: str) -> Stay:
    """One stay; a foreign code answers like a missing one."""
    found = guests(reader).select_related("room").filter(pk=code).first()
    if found is None:
        raise rows.missing_record()
    return found


def arrivals(reader: Actor, *, unit: str, until: datetime) -> QuerySet[Stay]:
    """Who is to come to a site until an instant, or stands at its door already; by when they were expected."""
    return (
        guests(reader)
        .filter(Q(state=StayState.AT_DOOR) | Q(state=StayState.RESERVED, expected_at__lte=until), site_code=unit)
        .order_by("expected_at", "code")
    )


def follow_ups(reader: Actor) -> QuerySet[FollowUp]:
    """Who was released to or from the reader's jurisdiction and is not done, the longest released first."""
    permit(reader, Operation.SEE_GUESTS)
    return (
        FollowUp.objects.filter(within(reader, "site_code", "home_code", "accepted_unit"))
        .exclude(state=FollowUpState.DONE)
        .order_by("released_at", "code")
    )

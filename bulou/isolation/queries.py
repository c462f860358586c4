"""Named reads over sites, rooms and people in isolation; every one takes the reader and is filtered by jurisdiction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.isolation import rows, staffing
from bulou.isolation.choices import FindingState, FollowUpState, RiskClass, RoomState, StayState
from bulou.isolation.models import (
    Finding,
    FollowUp,
    FollowUpCheck,
    GuestNeed,
    GuestTest,
    InfectionReview,
    IsolationSite,
    Room,
    Stay,
)
from bulou.isolation.rules.stays import door_wait
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.units.models import Shift


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


def floors(reader: Actor, unit: str) -> list[dict[str, int]]:
    """Rooms, beds, those taken, and rooms that are not ready, by floor of one site."""
    found: dict[int, dict[str, int]] = {}
    for floor, beds, taken, state in site(reader, unit).rooms.values_list("floor", "beds", "taken", "state"):
        one = found.setdefault(floor, {"floor": floor, "rooms": 0, "beds": 0, "taken": 0, "not_ready": 0})
        one["rooms"] += 1
        one["beds"] += beds
        one["taken"] += taken
        one["not_ready"] += state != RoomState.READY
    return [found[floor] for floor in sorted(found)]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class NextHours:
    """What a site's manager has before them: who comes, who asks, who is to be sampled, who goes home, what is to be mended."""

    until: datetime
    arrivals: tuple[Stay, ...]  # at the door first, then expected
    needs: tuple[GuestNeed, ...]
    tests: tuple[GuestTest, ...]
    releases: tuple[Stay, ...]
    gone: tuple[FollowUp, ...]  # released within the last day, the latest first
    findings: tuple[Finding, ...]
    rooms: tuple[Room, ...]  # that are being disinfected


def next_hours(reader: Actor, unit: str, *, at: datetime, hours: float = 3, limit: int = 100) -> NextHours:
    """The next hours of one site, each list by its clock, at most ``limit`` rows of each."""
    permit(reader, Operation.SEE_GUESTS)
    stands = site(reader, unit)
    until = at + timedelta(hours=hours)
    coming = Q(state=StayState.AT_DOOR) | Q(state=StayState.RESERVED, expected_at__lte=until)
    here = Stay.objects.filter(site_code=stands.pk).select_related("room")
    waiting_first = Case(When(state=StayState.AT_DOOR, then=0), default=1)
    return NextHours(
        until=until,
        arrivals=tuple(here.filter(coming).order_by(waiting_first, "expected_at", "code")[:limit]),
        needs=tuple(
            GuestNeed.objects.filter(site_code=unit, answered_at=None)
            .select_related("stay__room")
            .order_by("due_at", "code")[:limit]
        ),
        tests=tuple(
            GuestTest.objects.filter(
                site_code=unit, sampled_at=None, due_on__lte=clock.day_of(until), stay__state=StayState.ADMITTED
            )
            .select_related("stay__room")
            .order_by("due_on", "stay__room", "id")[:limit]
        ),
        releases=tuple(here.filter(state=StayState.ADMITTED, release_at__lte=until).order_by("release_at", "code")[:limit]),
        gone=tuple(
            FollowUp.objects.filter(site_code=unit, released_at__gt=at - timedelta(days=1), released_at__lte=at)
            .select_related("stay")
            .order_by("-released_at", "code")[:limit]
        ),
        findings=tuple(stands.findings.exclude(state=FindingState.CLOSED).order_by("fix_by", "code")[:limit]),
        rooms=tuple(stands.rooms.filter(state=RoomState.DISINFECTING).order_by("ready_at", "room_id")[:limit]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Who waits at a site's door now: how many, since when, and both sides' share of the person-minutes waited so far."""

    site_id: str
    people: int
    since: datetime
    sender: timedelta
    site: timedelta


def doors(reader: Actor, *, at: datetime) -> dict[str, Door]:
    """The doors of the reader's sites at which somebody waits, the longest wait first; two statements."""
    permit(reader, Operation.SEE_ISOLATION)
    notice = rows.pack_at(at).span("isolation_door_notice")
    waiting = Stay.objects.filter(within(reader, "site_code"), state=StayState.AT_DOOR, door_at__lte=at).order_by("door_at")
    found: dict[str, Door] = {}
    for unit, reserved, expected, door_at in waiting.values_list("site_code", "reserved_at", "expected_at", "door_at"):
        if door_at is None:
            continue
        wait = door_wait(announced_at=reserved, expected_at=expected, door_at=door_at, until=at, notice=notice)
        before = found.get(unit)
        found[unit] = Door(
            site_id=unit,
            people=(before.people if before else 0) + 1,
            since=before.since if before else door_at,
            sender=(before.sender if before else timedelta(0)) + wait.sender,
            site=(before.site if before else timedelta(0)) + wait.site,
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquired:
    """Infections that may have happened inside, of a site since a day: reviews, and per 1,000 guest-days."""

    reviews: int
    guest_days: float
    per_thousand: float | None


def acquired_inside(reader: Actor, unit: str, *, since: datetime, at: datetime) -> Acquired:
    """The indicator of one site over a period; without guests it says nothing."""
    stands = site(reader, unit)
    opened = InfectionReview.objects.filter(site_code=stands.pk, opened_at__gte=since, opened_at__lte=at).count()
    slept = Stay.objects.filter(site_code=stands.pk, admitted_at__isnull=False, admitted_at__lte=at)
    spans = slept.filter(Q(ended_at=None) | Q(ended_at__gt=since)).values_list("admitted_at", "ended_at")
    seconds = sum(
        (min(ended or at, at) - max(began, since)).total_seconds() for began, ended in spans.iterator() if began is not None
    )
    days = max(seconds, 0) / 86_400
    return Acquired(reviews=opened, guest_days=days, per_thousand=opened * 1000 / days if days else None)


def unaccepted(reader: Actor) -> QuerySet[FollowUp]:
    """Released, and no home community has accepted yet; the longest released first."""
    return follow_ups(reader).filter(state=FollowUpState.OFFERED)


def lost(reader: Actor, *, at: datetime) -> QuerySet[FollowUp]:
    """Whom nobody knows about: not found, or with a check at home that is overdue (失访)."""
    missed = FollowUpCheck.objects.filter(done_at=None, due_at__lt=at)
    return follow_ups(reader).filter(Q(state=FollowUpState.LOST) | Q(pk__in=missed.values("follow_up")))


def untrained(reader: Actor, unit: str, *, at: datetime) -> dict[str, list[str]]:
    """Staff on a shift at a site now or later who lack a topic of the pack, with the topics."""
    stands = site(reader, unit)
    low, high = codes.below(stands.pk)
    shifts = Shift.objects.filter(post__unit__gte=low, post__unit__lt=high, ends_at__gt=at, left_at=None)
    found: dict[str, list[str]] = {}
    for shift in shifts.select_related("staff").order_by("starts_at"):
        topics = staffing.lacking([shift.staff_id], before=max(shift.starts_at, at), until_at=shift.ends_at)[shift.staff_id]
        if topics:
            found[shift.staff.number] = topics
    return found

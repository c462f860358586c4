"""At the door and into the room (到达、入住): the wait is measured, and while anybody waits somebody owes the door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties import actions as duties
from bulou.duties.opening import Owed, open_many
from bulou.isolation import rows
from bulou.isolation.choices import RiskClass, RoomState, StayState
from bulou.isolation.claims import full, give_back, take_beds
from bulou.isolation.models import GuestTest, IsolationSite, Room, Stay
from bulou.isolation.rooms import owe_disinfection
from bulou.isolation.rules import names
from bulou.isolation.rules.release import terms_of
from bulou.isolation.rules.stays import DoorWait, door_wait, require_stay, test_plan
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull, Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag


@transaction.atomic
def arrive_at_door(*, stays: Sequence[str], by: Actor, at: datetime, trip: str = "") -> list[Stay]:
    """People with a reservation stand at the site's door from this instant (到达门口); the site owes the door."""
    found = [rows.locked_stay(code) for code in sorted(stays)]
    for row in found:
        permit(by, Operation.ADMIT_GUEST, row.site_code)
    return _arrive(found, trip=trip, by=by, at=at)


@transaction.atomic
def arrive_by_fact(*, stays: Sequence[str], by: Actor, at: datetime, trip: str = "") -> list[Stay]:
    """The same, because the trip that brings them arrived: its own action was already permitted."""
    return _arrive([rows.locked_stay(code) for code in sorted(stays)], trip=trip, by=by, at=at)


def _arrive(found: Sequence[Stay], *, trip: str, by: Actor, at: datetime) -> list[Stay]:
    arrived = [row for row in found if row.state == StayState.RESERVED]
    for row in found:
        require_stay(StayState(row.state), (StayState.RESERVED, StayState.AT_DOOR), doing="brought to the door")
    for row in arrived:
        row.state, row.door_at, row.trip = StayState.AT_DOOR, at, trip or row.trip
    Stay.objects.bulk_update(arrived, ("state", "door_at", "trip"))
    ledger.record_many(
        ledger.Draft(
            tag=Tag.GUEST_AT_DOOR,
            subject=names.stay_about(row.pk),
            unit=row.site_code,
            by=by,
            at=at,
            data={"trip": row.trip, "expected_at": row.expected_at, "sender": row.sender},
        )
        for row in arrived
    )
    sites = {row.site_code for row in arrived}
    known = IsolationSite.objects.in_bulk(sites)
    open_many(
        [
            Owed(
                kind=names.DOOR_CLEARED,
                about=names.site_about(site),
                label=known[site].name,
                place_code=known[site].place_code,
                owners={"explicit": site},
                facts={"door_at": at},
                why=names.SAID_ARRIVED % {"people": sum(row.site_code == site for row in arrived)},
            )
            for site in sorted(sites)
        ],
        by=by,
        at=at,
    )
    return list(found)


@transaction.atomic
def admit_guest(*, stay: str, by: Actor, at: datetime) -> Stay:
    """The site takes somebody in (入住): the days begin, tests are planned, and release is owed at their end.

    ``Refused``: the room is not disinfected yet, or the stay has ended. Admitted already: the same answer again.
    """
    row = rows.locked_stay(stay)
    permit(by, Operation.ADMIT_GUEST, row.site_code)
    return admit_by_fact(row, by=by, at=at)


@transaction.atomic
def admit_by_fact(row: Stay, *, by: Actor, at: datetime) -> Stay:
    """The same for a stay that is locked, because both sides signed at the door: their action was already permitted."""
    if row.state == StayState.ADMITTED:
        return row
    require_stay(StayState(row.state), (StayState.RESERVED, StayState.AT_DOOR), doing="admitted")
    room = rows.locked_room(row.room_id)
    if room.state != RoomState.READY:
        message = f"the room {room.pk} is {room.state}"
        raise Refused(message, code="room-not-ready", remedy="Record its disinfection, or move the stay to another room.")
    waited = row.state == StayState.AT_DOOR
    row.door_at = row.door_at or at
    wait = wait_of(row, until=at)
    _begin(row, at=at)
    recorded = ledger.record(
        tag=Tag.GUEST_ADMITTED,
        subject=names.stay_about(row.pk),
        unit=row.site_code,
        by=by,
        at=at,
        data={
            "room": row.room_id,
            "wait_min": _minutes(wait.wait),
            "sender_min": _minutes(wait.sender),
            "site_min": _minutes(wait.site),
            "late_min": _minutes(wait.late),
        },
    )
    _owe_release(row, by=by, at=at)
    if waited:
        clear_door(row.site_code, tag=Tag.GUEST_ADMITTED, ref=f"entry:{recorded.pk}", by=by, at=at)
    return row


def _begin(row: Stay, *, at: datetime) -> None:
    terms = terms_of(rows.pack_at(at), RiskClass(row.risk_class))
    row.state, row.admitted_at, row.release_at = StayState.ADMITTED, at, row.clock_from + terms.days
    row.save(update_fields=("state", "door_at", "admitted_at", "release_at"))
    planned = test_plan(clock_on=clock.day_of(row.clock_from), admitted_on=clock.day_of(at), days=terms.test_days)
    GuestTest.objects.bulk_create(
        GuestTest(stay=row, site_code=row.site_code, day=day, due_on=due_on) for day, due_on in planned
    )


def _owe_release(row: Stay, *, by: Actor, at: datetime) -> None:
    label = rows.labels([row.person_id])[row.person_id]
    site = IsolationSite.objects.get(pk=row.site_code)
    open_many(
        [
            Owed(
                kind=names.RELEASE_DECIDED,
                about=names.stay_about(row.pk),
                label=f"{label} · {site.name} {row.room_id}",
                place_code=site.place_code,
                owners={"explicit": row.site_code},
                facts={"release_at": row.release_at or at},
            )
        ],
        by=by,
        at=at,
    )


def wait_of(row: Stay, *, until: datetime) -> DoorWait:
    """How long somebody waited at the door, and whose wait it is."""
    return door_wait(
        announced_at=row.reserved_at,
        expected_at=row.expected_at,
        door_at=row.door_at or until,
        until=row.admitted_at or until,
        notice=rows.pack_at(until).span("isolation_door_notice"),
    )


def _minutes(span: timedelta) -> int:
    return int(span / timedelta(minutes=1))


def clear_door(site: str, *, tag: Tag, ref: str, by: Actor, at: datetime) -> None:
    """Nobody waits any more: the door is cleared. Somebody still does: the clock is theirs who waits longest."""
    oldest = Stay.objects.filter(site_code=site, state=StayState.AT_DOOR).order_by("door_at").first()
    about = names.site_about(site)
    if oldest is None or oldest.door_at is None:
        duties.fulfil_by_fact(kind=names.DOOR_CLEARED, about=about, tag=tag, ref=ref, by=by, at=at)
        return
    duties.reclock_by_fact(kind=names.DOOR_CLEARED, about=about, facts={"door_at": oldest.door_at}, by=by, at=at)


@transaction.atomic
def move_guest(*, stay: str, to_room: str, reason: str, by: Actor, at: datetime) -> Stay:
    """Somebody goes to another room, of this site or of another below the actor (转房): a new stay, the days run on.

    A reservation moves without disinfection. Returns the new stay; ``CapacityFull`` says why the room does not take them.
    """
    row = rows.locked_stay(stay)
    permit(by, Operation.ADMIT_GUEST, row.site_code)
    require_stay(StayState(row.state), (StayState.RESERVED, StayState.AT_DOOR, StayState.ADMITTED), doing="moved")
    both = {
        room.pk: room
        for room in Room.objects.select_for_update(no_key=True).filter(pk__in=(row.room_id, to_room)).order_by("pk")
    }
    target = both.get(to_room)
    if target is None or to_room == row.room_id:
        raise rows.missing_record()
    permit(by, Operation.ADMIT_GUEST, target.site_id)
    slept_in = row.state == StayState.ADMITTED
    if slept_in and target.state != RoomState.READY:
        raise CapacityFull(f"the room {to_room} is {target.state}", code="room", remedy="Choose another room.")
    risk_class = RiskClass(row.risk_class)
    arriving = max(row.expected_at, at)
    if not take_beds(to_room, risk_class, group=row.group_id, people=1, arriving=arriving):
        raise full(to_room, risk_class, group=row.group_id, people=1, arriving=arriving)
    ready_at = at + rows.pack_at(at).span("isolation_disinfection")
    emptied = give_back(row.room_id, slept_in=slept_in, ready_at=ready_at)
    before = row.room_id, row.site_code
    Stay.objects.filter(pk=row.pk).update(state=StayState.MOVED, ended_at=at, end_reason=reason[:300])
    new = _continued(row, target, at=at)
    Stay.objects.filter(pk=row.pk).update(next_stay=new)
    recorded = ledger.record(
        tag=Tag.GUEST_MOVED,
        subject=names.stay_about(row.pk),
        unit=before[1],
        by=by,
        at=at,
        data={"from": before[0], "to": to_room, "stay": new.pk, "reason": reason},
    )
    if slept_in:
        GuestTest.objects.filter(stay=row, sampled_at=None).update(stay=new, site_code=new.site_code)
        duties.fulfil_by_fact(
            kind=names.RELEASE_DECIDED,
            about=names.stay_about(row.pk),
            tag=Tag.GUEST_MOVED,
            ref=f"entry:{recorded.pk}",
            by=by,
            at=at,
        )
        _owe_release(new, by=by, at=at)
    else:
        clear_door(before[1], tag=Tag.GUEST_MOVED, ref=f"entry:{recorded.pk}", by=by, at=at)
    if emptied:
        owe_disinfection(both[before[0]], left_at=at, by=by, at=at)
    return new


def _continued(row: Stay, target: Room, *, at: datetime) -> Stay:
    """The same stay in another room: what was known stays known."""
    return Stay.objects.create(
        code=public_id("ST", at),
        person_id=row.person_id,
        group_id=row.group_id,
        room=target,
        site_code=target.site_id,
        risk_class=row.risk_class,
        needs=row.needs,
        basis=row.basis,
        home_code=row.home_code,
        sender=row.sender,
        trip=row.trip,
        clock_from=row.clock_from,
        state=row.state,
        reserved_at=row.reserved_at,
        expected_at=row.expected_at,
        door_at=row.door_at,
        admitted_at=row.admitted_at,
        release_at=row.release_at,
    )

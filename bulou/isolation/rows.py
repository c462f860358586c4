"""Rows as the actions of this room need them: locked, or not found; the pack in force; who signs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from bulou.isolation.models import Finding, FollowUp, GuestNeed, IsolationSite, Room, Stay
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.people.models import Resident
from bulou.people.rules import masked
from bulou.policy import Pack, pack_in_force


def pack_at(at: datetime) -> Pack:
    """The policy pack in force on the instant's local day."""
    return pack_in_force(settings.BULOU_POLICY, clock.day_of(at))


def signature(by: Actor) -> str:
    """Who did it, as a record shows it: name and unit at that time."""
    return f"{by.name} · {by.unit}"[:120]


def missing_record() -> NotFound:
    """The answer for what does not exist; a foreign record is answered alike."""
    message = "no such record"
    return NotFound(message, remedy="Check the identifier.")


def locked_site(unit: str) -> IsolationSite:
    """The site's row, locked until the transaction ends; a stay or room that refers to it by key need not wait."""
    found = IsolationSite.objects.select_for_update(no_key=True).filter(pk=unit).first()
    if found is None:
        raise missing_record()
    return found


def locked_room(room_id: str) -> Room:
    """The room's row, locked."""
    found = Room.objects.select_for_update(no_key=True).filter(pk=room_id).first()
    if found is None:
        raise missing_record()
    return found


def locked_stay(code: str) -> Stay:
    """The stay's row, locked, with its room as it stood before the lock."""
    found = Stay.objects.select_for_update(of=("self",), no_key=True).select_related("room").filter(pk=code).first()
    if found is None:
        raise missing_record()
    return found


def locked_finding(code: str) -> Finding:
    """The finding's row, locked, with its site."""
    found = Finding.objects.select_for_update(of=("self",), no_key=True).select_related("site").filter(pk=code).first()
    if found is None:
        raise missing_record()
    return found


def locked_need(code: str) -> GuestNeed:
    """The need's row, locked."""
    found = GuestNeed.objects.select_for_update(of=("self",), no_key=True).select_related("stay").filter(pk=code).first()
    if found is None:
        raise missing_record()
    return found


def locked_follow_up(code: str) -> FollowUp:
    """The follow-up's row, locked."""
    found = FollowUp.objects.select_for_update(no_key=True).filter(pk=code).first()
    if found is None:
        raise missing_record()
    return found


def labels(people: Iterable[str]) -> dict[str, str]:
    """Each person's label without the name in clear; one statement."""
    asked = list(people)
    names = dict(Resident.objects.filter(pk__in=asked).values_list("person_id", "name"))
    return {person: masked(names.get(person, ""), person) for person in asked}

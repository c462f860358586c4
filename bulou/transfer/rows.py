"""Rows as actions need them: locked, or not found. Locked in one order: plan, trip, vehicles, drivers, requests, rooms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings

from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.policy import Pack, pack_in_force
from bulou.transfer import rules
from bulou.transfer.choices import RequestState, RiskClass
from bulou.transfer.models import Plan, TransferRequest, Trip


def missing_record() -> NotFound:
    """The answer for what does not exist; a foreign record is answered alike."""
    message = "no such record"
    return NotFound(message, remedy="Check the identifier.")


def signature(by: Actor) -> str:
    """Who did it, as a record shows it: name and unit at that time."""
    return f"{by.name} · {by.unit}"[:120]


def pack_at(at: datetime) -> Pack:
    """The policy pack in force at an instant."""
    return pack_in_force(settings.BULOU_POLICY, clock.day_of(at))


def moves_people(at: datetime) -> bool:
    """Whether the policy in force moves people at all: one for measles keeps them at home."""
    return rules.CASE_MOVED in pack_at(at).duties


def locked_plan(code: str) -> Plan:
    """The plan's row, locked until the transaction ends."""
    found = Plan.objects.select_for_update(of=("self",), no_key=True).filter(pk=code).first()
    if found is None:
        raise missing_record()
    return found


def locked_trip(code: str) -> Trip:
    """The trip's row with its vehicle and driver, locked."""
    found = (
        Trip.objects.select_for_update(of=("self",), no_key=True).select_related("vehicle", "driver").filter(pk=code).first()
    )
    if found is None:
        raise missing_record()
    return found


def locked_requests(codes: Iterable[str]) -> list[TransferRequest]:
    """Requests, locked in one order for all."""
    chosen = TransferRequest.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=list(codes))
    return list(chosen.order_by("pk"))


def locked_request(code: str) -> TransferRequest:
    """The request's row, locked."""
    found = locked_requests([code])
    if not found:
        raise missing_record()
    return found[0]


def set_state(row: TransferRequest, after: RequestState, *, fields: Sequence[str] = ()) -> None:
    """Bring a request into a state that it can come into, and save it with what else changed."""
    rules.require_step(RequestState(row.state), after)
    row.state = after.value
    row.save(update_fields=("state", *fields))


def risk(row: TransferRequest) -> RiskClass:
    """The class of a request as a word of its own."""
    return RiskClass(row.risk_class)


def place_of(unit: str) -> str:
    """The place in which a unit stands; blank when its code names none."""
    place = codes.territory(unit)
    return place if codes.is_place(place) else ""


def hours(number: float) -> timedelta:
    """A pack's number of hours as a length of time."""
    return timedelta(hours=number)

"""Laboratories: registered, with hourly capacity, able to say that they are full (检测能力)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Conflict, InputFault, Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.rounds import rows, rules
from bulou.rounds.models import CapacityWindow, Laboratory
from bulou.units import queries as units
from bulou.units.choices import UnitKind


@transaction.atomic
def register_laboratory(*, unit: str, tubes_per_hour: int, by: Actor, at: datetime) -> Laboratory:
    """Enter a unit as a laboratory, with the tubes it takes an hour where no window says otherwise.

    The same rate again changes nothing; another rate is a ``Conflict``: capacity is changed by ``set_capacity``.
    """
    permit(by, Operation.KEEP_LABORATORY, unit)
    found = units.unit(unit)
    if found.kind != UnitKind.LABORATORY:
        message = f"{unit} is a {found.kind}, not a laboratory"
        raise InputFault(message, column="unit", remedy="Register the unit as a laboratory first.")
    if tubes_per_hour <= 0:
        message = "a laboratory takes at least one tube an hour"
        raise InputFault(message, column="tubes_per_hour", remedy="Give the tubes it can take in one hour.")
    made, fresh = Laboratory.objects.get_or_create(unit=found, defaults={"tubes_per_hour": tubes_per_hour})
    if not fresh:
        if made.tubes_per_hour != tubes_per_hour:
            message = f"{unit} is registered with {made.tubes_per_hour} tubes an hour"
            raise Conflict(message, column="tubes_per_hour", remedy="Change its hours by set_capacity.")
        return made
    ledger.record(
        tag=Tag.LABORATORY_REGISTERED,
        subject=f"laboratory:{unit}",
        unit=unit,
        by=by,
        at=at,
        data={"tubes_per_hour": tubes_per_hour},
    )
    return made


@transaction.atomic
def set_capacity(
    *, laboratory: str, starts_at: datetime, ends_at: datetime, tubes: int, by: Actor, at: datetime
) -> list[CapacityWindow]:
    """Set how many tubes the laboratory takes in each clock hour of an interval.

    ``Refused`` when more is already claimed in one of them: claims are promises, they are released first.
    """
    row = rows.locked_laboratory(laboratory)
    permit(by, Operation.KEEP_LABORATORY, row.pk)
    rules.require_order(starts_at, ends_at, column="ends_at")
    if tubes < 0:
        message = "a capacity is not negative"
        raise InputFault(message, column="tubes")
    hours = rules.hours_of(starts_at, ends_at)
    add_windows(row, hours)
    windows = CapacityWindow.objects.filter(laboratory=row, starts_at__in=hours)
    over = windows.filter(claimed__gt=tubes).order_by("starts_at").first()
    if over is not None:
        message = f"{over.claimed} tubes are already claimed for {over.starts_at.isoformat()}"
        raise Refused(message, code="capacity-claimed", remedy="Release claims of that hour first.")
    windows.update(capacity=tubes)
    ledger.record(
        tag=Tag.LABORATORY_AVAILABLE,
        subject=f"laboratory:{row.pk}",
        unit=row.pk,
        by=by,
        at=at,
        data={"from": hours[0], "hours": len(hours), "tubes_per_hour": tubes},
    )
    return list(windows.order_by("starts_at"))


def add_windows(row: Laboratory, hours: list[datetime]) -> None:
    """Enter the hours that have no window yet, at the laboratory's usual rate; two who do so at once do not collide."""
    CapacityWindow.objects.bulk_create(
        (CapacityWindow(laboratory=row, starts_at=hour, capacity=row.tubes_per_hour) for hour in hours),
        ignore_conflicts=True,
    )


@transaction.atomic
def report_full(*, laboratory: str, reason: str, by: Actor, at: datetime, until: datetime | None = None) -> Laboratory:
    """A laboratory says that it is full (已满); what is under way to it is re-routed by what follows from the fact."""
    row = rows.locked_laboratory(laboratory)
    permit(by, Operation.KEEP_LABORATORY, row.pk)
    if not reason.strip():
        message = "a laboratory says why it is full"
        raise InputFault(message, column="reason", remedy="Staff, reagents, machines, backlog: what, since when.")
    if until is not None:
        rules.require_order(at, until, column="until")
    row.full_since, row.full_until, row.full_reason = at, until, reason[:200]
    row.save(update_fields=("full_since", "full_until", "full_reason"))
    ledger.record(
        tag=Tag.LABORATORY_FULL,
        subject=f"laboratory:{row.pk}",
        unit=row.pk,
        by=by,
        at=at,
        data={"until": until, "reason": reason},
    )
    return row


@transaction.atomic
def report_available(*, laboratory: str, by: Actor, at: datetime) -> Laboratory:
    """The laboratory takes tubes again; one that never said it was full changes nothing."""
    row = rows.locked_laboratory(laboratory)
    permit(by, Operation.KEEP_LABORATORY, row.pk)
    if row.full_since is None:
        return row
    since = row.full_since
    row.full_since = row.full_until = None
    row.full_reason = ""
    row.save(update_fields=("full_since", "full_until", "full_reason"))
    ledger.record(
        tag=Tag.LABORATORY_AVAILABLE,
        subject=f"laboratory:{row.pk}",
        unit=row.pk,
        by=by,
        at=at,
        data={"full_since": since},
    )
    return row

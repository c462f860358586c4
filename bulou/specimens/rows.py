"""Rows as actions need them: locked, or not found. A box is locked before its transfers and tubes, everywhere.

Locks are ``FOR NO KEY UPDATE``: a tube that refers to its box or site by key need not wait for them.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from bulou.kernel.actor import Actor
from bulou.kernel.errors import CapacityFull, InputFault, NotFound
from bulou.rounds.models import Laboratory
from bulou.rounds.rules import is_full
from bulou.specimens import rules
from bulou.specimens.models import Box, Tube


def missing_record() -> NotFound:
    """The answer for what does not exist; a foreign record is answered alike."""
    message = "no such record"
    return NotFound(message, remedy="Check the identifier.")


def locked_box(box_id: str) -> Box:
    """The box's row with its site, locked until the transaction ends."""
    found = Box.objects.select_for_update(of=("self",), no_key=True).select_related("site").filter(pk=box_id).first()
    if found is None:
        raise missing_record()
    return found


def locked_tubes(tube_ids: list[str]) -> QuerySet[Tube]:
    """Tubes, locked in one order for all."""
    return Tube.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=tube_ids).order_by("pk")


def locked_tube(tube_id: str) -> Tube:
    """The tube's row, locked."""
    found = locked_tubes([tube_id]).first()
    if found is None:
        raise missing_record()
    return found


def laboratory(code: str) -> Laboratory:
    """The laboratory of that unit; ``InputFault`` when the unit is none."""
    found = Laboratory.objects.filter(pk=code).first()
    if found is None:
        message = f"no laboratory has the code {code}"
        raise InputFault(message, column="laboratory", remedy="Register it, or choose another.")
    return found


def takes_tubes(found: Laboratory, *, at: datetime) -> bool:
    """Whether the laboratory has not said that it is full at the instant."""
    return not is_full(full_since=found.full_since, full_until=found.full_until, at=at)


def said_full(found: Laboratory) -> str:
    """In the laboratory's own words."""
    return rules.SAID_LABORATORY_FULL % {"laboratory": found.pk, "reason": found.full_reason}


def require_room(found: Laboratory, *, at: datetime) -> None:
    """``CapacityFull`` when the laboratory has said that it is full."""
    if not takes_tubes(found, at=at):
        raise CapacityFull(said_full(found), code="laboratory-full", remedy="Choose another laboratory.")


def signature(by: Actor) -> str:
    """Who did it, as a record shows it: name and unit at that time."""
    return f"{by.name} · {by.unit}"[:120]

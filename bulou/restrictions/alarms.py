"""An attempt to restrict that was stopped is recorded and told, also when the attempt itself is rolled back.

``Stopped`` carries its alarm. The action sounds it after its own savepoint is gone, and each edge sounds it once more after
the whole request was rolled back; the alarm's code makes the second one a no-op.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from itertools import groupby
from typing import ParamSpec, TypeVar

from django.db import transaction

from bulou.duties.opening import Owed, open_duty
from bulou.duties.rows import signature
from bulou.kernel import codes
from bulou.kernel.actor import Actor, Door, system
from bulou.kernel.errors import Refused
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.places.models import Division
from bulou.restrictions import rules
from bulou.restrictions.choices import Kind, Stop
from bulou.restrictions.models import Attempt
from bulou.units.models import Unit

P = ParamSpec("P")
R = TypeVar("R")
KEPT_NAMES = 20_000  # of one attempt, as the erasable part of its entry; a longer list is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What was stopped: why, of what kind, about whom, in which unit, by whom and when."""

    code: str
    why: Stop
    kind: Kind
    subjects: tuple[str, ...]
    place: str
    by: Actor
    at: datetime


class Stopped(Refused):
    """An attempt to restrict that the rules forbid; nothing of it stands, and its alarm does."""

    default_code = "restriction-stopped"

    def __init__(self, message: str, *, alarm: Alarm, remedy: str = "") -> None:
        """The refusal with its alarm."""
        super().__init__(message, code=alarm.why.value, remedy=remedy)
        self.alarm = alarm


def alarming(action: Callable[P, R]) -> Callable[P, R]:
    """An action whose stopped attempts alarm by themselves, outside its own savepoint."""

    @wraps(action)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return action(*args, **kwargs)
        except Stopped as fault:
            sound(fault)
            raise

    return guarded


def sound(fault: BaseException) -> None:
    """Record and tell a stopped attempt, once; other errors say nothing here. Edges call this after a rollback."""
    if isinstance(fault, Stopped):
        _keep(fault.alarm)


@transaction.atomic
def _keep(alarm: Alarm) -> None:
    _, fresh = Attempt.objects.get_or_create(
        code=alarm.code,
        defaults={
            "why": alarm.why.value,
            "kind": alarm.kind.value,
            "subject": alarm.subjects[0][:96],
            "people": len(alarm.subjects),
            "unit": alarm.by.unit,
            "attempted_by": signature(alarm.by),
            "attempted_at": alarm.at,
            "alarmed_at": alarm.at,
        },
    )
    if fresh:
        tell(
            why=alarm.why.value,
            kind=alarm.kind.value,
            subjects=alarm.subjects,
            unit=alarm.by.unit,
            place=alarm.place,
            by=alarm.by,
            at=alarm.at,
        )


def tell(*, why: str, kind: str, subjects: tuple[str, ...], unit: str, place: str, by: Actor, at: datetime) -> None:
    """The ledger's entry, with the names apart, and the duty of the unit above to find out who and why."""
    entry = ledger.record(
        tag=Tag.RESTRICTION_STOPPED,
        subject=f"attempt:{unit}",
        unit=unit,
        by=by,
        at=at,
        data={"why": why, "kind": kind, "people": len(subjects), "door": by.door.value},
        personal={"subjects": list(subjects[:KEPT_NAMES])},
    )
    open_duty(
        Owed(
            kind=rules.STOPPED,
            about=f"attempt:{unit}",
            label=f"{len(subjects)} · {kind} · {why} · {signature(by)}",
            place_code=place,
            owners={"superior": superior_of(unit)},
            why=f"{why}: {len(subjects)} × {kind}, entry {entry.pk}",
        ),
        by=system(unit=unit, door=Door.PLAYBOOK),
        at=at,
    )


def superior_of(unit: str) -> str:
    """The nearest unit above that exists, or the unit itself where the register has nothing above it."""
    above = codes.chain(unit)[1:]
    known = set(Unit.objects.filter(code__in=above).values_list("code", flat=True))
    return next((step for step in above if step in known), unit)


@transaction.atomic
def watch_attempts(*, at: datetime) -> int:
    """Turn what the database's guards kept into entries and a duty of the city (worker); returns how many attempts."""
    waiting = list(Attempt.objects.select_for_update().filter(alarmed_at=None).order_by("why", "kind", "id"))
    if not waiting:
        return 0
    city = Division.objects.filter(level=codes.Level.CITY).order_by("code").values_list("code", flat=True).first() or "CN"
    for (why, kind), group in groupby(waiting, key=lambda row: (row.why, row.kind)):
        found = list(group)
        tell(
            why=why,
            kind=kind or "register",
            subjects=tuple(row.subject for row in found),
            unit=city,
            place=city if codes.is_place(city) else "",
            by=Actor(
                account="", name=found[0].attempted_by, post="", unit=city, role=system(unit=city, door=Door.SWEEP).role,
                door=Door.SWEEP,
            ),
            at=at,
        )  # fmt: skip
    Attempt.objects.filter(pk__in=[row.pk for row in waiting]).update(alarmed_at=at)
    return len(waiting)

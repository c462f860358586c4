"""Named reads: hands as the rules take them, who can stand in, who is on duty, and who has nothing assigned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.books.facts import pack_at
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.workforce.choices import ShiftState, WorkerState
from bulou.workforce.models import Certificate, Shift, Worker
from bulou.workforce.rules import Hand, able, rested

FREE = (WorkerState.IDLE, WorkerState.PLACED)


def hands(people: Iterable[Worker]) -> list[Hand]:
    """People with their certificates and hours; two statements however many."""
    rows = list(people)
    keys = [one.pk for one in rows]
    certified: dict[str, dict[str, date]] = {}
    for one in Certificate.objects.filter(worker__in=keys):
        held = certified.setdefault(one.worker_id, {})
        held[one.skill] = max(one.expires_on, held.get(one.skill, date.min))
    taken: dict[str, list[tuple[datetime, datetime]]] = {}
    kept = Shift.objects.filter(worker__in=keys).exclude(state=ShiftState.RELIEVED, begun_at=None)
    for worker, starts_at, free_at in kept.order_by().values_list("worker", "starts_at", "free_at"):
        taken.setdefault(worker, []).append((starts_at, free_at))
    return [Hand(row.pk, frozenset(row.skills.split(";")), certified.get(row.pk, {}), taken.get(row.pk, ())) for row in rows]


def with_unit(unit: str, *, from_at: datetime, until_at: datetime) -> QuerySet[Worker]:
    """Who works for a unit or below it through the whole window and is neither absent nor gone."""
    low, high = codes.below(unit)
    staying = Q(until_at=None) | Q(until_at__gte=until_at)
    return Worker.objects.filter(staying, host__gte=low, host__lt=high, since_at__lte=from_at, state__in=FREE).order_by("code")


def substitutes(shift: Shift, *, at: datetime) -> list[Worker]:
    """Who has the skill and the rest for what is left of a shift: of the unit, else of the unit above it. Four statements."""
    starts_at, rest = max(shift.starts_at, at), pack_at(at).span("work_rest")
    for unit in (shift.unit_id, codes.parent_unit(shift.unit_id) or shift.unit_id):
        people = {
            one.pk: one
            for one in with_unit(unit, from_at=starts_at, until_at=shift.ends_at)
            if shift.skill in one.skills.split(";")
        }
        found = [
            people[hand.code]
            for hand in hands(people.values())
            if able(hand, shift.skill, clock.day_of(shift.ends_at)) and rested(starts_at, shift.ends_at + rest, hand.taken)
        ]
        if found:
            return found
    return []


def on_shift(unit: str, *, by: Actor, at: datetime) -> QuerySet[Shift]:
    """Who works at a unit or below it at the instant: begun, or planned for now and not begun."""
    permit(by, Operation.SEE_WORKFORCE, unit)
    low, high = codes.below(unit)
    now = Q(state=ShiftState.PLANNED, starts_at__lte=at, ends_at__gt=at) | Q(begun_at__lte=at) & (
        Q(ended_at=None) | Q(ended_at__gt=at)
    )
    found = Shift.objects.filter(within(by, "unit"), now, unit__gte=low, unit__lt=high)
    return found.select_related("worker", "unit").order_by("unit", "skill", "code")


def idle(by: Actor) -> QuerySet[Worker]:
    """Hands with nothing assigned, in the reader's units."""
    permit(by, Operation.SEE_WORKFORCE)
    shifts = Prefetch("shifts", queryset=Shift.objects.order_by("-free_at"))
    return Worker.objects.filter(within(by, "host"), state=WorkerState.IDLE).prefetch_related(shifts).order_by("host", "code")

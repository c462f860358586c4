"""Named reads over duties; every one takes the reader and is filtered by jurisdiction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.duties.choices import DutyState, HandoverState
from bulou.duties.models import Duty, Handover, Notice
from bulou.kernel import codes, keyset
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound

SOON = timedelta(hours=1)  # "hollow means within the hour": the time band's rule


def visible(reader: Actor) -> QuerySet[Duty]:
    """The duties that the reader may see: owned in its jurisdiction, about a place in it, or offered to it now."""
    permit(reader, Operation.SEE_DUTIES)
    if reader.unit == "CN":
        return Duty.objects.all()
    offered = Handover.objects.filter(within(reader, "receiver_id"), state=HandoverState.OFFERED)
    return Duty.objects.filter(within(reader, "owner_id", "place_code") | Q(pk__in=offered.values("duty_id")))


def duty(reader: Actor, duty_id: str) -> Duty:
    """One duty; a foreign id answers like a missing one."""
    found = visible(reader).select_related("owner", "parent").filter(pk=duty_id).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list of duties shows."""

    state: str = DutyState.OPEN
    overdue: bool = False
    unit: str = ""
    line: str = ""
    kind: str = ""
    due_before: datetime | None = None


def listed(reader: Actor, chosen: Filter, *, now: datetime) -> QuerySet[Duty]:
    """The duties of a filter, by due time."""
    found = visible(reader)
    if chosen.state:
        found = found.filter(state=chosen.state)
    if chosen.overdue:
        found = found.filter(due_at__lt=now)
    if chosen.due_before is not None:
        found = found.filter(due_at__lt=chosen.due_before)
    if chosen.unit:
        low, high = codes.below(chosen.unit)
        found = found.filter(owner_id__gte=low, owner_id__lt=high)
    if chosen.line:
        found = found.filter(line=chosen.line)
    if chosen.kind:
        found = found.filter(kind=chosen.kind)
    return found.order_by("due_at", "id")


def after(found: QuerySet[Duty], key: str) -> QuerySet[Duty]:
    """The rest of the list after a row's key (``due_at|id``): keyset paging, as fast on the thousandth page."""
    if not key:
        return found
    due_at, pk = keyset.instant_of(key)
    return found.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, id__gt=pk)).filter(due_at__gte=due_at)


def key_of(row: Duty) -> str:
    """The row's key for the next page."""
    return keyset.key(row.due_at, row.pk)


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is owed: open, of these overdue, and due within the hour."""

    open: int
    overdue: int
    soon: int


def counts(reader: Actor, *, now: datetime, unit: str = "") -> Counts:
    """The three figures in one statement."""
    found = listed(reader, Filter(unit=unit), now=now).order_by()
    row = found.aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        soon=Count("pk", filter=Q(due_at__gte=now, due_at__lt=now + SOON)),
    )
    return Counts(row["open"], row["overdue"], row["soon"])


def overdue_by_line(reader: Actor, *, now: datetime) -> dict[str, int]:
    """Overdue duties per line of work, for the counts in the navigation."""
    rows = listed(reader, Filter(overdue=True), now=now).order_by().values("line").annotate(n=Count("pk"))
    return {row["line"]: row["n"] for row in rows}


def awaiting(reader: Actor) -> QuerySet[Handover]:
    """Offers that wait for an answer, sent from or to the reader's jurisdiction, oldest first."""
    permit(reader, Operation.SEE_DUTIES)
    return (
        Handover.objects.filter(within(reader, "sender_id", "receiver_id"), state=HandoverState.OFFERED)
        .select_related("duty", "sender", "receiver")
        .order_by("offered_at", "id")
    )


def inbox(reader: Actor, *, units: Sequence[str] = ()) -> QuerySet[Notice]:
    """The notices of the reader's own unit (or the units asked for, within its jurisdiction), newest first."""
    permit(reader, Operation.SEE_DUTIES)
    found = Notice.objects.select_related("duty__owner", "unit").order_by("-id")
    if not units:
        return found.filter(unit=reader.unit)
    return found.filter(within(reader, "unit_id"), unit__in=units)


def told(reader: Actor) -> QuerySet[Notice]:
    """Escalations within the jurisdiction, newest first: what just went up."""
    permit(reader, Operation.SEE_DUTIES)
    return Notice.objects.filter(within(reader, "unit_id")).select_related("duty", "unit").order_by("-id")


def owed_by(reader: Actor) -> QuerySet[Duty]:
    """*Mine today*: all that the reader's own unit owes, across lines, by next clock."""
    permit(reader, Operation.SEE_DUTIES)
    return Duty.objects.filter(owner=reader.unit, state=DutyState.OPEN).order_by("due_at", "id")

"""Meetings, visits and calls: figures frozen at the instant, decisions as tasks, the next meeting's sheet of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, locked, signature
from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Evidence
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.orders import rules
from bulou.orders.choices import MeetingKind, Standing
from bulou.orders.models import Decision, Meeting, MeetingFigure, SheetLine
from bulou.orders.rows import require_text


@transaction.atomic
def open_meeting(
    *, title: str, kind: MeetingKind, by: Actor, at: datetime, unit: str = "", place: str = "", previous: str = "",
    next_at: datetime | None = None, code: str = "",
) -> Meeting:  # fmt: skip
    """Open a meeting, visit or call: the figures of this instant are frozen, and how each earlier decision stands.

    ``previous`` is the meeting before it in its series; each meeting has one that follows it.
    """
    holder = unit or by.unit
    permit(by, Operation.HOLD_MEETING, holder)
    before = locked(Meeting, previous) if previous else None
    if before is not None and before.unit_id != holder:
        message = "a series of meetings is held by one unit"
        raise InputFault(message, column="previous")
    if before is not None and Meeting.objects.filter(previous=before).exists():
        message = f"another meeting follows {previous} already"
        raise InputFault(message, column="previous", remedy="Name the last meeting of the series.")
    if next_at is not None and next_at <= at:
        message = "the next meeting is after this one"
        raise InputFault(message, column="next_at")
    number = code or public_id("ME", at)
    row = Meeting.objects.create(
        code=number, series=before.series if before else number, title=require_text(title, "title", "name it")[:120],
        kind=kind, unit_id=holder, place=place.strip()[:120], previous=before, held_at=at, next_at=next_at,
        called_by=signature(by),
    )  # fmt: skip
    lines = _sheet(row, before, at=at) if before else []
    SheetLine.objects.bulk_create(lines)
    said = {"decisions": len(lines), "not_done": sum(one.standing in _BAD for one in lines)}
    commit(tag=LineTag.MEETING_OPENED, subject=f"meeting:{row.pk}", unit=holder, by=by, at=at, data=said)
    return row


_BAD = frozenset({Standing.OPEN, Standing.OVERDUE, Standing.NO_CAPACITY})


def _sheet(row: Meeting, before: Meeting, *, at: datetime) -> list[SheetLine]:
    """Every decision of the series that was open at the meeting before, or was made there; one line each."""
    found = Decision.objects.filter(meeting__series=row.series).filter(
        Q(duty__state=DutyState.OPEN) | Q(duty__closed_at__gt=before.held_at)
    )
    rows = list(found.select_related("duty").order_by("due_at", "code"))
    answers = dict(
        Evidence.objects.filter(duty__in=[one.duty_id for one in rows],
        kind="no_capacity").order_by("id").values_list("duty", "note")
    )  # fmt: skip
    made = []
    for one in rows:
        why = answers.get(one.duty_id, "")
        standing = rules.standing(
            state=one.duty.state, due_at=one.due_at, closed_at=one.duty.closed_at, no_capacity=bool(why), at=at
        )
        note = one.duty.proof or why or one.duty.why
        made.append(SheetLine(meeting=row, decision=one, standing=standing, note=note[:300]))
    return made


@dataclass(frozen=True, slots=True)
class Frozen:
    """One figure as it stands at a meeting: None where nothing is known."""

    name: str
    value: int | None
    source: str


@transaction.atomic
def freeze_figures_by_fact(*, code: str, figures: Sequence[Frozen], at: datetime) -> None:
    """Keep the figures of the meeting's instant (playbook): what the city knew then, whatever it learns later."""
    MeetingFigure.objects.bulk_create(
        MeetingFigure(meeting_id=code, name=one.name, value=one.value, source=one.source, as_of=at) for one in figures
    )


@transaction.atomic
def decide(*, meeting: str, unit: str, text: str, due_at: datetime, by: Actor, at: datetime, code: str = "") -> Decision:
    """A meeting decides that a unit does something by a time (交办): a task with a clock, kept on the next sheets."""
    held = locked(Meeting, meeting)
    permit(by, Operation.HOLD_MEETING, held.unit_id)
    duty = duties.assign_task(to_unit=unit, text=text, due_at=due_at, by=by, at=at)
    row = Decision.objects.create(
        code=code or public_id("DE", at), meeting=held, unit_id=unit, place_code=codes.territory(unit), text=text.strip()[:200],
        due_at=due_at, duty=duty, decided_at=at, decided_by=signature(by),
    )  # fmt: skip
    data = {"decision": row.pk, "duty": duty.pk, "due_at": due_at}
    commit(tag=LineTag.MEETING_DECIDED, subject=f"meeting:{held.pk}", unit=unit, by=by, at=at, data=data)
    return row

"""Major events told upward (重大事项首报、续报、终报, D16): the first report within hours, then on, to a final one."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import commit, due_of, locked, signature
from bulou.duties.opening import Owed
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.kernel.ids import public_id
from bulou.ledger.line_tags import LineTag
from bulou.workforce import rules
from bulou.workforce.choices import FIRST_REPORT, PROGRESS_REPORT, EventKind, EventState, ReportKind
from bulou.workforce.models import EventReport, MajorEvent


@transaction.atomic
def register_event(
    *, kind: EventKind, unit: str, place_code: str, what: str, seen_at: datetime, by: Actor, at: datetime, people: int = 0,
    code: str = "",
) -> MajorEvent:  # fmt: skip
    """A major event is known; the first report is due by when it was seen, not by when it was written down."""
    permit(by, Operation.REPORT_EVENT, unit)
    if seen_at > at:
        message = "it cannot be seen before it happens"
        raise InputFault(message, column="seen_at")
    row = MajorEvent.objects.create(
        code=code or public_id("ME", at), kind=kind, unit_id=unit, place_code=place_code, people=people or 0, seen_at=seen_at,
        what=rules.require_text(what, "what", "say what happened")[:300],
        due_at=due_of(FIRST_REPORT, at=at, facts={"seen_at": seen_at}),
    )  # fmt: skip
    commit(tag=LineTag.EVENT_KNOWN, subject=_about(row), unit=unit, by=by, at=at, data={"kind": kind, "people": row.people},
           opens=[_owed(row, FIRST_REPORT, seen_at=seen_at)])  # fmt: skip
    return row


@transaction.atomic
def report_event(*, code: str, text: str, by: Actor, at: datetime, people: int | None = None) -> MajorEvent:
    """Tell it upward: the first time the first report, then progress; the next one is owed from now."""
    row = locked(MajorEvent, code)
    rules.require(row.state, {EventState.KNOWN, EventState.REPORTED}, doing="reported")
    kind = ReportKind.PROGRESS if row.reports else ReportKind.FIRST
    _tell(row, kind, text, people, by=by, at=at)
    row.state, row.due_at = EventState.REPORTED, due_of(PROGRESS_REPORT, at=at, facts={"reported_at": at})
    row.save(update_fields=("state", "due_at", "reports", "people"))
    commit(tag=LineTag.EVENT_REPORTED, subject=_about(row), unit=row.unit_id, by=by, at=at, data={"number": row.reports},
           closes=[FIRST_REPORT, PROGRESS_REPORT], opens=[_owed(row, PROGRESS_REPORT, reported_at=at)])  # fmt: skip
    return row


@transaction.atomic
def close_event(*, code: str, text: str, by: Actor, at: datetime, people: int | None = None) -> MajorEvent:
    """The final report: what it was, what was done, what came of it."""
    row = locked(MajorEvent, code)
    rules.require(row.state, {EventState.REPORTED}, doing="closed")
    _tell(row, ReportKind.FINAL, text, people, by=by, at=at)
    row.state = EventState.CLOSED
    row.save(update_fields=("state", "reports", "people"))
    commit(tag=LineTag.EVENT_CLOSED, subject=_about(row), unit=row.unit_id, by=by, at=at, data={"number": row.reports},
           closes=[PROGRESS_REPORT])  # fmt: skip
    return row


def _tell(row: MajorEvent, kind: ReportKind, text: str, people: int | None, *, by: Actor, at: datetime) -> None:
    permit(by, Operation.REPORT_EVENT, row.unit_id)
    row.reports += 1
    row.people = row.people if people is None else people
    EventReport.objects.create(
        code=public_id("ER", at), event=row, number=row.reports, kind=kind, people=row.people, reported_at=at,
        text=rules.require_text(text, "text", "write the report")[:2000], reported_by=signature(by), late=at > row.due_at,
    )  # fmt: skip


def _about(row: MajorEvent) -> str:
    return f"major_event:{row.pk}"


def _owed(row: MajorEvent, kind: str, **facts: datetime) -> Owed:
    return Owed(
        kind=kind, about=_about(row), label=row.pk, place_code=row.place_code, owners={"explicit": row.unit_id}, facts=facts
    )

"""The books of major events and of their reports upward (D16)."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.workforce import events, words
from bulou.workforce.choices import EventKind, EventState
from bulou.workforce.models import EventReport, MajorEvent


def _events(by: Actor) -> QuerySet[MajorEvent]:
    return MajorEvent.objects.filter(within(by, "unit", "place_code"))


def _reports(by: Actor) -> QuerySet[EventReport]:
    return EventReport.objects.filter(within(by, "event__unit", "event__place_code")).select_related("event")


_PEOPLE = Field(name="people", label=pgettext_lazy("event", "People concerned"), kind=Kind.NUMBER, needed=False, most=1_000_000)
_TEXT = Field(name="text", label=pgettext_lazy("event", "Report"), kind=Kind.LONG, most=2000)

MAJOR_EVENTS = Book(
    name="major_events", line="D16", title=pgettext_lazy("event", "Major events"), one=pgettext_lazy("event", "Major event"),
    subject="major_event", model=MajorEvent, see=Operation.SEE_EVENTS, visible=_events, lead="what", order="due_at",
    state="state", closed=(EventState.CLOSED,), related=(("event_reports", "event"),),
    note=pgettext_lazy("event", "the first report within the rule's hours, then on, to a final one"),
    looks={EventState.KNOWN: Look.WAITS, EventState.REPORTED: Look.OWED, EventState.CLOSED: Look.DONE},
    columns=(
        Column(name="what", label=pgettext_lazy("event", "What happened")),
        Column(name="kind", label=pgettext_lazy("event", "Kind"), kind=Kind.WORD, words=words.EVENTS),
        Column(name="state", label=pgettext_lazy("event", "State"), kind=Kind.WORD, words=words.EVENT_STATES),
        Column(name="unit", label=pgettext_lazy("event", "Who reports"), kind=Kind.UNIT, of="unit_id"),
        Column(name="people", label=pgettext_lazy("event", "People concerned"), kind=Kind.NUMBER),
        Column(name="seen_at", label=pgettext_lazy("event", "Seen at"), kind=Kind.INSTANT),
        Column(name="due_at", label=pgettext_lazy("event", "Next report by"), kind=Kind.INSTANT, clock=True),
        Column(name="reports", label=pgettext_lazy("event", "Reports"), kind=Kind.NUMBER),
        Column(name="place_code", label=pgettext_lazy("event", "Area"), kind=Kind.PLACE, listed=False),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("event", "Enter a major event"),
        means=pgettext_lazy("event", "The clock runs from when it was seen"),
        operation=Operation.REPORT_EVENT, act=events.register_event,
        takes=(
            Field(name="kind", label=pgettext_lazy("event", "Kind"), kind=Kind.WORD, words=words.EVENTS, enum=EventKind),
            Field(name="unit", label=pgettext_lazy("event", "Who reports"), kind=Kind.UNIT),
            Field(name="place_code", label=pgettext_lazy("event", "Area"), kind=Kind.PLACE),
            Field(name="what", label=pgettext_lazy("event", "What happened"), most=300),
            Field(name="seen_at", label=pgettext_lazy("event", "Seen at"), kind=Kind.INSTANT), _PEOPLE,
        ),
    ),
    steps=(
        Step(
            name="report", label=pgettext_lazy("event", "Report upward"),
            means=pgettext_lazy("event", "What is known now; the next report is owed"),
            operation=Operation.REPORT_EVENT, act=events.report_event,
            when=lambda row: row.state != EventState.CLOSED, main=True,
            takes=(_TEXT, _PEOPLE),
        ),
        Step(
            name="close", label=pgettext_lazy("event", "Final report"),
            means=pgettext_lazy("event", "What it was, what was done, what came of it"),
            operation=Operation.REPORT_EVENT, act=events.close_event, when=lambda row: row.state == EventState.REPORTED,
            takes=(_TEXT, _PEOPLE),
        ),
    ),
    told={
        LineTag.EVENT_KNOWN: pgettext_lazy("event", "Entered"), LineTag.EVENT_REPORTED: pgettext_lazy("event",
        "Reported upward"),
        LineTag.EVENT_CLOSED: pgettext_lazy("event", "Final report"),
    },
)  # fmt: skip

EVENT_REPORTS = Book(
    name="event_reports", line="D16", title=pgettext_lazy("event", "Reports of major events"),
    one=pgettext_lazy("event", "Report"),
    subject="event_report", model=EventReport, see=Operation.SEE_EVENTS, visible=_reports, order="reported_at", latest=True,
    unit="event__unit_id",
    columns=(
        Column(
            name="event", label=pgettext_lazy("event", "Major event"), kind=Kind.ROW, of="event_id", book="major_events",
            shown=lambda row: row.event.what,
        ),
        Column(name="number", label=pgettext_lazy("event", "Number"), kind=Kind.NUMBER),
        Column(name="kind", label=pgettext_lazy("event", "Kind"), kind=Kind.WORD, words=words.REPORTS),
        Column(name="reported_at", label=pgettext_lazy("event", "Reported at"), kind=Kind.INSTANT),
        Column(name="reported_by", label=pgettext_lazy("event", "Reported by")),
        Column(name="people", label=pgettext_lazy("event", "People concerned"), kind=Kind.NUMBER),
        Column(name="late", label=pgettext_lazy("event", "Late"), kind=Kind.YES),
        Column(name="text", label=pgettext_lazy("event", "Report"), kind=Kind.LONG, listed=False),
    ),
)  # fmt: skip

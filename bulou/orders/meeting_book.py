"""The books of meetings: what stood when they began, what they decided, how earlier decisions stand on the sheet."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.orders import actions, words
from bulou.orders.choices import MeetingKind, Standing
from bulou.orders.models import Decision, Meeting, MeetingFigure, SheetLine

_ONE = pgettext_lazy("meeting", "Meeting")


def _meetings(by: Actor) -> QuerySet[Meeting]:
    return Meeting.objects.filter(within(by, "unit"))


def _last(by: Actor) -> list[tuple[str, str]]:
    found = _meetings(by).filter(following=None).order_by("-held_at")
    return [(code, title) for code, title in found.values_list("code", "title")[:500]]


def _held(by: Actor) -> list[tuple[str, str]]:
    return [(code, title) for code, title in _meetings(by).order_by("-held_at").values_list("code", "title")[:500]]


MEETINGS = Book(
    name="meetings", line="D7", title=_("Meetings and visits"), one=_ONE, subject="meeting", model=Meeting,
    see=Operation.SEE_MEETINGS, visible=_meetings, lead="title", order="held_at", latest=True,
    related=(("sheet_lines", "meeting"), ("decisions", "meeting"), ("meeting_figures", "meeting")),
    note=_("figures frozen at the instant, decisions followed to their end"),
    columns=(
        Column(name="title", label=_("Title")),
        Column(name="kind", label=_("Kind"), kind=Kind.WORD, words=words.MEETING_KINDS),
        Column(name="unit", label=_("Held by"), kind=Kind.UNIT, of="unit_id"),
        Column(name="held_at", label=_("Held at"), kind=Kind.INSTANT),
        Column(name="next_at", label=_("Next one"), kind=Kind.INSTANT),
        Column(name="place", label=_("Place"), listed=False),
        Column(name="previous", label=_("The one before"), kind=Kind.ROW, of="previous_id", book="meetings", listed=False),
        Column(name="called_by", label=_("Opened by"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Open a meeting"), means=_("Figures and earlier decisions are frozen as they stand now"),
        operation=Operation.HOLD_MEETING, act=actions.open_meeting,
        takes=(
            Field(name="title", label=_("Title"), most=120),
            Field(name="kind", label=_("Kind"), kind=Kind.WORD, words=words.MEETING_KINDS, enum=MeetingKind),
            Field(name="place", label=_("Place"), needed=False, most=120),
            Field(name="previous", label=_("The one before"), kind=Kind.ROW, needed=False, most=24, options=_last),
            Field(name="next_at", label=_("Next one"), kind=Kind.INSTANT, needed=False),
            Field(name="unit", label=_("Held by"), kind=Kind.UNIT, needed=False, help=_("Blank: your own unit")),
        ),
    ),
    told={LineTag.MEETING_OPENED: _("Opened, figures frozen"), LineTag.MEETING_DECIDED: _("A task was given")},
)  # fmt: skip

DECISIONS = Book(
    name="decisions", line="D7", title=_("Decisions of meetings"), one=_("Decision of a meeting"), subject="decision",
    model=Decision, see=Operation.SEE_MEETINGS, lead="text", order="due_at", state="state",
    visible=lambda by: Decision.objects.filter(within(by, "unit", "meeting__unit")).select_related("duty", "meeting"),
    looks={"open": Look.OWED, "fulfilled": Look.DONE, "waived": Look.PLAIN, "superseded": Look.PLAIN, "failed": Look.LATE},
    closed=("fulfilled", "waived", "superseded", "failed"), related=(("sheet_lines", "decision"),),
    note=_("each is a task with a clock; the duty says how it stands"),
    columns=(
        Column(name="text", label=_("What is to be done")),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=words.DUTY_STATES, of="duty__state"),
        Column(name="unit", label=_("Whose"), kind=Kind.UNIT, of="unit_id"),
        Column(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="meeting", label=_ONE, kind=Kind.ROW, of="meeting_id", book="meetings",
        shown=lambda row: row.meeting.title),
        Column(name="proof", label=_("Evidence or reason"), of="duty__proof", listed=False),
        Column(name="why", label=_("Why it waits"), of="duty__why", listed=False),
        Column(name="decided_at", label=_("Decided at"), kind=Kind.INSTANT, listed=False),
        Column(name="decided_by", label=_("Decided by"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Give a task"), means=_("It is on the next sheet, whatever becomes of it"),
        operation=Operation.HOLD_MEETING, act=actions.decide,
        takes=(
            Field(name="meeting", label=_ONE, kind=Kind.ROW, most=24, options=_held),
            Field(name="unit", label=_("Whose"), kind=Kind.UNIT),
            Field(name="text", label=_("What is to be done")),
            Field(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT),
        ),
    ),
)  # fmt: skip

SHEET = Book(
    name="sheet_lines", line="D7", title=_("The sheet: earlier decisions as they stood"), one=_("Line of a sheet"),
    subject="sheet_line", model=SheetLine, see=Operation.SEE_MEETINGS, lead="text", state="standing",
    visible=lambda by: SheetLine.objects.filter(within(by, "meeting__unit", "decision__unit")).select_related("decision"),
    looks={
        Standing.DONE: Look.DONE, Standing.DONE_LATE: Look.DONE, Standing.OPEN: Look.OWED, Standing.OVERDUE: Look.LATE,
        Standing.NO_CAPACITY: Look.WAITS, Standing.ENDED: Look.PLAIN,
    },
    closed=tuple(Standing), unit="decision__unit_id", in_files=False,
    columns=(
        Column(name="text", label=_("What is to be done"), of="decision__text"),
        Column(name="standing", label=_("Stood"), kind=Kind.WORD, words=words.STANDINGS),
        Column(name="unit", label=_("Whose"), kind=Kind.UNIT, of="decision__unit_id"),
        Column(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT, of="decision__due_at"),
        Column(name="note", label=_("Evidence or reason")),
        Column(name="decision", label=_("Decision of a meeting"), kind=Kind.ROW, of="decision_id", book="decisions",
        listed=False),
        Column(name="meeting", label=_ONE, kind=Kind.ROW, of="meeting_id", book="meetings", listed=False),
    ),
)  # fmt: skip

FIGURES = Book(
    name="meeting_figures", line="D7", title=_("Figures as they stood"), one=_("Frozen figure"), subject="meeting_figure",
    model=MeetingFigure, see=Operation.SEE_MEETINGS, lead="name", unit="meeting__unit_id", in_files=False,
    visible=lambda by: MeetingFigure.objects.filter(within(by, "meeting__unit")).select_related("meeting"),
    columns=(
        Column(name="name", label=_("Figure"), kind=Kind.WORD, words=words.FIGURES),
        Column(name="value", label=_("Value"), kind=Kind.NUMBER),
        Column(name="as_of", label=_("As of"), kind=Kind.INSTANT),
        Column(name="source", label=_("Source"), shown=lambda row: words.source(row.source)),
        Column(name="meeting", label=_ONE, kind=Kind.ROW, of="meeting_id", book="meetings",
               shown=lambda row: row.meeting.title),
    ),
)  # fmt: skip

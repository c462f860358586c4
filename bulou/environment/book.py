"""The book of environmental jobs: its columns, its words and the steps on a job."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.environment import actions, rules
from bulou.environment.choices import JobKind, JobState, Outcome
from bulou.environment.models import Job
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag

KINDS = {
    JobKind.SAMPLING.value: _("Samples of the surroundings"),
    JobKind.DISINFECTION.value: pgettext_lazy("job", "Disinfection"),
    JobKind.TERMINAL.value: _("Terminal disinfection"),
}
STATES = {
    JobState.ASKED.value: pgettext_lazy("job", "asked"),
    JobState.UNDER_WAY.value: pgettext_lazy("job", "under way"),
    JobState.DONE.value: pgettext_lazy("job", "done"),
    JobState.CLEARED.value: pgettext_lazy("job", "people may enter"),
    JobState.CANCELLED.value: pgettext_lazy("job", "not needed"),
}
OUTCOMES = {Outcome.NEGATIVE.value: _("Negative"), Outcome.POSITIVE.value: _("Positive")}


def _visible(by: Actor) -> QuerySet[Job]:
    return Job.objects.filter(within(by, "unit", "place_code"))


def _live(row: Job) -> bool:
    return row.state in rules.LIVE


JOBS = Book(
    name="environment",
    line="D14",
    title=_("Sampling and disinfection"),
    one=_("Job at a place"),
    subject="environment",
    model=Job,
    see=Operation.SEE_ENVIRONMENT,
    visible=_visible,
    lead="place",
    order="due_at",
    state="state",
    looks={
        JobState.ASKED: Look.OWED, JobState.UNDER_WAY: Look.OWED, JobState.DONE: Look.WAITS, JobState.CLEARED: Look.DONE,
        JobState.CANCELLED: Look.PLAIN,
    },
    closed=(JobState.CLEARED, JobState.CANCELLED), clocked=(JobState.ASKED, JobState.UNDER_WAY),
    note=_("nobody enters again before another unit signs that it is safe"),
    columns=(
        Column(name="place", label=_("Place")),
        Column(name="kind", label=_("What"), kind=Kind.WORD, words=KINDS),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=STATES),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id"),
        Column(name="place_code", label=pgettext_lazy("environment", "Area"), kind=Kind.PLACE),
        Column(name="due_at", label=pgettext_lazy("environment", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="outcome", label=_("Samples"), kind=Kind.WORD, words=OUTCOMES),
        Column(name="reason", label=_("Reason"), listed=False),
        Column(name="because", label=_("Comes from"), listed=False),
        Column(name="asked_at", label=pgettext_lazy("environment", "Asked at"), kind=Kind.INSTANT, listed=False),
        Column(name="asked_by", label=pgettext_lazy("environment", "Asked by"), listed=False),
        Column(name="done_at", label=_("Done at"), kind=Kind.INSTANT, listed=False),
        Column(name="done_by", label=_("Done by"), listed=False),
        Column(name="evidence", label=pgettext_lazy("environment", "Evidence"), listed=False),
        Column(name="samples", label=_("Samples taken"), kind=Kind.NUMBER, listed=False),
        Column(name="reopens_at", label=_("Nobody enters before"), kind=Kind.INSTANT, listed=False),
        Column(name="cleared_at", label=_("People may enter since"), kind=Kind.INSTANT, listed=False),
        Column(name="cleared_by", label=pgettext_lazy("environment", "Signed by"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Ask for a job"), means=_("A unit owes it from now on"), operation=Operation.ASK_ENVIRONMENT,
        act=actions.ask_job,
        takes=(
            Field(name="kind", label=_("What"), kind=Kind.WORD, words=KINDS, enum=JobKind),
            Field(name="unit", label=_("Unit that does it"), kind=Kind.UNIT),
            Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE),
            Field(name="place", label=_("Place"), most=160, help=_("The flat, the bus, the stall")),
            Field(name="reason", label=_("Reason")),
        ),
    ),
    steps=(
        Step(
            name="start", label=_("Start"), means=_("Somebody is there and begins"), operation=Operation.DO_ENVIRONMENT,
            act=actions.start_job,
            when=lambda row: row.state == JobState.ASKED,
        ),
        Step(
            name="finish", label=_("It is done"), means=_("With the record that proves it"), operation=Operation.DO_ENVIRONMENT,
            act=actions.finish_job, when=_live, main=True,
            takes=(
                Field(name="evidence", label=pgettext_lazy("environment", "Evidence"),
                help=_("The record's number, or the photograph's hash")),
                Field(name="samples", label=_("Samples taken"), kind=Kind.NUMBER, needed=False, most=10_000),
                Field(name="reopens_at", label=_("Nobody enters before"), kind=Kind.INSTANT, needed=False),
            ),
        ),
        Step(
            name="report", label=_("Report the samples"), means=_("A positive asks for terminal disinfection"),
            operation=Operation.DO_ENVIRONMENT, act=actions.report_samples, main=True,
            when=lambda row: row.kind == JobKind.SAMPLING and row.state == JobState.DONE and not row.outcome,
            takes=(Field(name="outcome", label=_("Samples"), kind=Kind.WORD, words=OUTCOMES, enum=Outcome),),
        ),
        Step(
            name="clear", label=_("Let people in again"), means=_("Signed by another unit than did it"),
            operation=Operation.CLEAR_PLACE, act=actions.clear_place, main=True,
            when=lambda row: rules.may_clear(kind=JobKind(row.kind), state=JobState(row.state), outcome=row.outcome),
        ),
        Step(
            name="cancel", label=_("Not needed"), means=_("With the reason"), operation=Operation.ASK_ENVIRONMENT,
            act=actions.cancel_job,
            when=_live, takes=(Field(name="reason", label=_("Reason")),),
        ),
    ),
    told={
        LineTag.JOB_ASKED: pgettext_lazy("environment", "Asked for"), LineTag.JOB_STARTED: _("Started"),
        LineTag.JOB_DONE: _("Done, with evidence"),
        LineTag.JOB_REPORTED: _("Samples reported"), LineTag.PLACE_CLEARED: _("People may enter again"),
        LineTag.JOB_CANCELLED: _("Not needed"),
    },
)  # fmt: skip

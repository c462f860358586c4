"""The books of checkpoints with their shifts, passes and patrols."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.ledger.line_tags import LineTag
from bulou.orders import actions, words
from bulou.orders.choices import PatrolFinding, PostState, Purpose, ShiftState
from bulou.orders.models import Checkpoint, CheckpointShift, Pass, Patrol

_REASON = Field(name="reason", label=_("Reason"))
_PLACE = Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE)
_UNIT = Field(name="unit", label=_("Unit"), kind=Kind.UNIT)
_OWNER = Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id")
_AREA = Column(name="place_code", label=pgettext_lazy("order", "Area"), kind=Kind.PLACE)
_LOOKS: Mapping[str, Look] = {PostState.IN_FORCE: Look.OWED, PostState.ENDED: Look.PLAIN}

CHECKPOINTS = Book(
    name="checkpoints", line="D7", title=_("Checkpoints"), one=_("Checkpoint"), subject="checkpoint", model=Checkpoint,
    see=Operation.SEE_POSTS, visible=lambda by: Checkpoint.objects.filter(within(by, "unit", "place_code")), lead="name",
    order="ends_at", state="state", looks=_LOOKS, closed=(PostState.ENDED,), related=(("checkpoint_shifts", "checkpoint"),),
    note=_("places and counts, never anybody's way"),
    columns=(
        Column(name="name", label=pgettext_lazy("order", "Name")),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=words.POSTS),
        _OWNER, _AREA,
        Column(name="ends_at", label=_("Ends by itself"), kind=Kind.INSTANT),
        Column(name="basis", label=_("Rests on"), listed=False),
        Column(name="exits", label=_("How ambulances and fire engines pass"), listed=False),
        Column(name="exits_open", label=_("The way out stays open"), kind=Kind.YES, of=lambda row: bool(row.exits),
        listed=False),
        Column(name="opened_at", label=pgettext_lazy("order", "Opened"), kind=Kind.INSTANT, listed=False),
        Column(name="opened_by", label=_("Opened by"), listed=False),
        Column(name="ended_at", label=pgettext_lazy("order", "Ended"), kind=Kind.INSTANT, listed=False),
    ),
    opens=Step(
        name="open", label=_("Open a checkpoint"), means=_("With a basis, a way for ambulances, and an end"),
        operation=Operation.KEEP_POSTS, act=actions.open_checkpoint,
        takes=(
            Field(name="name", label=pgettext_lazy("order", "Name"), most=120), _UNIT, _PLACE,
            Field(name="basis", label=_("Rests on"), help=_("The order's number")),
            Field(name="exits", label=_("How ambulances and fire engines pass")),
            Field(name="exits_open", label=_("The way out stays open"), kind=Kind.YES),
            Field(name="ends_at", label=_("Ends by itself"), kind=Kind.INSTANT),
        ),
    ),
    steps=(
        Step(
            name="close", label=_("Close it"), means=_("Before its end"), operation=Operation.KEEP_POSTS,
            act=actions.close_checkpoint, when=lambda row: row.state == PostState.IN_FORCE, takes=(_REASON,),
        ),
    ),
    told={LineTag.CHECKPOINT_OPENED: pgettext_lazy("order", "Opened"), LineTag.CHECKPOINT_CLOSED: _("Closed")},
)  # fmt: skip

SHIFTS = Book(
    name="checkpoint_shifts", line="D7", title=_("Shifts at checkpoints"), one=_("Shift at a checkpoint"),
    subject="checkpoint_shift", model=CheckpointShift, see=Operation.SEE_POSTS, order="due_at", latest=True, state="state",
    visible=lambda by: CheckpointShift.objects.filter(within(by, "unit", "place_code")).select_related("checkpoint"),
    looks={ShiftState.OWED: Look.OWED, ShiftState.DONE: Look.DONE, ShiftState.CANCELLED: Look.PLAIN},
    closed=(ShiftState.DONE, ShiftState.CANCELLED), in_files=False,
    columns=(
        Column(name="checkpoint", label=_("Checkpoint"), kind=Kind.ROW, of="checkpoint_id", book="checkpoints",
               shown=lambda row: row.checkpoint.name),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=words.SHIFTS),
        _OWNER,
        Column(name="starts_at", label=_("From"), kind=Kind.INSTANT),
        Column(name="ends_at", label=_("Until"), kind=Kind.INSTANT),
        Column(name="due_at", label=_("Counts due"), kind=Kind.INSTANT, clock=True),
        Column(name="hands", label=_("Hands"), kind=Kind.NUMBER, listed=False),
        Column(name="passed", label=_("Passed"), kind=Kind.NUMBER),
        Column(name="turned_back", label=_("Turned back"), kind=Kind.NUMBER),
        Column(name="emergencies", label=_("Emergencies let through"), kind=Kind.NUMBER, listed=False),
        Column(name="note", label=_("Note"), listed=False),
        Column(name="reported_at", label=_("Reported at"), kind=Kind.INSTANT, listed=False),
        Column(name="reported_by", label=_("Reported by"), listed=False),
    ),
    steps=(
        Step(
            name="report", label=_("Report the shift"), means=_("Counts only; the next shift begins"), main=True,
            operation=Operation.KEEP_POSTS, act=actions.report_shift, when=lambda row: row.state == ShiftState.OWED,
            takes=(
                Field(name="hands", label=_("Hands"), kind=Kind.NUMBER, most=500),
                Field(name="passed", label=_("Passed"), kind=Kind.NUMBER, most=1_000_000),
                Field(name="turned_back", label=_("Turned back"), kind=Kind.NUMBER, most=1_000_000),
                Field(name="emergencies", label=_("Emergencies let through"), kind=Kind.NUMBER, most=100_000),
                Field(name="note", label=_("Note"), needed=False),
            ),
        ),
    ),
    told={LineTag.SHIFT_BEGAN: _("The shift began"), LineTag.SHIFT_REPORTED: pgettext_lazy("order", "Reported")},
)  # fmt: skip

PASSES = Book(
    name="passes", line="D7", title=_("Passes"), one=_("Pass"), subject="pass", model=Pass, see=Operation.SEE_PASSES,
    visible=lambda by: Pass.objects.filter(within(by, "unit", "place_code")), order="issued_at", latest=True, state="state",
    looks=_LOOKS, closed=(PostState.ENDED,), personal=True, note=_("a purpose, hours and an end; its use is recorded nowhere"),
    columns=(
        Column(name="holder", label=_("For"), kind=Kind.PERSON),
        Column(name="purpose", label=_("What for"), kind=Kind.WORD, words=words.PURPOSES),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=words.POSTS),
        _OWNER,
        Column(name="hours", label=_("Hours of the day")),
        Column(name="starts_at", label=_("From"), kind=Kind.INSTANT),
        Column(name="ends_at", label=_("Ends by itself"), kind=Kind.INSTANT),
        Column(name="place_code", label=pgettext_lazy("order", "Area"), kind=Kind.PLACE, listed=False),
        Column(name="reason", label=_("Reason"), listed=False),
        Column(name="issued_at", label=_("Issued"), kind=Kind.INSTANT, listed=False),
        Column(name="issued_by", label=pgettext_lazy("order", "Signed by"), listed=False),
        Column(name="ended_at", label=pgettext_lazy("order", "Ended"), kind=Kind.INSTANT, listed=False),
        Column(name="ended_why", label=_("Ended because"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Issue a pass"), means=_("With a purpose, hours and an end"), operation=Operation.ISSUE_PASS,
        act=actions.issue_pass,
        takes=(
            Field(name="holder", label=_("For"), kind=Kind.PERSON, most=40),
            _UNIT, _PLACE,
            Field(name="purpose", label=_("What for"), kind=Kind.WORD, words=words.PURPOSES, enum=Purpose),
            _REASON,
            Field(name="hours", label=_("Hours of the day"), most=11, help=_("Like 06:00-09:00")),
            Field(name="starts_at", label=_("From"), kind=Kind.INSTANT),
            Field(name="ends_at", label=_("Ends by itself"), kind=Kind.INSTANT),
        ),
    ),
    steps=(
        Step(
            name="end", label=_("End it"), means=_("Before its time"), operation=Operation.ISSUE_PASS, act=actions.end_pass,
            when=lambda row: row.state == PostState.IN_FORCE, takes=(_REASON,),
        ),
    ),
    told={LineTag.PASS_ISSUED: _("Issued"), LineTag.PASS_ENDED: pgettext_lazy("order", "Ended")},
)  # fmt: skip

PATROLS = Book(
    name="patrols", line="D7", title=_("Patrols"), one=_("Patrol"), subject="patrol", model=Patrol, see=Operation.SEE_POSTS,
    visible=lambda by: Patrol.objects.filter(within(by, "unit", "place_code")), lead="route", order="due_at", latest=True,
    state="state", looks={ShiftState.OWED: Look.OWED, ShiftState.DONE: Look.DONE, ShiftState.CANCELLED: Look.PLAIN},
    closed=(ShiftState.DONE, ShiftState.CANCELLED), note=_("too much control is found as well as too little"),
    columns=(
        Column(name="route", label=_("Route")),
        Column(name="state", label=pgettext_lazy("patrol", "Walked"), kind=Kind.WORD, words=words.SHIFTS),
        _OWNER, _AREA,
        Column(name="starts_at", label=_("From"), kind=Kind.INSTANT),
        Column(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="finding", label=_("Found"), kind=Kind.WORD, words=words.FINDINGS),
        Column(name="what", label=_("What was seen"), listed=False),
        Column(name="walked_at", label=_("Seen at"), kind=Kind.INSTANT, listed=False),
        Column(name="walked_by", label=_("Seen by"), listed=False),
        Column(name="mended_at", label=_("Mended at"), kind=Kind.INSTANT, listed=False),
        Column(name="mended", label=pgettext_lazy("order", "Evidence"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Plan a patrol"), means=_("A route and a time"), operation=Operation.KEEP_POSTS,
        act=actions.plan_patrol,
        takes=(_UNIT, _PLACE, Field(name="route", label=_("Route")), Field(name="starts_at", label=_("From"),
        kind=Kind.INSTANT)),
    ),
    steps=(
        Step(
            name="report", label=_("Say what was found"), means=_("Whatever is wrong is owed from now on"), main=True,
            operation=Operation.KEEP_POSTS, act=actions.report_patrol, when=lambda row: row.state == ShiftState.OWED,
            takes=(
                Field(name="finding", label=_("Found"), kind=Kind.WORD, words=words.FINDINGS, enum=PatrolFinding),
                Field(name="what", label=_("What was seen"), needed=False),
            ),
        ),
        Step(
            name="mend", label=_("It is mended"), means=_("With the record that proves it"), operation=Operation.KEEP_POSTS,
            act=actions.mend_finding, main=True, takes=(Field(name="evidence", label=pgettext_lazy("order", "Evidence")),),
            when=lambda row: row.finding not in {"", PatrolFinding.NOTHING} and row.mended_at is None,
        ),
    ),
    told={LineTag.PATROL_PLANNED: _("Planned"), LineTag.PATROL_REPORTED: _("Walked"), LineTag.PATROL_MENDED: _("Mended")},
)  # fmt: skip

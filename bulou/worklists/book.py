"""The book of paper lists."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.rounds.choices import RoundState
from bulou.rounds.models import TestingRound
from bulou.worklists import actions
from bulou.worklists.choices import SheetState
from bulou.worklists.models import Sheet

STATES = {
    SheetState.OUT.value: pgettext_lazy("sheet", "out"),
    SheetState.RETURNED.value: pgettext_lazy("sheet", "returned"),
    SheetState.LOST.value: pgettext_lazy("sheet", "lost"),
}


def _visible(by: Actor) -> QuerySet[Sheet]:
    return Sheet.objects.filter(within(by, "unit", "place_code"))


def _rounds(_by: Actor) -> list[tuple[str, str]]:
    return list(TestingRound.objects.filter(state=RoundState.OPEN).order_by("-opens_at").values_list("code", "name"))


def _out(row: Sheet) -> bool:
    return row.state == SheetState.OUT


SHEETS = Book(
    name="sheets", line="D1", title=_("Paper lists"), one=_("Paper list"), subject="sheet", model=Sheet,
    see=Operation.SEE_SHEETS, visible=_visible, order="due_at", state="state", personal=True,
    looks={SheetState.OUT: Look.OWED, SheetState.RETURNED: Look.DONE, SheetState.LOST: Look.LATE},
    closed=(SheetState.RETURNED, SheetState.LOST),
    note=_("each has a number and a holder, and comes back"),
    columns=(
        Column(name="place_code", label=_("Building or floor"), kind=Kind.PLACE),
        Column(
            name="paper", label=_("On paper"), of="pk", route="web:paper", shown=lambda _row: _("Read, fill in, print"),
        ),
        Column(name="holder", label=_("Carried by")),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=STATES),
        Column(name="people", label=_("Missing people on it"), kind=Kind.NUMBER),
        Column(name="entered", label=_("Filled in"), kind=Kind.NUMBER),
        Column(name="due_at", label=_("Back by"), kind=Kind.INSTANT, clock=True),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id"),
        Column(name="round", label=_("Round"), of="round_id"),
        Column(name="issued_at", label=pgettext_lazy("sheet", "Printed"), kind=Kind.INSTANT, listed=False),
        Column(name="issued_by", label=pgettext_lazy("sheet", "Printed by"), listed=False),
        Column(name="ended_at", label=pgettext_lazy("sheet", "Ended at"), kind=Kind.INSTANT, listed=False),
        Column(name="ended_by", label=pgettext_lazy("sheet", "Signed by"), listed=False),
        Column(name="note", label=pgettext_lazy("sheet", "How"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Print a list"), means=_("Who is missing in a tower or on a floor, now"),
        operation=Operation.KEEP_SHEETS, act=actions.print_sheet,
        takes=(
            Field(name="round", label=_("Round"), most=24, options=_rounds),
            Field(name="place_code", label=_("Building or floor"), kind=Kind.PLACE),
            Field(name="holder", label=_("Carried by"), most=80),
        ),
    ),
    steps=(
        Step(
            name="fill_in", label=_("Fill in from the paper"), means=_("Each line becomes a visit"), act=actions.fill_in,
            operation=Operation.KEEP_SHEETS, when=_out,
            takes=(Field(name="ticks", label=_("Lines"), kind=Kind.LONG, most=40_000, help=_("As: 17 away")),),
        ),
        Step(
            name="return", label=_("The paper is back"), means=_("Locked away, or destroyed"), act=actions.return_sheet,
            operation=Operation.KEEP_SHEETS, when=_out, main=True, takes=(Field(name="note", label=_("Where it is now")),),
        ),
        Step(
            name="lose", label=_("It is lost"), means=_("The unit above looks at it"), act=actions.lose_sheet,
            operation=Operation.KEEP_SHEETS, when=_out,
            takes=(Field(name="reason", label=_("Where and when it was seen last")),),
        ),
        Step(
            name="look", label=_("What follows"), means=_("Said by another unit than lost it"), act=actions.look_at_loss,
            operation=Operation.KEEP_SHEETS, when=lambda row: row.state == SheetState.LOST,
            takes=(Field(name="result", label=_("Who was told, what is changed")),),
        ),
    ),
    told={
        LineTag.SHEET_PRINTED: pgettext_lazy("sheet", "Printed"), LineTag.SHEET_ENTERED: _("Filled in"),
        LineTag.SHEET_RETURNED: _("The paper is back"), LineTag.SHEET_LOST: _("It is lost"),
        LineTag.SHEET_LOOKED: _("What follows"),
    },
)  # fmt: skip

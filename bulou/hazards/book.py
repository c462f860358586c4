"""The books of dangers, of who reported them, and of risk points."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.hazards import actions, rules
from bulou.hazards.choices import Cause, CheckResult, HazardKind, HazardState, How, PointState
from bulou.hazards.models import Hazard, HazardReport, RiskPoint
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag

KINDS = {
    HazardKind.CROWD.value: _("Crowd"), HazardKind.FIRE_EXIT.value: _("Fire exit blocked"),
    HazardKind.ELECTRICITY.value: _("Electricity"), HazardKind.WASTE.value: _("Medical waste"),
    HazardKind.STRUCTURE.value: _("Fence or structure"), HazardKind.WATER.value: pgettext_lazy("hazard", "Water"),
    HazardKind.OTHER.value: _("Another danger"),
}  # fmt: skip
CAUSES = {
    Cause.SUPPLY.value: pgettext_lazy("hazard", "Supplies"), Cause.REQUEST.value: pgettext_lazy("hazard", "A request"),
    Cause.QUEUE.value: pgettext_lazy("hazard", "A queue"), Cause.TRANSFER.value: pgettext_lazy("hazard", "A transfer"),
    Cause.OTHER.value: pgettext_lazy("hazard", "Something else"),
}  # fmt: skip
STATES = {
    HazardState.REPORTED.value: pgettext_lazy("hazard", "nobody goes yet"),
    HazardState.GOING.value: pgettext_lazy("hazard", "somebody is there or on the way"),
    HazardState.OVER.value: pgettext_lazy("hazard", "over"), HazardState.ABSENT.value: pgettext_lazy("hazard", "was not there"),
}  # fmt: skip
HOWS = {
    How.SEEN.value: _("Seen by staff"), How.PHONE.value: pgettext_lazy("hazard", "Telephone"),
    How.CAPTAIN.value: pgettext_lazy("hazard", "Building captain"), How.PAPER.value: pgettext_lazy("hazard", "Paper"),
    How.WEB.value: pgettext_lazy("hazard", "Web"), How.CHECK.value: _("Found by a check"),
}  # fmt: skip
POINT_STATES = {PointState.WATCHED.value: _("looked after"), PointState.REMOVED.value: pgettext_lazy("hazard", "no longer")}
RESULTS = {CheckResult.IN_ORDER.value: pgettext_lazy("hazard", "In order"), CheckResult.WRONG.value: _("Something is wrong")}


def _hazards(by: Actor) -> QuerySet[Hazard]:
    """Where it lies, whose it is, who stands in, and who took the report down."""
    said = HazardReport.objects.filter(within(by, "kept")).values("hazard")
    return Hazard.objects.filter(within(by, "unit", "place_code", "fallback") | Q(pk__in=said))


def _reports(by: Actor) -> QuerySet[HazardReport]:
    """Whom it concerns reads who said it, unless that is hidden."""
    open_ = Q(hidden=False) & within(by, "hazard__unit", "hazard__place_code")
    return HazardReport.objects.filter(within(by, "kept") | open_).select_related("hazard")


def _points(by: Actor) -> QuerySet[RiskPoint]:
    return RiskPoint.objects.filter(within(by, "unit", "place_code"))


def _live(row: Hazard) -> bool:
    return row.state in rules.LIVE


_UNIT = Field(name="unit", label=pgettext_lazy("hazard", "Whose it is"), kind=Kind.UNIT)
_PLACE_CODE = Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE)
_PLACE = Field(
    name="place", label=pgettext_lazy("hazard", "Where"), most=160, help=_("The gate, the stairs, the pick-up point")
)
_KIND = Field(name="kind", label=pgettext_lazy("hazard", "What"), kind=Kind.WORD, words=KINDS, enum=HazardKind)
_PEOPLE = Field(
    name="people", label=_("People there"), kind=Kind.NUMBER, needed=False, most=rules.MOST_PEOPLE,
    help=_("Of a crowd: how many, an estimate will do"),
)  # fmt: skip
_PHOTO = Field(name="photo", label=_("Photograph's SHA-256"), needed=False, most=64)
_WITNESS = Field(name="witness", label=_("Witness"), needed=False, most=120, help=_("Where there is no photograph"))
_RESULT = Field(name="result", label=_("What was done, or seen"))

HAZARDS = Book(
    name="hazards", line="D20", title=_("Crowds and hazards"), one=_("Hazard"), subject="hazard", model=Hazard,
    see=Operation.SEE_HAZARDS, visible=_hazards, lead="place", order="due_at", state="state",
    closed=(HazardState.OVER, HazardState.ABSENT), related=(("hazard_reports", "hazard"),), also=("fallback_id",),
    note=_("whoever sees one may say so; minutes, and a proof of its end"),
    looks={
        HazardState.REPORTED: Look.WAITS, HazardState.GOING: Look.OWED, HazardState.OVER: Look.DONE,
        HazardState.ABSENT: Look.PLAIN,
    },
    columns=(
        Column(name="place", label=pgettext_lazy("hazard", "Where")),
        Column(name="kind", label=pgettext_lazy("hazard", "What"), kind=Kind.WORD, words=KINDS),
        Column(name="state", label=pgettext_lazy("hazard", "State"), kind=Kind.WORD, words=STATES),
        Column(name="unit", label=pgettext_lazy("hazard", "Whose it is"), kind=Kind.UNIT, of="unit_id"),
        Column(name="due_at", label=_("Over by"), kind=Kind.INSTANT, clock=True),
        Column(name="people", label=_("People there"), kind=Kind.NUMBER),
        Column(name="reopened", label=pgettext_lazy("hazard", "Reopened"), kind=Kind.NUMBER),
        Column(name="what", label=_("What was seen"), listed=False),
        Column(name="how", label=pgettext_lazy("hazard", "Came by"), kind=Kind.WORD, words=HOWS, listed=False),
        Column(name="in_confidence", label=pgettext_lazy("hazard", "In confidence"), kind=Kind.YES, listed=False),
        Column(name="place_code", label=pgettext_lazy("hazard", "Area"), kind=Kind.PLACE, listed=False),
        Column(name="fallback", label=_("Who stands in"), kind=Kind.UNIT, of="fallback_id", listed=False),
        Column(name="point", label=_("Risk point"), kind=Kind.ROW, of="point_id", book="risk_points", listed=False),
        Column(name="reported_at", label=_("Reported at"), kind=Kind.INSTANT, listed=False),
        Column(name="unanswered_at", label=_("Passed to who stands in"), kind=Kind.INSTANT, listed=False),
        Column(name="going_at", label=_("Taken up at"), kind=Kind.INSTANT, listed=False),
        Column(name="going_by", label=_("Taken up by"), listed=False),
        Column(name="people_left", label=_("People at the close"), kind=Kind.NUMBER, listed=False),
        Column(name="cause", label=_("Cause"), kind=Kind.WORD, words=CAUSES, listed=False),
        Column(name="because", label=_("The record behind it"), listed=False),
        Column(name="photo", label=_("Photograph's SHA-256"), listed=False),
        Column(name="witness", label=_("Witness"), listed=False),
        Column(name="result", label=_("What was done, or seen"), listed=False),
        Column(name="closed_at", label=pgettext_lazy("hazard", "Closed at"), kind=Kind.INSTANT, listed=False),
        Column(name="closed_by", label=pgettext_lazy("hazard", "Closed by"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Report a danger"), means=_("Its owner is told at once; minutes run from now"),
        operation=Operation.REPORT_HAZARD, act=actions.report_hazard,
        takes=(
            _KIND, _UNIT, _PLACE_CODE, _PLACE, Field(name="what", label=_("What was seen"), most=300),
            Field(name="how", label=pgettext_lazy("hazard", "Came by"), kind=Kind.WORD, words=HOWS, enum=How), _PEOPLE,
            Field(name="fallback", label=_("Who stands in"), kind=Kind.UNIT, needed=False,
            help=_("Goes when the owner does not; blank: the unit above")),
            Field(name="in_confidence", label=pgettext_lazy("hazard", "In confidence"), kind=Kind.YES, needed=False,
            help=_("Whom it concerns does not see who said it")),
        ),
    ),
    steps=(
        Step(
            name="go", label=_("Somebody goes"), means=_("On the way, or there already"), operation=Operation.KEEP_HAZARD,
            act=actions.go, when=lambda row: row.state == HazardState.REPORTED, main=True,
        ),
        Step(
            name="disperse", label=_("The crowd is gone"), means=_("Counted, with its cause and a proof"),
            operation=Operation.KEEP_HAZARD, act=actions.disperse_crowd, main=True,
            when=lambda row: _live(row) and row.kind == HazardKind.CROWD,
            takes=(
                Field(name="people_left", label=_("People at the close"), kind=Kind.NUMBER, most=rules.MOST_PEOPLE),
                Field(name="cause", label=_("Cause"), kind=Kind.WORD, words=CAUSES, enum=Cause),
                Field(name="because", label=_("The record behind it"), needed=False, most=96,
                help=_("For example request: and its code")),
                _PHOTO, _WITNESS,
            ),
        ),
        Step(
            name="fix", label=_("It is over"), means=_("With the photograph or witness that proves it"),
            operation=Operation.KEEP_HAZARD, act=actions.fix_hazard, main=True,
            when=lambda row: _live(row) and row.kind != HazardKind.CROWD, takes=(_RESULT, _PHOTO, _WITNESS),
        ),
        Step(
            name="absent", label=_("It was not there"), means=_("Somebody looked; said with the same proof"),
            operation=Operation.KEEP_HAZARD, act=actions.find_nothing, when=_live, takes=(_RESULT, _PHOTO, _WITNESS),
        ),
        Step(
            name="reporter", label=_("Who said it"), means=_("As far as the person wants to be known"),
            operation=Operation.REPORT_HAZARD, act=actions.name_reporter,
            takes=(
                Field(name="name", label=pgettext_lazy("hazard", "Name"), most=80),
                Field(name="phone", label=pgettext_lazy("hazard", "Phone"), needed=False, most=24),
                Field(name="hidden", label=pgettext_lazy("hazard", "In confidence"), kind=Kind.YES, needed=False,
                help=_("Whom it concerns does not see who said it")),
            ),
        ),
        Step(
            name="reopen", label=_("It is still there"), means=_("The clock runs anew, and another unit closes it"),
            operation=Operation.REPORT_HAZARD, act=actions.reopen_hazard, when=lambda row: not _live(row),
            takes=(Field(name="what", label=_("What was seen"), most=300), _PEOPLE),
        ),
    ),
    told={
        LineTag.HAZARD_REPORTED: pgettext_lazy("hazard", "Reported"), LineTag.HAZARD_TOLD_AGAIN: _("Reported again"),
        LineTag.HAZARD_GOING: _("Somebody goes"), LineTag.CROWD_UNANSWERED: _("Nobody went: who stands in owes it, too"),
        LineTag.HAZARD_OVER: _("Over, with evidence"), LineTag.HAZARD_ABSENT: _("It was not there"),
        LineTag.HAZARD_REOPENED: pgettext_lazy("hazard", "Reopened"),
    },
)  # fmt: skip

HAZARD_REPORTS = Book(
    name="hazard_reports", line="D20", title=_("Who reported a hazard"), one=pgettext_lazy("hazard", "Report"),
    subject="hazard_report", model=HazardReport, see=Operation.SEE_HAZARD_REPORTS, visible=_reports, order="reported_at",
    latest=True, unit="kept_id", personal=True, note=_("a hidden one is never read by whom it concerns"),
    columns=(
        Column(name="hazard", label=_("Hazard"), kind=Kind.ROW, of="hazard_id", book="hazards",
        shown=lambda row: row.hazard.place),
        Column(name="how", label=pgettext_lazy("hazard", "Came by"), kind=Kind.WORD, words=HOWS),
        Column(name="name", label=pgettext_lazy("hazard", "Name")),
        Column(name="phone", label=pgettext_lazy("hazard", "Phone"), listed=False),
        Column(name="what", label=_("What was seen")),
        Column(name="people", label=_("People there"), kind=Kind.NUMBER),
        Column(name="hidden", label=pgettext_lazy("hazard", "In confidence"), kind=Kind.YES),
        Column(name="kept", label=pgettext_lazy("hazard", "Kept by"), kind=Kind.UNIT, of="kept_id"),
        Column(name="reported_at", label=_("Reported at"), kind=Kind.INSTANT),
    ),
)  # fmt: skip

RISK_POINTS = Book(
    name="risk_points", line="D20", title=_("Risk points"), one=_("Risk point"), subject="risk_point", model=RiskPoint,
    see=Operation.SEE_HAZARDS, visible=_points, lead="place", order="next_at", state="state", closed=(PointState.REMOVED,),
    related=(("hazards", "point"),), note=_("looked at in turn; what is wrong is a hazard with its own clock"),
    looks={PointState.WATCHED: Look.OWED, PointState.REMOVED: Look.PLAIN},
    columns=(
        Column(name="place", label=pgettext_lazy("hazard", "Where")),
        Column(name="kind", label=pgettext_lazy("hazard", "What"), kind=Kind.WORD, words=KINDS),
        Column(name="state", label=pgettext_lazy("hazard", "State"), kind=Kind.WORD, words=POINT_STATES),
        Column(name="unit", label=pgettext_lazy("hazard", "Whose it is"), kind=Kind.UNIT, of="unit_id"),
        Column(name="next_at", label=_("Next check by"), kind=Kind.INSTANT, clock=True),
        Column(name="result", label=pgettext_lazy("hazard", "Last finding"), kind=Kind.WORD, words=RESULTS),
        Column(name="finding", label=_("What was found")),
        Column(name="every_days", label=_("Every so many days"), kind=Kind.NUMBER, listed=False),
        Column(name="place_code", label=pgettext_lazy("hazard", "Area"), kind=Kind.PLACE, listed=False),
        Column(name="checked_at", label=pgettext_lazy("hazard", "Checked at"), kind=Kind.INSTANT, listed=False),
        Column(name="checked_by", label=pgettext_lazy("hazard", "Checked by"), listed=False),
        Column(name="registered_by", label=pgettext_lazy("hazard", "Entered by"), listed=False),
        Column(name="ended", label=_("Why nobody looks any more"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Enter a risk point"), means=_("The first check is owed a turn from now"),
        operation=Operation.KEEP_HAZARD, act=actions.register_point,
        takes=(
            _UNIT, _PLACE_CODE, _PLACE, _KIND,
            Field(name="every_days", label=_("Every so many days"), kind=Kind.NUMBER, most=actions.MOST_DAYS),
        ),
    ),
    steps=(
        Step(
            name="check", label=_("It was looked at"), means=_("What is wrong becomes a hazard at once"),
            operation=Operation.KEEP_HAZARD, act=actions.check_point, main=True,
            when=lambda row: row.state == PointState.WATCHED,
            takes=(
                Field(name="result", label=pgettext_lazy("hazard", "Finding"), kind=Kind.WORD, words=RESULTS, enum=CheckResult),
                Field(name="finding", label=_("What was found"), needed=False, most=300), _PEOPLE,
            ),
        ),
        Step(
            name="remove", label=_("Look no more"), means=_("With the reason"), operation=Operation.KEEP_HAZARD,
            act=actions.remove_point, when=lambda row: row.state == PointState.WATCHED,
            takes=(Field(name="reason", label=_("Reason")),),
        ),
    ),
    told={
        LineTag.RISK_REGISTERED: pgettext_lazy("hazard", "Entered"), LineTag.RISK_CHECKED: pgettext_lazy("hazard", "Checked"),
        LineTag.RISK_REMOVED: pgettext_lazy("hazard", "Removed"),
    },
)  # fmt: skip

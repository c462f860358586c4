"""The books of key institutions: the institutions, their days, major matters."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.institutions import actions, rules
from bulou.institutions.choices import InstitutionKind, InstitutionState, MatterKind, MatterState, ReportState
from bulou.institutions.models import DailyReport, Institution, Matter
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag

KINDS = {
    InstitutionKind.SCHOOL.value: _("School"), InstitutionKind.NURSERY.value: _("Nursery"),
    InstitutionKind.CAMPUS.value: _("Campus"),
    InstitutionKind.CARE_HOME.value: _("Care home"), InstitutionKind.WELFARE_HOME.value: _("Welfare home"),
    InstitutionKind.PRISON.value: _("Prison"), InstitutionKind.MARKET.value: _("Market"),
    InstitutionKind.LOGISTICS_PARK.value: _("Logistics park"),
}  # fmt: skip
STATES = {
    InstitutionState.OPEN.value: pgettext_lazy("institution", "open"),
    InstitutionState.CLOSED_LOOP.value: pgettext_lazy("institution", "closed loop"),
    InstitutionState.CLOSED.value: pgettext_lazy("institution", "closed"),
}
DAYS = {
    ReportState.OWED.value: pgettext_lazy("report", "owed"),
    ReportState.NOTHING.value: pgettext_lazy("report", "nothing happened"),
    ReportState.EVENTS.value: pgettext_lazy("report", "something happened"),
}  # fmt: skip
MATTERS_OF = {
    MatterKind.ILLNESS.value: _("Several are ill"), MatterKind.POSITIVE.value: _("Somebody is positive"),
    MatterKind.BREACH.value: _("The closed loop was breached"), MatterKind.SUPPLY.value: _("Supplies run short"),
    MatterKind.INJURY.value: _("Injury or death"), MatterKind.OTHER.value: _("Something else"),
}  # fmt: skip
MATTER_STATES = {
    MatterState.FOUND.value: pgettext_lazy("matter", "found by an inspection"),
    MatterState.REPORTED.value: pgettext_lazy("matter", "reported, instructions asked for"),
    MatterState.ANSWERED.value: pgettext_lazy("matter", "answered"),
}


def _institutions(by: Actor) -> QuerySet[Institution]:
    return Institution.objects.filter(within(by, "unit", "place_code", "sector"))


def _reports(by: Actor) -> QuerySet[DailyReport]:
    found = DailyReport.objects.filter(within(by, "unit", "place_code", "institution__sector"))
    return found.select_related("institution")


def _matters(by: Actor) -> QuerySet[Matter]:
    found = Matter.objects.filter(within(by, "unit", "place_code", "institution__sector"))
    return found.select_related("institution")


def _choices(by: Actor) -> list[tuple[str, str]]:
    return list(_institutions(by).order_by("name").values_list("code", "name")[:2_000])


_WHICH = Field(name="institution", label=_("Institution"), kind=Kind.ROW, options=_choices, most=24)
_WHAT = Field(name="what", label=pgettext_lazy("institutions", "What happened"), kind=Kind.LONG, most=300)
_KIND = Field(name="kind", label=_("Kind"), kind=Kind.WORD, words=MATTERS_OF, enum=MatterKind)
_KNOWN = Field(name="known_at", label=_("Known since"), kind=Kind.INSTANT)

INSTITUTIONS = Book(
    name="institutions", line="D12", title=_("Key institutions"), one=_("Institution"), subject="institution",
    model=Institution,
    see=Operation.SEE_INSTITUTION, visible=_institutions, lead="name", state="state",
    looks={InstitutionState.OPEN: Look.DONE, InstitutionState.CLOSED_LOOP: Look.OWED, InstitutionState.CLOSED: Look.PLAIN},
    note=_("seen by the territory and by the sector, owned by the institution"),
    related=(("daily_reports", "institution"), ("matters", "institution")),
    columns=(
        Column(name="name", label=pgettext_lazy("institutions", "Name")),
        Column(name="kind", label=_("Kind"), kind=Kind.WORD, words=KINDS),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=STATES),
        Column(name="place_code", label=pgettext_lazy("institutions", "Area"), kind=Kind.PLACE),
        Column(name="inside", label=_("People inside"), kind=Kind.NUMBER),
        Column(name="stock_days", label=_("Days of stock"), kind=Kind.AMOUNT),
        Column(name="counted_at", label=_("Counted"), kind=Kind.INSTANT),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id", listed=False),
        Column(name="sector", label=pgettext_lazy("institutions", "Sector"), kind=Kind.UNIT, of="sector_id", listed=False),
        Column(name="supplies", label=_("Supplies the areas"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Enter an institution"), means=_("It owes a report each day from the next day on"),
        operation=Operation.KEEP_INSTITUTION, act=actions.register_institution,
        takes=(
            Field(name="unit", label=_("Its own unit"), kind=Kind.UNIT),
            Field(name="kind", label=_("Kind"), kind=Kind.WORD, words=KINDS, enum=InstitutionKind),
            Field(name="name", label=pgettext_lazy("institutions", "Name"), most=120),
            Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE),
            Field(name="sector", label=pgettext_lazy("institutions", "Sector"), kind=Kind.UNIT, needed=False,
            help=_("The department above it beside the territory")),
            Field(name="supplies", label=_("Supplies the areas"), needed=False, help=_("Of a market: who buys there")),
        ),
    ),
    steps=(
        Step(
            name="count", label=_("Count who is inside"), means=_("And for how many days stock lasts"),
            operation=Operation.REPORT_INSTITUTION, act=actions.count_inside, main=True,
            takes=(
                Field(name="inside", label=_("People inside"), kind=Kind.NUMBER, most=200_000),
                Field(name="stock_days", label=_("Days of stock"), kind=Kind.AMOUNT, needed=False, most=999),
            ),
        ),
        Step(
            name="change", label=_("Open, close the loop, close"), means=_("Closing a market owes its areas a substitute"),
            operation=Operation.ANSWER_INSTITUTION, act=actions.change_institution,
            takes=(
                Field(name="state", label=_("State"), kind=Kind.WORD, words=STATES, enum=InstitutionState),
                Field(name="reason", label=_("Reason")),
            ),
        ),
        Step(
            name="substitute", label=_("Name who supplies instead"), means=_("While the market is closed"),
            operation=Operation.ANSWER_INSTITUTION, act=actions.name_substitute,
            when=lambda row: row.state == InstitutionState.CLOSED and bool(row.supplies),
            takes=(Field(name="substitute", label=_("Substitute")),),
        ),
    ),
    told={
        LineTag.INSTITUTION_REGISTERED: _("Entered"), LineTag.INSTITUTION_COUNTED: _("Counted"),
        LineTag.INSTITUTION_CHANGED: _("Changed"),
        LineTag.SUBSTITUTE_NAMED: _("A substitute was named"),
    },
)  # fmt: skip

DAILY_REPORTS = Book(
    name="daily_reports", line="D12", title=_("Daily reports of institutions"),
    one=pgettext_lazy("institutions", "Daily report"), subject="daily_report",
    model=DailyReport, see=Operation.SEE_INSTITUTION, visible=_reports, order="due_at", latest=True, state="state",
    closed=(ReportState.NOTHING, ReportState.EVENTS), related=(("matters", "against"),),
    looks={ReportState.OWED: Look.WAITS, ReportState.NOTHING: Look.DONE, ReportState.EVENTS: Look.OWED},
    note=_("also when nothing happened; silence is a missed duty at once"),
    columns=(
        Column(name="institution", label=_("Institution"), of=lambda row: row.institution.name),
        Column(name="on", label=_("Day"), kind=Kind.DAY),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=DAYS),
        Column(name="due_at", label=pgettext_lazy("institutions", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="inside", label=_("People inside"), kind=Kind.NUMBER),
        Column(name="visitors", label=_("Visitors"), kind=Kind.NUMBER),
        Column(name="tested", label=pgettext_lazy("institutions", "Tested"), kind=Kind.NUMBER),
        Column(name="events", label=_("Events"), kind=Kind.NUMBER),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id", listed=False),
        Column(name="note", label=_("Note"), listed=False),
        Column(name="reported_at", label=_("Reported at"), kind=Kind.INSTANT, listed=False),
        Column(name="reported_by", label=_("Reported by"), listed=False),
    ),
    steps=(
        Step(
            name="report", label=_("Report the day"), means=_("Also when nothing happened"),
            operation=Operation.REPORT_INSTITUTION,
            act=actions.report_day, when=lambda row: row.state == ReportState.OWED, main=True,
            takes=(
                Field(name="inside", label=_("People inside"), kind=Kind.NUMBER, most=200_000),
                Field(name="visitors", label=_("Visitors"), kind=Kind.NUMBER, most=200_000),
                Field(name="tested", label=pgettext_lazy("institutions", "Tested"), kind=Kind.NUMBER, most=200_000),
                Field(name="events", label=_("Events"), kind=Kind.NUMBER, most=10_000, help=_("0 when nothing happened")),
                Field(name="note", label=pgettext_lazy("institutions", "What happened"), needed=False, most=300),
            ),
        ),
    ),
    told={LineTag.DAY_REPORTED: _("The day was reported")},
)  # fmt: skip

MATTERS = Book(
    name="matters", line="D12", title=_("Major matters"), one=_("Major matter"), subject="matter", model=Matter,
    see=Operation.SEE_INSTITUTION, visible=_matters, order="due_at", latest=True, state="state", closed=(MatterState.ANSWERED,),
    looks={MatterState.FOUND: Look.LATE, MatterState.REPORTED: Look.WAITS, MatterState.ANSWERED: Look.DONE},
    note=_("reported upward within minutes, and answered"), in_files=False,
    columns=(
        Column(name="institution", label=_("Institution"), kind=Kind.ROW, of="institution_id", book="institutions",
        shown=lambda row: row.institution.name),
        Column(name="kind", label=_("Kind"), kind=Kind.WORD, words=MATTERS_OF),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=MATTER_STATES),
        Column(name="due_at", label=_("Next step by"), kind=Kind.INSTANT, clock=True),
        Column(name="known_at", label=_("Known since"), kind=Kind.INSTANT),
        Column(name="reported_at", label=_("Reported at"), kind=Kind.INSTANT),
        Column(name="what", label=pgettext_lazy("institutions", "What happened"), listed=False),
        Column(
            name="silent", label=_("Minutes from knowing to telling"), kind=Kind.NUMBER, listed=False,
            of=lambda row: rules.minutes_silent(known_at=row.known_at, reported_at=row.reported_at),
        ),
        Column(name="found_at", label=_("Found at"), kind=Kind.INSTANT, listed=False),
        Column(name="found_by", label=_("Found by"), listed=False),
        Column(name="against", label=_("The day's report said: nothing"), kind=Kind.ROW, of="against_id", book="daily_reports",
        listed=False),
        Column(name="reported_by", label=_("Reported by"), listed=False),
        Column(name="answer", label=_("Instructions"), listed=False),
        Column(name="answered_at", label=pgettext_lazy("institutions", "Answered at"), kind=Kind.INSTANT, listed=False),
        Column(name="answered_by", label=pgettext_lazy("institutions", "Answered by"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Report a major matter"), means=_("Instructions are asked for at the same time"),
        operation=Operation.REPORT_INSTITUTION, act=actions.report_matter, takes=(_WHICH, _KIND, _WHAT, _KNOWN),
    ),
    steps=(
        Step(
            name="admit", label=_("Report it now"), means=_("In the institution's own words"),
            operation=Operation.REPORT_INSTITUTION,
            act=actions.admit_matter, when=lambda row: row.state == MatterState.FOUND, main=True,
            takes=(Field(name="note", label=_("Note"), most=300),),
        ),
        Step(
            name="answer", label=_("Give instructions"), means=_("What the institution is to do"),
            operation=Operation.ANSWER_INSTITUTION,
            act=actions.answer_matter, when=lambda row: row.state == MatterState.REPORTED, main=True,
            takes=(Field(name="answer", label=_("Instructions"), most=300),),
        ),
        Step(
            name="review", label=_("Review of the breach"), means=_("Who came in, and what is changed"),
            operation=Operation.ANSWER_INSTITUTION, act=actions.review_breach,
            when=lambda row: row.kind == MatterKind.BREACH and row.state != MatterState.FOUND,
            takes=(Field(name="result", label=_("What the review found"), most=300),),
        ),
    ),
    told={
        LineTag.MATTER_REPORTED: _("Reported, instructions asked for"), LineTag.MATTER_FOUND: _("Found by an inspection"),
        LineTag.MATTER_ANSWERED: _("Instructions given"), LineTag.BREACH_REVIEWED: _("The breach was reviewed"),
    },
)  # fmt: skip

FINDINGS = Book(
    name="inspections", line="D12", title=_("Found by inspections"), one=_("Matter found"), subject="matter", model=Matter,
    see=Operation.INSPECT_INSTITUTION, visible=lambda by: _matters(by).exclude(found_at=None), order="due_at", latest=True,
    state="state",
    closed=(MatterState.ANSWERED,), looks=MATTERS.looks, columns=MATTERS.columns, in_files=False, told=MATTERS.told,
    note=_("what territory or sector found before the institution told it"),
    opens=Step(
        name="open", label=_("Enter what was found"), means=_("The institution owes its own report within minutes"),
        operation=Operation.INSPECT_INSTITUTION, act=actions.find_matter, takes=(_WHICH, _KIND, _WHAT, _KNOWN),
    ),
)  # fmt: skip

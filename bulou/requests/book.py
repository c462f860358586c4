"""The books of residents' requests: the hotline's list, joined causes, draws and calls."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.requests import actions, callbacks, filing, joining, rules
from bulou.requests.choices import CallState, Category, CauseState, DrawHow, DrawState, Heard, How, RequestState, Said
from bulou.requests.models import Call, Cause, Draw, ResidentRequest

CATEGORIES = {
    Category.FOOD.value: _("Food and daily goods"), Category.MEDICINE.value: _("Medicine and doctors"),
    Category.UTILITIES.value: _("Water, power, gas, danger"), Category.CONTROL.value: _("A measure at my door"),
    Category.TESTING.value: _("Testing and results"), Category.ISOLATION.value: pgettext_lazy("request", "Isolation"),
    Category.TRANSPORT.value: _("Travelling"), Category.CONDUCT.value: _("How a unit acts"),
    Category.OTHER.value: pgettext_lazy("request", "Something else"),
}  # fmt: skip
STATES = {
    RequestState.RECEIVED.value: pgettext_lazy("request", "received"),
    RequestState.ASSIGNED.value: pgettext_lazy("request", "has an owner"),
    RequestState.DOING.value: pgettext_lazy("request", "being done"),
    RequestState.DONE_CLAIMED.value: pgettext_lazy("request", "the unit says done"),
    RequestState.CONFIRMED.value: pgettext_lazy("request", "the resident confirms"),
    RequestState.DISPUTED.value: pgettext_lazy("request", "the resident says no"),
    RequestState.REFUSED.value: pgettext_lazy("request", "refused"),
    RequestState.HANDED_OVER.value: pgettext_lazy("request", "offered to another unit"),
}
HOWS = {
    How.WEB.value: _("Web"), How.PHONE.value: _("Telephone"), How.BEHALF.value: _("On somebody's behalf"),
    How.PAPER.value: pgettext_lazy("request", "Paper"), How.OPEN311.value: _("Another program"),
}  # fmt: skip
CAUSE_STATES = {
    CauseState.OPEN.value: pgettext_lazy("cause", "open"),
    CauseState.ANSWERED.value: pgettext_lazy("cause", "somebody is there"),
    CauseState.SETTLED.value: pgettext_lazy("cause", "settled"),
}  # fmt: skip
DRAW_HOWS = {DrawHow.PLANNED.value: _("Planned, seed published first"), DrawHow.ON_THE_SPOT.value: _("On the spot")}
DRAW_STATES = {
    DrawState.PLANNED.value: pgettext_lazy("draw", "planned"), DrawState.CALLING.value: pgettext_lazy("draw", "being called"),
    DrawState.FINISHED.value: pgettext_lazy("draw", "finished"),
}  # fmt: skip
CALL_STATES = {
    CallState.OPEN.value: pgettext_lazy("call", "to be called"), CallState.REACHED.value: pgettext_lazy("call", "reached"),
    CallState.NOT_REACHED.value: pgettext_lazy("call", "not reached"),
    CallState.DECLINED.value: pgettext_lazy("call", "does not want to say"),
}  # fmt: skip
HEARD = {one.value: CALL_STATES[one.value] for one in Heard}
SAID = {Said.YES.value: _("yes"), Said.NO.value: _("no")}


def _requests(by: Actor) -> QuerySet[ResidentRequest]:
    """Where the reader's unit owns it, is offered it, or it lies; never those that complain about the reader's own unit."""
    mine = ResidentRequest.objects.filter(within(by, "unit", "place_code", "offered_to"))
    return mine.exclude(about__in=codes.chain(by.unit))


def _causes(by: Actor) -> QuerySet[Cause]:
    return Cause.objects.filter(within(by, "unit", "place_code"))


def _draws(by: Actor) -> QuerySet[Draw]:
    return Draw.objects.filter(within(by, "unit"))


def _calls(by: Actor) -> QuerySet[Call]:
    mine = Call.objects.filter(within(by, "draw__unit")).exclude(request__about__in=codes.chain(by.unit))
    return mine.select_related("draw", "request")


def _in(allowed: frozenset[RequestState]) -> Callable[[ResidentRequest], bool]:
    return lambda row: row.state in allowed


def _stratum(row: Call) -> str:
    """A stratum is stored as ``district:category``."""
    place, _colon, category = row.stratum.partition(":")
    return f"{place} · {CATEGORIES.get(category, category)}"


def _spoken(row: ResidentRequest | Cause | Draw) -> str:
    plain = getattr(row, "plain_ticket", "")
    return str(_("Ticket for the resident, shown only now: %(ticket)s") % {"ticket": plain}) if plain else ""


def _satisfied(row: Draw) -> str:
    """The share with its interval (Wilson at 95 %, effective size): see ``sampling.estimate``."""
    if row.satisfied is None or row.satisfied_low is None or row.satisfied_high is None:
        return ""
    return f"{row.satisfied:.0%} ({row.satisfied_low:.0%}–{row.satisfied_high:.0%})"


def _exposed(row: Draw) -> str:
    return "" if row.exposed_percent is None else f"{row.exposed_percent} %"


_REASON = Field(name="reason", label=_("Reason"), most=300)
_WHY = Field(name="why", label=_("What is still missing"), most=300)

REQUESTS = Book(
    name="requests", line="D9", title=_("Residents' requests"), one=_("Request"), subject="request", model=ResidentRequest,
    see=Operation.SEE_REQUESTS, visible=_requests, order="due_at", state="state", personal=True,
    by_hand=("open", "get", "confirm", "dispute", "reopen"),
    closed=(RequestState.CONFIRMED, RequestState.REFUSED, RequestState.DONE_CLAIMED),
    note=_("what a unit says is done is not yet what the resident confirms"), related=(("requests", "same_as"),),
    looks={
        RequestState.RECEIVED: Look.WAITS, RequestState.ASSIGNED: Look.OWED, RequestState.DOING: Look.OWED,
        RequestState.DONE_CLAIMED: Look.WAITS, RequestState.CONFIRMED: Look.DONE, RequestState.DISPUTED: Look.LATE,
        RequestState.REFUSED: Look.PLAIN, RequestState.HANDED_OVER: Look.WAITS,
    },
    columns=(
        Column(name="category", label=_("Category"), kind=Kind.WORD, words=CATEGORIES),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=STATES),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id"),
        Column(name="place_code", label=pgettext_lazy("request", "Area"), kind=Kind.PLACE),
        Column(name="due_at", label=pgettext_lazy("request", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="disputes", label=_("Said no"), kind=Kind.NUMBER),
        Column(name="how", label=pgettext_lazy("request", "Told us by"), kind=Kind.WORD, words=HOWS),
        Column(name="text", label=_("What is needed"), listed=False),
        Column(name="place", label=_("Where exactly"), listed=False),
        Column(name="name", label=pgettext_lazy("request", "Name"), listed=False),
        Column(name="phone", label=_("Telephone"), listed=False),
        Column(name="about", label=_("Complains about"), kind=Kind.UNIT, of="about_id", listed=False),
        Column(name="offered_to", label=_("Offered to"), kind=Kind.UNIT, of="offered_to_id", listed=False),
        Column(name="same_as", label=_("Repeats"), kind=Kind.ROW, of="same_as_id", book="requests", listed=False),
        Column(name="cause", label=_("Joined in"), kind=Kind.ROW, of="cause_id", book="request_causes", listed=False),
        Column(name="filed_at", label=_("Filed at"), kind=Kind.INSTANT, listed=False),
        Column(name="filed_by", label=_("Filed by"), listed=False),
        Column(name="evidence", label=pgettext_lazy("request", "Evidence"), listed=False),
        Column(name="reason", label=_("Reason"), listed=False),
        Column(name="closed_at", label=_("Closed at"), kind=Kind.INSTANT, listed=False),
        Column(name="closed_by", label=_("Closed by"), listed=False),
        Column(name="confirmed_at", label=_("Confirmed at"), kind=Kind.INSTANT, listed=False),
        Column(name="erased_at", label=_("Erased at"), kind=Kind.INSTANT, listed=False),
    ),
    opens=Step(
        name="open", label=_("File a request"), means=_("By telephone, on paper, or on somebody's behalf"),
        operation=Operation.FILE_REQUEST, act=filing.file_request, tells=_spoken,
        takes=(
            Field(name="category", label=_("Category"), kind=Kind.WORD, words=CATEGORIES, enum=Category),
            Field(name="how", label=pgettext_lazy("request", "Told us by"), kind=Kind.WORD, words=HOWS, enum=How),
            Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE,
            help=_("The community's, or the district's when it is not known")),
            Field(name="place", label=_("Where exactly"), needed=False, most=160),
            Field(name="text", label=_("What is needed"), kind=Kind.LONG, most=2000),
            Field(name="name", label=pgettext_lazy("request", "Name"), needed=False, most=80),
            Field(name="phone", label=_("Telephone"), needed=False, most=24),
            Field(name="about", label=_("Complains about"), kind=Kind.UNIT, needed=False,
            help=_("That unit does not see the request; the unit above it answers")),
        ),
    ),
    steps=(
        Step(
            name="start", label=_("Start"), means=_("The resident reads it on the ticket's page"),
            operation=Operation.KEEP_REQUEST,
            act=actions.start_request, when=_in(rules.STARTED_FROM),
        ),
        Step(
            name="done", label=pgettext_lazy("request", "It is done"),
            means=_("With evidence; the resident confirms or disputes it"),
            operation=Operation.KEEP_REQUEST, act=actions.claim_done, when=_in(rules.WORKED_ON), main=True,
            takes=(Field(name="evidence", label=pgettext_lazy("request", "Evidence"), most=300),),
        ),
        Step(
            name="assign", label=_("Say whose it is"), means=_("The duty passes with it; its clock runs on"),
            operation=Operation.ASSIGN_REQUEST, act=actions.assign_request, when=_in(rules.WORKED_ON),
            takes=(
                Field(name="unit", label=_("Unit"), kind=Kind.UNIT),
                Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE, needed=False),
            ),
        ),
        Step(
            name="handover", label=_("It is not ours"), means=_("Offered to the right unit; until it accepts, you owe it"),
            operation=Operation.HAND_OVER, act=actions.hand_over, when=_in(rules.WORKED_ON),
            takes=(Field(name="unit", label=_("Unit"), kind=Kind.UNIT), _REASON),
        ),
        Step(
            name="refuse", label=pgettext_lazy("request", "Refuse"),
            means=_("Your name and the reason stand on the resident's page"),
            operation=Operation.KEEP_REQUEST, act=actions.refuse_request, when=_in(rules.WORKED_ON), takes=(_REASON,),
        ),
        Step(
            name="same", label=_("It repeats another"), means=_("One is worked on, both are answered"),
            operation=Operation.KEEP_REQUEST, act=actions.same_request,
            when=lambda row: row.state in rules.WORKED_ON and row.same_as_id is None,
            takes=(Field(name="first", label=_("Number of the first one"), most=24),),
        ),
        Step(
            name="confirm", label=_("The resident confirms"), means=_("As told to the desk"), operation=Operation.FILE_REQUEST,
            act=actions.confirm, when=_in(rules.CONFIRMED_FROM),
        ),
        Step(
            name="dispute", label=_("The resident says no"), means=_("It is owed again, and the unit above looks"),
            operation=Operation.FILE_REQUEST, act=actions.dispute, when=_in(rules.DISPUTED_FROM), takes=(_WHY,),
        ),
        Step(
            name="reopen", label=_("Open it again"), means=_("It has come again"), operation=Operation.FILE_REQUEST,
            act=actions.reopen, when=_in(rules.REOPENED_FROM), takes=(_WHY,),
        ),
        Step(
            name="ticket", label=_("A new ticket"), means=_("For who lost it; the one before opens nothing any more"),
            operation=Operation.FILE_REQUEST, act=filing.new_ticket, tells=_spoken, when=lambda row: row.erased_at is None,
        ),
    ),
    told={
        LineTag.REQUEST_FILED: pgettext_lazy("request", "Filed"), LineTag.REQUEST_ASSIGNED: _("Has an owner"),
        LineTag.REQUEST_STARTED: _("Started"),
        LineTag.REQUEST_DONE: _("The unit says done"), LineTag.REQUEST_REFUSED: pgettext_lazy("request", "Refused"),
        LineTag.REQUEST_OFFERED: _("Offered to another unit"), LineTag.REQUEST_JOINED: _("Joined to another"),
        LineTag.REQUEST_CONFIRMED: _("The resident confirms"), LineTag.REQUEST_DISPUTED: _("The resident says no"),
        LineTag.REQUEST_REOPENED: _("Opened again"), LineTag.REQUEST_TICKET: _("A new ticket was given"),
    },
)  # fmt: skip

CAUSES = Book(
    name="request_causes", line="D9", title=_("Requests with one cause"), one=_("One cause, one compound"),
    subject="request_cause",
    model=Cause, see=Operation.SEE_REQUESTS, visible=_causes, order="latest_at", latest=True, state="state",
    closed=(CauseState.SETTLED,), related=(("requests", "cause"),), note=_("more than usual is known before the gate fills"),
    looks={CauseState.OPEN: Look.OWED, CauseState.ANSWERED: Look.WAITS, CauseState.SETTLED: Look.DONE},
    columns=(
        Column(name="category", label=_("Category"), kind=Kind.WORD, words=CATEGORIES),
        Column(name="place_code", label=_("Compound"), kind=Kind.PLACE),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=CAUSE_STATES),
        Column(name="requests_joined", label=_("Requests"), kind=Kind.NUMBER),
        Column(name="rose_at", label=_("More than usual since"), kind=Kind.INSTANT),
        Column(name="latest_at", label=_("Latest"), kind=Kind.INSTANT),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id", listed=False),
        Column(name="usual", label=_("Usual in a window"), of=lambda row: f"{row.usual:.1f}" if row.rose_at else "",
        listed=False),
        Column(name="opened_at", label=_("Joined since"), kind=Kind.INSTANT, listed=False),
        Column(name="answer", label=_("What is done"), listed=False),
        Column(name="answered_at", label=pgettext_lazy("request", "Answered at"), kind=Kind.INSTANT, listed=False),
        Column(name="evidence", label=pgettext_lazy("request", "Evidence"), listed=False),
        Column(name="settled_at", label=_("Settled at"), kind=Kind.INSTANT, listed=False),
    ),
    steps=(
        Step(
            name="answer", label=_("Somebody is there"), means=_("Who, and what is done for all of them"),
            operation=Operation.KEEP_REQUEST, act=joining.answer_cause, main=True,
            when=lambda row: row.state != CauseState.SETTLED, takes=(Field(name="answer", label=_("What is done"), most=300),),
        ),
        Step(
            name="settle", label=_("The cause is gone"),
            means=_("All joined requests are said to be done; each resident may say no"),
            operation=Operation.KEEP_REQUEST, act=joining.settle_cause, when=lambda row: row.state != CauseState.SETTLED,
            takes=(Field(name="evidence", label=pgettext_lazy("request", "Evidence")),),
        ),
    ),
    told={
        LineTag.CAUSE_OPENED: _("Joined"), LineTag.CAUSE_ROSE: _("More than usual"),
        LineTag.CAUSE_ANSWERED: _("Somebody is there"),
        LineTag.CAUSE_SETTLED: _("Settled"),
    },
)  # fmt: skip

DRAWS = Book(
    name="call_draws", line="D9", title=_("Random call-back"), one=_("Draw"), subject="draw", model=Draw,
    see=Operation.SEE_CALLS,
    visible=_draws, order="planned_at", latest=True, state="state", closed=(DrawState.FINISHED,), clocked=(DrawState.CALLING,),
    related=(("calls", "draw"),),
    note=_("anybody can repeat a draw: requests of a stratum in the order of sha256(seed|number), the first ones"),
    looks={DrawState.PLANNED: Look.PLAIN, DrawState.CALLING: Look.OWED, DrawState.FINISHED: Look.DONE},
    columns=(
        Column(name="unit", label=_("Unit that asks"), kind=Kind.UNIT, of="unit_id"),
        Column(name="how", label=_("How drawn"), kind=Kind.WORD, words=DRAW_HOWS),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=DRAW_STATES),
        Column(name="frame", label=pgettext_lazy("request", "Closed"), kind=Kind.NUMBER),
        Column(name="drawn", label=_("Drawn"), kind=Kind.NUMBER),
        Column(name="reached", label=_("Reached"), kind=Kind.NUMBER),
        Column(name="not_done", label=_("Not done after all"), kind=Kind.NUMBER),
        Column(name="satisfaction", label=_("Satisfied (95 %)"), of=_satisfied),
        Column(name="due_at", label=_("Called by"), kind=Kind.INSTANT, clock=True),
        Column(name="exposed", label=_("Finds false closings from this share on"), of=_exposed, listed=False),
        Column(name="size", label=_("Size"), kind=Kind.NUMBER, listed=False),
        Column(name="seed", label=_("Seed"), listed=False),
        Column(name="since", label=_("Closed from"), kind=Kind.INSTANT, listed=False),
        Column(name="until", label=_("Closed before"), kind=Kind.INSTANT, listed=False),
        Column(name="planned_at", label=_("Seed published at"), kind=Kind.INSTANT, listed=False),
        Column(name="planned_by", label=_("Planned by"), listed=False),
        Column(name="drawn_at", label=_("Drawn at"), kind=Kind.INSTANT, listed=False),
        Column(name="frame_digest", label=_("Digest of who could be drawn"), listed=False),
        Column(name="called", label=_("Called"), kind=Kind.NUMBER, listed=False),
    ),
    opens=Step(
        name="open", label=_("Draw requests"), means=_("Plan with a published seed, or draw on the spot"),
        operation=Operation.DRAW_CALLS,
        act=callbacks.plan_draw,
        takes=(
            Field(name="unit", label=_("Unit that asks"), kind=Kind.UNIT),
            Field(name="how", label=_("How drawn"), kind=Kind.WORD, words=DRAW_HOWS, enum=DrawHow),
            Field(name="size", label=_("Size"), kind=Kind.NUMBER, most=callbacks.MOST, help=_("A leader on the spot: 5")),
            Field(name="seed", label=_("Seed"), needed=False, most=80, help=_("As published; on the spot the ledger gives it")),
            Field(name="since", label=_("Closed from"), kind=Kind.INSTANT, needed=False),
            Field(name="until", label=_("Closed before"), kind=Kind.INSTANT, needed=False),
        ),
    ),
    steps=(
        Step(
            name="draw", label=_("Draw now"), means=_("Once the period has ended"), operation=Operation.DRAW_CALLS,
            act=callbacks.draw,
            when=lambda row: row.state == DrawState.PLANNED, main=True,
        ),
    ),
    told={LineTag.DRAW_PLANNED: _("Planned, seed published"), LineTag.DRAW_DRAWN: _("Drawn"),
    LineTag.DRAW_FINISHED: _("All called")},
)  # fmt: skip

CALLS = Book(
    name="calls", line="D9", title=_("Calls"), one=_("Call"), subject="call", model=Call, see=Operation.SEE_CALLS,
    visible=_calls,
    state="state", closed=(CallState.REACHED, CallState.NOT_REACHED, CallState.DECLINED), unit="draw__unit_id",
    looks={
        CallState.OPEN: Look.OWED, CallState.REACHED: Look.DONE, CallState.NOT_REACHED: Look.PLAIN,
        CallState.DECLINED: Look.PLAIN,
    },
    columns=(
        Column(name="draw", label=_("Draw"), kind=Kind.ROW, of="draw_id", book="call_draws"),
        Column(name="request", label=_("Request"), kind=Kind.ROW, of="request_id", book="requests"),
        Column(name="category", label=_("Category"), kind=Kind.WORD, words=CATEGORIES, of="request__category"),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=CALL_STATES),
        Column(name="done", label=_("Done?"), kind=Kind.WORD, words=SAID),
        Column(name="satisfied", label=_("Satisfied?"), kind=Kind.WORD, words=SAID),
        Column(name="stratum", label=_("Stratum"), listed=False, shown=_stratum),
        Column(name="weight", label=_("Stands for"), of=lambda row: f"{row.weight:.1f}", listed=False),
        Column(name="note", label=_("Note"), listed=False),
        Column(name="called_at", label=_("Called at"), kind=Kind.INSTANT, listed=False),
        Column(name="called_by", label=_("Called by whom"), listed=False),
    ),
    steps=(
        Step(
            name="record", label=_("Record the call"),
            means=_(
                "Say: “I call for the city about your request. I am not of the unit that worked on it. Is it done? "
                "Are you satisfied? You need not answer.”"
            ),
            operation=Operation.MAKE_CALL, act=callbacks.record_call, when=lambda row: row.state == CallState.OPEN, main=True,
            takes=(
                Field(name="heard", label=_("What came of it"), kind=Kind.WORD, words=HEARD, enum=Heard),
                Field(name="done", label=_("Done?"), kind=Kind.WORD, words=SAID, enum=Said, needed=False),
                Field(name="satisfied", label=_("Satisfied?"), kind=Kind.WORD, words=SAID, enum=Said, needed=False),
                Field(name="note", label=_("Note"), needed=False, most=300),
            ),
        ),
    ),
    told={LineTag.CALL_MADE: _("Called")},
)  # fmt: skip

"""The books of orders: the order desk, the chain of addressees, random checks, orders that contradict each other."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.orders import actions, rules, words
from bulou.orders.choices import Answer, Bound, CheckState, ClashState, Link, OrderState, Prevails, Reach, Subject, Verb
from bulou.orders.models import Addressee, Check, Order, OrderClash

_UP = pgettext_lazy("order", "Order")


def _addressees(by: Actor) -> QuerySet[Addressee]:
    found = Addressee.objects.filter(within(by, "unit", "order__issuer"))
    return found.select_related("order", "site")


def _orders(by: Actor) -> QuerySet[Order]:
    reached = Addressee.objects.filter(within(by, "unit"), order=OuterRef("pk")).exclude(state=Link.WAITING)
    found = Order.objects.filter(within(by, "issuer") | Exists(reached))
    return found.annotate(
        unopened=Count("addressees", filter=Q(addressees__state=Link.SENT)),
        carrying=Count("addressees", filter=Q(addressees__leaf=True)),
        carried=Count("addressees", filter=Q(addressees__leaf=True, addressees__state=Link.DONE)),
    )


def _choices(by: Actor) -> list[tuple[str, str]]:
    found = Order.objects.filter(within(by, "issuer"), state=OrderState.IN_FORCE).order_by("-issued_at")
    return [(code, f"{number} {title}") for code, number, title in found.values_list("code", "number", "title")[:500]]


def _live(row: Order) -> bool:
    return row.state == OrderState.IN_FORCE


def _in(*states: Link):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a test of a row
    return lambda row: row.state in states


def _pace(row: Addressee) -> str:
    if row.order.per_hour is None or row.site_id is None:
        return ""
    return f"{'–' if row.pace is None else row.pace} / {row.order.per_hour}"


_REASON = Field(name="reason", label=_("Reason"))

ORDERS = Book(
    name="orders", line="D7", title=_("Orders"), one=_UP, subject="order", model=Order, see=Operation.SEE_ORDERS,
    visible=_orders, lead="title", order="issued_at", latest=True, state="state", unit="issuer_id",
    looks={
        OrderState.IN_FORCE: Look.OWED, OrderState.CARRIED_OUT: Look.DONE, OrderState.SUPERSEDED: Look.PLAIN,
        OrderState.RECALLED: Look.PLAIN, OrderState.EXPIRED: Look.PLAIN,
    },
    closed=(OrderState.CARRIED_OUT, OrderState.SUPERSEDED, OrderState.RECALLED, OrderState.EXPIRED),
    related=(("addressees", "order"), ("order_clashes", "first", "second"), ("order_checks", "order")),
    note=_("acknowledged is not executed: progress is evidence against the clock"),
    columns=(
        Column(name="title", label=_("Title")),
        Column(name="number", label=_("Its number")),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=words.ORDER_STATES),
        Column(name="issuer", label=_("Issued by"), kind=Kind.UNIT, of="issuer_id"),
        Column(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="unopened", label=_("Not opened"), kind=Kind.NUMBER, of=lambda row: getattr(row, "unopened", "")),
        Column(name="carried", label=pgettext_lazy("order", "Done"),
        of=lambda row: f"{getattr(row, 'carried', '–')} / {getattr(row, 'carrying', '–')}"),
        Column(name="issued_at", label=_("Issued"), kind=Kind.INSTANT),
        Column(name="text", label=_("What is to be done"), listed=False),
        Column(name="basis", label=_("Rests on"), listed=False),
        Column(name="place_code", label=pgettext_lazy("order", "Area"), kind=Kind.PLACE, listed=False),
        Column(name="verb", label=_("Command"), kind=Kind.WORD, words=words.VERBS, listed=False),
        Column(name="subject", label=_("About"), kind=Kind.WORD, words=words.SUBJECTS, listed=False),
        Column(name="thing", label=_("One of them"), listed=False),
        Column(name="bound", label=_("Amount is meant"), kind=Kind.WORD, words=words.BOUNDS, listed=False),
        Column(name="amount", label=_("Amount"), kind=Kind.NUMBER, listed=False),
        Column(name="per_hour", label=_("Samples an hour at each site"), kind=Kind.NUMBER, listed=False),
        Column(name="round", label=_("Round"), of="round_id", listed=False),
        Column(name="starts_at", label=_("From"), kind=Kind.INSTANT, listed=False),
        Column(name="ends_at", label=_("Until"), kind=Kind.INSTANT, listed=False),
        Column(name="reach", label=_("Goes to"), kind=Kind.WORD, words=words.REACH, listed=False),
        Column(name="named", label=_("Units named"), listed=False),
        Column(name="supersedes", label=_("Supersedes"), kind=Kind.ROW, book="orders", listed=False),
        Column(name="digest", label=_("Hash"), listed=False),
        Column(name="issued_by", label=pgettext_lazy("order", "Signed by"), listed=False),
        Column(name="ended_at", label=pgettext_lazy("order", "Ended"), kind=Kind.INSTANT, listed=False),
        Column(name="ended_why", label=_("Ended because"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Issue an order"), means=_("The first unit of each chain receives it at once"),
        operation=Operation.ISSUE_ORDER, act=actions.issue_order,
        takes=(
            Field(name="number", label=_("Its number"), most=60),
            Field(name="title", label=_("Title"), most=120),
            Field(name="text", label=_("What is to be done"), kind=Kind.LONG, most=4000),
            Field(name="basis", label=_("Rests on"), help=_("The decision or the document")),
            Field(name="verb", label=_("Command"), kind=Kind.WORD, words=words.VERBS, enum=Verb),
            Field(name="subject", label=_("About"), kind=Kind.WORD, words=words.SUBJECTS, enum=Subject),
            Field(name="thing", label=_("One of them"), needed=False, most=60,
            help=_("A team, a site, a market; blank is all")),
            Field(name="amount", label=_("Amount"), kind=Kind.NUMBER, needed=False, most=10_000_000),
            Field(name="bound", label=_("Amount is meant"), kind=Kind.WORD, words=words.BOUNDS, enum=Bound, needed=False),
            Field(name="place_code", label=pgettext_lazy("order", "Area"), kind=Kind.PLACE),
            Field(name="starts_at", label=_("From"), kind=Kind.INSTANT),
            Field(name="ends_at", label=_("Until"), kind=Kind.INSTANT),
            Field(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT),
            Field(name="reach", label=_("Goes to"), kind=Kind.WORD, words=words.REACH, enum=Reach),
            Field(name="named", label=_("Units named"), needed=False, most=2000,
            help=_("Codes; all units on the way receive it, too")),
            Field(name="round", label=_("Round"), needed=False, most=24),
            Field(name="per_hour", label=_("Samples an hour at each site"), kind=Kind.NUMBER, needed=False, most=10_000),
            Field(name="supersedes", label=_("Supersedes"), kind=Kind.ROW, needed=False, most=24, options=_choices),
            Field(name="issuer", label=_("In the name of"), kind=Kind.UNIT, needed=False, help=_("Blank: your own unit")),
        ),
    ),
    steps=(
        Step(
            name="recall", label=_("Recall it"), means=_("Who has begun must stop, and say so"), act=actions.recall_order,
            operation=Operation.ISSUE_ORDER, when=_live, takes=(_REASON,),
        ),
        Step(
            name="draw", label=_("Draw checks"), means=_("Another unit looks where it is said to be done"),
            operation=Operation.ISSUE_ORDER, act=actions.draw_checks,
            when=lambda row: row.state in {OrderState.IN_FORCE, OrderState.CARRIED_OUT},
            takes=(
                Field(name="seed", label=_("Seed"), most=40, help=_("Published before, so that anybody can draw again")),
                Field(name="number", label=_("How many"), kind=Kind.NUMBER, most=500),
                Field(name="checker", label=_("Who looks"), kind=Kind.UNIT),
            ),
        ),
    ),
    told={
        LineTag.ORDER_ISSUED: _("Issued"), LineTag.ORDER_SUPERSEDED: _("Superseded"), LineTag.ORDER_RECALLED: _("Recalled"),
        LineTag.ORDER_EXPIRED: _("Its end came"), LineTag.ORDER_CARRIED_OUT: _("Carried out"),
        LineTag.ORDER_CHECKS_DRAWN: _("Checks were drawn"),
    },
)  # fmt: skip

ADDRESSEES = Book(
    name="addressees", line="D7", title=_("Who has the order"), one=_("Addressee of an order"), subject="addressee",
    model=Addressee, see=Operation.SEE_ORDERS, visible=_addressees, lead="unit", order="due_at", state="state",
    looks={
        Link.WAITING: Look.PLAIN, Link.SENT: Look.WAITS, Link.READ: Look.OWED, Link.UNDERSTOOD: Look.OWED,
        Link.STARTED: Look.OWED,
        Link.IMPOSSIBLE: Look.WAITS, Link.DONE: Look.DONE, Link.RELEASED: Look.PLAIN, Link.TO_STOP: Look.WAITS,
        Link.VOID: Look.PLAIN,
    },
    closed=(Link.DONE, Link.RELEASED, Link.VOID),
    clocked=(Link.SENT, Link.READ, Link.UNDERSTOOD, Link.STARTED, Link.IMPOSSIBLE, Link.TO_STOP), in_files=False,
    related=(("order_checks", "addressee"),),
    note=_("an order that is not opened stands at its last link"),
    columns=(
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id"),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=words.LINKS),
        Column(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="came_from", label=_("Last opened by"), kind=Kind.UNIT, of="came_from_id"),
        Column(name="order", label=_UP, kind=Kind.ROW, of="order_id", book="orders", shown=lambda row: row.order.title),
        Column(name="pace", label=_("Samples an hour"), of=_pace),
        Column(name="leaf", label=_("Carries it out"), kind=Kind.YES, listed=False),
        Column(name="sent_at", label=pgettext_lazy("order", "Received"), kind=Kind.INSTANT, listed=False),
        Column(name="read_at", label=pgettext_lazy("order", "Opened"), kind=Kind.INSTANT),
        Column(name="read_by", label=_("Opened by"), listed=False),
        Column(name="understood_at", label=_("Said back at"), kind=Kind.INSTANT, listed=False),
        Column(name="understood_as", label=_("In its own words"), listed=False),
        Column(name="started_at", label=_("Started"), kind=Kind.INSTANT, listed=False),
        Column(name="pace_at", label=_("Pace read at"), kind=Kind.INSTANT, listed=False),
        Column(name="lagging", label=_("Slower than ordered"), kind=Kind.YES, listed=False),
        Column(name="answer", label=_("Impossible, because"), listed=False),
        Column(name="answered_at", label=pgettext_lazy("order", "Answered at"), kind=Kind.INSTANT, listed=False),
        Column(name="decision", label=_("The superior says"), kind=Kind.WORD, words=words.ANSWERS, listed=False),
        Column(name="decided_at", label=_("Decided at"), kind=Kind.INSTANT, listed=False),
        Column(name="decided_by", label=_("Decided by"), listed=False),
        Column(name="done_at", label=_("Done at"), kind=Kind.INSTANT, listed=False),
        Column(name="done_by", label=_("Done by"), listed=False),
        Column(name="photo", label=_("Photograph's hash"), listed=False),
        Column(name="count", label=_("Count"), kind=Kind.NUMBER, listed=False),
        Column(name="position", label=_("Position"), listed=False),
        Column(name="witness", label=_("Witness"), listed=False),
    ),
    steps=(
        Step(
            name="read", label=_("Open the order"), means=_("Read, and passed on to the units below"), act=actions.open_order,
            operation=Operation.FOLLOW_ORDER, when=_in(Link.SENT), main=True,
        ),
        Step(
            name="say_back", label=_("Say it back"), means=_("In your own words"), act=actions.say_back,
            operation=Operation.FOLLOW_ORDER, when=_in(Link.READ),
            takes=(Field(name="words", label=_("In its own words")),),
        ),
        Step(
            name="start", label=_("Start"), means=_("The work begins"), act=actions.start_order,
            operation=Operation.FOLLOW_ORDER,
            when=lambda row: row.leaf and row.state in {Link.READ, Link.UNDERSTOOD},
        ),
        Step(
            name="finish", label=_("It is done"), means=_("With at least one piece of evidence"), act=actions.finish_order,
            operation=Operation.FOLLOW_ORDER, when=lambda row: row.leaf and row.state in rules.WORKING, main=True,
            takes=(
                Field(name="photo", label=_("Photograph's hash"), needed=False, most=64),
                Field(name="count", label=_("Count"), kind=Kind.NUMBER, needed=False, most=10_000_000),
                Field(name="position", label=_("Position"), needed=False, most=60),
                Field(name="witness", label=_("Witness"), needed=False, most=80),
            ),
        ),
        Step(
            name="impossible", label=_("It is impossible"), means=_("The unit above owes an answer"),
            operation=Operation.FOLLOW_ORDER, act=actions.answer_impossible, when=lambda row: row.state in rules.WORKING,
            takes=(Field(name="because", label=pgettext_lazy("order", "Because"), kind=Kind.LONG, most=300),),
        ),
        Step(
            name="decide", label=_("Answer it"), means=_("What the addressee is to do now"), act=actions.decide_impossible,
            operation=Operation.ISSUE_ORDER, when=_in(Link.IMPOSSIBLE), main=True,
            takes=(
                Field(name="decision", label=_("The superior says"), kind=Kind.WORD, words=words.ANSWERS, enum=Answer),
                Field(name="note", label=_("Why, and with what help")),
                Field(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT, needed=False),
            ),
        ),
        Step(
            name="pass_by", label=_("Pass it on past this unit"), means=_("It goes on; this unit still owes that it opens it"),
            operation=Operation.ISSUE_ORDER, act=actions.pass_by, when=lambda row: row.state == Link.SENT and not row.leaf,
            takes=(_REASON,),
        ),
        Step(
            name="answer_lag", label=_("What is done about the pace"), means=_("The issuer's answer"), act=actions.answer_lag,
            operation=Operation.ISSUE_ORDER, when=lambda row: row.lagging, takes=(Field(name="note", label=_("Note")),),
        ),
        Step(
            name="stop", label=_("It has stopped"), means=_("The order was recalled"), act=actions.confirm_stop,
            operation=Operation.FOLLOW_ORDER, when=_in(Link.TO_STOP), main=True, takes=(Field(name="note", label=_("Note")),),
        ),
    ),
    told={
        LineTag.ORDER_OPENED: pgettext_lazy("order", "Opened"), LineTag.ORDER_PASSED_BY: _("Passed on past it"),
        LineTag.ORDER_UNDERSTOOD: _("Said back"),
        LineTag.ORDER_STARTED: _("Started"), LineTag.ORDER_LAGS: _("Slower than ordered"),
        LineTag.ORDER_KEEPS_PACE: _("Keeps pace again"),
        LineTag.ORDER_LAG_ANSWERED: _("The issuer answered"), LineTag.ORDER_DONE: _("Done, with evidence"),
        LineTag.ORDER_IMPOSSIBLE: _("Impossible, because"), LineTag.ORDER_ANSWERED: _("The superior answered"),
        LineTag.ORDER_STOPPED: _("Stopped"),
    },
)  # fmt: skip


CHECKS = Book(
    name="order_checks", line="D7", title=_("Random checks of orders"), one=_("Random check"), subject="order_check",
    model=Check,
    see=Operation.SEE_ORDERS, visible=lambda by: Check.objects.filter(within(by, "unit", "place_code", "order__issuer")),
    order="due_at", latest=True, state="state",
    looks={CheckState.OWED: Look.OWED, CheckState.CONFIRMED: Look.DONE, CheckState.NOT_DONE: Look.LATE},
    closed=(CheckState.CONFIRMED, CheckState.NOT_DONE), in_files=False,
    note=_("drawn by a published seed; another unit looks"),
    columns=(
        Column(name="state", label=_("Found"), kind=Kind.WORD, words=words.CHECKS),
        Column(name="unit", label=_("Who looks"), kind=Kind.UNIT, of="unit_id"),
        Column(name="place_code", label=pgettext_lazy("order", "Area"), kind=Kind.PLACE),
        Column(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="finding", label=_("What was seen")),
        Column(name="order", label=_UP, kind=Kind.ROW, of="order_id", book="orders"),
        Column(name="addressee", label=_("Addressee of an order"), kind=Kind.ROW, of="addressee_id", book="addressees",
        listed=False),
        Column(name="seed", label=_("Seed"), listed=False),
        Column(name="drawn_at", label=_("Drawn at"), kind=Kind.INSTANT, listed=False),
        Column(name="checked_at", label=_("Seen at"), kind=Kind.INSTANT, listed=False),
        Column(name="checked_by", label=_("Seen by"), listed=False),
    ),
    steps=(
        Step(
            name="report", label=_("Say what was seen"), means=_("Where it is not done, it is owed again"), main=True,
            operation=Operation.FOLLOW_ORDER, act=actions.report_check, when=lambda row: row.state == CheckState.OWED,
            takes=(
                Field(name="state", label=_("Found"), kind=Kind.WORD, words=words.FOUND, enum=CheckState),
                Field(name="finding", label=_("What was seen")),
            ),
        ),
    ),
    told={LineTag.ORDER_CHECKED: _("Somebody looked")},
)  # fmt: skip

CLASHES = Book(
    name="order_clashes", line="D7", title=_("Contradictory orders"), one=_("Two orders that cannot both be obeyed"),
    subject="clash", model=OrderClash, see=Operation.SEE_ORDERS, lead="why",
    visible=lambda by: OrderClash.objects.filter(
        within(by, "unit", "place_code", "first__issuer", "second__issuer")
    ).select_related("first", "second"),
    order="due_at", latest=True, state="state", closed=(ClashState.DECIDED, ClashState.GONE), in_files=False,
    looks={ClashState.OPEN: Look.WAITS, ClashState.DECIDED: Look.DONE, ClashState.GONE: Look.PLAIN},
    note=_("found by verb, subject, place, time and amount; no prose is read"),
    columns=(
        Column(name="why", label=_("Why"), kind=Kind.WORD, words=words.CLASHES),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=words.CLASH_STATES),
        Column(name="first", label=pgettext_lazy("order", "First"), kind=Kind.ROW, of="first_id", book="orders",
        shown=lambda row: f"{row.first.number} {row.first.title}"),
        Column(name="second", label=pgettext_lazy("order", "Second"), kind=Kind.ROW, of="second_id", book="orders",
        shown=lambda row: f"{row.second.number} {row.second.title}"),
        Column(name="place_code", label=pgettext_lazy("order", "Area"), kind=Kind.PLACE),
        Column(name="unit", label=_("Who decides"), kind=Kind.UNIT, of="unit_id"),
        Column(name="due_at", label=pgettext_lazy("order", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="found_at", label=_("Found at"), kind=Kind.INSTANT, listed=False),
        Column(name="prevails", label=_("Which stands"), kind=Kind.WORD, words=words.PREVAILS, listed=False),
        Column(name="decision", label=_("Decision"), listed=False),
        Column(name="decided_at", label=_("Decided at"), kind=Kind.INSTANT, listed=False),
        Column(name="decided_by", label=_("Decided by"), listed=False),
    ),
    steps=(
        Step(
            name="decide", label=_("Decide which stands"), means=_("The other is recalled"), operation=Operation.ISSUE_ORDER,
            act=actions.decide_clash, when=lambda row: row.state == ClashState.OPEN, main=True,
            takes=(
                Field(name="prevails", label=_("Which stands"), kind=Kind.WORD, words=words.PREVAILS, enum=Prevails),
                Field(name="decision", label=_("Decision"), help=_("Why, or how both are done")),
            ),
        ),
    ),
    told={LineTag.CLASH_FOUND: _("Found"), LineTag.CLASH_DECIDED: _("Decided"), LineTag.CLASH_GONE: _("One of the two ended")},
)  # fmt: skip

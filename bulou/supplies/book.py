"""The books of needs: what is asked for, what came to which door, what comes again, and the places kept indoors."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.duties.choices import NoticeState
from bulou.duties.models import Notice
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.supplies import actions
from bulou.supplies.choices import CONFIRMED, WAITING, Measure, NeedState, Proof, ProvisionState, Way
from bulou.supplies.models import Delivery, Entitlement, Good, Need, Provision

NEED_STATES = {
    NeedState.ASKED.value: pgettext_lazy("supplies", "waits"), NeedState.SHORT.value: pgettext_lazy("supplies", "out of stock"),
    NeedState.PICKED.value: pgettext_lazy("supplies", "picked"),
    NeedState.DELIVERED.value: pgettext_lazy("supplies", "at the door"),
    NeedState.WITHDRAWN.value: pgettext_lazy("supplies", "withdrawn"),
}  # fmt: skip
WAYS = {
    Way.PHONE.value: _("Telephone"), Way.WEB.value: _("Web"), Way.CAPTAIN.value: _("Building captain"),
    Way.LIST.value: pgettext_lazy("supplies", "A list"), Way.STANDING.value: _("Standing entitlement"),
}  # fmt: skip
PROOFS = {Proof.PHOTO.value: _("Photograph"), Proof.SIGNATURE.value: _("Signature")}
PROVISION_STATES = {
    ProvisionState.UNCONFIRMED.value: pgettext_lazy("supplies", "not confirmed"),
    ProvisionState.CONFIRMED.value: pgettext_lazy("supplies", "confirmed"),
    ProvisionState.CLOSED.value: pgettext_lazy("supplies", "over"),
}  # fmt: skip

MEASURES = {
    Measure.GRAM.value: _("grams"), Measure.MILLILITRE.value: _("millilitres"), Measure.PIECE.value: _("pieces"),
}  # fmt: skip

UNIT = Field(name="unit", label=_("Unit that sees to it"), kind=Kind.UNIT)
UNIT_SEEN = Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id")
PLACE = Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE)
PLACE_SEEN = Column(name="place_code", label=pgettext_lazy("supplies", "Area"), kind=Kind.PLACE)
HOME = Field(name="household_id", label=_("Household"), most=40)
HOME_SEEN = Column(name="household_id", label=_("Household"))
REASON = Field(name="reason", label=_("Reason"))


def goods_of(by: Actor) -> list[tuple[str, str]]:
    """What the reader's catalogues hold: of units above and below."""
    found = Good.objects.filter(within(by, "unit")) | Good.objects.filter(unit__in=codes.chain(by.unit))
    return list(found.order_by("name", "code").values_list("code", "name")[:500])


GOOD = Field(name="good", label=_("Good"), kind=Kind.ROW, options=goods_of)
GOOD_SEEN = (
    Column(name="what", label=_("Good"), of="good__name"),
    Column(
        name="good", label=pgettext_lazy("supplies", "Good's code"), kind=Kind.ROW, of="good_id", book="goods", listed=False
    ),
)
AMOUNT = Field(name="quantity", label=_("Amount"), kind=Kind.NUMBER, most=1_000_000_000, help=_("In the good's own measure"))
MEASURE_SEEN = Column(
    name="measure", label=_("Measured in"), kind=Kind.WORD, words=MEASURES,
    of=lambda row: (getattr(row, "substitute", None) or row.good).measure,
)  # fmt: skip
AMOUNT_SEEN = Column(name="quantity", label=_("Amount"), kind=Kind.NUMBER)


def _needs(by: Actor) -> QuerySet[Need]:
    return Need.objects.filter(within(by, "unit", "place_code")).select_related("good", "substitute")


def _deliveries(by: Actor) -> QuerySet[Delivery]:
    return Delivery.objects.filter(within(by, "unit", "place_code"))


def _entitlements(by: Actor) -> QuerySet[Entitlement]:
    return Entitlement.objects.filter(within(by, "unit", "place_code")).select_related("good")


def _provisions(by: Actor) -> QuerySet[Provision]:
    return Provision.objects.filter(within(by, "unit", "place_code"))


def _told(row: Provision) -> str:
    """Who was told that supplies are not confirmed, and when."""
    sent = Notice.objects.filter(duty__kind=CONFIRMED, duty__about=f"provision:{row.pk}", state=NoticeState.SENT)
    return "; ".join(
        f"{clock.local(when):%m-%d %H:%M} {unit}"
        for unit, when in sent.order_by("told_at").values_list("unit__name", "told_at")
    )


def _waits(row: Need) -> bool:
    return row.state in WAITING


NEEDS = Book(
    name="needs", line="D8", title=_("Needs of households"), one=_("Need of a household"), subject="supply", model=Need,
    see=Operation.SEE_SUPPLIES, visible=_needs, lead="what", order="due_at", state="state", personal=True,
    closed=(NeedState.DELIVERED, NeedState.WITHDRAWN), related=(("deliveries", "need"),),
    note=_("vulnerable households first; a neighbour comes earlier only with the reason why"),
    looks={
        NeedState.ASKED: Look.OWED, NeedState.SHORT: Look.WAITS, NeedState.PICKED: Look.OWED, NeedState.DELIVERED: Look.DONE,
        NeedState.WITHDRAWN: Look.PLAIN,
    },
    columns=(
        *GOOD_SEEN, AMOUNT_SEEN, MEASURE_SEEN, HOME_SEEN,
        Column(name="vulnerable", label=pgettext_lazy("supplies", "Vulnerable"), kind=Kind.YES),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=NEED_STATES), UNIT_SEEN, PLACE_SEEN,
        Column(name="due_at", label=pgettext_lazy("supplies", "At the door by"), kind=Kind.INSTANT, clock=True),
        Column(name="how", label=_("Told us by"), kind=Kind.WORD, words=WAYS),
        Column(name="first", label=pgettext_lazy("supplies", "Asks to be seen to first"), kind=Kind.YES, listed=False),
        Column(name="substitute", label=_("Instead of it"), kind=Kind.ROW, of="substitute_id", book="goods", listed=False),
        Column(name="standing", label=_("Standing entitlement"), kind=Kind.ROW, of="standing_id", book="entitlements",
        listed=False),
        Column(name="note", label=_("Note"), listed=False),
        Column(name="asked_at", label=pgettext_lazy("supplies", "Asked at"), kind=Kind.INSTANT, listed=False),
        Column(name="asked_by", label=pgettext_lazy("supplies", "Asked by"), listed=False),
        Column(name="ended_at", label=_("Ended"), kind=Kind.INSTANT, listed=False),
        Column(name="result", label=_("What came of it"), listed=False),
    ),
    opens=Step(
        name="open", label=_("A household needs something"), means=_("Its clock runs from now"),
        operation=Operation.ASK_SUPPLIES, act=actions.ask_need, many=actions.ask_needs,
        takes=(
            UNIT, PLACE, HOME, GOOD, AMOUNT, Field(name="how", label=_("Told us by"), kind=Kind.WORD, words=WAYS, enum=Way),
            Field(name="first", label=pgettext_lazy("supplies", "Asks to be seen to first"), kind=Kind.YES, needed=False,
            help=_("Whom the register knows as vulnerable is first without it")),
            Field(name="note", label=_("Note"), needed=False),
        ),
    ),
    steps=(
        Step(
            name="pick", label=_("Pick from stock"), means=_("What ends first goes first"), operation=Operation.KEEP_STOCK,
            act=actions.pick_need, when=_waits, main=True,
            takes=(Field(name="batch", label=_("Batch"), kind=Kind.ROW, needed=False, most=24),),
        ),
        Step(
            name="short", label=_("There is none"), means=_("The unit above finds some"), operation=Operation.KEEP_STOCK,
            act=actions.report_short, when=lambda row: row.state == NeedState.ASKED,
            takes=(Field(name="note", label=_("Note"), needed=False),),
        ),
        Step(
            name="substitute", label=_("Something else instead"), means=_("With who agreed"), operation=Operation.KEEP_STOCK,
            act=actions.substitute_good, when=_waits,
            takes=(GOOD, AMOUNT, Field(name="agreed", label=_("Who agreed"), most=120)),
        ),
        Step(
            name="put_back", label=_("Put back into stock"), means=_("It did not come to the door"),
            operation=Operation.KEEP_STOCK, act=actions.put_back, when=lambda row: row.state == NeedState.PICKED,
            takes=(REASON,),
        ),
        Step(
            name="withdraw", label=pgettext_lazy("supplies", "Withdraw"), means=_("Who said so, and why"),
            operation=Operation.ASK_SUPPLIES, act=actions.withdraw_need, when=_waits,
            takes=(Field(name="result", label=_("What came of it")),),
        ),
    ),
    told={
        LineTag.SUPPLY_ASKED: pgettext_lazy("supplies", "Asked for"), LineTag.SUPPLY_PICKED: _("Picked from stock"),
        LineTag.SUPPLY_RETURNED: _("Put back into stock"), LineTag.SUPPLY_SHORT: _("Out of stock"),
        LineTag.SUPPLY_SUBSTITUTED: _("Something else instead"), LineTag.SUPPLY_DELIVERED: _("At the door, with a proof"),
        LineTag.SUPPLY_WITHDRAWN: pgettext_lazy("supplies", "Withdrawn"),
    },
)  # fmt: skip

DELIVERIES = Book(
    name="deliveries", line="D8", title=_("Deliveries to the door"), one=_("Delivery"), subject="delivery", model=Delivery,
    see=Operation.SEE_SUPPLIES, visible=_deliveries, order="delivered_at", latest=True, personal=True,
    columns=(
        HOME_SEEN, PLACE_SEEN, UNIT_SEEN,
        Column(name="delivered_at", label=_("Delivered at"), kind=Kind.INSTANT),
        Column(name="proof_kind", label=_("Proof"), kind=Kind.WORD, words=PROOFS),
        Column(name="ahead", label=pgettext_lazy("supplies", "Why before a vulnerable neighbour")),
        Column(name="need", label=_("Need of a household"), kind=Kind.ROW, of="need_id", book="needs", listed=False),
        Column(name="proof", label=pgettext_lazy("supplies", "What proves it"), listed=False),
        Column(name="delivered_by", label=_("Delivered by"), listed=False),
    ),
    opens=Step(
        name="open", label=_("It is at the door"), means=_("With a photograph's hash or who signed"),
        operation=Operation.DELIVER_SUPPLIES, act=actions.deliver_need, many=actions.deliver_needs,
        takes=(
            Field(name="need", label=_("Need of a household"), kind=Kind.ROW, most=24),
            Field(name="proof_kind", label=_("Proof"), kind=Kind.WORD, words=PROOFS, enum=Proof),
            Field(name="proof", label=pgettext_lazy("supplies", "What proves it"), most=120,
            help=_("SHA-256 of the photograph, or who signed")),
            Field(name="ahead", label=pgettext_lazy("supplies", "Why before a vulnerable neighbour"), needed=False),
        ),
    ),
)  # fmt: skip

ENTITLEMENTS = Book(
    name="entitlements", line="D8", title=_("Standing entitlements"), one=_("Standing entitlement"), subject="entitlement",
    model=Entitlement, see=Operation.SEE_SUPPLIES, visible=_entitlements, lead="what", personal=True,
    related=(("needs", "standing"),),
    columns=(
        *GOOD_SEEN, AMOUNT_SEEN, HOME_SEEN, UNIT_SEEN, PLACE_SEEN,
        Column(name="every_days", label=pgettext_lazy("supplies", "Every so many days"), kind=Kind.NUMBER),
        Column(name="since_on", label=_("First day"), kind=Kind.DAY),
        Column(name="until_on", label=_("Last day"), kind=Kind.DAY),
        Column(name="next_on", label=pgettext_lazy("supplies", "Next on"), kind=Kind.DAY, listed=False),
    ),
    opens=Step(
        name="open", label=_("Let it come without asking"), means=_("Asked for by itself on each of its days"),
        operation=Operation.ASK_SUPPLIES, act=actions.keep_entitlement,
        takes=(
            UNIT, PLACE, HOME, GOOD, AMOUNT,
            Field(name="every_days", label=pgettext_lazy("supplies", "Every so many days"), kind=Kind.NUMBER, most=60),
            Field(name="since_on", label=_("First day"), kind=Kind.DAY),
        ),
    ),
    steps=(
        Step(
            name="end", label=_("It ends"), means=pgettext_lazy("supplies", "With its last day"),
            operation=Operation.ASK_SUPPLIES, act=actions.end_entitlement,
            takes=(Field(name="until_on", label=_("Last day"), kind=Kind.DAY),),
        ),
    ),
    told={LineTag.ENTITLEMENT_KEPT: _("Entered"), LineTag.ENTITLEMENT_ENDED: _("Its last day was set")},
)  # fmt: skip

PROVISIONS = Book(
    name="provisions", line="D8", title=_("Places kept indoors: supplies"), one=_("Supplies of a place"), subject="provision",
    model=Provision, see=Operation.SEE_SUPPLIES, visible=_provisions, lead="place_code", order="due_at", state="state",
    closed=(ProvisionState.CLOSED,), note=_("not confirmed is the gap list: each has an owner and a clock"),
    looks={
        ProvisionState.UNCONFIRMED: Look.WAITS, ProvisionState.CONFIRMED: Look.OWED, ProvisionState.CLOSED: Look.PLAIN,
    },
    columns=(
        PLACE_SEEN, Column(name="state", label=_("State"), kind=Kind.WORD, words=PROVISION_STATES), UNIT_SEEN,
        Column(name="due_at", label=pgettext_lazy("supplies", "Due"), kind=Kind.INSTANT, clock=True),
        Column(name="households", label=_("Households"), kind=Kind.NUMBER),
        Column(name="missing", label=_("Not reached"), kind=Kind.NUMBER),
        Column(name="vulnerable", label=_("Vulnerable ones"), kind=Kind.NUMBER),
        Column(name="vulnerable_reached", label=_("Vulnerable reached"), kind=Kind.NUMBER),
        Column(name="reached", label=pgettext_lazy("supplies", "Reached"), kind=Kind.NUMBER, listed=False),
        Column(name="counted_at", label=_("Counted at"), kind=Kind.INSTANT, listed=False),
        Column(name="told", label=_("Who was told, and when"), of=_told, listed=False),
        Column(name="because", label=_("Because of"), listed=False),
        Column(name="opened_at", label=pgettext_lazy("supplies", "Kept indoors since"), kind=Kind.INSTANT, listed=False),
        Column(name="since_at", label=_("Deliveries count from"), kind=Kind.INSTANT, listed=False),
        Column(name="source", label=_("Who brings what"), listed=False),
        Column(name="evidence", label=pgettext_lazy("supplies", "What shows it"), listed=False),
        Column(name="confirmed_at", label=pgettext_lazy("supplies", "Confirmed at"), kind=Kind.INSTANT, listed=False),
        Column(name="confirmed_by", label=pgettext_lazy("supplies", "Confirmed by"), listed=False),
        Column(name="ended", label=pgettext_lazy("supplies", "Why it is over"), listed=False),
    ),
    opens=Step(
        name="open", label=_("A place is kept indoors"), means=_("Its community owes supplies from now on"),
        operation=Operation.CONFIRM_SUPPLIES, act=actions.open_provision,
        takes=(PLACE, Field(name="because", label=_("Because of"), most=96, help=_("The order's or the measure's number"))),
    ),
    steps=(
        Step(
            name="confirm", label=_("Supplies are confirmed"), means=_("Who brings what, and what shows it"),
            operation=Operation.CONFIRM_SUPPLIES, act=actions.confirm_provision, main=True,
            when=lambda row: row.state == ProvisionState.UNCONFIRMED,
            takes=(
                Field(name="source", label=_("Who brings what")),
                Field(name="evidence", label=pgettext_lazy("supplies", "What shows it"),
                help=_("The purchase, the batch or the contract")),
            ),
        ),
        Step(
            name="close", label=_("People may go out again"), means=_("Nothing more is owed to the place"),
            operation=Operation.CONFIRM_SUPPLIES, act=actions.close_provision,
            when=lambda row: row.state != ProvisionState.CLOSED, takes=(REASON,),
        ),
    ),
    told={
        LineTag.PROVISION_OPENED: _("Kept indoors: supplies are owed"), LineTag.PROVISION_CONFIRMED: _("Supplies confirmed"),
        LineTag.PROVISION_FIRST_REACHED: _("All vulnerable households reached"),
        LineTag.PROVISION_REACHED: _("All households reached"), LineTag.PROVISION_CLOSED: pgettext_lazy("supplies", "Over"),
    },
)  # fmt: skip

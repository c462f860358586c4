"""The books of stock and of hand-over points: catalogue, suppliers, purchases, batches; points, slots, bookings."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.supplies import actions
from bulou.supplies.book import (
    AMOUNT,
    AMOUNT_SEEN,
    GOOD,
    GOOD_SEEN,
    HOME,
    HOME_SEEN,
    MEASURE_SEEN,
    MEASURES,
    PLACE,
    PLACE_SEEN,
    REASON,
    UNIT,
    UNIT_SEEN,
)
from bulou.supplies.choices import BookingState, GoodKind, Measure, PointState, PurchaseState
from bulou.supplies.models import Batch, Booking, Good, Point, Purchase, Slot, Supplier

KINDS = {
    GoodKind.PARCEL.value: _("Parcel for a household"), GoodKind.FOOD.value: _("Food"), GoodKind.INFANT.value: _("For infants"),
    GoodKind.HYGIENE.value: _("Hygiene"), GoodKind.OTHER.value: pgettext_lazy("supplies", "Other"),
}  # fmt: skip
PURCHASE_STATES = {
    PurchaseState.ORDERED.value: pgettext_lazy("purchase", "ordered"),
    PurchaseState.ARRIVED.value: pgettext_lazy("purchase", "arrived"),
    PurchaseState.CANCELLED.value: pgettext_lazy("purchase", "the rest comes no more"),
}  # fmt: skip
POINT_STATES = {
    PointState.OPEN.value: pgettext_lazy("point", "open"), PointState.CLOSED.value: pgettext_lazy("point", "closed"),
}  # fmt: skip
BOOKING_STATES = {
    BookingState.BOOKED.value: pgettext_lazy("booking", "booked"),
    BookingState.COLLECTED.value: pgettext_lazy("booking", "fetched"),
    BookingState.CANCELLED.value: pgettext_lazy("booking", "cancelled"),
}  # fmt: skip
_BIG = 1_000_000_000
_STORE = Field(name="unit", label=_("Unit that keeps it"), kind=Kind.UNIT)


def _goods(by: Actor) -> QuerySet[Good]:
    return Good.objects.filter(within(by, "unit"))


def _suppliers(by: Actor) -> QuerySet[Supplier]:
    return Supplier.objects.filter(within(by, "unit"))


def _purchases(by: Actor) -> QuerySet[Purchase]:
    return Purchase.objects.filter(within(by, "unit")).select_related("good", "supplier")


def _batches(by: Actor) -> QuerySet[Batch]:
    return Batch.objects.filter(within(by, "unit")).select_related("good")


def _points(by: Actor) -> QuerySet[Point]:
    return Point.objects.filter(within(by, "unit", "place_code"))


def _slots(by: Actor) -> QuerySet[Slot]:
    return Slot.objects.filter(within(by, "unit", "place_code")).select_related("point")


def _bookings(by: Actor) -> QuerySet[Booking]:
    return Booking.objects.filter(within(by, "unit", "place_code")).select_related("slot__point")


def _sellers(by: Actor) -> list[tuple[str, str]]:
    found = Supplier.objects.filter(within(by, "unit")) | Supplier.objects.filter(unit__in=codes.chain(by.unit))
    return list(found.order_by("name", "code").values_list("code", "name")[:500])


_LEADER = (
    Field(name="leader", label=_("Group-buy leader"), most=80, needed=False),
    Field(name="leader_phone", label=_("Leader's telephone"), most=32, needed=False),
)
_CROWD = Field(name="crowd", label=_("May stand there at once"), kind=Kind.NUMBER, most=10_000)
_LEADER_SEEN = (
    Column(name="leader", label=_("Group-buy leader")),
    Column(name="leader_phone", label=_("Leader's telephone"), listed=False),
)
_POINT_SEEN = (
    Column(name="at", label=pgettext_lazy("supplies", "Hand-over point"), of="point__name"),
    Column(name="point", label=pgettext_lazy("supplies", "Point's code"), kind=Kind.ROW, of="point_id", book="points",
    listed=False),
)  # fmt: skip

GOODS = Book(
    name="goods", line="D8", title=_("Catalogue of goods"), one=_("Good"), subject="good", model=Good,
    see=Operation.SEE_SUPPLIES, visible=_goods, lead="name",
    note=_("whole grams, millilitres or pieces: nothing is rounded away"),
    columns=(
        Column(name="name", label=pgettext_lazy("supplies", "Name")),
        Column(name="kind", label=_("What"), kind=Kind.WORD, words=KINDS),
        Column(name="measure", label=_("Measured in"), kind=Kind.WORD, words=MEASURES),
        Column(name="usual", label=_("A household usually gets"), kind=Kind.NUMBER), UNIT_SEEN,
    ),
    opens=Step(
        name="open", label=_("Enter a good"), means=_("All below the unit may ask for it"), operation=Operation.KEEP_STOCK,
        act=actions.list_good,
        takes=(
            _STORE, Field(name="name", label=pgettext_lazy("supplies", "Name"), most=80),
            Field(name="kind", label=_("What"), kind=Kind.WORD, words=KINDS, enum=GoodKind),
            Field(name="measure", label=_("Measured in"), kind=Kind.WORD, words=MEASURES, enum=Measure),
            Field(name="usual", label=_("A household usually gets"), kind=Kind.NUMBER, most=_BIG),
        ),
    ),
    told={LineTag.GOOD_LISTED: _("Entered")},
)  # fmt: skip

SUPPLIERS = Book(
    name="suppliers", line="D8", title=_("Suppliers"), one=_("Supplier"), subject="supplier", model=Supplier,
    see=Operation.SEE_SUPPLIES, visible=_suppliers, lead="name", related=(("purchases", "supplier"),),
    columns=(
        Column(name="name", label=pgettext_lazy("supplies", "Name")), Column(name="phone", label=_("Telephone")),
        Column(name="note", label=_("Note")), UNIT_SEEN,
    ),
    opens=Step(
        name="open", label=_("Enter a supplier"), means=_("From whom a unit buys"), operation=Operation.KEEP_STOCK,
        act=actions.list_supplier,
        takes=(
            _STORE, Field(name="name", label=pgettext_lazy("supplies", "Name"), most=120),
            Field(name="phone", label=_("Telephone"), most=32, needed=False),
            Field(name="note", label=_("Note"), needed=False),
        ),
    ),
    told={LineTag.SUPPLIER_LISTED: _("Entered")},
)  # fmt: skip

PURCHASES = Book(
    name="purchases", line="D8", title=_("Purchases"), one=_("Purchase"), subject="purchase", model=Purchase,
    see=Operation.SEE_SUPPLIES, visible=_purchases, lead="what", order="expected_at", state="state",
    closed=(PurchaseState.ARRIVED, PurchaseState.CANCELLED), related=(("supplies", "purchase"),),
    looks={
        PurchaseState.ORDERED: Look.OWED, PurchaseState.ARRIVED: Look.DONE, PurchaseState.CANCELLED: Look.PLAIN,
    },
    columns=(
        *GOOD_SEEN, AMOUNT_SEEN, Column(name="came", label=pgettext_lazy("supplies", "Came"), kind=Kind.NUMBER),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=PURCHASE_STATES),
        Column(name="seller", label=_("Supplier"), of="supplier__name"), UNIT_SEEN,
        Column(name="expected_at", label=pgettext_lazy("supplies", "Expected"), kind=Kind.INSTANT, clock=True),
        Column(name="supplier", label=pgettext_lazy("supplies", "Supplier's code"), kind=Kind.ROW, of="supplier_id",
        book="suppliers", listed=False),
        Column(name="ordered_at", label=pgettext_lazy("supplies", "Ordered at"), kind=Kind.INSTANT, listed=False),
        Column(name="ordered_by", label=pgettext_lazy("supplies", "Ordered by"), listed=False),
        Column(name="ended", label=_("Reason"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Buy"), means=_("The unit owes that it comes in time"), operation=Operation.KEEP_STOCK,
        act=actions.order_goods,
        takes=(
            _STORE, Field(name="supplier", label=_("Supplier"), kind=Kind.ROW, options=_sellers), GOOD, AMOUNT,
            Field(name="expected_at", label=pgettext_lazy("supplies", "Expected"), kind=Kind.INSTANT),
        ),
    ),
    steps=(
        Step(
            name="receive", label=_("So much came"), means=_("It becomes a batch of stock"), operation=Operation.KEEP_STOCK,
            act=actions.receive_purchase, when=lambda row: row.state == PurchaseState.ORDERED, main=True,
            takes=(
                Field(name="came", label=pgettext_lazy("supplies", "Came"), kind=Kind.NUMBER, most=_BIG),
                Field(name="expires_on", label=_("Use by"), kind=Kind.DAY, needed=False),
            ),
        ),
        Step(
            name="cancel", label=_("The rest comes no more"), means=_("With the reason"), operation=Operation.KEEP_STOCK,
            act=actions.cancel_purchase, when=lambda row: row.state == PurchaseState.ORDERED, takes=(REASON,),
        ),
    ),
    told={
        LineTag.PURCHASE_ORDERED: pgettext_lazy("supplies", "Ordered"), LineTag.PURCHASE_ARRIVED: pgettext_lazy("supplies",
        "Came"),
        LineTag.PURCHASE_CANCELLED: _("The rest comes no more"),
    },
)  # fmt: skip

SUPPLIES = Book(
    name="supplies", line="D8", title=_("Stock"), one=_("Batch"), subject="batch", model=Batch, see=Operation.SEE_SUPPLIES,
    visible=_batches, lead="what", order="came_at", latest=True,
    note=_("came = handed out + there + lost, in every batch and at every instant"),
    columns=(
        *GOOD_SEEN, MEASURE_SEEN, UNIT_SEEN, Column(name="came", label=pgettext_lazy("supplies", "Came"), kind=Kind.NUMBER),
        Column(name="there", label=pgettext_lazy("stock", "There"), kind=Kind.NUMBER),
        Column(name="out", label=pgettext_lazy("stock", "Handed out"), kind=Kind.NUMBER),
        Column(name="lost", label=pgettext_lazy("stock", "Lost"), kind=Kind.NUMBER),
        Column(name="expires_on", label=_("Use by"), kind=Kind.DAY),
        Column(name="came_at", label=_("Came at"), kind=Kind.INSTANT),
        Column(name="origin", label=_("Comes from"), listed=False),
        Column(name="purchase", label=_("Purchase"), kind=Kind.ROW, of="purchase_id", book="purchases", listed=False),
        Column(name="parent", label=_("Moved from"), kind=Kind.ROW, of="parent_id", book="supplies", listed=False),
    ),
    opens=Step(
        name="open", label=_("Take stock in"), means=_("What came without a purchase: a gift, an allotment"),
        operation=Operation.KEEP_STOCK, act=actions.take_in,
        takes=(
            _STORE, GOOD, Field(name="came", label=pgettext_lazy("supplies", "Came"), kind=Kind.NUMBER, most=_BIG),
            Field(name="origin", label=_("Comes from"), most=120),
            Field(name="expires_on", label=_("Use by"), kind=Kind.DAY, needed=False),
        ),
    ),
    steps=(
        Step(
            name="hand_out", label=_("Pick for all who wait"), means=_("Vulnerable first, then by their clock"),
            operation=Operation.KEEP_STOCK, act=actions.pick_for_waiting, when=lambda row: row.there > 0, main=True,
        ),
        Step(
            name="move", label=_("Move to another store"), means=_("There it is a batch of its own"),
            operation=Operation.KEEP_STOCK, act=actions.move_stock, when=lambda row: row.there > 0,
            takes=(Field(name="to_unit", label=_("Other store"), kind=Kind.UNIT), AMOUNT),
        ),
        Step(
            name="lose", label=_("Lost or spoilt"), means=_("What is gone is written down with its reason"),
            operation=Operation.KEEP_STOCK, act=actions.lose_stock, when=lambda row: row.there > 0, takes=(AMOUNT, REASON),
        ),
    ),
    told={
        LineTag.STOCK_CAME: pgettext_lazy("supplies", "Came"), LineTag.STOCK_PICKED: _("Picked for all who waited"),
        LineTag.STOCK_MOVED: _("Moved to another store"), LineTag.STOCK_LOST: _("Lost or spoilt"),
    },
)  # fmt: skip

POINTS = Book(
    name="points", line="D8", title=_("Hand-over points"), one=pgettext_lazy("supplies", "Hand-over point"), subject="point",
    model=Point, see=Operation.SEE_SUPPLIES, visible=_points, lead="name", state="state", closed=(PointState.CLOSED,),
    related=(("slots", "point"),),
    looks={PointState.OPEN: Look.OWED, PointState.CLOSED: Look.PLAIN},
    columns=(
        Column(name="name", label=pgettext_lazy("supplies", "Name")), *_LEADER_SEEN,
        Column(name="crowd", label=_("May stand there at once"), kind=Kind.NUMBER),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=POINT_STATES), UNIT_SEEN, PLACE_SEEN,
        Column(name="ended", label=_("Reason"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Open a point"), means=_("Where people fetch things"), operation=Operation.KEEP_POINT,
        act=actions.open_point,
        takes=(UNIT, PLACE, Field(name="name", label=pgettext_lazy("supplies", "Name"), most=120), _CROWD, *_LEADER),
    ),
    steps=(
        Step(
            name="plan", label=_("Plan slots"), means=_("A day cut into slots, each for so many"), main=True,
            operation=Operation.KEEP_POINT, act=actions.plan_slots, when=lambda row: row.state == PointState.OPEN,
            takes=(
                Field(name="on", label=_("Day"), kind=Kind.DAY), Field(name="opens", label=_("From the hour"), most=8),
                Field(name="closes", label=_("To the hour"), most=8),
                Field(name="minutes", label=_("Minutes of a slot"), kind=Kind.NUMBER, most=240),
                Field(name="places", label=_("Households in a slot"), kind=Kind.NUMBER, most=10_000, needed=False),
            ),
        ),
        Step(
            name="leader", label=_("Name the leader"), means=_("Who stands for the point"), operation=Operation.KEEP_POINT,
            act=actions.name_leader,
            takes=(Field(name="leader", label=_("Group-buy leader"), most=80), _LEADER[1]),
        ),
        Step(
            name="close", label=_("Close the point"), means=_("What is booked for later ends with it"),
            operation=Operation.KEEP_POINT, act=actions.close_point, when=lambda row: row.state == PointState.OPEN,
            takes=(REASON,),
        ),
    ),
    told={
        LineTag.POINT_OPENED: pgettext_lazy("point", "Opened"), LineTag.POINT_LEADER: _("Another leader"),
        LineTag.SLOTS_PLANNED: _("Slots planned"),
        LineTag.POINT_CLOSED: pgettext_lazy("point", "Closed"),
    },
)  # fmt: skip

SLOTS = Book(
    name="slots", line="D8", title=_("Slots of the points"), one=_("Slot"), subject="slot", model=Slot,
    see=Operation.SEE_SUPPLIES, visible=_slots, lead="at", order="starts_at", related=(("bookings", "slot"),),
    columns=(
        *_POINT_SEEN, Column(name="starts_at", label=_("Starts"), kind=Kind.INSTANT),
        Column(name="ends_at", label=pgettext_lazy("supplies", "Ends"), kind=Kind.INSTANT),
        Column(name="places", label=_("Places"), kind=Kind.NUMBER),
        Column(name="left", label=pgettext_lazy("slot", "Free"), kind=Kind.NUMBER), UNIT_SEEN, PLACE_SEEN,
    ),
    opens=Step(
        name="open", label=_("Open a slot"), means=_("Never for more than may stand there"), operation=Operation.KEEP_POINT,
        act=actions.open_slot,
        takes=(
            Field(name="point", label=pgettext_lazy("supplies", "Point's code"), kind=Kind.ROW, most=24),
            Field(name="starts_at", label=_("Starts"), kind=Kind.INSTANT),
            Field(name="ends_at", label=pgettext_lazy("supplies", "Ends"), kind=Kind.INSTANT),
            Field(name="places", label=_("Places"), kind=Kind.NUMBER, most=10_000),
        ),
    ),
)  # fmt: skip

BOOKINGS = Book(
    name="bookings", line="D8", title=_("Booked slots"), one=_("Booking"), subject="booking", model=Booking,
    see=Operation.SEE_SUPPLIES, visible=_bookings, lead="household_id", order="booked_at", state="state", personal=True,
    closed=(BookingState.COLLECTED, BookingState.CANCELLED),
    looks={BookingState.BOOKED: Look.OWED, BookingState.COLLECTED: Look.DONE, BookingState.CANCELLED: Look.PLAIN},
    columns=(
        HOME_SEEN, Column(name="at", label=pgettext_lazy("supplies", "Hand-over point"), of="slot__point__name"),
        Column(name="starts_at", label=_("Starts"), kind=Kind.INSTANT, of="slot__starts_at"),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=BOOKING_STATES), UNIT_SEEN,
        Column(name="slot", label=_("Slot"), kind=Kind.ROW, of="slot_id", book="slots", listed=False),
        Column(name="booked_at", label=_("Booked at"), kind=Kind.INSTANT, listed=False),
        Column(name="booked_by", label=_("Booked by"), listed=False),
        Column(name="proof", label=pgettext_lazy("supplies", "What proves it"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Book a slot"), means=_("A full slot names the next one"), operation=Operation.BOOK_SLOT,
        act=actions.book_slot, takes=(Field(name="slot", label=_("Slot"), kind=Kind.ROW, most=24), HOME),
    ),
    steps=(
        Step(
            name="collect", label=_("Fetched"), means=_("With who signed"), operation=Operation.DELIVER_SUPPLIES,
            act=actions.collect_booking, when=lambda row: row.state == BookingState.BOOKED, main=True,
            takes=(Field(name="proof", label=_("Who signed"), most=120),),
        ),
        Step(
            name="cancel", label=_("Does not come"), means=_("The place is free again"), operation=Operation.BOOK_SLOT,
            act=actions.cancel_booking, when=lambda row: row.state == BookingState.BOOKED,
        ),
    ),
    told={
        LineTag.SLOT_BOOKED: pgettext_lazy("supplies", "Booked"), LineTag.BOOKING_COLLECTED: _("Fetched"),
        LineTag.BOOKING_CANCELLED: _("Does not come"),
    },
)  # fmt: skip

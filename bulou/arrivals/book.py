"""The books of arrivals and of their tests."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.arrivals import actions, rules
from bulou.arrivals.choices import ArrivalState, Measure, Risk, TestState, Transport
from bulou.arrivals.models import Arrival, ArrivalTest
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag

RISKS = {
    Risk.HIGH.value: pgettext_lazy("arrival", "Area of high risk"),
    Risk.MID.value: pgettext_lazy("arrival", "Area of medium risk"),
    Risk.LOW.value: pgettext_lazy("arrival", "Area of low risk"), Risk.NONE.value: pgettext_lazy("arrival", "No area of risk"),
}  # fmt: skip
TRANSPORTS = {
    Transport.TRAIN.value: pgettext_lazy("arrival", "Train"), Transport.PLANE.value: pgettext_lazy("arrival", "Plane"),
    Transport.COACH.value: pgettext_lazy("arrival", "Coach"), Transport.CAR.value: pgettext_lazy("arrival", "Car"),
    Transport.OTHER.value: pgettext_lazy("arrival", "Otherwise"),
}  # fmt: skip
MEASURES = {
    Measure.NONE.value: pgettext_lazy("arrival", "nothing"), Measure.TESTS.value: pgettext_lazy("arrival", "tests only"),
    Measure.HOME.value: pgettext_lazy("arrival", "observation at home"),
    Measure.CENTRAL.value: pgettext_lazy("arrival", "observation at a site"),
}  # fmt: skip
STATES = {
    ArrivalState.EXPECTED.value: pgettext_lazy("arrival", "expected"),
    ArrivalState.ARRIVED.value: pgettext_lazy("arrival", "here"),
    ArrivalState.OFFERED.value: pgettext_lazy("arrival", "the community of stay is asked"),
    ArrivalState.FOLLOWED.value: pgettext_lazy("arrival", "followed"),
    ArrivalState.SEARCHED.value: pgettext_lazy("arrival", "not at the address"),
    ArrivalState.ENDED.value: pgettext_lazy("arrival", "ended by the rule"),
    ArrivalState.CANCELLED.value: pgettext_lazy("arrival", "did not come"),
}  # fmt: skip
TESTS = {
    TestState.OWED.value: pgettext_lazy("arrival", "owed"), TestState.TAKEN.value: pgettext_lazy("arrival", "taken"),
    TestState.MISSED.value: pgettext_lazy("arrival", "missed"),
    TestState.NOT_OWED.value: pgettext_lazy("arrival", "asked no more"),
}  # fmt: skip


def _arrivals(by: Actor) -> QuerySet[Arrival]:
    return Arrival.objects.filter(within(by, "unit", "place_code", "offered_to"))


def _tests(by: Actor) -> QuerySet[ArrivalTest]:
    return ArrivalTest.objects.filter(within(by, "unit", "place_code")).select_related("arrival")


def _state(*states: ArrivalState) -> Callable[[Arrival], bool]:
    return lambda row: row.state in states


_PLACE_CODE = Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE)
_STAY = Field(name="stay", label=pgettext_lazy("arrival", "Address"), most=160)
_REASON = Field(name="reason", label=_("Reason"))

ARRIVALS = Book(
    name="arrivals", line="D13", title=_("Arrivals"), one=pgettext_lazy("arrival", "Arrival"), subject="arrival", model=Arrival,
    see=Operation.SEE_ARRIVALS, visible=_arrivals, order="arrives_at", latest=True, state="state", personal=True,
    closed=(ArrivalState.ENDED, ArrivalState.CANCELLED), related=(("arrival_tests", "arrival"),), also=("offered_to_id",),
    note=_("never more than the rule, which ends by itself; a measure at home or at a site is proposed in the register"),
    looks={
        ArrivalState.EXPECTED: Look.PLAIN, ArrivalState.ARRIVED: Look.WAITS, ArrivalState.OFFERED: Look.WAITS,
        ArrivalState.FOLLOWED: Look.OWED, ArrivalState.SEARCHED: Look.LATE, ArrivalState.ENDED: Look.DONE,
        ArrivalState.CANCELLED: Look.PLAIN,
    },
    columns=(
        Column(name="name", label=pgettext_lazy("arrival", "Name"), listed=False),
        Column(name="risk", label=pgettext_lazy("arrival", "Stayed in"), kind=Kind.WORD, words=RISKS),
        Column(name="state", label=pgettext_lazy("arrival", "State"), kind=Kind.WORD, words=STATES),
        Column(name="unit", label=_("Owes the follow-up"), kind=Kind.UNIT, of="unit_id"),
        Column(name="measure", label=_("What is asked"), kind=Kind.WORD, words=MEASURES),
        Column(name="arrives_at", label=_("Arrives at"), kind=Kind.INSTANT),
        Column(name="ends_at", label=_("Ends by the rule"), kind=Kind.INSTANT),
        Column(name="whence", label=pgettext_lazy("arrival", "From where")),
        Column(name="person_id", label=pgettext_lazy("arrival", "Person"), kind=Kind.PERSON, listed=False),
        Column(name="phone", label=pgettext_lazy("arrival", "Phone"), listed=False),
        Column(name="left_on", label=_("Left there on"), kind=Kind.DAY, listed=False),
        Column(name="transport", label=pgettext_lazy("arrival", "By"), kind=Kind.WORD, words=TRANSPORTS, listed=False),
        Column(name="carrier", label=_("Train, flight, plate"), listed=False),
        Column(name="stay_unit", label=_("Community of stay"), kind=Kind.UNIT, of="stay_unit_id", listed=False),
        Column(name="offered_to", label=pgettext_lazy("arrival", "Offered to"), kind=Kind.UNIT, of="offered_to_id",
        listed=False),
        Column(name="place_code", label=pgettext_lazy("arrival", "Area"), kind=Kind.PLACE, listed=False),
        Column(name="stay", label=pgettext_lazy("arrival", "Address"), listed=False),
        Column(name="days", label=_("Days asked"), kind=Kind.NUMBER, listed=False),
        Column(name="rule", label=pgettext_lazy("arrival", "The rule"), listed=False),
        Column(name="relief", label=_("Why less is asked"), listed=False),
        Column(name="registered_by", label=pgettext_lazy("arrival", "Registered by"), listed=False),
        Column(name="arrived_at", label=pgettext_lazy("arrival", "Here since"), kind=Kind.INSTANT, listed=False),
        Column(name="accepted_at", label=_("Taken over at"), kind=Kind.INSTANT, listed=False),
        Column(name="tried", label=_("What was tried"), listed=False),
        Column(name="ended", label=_("How it ended"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Register an arrival"), means=_("Before or at the arrival; what the rule asks follows by itself"),
        operation=Operation.REGISTER_ARRIVAL, act=actions.register_arrival,
        takes=(
            Field(name="name", label=pgettext_lazy("arrival", "Name"), most=80),
            Field(name="phone", label=pgettext_lazy("arrival", "Phone"), needed=False, most=24),
            Field(name="person_id", label=pgettext_lazy("arrival", "Person number"), needed=False, most=40),
            Field(name="whence", label=pgettext_lazy("arrival", "From where"), most=120),
            Field(name="risk", label=pgettext_lazy("arrival", "Stayed in"), kind=Kind.WORD, words=RISKS, enum=Risk,
            help=_("In the seven days before")),
            Field(name="left_on", label=_("Left there on"), kind=Kind.DAY, needed=False, help=_("Days count from then")),
            Field(name="transport", label=pgettext_lazy("arrival", "By"), kind=Kind.WORD, words=TRANSPORTS, enum=Transport),
            Field(name="carrier", label=_("Train, flight, plate"), needed=False, most=60),
            Field(name="arrives_at", label=_("Arrives at"), kind=Kind.INSTANT),
            Field(name="unit", label=_("Owes it until it is taken over"), kind=Kind.UNIT),
            Field(name="stay_unit", label=_("Community of stay"), kind=Kind.UNIT), _PLACE_CODE, _STAY,
        ),
    ),
    steps=(
        Step(
            name="arrive", label=_("The person is here"), means=_("Tests and hand-over are owed from now on"),
            operation=Operation.REGISTER_ARRIVAL, act=actions.arrive, when=_state(ArrivalState.EXPECTED), main=True,
        ),
        Step(
            name="accept", label=_("We take over"), means=_("The follow-up and its tests are yours from now on"),
            operation=Operation.FOLLOW_ARRIVAL, act=actions.accept_arrival, when=_state(ArrivalState.OFFERED), main=True,
        ),
        Step(
            name="decline", label=_("Not ours"), means=_("Who asked owes it as before; twice, a superior decides"),
            operation=Operation.FOLLOW_ARRIVAL, act=actions.decline_arrival, when=_state(ArrivalState.OFFERED),
            takes=(_REASON,),
        ),
        Step(
            name="pass_on", label=_("Another address"), means=_("Its community is asked; until it accepts it stays owed here"),
            operation=Operation.FOLLOW_ARRIVAL, act=actions.pass_on,
            when=_state(ArrivalState.ARRIVED, ArrivalState.OFFERED, ArrivalState.FOLLOWED),
            takes=(Field(name="unit", label=_("Community of stay"), kind=Kind.UNIT), _PLACE_CODE, _STAY, _REASON),
        ),
        Step(
            name="not_found", label=pgettext_lazy("arrival", "Not at the address"), means=_("The unit above searches"),
            operation=Operation.FOLLOW_ARRIVAL, act=actions.not_found, when=_state(ArrivalState.ARRIVED, ArrivalState.FOLLOWED),
            takes=(Field(name="tried", label=_("What was tried")),),
        ),
        Step(
            name="found", label=pgettext_lazy("arrival", "Found"), means=_("Here, or where that community is asked"),
            operation=Operation.FOLLOW_ARRIVAL, act=actions.found_again, when=_state(ArrivalState.SEARCHED), main=True,
            takes=(Field(name="unit", label=_("Community of stay"), kind=Kind.UNIT), _PLACE_CODE, _STAY),
        ),
        Step(
            name="terms", label=_("Ask less"), means=_("With a reason; more than the rule is refused"),
            operation=Operation.FOLLOW_ARRIVAL, act=actions.set_terms, when=lambda row: row.state in rules.HERE,
            takes=(
                Field(name="measure", label=_("What is asked"), kind=Kind.WORD, words=MEASURES, enum=Measure),
                Field(name="days", label=_("Days asked"), kind=Kind.NUMBER, most=99, needed=False),
                Field(name="tests", label=_("Days of tests"), needed=False, most=60, help=_("For example 1,3; blank for none")),
                _REASON,
            ),
        ),
        Step(
            name="cancel", label=pgettext_lazy("arrival", "Does not come"), means=_("And how that is known"),
            operation=Operation.REGISTER_ARRIVAL,
            act=actions.cancel_arrival, when=_state(ArrivalState.EXPECTED), takes=(_REASON,),
        ),
    ),
    told={
        LineTag.ARRIVAL_REGISTERED: pgettext_lazy("arrival", "Registered"), LineTag.ARRIVAL_HERE: _("The person is here"),
        LineTag.ARRIVAL_OFFERED: _("A community was asked to take over"), LineTag.ARRIVAL_FOLLOWED: pgettext_lazy("arrival",
        "Taken over"),
        LineTag.ARRIVAL_NOT_FOUND: pgettext_lazy("arrival", "Not at the address"),
        LineTag.ARRIVAL_FOUND: pgettext_lazy("arrival",
        "Found"),
        LineTag.ARRIVAL_RELIEVED: _("Less is asked"), LineTag.ARRIVAL_CANCELLED: pgettext_lazy("arrival", "Does not come"),
        LineTag.ARRIVAL_ENDED: _("Ended by the rule"),
    },
)  # fmt: skip

ARRIVAL_TESTS = Book(
    name="arrival_tests", line="D13", title=_("Arrivals' tests"), one=_("Test of an arrival"), subject="arrival_test",
    model=ArrivalTest, see=Operation.SEE_ARRIVALS, visible=_tests, order="due_at", state="state", personal=True,
    closed=(TestState.TAKEN, TestState.MISSED, TestState.NOT_OWED),
    looks={
        TestState.OWED: Look.OWED, TestState.TAKEN: Look.DONE, TestState.MISSED: Look.LATE, TestState.NOT_OWED: Look.PLAIN,
    },
    columns=(
        Column(name="arrival", label=pgettext_lazy("arrival", "Arrival"), kind=Kind.ROW, of="arrival_id", book="arrivals"),
        Column(name="day", label=_("Day of the rule"), kind=Kind.NUMBER),
        Column(name="first", label=_("On arrival"), kind=Kind.YES),
        Column(name="state", label=pgettext_lazy("arrival", "State"), kind=Kind.WORD, words=TESTS),
        Column(name="unit", label=pgettext_lazy("arrival", "Whose it is"), kind=Kind.UNIT, of="unit_id"),
        Column(name="due_at", label=_("Taken by"), kind=Kind.INSTANT, clock=True),
        Column(name="tube", label=pgettext_lazy("arrival", "Tube")),
        Column(name="taken_at", label=_("Taken at"), kind=Kind.INSTANT, listed=False),
        Column(name="taken_by", label=_("Sampled by"), listed=False),
    ),
    steps=(
        Step(
            name="take", label=_("The sample is taken"), means=_("Its result comes by the specimen chain"),
            operation=Operation.FOLLOW_ARRIVAL, act=actions.take_test, main=True,
            when=lambda row: row.state in {TestState.OWED, TestState.MISSED},
            takes=(Field(name="tube", label=pgettext_lazy("arrival", "Tube"), most=60),),
        ),
    ),
    told={LineTag.ARRIVAL_TESTED: _("The sample is taken")},
)  # fmt: skip

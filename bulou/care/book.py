"""The books of medical access: needs, hospitals' answers, standing visits."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.care import actions, rules
from bulou.care.choices import AnswerState, CareState, How, Need
from bulou.care.models import CareNeed, HospitalAnswer, StandingVisit
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.units.choices import UnitKind
from bulou.units.models import Unit

NEEDS = {
    Need.EMERGENCY.value: _("Emergency"), Need.CHILDBIRTH.value: _("Childbirth"), Need.DIALYSIS.value: _("Dialysis"),
    Need.CHEMOTHERAPY.value: _("Chemotherapy, radiotherapy"), Need.CLINIC.value: _("Other visit to a clinic"),
    Need.MEDICINE.value: _("Medicine brought"), Need.COUNSELLING.value: _("Counselling"),
}  # fmt: skip
STATES = {
    CareState.ASKED.value: pgettext_lazy("care", "no hospital yet"),
    CareState.ACCEPTED.value: pgettext_lazy("care", "expected there"),
    CareState.ON_THE_WAY.value: pgettext_lazy("care", "on the way"),
    CareState.RECEIVED.value: pgettext_lazy("care", "in the hospital"),
    CareState.HELPED.value: pgettext_lazy("care", "helped"), CareState.WITHDRAWN.value: pgettext_lazy("care", "withdrawn"),
}  # fmt: skip
ANSWERS = {
    AnswerState.ASKED.value: pgettext_lazy("hospital", "asked"),
    AnswerState.ACCEPTED.value: pgettext_lazy("hospital", "takes the person"),
    AnswerState.REFUSED.value: pgettext_lazy("hospital", "refused"),
    AnswerState.OVERTAKEN.value: pgettext_lazy("hospital", "another one did"),
}  # fmt: skip
HOWS = {
    How.PHONE.value: _("Telephone"), How.CAPTAIN.value: _("Building captain"), How.PAPER.value: _("Paper"),
    How.VISIT.value: pgettext_lazy("care", "At the door"),
    How.STANDING.value: _("Standing visit"), How.WEB.value: _("Web"),
}  # fmt: skip


def _needs(by: Actor) -> QuerySet[CareNeed]:
    return CareNeed.objects.filter(within(by, "unit", "place_code", "hospital"))


def _answers(by: Actor) -> QuerySet[HospitalAnswer]:
    return HospitalAnswer.objects.filter(within(by, "hospital", "need__unit", "need__place_code"))


def _visits(by: Actor) -> QuerySet[StandingVisit]:
    return StandingVisit.objects.filter(within(by, "unit", "place_code"))


def _hospitals(_by: Actor) -> list[tuple[str, str]]:
    """Every hospital may be asked: an ambulance does not stop at a district's border."""
    return list(Unit.objects.filter(kind=UnitKind.HOSPITAL).order_by("code").values_list("code", "name"))


def _can_be_offered(row: CareNeed) -> bool:
    return row.state == CareState.ASKED and rules.travels(Need(row.need))


def _can_end(row: CareNeed) -> bool:
    return row.state == (CareState.RECEIVED if rules.travels(Need(row.need)) else CareState.ASKED)


_ASKED = Field(name="how", label=_("Told us by"), kind=Kind.WORD, words=HOWS, enum=How)
_PERSON = Field(name="person_id", label=_("Person number"), most=40)
_NEED = Field(name="need", label=_("Need"), kind=Kind.WORD, words=NEEDS, enum=Need)
_UNIT = Field(name="unit", label=_("Unit that sees to it"), kind=Kind.UNIT)
_PLACE = Field(name="place_code", label=_("Place's code"), kind=Kind.PLACE)
_RESULT = Field(name="result", label=_("What came of it"))

CARE = Book(
    name="care", line="D10", title=_("Medical access"), one=_("Need"), subject="care", model=CareNeed, see=Operation.SEE_CARE,
    visible=_needs, order="due_at", state="state", closed=(CareState.HELPED, CareState.WITHDRAWN), clocked=(CareState.ASKED,),
    personal=True,
    note=_("minutes, not hours; nobody is refused for want of a test"), related=(("hospital_answers", "need"),),
    looks={
        CareState.ASKED: Look.WAITS, CareState.ACCEPTED: Look.OWED, CareState.ON_THE_WAY: Look.OWED,
        CareState.RECEIVED: Look.OWED,
        CareState.HELPED: Look.DONE, CareState.WITHDRAWN: Look.PLAIN,
    },
    columns=(
        Column(name="need", label=_("Need"), kind=Kind.WORD, words=NEEDS),
        Column(name="person_id", label=_("Person"), kind=Kind.PERSON),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=STATES),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id"),
        Column(name="hospital", label=_("Hospital"), kind=Kind.UNIT, of="hospital_id"),
        Column(name="due_at", label=_("Accepted or helped by"), kind=Kind.INSTANT, clock=True),
        Column(name="refusals", label=_("Refusals"), kind=Kind.NUMBER),
        Column(name="place_code", label=pgettext_lazy("care", "Area"), kind=Kind.PLACE, listed=False),
        Column(name="how", label=_("Told us by"), kind=Kind.WORD, words=HOWS, listed=False),
        Column(name="note", label=_("Note"), listed=False),
        Column(name="asked_at", label=pgettext_lazy("care", "Asked at"), kind=Kind.INSTANT, listed=False),
        Column(name="asked_by", label=pgettext_lazy("care", "Asked by"), listed=False),
        Column(name="visit_at", label=_("Appointment"), kind=Kind.INSTANT, listed=False),
        Column(name="standing", label=_("Standing visit"), kind=Kind.ROW, of="standing_id", book="standing_visits",
        listed=False),
        Column(name="vehicle", label=_("Vehicle"), listed=False),
        Column(name="left_at", label=_("Set off"), kind=Kind.INSTANT, listed=False),
        Column(name="received_at", label=_("Received"), kind=Kind.INSTANT, listed=False),
        Column(name="ended_at", label=_("Ended"), kind=Kind.INSTANT, listed=False),
        Column(name="result", label=_("What came of it"), listed=False),
    ),
    opens=Step(
        name="open", label=_("Somebody needs help"), means=_("The clock runs in minutes from now"),
        operation=Operation.ASK_CARE,
        act=actions.ask_care,
        takes=(_PERSON, _NEED, _UNIT, _PLACE, _ASKED, Field(name="note", label=_("Note"), needed=False, most=300)),
    ),
    steps=(
        Step(
            name="hospital", label=_("Ask a hospital"), means=_("It owes an answer in minutes; ask several at once"),
            operation=Operation.KEEP_CARE, act=actions.ask_hospital, when=_can_be_offered, main=True,
            takes=(Field(name="hospital", label=_("Hospital"), kind=Kind.UNIT, options=_hospitals),),
        ),
        Step(
            name="leave", label=_("Set off"), means=_("No measure and no missing test stops it"), operation=Operation.KEEP_CARE,
            act=actions.set_off, when=lambda row: row.state == CareState.ACCEPTED, main=True,
            takes=(Field(name="vehicle", label=_("Vehicle"), most=80),),
        ),
        Step(
            name="receive", label=_("The hospital has the person"), means=_("Signed by the hospital"),
            operation=Operation.ANSWER_CARE,
            act=actions.receive_person, when=lambda row: row.state in {CareState.ACCEPTED, CareState.ON_THE_WAY}, main=True,
        ),
        Step(
            name="end", label=_("Helped"), means=_("Home again, medicine in the hand, call made"),
            operation=Operation.KEEP_CARE,
            act=actions.end_care, when=_can_end, main=True, takes=(_RESULT,),
        ),
        Step(
            name="withdraw", label=_("The person does not want it"), means=_("Who said so, and why"),
            operation=Operation.KEEP_CARE,
            act=actions.withdraw_care, when=lambda row: row.state in {CareState.ASKED, CareState.ACCEPTED}, takes=(_RESULT,),
        ),
    ),
    told={
        LineTag.CARE_ASKED: _("Help was asked for"), LineTag.HOSPITAL_ASKED: _("A hospital was asked"),
        LineTag.CARE_REFUSED: pgettext_lazy("care", "Refused"),
        LineTag.CARE_ACCEPTED: _("A hospital takes the person"), LineTag.CARE_ON_THE_WAY: pgettext_lazy("care", "On the way"),
        LineTag.CARE_RECEIVED: _("In the hospital"),
        LineTag.CARE_ENDED: _("Helped"), LineTag.CARE_WITHDRAWN: _("Withdrawn"),
    },
)  # fmt: skip

HOSPITAL_ANSWERS = Book(
    name="hospital_answers", line="D10", title=_("Questions to hospitals"), one=_("Question to a hospital"),
    subject="hospital_answer",
    model=HospitalAnswer, see=Operation.SEE_CARE, visible=_answers, order="asked_at", latest=True, state="state",
    unit="hospital_id",
    closed=(AnswerState.ACCEPTED, AnswerState.REFUSED, AnswerState.OVERTAKEN),
    looks={
        AnswerState.ASKED: Look.WAITS, AnswerState.ACCEPTED: Look.DONE, AnswerState.REFUSED: Look.LATE,
        AnswerState.OVERTAKEN: Look.PLAIN,
    },
    columns=(
        Column(name="hospital", label=_("Hospital"), kind=Kind.UNIT, of="hospital_id"),
        Column(name="need", label=_("Need"), kind=Kind.ROW, of="need_id", book="care"),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=ANSWERS),
        Column(name="asked_at", label=pgettext_lazy("care", "Asked at"), kind=Kind.INSTANT),
        Column(name="due_at", label=_("Answer by"), kind=Kind.INSTANT, clock=True),
        Column(name="reason", label=_("Reason")),
        Column(name="no_test", label=_("For want of a test"), kind=Kind.YES, listed=False),
        Column(name="answered_at", label=pgettext_lazy("care", "Answered at"), kind=Kind.INSTANT, listed=False),
        Column(name="answered_by", label=pgettext_lazy("care", "Answered by"), listed=False),
    ),
    steps=(
        Step(
            name="accept", label=_("We take the person"), means=_("From now on you expect the person"),
            operation=Operation.ANSWER_CARE,
            act=actions.accept_person, when=lambda row: row.state == AnswerState.ASKED, main=True,
        ),
        Step(
            name="refuse", label=_("We cannot"), means=_("With the reason; the unit above decides at once"),
            operation=Operation.ANSWER_CARE, act=actions.refuse_person, when=lambda row: row.state == AnswerState.ASKED,
            takes=(
                Field(name="reason", label=_("Reason")),
                Field(name="no_test", label=_("For want of a test (never a ground; it is reported)"), kind=Kind.YES,
                needed=False),
            ),
        ),
    ),
    told={LineTag.HOSPITAL_ACCEPTED: _("The hospital takes the person"), LineTag.HOSPITAL_REFUSED: _("The hospital refused")},
)  # fmt: skip

STANDING_VISITS = Book(
    name="standing_visits", line="D10", title=_("Standing visits"), one=_("Standing visit"), subject="visit",
    model=StandingVisit,
    see=Operation.SEE_CARE, visible=_visits, personal=True, related=(("care", "standing"),),
    note=_("each is asked for the day before, whatever is ordered for the place"),
    columns=(
        Column(name="person_id", label=_("Person"), kind=Kind.PERSON),
        Column(name="need", label=_("Need"), kind=Kind.WORD, words=NEEDS),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id"),
        Column(name="hospital", label=_("Hospital"), kind=Kind.UNIT, of="hospital_id"),
        Column(name="weekdays", label=_("Weekdays")),
        Column(name="hour", label=_("Time"), of=lambda row: f"{row.at:%H:%M}"),
        Column(name="place_code", label=pgettext_lazy("care", "Area"), kind=Kind.PLACE, listed=False),
        Column(name="since_on", label=pgettext_lazy("care", "From"), kind=Kind.DAY),
        Column(name="until_on", label=_("Until"), kind=Kind.DAY),
    ),
    opens=Step(
        name="open", label=_("Keep a standing visit"), means=_("Dialysis and the like go on in a sealed compound"),
        operation=Operation.KEEP_CARE, act=actions.keep_standing_visit,
        takes=(
            _PERSON, _NEED, _UNIT, _PLACE,
            Field(name="hospital", label=_("Hospital"), kind=Kind.UNIT, options=_hospitals),
            Field(name="weekdays", label=_("Weekdays"), most=7, help=_("1 for Monday to 7 for Sunday: 135")),
            Field(name="hour", label=_("Time"), most=8, help=_("At the hospital: 02:00")),
            Field(name="since_on", label=pgettext_lazy("care", "From"), kind=Kind.DAY),
            Field(name="until_on", label=_("Until"), kind=Kind.DAY, needed=False),
        ),
    ),
    steps=(
        Step(
            name="end", label=_("End the visits"), means=_("With this day"), operation=Operation.KEEP_CARE,
            act=actions.end_standing_visit,
            when=lambda row: row.until_on is None, takes=(Field(name="until_on", label=_("Last day"), kind=Kind.DAY),),
        ),
    ),
    told={LineTag.VISIT_KEPT: _("Kept"), LineTag.VISIT_ENDED: _("Ended")},
)  # fmt: skip

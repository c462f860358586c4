"""The books of antigen rounds: kits by community, and what people report of their self-tests."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel.actor import Actor
from bulou.ledger.tags import Tag
from bulou.rounds.choices import RoundKind, RoundState
from bulou.rounds.models import TestingRound
from bulou.testing import kits, visits
from bulou.testing.choices import AntigenOutcome
from bulou.testing.models import AntigenReport, KitDelivery

STATES = {"owed": pgettext_lazy("kits", "doors without kits"), "done": pgettext_lazy("kits", "at every door")}
OUTCOMES = {
    AntigenOutcome.NEGATIVE.value: _("Negative"), AntigenOutcome.POSITIVE.value: _("Positive: a PCR visit is owed"),
    AntigenOutcome.INVALID.value: _("Invalid: counts as no test"),
}  # fmt: skip


def _kits(by: Actor) -> QuerySet[KitDelivery]:
    return KitDelivery.objects.filter(within(by, "unit", "place_code"))


def _reports(by: Actor) -> QuerySet[AntigenReport]:
    return AntigenReport.objects.filter(within(by, "place_code"))


def _rounds(_by: Actor) -> list[tuple[str, str]]:
    return list(TestingRound.objects.filter(kind=RoundKind.ANTIGEN, state=RoundState.OPEN).values_list("code", "name"))


KIT_DELIVERIES = Book(
    name="kits", line="D1", title=_("Self-test kits"), one=_("Kits of a community"), subject="kits", model=KitDelivery,
    see=Operation.SEE_ROUND, visible=_kits, lead="place_code", order="due_at", state="state", closed=("done",),
    looks={"owed": Look.OWED, "done": Look.DONE}, note=_("at every door by the round's hour"),
    columns=(
        Column(name="place_code", label=_("Community"), kind=Kind.PLACE),
        Column(name="round", label=_("Round"), of="round_id"),
        Column(name="state", label=_("State"), kind=Kind.WORD, words=STATES, of=lambda row: row.state),
        Column(name="households", label=_("Households"), kind=Kind.NUMBER),
        Column(name="delivered", label=_("With kits"), kind=Kind.NUMBER),
        Column(name="missing", label=_("Without kits"), kind=Kind.NUMBER, of=lambda row: row.missing),
        Column(name="due_at", label=_("At every door by"), kind=Kind.INSTANT, clock=True),
        Column(name="unit", label=_("Unit"), kind=Kind.UNIT, of="unit_id", listed=False),
        Column(name="done_at", label=_("Done at"), kind=Kind.INSTANT, listed=False),
        Column(name="evidence", label=pgettext_lazy("testing", "Evidence"), listed=False),
    ),
    steps=(
        Step(
            name="deliver", label=_("Kits delivered"), means=_("Households that got theirs just now"),
            operation=Operation.RECORD_VISIT, act=kits.deliver_kits, when=lambda row: row.missing > 0, main=True,
            takes=(
                Field(name="households", label=_("Households"), kind=Kind.NUMBER, most=1_000_000),
                Field(name="evidence", label=pgettext_lazy("testing", "Evidence"),
                help=_("The list's number, or the photograph's hash")),
            ),
        ),
    ),
    told={Tag.KITS_DELIVERED: _("Kits delivered")},
)  # fmt: skip

SELF_TESTS = Book(
    name="self_tests", line="D1", title=_("Self-tests"), one=_("Self-test"), subject="self_test", model=AntigenReport,
    see=Operation.SEE_PEOPLE, visible=_reports, order="reported_at", latest=True, state="outcome", personal=True,
    looks={AntigenOutcome.NEGATIVE: Look.DONE, AntigenOutcome.POSITIVE: Look.WAITS, AntigenOutcome.INVALID: Look.PLAIN},
    closed=tuple(AntigenOutcome), note=_("by telephone, paper or building captain; a positive is no case before its PCR"),
    unit="place_code", in_files=False,
    columns=(
        Column(name="person_id", label=_("Person"), kind=Kind.PERSON),
        Column(name="round_code", label=_("Round"), of="round_id"),
        Column(name="place_code", label=pgettext_lazy("testing", "Area"), kind=Kind.PLACE, listed=False),
        Column(name="outcome", label=_("Result"), kind=Kind.WORD, words=OUTCOMES),
        Column(name="reported_at", label=_("Reported at"), kind=Kind.INSTANT),
    ),
    opens=Step(
        name="open", label=_("Report a self-test"), means=_("A positive owes a visit for a PCR sample within hours"),
        operation=Operation.RECORD_VISIT, act=visits.report_antigen,
        takes=(
            Field(name="round_code", label=_("Round"), options=_rounds, most=40),
            Field(name="person_id", label=_("Person number"), most=40),
            Field(name="outcome", label=_("Result"), kind=Kind.WORD, words=OUTCOMES, enum=AntigenOutcome),
        ),
    ),
)  # fmt: skip

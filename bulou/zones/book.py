"""The books of risk zones: the zones with what they lack before they are lowered, and the places they are drawn from."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext, pgettext, pgettext_lazy

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.books.values import Book, Column, Field, Kind, Look, Step
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger.line_tags import LineTag
from bulou.restrictions.choices import Kind as Measure
from bulou.restrictions.choices import State as MeasureState
from bulou.restrictions.models import Restriction
from bulou.zones import actions
from bulou.zones.choices import Missing, RiskLevel, ZoneState
from bulou.zones.models import RiskZone, ZonePart
from bulou.zones.rows import parts_of, standing_at

LEVELS = {
    RiskLevel.HIGH.value: pgettext_lazy("zone", "high risk"),
    RiskLevel.MID.value: pgettext_lazy("zone", "mid risk"),
    RiskLevel.LOW.value: pgettext_lazy("zone", "low risk"),
}
STATES = {
    ZoneState.PROPOSED.value: pgettext_lazy("zone", "proposed"),
    ZoneState.DECLARED.value: pgettext_lazy("zone", "declared"),
    ZoneState.REFUSED.value: pgettext_lazy("zone", "refused"),
    ZoneState.ENDED.value: pgettext_lazy("zone", "over"),
}


def _reason_said(row: RiskZone) -> str:
    """Why it was proposed: the software's own words in the reader's language, a person's as they are."""
    _, found, case = row.reason.partition("a positive: case:")
    return pgettext("zone", "a positive: case %(case)s") % {"case": case} if found else row.reason


_ZONE = pgettext_lazy("zone", "Risk zone")
_REASON = Field(name="reason", label=pgettext_lazy("zone", "Reason"))


def _zones(by: Actor) -> QuerySet[RiskZone]:
    inside = ZonePart.objects.filter(within(by, "place_code"), zone=OuterRef("pk"))
    found = RiskZone.objects.filter(within(by, "unit", "proposed_unit", "authority") | Exists(inside))
    return found.prefetch_related("parts")


def _parts(by: Actor) -> QuerySet[ZonePart]:
    return ZonePart.objects.filter(within(by, "place_code", "zone__unit", "zone__authority")).select_related("zone")


def _targets(by: Actor) -> list[tuple[str, str]]:
    found = _zones(by).filter(state=ZoneState.DECLARED).order_by("name", "code")
    return [(code, f"{name} · {code}") for code, name in found.values_list("code", "name")[:500]]


def lacks(row: RiskZone) -> str:
    """What a declared zone lacks before it may be lowered, in the reader's language."""
    if row.state != ZoneState.DECLARED:
        return ""
    found = standing_at(row, clock.city())
    if found.met:
        return gettext("nothing: to be lowered now")
    said = []
    if Missing.DAYS in found.missing:
        said.append(gettext("%(days)s more days without a new infection") % {"days": found.days_left})
    if Missing.ROUND in found.missing:
        said.append(gettext("the clean round of day %(day)s") % {"day": found.days_needed})
    return "; ".join(said)


def _days(row: RiskZone) -> str:
    if row.state != ZoneState.DECLARED:
        return ""
    found = standing_at(row, clock.city())
    return f"{found.days_clean} / {found.days_needed}"


def _measures(row: RiskZone) -> str:
    found = Restriction.objects.filter(
        kind=Measure.ZONE_MEASURE, place_code__in=parts_of(row), state__in=(MeasureState.PROPOSED, MeasureState.IN_FORCE)
    )
    words = {
        MeasureState.PROPOSED.value: pgettext("zone", "waits for approval"),
        MeasureState.IN_FORCE.value: pgettext("zone", "in force"),
    }
    return "; ".join(f"{one.pk} {one.place_code} {words[one.state]}" for one in found.order_by("place_code", "code")[:50])


def _is(state: ZoneState):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a test of a row
    return lambda row: row.state == state


_OPENED = (
    Field(name="name", label=pgettext_lazy("zone", "Name"), most=120),
    Field(name="aliases", label=pgettext_lazy("zone", "Also called"), needed=False, most=300,
    help=pgettext_lazy("zone", "What people call it; by semicolon")),
    Field(name="level", label=pgettext_lazy("zone", "Level"), kind=Kind.WORD, words=LEVELS, enum=RiskLevel),
    Field(name="parts", label=pgettext_lazy("zone", "Places"), kind=Kind.LONG, most=4000,
    help=pgettext_lazy("zone", "Codes of buildings, communities or streets")),
    Field(name="basis", label=pgettext_lazy("zone", "Rests on"), help=pgettext_lazy("zone", "The rule or the document")),
    Field(name="reason", label=pgettext_lazy("zone", "Reason"), most=300),
)  # fmt: skip

ZONES = Book(
    name="zones", line="D7", title=pgettext_lazy("zone", "Risk zones"), one=_ZONE, subject="zone", model=RiskZone,
    see=Operation.SEE_ZONES, visible=_zones, lead="name", order="proposed_at", latest=True, state="state",
    looks={
        ZoneState.PROPOSED: Look.WAITS, ZoneState.DECLARED: Look.OWED, ZoneState.REFUSED: Look.PLAIN,
        ZoneState.ENDED: Look.DONE,
    },
    closed=(ZoneState.REFUSED, ZoneState.ENDED), clocked=(ZoneState.PROPOSED,), related=(("zone_parts", "zone"),),
    search=("name", "aliases"),
    note=pgettext_lazy("zone", "a proposal restricts nobody; kept beyond its rule, a zone is told upward"),
    columns=(
        Column(name="name", label=pgettext_lazy("zone", "Name")),
        Column(name="level", label=pgettext_lazy("zone", "Level"), kind=Kind.WORD, words=LEVELS),
        Column(name="state", label=pgettext_lazy("zone", "State"), kind=Kind.WORD, words=STATES),
        Column(name="days", label=pgettext_lazy("zone", "Days clean"), of=_days),
        Column(name="lacks", label=pgettext_lazy("zone", "Is missing"), of=lacks),
        Column(name="due_at", label=pgettext_lazy("zone", "Decision due"), kind=Kind.INSTANT, clock=True),
        Column(name="unit", label=pgettext_lazy("zone", "Lies in"), kind=Kind.UNIT, of="unit_id"),
        Column(name="aliases", label=pgettext_lazy("zone", "Also called")),
        Column(name="parts", label=pgettext_lazy("zone", "Places"), of=lambda row: " ".join(parts_of(row)), listed=False),
        Column(name="measures", label=pgettext_lazy("zone", "Measures"), of=_measures, listed=False),
        Column(name="basis", label=pgettext_lazy("zone", "Rests on"), listed=False),
        Column(name="reason", label=pgettext_lazy("zone", "Reason"), shown=_reason_said, listed=False),
        Column(name="authority", label=pgettext_lazy("zone", "Who decides"), kind=Kind.UNIT, of="authority_id", listed=False),
        Column(name="proposed_by", label=pgettext_lazy("zone", "Proposed by"), listed=False),
        Column(name="proposed_at", label=pgettext_lazy("zone", "Proposed at"), kind=Kind.INSTANT, listed=False),
        Column(name="declared_by", label=pgettext_lazy("zone", "Declared by"), listed=False),
        Column(name="declared_at", label=pgettext_lazy("zone", "Declared at"), kind=Kind.INSTANT, listed=False),
        Column(name="positives", label=pgettext_lazy("zone", "Infections"), kind=Kind.NUMBER, listed=False),
        Column(name="last_on", label=pgettext_lazy("zone", "Last infection"), kind=Kind.DAY, listed=False),
        Column(name="level_on", label=pgettext_lazy("zone", "This level since"), kind=Kind.DAY, listed=False),
        Column(name="screened_on", label=pgettext_lazy("zone", "Clean round on"), kind=Kind.DAY, listed=False),
        Column(name="screened_by", label=pgettext_lazy("zone", "Clean round"), listed=False),
        Column(name="exits_at", label=pgettext_lazy("zone", "Fire exits seen"), kind=Kind.INSTANT, listed=False),
        Column(name="exits_by", label=pgettext_lazy("zone", "Exits seen by"), listed=False),
        Column(name="kept_on", label=pgettext_lazy("zone", "Kept beyond the rule on"), kind=Kind.DAY, listed=False),
        Column(name="kept_why", label=pgettext_lazy("zone", "Kept because"), listed=False),
        Column(name="notice_zh", label=pgettext_lazy("zone", "Public notice, Chinese"), kind=Kind.LONG, listed=False),
        Column(name="notice_en", label=pgettext_lazy("zone", "Public notice, English"), kind=Kind.LONG, listed=False),
        Column(name="ended_at", label=pgettext_lazy("zone", "Over since"), kind=Kind.INSTANT, listed=False),
        Column(name="ended_why", label=pgettext_lazy("zone", "Over because"), listed=False),
    ),
    opens=Step(
        name="open", label=pgettext_lazy("zone", "Propose a zone"), means=pgettext_lazy("zone", "Another unit decides it"),
        operation=Operation.PROPOSE_ZONE, act=actions.propose_zone, takes=_OPENED,
    ),
    steps=(
        Step(
            name="declare", label=pgettext_lazy("zone", "Declare it"), operation=Operation.DECIDE_ZONE, main=True,
            means=pgettext_lazy("zone", "With its public notice; measures are proposed apart"), act=actions.declare_zone,
            when=_is(ZoneState.PROPOSED),
        ),
        Step(
            name="refuse", label=pgettext_lazy("zone", "No zone here"), means=pgettext_lazy("zone", "With the reason"),
            operation=Operation.DECIDE_ZONE, act=actions.refuse_zone, when=_is(ZoneState.PROPOSED), takes=(_REASON,),
        ),
        Step(
            name="lower", label=pgettext_lazy("zone", "Lower it"), operation=Operation.DECIDE_ZONE, act=actions.lower_zone,
            means=pgettext_lazy("zone", "One step down by the rule; its measures are lifted"), main=True,
            when=lambda row: row.state == ZoneState.DECLARED and standing_at(row, clock.city()).met,
        ),
        Step(
            name="measures", label=pgettext_lazy("zone", "Propose its measures"), act=actions.propose_measures,
            means=pgettext_lazy("zone", "Staying at home, for each place with a positive; another unit approves"),
            operation=Operation.DECIDE_ZONE,
            when=lambda row: row.state == ZoneState.DECLARED and row.level == RiskLevel.HIGH,
        ),
        Step(
            name="screened", label=pgettext_lazy("zone", "The round was clean"), act=actions.record_clean_round,
            means=pgettext_lazy("zone", "Everybody inside tested today, all negative"), operation=Operation.PROPOSE_ZONE,
            when=_is(ZoneState.DECLARED),
            takes=(
                Field(name="round_name", label=pgettext_lazy("zone", "Which round"), most=80),
                Field(name="people", label=pgettext_lazy("zone", "People tested"), kind=Kind.NUMBER, most=1_000_000),
            ),
        ),
        Step(
            name="exits", label=pgettext_lazy("zone", "Fire exits are open"), act=actions.check_exits,
            means=pgettext_lazy("zone", "Somebody walked them"), operation=Operation.PROPOSE_ZONE,
            when=_is(ZoneState.DECLARED), takes=(Field(name="found", label=pgettext_lazy("zone", "What was seen")),),
        ),
        Step(
            name="raise", label=pgettext_lazy("zone", "Raise it to high"), means=pgettext_lazy("zone", "After a new infection"),
            operation=Operation.DECIDE_ZONE, act=actions.raise_zone, takes=(_REASON,),
            when=lambda row: row.state == ZoneState.DECLARED and row.level == RiskLevel.MID and row.last_on >= row.level_on,
        ),
        Step(
            name="keep", label=pgettext_lazy("zone", "Keep it today"), operation=Operation.DECIDE_ZONE, act=actions.keep_zone,
            means=pgettext_lazy("zone", "Although the rule is met; the unit above looks at why"), takes=(_REASON,),
            when=lambda row: row.state == ZoneState.DECLARED and standing_at(row, clock.city()).met,
        ),
        Step(
            name="merge", label=pgettext_lazy("zone", "Merge it into another"), operation=Operation.DECIDE_ZONE,
            means=pgettext_lazy("zone", "Its places go over; the later infection counts"), act=actions.merge_zones,
            when=_is(ZoneState.DECLARED),
            takes=(Field(name="into", label=_ZONE, kind=Kind.ROW, most=24, options=_targets), _REASON),
        ),
    ),
    told={
        LineTag.ZONE_PROPOSED: pgettext_lazy("zone", "Proposed"), LineTag.ZONE_DECLARED: pgettext_lazy("zone", "Declared"),
        LineTag.ZONE_REFUSED: pgettext_lazy("zone", "Refused"),
        LineTag.ZONE_POSITIVE: pgettext_lazy("zone", "A new infection: the days begin anew"),
        LineTag.ZONE_RAISED: pgettext_lazy("zone", "Raised"), LineTag.ZONE_SCREENED: pgettext_lazy("zone", "A clean round"),
        LineTag.ZONE_RULE_MET: pgettext_lazy("zone", "Its rule is met"), LineTag.ZONE_LOWERED: pgettext_lazy("zone", "Lowered"),
        LineTag.ZONE_KEPT: pgettext_lazy("zone", "Kept beyond its rule"), LineTag.ZONE_MERGED: pgettext_lazy("zone", "Merged"),
        LineTag.ZONE_EXITS: pgettext_lazy("zone", "Fire exits were walked"),
    },
)  # fmt: skip

ZONE_PARTS = Book(
    name="zone_parts", line="D7", title=pgettext_lazy("zone", "Places of risk zones"),
    one=pgettext_lazy("zone", "Place of a zone"),
    subject="zone_part", model=ZonePart, see=Operation.SEE_ZONES, visible=_parts, lead="place_code", order="place_code",
    unit="zone__unit_id", in_files=False,
    note=pgettext_lazy("zone", "a place lies in one standing zone only"),
    columns=(
        Column(name="place_code", label=pgettext_lazy("zone", "Place"), kind=Kind.PLACE),
        Column(name="zone", label=_ZONE, kind=Kind.ROW, of="zone_id", book="zones", shown=lambda row: row.zone.name),
        Column(name="level", label=pgettext_lazy("zone", "Level"), kind=Kind.WORD, words=LEVELS, of="zone__level"),
        Column(name="state", label=pgettext_lazy("zone", "State"), kind=Kind.WORD, words=STATES, of="zone__state"),
        Column(name="live", label=pgettext_lazy("zone", "Stands"), kind=Kind.YES),
        Column(name="evidence", label=pgettext_lazy("zone", "Carries a measure"), kind=Kind.YES,
        of=lambda row: row.evidence_id is not None, listed=False),
    ),
)  # fmt: skip

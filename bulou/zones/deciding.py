"""Deciding on zones: declare, refuse, raise, lower, keep, merge; its measures; the clean round and the open fire exits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.books.facts import locked, signature
from bulou.duties.opening import open_many
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor, Door, system
from bulou.kernel.errors import InputFault, Refused
from bulou.ledger.line_tags import LineTag
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Kind
from bulou.restrictions.rules import narrowest
from bulou.zones import notices, rules
from bulou.zones.choices import DECIDED, EXITS, KEPT_REVIEWED, LOWERED, RAISE_DECIDED, SCREENED, RiskLevel, ZoneState
from bulou.zones.models import RiskZone, ZonePart
from bulou.zones.rows import end, lift, owed, parts_of, require_reason, settle, standing_at, told


@transaction.atomic
def declare_zone(*, code: str, by: Actor, at: datetime) -> RiskZone:
    """A second unit declares what was proposed; the public notice is written. Measures are proposed apart."""
    row = _decided(code, ZoneState.PROPOSED, "declared", by)
    rules.require_other_unit(proposer=row.proposed_unit_id, decider=by.unit)
    row.state, row.declared_unit_id, row.declared_by, row.declared_at = ZoneState.DECLARED, by.unit, signature(by), at
    row.level_on = clock.day_of(at)
    row.notice_zh, row.notice_en = notices.texts(row, parts_of(row), at=at)
    row.save(update_fields=("state", "declared_unit", "declared_by", "declared_at", "level_on", "notice_zh", "notice_en"))
    told(row, LineTag.ZONE_DECLARED, by=by, at=at, data={"level": row.level}, closes=(DECIDED,))
    return row


@transaction.atomic
def refuse_zone(*, code: str, reason: str, by: Actor, at: datetime) -> RiskZone:
    """No zone here: that, with its reason, is a decision too."""
    row = _decided(code, ZoneState.PROPOSED, "refused", by)
    end(row, state=ZoneState.REFUSED, why=require_reason(reason), by=by, at=at)
    told(row, LineTag.ZONE_REFUSED, by=by, at=at, data={"reason": row.ended_why}, closes=(DECIDED,))
    return row


@transaction.atomic
def propose_measures(*, code: str, by: Actor, at: datetime) -> RiskZone:
    """Propose staying at home for each place of a high zone that a positive carries; the register's approval follows.

    A place without a positive of its own carries no measure: the register refuses one without evidence.
    """
    row = _decided(code, ZoneState.DECLARED, "measured", by)
    if row.level != RiskLevel.HIGH:
        message = "people stay at home in a high zone only"
        raise Refused(message, code="zone-level", remedy="Raise the zone first, for a reason.")
    parts = list(ZonePart.objects.filter(zone=row, live=True, evidence__isnull=False).select_related("evidence"))
    made = restrictions.propose_all_by_fact(
        demanded=[
            restrictions.Demanded(
                kind=Kind.ZONE_MEASURE, place_code=one.place_code, entry=one.evidence, reason=f"risk zone {row.pk}",
                starts_at=one.evidence.happened_at,
            )
            for one in parts
            if one.evidence is not None and len(one.place_code) >= len("990101001001")
        ],
        reason=f"risk zone {row.pk}", by=system(unit=row.proposed_unit_id, door=Door.PLAYBOOK), at=at,
        unit=row.proposed_unit_id,
    )  # fmt: skip
    if not made:
        message = "no place of the zone has a positive that carries a measure now"
        raise Refused(message, code="no-evidence", remedy="A measure rests on a positive in the place itself.")
    return row


@transaction.atomic
def raise_zone(*, code: str, reason: str, by: Actor, at: datetime) -> RiskZone:
    """A mid zone in which a positive was found is high again; without one there is no ground."""
    row = _decided(code, ZoneState.DECLARED, "raised", by)
    if row.level != RiskLevel.MID or row.last_on < row.level_on or not row.positives:
        message = "no positive since the zone became mid"
        raise Refused(message, code="zone-rule", remedy="Only a new infection raises a zone.")
    row.level, row.level_on, row.after_high = RiskLevel.HIGH, clock.day_of(at), False
    row.notice_zh, row.notice_en = notices.texts(row, parts_of(row), at=at)
    row.save(update_fields=("level", "level_on", "after_high", "notice_zh", "notice_en"))
    told(row, LineTag.ZONE_RAISED, by=by, at=at, data={"reason": require_reason(reason)}, closes=(RAISE_DECIDED,))
    return row


@transaction.atomic
def lower_zone(*, code: str, by: Actor, at: datetime) -> RiskZone:
    """One step down when the rule is met, else ``Refused`` with what is missing; measures are lifted at once."""
    row = _decided(code, ZoneState.DECLARED, "lowered", by)
    rules.require_met(standing_at(row, at))
    was = RiskLevel(row.level)
    row.level, row.level_on, row.after_high = rules.BELOW[was], clock.day_of(at), was is RiskLevel.HIGH
    if row.level == RiskLevel.LOW:
        end(row, state=ZoneState.ENDED, why="the rule is met: low risk", by=by, at=at)
    else:
        row.notice_zh, row.notice_en = notices.texts(row, parts_of(row), at=at)
        row.save(update_fields=("level", "level_on", "after_high", "notice_zh", "notice_en"))
        lift(parts_of(row), why=f"risk zone {row.pk} is {row.level} now", at=at)
    told(
        row, LineTag.ZONE_LOWERED, by=by, at=at, data={"from": was, "to": row.level}, closes=(LOWERED, SCREENED, RAISE_DECIDED)
    )
    if row.state == ZoneState.ENDED:
        settle(row, LineTag.ZONE_LOWERED, by=by, at=at)
    return row


@transaction.atomic
def keep_zone(*, code: str, reason: str, by: Actor, at: datetime) -> RiskZone:
    """It stays for today although the rule is met: with the reason, and the unit above owes a look (over-control)."""
    row = _decided(code, ZoneState.DECLARED, "kept", by)
    if not standing_at(row, at).met:
        message = "the rule is not met: the zone stays by itself"
        raise Refused(message, code="zone-rule", remedy="Nothing needs to be said yet.")
    row.kept_on, row.kept_why = clock.day_of(at), require_reason(reason)
    row.save(update_fields=("kept_on", "kept_why"))
    told(
        row, LineTag.ZONE_KEPT, by=by, at=at, data={"reason": row.kept_why}, closes=(LOWERED,),
        opens=[owed(row, KEPT_REVIEWED, row.kept_why, kept_at=at)],
    )  # fmt: skip
    return row


@transaction.atomic
def merge_zones(*, code: str, into: str, reason: str, by: Actor, at: datetime) -> RiskZone:
    """The places of this zone go over to another of the same level, with a reason; the later infection counts for both."""
    if code == into:
        message = "a zone is not merged into itself"
        raise InputFault(message, column="into")
    first, second = (locked(RiskZone, one) for one in sorted((code, into)))
    row, other = (first, second) if first.pk == code else (second, first)
    for one in (row, other):
        permit(by, Operation.DECIDE_ZONE, one.unit_id)
        rules.require_state(ZoneState(one.state), ZoneState.DECLARED, doing="merged")
    if row.level != other.level:
        message = "zones of unlike levels are not merged: one of them would become stricter by that"
        raise Refused(message, code="zone-level", remedy="Raise or lower one of them first, by its rule.")
    why = require_reason(reason)
    ZonePart.objects.filter(zone=row, live=True).update(zone=other)
    row.state, row.ended_at, row.ended_by, row.ended_why = ZoneState.ENDED, at, signature(by), f"→ {other.pk}: {why}"[:300]
    row.save(update_fields=("state", "ended_at", "ended_by", "ended_why"))
    other.unit_id = narrowest([codes.territory(row.unit_id), codes.territory(other.unit_id)])
    other.last_on, other.positives = max(row.last_on, other.last_on), row.positives + other.positives
    other.level_on, other.after_high = max(row.level_on, other.level_on), row.after_high and other.after_high
    other.screened_on = min(row.screened_on, other.screened_on) if row.screened_on and other.screened_on else None
    other.aliases = ";".join(dict.fromkeys(one for one in (other.aliases, row.name, row.aliases) if one))[:300]
    other.notice_zh, other.notice_en = notices.texts(other, parts_of(other), at=at)
    other.save()
    for one, others in ((row, other), (other, row)):
        told(one, LineTag.ZONE_MERGED, by=by, at=at, data={"with": others.pk, "reason": why})
    settle(row, LineTag.ZONE_MERGED, by=by, at=at)
    return other


@transaction.atomic
def record_clean_round(*, code: str, round_name: str, people: int, by: Actor, at: datetime) -> RiskZone:
    """All people inside were tested in one round today, and all were negative."""
    row = locked(RiskZone, code)
    permit(by, Operation.PROPOSE_ZONE, row.unit_id)
    rules.require_state(ZoneState(row.state), ZoneState.DECLARED, doing="screened")
    if not round_name.strip() or people < 1:
        message = "name the round, and how many people it tested"
        raise InputFault(message, column="round_name" if not round_name.strip() else "people")
    row.screened_on, row.screened_by = clock.day_of(at), f"{round_name.strip()} · {people} · {signature(by)}"[:200]
    row.save(update_fields=("screened_on", "screened_by"))
    told(
        row, LineTag.ZONE_SCREENED, by=by, at=at, data={"round": round_name.strip()[:80], "people": people}, closes=(SCREENED,)
    )
    return row


@transaction.atomic
def check_exits(*, code: str, found: str, by: Actor, at: datetime) -> RiskZone:
    """Somebody walked the fire exits of the zone and says what was found: open, or opened now."""
    row = locked(RiskZone, code)
    permit(by, Operation.PROPOSE_ZONE, row.unit_id)
    if not found.strip():
        message = "say which exits were walked, and that they are open"
        raise InputFault(message, column="found")
    row.exits_at, row.exits_by = at, signature(by)
    row.save(update_fields=("exits_at", "exits_by"))
    told(row, LineTag.ZONE_EXITS, by=by, at=at, data={"found": found.strip()[:200]}, closes=(EXITS,))
    return row


@transaction.atomic
def owe_exits_by_fact(*, place_code: str, by: Actor, at: datetime) -> bool:
    """A measure was approved (playbook): the unit in which the zone lies owes a walk of its fire exits."""
    part = ZonePart.objects.filter(live=True, place_code=place_code).select_related("zone").first()
    if part is None:
        return False
    owners = {"explicit": part.zone.unit_id}
    open_many([replace(owed(part.zone, EXITS, "a measure keeps people indoors", approved_at=at), owners=owners)], by=by, at=at)
    return True


def _decided(code: str, state: ZoneState, doing: str, by: Actor) -> RiskZone:
    """The zone, locked, on which this actor may decide in this state."""
    row = locked(RiskZone, code)
    permit(by, Operation.DECIDE_ZONE, row.unit_id)
    rules.require_state(ZoneState(row.state), state, doing=doing)
    return row

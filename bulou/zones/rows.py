"""What the room's actions share: a zone's name in the ledger, what it owes, and where it stands by the rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from bulou.books.facts import commit, pack_at, signature
from bulou.duties import sets
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor, Door, system
from bulou.kernel.errors import InputFault
from bulou.ledger.line_tags import LineTag
from bulou.policy import Pack
from bulou.restrictions import actions as restrictions
from bulou.restrictions.choices import Lifting
from bulou.zones import rules
from bulou.zones.choices import KEPT_REVIEWED, RiskLevel, ZoneState
from bulou.zones.models import RiskZone, ZonePart
from bulou.zones.rules import Standing


def about(code: str) -> str:
    """What the ledger and the duties call a zone."""
    return f"zone:{code}"


def owed(row: RiskZone, kind: str, why: str, **facts: datetime) -> Owed:
    """A duty about the zone: its authority's; the look at why it is kept is owed by the unit above."""
    return Owed(
        kind=kind, about=about(row.pk), label=f"{row.name} · {row.pk}", place_code=codes.territory(row.unit_id),
        owners={"of" if kind == KEPT_REVIEWED else "explicit": row.authority_id}, facts=facts, why=why[:300],
    )  # fmt: skip


def needs(pack: Pack) -> rules.Needs:
    """The pack's days."""
    return rules.Needs(
        int(pack.amount("zone_high_days")), int(pack.amount("zone_mid_days")), int(pack.amount("zone_mid_after_high_days"))
    )


def standing(row: RiskZone, *, on: date, need: rules.Needs) -> Standing:
    """Where a zone stands by the rule on a day."""
    return rules.standing(
        level=RiskLevel(row.level), after_high=row.after_high, last_on=row.last_on, level_on=row.level_on,
        screened_on=row.screened_on, needs=need, on=on,
    )  # fmt: skip


def standing_at(row: RiskZone, at: datetime) -> Standing:
    """The same at an instant, by the pack in force."""
    return standing(row, on=clock.day_of(at), need=needs(pack_at(at)))


def parts_of(row: RiskZone) -> list[str]:
    """The places of the zone, as codes."""
    found = sorted(row.parts.all(), key=lambda one: one.place_code)
    return [one.place_code for one in found if one.live or row.state not in rules.LIVE]


def require_reason(reason: str) -> str:
    """A decision says why."""
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason")
    return reason.strip()[:300]


def end(row: RiskZone, *, state: ZoneState, why: str, by: Actor, at: datetime) -> None:
    """The zone stands no more: its places are free, its measures lifted, what it owed is superseded."""
    places = parts_of(row)
    row.state, row.ended_at, row.ended_by, row.ended_why = state, at, signature(by), why[:300]
    row.save(update_fields=("state", "level", "after_high", "level_on", "ended_at", "ended_by", "ended_why"))
    ZonePart.objects.filter(zone=row).update(live=False)
    lift(places, why=why, at=at)


def lift(places: Sequence[str], *, why: str, at: datetime) -> None:
    """The measures on these places stop, and proposals of such are withdrawn."""
    by = system(unit="CN", door=Door.PLAYBOOK)
    restrictions.lift_places_by_fact(places=places, reason=why, why=Lifting.BY_RULE, by=by, at=at)


def settle(row: RiskZone, tag: LineTag, *, by: Actor, at: datetime) -> None:
    """What is still owed because of a zone that ended is owed no more."""
    open_now = Duty.objects.filter(about=about(row.pk), state=DutyState.OPEN, kind__startswith="zone.")
    sets.supersede_many(
        duty_ids=list(open_now.values_list("pk", flat=True)), successor=f"{tag} {row.ended_why}"[:300], by=by, at=at
    )


def told(
    row: RiskZone,
    tag: LineTag,
    *,
    by: Actor,
    at: datetime,
    data: dict[str, object] | None = None,
    closes: Sequence[str] = (),
    opens: Sequence[Owed] = (),
) -> None:
    """Commit a fact of the zone."""
    commit(tag=tag, subject=about(row.pk), unit=row.unit_id, by=by, at=at, data=data, closes=closes, opens=opens)  # fmt: skip

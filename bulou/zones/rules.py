"""When a zone may be lowered and what is missing, which places overlap, who may decide: pure.

Days are the city's calendar days: the day of the last infection is day 0 (连续7天无新增感染者, 第7天 … 均为阴性).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from bulou.kernel import codes
from bulou.kernel.errors import InputFault, Refused
from bulou.zones.choices import Missing, RiskLevel, ZoneState

LIVE = frozenset({ZoneState.PROPOSED, ZoneState.DECLARED})
BELOW = {RiskLevel.HIGH: RiskLevel.MID, RiskLevel.MID: RiskLevel.LOW}


@dataclass(frozen=True, slots=True)
class Needs:
    """The pack's days for each way down."""

    high: int  # N9-HIGH-TO-MID
    mid: int  # N9-MID-TO-LOW
    mid_after_high: int  # N9-MID-TO-LOW-AFTER-HIGH: without a round of its own


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a zone is on its way down."""

    days_clean: int
    days_needed: int
    missing: frozenset[Missing]

    @property
    def days_left(self) -> int:
        """How many days more without a new infection; 0 when they are over."""
        return max(0, self.days_needed - self.days_clean)

    @property
    def met(self) -> bool:
        """Whether the rule lets the zone be lowered now."""
        return not self.missing


def standing(
    *, level: RiskLevel, after_high: bool, last_on: date, level_on: date, screened_on: date | None, needs: Needs, on: date
) -> Standing:
    """What the rule says on a day.

    ``last_on`` is the day of the last infection, ``level_on`` the day on which the zone got its level, ``screened_on`` the
    last day on which a whole round inside was negative. A zone that came down from high counts from there.
    """
    short = level is RiskLevel.MID and after_high
    since = max(last_on, level_on) if short else last_on
    needed = needs.mid_after_high if short else needs.high if level is RiskLevel.HIGH else needs.mid
    clean = max(0, (on - since).days)
    missing = {Missing.DAYS} if clean < needed else set()
    if not short and (screened_on is None or (screened_on - since).days < needed):
        missing.add(Missing.ROUND)
    return Standing(clean, needed, frozenset(missing))


def named_places(text: str) -> list[str]:
    """Place codes as somebody writes them, each once; ``InputFault`` for none, or for a word that is no place."""
    for sign in ",;,;、\n\t":
        text = text.replace(sign, " ")
    found = sorted(set(text.split()))
    bad = next((one for one in found if not codes.is_place(one)), None)
    if bad is not None or not found:
        message = f"{bad!r} is not a place's code" if bad else "a zone has at least one place"
        raise InputFault(message, column="parts", remedy="Write codes of buildings, communities or streets.")
    return [one for one in found if not any(one != other and codes.is_below(one, other) for other in found)]


def overlapping(parts: Iterable[str], others: Collection[str]) -> list[tuple[str, str]]:
    """The pairs of a place and one of the others of which one lies in the other."""
    return [(one, other) for one in parts for other in others if codes.is_below(one, other) or codes.is_below(other, one)]


def covering(place: str) -> list[str]:
    """The place and all places above it: a zone with any of them covers it."""
    found = [place]
    while above := codes.parent(found[-1]):
        found.append(above)
    return found


def part_for(place: str, length: int) -> str:
    """The place that a positive proposes: the one of the pack's length above it, or the place itself when it is wider."""
    return place[:length]


def require_other_unit(*, proposer: str, decider: str) -> None:
    """Two units: neither the proposer's own, nor one under its orders."""
    if decider == proposer or codes.is_below(decider, proposer):
        message = f"{decider} may not declare what {proposer} proposed"
        raise Refused(message, code="same-unit", remedy="A unit that is neither the proposer's nor below it decides.")


def require_state(state: ZoneState, allowed: ZoneState, *, doing: str) -> None:
    """A step that the zone's state allows."""
    if state is not allowed:
        message = f"the zone is {state.value} and cannot be {doing}"
        raise Refused(message, code="zone-state", remedy="See the zone's page for what is owed now.")


def require_met(found: Standing) -> None:
    """Lowering is refused with what is missing, in words."""
    if found.met:
        return
    said = [f"{found.days_left} more days without a new infection"] if Missing.DAYS in found.missing else []
    said += [f"the clean round of day {found.days_needed} is missing"] if Missing.ROUND in found.missing else []
    message = "not yet: " + "; ".join(said)
    raise Refused(message, code="zone-rule", remedy="Lower it when the rule is met; the desk says when.")

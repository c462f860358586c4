"""Pure rules of a site: its steps, what a survey says, whether it may be accepted and opened, who may work there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from bulou.isolation.choices import Answer, PartyKind, SiteState
from bulou.kernel.errors import InputFault, Refused
from bulou.policy.checklists import ChecklistItem

_BEFORE: Mapping[SiteState, tuple[SiteState, ...]] = {
    SiteState.SURVEYED: (SiteState.CANDIDATE, SiteState.SURVEYED),
    SiteState.REBUILT: (SiteState.SURVEYED, SiteState.REBUILT),
    SiteState.ACCEPTED: (SiteState.REBUILT,),
    SiteState.RESERVE: (SiteState.ACCEPTED, SiteState.PAUSED),
    SiteState.OPEN: (SiteState.ACCEPTED, SiteState.RESERVE, SiteState.PAUSED),
    SiteState.PAUSED: (SiteState.OPEN,),
    SiteState.CLOSED: tuple(state for state in SiteState if state is not SiteState.CLOSED),
}


def require_step(state: SiteState, to: SiteState) -> None:
    """``Refused`` when the site does not stand where this step begins."""
    if state not in _BEFORE[to]:
        message = f"a site that is {state} does not become {to}"
        wanted = " or ".join(one.value for one in _BEFORE[to])
        raise Refused(message, code="site-step", remedy=f"It must be {wanted} first.")


def survey_faults(
    *, fire_ok: bool, water_ok: bool, sewage_ok: bool, lifts: int, distance_m: int, distance_min: int, lifts_min: int
) -> list[str]:
    """Why a building does not suit; empty when it does. A building without lifts has stairs for each passage."""
    found = []
    if not fire_ok:
        found.append("fire safety")
    if not water_ok:
        found.append("water")
    if not sewage_ok:
        found.append("sewage")
    if 0 < lifts < lifts_min:
        found.append(f"{lifts} lift for two passages")
    if distance_m < distance_min:
        found.append(f"{distance_m} m to the next dwelling, {distance_min} are asked for")
    return found


def not_answered(items: Iterable[ChecklistItem], answered: Collection[str]) -> list[str]:
    """The items of the checklist that an inspection says nothing of."""
    return [item.code for item in items if item.code not in answered]


def unknown_items(items: Iterable[ChecklistItem], answered: Collection[str]) -> list[str]:
    """Answered items that the checklist does not have."""
    known = {item.code for item in items}
    return sorted(code for code in answered if code not in known)


def refusal_to_accept(items: Iterable[ChecklistItem], answers: Mapping[str, Answer], open_required: Collection[str]) -> str:
    """Why a site may not be accepted, in one line; empty when it may.

    Every required item is answered yes or does not apply, and no finding about one is still open.
    """
    missing = [item.code for item in items if item.required and item.code not in answers]
    if missing:
        return f"not inspected: {', '.join(missing)}"
    failed = [item.code for item in items if item.required and answers[item.code] is Answer.NO]
    waiting = sorted(set(failed) | set(open_required))
    return f"not met: {', '.join(waiting)}" if waiting else ""


def missing_parties(named: Collection[PartyKind]) -> list[PartyKind]:
    """Which of the five responsible parties nobody stands for."""
    return [kind for kind in PartyKind if kind not in named]


def untrained_topics(items: Iterable[ChecklistItem], valid_until: Mapping[str, datetime], *, until_at: datetime) -> list[str]:
    """Required topics that somebody has not passed, or whose training ends before a shift that lasts until ``until_at``.

    ``valid_until`` maps each topic passed before the shift to the end of its newest training.
    """
    return [one.code for one in items if one.required and not (one.code in valid_until and valid_until[one.code] >= until_at)]


def require_reason(reason: str) -> None:
    """``InputFault`` without a reason."""
    if not reason.strip():
        message = "say why"
        raise InputFault(message, column="reason")

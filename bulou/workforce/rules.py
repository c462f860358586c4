"""Hours and rest, who can take a shift, and where free hands go first: pure functions. Nobody is ranked or scored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bulou.kernel.errors import InputFault, Refused
from bulou.workforce.choices import CERTIFIED, Skill

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody's skills, the last day of each certificate, and the hours that are taken, each with the rest after it."""

    code: str
    skills: frozenset[str]
    certified: Mapping[str, date] = field(default_factory=dict)
    taken: Sequence[Span] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Hands that are still missing somewhere, in a window."""

    code: str
    skill: str
    starts_at: datetime
    ends_at: datetime
    missing: int


def require(state: str, allowed: Collection[str], *, doing: str) -> None:
    """Only what is at the right point can go on."""
    if state not in allowed:
        message = f"it is {state} and cannot be {doing}"
        raise Refused(message, remedy="Look at its story.")


def require_text(text: str, column: str, message: str) -> str:
    """A name, a reason, a report: never blank."""
    if not text.strip():
        raise InputFault(message, column=column)
    return text.strip()


def read_skills(text: str) -> str:
    """Skills joined by ``;``, each once, in order; ``InputFault`` for a word that is none."""
    found = sorted({one.strip() for one in text.replace(",", ";").split(";") if one.strip()})
    unknown = [one for one in found if one not in set(Skill)]
    if unknown or not found:
        message = f"{text!r} does not name skills"
        raise InputFault(message, column="skills", remedy=f"Join some of these by a semicolon: {', '.join(Skill)}.")
    return ";".join(found)


def minutes(starts_at: datetime, ends_at: datetime, *, most: timedelta) -> int:
    """A shift's length; ``InputFault`` when it ends before it starts, ``Refused`` over the hours that anybody may work."""
    if ends_at <= starts_at:
        message = "the shift ends before it starts"
        raise InputFault(message, column="ends_at")
    if ends_at - starts_at > most:
        message = f"nobody works more than {most / timedelta(hours=1):g} hours at a stretch"
        raise Refused(message, remedy="Plan two shifts with two people.")
    return int((ends_at - starts_at) / timedelta(minutes=1))


def rested(starts_at: datetime, free_at: datetime, taken: Iterable[Span]) -> bool:
    """Whether hours keep the rest to every other shift of the person; all spans run from a start to the end of the rest."""
    return all(free_at <= begun or free <= starts_at for begun, free in taken)


def able(hand: Hand, skill: str, on: date) -> bool:
    """Whether the person may do it on that day: has the skill and, where one is needed, a certificate in force."""
    return skill in hand.skills and (skill not in CERTIFIED or hand.certified.get(skill, date.min) >= on)


def propose(gaps: Iterable[Gap], hands: Iterable[Hand], *, rest: timedelta, days: Mapping[str, date]) -> list[tuple[str, str]]:
    """Who could go where, as (need, worker): one after the other to whichever need misses most hands at that moment.

    Whoever can do least else goes first, so that rare skills stay free; ties by code. ``days`` gives each need's local day of
    its end. Each hand is looked at once for each need.
    """
    by_code = {gap.code: gap for gap in gaps if gap.missing > 0}
    left = {code: gap.missing for code, gap in by_code.items()}
    free = sorted(hands, key=lambda one: (len(one.skills), one.code))
    taken = {one.code: list(one.taken) for one in free}
    queues = {code: iter(free) for code in left}
    found: list[tuple[str, str]] = []
    while left:
        code = min(left, key=lambda one: (-left[one], by_code[one].starts_at, one))
        gap = by_code[code]
        fit = (
            hand for hand in queues[code]
            if able(hand, gap.skill, days[code]) and rested(gap.starts_at, gap.ends_at + rest, taken[hand.code])
        )  # fmt: skip
        hand = next(fit, None)
        if hand is None:
            del left[code]
            continue
        taken[hand.code].append((gap.starts_at, gap.ends_at + rest))
        found.append((code, hand.code))
        left[code] -= 1
        if not left[code]:
            del left[code]
    return found

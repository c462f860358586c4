"""Pure rules of rounds, sites and laboratory capacity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bulou.kernel import codes
from bulou.kernel.errors import InputFault, Refused
from bulou.rounds.choices import RoundState, SiteState

HOUR: Final = timedelta(hours=1)  # a capacity window is one clock hour

COVERED: Final = "round.covered"
RATE_RECOVERED: Final = "round.rate_recovered"
PERSON_TESTED: Final = "person.tested"
ANTIGEN_VISITED: Final = "antigen.visited"
LAB_SECURED: Final = "site.lab_secured"
OPENED_AS_PLANNED: Final = "site.opened_as_planned"
QUEUE_RELIEVED: Final = "site.queue_relieved"

# What stands in a duty's "why", in English as it is stored; ``wording`` gives it in the reader's language.
SAID_NO_LABORATORY: Final = "no laboratory is behind it"
SAID_FULL: Final = "its laboratory %(laboratory)s has said that it is full"
SAID_SHORT: Final = "its laboratory %(laboratory)s holds capacity for %(claimed)s tubes of %(needed)s"
SAID_QUEUE: Final = "%(people)s people, %(minutes)s min"

COMMUNITY_LENGTH: Final = 12  # digits of a community's code


def round_subject(round_code: str) -> str:
    """How ledger entries name a round."""
    return f"round:{round_code}"


def place_about(round_code: str, place: str) -> str:
    """What a population duty is about: a round in one place (``round:R1@520102016001``)."""
    return f"round:{round_code}@{place}"


def person_about(round_code: str, person_id: str) -> str:
    """What a person duty of a round is about (``round:R1/person:P7``)."""
    return f"round:{round_code}/person:{person_id}"


def site_about(round_code: str, unit: str) -> str:
    """What a site's duties and ledger entries are about (``site:R1/520102016001:site001``)."""
    return f"site:{round_code}/{unit}"


def community_of(place: str) -> str:
    """The community in which a place of stay lies; the place itself where no community is known."""
    return place[:COMMUNITY_LENGTH]


def require_round(state: str, allowed: Iterable[RoundState], *, doing: str) -> None:
    """``Refused`` unless the round stands where the step begins."""
    names = [one.value for one in allowed]
    if state not in names:
        message = f"a round that is {state} cannot be {doing}"
        raise Refused(message, code="round-state", remedy=f"It must be {' or '.join(names)}.")


def require_site(state: str, allowed: Iterable[SiteState], *, doing: str) -> None:
    """``Refused`` unless the site stands where the step begins."""
    names = [one.value for one in allowed]
    if state not in names:
        message = f"a site that is {state} cannot be {doing}"
        raise Refused(message, code="site-state", remedy=f"It must be {' or '.join(names)}.")


def require_order(starts_at: datetime, ends_at: datetime, *, column: str) -> None:
    """``InputFault`` unless the end lies after the start."""
    if ends_at <= starts_at:
        message = f"{ends_at.isoformat()} does not lie after {starts_at.isoformat()}"
        raise InputFault(message, column=column, remedy="Choose a later instant.")


def merged_ranges(parts: Iterable[str]) -> list[tuple[str, str]]:
    """Half-open ranges that together hold the places and all below them: disjoint, in order, neighbours joined.

    A part that lies inside another adds nothing, so nobody is drawn twice.
    """
    found: list[tuple[str, str]] = []
    for low, high in sorted(codes.below(part) for part in parts):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def tubes_needed(*, people: int, pool_size: int) -> int:
    """How many tubes a site's people fill; at least one, since a site without any needs no opening."""
    return max(1, -(-people // pool_size))


def hour_of(at: datetime) -> datetime:
    """The first instant of the clock hour in which an instant lies."""
    return at.replace(minute=0, second=0, microsecond=0)


def hours_of(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    """The clock hours that an interval touches, by their first instants; none when it is empty."""
    first = hour_of(starts_at)
    if ends_at <= starts_at:
        return []
    return [first + number * HOUR for number in range(-((first - ends_at) // HOUR))]


def spread(tubes: int, hours: Sequence[datetime]) -> list[tuple[datetime, int]]:
    """Tubes over hours as evenly as whole tubes go, the odd ones first; hours without any are left out."""
    each, odd = divmod(tubes, len(hours))
    shares = [(hour, each + (place < odd)) for place, hour in enumerate(hours)]
    return [(hour, share) for hour, share in shares if share]


def is_full(*, full_since: datetime | None, full_until: datetime | None, at: datetime) -> bool:
    """Whether a laboratory that reported itself full still is at the instant; without an end it stays full."""
    return full_since is not None and full_since <= at and (full_until is None or at < full_until)


def refusal_to_open(*, laboratory: str, full: bool, claimed: int, needed: int) -> str:
    """Why a site may not open, in plain words; empty when laboratory capacity stands behind it (D2)."""
    if not laboratory:
        return SAID_NO_LABORATORY
    if full:
        return SAID_FULL % {"laboratory": laboratory}
    if claimed < needed:
        return SAID_SHORT % {"laboratory": laboratory, "claimed": claimed, "needed": needed}
    return ""


def queue_is_over(*, people: int, wait_minutes: int, people_max: float, wait_max: float) -> bool:
    """Whether a queue is longer, in heads or minutes, than the policy allows."""
    return people > people_max or wait_minutes > wait_max


@dataclass(frozen=True, slots=True)
class Clocked:
    """An open duty's due instant before and after a deadline moves."""

    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineEffect:
    """What moving a deadline does to the open duties: how many move, and which stop or stay late."""

    moved: int
    no_longer_overdue: int
    still_overdue: int
    unmoved: int


def deadline_effect(duties: Iterable[Clocked], *, at: datetime) -> DeadlineEffect:
    """Count the effect at an instant; a duty is overdue once its due instant has passed."""
    found = list(duties)
    moved = [one for one in found if one.before != one.after]
    return DeadlineEffect(
        moved=len(moved),
        no_longer_overdue=sum(one.before < at <= one.after for one in moved),
        still_overdue=sum(one.after < at for one in moved),
        unmoved=len(found) - len(moved),
    )

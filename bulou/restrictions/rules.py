"""What may be restricted, by whom approved, and until when it holds: pure, the same for every door.

Over time a restriction is a half-open interval: from its approval (not before its start) to its hard end, or to the
instant at which it was lifted, or to the instant at which an objection stayed unanswered too long.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.kernel import codes
from bulou.kernel.errors import InputFault, Refused
from bulou.restrictions.choices import Kind, State, Stop

DECIDED = "restriction.decided"
NOTIFIED = "restriction.notified"
UNDONE = "restriction.undone"
APPEAL_ANSWERED = "restriction.appeal_answered"
LIFT_REVIEWED = "restriction.lift_reviewed"
STOPPED = "restriction.stopped"
LIST_CONFIRMED = "restriction.list_confirmed"
TOO_MUCH = "restriction.too_much"
TOO_LITTLE = "restriction.too_little"
COUNTER = "counter."

# Reasons that the software writes; ``wording.py`` says them in the reader's language.
SAID_POSITIVE = "positive of the own sample, case %(case)s"
SAID_DIAGNOSED = "%(status)s, case %(case)s"
SAID_CONTACT = "%(grade)s contact of a case, last exposed on %(day)s"
SAID_UNANSWERED = "unanswered, the restriction lifts by itself"
SAID_END = "its end came"
SAID_SILENCE = "nobody answered the objection %(appeal)s"
SAID_UNASKED = "no case and no contact that stands asks for it"
SAID_NO_CASE = "no case of the rule's days lies in the place"
SAID_UNSIGNED = "no entry of the ledger says that anybody approved it"
SAID_EVIDENCE = "its evidence is not about it, or cannot justify it"
SAID_LONGER = "longer than the rule: %(days)s days, the rule says %(rule)s"
SAID_OPEN_CASE = "open case %(case)s"
SAID_GRADED = "%(grade)s contact %(contact)s"
SAID_WAITING = "proposed and not approved"

CLOSED = frozenset({State.ENDED, State.LIFTED, State.REFUSED, State.WITHDRAWN})
HOLDS_SOMEWHERE = frozenset({Kind.HOLD, Kind.HOME_QUARANTINE, Kind.ISOLATION})


def about(code: str) -> str:
    """What the ledger and the duties call a restriction."""
    return f"restriction:{code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A restriction that somebody proposes: of a person, or of a place when ``person_id`` is empty."""

    kind: Kind
    place_code: str
    evidence_id: int
    legal_basis: str
    reason: str
    starts_at: datetime  # when the rule's clock began
    ends_at: datetime
    person_id: str = ""

    @property
    def subject(self) -> str:
        """Whom or what it concerns."""
        return f"person:{self.person_id}" if self.person_id else f"place:{self.place_code}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A ledger entry as evidence: its tag, door and place, and the people it is about."""

    tag: str
    door: str
    place: str
    subject: str
    people: frozenset[str]

    def is_about(self, wanted: Wanted) -> bool:
        """Whether the entry speaks of this person, or lies in this place."""
        if wanted.person_id:
            return wanted.person_id in self.people or self.subject == wanted.subject
        return self.place.startswith(wanted.place_code)


def people_in(body: str) -> frozenset[str]:
    """The people whom an entry's personal part names: ``person_id``, or all in ``people``."""
    said = json.loads(body) if body else {}
    many = said.get("people", ())
    named = {str(said["person_id"])} if said.get("person_id") else set()
    return frozenset(named | ({str(one) for one in many} if isinstance(many, list) else set()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the pack and the guards allow for one kind: legal bases, tag → longest, tag → door, the widest place."""

    bases: Sequence[str]
    longest: Mapping[str, timedelta]
    doors: Mapping[str, str]
    level: str = ""


def stopped(wanted: Wanted, fact: Fact | None, allowed: Allowed, *, first_start: datetime | None, at: datetime) -> Stop | None:
    """Why this may not be restricted, or None. ``first_start``: when the same fact first restricted the same subject."""
    if wanted.legal_basis not in allowed.bases or not wanted.reason.strip():
        return Stop.NO_BASIS
    if fact is None or fact.tag not in allowed.longest or fact.tag not in allowed.doors or not fact.is_about(wanted):
        return Stop.NO_EVIDENCE
    if allowed.doors[fact.tag] not in {"", fact.door}:
        return Stop.NO_EVIDENCE
    if not wanted.person_id and is_wider(wanted.place_code, allowed.level):
        return Stop.TOO_WIDE
    clock = min(one for one in (wanted.starts_at, at, first_start) if one is not None)
    if wanted.ends_at > clock + allowed.longest[fact.tag]:
        return Stop.TOO_LONG
    return None


def is_wider(place: str, level: str) -> bool:
    """Whether a place is wider than the level that one fact may close; without a level no place may be closed."""
    return not level or not codes.up_to(place, codes.Level(level))


def require_shape(wanted: Wanted, *, at: datetime) -> None:
    """What cannot be a restriction at all: no place, an end in the past, a person where a place is meant."""
    if not codes.is_place(wanted.place_code):
        message = f"{wanted.place_code!r} is not a place code"
        raise InputFault(message, column="place_code")
    if wanted.kind is Kind.ZONE_MEASURE and wanted.person_id:
        message = "a zone measure is about a place"
        raise InputFault(message, column="person_id")
    if wanted.kind in {Kind.HOLD, Kind.ISOLATION} and not wanted.person_id:
        message = f"{wanted.kind} is about a person"
        raise InputFault(message, column="person_id")
    if wanted.ends_at <= max(wanted.starts_at, at):
        message = "a restriction ends after it starts, and not in the past"
        raise InputFault(message, column="ends_at")


def require_other_unit(*, proposer: str, approver: str, what: str = "approve") -> None:
    """Two units (两个单位): neither the proposer's own, nor one under its orders."""
    if approver == proposer or codes.is_below(approver, proposer):
        message = f"{approver} may not {what} what {proposer} proposed"
        raise Refused(message, code="same-unit", remedy="A unit that is neither the proposer's nor below it decides.")


def approver_for(place: str, proposer: str) -> str:
    """Who is asked to approve: the district of the place, or the nearest unit above the proposer that covers it."""
    district = codes.up_to(codes.territory(place), codes.Level.DISTRICT)
    if district and not codes.is_below(district, proposer):
        return district
    above = codes.chain(proposer)[1:]
    return next((step for step in above if codes.is_below(place, step)), above[-1] if above else proposer)


def holds(
    *,
    approved_at: datetime | None,
    starts_at: datetime,
    ends_at: datetime,
    closed_at: datetime | None,
    silent_at: datetime | None,
    at: datetime,
) -> bool:
    """Whether a restriction holds somebody at the instant; ``silent_at`` is when an unanswered objection lifts it."""
    if approved_at is None or at < max(approved_at, starts_at):
        return False
    return at < min(one for one in (ends_at, closed_at, silent_at) if one is not None)


def without_owner(owes: Iterable[str], owners: Mapping[str, str], attended: Iterable[str]) -> list[str]:
    """The counter-duties that have no owner, or one where nobody is on duty now."""
    present = set(attended)
    return [kind for kind in owes if owners.get(kind) not in present]


def narrowest(places: Sequence[str]) -> str:
    """The narrowest place or unit code that covers all of these; ``CN`` when nothing narrower does."""
    first = places[0]
    steps = [first]
    while steps[-1] and codes.parent(steps[-1]):
        steps.append(codes.parent(steps[-1]))
    return next((step for step in steps if all(codes.is_below(one, step) for one in places)), "CN")

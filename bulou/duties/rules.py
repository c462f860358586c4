"""The duty's state machine and its clock: pure, small enough to hold in the head.

A duty is open, and then exactly one of fulfilled, waived, superseded, failed. While open it has one owner; an offer to
another unit changes nothing until it is accepted. Every transition returns a new value or raises ``Refused``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bulou.duties.choices import DutyState, TenureHow
from bulou.kernel import codes
from bulou.kernel.errors import Refused

SAID_SILENT = "told at %(time)s and no answer since"
SAID_NOBODY = "nobody stands in any of its posts"
SAID_LAPSED = "not answered in time"
SAID_LAPSED_BY = "%(unit)s: not answered in time"
REFUSALS_UNTIL_SUPERIOR = 2  # DOMAIN D16: "a duty refused twice goes to the lowest common superior"


@dataclass(frozen=True, slots=True)
class Offer:
    """An open hand-over: from whom, to whom, and until when it may stay unanswered."""

    sender: str
    receiver: str
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class Tenure:
    """An interval in which one unit owns the duty; the last one of an open duty has no end."""

    owner: str
    how: TenureHow
    starts_at: datetime
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A duty as a value."""

    owner: str
    opened_at: datetime
    due_at: datetime
    state: DutyState = DutyState.OPEN
    closed_at: datetime | None = None
    proof: str = ""  # evidence, reason or successor, by the state
    offer: Offer | None = None
    refusals: int = 0
    tenures: tuple[Tenure, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes it."""
        return self.state is DutyState.OPEN


def open_duty(*, owner: str, at: datetime, due_at: datetime) -> Duty:
    """A new duty; it starts with an owner, so there is no instant without one."""
    first = Tenure(owner, TenureHow.OPENED, at)
    return Duty(owner=owner, opened_at=at, due_at=due_at, tenures=(first,))


def require_open(duty: Duty) -> None:
    """``Refused`` when the duty is closed."""
    if not duty.is_open:
        message = f"the duty is closed ({duty.state})"
        raise Refused(message, code="duty-closed", remedy="Open its story to see by what.")


def fulfil(duty: Duty, *, evidence: str, at: datetime) -> Duty:
    """Close with evidence; without any it stays open."""
    if not evidence.strip():
        message = "a duty is fulfilled by evidence"
        raise Refused(message, code="no-evidence", remedy="Name the scan, count, photo or record that shows it.")
    return _close(duty, DutyState.FULFILLED, proof=evidence, at=at)


def waive(duty: Duty, *, reason: str, signer_unit: str, at: datetime) -> Duty:
    """Release the owner from it: a reason, signed by a unit strictly above the owner, never by the owner."""
    if not reason.strip():
        message = "a waiver needs a reason"
        raise Refused(message, code="no-reason", remedy="Say why nobody needs to do this any more.")
    if signer_unit == duty.owner or not codes.is_below(duty.owner, signer_unit):
        message = "only a superior of the owner may waive a duty"
        raise Refused(message, code="not-superior", remedy="Ask the unit above the owner.")
    return _close(duty, DutyState.WAIVED, proof=reason, at=at)


def supersede(duty: Duty, *, successor: str, at: datetime) -> Duty:
    """Close because another duty, or several, now carry it."""
    if not successor.strip():
        message = "a superseded duty names what supersedes it"
        raise Refused(message, code="no-successor")
    return _close(duty, DutyState.SUPERSEDED, proof=successor, at=at)


def fail(duty: Duty, *, reason: str, successor: str, at: datetime) -> Duty:
    """Close as not achieved; the successor is opened in the same transaction, so nothing is lost."""
    if not reason.strip() or not successor.strip():
        message = "a failed duty needs a reason and the duty that follows"
        raise Refused(message, code="no-successor")
    return _close(duty, DutyState.FAILED, proof=f"{reason} → {successor}", at=at)


def _close(duty: Duty, state: DutyState, *, proof: str, at: datetime) -> Duty:
    require_open(duty)
    ended = (*duty.tenures[:-1], replace(duty.tenures[-1], ends_at=at))
    return replace(duty, state=state, closed_at=at, proof=proof, offer=None, tenures=ended)


def offer(duty: Duty, *, receiver: str, at: datetime, answer_within: timedelta) -> Duty:
    """Offer it to another unit; the owner owes it until the other accepts."""
    require_open(duty)
    if duty.offer is not None:
        message = f"the duty is already offered to {duty.offer.receiver}"
        raise Refused(message, code="already-offered", remedy="Withdraw that offer first.")
    if receiver == duty.owner:
        message = "a duty is not handed over to its own owner"
        raise Refused(message, code="own-duty")
    return replace(duty, offer=Offer(duty.owner, receiver, at + answer_within))


def accept(duty: Duty, *, by_unit: str, at: datetime) -> Duty:
    """The receiver takes it over at this instant."""
    made = require_receiver(duty, by_unit=by_unit)
    return pass_to(duty, owner=made.receiver, how=TenureHow.HANDED_OVER, at=at)


def require_receiver(duty: Duty, *, by_unit: str) -> Offer:
    """The open offer, when this unit may answer it: the receiver, one below it, or one above it that is not the sender's.

    A hand-over has two sides. Whoever stands above both, or is the sender, would answer its own offer: that is a decision.
    """
    made = require_offer(duty)
    if not codes.is_below(by_unit, made.receiver) and not codes.is_below(made.receiver, by_unit):
        message = f"the duty is offered to {made.receiver}"
        raise Refused(message, code="not-receiver")
    if by_unit != made.receiver and codes.is_below(made.sender, by_unit):
        message = f"the other side answers: the duty is offered to {made.receiver}"
        raise Refused(message, code="not-receiver", remedy="A superior of both decides whose it is, or takes it over.")
    return made


def refuse(duty: Duty, *, reason: str, by_unit: str = "") -> Duty:
    """The receiver refuses with a reason; the sender still owns it. A thing's own refusal names no unit."""
    require_offer(duty)
    if by_unit:
        require_receiver(duty, by_unit=by_unit)
    if not reason.strip():
        message = "a refusal needs a reason"
        raise Refused(message, code="no-reason", remedy="Say why the duty is not yours.")
    return replace(duty, offer=None, refusals=duty.refusals + 1)


def lapse(duty: Duty, *, at: datetime) -> Duty:
    """Nobody answered the offer in time."""
    made = require_offer(duty)
    if at < made.answer_by:
        message = "the offer may still be answered"
        raise Refused(message, code="not-lapsed")
    return replace(duty, offer=None, refusals=duty.refusals + 1)


def withdraw(duty: Duty) -> Duty:
    """The sender takes the offer back."""
    require_offer(duty)
    return replace(duty, offer=None)


def require_offer(duty: Duty) -> Offer:
    """The open offer; ``Refused`` when there is none."""
    require_open(duty)
    if duty.offer is None:
        message = "the duty is not offered to anybody"
        raise Refused(message, code="not-offered")
    return duty.offer


def pass_to(duty: Duty, *, owner: str, how: TenureHow, at: datetime) -> Duty:
    """The ownership changes at this instant: no gap, no overlap. An open offer ends with it."""
    require_open(duty)
    ended = (*duty.tenures[:-1], replace(duty.tenures[-1], ends_at=at))
    return replace(duty, owner=owner, offer=None, tenures=(*ended, Tenure(owner, how, at)))


def is_above(unit: str, other: str) -> bool:
    """Whether a unit is strictly above another."""
    return unit != other and codes.is_below(other, unit)


def superior_for(*, sender: str, receiver: str) -> str:
    """Who must decide between two units: the lowest that is above both; the sender's superior when there is none."""
    return codes.common_superior(sender, receiver) or codes.parent_unit(sender) or sender


def goes_to_superior(*, refusals: int, lapsed: bool) -> bool:
    """Whether the common superior must decide now: an offer lapsed, or it was refused twice."""
    return lapsed or refusals >= REFUSALS_UNTIL_SUPERIOR


@dataclass(frozen=True, slots=True, order=True)
class StepDue:
    """One escalation step with its own instant."""

    due_at: datetime
    key: str
    to: str


def steps(*, due_at: datetime, escalate: Iterable[tuple[str, timedelta, str]], opened_at: datetime) -> list[StepDue]:
    """A duty's escalation steps in due order; one that would fall before the duty was opened is due at its opening."""
    found = [StepDue(max(due_at + offset, opened_at), key, to) for key, offset, to in escalate]
    return sorted(found)


def next_act(*, ladder: Sequence[StepDue], done: Iterable[str], answer_by: datetime | None) -> datetime | None:
    """When the sweep must look at the duty again: its next untold step, or the end of an open offer."""
    told = set(done)
    candidates = [step.due_at for step in ladder if step.key not in told]
    if answer_by is not None:
        candidates.append(answer_by)
    return min(candidates, default=None)


def is_collapsed(step: StepDue, *, ladder: Sequence[StepDue], now: datetime) -> bool:
    """Whether a later step has fallen due as well: after an outage only the latest is told, the others are recorded."""
    return any(other.due_at > step.due_at and other.due_at <= now for other in ladder)


def recipient(*, to: str, owner: str, issuer: str) -> str:
    """The unit that an escalation step tells: the owner, a level of its chain, or who gave the task.

    A level at or below the owner's own is told to the owner's superior instead, so that a step always climbs.
    """
    if to == "owner":
        return owner
    if to == "issuer" and issuer:
        return issuer
    superior = codes.parent_unit(owner) or owner
    level = {"street": codes.Level.STREET, "district": codes.Level.DISTRICT, "city": codes.Level.CITY}.get(to)
    if level is None:
        return superior
    place = codes.territory(owner)
    named = codes.up_to(place, level) if place != "CN" else ""
    return named if named and named != owner and codes.is_below(owner, named) else superior

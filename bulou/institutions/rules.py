"""What a day's report must hold, and what contradicts it, as pure functions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bulou.institutions.choices import MatterKind, MatterState, ReportState
from bulou.kernel.errors import InputFault, Refused


def read_report(*, inside: int | None, visitors: int | None, tested: int | None, events: int | None, note: str) -> ReportState:
    """The state that the figures mean: nothing happened, or events with a note. ``InputFault`` names what is missing.

    A report of nothing is a report: it says how many are inside, and that nothing happened.
    """
    for name, value in (("inside", inside), ("visitors", visitors), ("tested", tested)):
        if value is None:
            message = f"say how many: {name}"
            raise InputFault(message, column=name, remedy="Write 0 when there were none.")
    if inside is not None and tested is not None and tested > inside:
        message = f"{tested} tested of {inside} inside"
        raise InputFault(message, column="tested", remedy="Count again.")
    if events and not note.strip():
        message = "say what happened"
        raise InputFault(message, column="note")
    return ReportState.EVENTS if events else ReportState.NOTHING


def first_day(today: date) -> date:
    """The first day that owes a report to who was entered or reopened today: nobody is late on the day itself."""
    return today + timedelta(days=1)


def contradicts(*, known_at: datetime, known_on: date, on: date, reported_at: datetime) -> bool:
    """A day's report of nothing, given when the matter was known already; what was true when it was said is left alone."""
    return known_on <= on and known_at <= reported_at


def require_review(kind: MatterKind, state: MatterState, *, own: bool, result: str) -> None:
    """A breach that was told is reviewed, and by somebody else than the institution."""
    if kind is not MatterKind.BREACH or not result.strip():
        message = "say what the review of the breach found"
        raise InputFault(message, column="result")
    if own:
        message = "an institution does not review itself"
        raise Refused(message, remedy="Its superior reviews.")
    require_matter(state, frozenset({MatterState.REPORTED, MatterState.ANSWERED}), doing="reviewed")


def require_owed(state: ReportState) -> None:
    """A day is reported once; what was wrong is a matter, or tomorrow's report."""
    if state is not ReportState.OWED:
        message = "this day is reported already"
        raise Refused(message, remedy="Report what happened since as a major matter.")


def require_matter(state: MatterState, allowed: frozenset[MatterState], *, doing: str) -> None:
    """Only a matter at the right point can go on."""
    if state not in allowed:
        message = f"the matter is {state.value} and cannot be {doing}"
        raise Refused(message, remedy="Look at its story.")


def minutes_silent(*, known_at: datetime, reported_at: datetime | None) -> int | None:
    """Whole minutes from when the institution knew to when it told; none while it has not. A fact, no judgement."""
    return None if reported_at is None else max(0, int((reported_at - known_at).total_seconds() // 60))

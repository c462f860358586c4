"""What a day's report must hold, and what contradicts it, as pure functions."""

from __future__ import annotations

from datetime import datetime

from bulou.institutions.choices import MatterState, ReportState
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


def minutes_silent(*, known_at: datetime, reported_at: datetime | None, now: datetime) -> int:
    """Whole minutes from when the institution knew to when it told, or until now; a fact beside others, no judgement."""
    return max(0, int(((reported_at or now) - known_at).total_seconds() // 60))

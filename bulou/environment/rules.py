"""What may happen to a job next, as pure functions of its words and clocks."""

from __future__ import annotations

from datetime import datetime

from bulou.environment.choices import JobKind, JobState, Outcome
from bulou.kernel.errors import Refused

LIVE = frozenset({JobState.ASKED, JobState.UNDER_WAY})


def require_live(state: JobState, *, doing: str) -> None:
    """Only a job that is not over can go on."""
    if state not in LIVE:
        message = f"the job is {state.value} and cannot be {doing}"
        raise Refused(message, remedy="Ask for a new job.")


def may_clear(*, kind: JobKind, state: JobState, outcome: str) -> bool:
    """Whether somebody may now let people in again: what was done is done, and no sample is positive or owed."""
    if state is not JobState.DONE:
        return False
    return kind is not JobKind.SAMPLING or outcome == Outcome.NEGATIVE


def require_clearance(
    *, kind: JobKind, state: JobState, outcome: str, reopens_at: datetime | None, doer: str, signer: str, at: datetime
) -> None:
    """Re-entry is signed by another unit than did the job, after the time that the agent or the air needs."""
    if not may_clear(kind=kind, state=state, outcome=outcome):
        message = "samples of the place are positive, or the job is not done"
        raise Refused(message, remedy="Disinfect, sample again, and wait for the result.")
    if reopens_at is not None and at < reopens_at:
        message = f"nobody enters before {reopens_at.isoformat()}"
        raise Refused(message, remedy="Wait until the agent has worked and the rooms are aired.")
    if signer == doer:
        message = "the unit that did the job does not sign that it is safe"
        raise Refused(message, remedy="Its superior, or another unit, looks and signs.")

"""What the reasons of the specimen chain say, in the reader's language."""

from __future__ import annotations

from bulou.rounds import wording
from bulou.specimens import rules

TEMPLATES = (
    rules.SAID_COUNTS,
    rules.SAID_SEALS,
    rules.SAID_SWAPPED,
    rules.SAID_MISSING,
    rules.SAID_LABORATORY_FULL,
    rules.SAID_POOL,
    rules.SAID_UNCLEAR,
    rules.SAID_LATE,
)


def why(text: str) -> str:
    """A duty's reason in the active language; what was written by hand stays as it is."""
    said = (wording.say(part, (*TEMPLATES, *wording.TEMPLATES), words=("outcome",)) for part in text.split("; "))
    return "; ".join(said)

"""What the reasons of rounds and testing say, in the reader's language."""

from __future__ import annotations

from bulou.rounds import wording
from bulou.testing import rules

# An appointment before a plain visit: it is the longer form of the same sentence.
TEMPLATES = (rules.SAID_RATE, rules.SAID_NEVER, rules.SAID_APPOINTED, rules.SAID_VISITED, rules.SAID_EXPIRED)


def why(text: str) -> str:
    """A duty's reason in the active language; what was written by hand stays as it is."""
    return wording.say(text, (*TEMPLATES, *wording.TEMPLATES), words=("outcome",))

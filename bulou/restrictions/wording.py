"""What the register's reasons say, in the reader's language; what a person wrote stays as it is."""

from __future__ import annotations

from bulou.duties.wording import say
from bulou.restrictions import rules

TEMPLATES = (
    rules.SAID_POSITIVE,
    rules.SAID_CONTACT,
    rules.SAID_UNANSWERED,
    rules.SAID_END,
    rules.SAID_SILENCE,
    rules.SAID_UNASKED,
    rules.SAID_NO_CASE,
    rules.SAID_UNSIGNED,
    rules.SAID_EVIDENCE,
    rules.SAID_LONGER,
    rules.SAID_OPEN_CASE,
    rules.SAID_GRADED,
    rules.SAID_WAITING,
    rules.SAID_DIAGNOSED,
)
_WORDS = ("grade", "status")


def why(text: str) -> str:
    """A reason in the active language, part by part."""
    return "; ".join(say(part, TEMPLATES, words=_WORDS) for part in text.split("; "))

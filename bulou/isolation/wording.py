"""What the reasons of isolation's duties say, in the reader's language."""

from __future__ import annotations

from bulou.duties.wording import say
from bulou.isolation.rules import names

_WHOLE = (names.SAID_INSIDE, names.SAID_AGAIN, names.SAID_UNTRAINED, names.SAID_TEST_MISSED, names.SAID_CHECK_MISSED)
_PARTS = (names.SAID_ARRIVED, names.SAID_HEADS, names.SAID_ABSENT, names.SAID_UNLISTED)


def why(text: str) -> str:
    """A duty's reason in the active language; what was written by hand stays as it is."""
    said = say(text, _WHOLE)
    return said if said != text else "; ".join(say(part, _PARTS) for part in text.split("; "))

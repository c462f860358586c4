"""What the reasons of rounds say, in the reader's language."""

from __future__ import annotations

from bulou.duties.wording import say
from bulou.rounds import rules

__all__ = ["TEMPLATES", "say"]

TEMPLATES = (rules.SAID_NO_LABORATORY, rules.SAID_FULL, rules.SAID_SHORT, rules.SAID_QUEUE)

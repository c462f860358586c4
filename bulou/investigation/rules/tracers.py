"""How many tracers a district needs, and what a shortfall says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from bulou.kernel.errors import InputFault

SAID_SHORT: Final = "%(tracers)s tracers for %(chases)s open chases: %(short)s more are needed"
SAID_UNSPOKEN: Final = "nobody here speaks %(languages)s"
_LONGEST = 80


def needed(chases: int, per_tracer: float) -> int:
    """Tracers for so many open chases, by the pack's number of chases for one."""
    return math.ceil(chases / per_tracer)


def why_short(tracers: int, chases: int, short: int, unspoken: Sequence[str]) -> str:
    """A shortfall in plain words."""
    said = [SAID_SHORT % {"tracers": tracers, "chases": chases, "short": short}] if short else []
    said += [SAID_UNSPOKEN % {"languages": ", ".join(unspoken)}] if unspoken else []
    return "; ".join(said)


def is_said(why: str) -> bool:
    """Whether a reason was written by these rules, and not by somebody by hand."""
    return " open chases: " in why or why.startswith("nobody here speaks ")


def languages(spoken: Sequence[str]) -> str:
    """The ';'-joined languages, each once."""
    found = ";".join(dict.fromkeys(one.strip() for one in spoken if one.strip()))
    if not found or len(found) > _LONGEST:
        message = "name the languages spoken"
        raise InputFault(message, column="languages", remedy="As zh, en, ja.")
    return found

"""What a notice must say, when a building has been told, and when two questions are the same one, as pure functions."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta

from bulou.kernel import codes
from bulou.kernel.errors import InputFault
from bulou.notices.choices import AT_THE_DOOR, BY_HOUSEHOLD, AskedKind, Verdict, Way

LONGEST = timedelta(days=60)
MOST_PLACES = 100
_SILENT = re.compile(r"[\W_]+")


def require_plain(said: Mapping[str, str], *, starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    """A notice says in both languages what holds, on what basis, whom to call and how to object; and it ends."""
    for column, text in said.items():
        if not text.strip():
            message = (
                f"a notice is complete in Chinese and English, with its basis, whom to call, how to object: {column} is blank"
            )
            raise InputFault(message, column=column)
    if not max(starts_at, at) < ends_at <= at + LONGEST:
        message = "a notice ends after it begins, within 60 days"
        raise InputFault(message, column="ends_at", remedy="What holds longer is told again.")


def read_places(text: str, *, inside: str) -> list[str]:
    """The places of a notice, separated by blanks, commas or semicolons: within the unit's own territory."""
    found = list(dict.fromkeys(one for one in re.split(r"[\s,;,;、]+", text) if one))
    if not 1 <= len(found) <= MOST_PLACES:
        message = f"name the places, at most {MOST_PLACES}"
        raise InputFault(message, column="places")
    for one in found:
        if not codes.is_place(one) or not codes.is_below(one, inside):
            message = f"{one!r} is no place below {inside}"
            raise InputFault(message, column="places", remedy="A unit tells the people of its own territory.")
    return found


def require_telling(*, way: Way, reached: int | None, evidence: str) -> None:
    """Telling household by household is counted; each telling names its proof."""
    if way not in AT_THE_DOOR and reached is None:
        message = "say how many households this has reached so far"
        raise InputFault(message, column="reached")
    if not evidence.strip():
        message = "name the photograph, the list, or who read it aloud"
        raise InputFault(message, column="evidence")


def is_told(*, way: Way, reached: int, households: int) -> bool:
    """Whether the building is told: a poster at its door, read aloud, or every household in person or on paper.

    A message to telephones is counted beside these and never instead: not everybody has one.
    """
    return way in AT_THE_DOOR or (way in BY_HOUSEHOLD and reached >= households)


def sameness(text: str) -> str:
    """One digest for texts that differ only in width, case, blanks and punctuation."""
    plain = _SILENT.sub("", unicodedata.normalize("NFKC", text).casefold())
    return hashlib.sha256(plain.encode()).hexdigest()


def require_answer(*, kind: AskedKind, verdict: Verdict | None, said: Mapping[str, str]) -> None:
    """An answer stands in both languages with what it rests on; a rumour's says whether it is true."""
    for column, text in said.items():
        if not text.strip():
            message = "an answer is complete in Chinese and English, with what it rests on"
            raise InputFault(message, column=column)
    if (verdict is None) is (kind is AskedKind.RUMOUR):
        message = "say of a rumour whether it is true; of a question there is nothing to say so"
        raise InputFault(message, column="verdict")

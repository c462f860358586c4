"""What supplies may do next, whose turn it is, and how a day is cut into slots: pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta

from bulou.kernel.errors import InputFault, Refused
from bulou.supplies.choices import Proof

BUILDING_LENGTH = 17  # of a place's code: neighbours live in one building, or in whatever of it is known
MOST = 1_000_000_000  # grams of a batch: a thousand tonnes
_SHA256 = re.compile(r"[0-9a-f]{64}")


def require(state: str, allowed: Collection[str], *, doing: str) -> None:
    """Only what is at the right point can go on."""
    if state not in allowed:
        message = f"it is {state} and cannot be {doing}"
        raise Refused(message, remedy="Look at its story; ask anew where something new is needed.")


def require_text(text: str, column: str, message: str) -> str:
    """A reason, a name, a proof: never blank."""
    if not text.strip():
        raise InputFault(message, column=column)
    return text.strip()


def require_amount(amount: int | None, column: str = "quantity") -> int:
    """A whole number of grams, millilitres or pieces, above nothing."""
    if amount is None or not 0 < amount <= MOST:
        message = f"{amount} is not an amount from 1 to {MOST:,}"
        raise InputFault(message, column=column, remedy="Write it in the good's own measure, as a whole number.")
    return amount


def read_proof(kind: Proof, text: str) -> str:
    """A photograph's SHA-256, or who signed at the door."""
    said = require_text(text, "proof", "nothing is delivered without a proof: a photograph's hash or a signature")
    if kind is Proof.PHOTO and not _SHA256.fullmatch(said.lower()):
        message = "a photograph is named by its SHA-256 of 64 hexadecimal digits"
        raise InputFault(message, column="proof", remedy="Or say who signed at the door.")
    return said.lower() if kind is Proof.PHOTO else said[:120]


def neighbourhood(place_code: str) -> str:
    """Whose doors count as neighbours: the same building, or the same community where no building is known."""
    return place_code[:BUILDING_LENGTH]


def require_turn(*, vulnerable: bool, place_code: str, good: str, waiting: Collection[tuple[str, str]], ahead: str) -> None:
    """Vulnerable first: a neighbour comes earlier only with the reason why (``waiting``: building and good of who waits)."""
    if not vulnerable and not ahead.strip() and (neighbourhood(place_code), good) in waiting:
        message = "a vulnerable household of this building still waits for the same good"
        raise Refused(message, remedy="Deliver there first, or say why this one came earlier.")


def served(wanted: Iterable[tuple[str, int]], there: int) -> Iterator[tuple[str, int]]:
    """Who gets what from so much stock, in the order asked; nobody is passed over for a smaller need behind."""
    for code, amount in wanted:
        if amount > there:
            return
        there -= amount
        yield code, amount


def slots(*, opens_at: datetime, closes_at: datetime, minutes: int) -> list[tuple[datetime, datetime]]:
    """A day cut into half-open slots of equal length; ``InputFault`` when not even one fits."""
    step = timedelta(minutes=max(minutes, 1))
    count = (closes_at - opens_at) // step
    if count < 1:
        message = "not one slot fits between these hours"
        raise InputFault(message, column="closes", remedy="Let the point close later than it opens.")
    return [(opens_at + step * number, opens_at + step * (number + 1)) for number in range(count)]

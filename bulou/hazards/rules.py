"""What may happen to a danger next and what proves its end, as pure functions."""

from __future__ import annotations

import re
from collections.abc import Collection

from bulou.hazards.choices import LINKED, Cause, HazardKind, HazardState
from bulou.kernel.errors import InputFault, Refused

LIVE = frozenset({HazardState.REPORTED, HazardState.GOING})
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_RECORD = re.compile(r"[a-z_]+:\S+", re.ASCII)
MOST_PEOPLE = 500_000  # more than the largest compound holds: a slip of the pen


def require(state: HazardState, allowed: Collection[HazardState], *, doing: str) -> None:
    """Only what is at the right point can go on."""
    if state not in allowed:
        message = f"it is {state.value} and cannot be {doing}"
        raise Refused(message, remedy="Look at its story; report it again where it is there again.")


def require_report(*, kind: HazardKind, place: str, what: str, people: int | None) -> None:
    """A report says where and what; that of a crowd says how many, too."""
    for column, said in (("place", place), ("what", what)):
        if not said.strip():
            message = "say where, and what"
            raise InputFault(message, column=column)
    require_people(kind, people, column="people")


def require_people(kind: HazardKind, people: int | None, *, column: str) -> None:
    """A crowd is counted whenever somebody speaks of it; an estimate is a count."""
    if kind is HazardKind.CROWD and people is None:
        message = "say how many people there are"
        raise InputFault(message, column=column, remedy="An estimate will do; 0 when nobody is left.")
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        message = f"{people} people"
        raise InputFault(message, column=column, remedy="Count again.")


def read_evidence(*, photo: str, witness: str) -> str:
    """What proves the end: a photograph's SHA-256, a witness, or both; never nothing."""
    taken, seen = photo.strip().lower(), witness.strip()
    if taken and not _HASH.fullmatch(taken):
        message = "a photograph is named by its SHA-256: 64 hexadecimal digits"
        raise InputFault(message, column="photo", remedy="Name a witness where there is no photograph.")
    if not taken and not seen:
        message = "name the photograph or a witness that proves it"
        raise InputFault(message, column="witness")
    return taken


def read_cause(cause: Cause, because: str) -> str:
    """The record behind a crowd's cause, as ``supply:…``, ``request:…``; only another cause may stand without one."""
    said = because.strip()
    if cause in LINKED and not _RECORD.fullmatch(said):
        message = f"name the record behind the cause {cause.value}"
        raise InputFault(message, column="because", remedy=f"Write {cause.value}: and its code.")
    return said


def require_signer(*, reopened: int, owner: str, signer: str) -> None:
    """What was closed once and was still there is closed by another unit than owes it."""
    if reopened and signer == owner:
        message = "it was closed once and was still there: another unit looks and closes it"
        raise Refused(message, remedy="The unit above, or the stand-in, looks and closes.")

"""How an order comes down the chain, what may follow at an addressee, whom a draw picks, how a decision stands: pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bulou.kernel import codes
from bulou.kernel.errors import InputFault, Refused
from bulou.orders.choices import Link, Standing

OPEN_LINKS = frozenset({Link.SENT, Link.READ, Link.UNDERSTOOD, Link.STARTED, Link.IMPOSSIBLE})
WORKING = frozenset({Link.READ, Link.UNDERSTOOD, Link.STARTED})
ENDED = frozenset({Link.DONE, Link.RELEASED, Link.VOID})


@dataclass(frozen=True, slots=True)
class Node:
    """One addressee of an order: who, below whom (blank: the issuer itself), and whether it carries the order out."""

    unit: str
    above: str
    leaf: bool


def chain(*, issuer: str, targets: Iterable[str], known: Collection[str]) -> list[Node]:
    """All addressees between an issuer and its targets, uppermost first: every existing unit on the way receives it.

    ``InputFault`` for a target outside the issuer's territory, or none at all.
    """
    top = codes.territory(issuer)
    wanted = set(targets) - {issuer}
    if not wanted:
        message = "an order has at least one addressee below its issuer"
        raise InputFault(message, column="named", remedy="Name units, or choose a level.")
    above: dict[str, str] = {}
    for target in sorted(wanted):
        if target not in known or not codes.is_below(target, top):
            message = f"{target} is no unit below {issuer}"
            raise InputFault(message, column="named", remedy="bulou export units shows the codes.")
        path = [step for step in codes.chain(target) if step in known and codes.is_below(step, top) and step != top]
        path = [step for step in path or [target] if step != issuer]
        above |= dict(zip(path, [*path[1:], ""], strict=True))
    uppers = set(above.values())
    order = sorted(above, key=lambda unit: (len(codes.chain(unit)), unit))
    return [Node(unit, above[unit], unit in wanted and unit not in uppers) for unit in order]


def named_units(text: str) -> list[str]:
    """Unit codes as somebody writes them: by comma, semicolon, blank or line."""
    for sign in ",;,;、\n\t":
        text = text.replace(sign, " ")
    return [one for one in text.split(" ") if one]


def require_link(state: Link, allowed: Collection[Link], *, doing: str) -> None:
    """A step of an addressee that its state allows."""
    if state not in allowed:
        message = f"the order is {state.replace('_', ' ')} here and cannot be {doing}"
        raise Refused(message, code="order-state", remedy="See the order's page for what is owed now.")


def require_window(*, starts_at: datetime, ends_at: datetime, due_at: datetime, at: datetime) -> None:
    """An order's window has a length, and its work is due after now and not after the window."""
    if ends_at <= starts_at:
        message = "an order ends after it starts"
        raise InputFault(message, column="ends_at")
    if not at < due_at <= ends_at:
        message = "the work is due after now, and before the order's own end"
        raise InputFault(message, column="due_at", remedy=f"Choose an instant after {at.isoformat()}.")


def drawn(codes_: Sequence[str], *, seed: str, number: int) -> list[str]:
    """A reproducible draw: the first ``number`` by the digest of seed and code, so that anybody can repeat it."""
    ranked = sorted(codes_, key=lambda code: (hashlib.sha256(f"{seed}|{code}".encode()).hexdigest(), code))
    return ranked[:number]


def digest_of(*parts: object) -> str:
    """The hash of an order as it was issued: any later word would show."""
    return hashlib.sha256("\n".join(str(one) for one in parts).encode()).hexdigest()


def decider(first: str, second: str) -> str:
    """Who says which of two orders stands: the upper of the two issuers, else their lowest common superior."""
    if codes.is_below(first, second):
        return second
    if codes.is_below(second, first):
        return first
    return codes.common_superior(first, second) or first


def lags(*, pace: float, ordered: int, share: float) -> bool:
    """Whether samples per hour fall behind what was ordered by more than the pack lets pass."""
    return pace < ordered * share


def standing(*, state: str, due_at: datetime, closed_at: datetime | None, no_capacity: bool, at: datetime) -> Standing:
    """How a decision stands at the instant of the next meeting."""
    if state == "fulfilled" and closed_at is not None:
        return Standing.DONE if closed_at <= due_at else Standing.DONE_LATE
    if state != "open":
        return Standing.ENDED
    if no_capacity:
        return Standing.NO_CAPACITY
    return Standing.OVERDUE if at >= due_at else Standing.OPEN

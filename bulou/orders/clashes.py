"""Which two orders cannot both be obeyed: a comparison of their words, places, times and amounts; no prose is read.

Pure. An order without an amount is about all of its subject in its place; with one it is about so many somewhere in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bulou.kernel import codes
from bulou.orders.choices import Bound, Clash, Subject, Verb

_OPPOSITE: Final = frozenset(
    frozenset(pair) for pair in ((Verb.OPEN, Verb.CLOSE), (Verb.START, Verb.STOP), (Verb.LET_PASS, Verb.TURN_BACK))
)
_EXCLUSIVE: Final = frozenset(
    frozenset(pair) for pair in ((Verb.KEEP_IN, Verb.CALL_OUT), (Verb.KEEP_IN, Verb.MOVE_OUT), (Verb.CALL_OUT, Verb.MOVE_OUT))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What an order commands, in fields: verb, subject, one named thing or all of them, place, window, amount.

    The window is half-open, in UTC. ``thing`` names one team, vehicle, site or market; blank is any or all.
    """

    verb: Verb
    subject: Subject
    place: str
    starts_at: datetime
    ends_at: datetime
    thing: str = ""
    amount: int | None = None
    bound: Bound = Bound.AT_LEAST

    @property
    def some(self) -> bool:
        """Whether it asks for some of its subject, not for all."""
        return self.amount is not None and not self.thing


def clash(one: Command, other: Command) -> Clash | None:
    """Why the two cannot both be obeyed; None when they can, or when their words do not tell. Symmetric."""
    if not _comparable(one, other):
        return None
    nested = codes.is_below(one.place, other.place) or codes.is_below(other.place, one.place)
    verbs = frozenset((one.verb, other.verb))
    if not nested:
        return Clash.TWO_PLACES if verbs == {Verb.DEPLOY} and one.thing and one.thing == other.thing else None
    if verbs in _OPPOSITE and _meet(one, other):
        return Clash.OPPOSITE
    if verbs in _EXCLUSIVE and _meet(one, other):
        return Clash.EXCLUSIVE
    return Clash.AMOUNTS if len(verbs) == 1 and _amounts_differ(one, other) else None


def _comparable(one: Command, other: Command) -> bool:
    """Whether both speak of one subject at one time, and not of two different named things."""
    if one.subject is not other.subject or (one.subject is Subject.OTHER and one.thing != other.thing):
        return False
    if not (one.starts_at < other.ends_at and other.starts_at < one.ends_at):
        return False
    return not (one.thing and other.thing and one.thing != other.thing)


def _meet(one: Command, other: Command) -> bool:
    """Whether obeying both would fall on the same thing: what asks for some can avoid what does not fill its place."""
    if _no_demand(one) or _no_demand(other):
        return False
    if one.some and other.some:
        return False
    if one.some:
        return not other.thing and codes.is_below(one.place, other.place)
    if other.some:
        return not one.thing and codes.is_below(other.place, one.place)
    return True


def _no_demand(one: Command) -> bool:
    """An upper limit alone asks for nothing to be done."""
    return one.some and one.bound is Bound.AT_MOST


def _amounts_differ(one: Command, other: Command) -> bool:
    return _exceeds(one, other) or _exceeds(other, one)


def _exceeds(low: Command, high: Command) -> bool:
    """Whether what one asks for at least, inside the other's place, is more than the other allows there."""
    if low.amount is None or high.amount is None or low.thing != high.thing:
        return False
    if low.bound is Bound.AT_MOST or high.bound is Bound.AT_LEAST:
        return False
    return codes.is_below(low.place, high.place) and low.amount > high.amount

"""What a rule asks of an arrival at most, on which days, and what may happen next, as pure functions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bulou.arrivals.choices import STRICTNESS, ArrivalState, Measure
from bulou.kernel.errors import InputFault, Refused

LIVE = frozenset({
    ArrivalState.EXPECTED, ArrivalState.ARRIVED, ArrivalState.OFFERED, ArrivalState.FOLLOWED, ArrivalState.SEARCHED,
})  # fmt: skip
HERE = LIVE - {ArrivalState.EXPECTED}


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked of somebody: the measure, for how many days, tests on which of them; ``source`` is the rule's own words."""

    measure: Measure
    days: int
    tests: tuple[int, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Owed:
    """One test: its number and its local day; the first is the test on arrival."""

    day: int
    on: date


def require(state: ArrivalState, allowed: Collection[ArrivalState], *, doing: str) -> None:
    """Only what is at the right point can go on."""
    if state not in allowed:
        message = f"the arrival is {state.value} and cannot be {doing}"
        raise Refused(message, remedy="Look at its story.")


def last_day(terms: Terms, *, arrived_on: date, left_on: date | None) -> date:
    """The last day of the follow-up: days count from leaving the area where that is known, so that none is counted twice."""
    return max(arrived_on, (left_on or arrived_on) + timedelta(days=max(terms.days, 1) - 1))


def tests(terms: Terms, *, arrived_on: date, left_on: date | None) -> list[Owed]:
    """The tests that are owed: one on arrival where the rule asks for any, then those days that still lie ahead."""
    if not terms.tests:
        return []
    start = left_on or arrived_on
    ahead = sorted({day for day in terms.tests if start + timedelta(days=day - 1) > arrived_on})
    first = (arrived_on - start).days + 1
    return [Owed(first, arrived_on), *(Owed(day, start + timedelta(days=day - 1)) for day in ahead)]


def require_no_stricter(rule: Terms, *, measure: Measure, days: int, test_days: Sequence[int]) -> None:
    """Less may be asked, never more: a stricter measure, a day more or a test more is refused, and the rule is named."""
    more = []
    if STRICTNESS.index(measure) > STRICTNESS.index(rule.measure):
        more.append(f"{measure.value} instead of {rule.measure.value}")
    if days > rule.days:
        more.append(f"{days} days instead of {rule.days}")
    if len(set(test_days)) > len(set(rule.tests)):
        more.append(f"{len(set(test_days))} tests instead of {len(set(rule.tests))}")
    if more:
        message = f"stricter than the rule ({', '.join(more)}): {rule.source}"
        raise Refused(
            message, code="over-control", remedy="Ask no more than the rule; a stricter rule is a new version of the pack."
        )


def require_left(left_on: date | None, *, arrives_on: date) -> None:
    """Nobody leaves an area after coming here from it."""
    if left_on is not None and left_on > arrives_on:
        message = "the day of leaving lies behind the arrival"
        raise InputFault(message, column="left_on")


def read_days(text: str, *, column: str) -> tuple[int, ...]:
    """Days as somebody writes them: ``1,3,5``; blank for none."""
    parts = [one for one in text.replace(";", ",").replace(",", ",").replace("、", ",").replace(" ", ",").split(",") if one]
    if not all(one.isdecimal() and 0 < int(one) < 100 for one in parts):  # noqa: PLR2004 - two digits: a slip of the pen beyond
        message = f"{text!r} does not name days"
        raise InputFault(message, column=column, remedy="Write 1,3,5.")
    return tuple(sorted({int(one) for one in parts}))

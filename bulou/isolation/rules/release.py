"""Whether somebody may go home: days and tests of the pack, and each condition said in words (解除隔离条件)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bulou.isolation.choices import RiskClass, SampleOutcome
from bulou.policy.model import Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One test of a stay: planned on a day, perhaps taken, perhaps answered."""

    day: int
    sampled_at: datetime | None
    outcome: SampleOutcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of release: what it asks, in a stable word and its values, and whether it is met."""

    code: str  # days, test, negatives
    met: bool
    day: int = 0
    until: datetime | None = None
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether somebody may be released, and why (not)."""

    conditions: tuple[Condition, ...]

    @property
    def may(self) -> bool:
        """Every condition is met."""
        return all(one.met for one in self.conditions)

    @property
    def reasons(self) -> list[str]:
        """What is not met, in words."""
        return [one.says for one in self.conditions if not one.met]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the pack asks of one class."""

    days: timedelta
    test_days: tuple[int, ...]
    home_days: int
    home_test_days: tuple[int, ...]
    negatives: int = 0  # of a case: so many negative samples in a row
    apart: timedelta = timedelta(0)


def terms_of(pack: Pack, risk_class: RiskClass) -> Terms:
    """The terms of a class in a pack; ``PolicyFault`` when the pack lacks a number."""
    if risk_class is RiskClass.CONTACT:
        return Terms(
            days=pack.span("contact_isolation"),
            test_days=_days(pack, "contact_test_days"),
            home_days=int(pack.amount("contact_home_monitoring")),
            home_test_days=(int(pack.amount("contact_home_test_day")),),
        )
    if risk_class is RiskClass.SECONDARY:
        return Terms(
            days=pack.span("secondary_home_isolation"),
            test_days=_days(pack, "secondary_test_days"),
            home_days=0,
            home_test_days=(),
        )
    return Terms(
        days=pack.span("isolation_case_days"),
        test_days=_days(pack, "isolation_case_test_days"),
        home_days=int(pack.amount("isolation_case_home_days")),
        home_test_days=(),
        negatives=int(pack.amount("isolation_case_negatives")),
        apart=pack.span("isolation_case_negatives_apart"),
    )


def _days(pack: Pack, name: str) -> tuple[int, ...]:
    value = pack.number(name).value
    return tuple(int(day) for day in value) if isinstance(value, tuple) else (int(pack.amount(name)),)


def verdict(terms: Terms, *, clock_from: datetime, tests: Sequence[Sample], at: datetime) -> Verdict:
    """Whether the terms are met at an instant.

    Contacts: the days since the last exposure are over, and every planned test is negative; a positive among the others
    bars too. Cases: enough negative samples in a row at the end, far enough apart; the days are only a plan.
    """
    if terms.negatives:
        return Verdict(conditions=(_negatives(terms, tests),))
    ends = clock_from + terms.days
    days = int(terms.days / timedelta(days=1))
    found = [Condition(code="days", met=at >= ends, until=ends, day=days, says=f"the {days} days end at {ends.isoformat()}")]
    found += [_test(one) for one in tests if one.day > 0 or one.outcome not in {None, SampleOutcome.NEGATIVE}]
    return Verdict(conditions=tuple(found))


def _test(one: Sample) -> Condition:
    if one.outcome is SampleOutcome.NEGATIVE:
        return Condition(code="test", met=True, day=one.day)
    unanswered = "has no result yet" if one.sampled_at else "was not taken"
    said = f"is {one.outcome}" if one.outcome else unanswered
    return Condition(code="test", met=False, day=one.day, says=f"the test of day {one.day} {said}")


def _negatives(terms: Terms, tests: Sequence[Sample]) -> Condition:
    taken = sorted((one.sampled_at, one.outcome) for one in tests if one.sampled_at and one.outcome)
    last: list[datetime] = []
    for sampled_at, outcome in reversed(taken):
        if outcome is not SampleOutcome.NEGATIVE:
            break
        if not last or last[-1] - sampled_at >= terms.apart:
            last.append(sampled_at)
    hours = int(terms.apart / timedelta(hours=1))
    return Condition(
        code="negatives",
        met=len(last) >= terms.negatives,
        day=len(last),
        says=f"{len(last)} of {terms.negatives} negative samples in a row, {hours} hours apart",
    )

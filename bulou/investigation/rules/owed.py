"""What is owed for a contact because of its grade: a pure function of facts, so that it can be computed again at any time.

A person's duties follow from the strictest of its contacts, and of those from the one last exposed: nobody is moved
twice, or tested twice on a day, because two cases were met. Days are local calendar days counted from the last exposure
(day 0), as the rules count them (自末次暴露后算起), and the whole ends so many times 24 hours after it; what lay before the
person was listed is not owed, but a missed test is made up for on the day of listing. Moving a close contact is owed by
the transfer that the playbook asks for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from bulou.investigation.choices import Grade
from bulou.investigation.rules.grading import STRICTNESS
from bulou.kernel import clock
from bulou.policy import Pack

HOME_QUARANTINED: Final = "contact.home_quarantined"
TESTED: Final = "contact.tested"
CHECKED: Final = "contact.checked"
RELEASED: Final = "contact.released"
TOLD: Final = "contact.told"
KINDS: Final = (HOME_QUARANTINED, TESTED, CHECKED, RELEASED, TOLD)

SAID_PLACE: Final = "%(grade)s contact, last exposed on %(exposed)s"
SAID_TEST: Final = "%(grade)s contact, last exposed on %(exposed)s: test on day %(day)s"
SAID_TEST_MISSED: Final = "%(grade)s contact, listed on day %(day)s after tests were due: tested on the day of listing"
SAID_CHECK: Final = "%(grade)s contact, last exposed on %(exposed)s: daily check, day %(day)s of %(days)s"
SAID_RELEASE: Final = "%(grade)s contact, last exposed on %(exposed)s: %(days)s days end on %(until)s"
SAID_TELL: Final = "general contact: is told what to watch for"
RULE_CLOCK: Final = "防控方案(第九版) (N9-CC-CLOCK)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What the pack asks for one grade: days counted from the last exposure, days of tests, and the numbers' sources."""

    days: int = 0
    test_days: tuple[int, ...] = ()
    placed: str = ""  # the kind of duty that brings the measure to the person; blank where a transfer takes it away
    days_rule: str = ""
    tests_rule: str = ""
    placed_rule: str = ""
    checked_rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One contact that stands, as the rule sees it."""

    grade: Grade
    last_exposed_at: datetime
    listed_at: datetime
    graded_at: datetime
    key: str = ""  # the contact's code: of two alike the smaller leads, so that the order of facts does not matter


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One duty that is owed: its kind, the day it belongs to (None: the whole time), its clock's facts, and why."""

    kind: str
    day: date | None
    facts: dict[str, datetime] = field(hash=False)
    because: str
    rule: str

    @property
    def key(self) -> tuple[str, date | None]:
        """What makes it this duty and no other of the same person."""
        return self.kind, self.day


def measures(pack: Pack) -> dict[Grade, Measure]:
    """What each grade asks for, from the pack's numbers; what a pack does not name is not asked for.

    A pack need not know a second ring, tests by calendar, or a duty to place anybody.
    """
    found = {Grade.GENERAL: Measure(placed=TOLD, placed_rule=pack.duty(TOLD).source)}
    for grade, days, tests, placed in (
        (Grade.CLOSE, "contact_isolation", "contact_test_days", ""),
        (Grade.SECONDARY, "secondary_home_isolation", "secondary_test_days", HOME_QUARANTINED),
    ):
        if days in pack.numbers:
            found[grade] = Measure(
                days=int(pack.amount(days)),
                test_days=_days(pack, tests),
                placed=placed,
                days_rule=pack.number(days).source,
                tests_rule=pack.number(tests).source if tests in pack.numbers else "",
                placed_rule=pack.duty(placed).source if placed else "",
                checked_rule=pack.duty(CHECKED).source,
            )
    return found


def _days(pack: Pack, name: str) -> tuple[int, ...]:
    if name not in pack.numbers:
        return ()
    value = pack.number(name).value
    return tuple(int(one) for one in value) if isinstance(value, tuple) else (int(value),)


def leading(standing: Iterable[Standing]) -> Standing | None:
    """The contact from which a person's duties follow: the strictest, of these the last exposed."""
    ordered = sorted(standing, key=lambda one: one.key)
    return max(ordered, key=lambda one: (STRICTNESS[one.grade], one.last_exposed_at), default=None)


def period(one: Standing, measure: Measure) -> tuple[date, datetime]:
    """Day 0 of a contact's days, and the instant at which they are over: no stricter than the rule says."""
    return clock.day_of(one.last_exposed_at), one.last_exposed_at + timedelta(days=measure.days)


def expected(standing: Iterable[Standing], measured: dict[Grade, Measure]) -> tuple[Expected, ...]:
    """Everything that is owed for a person because of its contacts that stand; nothing without any.

    ``listed_at`` of the earliest counts: a second case met later does not bring back days that are past.
    """
    standing = list(standing)
    lead = leading(standing)
    if lead is None:
        return ()
    measure = measured.get(lead.grade, measured[Grade.GENERAL])  # a ring that the pack does not know asks for no days
    placed = {"graded_at": lead.graded_at}
    if not measure.days:
        return (Expected(kind=TOLD, day=None, facts=placed, because=SAID_TELL, rule=measure.placed_rule),)
    first, end = period(lead, measure)
    listed = clock.day_of(min(one.listed_at for one in standing))
    said = {"grade": lead.grade.value, "exposed": first.isoformat()}
    found = [_released(lead, measure, end, said)]
    if min(one.listed_at for one in standing) >= end:
        return tuple(found)  # listed after its days were over: all that is owed is to say so
    if measure.placed:
        place = Expected(kind=measure.placed, day=None, facts=placed, because=SAID_PLACE % said, rule=measure.placed_rule)
        found.append(place)
    found += _tests(first, listed, measure, said)
    found += _checks(first, listed, measure, said)
    return tuple(found)


def _released(lead: Standing, measure: Measure, end: datetime, said: dict[str, str]) -> Expected:
    until = clock.day_of(end).isoformat()
    return Expected(
        kind=RELEASED,
        day=None,
        facts={"period_ends_at": max(end, lead.listed_at)},
        because=SAID_RELEASE % {**said, "days": measure.days, "until": until},
        rule=f"{measure.days_rule}; {RULE_CLOCK}",
    )


def _tests(first: date, listed: date, measure: Measure, said: dict[str, str]) -> list[Expected]:
    days = [first + timedelta(days=number) for number in measure.test_days]
    found = [
        _daily(TESTED, day, SAID_TEST % {**said, "day": (day - first).days}, measure.tests_rule)
        for day in days
        if day >= listed
    ]  # fmt: skip
    if any(day < listed for day in days) and listed not in days:
        late = SAID_TEST_MISSED % {**said, "day": (listed - first).days}
        found.insert(0, _daily(TESTED, listed, late, measure.tests_rule))
    return found


def _checks(first: date, listed: date, measure: Measure, said: dict[str, str]) -> list[Expected]:
    begin = max(1, (listed - first).days)
    return [
        _daily(
            CHECKED,
            first + timedelta(days=number),
            SAID_CHECK % {**said, "day": number, "days": measure.days},
            measure.checked_rule,
        )
        for number in range(begin, measure.days + 1)
    ]


def _daily(kind: str, day: date, because: str, rule: str) -> Expected:
    starts, ends = clock.day_bounds(day)
    return Expected(
        kind=kind, day=day, facts={"day_starts_at": starts, "day_ends_at": ends}, because=because, rule=rule
    )  # fmt: skip


def about(person_id: str, one: Expected) -> str:
    """What a contact's duty is about: the person, and for a day's duty the day."""
    return f"person:{person_id}/{one.day.isoformat()}" if one.day else f"person:{person_id}"


def upgraded_by_positive(*, tests_before: int, first_tests: int) -> bool:
    """Whether a close contact's positive came within its first tests: then its own contacts become close contacts."""
    return tests_before < first_tests

"""What the worker does for sites every day: open the day's duties, and turn what a day missed into people by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from bulou.duties import actions as duties
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.duties.opening import Owed, open_duty, open_many
from bulou.investigation.models import ContactDuty
from bulou.investigation.rules import owed as owed_rules
from bulou.isolation import rows
from bulou.isolation.care import unchecked, untested
from bulou.isolation.choices import StayState
from bulou.isolation.homes import checked_by_fact
from bulou.isolation.models import IsolationSite, Stay
from bulou.isolation.rules import names
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Door, system
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag

_DAILY = (names.HEADS_COUNTED, names.CHECKS_DONE, names.TESTS_TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """Sites whose day was begun, and those that failed."""

    begun: tuple[str, ...]
    failed: tuple[str, ...]


def tend_sites(*, at: datetime) -> Tended:
    """Begin the local day of every site with guests, once; before that, end the days that went by.

    Called by the worker beside the sweep, as often as it likes. A site that fails becomes a duty and stops no other.
    """
    by = system(unit="CN", door=Door.SWEEP)
    today = clock.day_of(at)
    guests = Stay.objects.filter(state=StayState.ADMITTED).order_by().values_list("site_code", flat=True).distinct()
    running = Duty.objects.filter(state=DutyState.OPEN, kind__in=_DAILY).values_list("about", flat=True)
    days: dict[str, set[date]] = defaultdict(set)
    for about in running:
        site, _, on = about.removeprefix("isosite:").rpartition("@")
        days[site].add(date.fromisoformat(on))
    begun_already = set(
        Duty.objects.filter(kind=names.HEADS_COUNTED, about__in=[names.day_about(site, today) for site in guests]).values_list(
            "about", flat=True
        )
    )
    _done_elsewhere(by=by, at=at)
    begun, failed = [], []
    for site in sorted(set(guests) | set(days)):
        past = sorted(on for on in days[site] if on < today)
        fresh = site in set(guests) and names.day_about(site, today) not in begun_already
        if not past and not fresh:
            continue
        try:
            _tend(site, past, today if fresh else None, by=by, at=at)
            begun.append(site)
        except Exception as problem:  # noqa: BLE001 - one site that fails must not leave the others untended
            failed.append(site)
            _owe_repair(site, problem, by=by, at=at)
    return Tended(begun=tuple(begun), failed=tuple(failed))


def _done_elsewhere(*, by: Actor, at: datetime) -> None:
    """Days at home whose duty was fulfilled on its own page within the last day: they are done on the list too."""
    answered = Duty.objects.filter(
        kind__in=(names.DAY_CHECKED, names.HOME_TESTED), state=DutyState.FULFILLED, closed_at__gt=at - timedelta(days=1)
    ).exclude(proof__startswith=Tag.HOME_CHECKED.value)
    for duty in answered.order_by("closed_at"):
        checked_by_fact(duty, by=by, at=at)


@transaction.atomic
def _tend(site: str, past: list[date], today: date | None, *, by: Actor, at: datetime) -> None:
    stands = rows.locked_site(site)
    for on in past:
        _end_day(stands, on, today=today, by=by, at=at)
    if today is not None:
        _begin_day(stands, today, by=by, at=at)
    ledger.record(
        tag=Tag.SITE_DAY_TENDED,
        subject=names.site_about(site),
        unit=site,
        by=by,
        at=at,
        data={"begun": today, "ended": past},
    )


def _begin_day(site: IsolationSite, on: date, *, by: Actor, at: datetime) -> None:
    kinds = [names.HEADS_COUNTED, names.CHECKS_DONE]
    if untested(site.pk, on):
        kinds.append(names.TESTS_TAKEN)
    open_many([_day_duty(site, kind, on) for kind in kinds], by=by, at=at)


def _day_duty(site: IsolationSite, kind: str, on: date) -> Owed:
    return Owed(
        kind=kind,
        about=names.day_about(site.pk, on),
        label=f"{site.name} · {on.isoformat()}",
        place_code=site.place_code,
        owners={"explicit": site.pk},
        facts={"day_starts_at": clock.day_bounds(on)[0]},
    )


def _end_day(site: IsolationSite, on: date, *, today: date | None, by: Actor, at: datetime) -> None:
    """What the day owed and did not get: heads again today, each missed test and check by the guest's name."""
    about = names.day_about(site.pk, on)
    tests = untested(site.pk, on)
    named = _named_already([test.stay.person_id for test in tests], owed_rules.TESTED)
    tests = [test for test in tests if test.stay.person_id not in named]
    labels = rows.labels([test.stay.person_id for test in tests])
    owed = [
        Owed(
            kind=names.TEST_CAUGHT_UP,
            about=names.test_about(test.stay_id, test.day),
            label=f"{test.stay.room_id} · {labels[test.stay.person_id]}",
            place_code=site.place_code,
            owners={"explicit": site.pk},
            facts={"missed_on": clock.day_bounds(test.due_on)[0]},
            why=names.SAID_TEST_MISSED % {"day": test.due_on.isoformat()},
        )
        for test in tests
    ]
    _end(names.TESTS_TAKEN, about, "not everybody was sampled", owed, by=by, at=at)
    without = unchecked(site.pk, on, at=at)
    named = _named_already([stay.person_id for stay in without], owed_rules.CHECKED)
    without = [stay for stay in without if stay.person_id not in named]
    labels = rows.labels([stay.person_id for stay in without])
    owed = [
        Owed(
            kind=names.CHECK_CAUGHT_UP,
            about=names.check_about(stay.pk),
            label=f"{stay.room_id} · {labels[stay.person_id]}",
            place_code=site.place_code,
            owners={"explicit": site.pk},
            facts={"missed_on": clock.day_bounds(on)[0]},
            why=names.SAID_CHECK_MISSED % {"day": on.isoformat()},
        )
        for stay in without
    ]
    _end(names.CHECKS_DONE, about, "not everybody was seen", owed, by=by, at=at)
    again = [_day_duty(site, names.HEADS_COUNTED, today)] if today is not None else []
    _end(names.HEADS_COUNTED, about, "nobody counted", again, by=by, at=at)


def _named_already(people: list[str], kind: str) -> set[str]:
    """Contacts whose test or check is owed by name since their grading, and stays owed: not a second time."""
    owed = ContactDuty.objects.filter(person_id__in=people, duty__kind=kind, duty__state=DutyState.OPEN)
    return set(owed.values_list("person_id", flat=True))


def _end(kind: str, about: str, reason: str, owed: list[Owed], *, by: Actor, at: datetime) -> None:
    """The day's duty failed into what follows; with nothing left to do, the day is done."""
    if not Duty.objects.filter(kind=kind, about=about, state=DutyState.OPEN).exists():
        return
    if owed:
        duties.fail_by_fact(kind=kind, about=about, reason=reason, successors=owed, by=by, at=at)
        return
    duties.supersede_by_fact(kind=kind, about=about, successor="nobody of that day is left to be seen", by=by, at=at)


@transaction.atomic
def _owe_repair(site: str, problem: Exception, *, by: Actor, at: datetime) -> None:
    open_duty(
        Owed(
            kind="consequence.repaired",
            about=f"isolation:{site}",
            label=f"{site}: the day's duties",
            owners={"explicit": site},
            facts={"failed_at": at},
            why=f"{type(problem).__name__}: {problem}"[:300],
        ),
        by=by,
        at=at,
    )

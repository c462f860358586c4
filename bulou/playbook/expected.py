"""Who should be restricted, by cases, contacts and the pack's days: what the nightly recomputation holds the register against.

Pure of the register: it reads facts and rules only. A hold or isolation answers a case; isolation, a hold before the
transfer or quarantine at home a close contact; quarantine at home, and nothing stricter, a contact of a contact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from bulou.investigation.choices import CaseStatus, ContactStatus, Grade
from bulou.investigation.models import Case, Contact
from bulou.kernel import clock
from bulou.policy import Pack, pack_in_force
from bulou.restrictions.choices import Kind
from bulou.restrictions.reconciling import Expected
from bulou.restrictions.rules import SAID_GRADED, SAID_OPEN_CASE

OF_CASE = frozenset({Kind.HOLD, Kind.ISOLATION})
OF_GRADE = {
    Grade.CLOSE: frozenset({Kind.HOLD, Kind.ISOLATION, Kind.HOME_QUARANTINE}),
    Grade.SECONDARY: frozenset({Kind.HOME_QUARANTINE}),
}


def pack_at(at: datetime) -> Pack:
    """The pack in force at an instant."""
    return pack_in_force(settings.BULOU_POLICY, clock.day_of(at))


def expected(*, at: datetime, people: Collection[str] | None = None) -> Iterator[Expected]:
    """Who should be restricted at the instant: all, or those of ``people`` who should; nobody where a pack names no kind."""
    pack = pack_at(at)
    if not pack.restrictions:
        return
    only = Q() if people is None else Q(person_id__in=list(people))
    open_cases = Case.objects.filter(only, released_at=None, merged_into=None).exclude(status=CaseStatus.EXCLUDED)
    for code, person, place in open_cases.values_list("code", "person_id", "place_code"):
        yield Expected(kinds=OF_CASE, place_code=place, person_id=person, why=SAID_OPEN_CASE % {"case": code})
    if people is None:
        yield from _places(pack, at)
    standing = Contact.objects.filter(only, status=ContactStatus.ACTIVE, grade__in=[grade.value for grade in OF_GRADE])
    for code, person, place, grade, exposed in standing.values_list(
        "code", "person_id", "place_code", "grade", "last_exposed_at"
    ):
        if at < exposed + days(pack, Grade(grade)):
            yield Expected(
                kinds=OF_GRADE[Grade(grade)],
                place_code=place,
                person_id=person,
                why=SAID_GRADED % {"grade": grade, "contact": code},
            )


def _places(pack: Pack, at: datetime) -> Iterator[Expected]:
    """Places in which a case was detected within the days that one fact closes a place for."""
    rule = pack.restrictions.get(Kind.ZONE_MEASURE.value)
    if rule is None:
        return
    since = at - max(rule.grounds.values())
    recent = Case.objects.filter(detected_at__gt=since).exclude(status=CaseStatus.EXCLUDED)
    for place in recent.order_by().values_list("place_code", flat=True).distinct():
        yield Expected(kinds=frozenset({Kind.ZONE_MEASURE}), place_code=place, why="a case in the place")


def days(pack: Pack, grade: Grade) -> timedelta:
    """How long a contact of this grade is restricted, from the last exposure (N9-CC-CLOCK)."""
    return pack.span("contact_isolation" if grade is Grade.CLOSE else "secondary_home_isolation")

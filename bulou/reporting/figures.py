"""Counting a day's figures of an area from cases, tubes and results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.kernel import clock, codes
from bulou.places.models import Area
from bulou.specimens.models import Tube, TubeMember
from bulou.specimens.queries import abnormal_pools


@dataclass(frozen=True, slots=True)
class Counted:
    """One figure: statistic, split (empty for the whole; ``district:520102``, ``sampled:2022-09-17``), value, source."""

    statistic: str
    split: str
    value: int
    source: str


def in_area(area: Area, field: str) -> Q:
    """Rows whose code field lies in one of the area's parts."""
    found = Q(pk__in=[])
    for part in area.parts.all():
        low, high = codes.below(part.place_code)
        found |= Q(**{f"{field}__gte": low, f"{field}__lt": high})
    return found


def count_day(area: Area, on: date) -> list[Counted]:
    """All figures of the day [00:00, 24:00): cases with their splits, existing and cumulative, tests, abnormal pools."""
    start, end = clock.day_bounds(on)
    cases = Case.objects.filter(in_area(area, "place_code"), merged_into=None)
    found = [*_new(cases, start, end), *_standing(cases, end)]
    found += _tests(area, start, end)
    return found


def _within(field: str, start: datetime, end: datetime) -> Q:
    return Q(**{f"{field}__gte": start, f"{field}__lt": end})


def _new(cases: QuerySet[Case], start: datetime, end: datetime) -> Iterable[Counted]:
    """New of the day; a conversion counts once, as a new confirmed case and as *converted*, never as a second person."""
    diagnosed = cases.filter(_within("diagnosed_at", start, end)).exclude(status=CaseStatus.EXCLUDED)
    confirmed = list(diagnosed.filter(diagnosed_as=CaseStatus.CONFIRMED))
    converted = list(cases.filter(_within("converted_at", start, end)))
    asymptomatic = list(diagnosed.filter(diagnosed_as=CaseStatus.ASYMPTOMATIC))
    source = "cases by instant of diagnosis"
    for statistic, rows in (
        ("new_confirmed", confirmed + converted),
        ("new_asymptomatic", asymptomatic),
        ("converted", converted),
    ):
        yield Counted(statistic, "", len(rows), source)
        districts = Counter(codes.up_to(row.place_code, codes.Level.DISTRICT) for row in rows)
        sampled = Counter(clock.day_of(row.sampled_at).isoformat() if row.sampled_at else "unknown" for row in rows)
        yield from (Counted(statistic, f"district:{code}", n, source) for code, n in sorted(districts.items()))
        yield from (Counted(statistic, f"sampled:{day}", n, source) for day, n in sorted(sampled.items()))
    released = cases.filter(_within("released_at", start, end))
    yield Counted("discharged", "", released.filter(status=CaseStatus.CONFIRMED).count(), "cases by release")
    yield Counted("released", "", released.filter(status=CaseStatus.ASYMPTOMATIC).count(), "cases by release")
    yield Counted("preliminary_positive", "", cases.filter(_within("detected_at", start, end)).count(), "single tubes")


def _standing(cases: QuerySet[Case], end: datetime) -> Iterable[Counted]:
    """Cumulative since the system's start, and who is still a case at the day's end."""
    known = cases.filter(diagnosed_at__lt=end).exclude(status=CaseStatus.EXCLUDED)
    turned = Q(converted_at__lt=end)
    never = Q(diagnosed_as=CaseStatus.CONFIRMED)  # confirmed from the first, never asymptomatic
    was_confirmed = turned | never
    open_then = Q(released_at=None) | Q(released_at__gte=end)
    source = "cases since the system's start"
    yield Counted("cumulative_confirmed", "", known.filter(was_confirmed).count(), source)
    yield Counted("cumulative_asymptomatic", "", known.exclude(never).count(), source)
    yield Counted("existing_confirmed", "", known.filter(was_confirmed).filter(open_then).count(), source)
    yield Counted("existing_asymptomatic", "", known.exclude(was_confirmed).filter(open_then).count(), source)
    backlog = cases.filter(detected_at__lt=end).filter(Q(diagnosed_at=None) | Q(diagnosed_at__gte=end))
    yield Counted("awaiting_diagnosis", "", backlog.count(), "cases without diagnosis at the day's end")


def _tests(area: Area, start: datetime, end: datetime) -> list[Counted]:
    tubes = Tube.objects.filter(in_area(area, "unit_code")).filter(_within("collected_at", start, end))
    people = TubeMember.objects.filter(tube__in=tubes).values("person_id").distinct().count()
    pools = abnormal_pools(in_area(area, "unit_code"), start=start, end=end)
    return [
        Counted("people_sampled", "", people, "tubes by instant of collection"),
        Counted("tubes_collected", "", tubes.count(), "tubes by instant of collection"),
        Counted("pools_abnormal", "", pools.count(), "first positive result that stands; a pool is never a person's result"),
    ]

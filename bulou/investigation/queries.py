"""Named reads over cases; every one takes the reader and is filtered by the place of stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Count, Q, QuerySet

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.duties import rows
from bulou.investigation import linking, rules
from bulou.investigation.choices import CaseStatus
from bulou.investigation.models import Case
from bulou.investigation.rules import chains
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound


def cases(reader: Actor) -> QuerySet[Case]:
    """The cases that the reader may see, the latest detected first."""
    permit(reader, Operation.SEE_CASES)
    return Case.objects.filter(within(reader, "place_code"), merged_into=None)


def case(reader: Actor, code: str) -> Case:
    """One case; a foreign code answers like a missing one."""
    found = cases(reader).filter(pk=code).first()
    if found is None:
        message = "no such record"
        raise NotFound(message, remedy="Check the identifier.")
    return found


def times(row: Case) -> rules.Times:
    """The spans of a case: sample → result → diagnosed → reported."""
    return rules.times(
        sampled_at=row.sampled_at,
        detected_at=row.detected_at,
        diagnosed_at=row.diagnosed_at,
        reported_at=row.reported_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The median spans of a day's cases, and how many of them still wait."""

    cases: int
    sample_to_result: timedelta | None
    result_to_diagnosed: timedelta | None
    result_to_reported: timedelta | None
    waiting_for_diagnosis: int
    waiting_for_report: int


def pace(reader: Actor, day: date) -> Pace:
    """How fast the cases detected on a local day went from sample to report; one statement."""
    start, end = clock.day_bounds(day)
    found = [times(row) for row in cases(reader).filter(detected_at__gte=start, detected_at__lt=end)]
    return Pace(
        cases=len(found),
        sample_to_result=_median([one.sample_to_result for one in found if one.sample_to_result is not None]),
        result_to_diagnosed=_median([one.result_to_diagnosed for one in found if one.result_to_diagnosed]),
        result_to_reported=_median([one.result_to_reported for one in found if one.result_to_reported]),
        waiting_for_diagnosis=sum(one.result_to_diagnosed is None for one in found),
        waiting_for_report=sum(one.result_to_reported is None for one in found),
    )


def _median(spans: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(span.total_seconds() for span in spans)) if spans else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigures:
    """People of a local day: newly found positive, newly diagnosed by what the experts first said, and conversions."""

    preliminary: int
    confirmed: int
    asymptomatic: int
    excluded: int
    converted: int
    backlog: int  # preliminary positives not diagnosed by the day's end, or by now


def figures(reader: Actor, day: date) -> CaseFigures:
    """The day's figures, 0–24 h of the city; a case converted later stays in the figure of its first diagnosis."""
    start, end = clock.day_bounds(day)
    detected = Q(detected_at__gte=start, detected_at__lt=end)
    diagnosed = Q(diagnosed_at__gte=start, diagnosed_at__lt=end)
    permit(reader, Operation.SEE_FIGURES)
    row = Case.objects.filter(within(reader, "place_code"), merged_into=None).aggregate(
        preliminary=Count("pk", filter=detected),
        confirmed=Count("pk", filter=diagnosed & Q(diagnosed_as=CaseStatus.CONFIRMED)),
        asymptomatic=Count("pk", filter=diagnosed & Q(diagnosed_as=CaseStatus.ASYMPTOMATIC)),
        excluded=Count("pk", filter=diagnosed & Q(diagnosed_as=CaseStatus.EXCLUDED)),
        converted=Count("pk", filter=Q(converted_at__gte=start, converted_at__lt=end)),
        backlog=Count("pk", filter=Q(detected_at__lt=end) & (Q(diagnosed_at=None) | Q(diagnosed_at__gte=end))),
    )
    return CaseFigures(**row)


def undiagnosed(reader: Actor, *, before: datetime) -> QuerySet[Case]:
    """Preliminary positives detected before an instant that no expert has diagnosed yet, oldest first."""
    return cases(reader).filter(status=CaseStatus.PRELIMINARY, detected_at__lt=before).order_by("detected_at", "code")


def chains_of(reader: Actor, *, top: str = "", since: date | None = None, until: date | None = None) -> chains.Chains:
    """The chains of the cases that the reader may see; at most ``CHAIN_MOST`` of them, the latest. Two statements."""
    found = chain_cases(reader, top=top, since=since, until=until)
    pack = rows.pack_now(rows.today())
    return chains.chains(
        [chains.Node(code=row.pk, onset=row.onset_on, seen=clock.day_of(row.detected_at)) for row in found],
        linking.standing([row.pk for row in found]),
        longest_interval=int(pack.amount("serial_interval_longest")),
    )


CHAIN_MOST = 2_000  # more is no picture any more; operational


def chain_cases(reader: Actor, *, top: str = "", since: date | None = None, until: date | None = None) -> list[Case]:
    """The cases of a picture: excluded ones infected nobody; below a place, detected between two days."""
    found = cases(reader).exclude(status=CaseStatus.EXCLUDED)
    if top:
        low, high = codes.below(top)
        found = found.filter(place_code__gte=low, place_code__lt=high)
    if since is not None:
        found = found.filter(detected_at__gte=clock.day_bounds(since)[0])
    if until is not None:
        found = found.filter(detected_at__lt=clock.day_bounds(until)[1])
    return sorted(found[:CHAIN_MOST], key=lambda row: (row.detected_at, row.pk))

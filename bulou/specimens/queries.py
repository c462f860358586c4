"""Named reads over the specimen chain; every one takes the reader and is filtered by jurisdiction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Substr

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.investigation import queries as cases
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.places.models import Division
from bulou.rounds.models import CapacityWindow, Laboratory, Site
from bulou.rounds.rows import pack_at
from bulou.rounds.rules import SAID_NO_LABORATORY, hour_of
from bulou.specimens import listing, rows, rules
from bulou.specimens.choices import BoxState, Outcome, ResultState, TubeState
from bulou.specimens.models import Box, LaboratoryResult, Tube

_UNFINISHED = (TubeState.COLLECTED, TubeState.BOXED, TubeState.RECEIVED)
_UNDELIVERED = (TubeState.COLLECTED, TubeState.BOXED)
_DISTRICT_LENGTH = 6  # digits of a county-level code


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A station of the chain: how many tubes stand there, and since when the oldest was collected."""

    key: str
    tubes: int
    oldest: datetime | None


STAGES = ("collected", "packing", "sealed", "in_transit", "received", "reported", "lost")


def pipeline(reader: Actor, *, round_code: str = "") -> list[Stage]:
    """How many tubes stand at each station, in the chain's order; two statements."""
    permit(reader, Operation.SEE_CHAIN)
    found = Tube.objects.filter(listing.seen(reader))
    if round_code:
        found = found.filter(round=round_code)
    counted: dict[str, tuple[int, datetime | None]] = dict.fromkeys(STAGES, (0, None))
    waiting = found.filter(state__in=(*_UNFINISHED, TubeState.LOST)).values("state", "box__state")
    for row in waiting.annotate(tubes=Count("pk"), oldest=Min("collected_at")).order_by():
        key = row["box__state"] if row["state"] == TubeState.BOXED else row["state"]
        if key in counted:
            before = counted[key]
            counted[key] = (before[0] + row["tubes"], min(filter(None, (before[1], row["oldest"])), default=None))
    counted["reported"] = (found.filter(state=TubeState.REPORTED).count(), None)
    return [Stage(key=key, tubes=tubes, oldest=oldest) for key, (tubes, oldest) in counted.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """The oldest specimens of a district, or of all together (``code`` empty): without a result, and not delivered.

    ``late`` counts undelivered tubes older than ``limit``, the policy's hours at room temperature.
    """

    code: str
    name: str
    waiting: int
    oldest: datetime | None
    undelivered: int
    oldest_undelivered: datetime | None
    late: int
    limit: timedelta


def ages(reader: Actor, *, now: datetime, round_code: str = "") -> list[Age]:
    """The oldest specimen's age per district, the whole first; two statements."""
    permit(reader, Operation.SEE_CHAIN)
    limit = pack_at(now).span("delivery_late")
    undelivered = Q(state__in=_UNDELIVERED)
    found = Tube.objects.filter(listing.seen(reader), state__in=_UNFINISHED)
    if round_code:
        found = found.filter(round=round_code)
    grouped = (
        found.annotate(district=Substr("unit_code", 1, _DISTRICT_LENGTH))
        .values("district")
        .annotate(
            waiting=Count("pk"),
            oldest=Min("collected_at"),
            undelivered=Count("pk", filter=undelivered),
            oldest_undelivered=Min("collected_at", filter=undelivered),
            late=Count("pk", filter=undelivered & Q(collected_at__lt=now - limit)),
        )
        .order_by("district")
    )
    by_district = list(grouped)
    names = dict(Division.objects.filter(pk__in=[row["district"] for row in by_district]).values_list("code", "name"))
    parts = [
        Age(
            code=row["district"],
            name=names.get(row["district"], row["district"]),
            waiting=row["waiting"],
            oldest=row["oldest"],
            undelivered=row["undelivered"],
            oldest_undelivered=row["oldest_undelivered"],
            late=row["late"],
            limit=limit,
        )
        for row in by_district
    ]
    return [_whole(parts, limit), *parts]


def _whole(parts: list[Age], limit: timedelta) -> Age:
    return Age(
        code="",
        name="",
        limit=limit,
        waiting=sum(one.waiting for one in parts),
        oldest=_earliest(one.oldest for one in parts),
        undelivered=sum(one.undelivered for one in parts),
        oldest_undelivered=_earliest(one.oldest_undelivered for one in parts),
        late=sum(one.late for one in parts),
    )


def _earliest(instants: Iterable[datetime | None]) -> datetime | None:
    return min((one for one in instants if one is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithoutLaboratory:
    """Specimens that no laboratory waits for: a sealed box, or what lies at a site whose laboratory is full."""

    about: str  # box:…, or the site's code
    box_id: str
    site: str
    unit_code: str
    tubes: int
    oldest: datetime | None
    why: str
    owner: str  # who owes a laboratory; empty for a site's loose tubes, which are owed from the sealing on
    due_at: datetime | None


def without_laboratory(reader: Actor, *, now: datetime) -> list[WithoutLaboratory]:
    """Every specimen without a laboratory, oldest first: boxes under way and sites; four statements."""
    permit(reader, Operation.SEE_CHAIN)
    orphans = list(listing.listed_boxes(reader, listing.BoxFilter(without_laboratory=True)))
    owed = {
        row.about: row
        for row in Duty.objects.filter(
            kind=rules.LABORATORY_ASSIGNED, about__in=[rules.box_about(box.pk) for box in orphans], state=DutyState.OPEN
        )
    }
    found = []
    for box in orphans:
        duty = owed.get(rules.box_about(box.pk))
        found.append(
            WithoutLaboratory(
                about=rules.box_about(box.pk),
                box_id=box.pk,
                site=box.site.name,
                unit_code=box.unit_code,
                tubes=box.tube_count,
                oldest=box.oldest_collected_at,
                why=duty.why if duty else "",
                owner=duty.owner_id if duty else "",
                due_at=duty.due_at if duty else None,
            )
        )
    loose = {
        row["site"]: row
        for row in Tube.objects.filter(listing.seen(reader), Q(state=TubeState.COLLECTED) | Q(box__state=BoxState.PACKING))
        .filter(state__in=_UNDELIVERED)
        .values("site")
        .annotate(tubes=Count("pk"), oldest=Min("collected_at"))
        .order_by()
    }
    for site in Site.objects.filter(pk__in=list(loose)).select_related("laboratory"):
        lab = site.laboratory
        if lab is None or not rows.takes_tubes(lab, at=now):
            found.append(
                WithoutLaboratory(
                    about=site.unit_id,
                    box_id="",
                    site=site.name,
                    unit_code=site.unit_id,
                    tubes=loose[site.pk]["tubes"],
                    oldest=loose[site.pk]["oldest"],
                    why=rows.said_full(lab) if lab else SAID_NO_LABORATORY,
                    owner="",
                    due_at=None,
                )
            )
    return sorted(found, key=lambda one: (one.oldest or now, one.about))


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryLoad:
    """A laboratory with its load: tubes in hand, on the way, its rate, and what it has said."""

    code: str
    name: str
    tubes_per_hour: int
    in_hand: int
    oldest_in_hand: datetime | None
    on_the_way: int
    claimed_this_hour: int
    full: bool
    full_since: datetime | None
    full_until: datetime | None
    full_reason: str

    @property
    def hours_of_work(self) -> float:
        """How long what it has and what comes will take it."""
        return (self.in_hand + self.on_the_way) / self.tubes_per_hour


def laboratories(reader: Actor, *, now: datetime) -> list[LaboratoryLoad]:
    """The laboratories in the reader's territory or above it, with their load; four statements."""
    permit(reader, Operation.SEE_CHAIN)
    above = Q(unit__division__in=codes.chain(codes.territory(reader.unit)))
    labs = Laboratory.objects.filter(within(reader, "unit_id") | above).select_related("unit").order_by("pk")
    in_hand: dict[str | None, tuple[int, datetime | None]] = {
        lab: (tubes, oldest)
        for lab, tubes, oldest in Tube.objects.filter(state=TubeState.RECEIVED)
        .values("box__laboratory")
        .annotate(count=Count("pk"), oldest=Min("collected_at"))
        .values_list("box__laboratory", "count", "oldest")
        .order_by()
    }
    coming: dict[str | None, int] = dict(
        Box.objects.filter(state__in=listing.UNDER_WAY, laboratory__isnull=False)
        .values("laboratory")
        .annotate(count=Sum("tube_count"))
        .values_list("laboratory", "count")
        .order_by()
    )
    claimed: dict[str, int] = dict(
        CapacityWindow.objects.filter(starts_at=hour_of(now)).values_list("laboratory_id", F("claimed"))
    )
    nothing = (0, None)
    return [
        LaboratoryLoad(
            code=lab.pk,
            name=lab.unit.name,
            tubes_per_hour=lab.tubes_per_hour,
            in_hand=in_hand.get(lab.pk, nothing)[0],
            oldest_in_hand=in_hand.get(lab.pk, nothing)[1],
            on_the_way=coming.get(lab.pk, 0),
            claimed_this_hour=claimed.get(lab.pk, 0),
            full=not rows.takes_tubes(lab, at=now),
            full_since=lab.full_since,
            full_until=lab.full_until,
            full_reason=lab.full_reason,
        )
        for lab in labs
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeFigures:
    """Three figures of a local day that are never mixed: pools, people with a positive of their own, diagnosed people.

    A pool counts tubes; nobody in it is counted anywhere because of it.
    """

    pools_abnormal: int
    people_in_pools: int
    preliminary: int
    confirmed: int
    asymptomatic: int
    converted: int
    backlog: int


def abnormal_pools(where: Q, *, start: datetime, end: datetime) -> QuerySet[Tube]:
    """The pools whose first positive result that stands was reported in ``[start, end)``: each counts once, in one day.

    A result in dispute stands until it is settled: a pool is not normal because a second laboratory says so. One that was
    overruled, or recalled with its run, counts nowhere; a positive of the re-test counts on its own day.
    """
    standing = LaboratoryResult.objects.filter(
        tube_id=OuterRef("pk"), outcome=Outcome.POSITIVE, state__in=(ResultState.VALID, ResultState.CONFLICTING)
    )
    within_day = standing.filter(reported_at__gte=start, reported_at__lt=end)
    return Tube.objects.filter(where, Exists(within_day), ~Exists(standing.filter(reported_at__lt=start)), people__gt=1)


def three_figures(reader: Actor, day: date) -> ThreeFigures:
    """Pools abnormal, preliminary positives, and what the experts diagnosed, 0–24 h of the city; two statements."""
    permit(reader, Operation.SEE_FIGURES)
    start, end = clock.day_bounds(day)
    found = abnormal_pools(within(reader, "unit_code"), start=start, end=end)
    pools = found.aggregate(pools=Count("pk"), people=Sum("people"))
    people = cases.figures(reader, day)
    return ThreeFigures(
        pools_abnormal=pools["pools"],
        people_in_pools=pools["people"] or 0,
        preliminary=people.preliminary,
        confirmed=people.confirmed,
        asymptomatic=people.asymptomatic,
        converted=people.converted,
        backlog=people.backlog,
    )

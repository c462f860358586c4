"""Named reads over rounds, sites and laboratories; every one takes the reader and is filtered by jurisdiction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, Value, When

from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import may, permit
from bulou.kernel import codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotPermitted
from bulou.rounds import rows, rules
from bulou.rounds.actions import moved_clocks, round_duties
from bulou.rounds.choices import RoundState, SiteState
from bulou.rounds.models import CapacityWindow, Laboratory, Site, TestingRound

_ORDER = {RoundState.OPEN: 0, RoundState.PLANNED: 1}
_LAST = 2


def visible(reader: Actor) -> QuerySet[TestingRound]:
    """Rounds that the reader's unit keeps, or whose area touches its territory: a part of it, or all around it."""
    permit(reader, Operation.SEE_ROUND)
    if reader.unit == "CN":
        return TestingRound.objects.all()
    low, high = codes.below(codes.territory(reader.unit))
    around = [step for step in codes.chain(codes.territory(reader.unit)) if step != "CN"]
    touching = Q(area__parts__place_code__gte=low, area__parts__place_code__lt=high) | Q(area__parts__place_code__in=around)
    found = TestingRound.objects.filter(within(reader, "owner_id") | touching)
    return TestingRound.objects.filter(pk__in=found.values("pk"))


def listed(reader: Actor, *, state: str = "") -> QuerySet[TestingRound]:
    """The rounds a reader may see: those that run first, then planned ones, then the past, the latest first."""
    found = visible(reader).select_related("area", "owner")
    if state:
        found = found.filter(state=state)
    rank = Case(
        *(When(state=name, then=Value(place)) for name, place in _ORDER.items()),
        default=Value(_LAST),
        output_field=IntegerField(),
    )
    return found.order_by(rank, "-opens_at", "code")


def visible_round(reader: Actor, code: str) -> TestingRound:
    """One round; one outside the jurisdiction answers like a missing one."""
    found = visible(reader).select_related("area", "owner").filter(pk=code).first()
    if found is None:
        raise rows.missing_record()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """A site as desk and page show it: its queue, and the laboratory capacity behind it, in tubes."""

    site: Site
    laboratory_full: bool
    tubes_held: int
    tubes_needed: int
    queue_over: bool

    @property
    def is_backed(self) -> bool:
        """Whether it may open, or stand open: a laboratory that is not full holds its tubes."""
        return not self.laboratory_full and self.tubes_held >= self.tubes_needed and bool(self.site.laboratory_id)


def sites(reader: Actor, round_code: str, *, now: datetime, place: str = "") -> list[SiteRow]:
    """The round's sites in the reader's jurisdiction, by code; one statement, and the claims' sum in it."""
    row = visible_round(reader, round_code)
    held = Sum("claims__tubes", filter=Q(claims__released_at=None, claims__window__laboratory=F("laboratory")), default=0)
    found = (
        Site.objects.filter(within(reader, "unit_id", "place_code"), round=row)
        .select_related("unit", "laboratory", "laboratory__unit")
        .annotate(held=held)
        .order_by("unit")
    )
    if place:
        low, high = codes.below(place)
        found = found.filter(place_code__gte=low, place_code__lt=high)
    pack = rows.pack_at(now)
    people_max, wait_max = pack.amount("queue_people_max"), pack.amount("queue_wait_max")
    return [
        SiteRow(
            site=site,
            laboratory_full=site.laboratory is not None
            and rules.is_full(full_since=site.laboratory.full_since, full_until=site.laboratory.full_until, at=now),
            tubes_held=site.held,
            tubes_needed=rules.tubes_needed(people=site.expected_people, pool_size=row.pool_size),
            queue_over=site.state == SiteState.OPEN
            and rules.queue_is_over(
                people=site.queue_people or 0,
                wait_minutes=site.wait_minutes or 0,
                people_max=people_max,
                wait_max=wait_max,
            ),
        )
        for site in found
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryRow:
    """A laboratory with what is left of it in an interval; a clock hour without a window has its usual rate left."""

    laboratory: Laboratory
    full: bool
    capacity: int
    claimed: int

    @property
    def left(self) -> int:
        """Tubes that may still be claimed in the interval; none while it is full."""
        return 0 if self.full else self.capacity - self.claimed


def laboratories(reader: Actor, *, starts_at: datetime, ends_at: datetime, now: datetime) -> list[LaboratoryRow]:
    """Laboratories in the reader's jurisdiction and those of its superiors, with their capacity in an interval."""
    if not (may(reader, Operation.SEE_ROUND) or may(reader, Operation.SEE_CHAIN)):
        message = f"the role {reader.role} may not see laboratories"
        raise NotPermitted(message, remedy="Ask the duty leader of your unit.")
    found = Laboratory.objects.filter(within(reader, "unit_id") | Q(unit__parent__in=codes.chain(reader.unit))).select_related(
        "unit"
    )
    hours = rules.hours_of(starts_at, ends_at)
    windows: dict[str, list[tuple[int, int]]] = {}
    for code, capacity, claimed in CapacityWindow.objects.filter(laboratory__in=found, starts_at__in=hours).values_list(
        "laboratory_id", "capacity", "claimed"
    ):
        windows.setdefault(code, []).append((capacity, claimed))
    return [
        LaboratoryRow(
            laboratory=lab,
            full=rules.is_full(full_since=lab.full_since, full_until=lab.full_until, at=now),
            capacity=sum(one for one, _ in windows.get(lab.pk, ()))
            + lab.tubes_per_hour * (len(hours) - len(windows.get(lab.pk, ()))),
            claimed=sum(one for _, one in windows.get(lab.pk, ())),
        )
        for lab in found.order_by("unit")
    ]


def extension_effect(reader: Actor, round_code: str, *, deadline_at: datetime, now: datetime) -> rules.DeadlineEffect:
    """What moving the deadline to an instant would do to the open duties; changes nothing."""
    row = visible_round(reader, round_code)
    permit(reader, Operation.KEEP_ROUND, row.owner_id)
    owed = round_duties(round_code, (rules.COVERED, rules.RATE_RECOVERED))
    return rules.deadline_effect(moved_clocks(owed, deadline_at), at=now)

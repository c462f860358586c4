"""What holds today at one door (今日门口规定, D22), from the records themselves: public facts, no person in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q

from bulou.duties.opening import existing_owners
from bulou.kernel import codes
from bulou.notices import queries as notices
from bulou.notices.models import PlainNotice
from bulou.orders.choices import OrderState
from bulou.orders.models import Order
from bulou.playbook.telling import BINDS, PUBLIC
from bulou.restrictions.choices import Kind, State
from bulou.restrictions.models import Restriction
from bulou.rounds.choices import RoundState, SiteState
from bulou.rounds.models import Site, TestingRound
from bulou.supplies.choices import PointState
from bulou.supplies.models import Point, Slot
from bulou.units.models import Unit
from bulou.zones.choices import ZoneState
from bulou.zones.models import RiskZone

MOST = 20  # of a kind; more at one door says that nobody ends what is over
SLOTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What was recorded by ``at`` for a place: what binds who lives there, and what is there for them.

    Zones, measures and orders whose published notice is in ``notices`` stand in that notice and not again.
    """

    place: str
    at: datetime
    notices: Sequence[PlainNotice]
    zones: Sequence[RiskZone]
    measures: Sequence[Restriction]
    orders: Sequence[Order]
    rounds: Sequence[TestingRound]
    sites: Sequence[Site]
    points: Sequence[Point]
    slots: Sequence[Slot]
    owner: Unit  # who answers for the place
    called: Unit | None  # the nearest unit with a telephone number, from the owner up

    @property
    def free(self) -> bool:
        """Whether nothing that binds anybody is recorded for this door."""
        return not (self.notices or self.zones or self.measures or self.orders)


def door(place: str, *, at: datetime) -> Door:
    """The statement for a community or a building; ``place`` exists. A fixed number of statements."""
    above = [step for step in codes.chain(place) if step != "CN"]
    community = codes.up_to(place, codes.Level.COMMUNITY)
    low, high = codes.below(community)
    near = Q(place_code__in=above) | Q(place_code__gte=low, place_code__lt=high)
    told = list(notices.in_force(place, at=at)[:MOST])
    explained = {one.because for one in told}
    zones = RiskZone.objects.filter(state=ZoneState.DECLARED, parts__live=True, parts__place_code__in=above).distinct()
    measures = Restriction.objects.filter(kind=Kind.ZONE_MEASURE, person_id="", state=State.IN_FORCE, place_code__in=above)
    orders = Order.objects.filter(
        state=OrderState.IN_FORCE, place_code__in=above, starts_at__lte=at, ends_at__gt=at, subject__in=PUBLIC, verb__in=BINDS
    )
    rounds = list(TestingRound.objects.filter(state=RoundState.OPEN, area__parts__place_code__in=above).distinct()[:MOST])
    sites = Site.objects.filter(round__in=rounds, state=SiteState.OPEN)
    here = list(sites.filter(near).order_by("unit")[:MOST]) if rounds else []
    if rounds and not here:
        street = codes.below(codes.up_to(place, codes.Level.STREET))
        here = list(sites.filter(place_code__gte=street[0], place_code__lt=street[1]).order_by("unit")[:MOST])
    points = list(Point.objects.filter(near, state=PointState.OPEN).order_by("code")[:MOST])
    slots = Slot.objects.filter(point__in=points, ends_at__gt=at, taken__lt=F("places")).order_by("starts_at", "code")
    owner = existing_owners([community])[community]
    units = Unit.objects.in_bulk(codes.chain(owner))
    chain = [units[code] for code in codes.chain(owner) if code in units]
    return Door(
        place=place, at=at, notices=told, rounds=rounds, sites=here, points=points,
        zones=[one for one in zones.order_by("code")[:MOST] if f"zone:{one.pk}" not in explained],
        measures=[
            one for one in measures.filter(ends_at__gt=at).order_by("code")[:MOST] if f"restriction:{one.pk}" not in explained
        ],
        orders=[
            one for one in orders.select_related("issuer").order_by("code")[:MOST] if f"order:{one.pk}" not in explained
        ],
        slots=list(slots.select_related("point")[:SLOTS]) if points else [], owner=chain[0],
        called=next((one for one in chain if one.phone), None),
    )  # fmt: skip

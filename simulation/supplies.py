"""The drill's supplies: two compounds kept indoors, one supplied and one forgotten (G5); a point whose slots are full (G3).

Elsewhere a small crowd is sent home in minutes; where the failure falls, sixty people stand and nobody disperses them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.hazards import actions as hazards
from bulou.hazards.choices import Cause, HazardKind, How
from bulou.kernel import codes
from bulou.kernel.errors import CapacityFull
from bulou.people.models import Resident
from bulou.supplies import actions as supplies
from bulou.supplies.choices import GoodKind, Measure, Proof, Way
from bulou.supplies.models import Batch, Booking, Need, Slot
from simulation import hazards as dangers
from simulation import plan as plans
from simulation.clockwork import At
from simulation.founding import CITY, City
from simulation.plan import Failure, Seeded

PARCEL = "PARCEL"
PLACES = 12  # households in a slot of the point; invented
CROWD, LEFT = 60, 8  # people; invented


def found(city: City, at: datetime) -> None:
    """Supplies need nothing before the day."""
    del city, at


def _calm(city: City) -> str:
    """A community where no failure of supplies falls."""
    failing = {city.plan.failing(Failure.NO_SUPPLIES), city.plan.failing(Failure.POINT_CROWDED)}
    return next(one for one in city.plan.quiet() if one not in failing)


def play(city: City, at: At) -> None:
    """From the catalogue at 06:10 to the crowd after lunch."""
    calm, forgotten, crowded = _calm(city), city.plan.failing(Failure.NO_SUPPLIES), city.plan.failing(Failure.POINT_CROWDED)
    at(plans.on_the_day(6, 10), lambda now: _catalogue(city, now))
    at(plans.on_the_day(7, 0), lambda now: _keep_indoors(city, forgotten, "forgotten", now))
    at(plans.on_the_day(7, 5), lambda now: _keep_indoors(city, calm, "supplied", now))
    at(plans.on_the_day(7, 50), lambda now: _confirm(city, calm, now))
    at(plans.on_the_day(8, 30), lambda now: _ask(city, calm, now))
    at(plans.on_the_day(9, 30), lambda now: _pick(city, calm, now))
    at(plans.on_the_day(10, 40), lambda now: _bring(city, calm, now, first=True))
    at(plans.on_the_day(12, 30), lambda now: _bring(city, calm, now, first=False))
    for community, come in ((calm, True), (crowded, False)):
        at(plans.on_the_day(8, 0), lambda now, community=community: _open_point(city, community, now))  # type: ignore[misc]
        at(plans.on_the_day(9, 0), lambda now, community=community: _book(city, community, now))  # type: ignore[misc]
        if come:
            at(plans.on_the_day(10, 50), lambda now, community=community: _fetch(city, community, now))  # type: ignore[misc]
    at(plans.on_the_day(11, 5), lambda now: _disperse(city, at, calm, now))
    at(plans.on_the_day(12, 45), lambda now: _gather(city, crowded, now))


def seen(now: datetime) -> set[Seeded]:
    """Places without confirmed supplies, crowds at pick-up points that nobody dispersed in time, as the desk shows them."""
    late = Duty.objects.filter(kind="supplies.confirmed", state=DutyState.OPEN, due_at__lt=now)
    without = {codes.up_to(place, codes.Level.COMMUNITY) for place in late.values_list("place_code", flat=True)}
    crowded = {place for crowd, place in dangers.waiting(now) if dangers.is_at_point(crowd)}
    return {Seeded(Failure.NO_SUPPLIES, one) for one in without} | {Seeded(Failure.POINT_CROWDED, one) for one in crowded}


def _catalogue(city: City, now: datetime) -> None:
    by = city.actor(CITY)
    supplies.list_good(
        unit=CITY, name="生活物资包", kind=GoodKind.PARCEL, measure=Measure.PIECE, usual=1, code=PARCEL, by=by, at=now
    )
    supplies.list_supplier(unit=CITY, name="市保供企业", code="SELLER", by=by, at=now)


def _keep_indoors(city: City, community: str, code: str, now: datetime) -> None:
    """One building of the community."""
    supplies.open_provision(
        place_code=f"{community}-0001", because="静态管理通告", code=code, by=city.actor(community[:6]), at=now
    )


def _confirm(city: City, community: str, now: datetime) -> None:
    by = city.actor(CITY)
    order = supplies.order_goods(
        unit=CITY, supplier="SELLER", good=PARCEL, quantity=5_000, expected_at=now + timedelta(hours=1), by=by, at=now
    )
    stock = supplies.receive_purchase(code=order.pk, came=5_000, by=by, at=now)
    supplies.move_stock(code=stock.pk, to_unit=community, quantity=2_000, by=by, at=now)
    supplies.confirm_provision(
        code="supplied", source="市保供企业,每户一份", evidence=order.pk, by=city.actor(community), at=now
    )


def _ask(city: City, community: str, now: datetime) -> None:
    """The building's captain brings the list of its households."""
    low, high = codes.below(f"{community}-0001")
    here = Resident.objects.filter(place_code__gte=low, place_code__lt=high, left_on=None).order_by("person_id")
    doors = dict(here.values_list("household_id", "place_code"))
    rows = [
        {"unit": community, "place_code": door, "household_id": home, "good": PARCEL, "quantity": 1, "how": Way.LIST}
        for home, door in doors.items()
    ]
    supplies.ask_needs(rows=rows, by=city.actor(community), at=now)


def _pick(city: City, community: str, now: datetime) -> None:
    code = Batch.objects.get(unit=community).pk
    supplies.pick_for_waiting(code=code, by=city.actor(community), at=now)


def _bring(city: City, community: str, now: datetime, *, first: bool) -> None:
    """To every door, the vulnerable first."""
    turn = Need.objects.filter(unit=community, vulnerable=first, how=Way.LIST).order_by("place_code", "code")
    rows = [{"need": one, "proof_kind": Proof.SIGNATURE, "proof": "签收"} for one in turn.values_list("pk", flat=True)]
    supplies.deliver_needs(rows=rows, by=city.actor(community), at=now)


def _open_point(city: City, community: str, now: datetime) -> None:
    code = f"PT-{community[-6:]}"
    supplies.open_point(
        unit=community, place_code=community, name="小区北门自提点", crowd=PLACES, leader="团长", code=code,
        by=city.actor(community), at=now,
    )  # fmt: skip
    supplies.plan_slots(code=code, on=plans.DAY, opens="10:30", closes="11:30", minutes=30, by=city.actor(community), at=now)


def _book(city: City, community: str, now: datetime) -> None:
    """The first slot is asked for by more than may come: each of the rest is refused, and takes the one offered."""
    first, second = Slot.objects.filter(unit=community).order_by("starts_at")
    for number in range(PLACES + 3):
        home, by = f"{community[-6:]}-{number:03}", city.actor(community)
        try:
            supplies.book_slot(slot=first.pk, household_id=home, by=by, at=now)
        except CapacityFull as refused:
            if second.pk not in refused.remedy:
                raise
            supplies.book_slot(slot=second.pk, household_id=home, by=by, at=now)


def _fetch(city: City, community: str, now: datetime) -> None:
    for one in Booking.objects.filter(unit=community).order_by("code").values_list("pk", flat=True):
        supplies.collect_booking(code=one, proof="签收", by=city.actor(community), at=now)


def _crowd(city: City, community: str, people: int, by: str, now: datetime) -> str:
    """People stand at the point without a slot; whoever passes by says so."""
    row = hazards.report_hazard(
        kind=HazardKind.CROWD, unit=community, place_code=community, place="小区北门自提点", what="未预约人员聚集",
        how=How.SEEN, people=people, by=city.actor(by), at=now,
    )  # fmt: skip
    return row.pk


def _disperse(city: City, at: At, community: str, now: datetime) -> None:
    """Some come without a slot; the community goes there, and sends them home in ten minutes."""
    code, by = _crowd(city, community, CROWD // 3, community, now), city.actor(community)
    at(now + timedelta(minutes=2), lambda when: hazards.go(code=code, by=by, at=when))
    at(
        now + timedelta(minutes=10),
        lambda when: hazards.disperse_crowd(
            code=code,
            people_left=LEFT,
            cause=Cause.SUPPLY,
            because=f"supply:PT-{community[-6:]}",
            witness="团长",
            by=by,
            at=when,
        ),
    )


def _gather(city: City, community: str, now: datetime) -> None:
    """G3: the street's officer passes by and says so; nobody disperses them."""
    _crowd(city, community, CROWD, community[:9], now)

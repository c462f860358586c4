"""Proposals: the open requests, free rooms, vehicles and drivers are read, the solver proposes, the checker looks, it is kept.

Nothing is promised by a proposal. The solver runs outside every transaction: seconds of thinking hold no lock.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.kernel.actor import Actor
from bulou.kernel.errors import Refused
from bulou.kernel.ids import public_id
from bulou.ledger import actions as ledger
from bulou.ledger.tags import Tag
from bulou.routing.allocation import values
from bulou.routing.allocation.checker import check
from bulou.transfer import rows
from bulou.transfer.carers import owe_carers
from bulou.transfer.choices import PlanState, TripState
from bulou.transfer.models import Plan, Trip
from bulou.transfer.proposal import as_json
from bulou.transfer.reading import City, read_city
from bulou.transfer.solving import solve

SECONDS = 5.0  # of the solver for a first plan, where nobody says otherwise
AGAIN = 1.0  # for planning anew
SHOWN = 20  # violations that are kept with a proposal


def propose_plan(*, by: Actor, at: datetime, seconds: float = SECONDS, seed: int = 0) -> Plan:
    """Propose rooms and trips for everybody of the planner's unit who waits, with a reason for everybody who stays."""
    permit(by, Operation.PLAN_TRANSFER, by.unit)
    city = read_city(by, at=at + _lead(at))
    if not city.requests and not city.nowhere:
        message = "nobody waits for a transfer"
        raise Refused(message, code="nobody-waits")
    return _propose(city, by=by, at=at, seconds=seconds, seed=seed)


def replan(*, by: Actor, at: datetime, seconds: float = AGAIN, seed: int = 0) -> Plan:
    """Propose anew from the present plan: trips that have not begun are open again, who is on board stays on board.

    A trip on which anybody has boarded is left as it is, with those who still wait for it.
    """
    permit(by, Operation.PLAN_TRANSFER, by.unit)
    standing = list(
        Trip.objects.filter(unit_code=by.unit, state=TripState.PLANNED, stopped=False)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    newest = Plan.objects.filter(unit=by.unit, state=PlanState.COMMITTED).order_by("-made_at").first()
    city = read_city(by, at=at + _lead(at), renewing=standing)
    if newest is None or (not city.requests and not city.nowhere):
        message = "there is no plan to change, or nobody whose place could change"
        raise Refused(message, code="nothing-to-change", remedy="Propose a plan.")
    return _propose(city, by=by, at=at, seconds=seconds, seed=seed, replaces=newest, renewing=standing)


def _propose(
    city: City,
    *,
    by: Actor,
    at: datetime,
    seconds: float,
    seed: int,
    replaces: Plan | None = None,
    renewing: Collection[str] = (),
) -> Plan:
    plan, took = solve(city.instance, city.limits, seconds=seconds, seed=seed)
    found = check(city.instance, city.limits, plan)
    with transaction.atomic():
        made = Plan.objects.create(
            code=public_id("TP", at),
            unit_id=by.unit,
            made_at=at,
            made_by=rows.signature(by),
            replaces=replaces,
            limits=_limits(city.limits),
            content={
                **as_json(plan),
                "requests": {person: row.pk for person, row in city.requests.items()},
                "nowhere": dict(city.nowhere),
                "renewing": list(renewing),
            },
            people=len(city.requests) + len(city.nowhere),
            placed=len(plan.placed),
            bound=plan.bound,
            seconds=took,
            violations=[{"code": one.code, "who": one.who, "words": one.words} for one in found[:SHOWN]],
        )
        owe_carers(city.alone, by=by, at=at)
        ledger.record(
            tag=Tag.TRANSFER_PLAN_PROPOSED,
            subject=f"plan:{made.pk}",
            unit=by.unit,
            by=by,
            at=at,
            data={
                "people": made.people,
                "placed": made.placed,
                "bound": made.bound,
                "violations": len(found),
                "trips": len(plan.trips),
            },
        )
    return made


def _lead(at: datetime) -> timedelta:
    """How long after the proposal the first vehicle may leave: somebody reads, commits and calls the drivers before it."""
    return rows.pack_at(at).span("transfer_lead")


def _limits(limits: values.Limits) -> dict[str, str]:
    """The limits in words, as a proposal keeps them."""
    names = (
        "speed_kmh", "trunk_from_km", "trunk_kmh", "turn_round", "seat_share", "coach_stop_from", "coach_stop_until",
        "continuous_day", "continuous_night", "rest", "driver_hours", "on_board", "route_km",
    )  # fmt: skip
    return {name: str(getattr(limits, name)) for name in names}

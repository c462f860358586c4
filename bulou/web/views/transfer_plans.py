"""The plan, trips under way, waits at doors and stops for safety, as the transfer desk shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext

from bulou.access.choices import Operation
from bulou.access.rules import may
from bulou.kernel.actor import Actor
from bulou.transfer import queries
from bulou.transfer.choices import PlanState, TripState
from bulou.transfer.models import Leg, Plan, Trip
from bulou.transfer.proposal import JSON
from bulou.transfer.wording import class_words, plan_words, reason_words, trip_words
from bulou.units.models import Unit
from bulou.web.frames import named
from bulou.web.show.figures import Act, Align, Cell, Chip, Column, Empty, Figure, Row, State, Table, waiting_chip
from bulou.web.show.transfers import PlanShown
from bulou.web.show.words import count, share, span_words, time_of

TRIPS = 20
_PLAN_CHIPS = {
    PlanState.PROPOSED: State.SOON,
    PlanState.COMMITTED: State.DONE,
    PlanState.REFUSED: State.LATE,
    PlanState.SUPERSEDED: State.PLAIN,
}


def plan_shown(plan: Plan, by: Actor, now: datetime) -> PlanShown:
    """A proposal from its content, a committed plan from what it has become."""
    proposed = plan.state == PlanState.PROPOSED
    content = plan.content
    left = Counter((code, said) for _, code, said in content.get("unplaced", ()))
    left.update(("no_position", said) for said in content.get("nowhere", {}).values())
    broken = tuple(f"{one['code']} {one['who']}: {one['words']}" for one in plan.violations[:5])
    acts: tuple[Act, ...] = ()
    if proposed and may(by, Operation.PLAN_TRANSFER):
        acts = (Act(label=gettext("Commit this plan"), url=reverse("web:transfer_commit", args=[plan.pk]), main=True),)
    return PlanShown(
        code=plan.pk,
        chip=Chip(state=_PLAN_CHIPS[PlanState(plan.state)], text=plan_words(plan.state)),
        made=gettext("made %(time)s by %(who)s, in %(seconds).1f s")
        % {"time": time_of(plan.made_at, now), "who": plan.made_by, "seconds": plan.seconds},
        figures=_figures(plan, len(content.get("trips", ()))),
        trips=_proposed_trips(content.get("trips", ()), now),
        left=_left(left),
        verdict=Chip(state=State.LATE, text=gettext("breaks rules"))
        if broken
        else Chip(state=State.DONE, text=gettext("the checker finds nothing against it")),
        violations=broken,
        acts=acts,
    )


def _figures(plan: Plan, trips: int) -> tuple[Figure, ...]:
    bound = plan.bound if plan.bound is not None else plan.people
    return (
        Figure(
            label=gettext("Moved"),
            value=count(plan.placed),
            note=gettext("of %(people)s; at most %(bound)s are possible")
            % {"people": count(plan.people), "bound": count(bound)},
        ),
        Figure(
            label=gettext("Left in place"),
            value=count(plan.people - plan.placed),
            note=gettext("%(share)s of all, each with a reason") % {"share": share(plan.people - plan.placed, plan.people)},
        ),
        Figure(label=gettext("Trips"), value=count(trips)),
    )


def _proposed_trips(trips: Sequence[JSON], now: datetime) -> Table:
    sites = {stop[6] for one in trips for stop in one["stops"] if stop[6]}
    names = {one.pk: named(one.name, one.name_en) for one in Unit.objects.filter(pk__in=sites)}

    def row(one: JSON) -> Row:
        stops = one["stops"]
        when = [datetime.fromisoformat(stop[3]) for stop in stops]
        people = sum(len(stop[5]) for stop in stops if stop[0] == "pickup")
        to = sorted({names.get(stop[6], stop[6]) for stop in stops if stop[6]})
        return Row(
            cells=(
                Cell(text=str(one["vehicle"]), note=str(one["driver"])),
                Cell(text=class_words(str(one["risk"]))),
                Cell(text=count(people)),
                Cell(text=f"{time_of(when[0], now)}–{time_of(when[-1], now)}"),
                Cell(text=" · ".join(to)),
            )
        )

    return Table(
        caption=gettext("Its trips"),
        columns=(
            Column(label=gettext("Vehicle, driver"), lead=True),
            Column(label=gettext("Class")),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("On the road")),
            Column(label=gettext("Where to")),
        ),
        rows=tuple(row(one) for one in trips[:TRIPS]),
        foot=gettext("the first %(n)s of %(all)s") % {"n": TRIPS, "all": count(len(trips))} if len(trips) > TRIPS else "",
        empty=Empty(text=gettext("It sends no vehicle")),
    )


def _left(left: Counter[tuple[str, str]]) -> Table:
    by_words: Counter[str] = Counter()
    for (code, said), number in left.items():
        by_words[reason_words(code, said)] += number
    return Table(
        caption=gettext("Who stays, and why"),
        columns=(Column(label=gettext("Reason"), lead=True), Column(label=gettext("People"), align=Align.NUMBER)),
        rows=tuple(Row(cells=(Cell(text=words), Cell(text=count(number)))) for words, number in by_words.most_common()),
        empty=Empty(text=gettext("Nobody is left"), good=True),
    )


def trip_table(trips: Sequence[Trip], now: datetime) -> Table:
    """Trips that are not over, by departure."""
    seated = queries.legs_of(trips)
    return Table(
        caption=gettext("Trips under way and planned"),
        columns=(
            Column(label=gettext("Vehicle, driver"), lead=True),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("Where to")),
            Column(label=gettext("Leaves")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.vehicle_id, note=f"{one.driver_id} · {class_words(one.risk_class)}"),
                    Cell(text=f"{one.taken} / {one.seats}"),
                    Cell(text=_to(seated.get(one.pk, []))),
                    Cell(text=time_of(one.departed_at or one.leaves_at, now)),
                    _state(one, now),
                )
            )
            for one in trips
        ),
        empty=Empty(text=gettext("No trip is under way"), good=True),
    )


def _to(legs: Sequence[Leg]) -> str:
    return " · ".join(sorted({named(leg.receiver.name, leg.receiver.name_en) for leg in legs}))


def _state(one: Trip, now: datetime) -> Cell:
    if one.stopped:
        return Cell(chip=Chip(state=State.LATE, text=gettext("stopped for safety")))
    late = one.departed_at is None and one.leaves_at < now
    state = State.SOON if late or one.state == TripState.AT_DOOR else State.LATER
    note = gettext("should have left %(span)s ago") % {"span": span_words(now - one.leaves_at)} if late else ""
    return Cell(chip=Chip(state=state, text=trip_words(one.state)), note=note)


def door_table(by: Actor, now: datetime) -> Table:
    """Who waits at doors, the longest first, and whose the wait is."""
    return Table(
        caption=gettext("Waiting at a door"),
        columns=(
            Column(label=gettext("Door"), lead=True),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("Waiting")),
            Column(label=gettext("The sender's part")),
            Column(label=gettext("The receiver's part")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.name, note=one.vehicle),
                    Cell(text=count(one.people)),
                    Cell(chip=waiting_chip(one.since, now, answer_within=one.shares.whole)),
                    Cell(text=span_words(one.shares.sender)),
                    Cell(text=span_words(one.shares.receiver)),
                )
            )
            for one in queries.at_the_door(by, now=now)
        ),
        empty=Empty(text=gettext("Nobody waits at a door"), good=True),
    )


def stop_table(by: Actor, now: datetime) -> Table:
    """Stops for safety that wait for an answer."""
    answers = may(by, Operation.ANSWER_STOP)

    def acts(pk: int) -> tuple[Act, ...]:
        url = reverse("web:transfer_stop", args=[pk])
        return (Act(label=gettext("Answer"), url=url, get=True, main=True),) if answers else ()

    return Table(
        caption=gettext("Stopped for safety"),
        columns=(
            Column(label=gettext("Vehicle"), lead=True),
            Column(label=gettext("Why")),
            Column(label=gettext("Since")),
            Column(label=gettext("Step"), bare=True),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.trip.vehicle_id, note=one.said_by),
                    Cell(text=one.reason),
                    Cell(text=time_of(one.stopped_at, now), note=span_words(now - one.stopped_at)),
                    Cell(acts=acts(one.pk)),
                )
            )
            for one in queries.stops(by)
        ),
        empty=Empty(text=gettext("No trip is stopped"), good=True),
    )

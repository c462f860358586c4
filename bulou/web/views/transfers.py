"""The transfer desk (房、人、车): who waits, by clock, and with what they can be moved."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import may
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.places.models import Division
from bulou.transfer import queries
from bulou.transfer.choices import RequestState
from bulou.transfer.fleet import is_agreed
from bulou.transfer.models import TransferRequest
from bulou.transfer.wording import class_words, need_words, reason_words, state_words
from bulou.units.models import Unit
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.figures import Act, Align, Cell, Chip, Column, Empty, Figure, Pager, Row, State, Table, clock_chip
from bulou.web.show.transfers import TransferPage
from bulou.web.show.words import count, mask_id, span_words, time_of
from bulou.web.views.transfer_plans import door_table, plan_shown, stop_table, trip_table

PAGE = 15
BESIDE = 14
_CHIPS = {
    RequestState.OPEN: State.SOON,
    RequestState.LEFT_IN_PLACE: State.SOON,
    RequestState.PLANNED: State.LATER,
    RequestState.BOARDED: State.LATER,
    RequestState.ARRIVED: State.SOON,
}


@page
def desk(request: HttpRequest, by: Actor) -> HttpResponse:
    """Everything on one page: figures, people by clock, rooms, vehicles, the plan, trips, doors, stops."""
    now = clock.city()
    after = request.GET.get("after", "")
    chosen = queries.Filter(state=request.GET.get("state", "") if request.GET.get("state", "") in set(RequestState) else "")
    rows = list(queries.after(queries.listed(by, chosen), after)[: PAGE + 1])
    log_read(reader=by, subject=f"people:{by.unit}", purpose="transfers", at=now, count=len(rows[:PAGE]))
    plans = may(by, Operation.PLAN_TRANSFER)
    plan = queries.newest(by) if plans else None
    shown = TransferPage(
        figures=_figures(by, now),
        people=_people(rows, after, chosen.state, now),
        rooms=_rooms(by, now),
        vehicles=_vehicles(by, now),
        trips=trip_table(list(queries.under_way(by)[:BESIDE]), now),
        door=door_table(by, now),
        stops=stop_table(by, now),
        receivers=_receivers(by),
        plan=plan_shown(plan, by, now) if plan else None,
        acts=_acts(plan is not None) if plans else (),
        reading=gettext("masked; every reading is logged"),
    )
    frame = framed(request, by, "transfer", title=gettext("Transfer desk"), live=True)
    return render(request, "web/transfer.html", {"frame": frame, "page": shown})


def _acts(has_plan: bool) -> tuple[Act, ...]:  # noqa: FBT001 - one fact of the page
    propose = Act(label=gettext("Plan for those who wait"), url=reverse("web:transfer_propose"), main=not has_plan)
    anew = Act(label=gettext("Plan anew all that has not begun"), url=reverse("web:transfer_replan"))
    return (propose, anew) if has_plan else (propose,)


def _figures(by: Actor, now: datetime) -> tuple[Figure, ...]:
    since, _ = clock.day_bounds(clock.day_of(now))
    found = queries.counts(by, now=now, since=since)
    oldest = queries.oldest(by)
    here = reverse("web:transfer")

    def figure(label: str, number: int, state: str, **more: object) -> Figure:
        return Figure(label=label, value=count(number), href=f"{here}?state={state}#people", **more)  # type: ignore[arg-type]

    return (
        Figure(label=gettext("Beyond their time"), value=count(found.late), late=bool(found.late), href=f"{here}#people"),
        figure(
            gettext("Wait"),
            found.waiting,
            "open",
            note=gettext("the longest for %(span)s") % {"span": span_words(now - oldest)} if oldest else "",
        ),
        figure(gettext("Have seat and room"), found.planned, "planned"),
        figure(gettext("On board"), found.on_board, "boarded"),
        figure(
            gettext("At a door"),
            found.at_door,
            "arrived",
            chip=Chip(state=State.SOON, text=gettext("not signed for")) if found.at_door else None,
        ),
        figure(gettext("Stay in place"), found.left, "left_in_place", note=gettext("each with a reason and an owner")),
        figure(gettext("Taken in today"), found.received, "received"),
    )


def _people(rows: list[TransferRequest], after: str, state: str, now: datetime) -> Table:
    here = reverse("web:transfer")
    kept = f"state={state}&" if state else ""
    places = _places({row.place_code[:12] for row in rows})
    following = f"{here}?{kept}after={queries.key_of(rows[PAGE - 1])}#people" if len(rows) > PAGE else ""
    return Table(
        caption=gettext("People, by clock"),
        columns=(
            Column(label=gettext("Person"), lead=True),
            Column(label=gettext("Class")),
            Column(label=gettext("Fetched at")),
            Column(label=gettext("Clock")),
            Column(label=gettext("State, and why")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=mask_id(row.person_id), note=need_words(row.needs)),
                    Cell(text=class_words(row.risk_class)),
                    Cell(text=places.get(row.place_code[:12], row.place_code[:12])),
                    _clock(row, now),
                    Cell(
                        chip=Chip(state=_CHIPS.get(RequestState(row.state), State.DONE), text=state_words(row.state)),
                        note=gettext("stopped for safety") if row.stopped else reason_words(row.reason_code, row.reason),
                    ),
                )
            )
            for row in rows[:PAGE]
        ),
        empty=Empty(text=gettext("Nobody waits to be moved"), good=True),
        pager=Pager(shown=min(PAGE, len(rows)), first=f"{here}?{kept}#people" if after else "", following=following),
    )


def _places(codes_: set[str]) -> dict[str, str]:
    """The names of communities, one statement."""
    found = Division.objects.filter(pk__in=codes_).values_list("code", "name", "name_en")
    return {code: named(name, name_en) for code, name, name_en in found}


def _clock(row: TransferRequest, now: datetime) -> Cell:
    if row.received_at is not None:
        return Cell(text=time_of(row.received_at, now))
    return Cell(text=time_of(row.due_at, now)) if row.closed_at else Cell(chip=clock_chip(row.due_at, now))


def _rooms(by: Actor, now: datetime) -> Table:
    found = queries.rooms(by, at=now) if may(by, Operation.SEE_ISOLATION) else []
    names = {one.pk: one for one in Unit.objects.filter(pk__in={row.receiver for row in found})}
    most = sorted(found, key=lambda row: (-row.beds, row.receiver))
    return Table(
        caption=gettext("Free rooms"),
        columns=(
            Column(label=gettext("Where to"), lead=True),
            Column(label=gettext("Class")),
            Column(label=gettext("Rooms"), align=Align.NUMBER),
            Column(label=gettext("Beds"), align=Align.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=named(names[row.receiver].name, names[row.receiver].name_en) if row.receiver in names else ""),
                    Cell(text=class_words(row.risk_class)),
                    Cell(text=count(row.rooms)),
                    Cell(text=count(row.beds)),
                )
            )
            for row in most[:BESIDE]
        ),
        foot=gettext("%(rooms)s rooms, %(beds)s beds in all")
        % {"rooms": count(sum(row.rooms for row in found)), "beds": count(sum(row.beds for row in found))}
        if found
        else "",
        empty=Empty(text=gettext("No room is free"), note=gettext("sites open rooms; other cities are asked")),
    )


def _vehicles(by: Actor, now: datetime) -> Table:
    fleet = list(queries.fleet(by).prefetch_related("shifts")[:200])
    busy = {trip.vehicle_id: trip for trip in queries.under_way(by)[:400]}

    def state(vehicle_id: str, out: str, on: bool) -> Cell:  # noqa: FBT001 - whether a shift covers now
        trip = busy.get(vehicle_id)
        if out:
            return Cell(chip=Chip(state=State.LATE, text=gettext("out of service")), note=out)
        if trip is not None:
            return Cell(
                chip=Chip(state=State.LATER, text=gettext("on a trip")),
                note=gettext("free at %(time)s") % {"time": time_of(trip.free_at, now)},
            )
        return Cell(
            chip=Chip(state=State.DONE, text=gettext("ready")) if on else Chip(state=State.PLAIN, text=gettext("off shift"))
        )

    return Table(
        caption=gettext("Vehicles"),
        columns=(
            Column(label=gettext("Vehicle"), lead=True),
            Column(label=gettext("Class")),
            Column(label=gettext("Seats"), align=Align.NUMBER),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.vehicle_id, note=need_words(one.features)),
                    Cell(text=class_words(one.risk_class)),
                    Cell(text=count(one.seats)),
                    state(one.vehicle_id, one.out_reason, any(s.from_at <= now < s.until_at for s in one.shifts.all())),
                )
            )
            for one in fleet[:BESIDE]
        ),
        foot=ngettext("%(n)s vehicle in all", "%(n)s vehicles in all", len(fleet)) % {"n": count(len(fleet))} if fleet else "",
        empty=Empty(text=gettext("No vehicle is entered"), note=gettext("bulou import vehicles, bulou import drivers")),
    )


def _receivers(by: Actor) -> Table:
    def yes(at: datetime | None) -> Cell:
        word = gettext("agreed") if at else gettext("open")
        return Cell(chip=Chip(state=State.DONE if at else State.SOON, text=word))

    return Table(
        caption=gettext("Other cities"),
        columns=(
            Column(label=gettext("City"), lead=True),
            Column(label=gettext("Beds left"), align=Align.NUMBER),
            Column(label=gettext("Accepts")),
            Column(label=gettext("Record")),
            Column(label=gettext("Journey home")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        text=named(one.unit.name, one.unit.name_en),
                        note=one.declined_reason
                        or ("" if is_agreed(one) else gettext("nobody departs before all three are agreed")),
                    ),
                    Cell(text=count(beds - taken)),
                    yes(one.accepted_at),
                    yes(one.record_agreed_at),
                    yes(one.return_agreed_at),
                )
            )
            for one, beds, taken in queries.receivers(by)[:BESIDE]
        ),
        empty=Empty(text=gettext("No other city is asked"), good=True),
    )

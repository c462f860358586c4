"""Rounds: the list, and one round drilled down from the city to the household."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from bulou.access.choices import Operation
from bulou.access.rules import covers, may
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.rounds.choices import RoundKind, RoundState
from bulou.testing import queries as testing
from bulou.testing.queries import PlaceRow, PlaceView
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.chart import Chart, Point, needed_by, progress_chart
from bulou.web.show.duties import DutyRow
from bulou.web.show.figures import Align, Cell, Chip, Column, Crumb, Empty, Figure, Meter, Row, State, Table
from bulou.web.show.rounds import RoundCard, RoundListPage, RoundPage
from bulou.web.show.words import count, share, span_words, time_of
from bulou.web.views.round_tables import missing_table, place_name, sites_table, units_table


def state_words(state: str) -> str:
    """A round's state in words."""
    return {
        RoundState.PLANNED: pgettext("page", "planned"),
        RoundState.OPEN: gettext("open"),
        RoundState.CLOSED: gettext("closed"),
        RoundState.CANCELLED: pgettext("page", "cancelled"),
        RoundState.FROZEN: gettext("frozen"),
    }[RoundState(state)]


def kind_words(kind: str, pool: int) -> str:
    """How people are tested, in words."""
    if kind == RoundKind.ANTIGEN:
        return gettext("Antigen self-test")
    return gettext("PCR, %(pool)d in 1") % {"pool": pool}


@page
def round_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Rounds that run, and those before."""
    now = clock.city()
    found = testing.overview(by)
    running = [one for one in found if one.round.state in {RoundState.OPEN, RoundState.PLANNED}]
    past = [one for one in found if one not in running]
    shown = RoundListPage(
        running=tuple(_card(one, now) for one in running),
        past=Table(
            caption=gettext("Rounds before"),
            columns=(
                Column(label=gettext("Round"), lead=True),
                Column(label=gettext("Area")),
                Column(label=gettext("Roster"), align=Align.NUMBER),
                Column(label=gettext("Tested"), align=Align.NUMBER),
                Column(label=gettext("Deadline")),
                Column(label=gettext("State")),
            ),
            rows=tuple(
                Row(
                    cells=(
                        Cell(text=one.round.name, href=reverse("web:round", args=[one.round.pk])),
                        Cell(text=named(one.round.area.name, one.round.area.name_en)),
                        Cell(text=count(one.round.roster_size)),
                        Cell(text=count(one.tally.tested) if one.tally else "–"),
                        Cell(text=time_of(one.round.deadline_at, now)),
                        Cell(chip=Chip(state=State.PLAIN, text=state_words(one.round.state))),
                    )
                )
                for one in past
            ),
            empty=Empty(text=gettext("No round before")),
        ),
        empty=Empty(text=gettext("No round runs now")),
    )
    return render(request, "web/round_list.html", {"frame": framed(request, by, "rounds"), "page": shown})


def _card(one: testing.RoundRow, now: datetime) -> RoundCard:
    row, tally = one.round, one.tally
    owed = max(1, tally.roster - tally.exempt) if tally else 1
    tested = tally.tested if tally else 0
    needed = needed_by(now, starts_at=row.opens_at, deadline=row.deadline_at, total=1000) / 1000
    behind = row.state == RoundState.OPEN and tested / owed < needed - 0.02
    words = gettext("%(share)s tested") % {"share": share(tested, owed)}
    return RoundCard(
        code=row.pk,
        name=named(row.name, row.name_en),
        href=reverse("web:round", args=[row.pk]),
        kind=kind_words(row.kind, row.pool_size),
        area=named(row.area.name, row.area.name_en),
        opens_at=clock.local(row.opens_at),
        deadline=clock.local(row.deadline_at),
        chip=Chip(state=State.SOON, text=gettext("behind")) if behind else Chip(
            state=State.LATER if row.state == RoundState.OPEN else State.PLAIN, text=state_words(row.state)
        ),
        meter=Meter(share=tested / owed, needed=needed, words=words),
        tested=share(tested, owed),
        of=f"{count(tested)} / {count(owed)}",
    )  # fmt: skip


@page
def one(request: HttpRequest, by: Actor, code: str, place: str = "") -> HttpResponse:
    """A round, or one place in it: what is tested and missing, below which places, by when at this rate."""
    now = clock.city()
    view = testing.place_view(by, code, place, now=now)
    row, here = view.round, view.place
    level = codes.level(here.code)
    crumbs = _crumbs(by, view)
    people = None
    if level in {codes.Level.COMMUNITY, codes.Level.BUILDING, codes.Level.FLOOR} and may(by, Operation.SEE_PEOPLE):
        people = missing_table(by, code, here.code, request.GET.get("after", ""), now)
    sites = None
    if level not in {codes.Level.BUILDING, codes.Level.FLOOR}:
        sites = sites_table(by, code, here.code, now)
    shown = RoundPage(
        code=row.pk,
        name=named(row.name, row.name_en),
        place=place_name(here),
        kind=kind_words(row.kind, row.pool_size),
        deadline=clock.local(row.deadline_at),
        chip=_chip(view, now),
        crumbs=crumbs,
        figures=_figures(view, now),
        chart=_chart(by, view, now) if len(here.code) <= 12 else None,  # noqa: PLR2004 - snapshots end at the community
        projected=_projected(here, row.deadline_at, now),
        units=units_table(view, now) if view.children else None,
        people=people,
        sites=sites,
        duties=_duties(by, row.pk, here.code, now),
        missing_href="",
    )
    frame = framed(request, by, "rounds", title=shown.name, live=True)
    return render(request, "web/round.html", {"frame": frame, "page": shown})


def _crumbs(by: Actor, view: PlaceView) -> tuple[Crumb, ...]:
    from bulou.places.models import Building, Division  # noqa: PLC0415 - names of the places above

    above, code = [], view.place.code
    while code := codes.parent(code):
        if covers(by, code) and len(code) >= 4:  # noqa: PLR2004 - a round begins with its city
            above.append(code)
    names = dict(Division.objects.filter(code__in=above).values_list("code", "name"))
    names |= dict(Building.objects.filter(code__in=above).values_list("code", "name"))
    steps = [
        Crumb(label=names.get(code, code), href=reverse("web:round_place", args=[view.round.pk, code]))
        for code in reversed(above)
    ]
    return (Crumb(label=gettext("Rounds"), href=reverse("web:rounds")), *steps, Crumb(label=place_name(view.place)))


def _chip(view: PlaceView, now: datetime) -> Chip:
    row, finish = view.round, view.place.projection.finish_at
    if row.state != RoundState.OPEN:
        return Chip(state=State.PLAIN, text=state_words(row.state))
    if view.place.tally.missing == 0:
        return Chip(state=State.DONE, text=gettext("everybody accounted for"))
    if now >= row.deadline_at:
        return Chip(state=State.LATE, text=gettext("deadline passed"))
    if finish is not None and finish > row.deadline_at:
        return Chip(state=State.SOON, text=gettext("will be late"))
    return Chip(state=State.LATER, text=gettext("in time"))


def _projected(row: PlaceRow, deadline: datetime, now: datetime) -> str:
    finish = row.projection.finish_at
    if finish is None:
        return ""
    if finish > deadline:
        said = gettext("done at %(time)s at this rate, %(span)s beyond the deadline")
    else:
        said = gettext("done at %(time)s at this rate, %(span)s before the deadline")
    return said % {"time": time_of(finish, now), "span": span_words(finish - deadline)}


def _figures(view: PlaceView, now: datetime) -> tuple[Figure, ...]:
    tally, row = view.place.tally, view.round
    owed = max(1, tally.roster - tally.exempt)
    needed = needed_by(now, starts_at=row.opens_at, deadline=row.deadline_at, total=1000) / 1000
    as_of, source = clock.local(view.as_of), gettext("roster compared with tubes")
    words = gettext("%(share)s tested, should be %(needed)s by now") % {
        "share": share(tally.tested, owed), "needed": share(needed, 1),
    }  # fmt: skip
    rate = view.place.projection.per_hour
    found = [
        Figure(label=gettext("Roster"), value=count(tally.roster), unit=gettext("people"), as_of=as_of, source=source),
        Figure(
            label=gettext("Tested"),
            value=share(tally.tested, owed),
            unit=count(tally.tested),
            meter=Meter(share=tally.tested / owed, needed=needed, words=words),
            as_of=as_of,
        ),
        Figure(label=gettext("Missing"), value=count(tally.missing), unit=gettext("people"), as_of=as_of),
        Figure(label=gettext("Exempt"), value=count(tally.exempt), as_of=as_of),
    ]
    if view.place.projection.known and now < row.deadline_at:
        hours = max((row.deadline_at - now).total_seconds() / 3600, 0.01)
        wanted = tally.missing / hours
        slow = rate < wanted
        found.append(
            Figure(
                label=gettext("Per hour"),
                value=count(round(rate)),
                note=gettext("%(wanted)s needed to finish in time") % {"wanted": count(round(wanted))},
                chip=Chip(state=State.SOON, text=gettext("too slow")) if slow else None,
            )
        )
    return tuple(found)


def _chart(by: Actor, view: PlaceView, now: datetime) -> Chart | None:
    row = view.round
    points = testing.progress_over_time(by, row.pk, view.place.code)
    if len(points) < 2:  # noqa: PLR2004 - one point draws no line
        return None
    step = max(1, len(points) // 24)
    picked = points[::step] + ([points[-1]] if (len(points) - 1) % step else [])
    tally = view.place.tally
    return progress_chart(
        [Point(at=clock.local(point.at), tested=point.tested) for point in picked],
        starts_at=clock.local(row.opens_at),
        deadline=clock.local(row.deadline_at),
        total=tally.roster - tally.exempt,
        now=clock.local(now),
        projected_at=clock.local(view.place.projection.finish_at) if view.place.projection.finish_at else None,
        words=gettext("People tested, and people that must be tested to finish in time"),
    )


def _duties(by: Actor, code: str, place: str, now: datetime) -> tuple[DutyRow, ...]:
    """The round's own duties at this place: its coverage, its rate."""
    if not may(by, Operation.SEE_DUTIES):
        return ()
    low, high = codes.below(place)
    kinds = ("round.rate_recovered", "site.queue_relieved", "site.lab_secured", "site.opened_as_planned")
    found = Duty.objects.filter(
        kind__in=kinds, state=DutyState.OPEN, place_code__gte=low, place_code__lt=high, about__startswith=f"round:{code}@"
    ).select_related("owner").order_by("due_at", "id")  # fmt: skip
    return duty_rows.rows(list(found[:6]), by, now=now)

"""Rounds: the list, and one round drilled down from the city to the household."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from bulou.access.choices import Operation
from bulou.access.rules import covers, may
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.rounds import queries as rounds
from bulou.rounds.choices import RoundKind, RoundState, SiteState
from bulou.testing import queries as testing
from bulou.testing.queries import PlaceRow, PlaceView
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.chart import Chart, Point, needed_by, progress_chart
from bulou.web.show.duties import DutyRow
from bulou.web.show.figures import Align, Cell, Chip, Column, Crumb, Empty, Figure, Meter, Row, State, Table
from bulou.web.show.rounds import RoundCard, RoundListPage, RoundPage
from bulou.web.show.words import count, list_words, mask_id, mask_name, share, span_words, time_of

MISSING_SHOWN = 100
VISIT_WORDS = ("away", "refused", "not_found", "appointed", "sick")


def state_words(state: str) -> str:
    """A round's state in words."""
    return {
        RoundState.PLANNED: gettext("planned"),
        RoundState.OPEN: gettext("open"),
        RoundState.CLOSED: gettext("closed"),
        RoundState.CANCELLED: gettext("cancelled"),
        RoundState.FROZEN: gettext("frozen"),
    }[RoundState(state)]


def kind_words(kind: str, pool: int) -> str:
    """How people are tested, in words."""
    if kind == RoundKind.ANTIGEN:
        return gettext("Antigen self-test")
    return gettext("PCR, %(pool)d in 1") % {"pool": pool}


def visit_words(outcome: str) -> str:
    """What a worker found at a door, in words."""
    return {
        "away": gettext("away"),
        "refused": gettext("refused"),
        "not_found": gettext("not found"),
        "appointed": gettext("time agreed"),
        "sick": gettext("has symptoms"),
    }.get(outcome, "")


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
        people = _missing(by, code, here.code, request.GET.get("after", ""), now)
    sites = None
    if level not in {codes.Level.BUILDING, codes.Level.FLOOR}:
        sites = _sites(by, code, here.code, now)
    shown = RoundPage(
        code=row.pk,
        name=named(row.name, row.name_en),
        place=_name(here),
        kind=kind_words(row.kind, row.pool_size),
        deadline=clock.local(row.deadline_at),
        chip=_chip(view, now),
        crumbs=crumbs,
        figures=_figures(view, now),
        chart=_chart(by, view, now) if len(here.code) <= 12 else None,  # noqa: PLR2004 - snapshots end at the community
        projected=_projected(here, row.deadline_at, now),
        units=_units(view, now) if view.children else None,
        people=people,
        sites=sites,
        duties=_duties(by, row.pk, here.code, now),
        missing_href="",
    )
    frame = framed(request, by, "rounds", title=shown.name, live=True)
    return render(request, "web/round.html", {"frame": frame, "page": shown})


def _name(row: PlaceRow) -> str:
    if row.is_rest:
        return gettext("place not known any deeper")
    if row.name:
        return row.name
    if codes.is_place(row.code) and codes.level(row.code) is codes.Level.FLOOR:
        return gettext("floor %(number)d") % {"number": int(row.code[18:])}
    return row.code


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
    return (Crumb(label=gettext("Rounds"), href=reverse("web:rounds")), *steps, Crumb(label=_name(view.place)))


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


def _units(view: PlaceView, now: datetime) -> Table:
    row = view.round
    needed = needed_by(now, starts_at=row.opens_at, deadline=row.deadline_at, total=1000) / 1000
    rows = [
        _unit(child, row.pk, needed, row.deadline_at, now)
        for child in sorted(view.children, key=lambda one: -one.tally.missing)
    ]
    rows.append(Row(total=True, cells=_unit(view.place, row.pk, needed, row.deadline_at, now, link=False).cells))
    return Table(
        caption=gettext("Missing, place by place"),
        columns=(
            Column(label=gettext("Place"), lead=True),
            Column(label=gettext("Missing"), align=Align.NUMBER),
            Column(label=gettext("Roster"), align=Align.NUMBER),
            Column(label=gettext("Tested"), align=Align.NUMBER),
            Column(label=gettext("Exempt"), align=Align.NUMBER),
            Column(label=gettext("Progress (mark: needed by now)"), align=Align.WIDE),
            Column(label=gettext("Projected")),
        ),
        rows=tuple(rows),
        empty=Empty(text=gettext("The roster is empty")),
        foot=gettext("as of %(time)s") % {"time": time_of(view.as_of, now)},
    )


def _unit(child: PlaceRow, code: str, needed: float, deadline: datetime, now: datetime, *, link: bool = True) -> Row:
    tally = child.tally
    owed = max(1, tally.roster - tally.exempt)
    finish = child.projection.finish_at
    href = ""
    if link and not child.is_rest and codes.is_place(child.code):
        href = reverse("web:round_place", args=[code, child.code])
    late = finish is not None and finish > deadline
    return Row(
        cells=(
            Cell(text=_name(child) if link else gettext("Total"), href=href),
            Cell(text=count(tally.missing), href=href),
            Cell(text=count(tally.roster)),
            Cell(text=count(tally.tested)),
            Cell(text=count(tally.exempt)),
            Cell(
                text=share(tally.tested, owed),
                meter=Meter(share=tally.tested / owed, needed=needed, words=share(tally.tested, owed)),
            ),
            Cell(
                text=time_of(finish, now) if finish else "–",
                chip=Chip(state=State.SOON, text=gettext("will be late")) if late else None,
            ),
        )
    )


def _missing(by: Actor, code: str, place: str, after: str, now: datetime) -> Table:
    found = testing.missing_people(by, code, place, purpose=f"round {code}", now=now, after=after, limit=MISSING_SHOWN)
    foot = ""
    if len(found) == MISSING_SHOWN:
        foot = gettext("The first %(number)d are shown; open a building for its own list.") % {"number": MISSING_SHOWN}
    return Table(
        caption=gettext("Missing people"),
        columns=(
            Column(label=gettext("Place"), lead=True),
            Column(label=gettext("Person")),
            Column(label=gettext("Telephone")),
            Column(label=gettext("Needs")),
            Column(label=gettext("What was found")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=door(one.place_code), note=one.household_id),
                    Cell(text=mask_name(one.name), href=reverse("web:person", args=[one.person_id])),
                    Cell(text=mask_id(one.phone)),
                    Cell(text=needs_words(one.vulnerable)),
                    Cell(
                        text=visit_words(one.outcome) or gettext("not visited yet"),
                        note=time_of(one.visited_at, now) if one.visited_at else "",
                    ),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("Nobody is missing here"), good=True),
        foot=foot,
    )


def door(place: str) -> str:
    """Building and floor of a place code, in words."""
    if len(place) < 17:  # noqa: PLR2004 - no building is known
        return place
    building = gettext("building %(number)d") % {"number": int(place[13:17])}
    return list_words([building, gettext("floor %(number)d") % {"number": int(place[18:])} if len(place) > 17 else ""])  # noqa: PLR2004


def needs_words(flags: str) -> str:
    """Vulnerabilities in words."""
    words = {
        "lives_alone": gettext("lives alone"), "aged_80": gettext("80 or older"), "disabled": gettext("disabled"),
        "infant": gettext("infant"), "pregnant": gettext("pregnant"), "dialysis": gettext("dialysis"),
        "chronic_medicine": gettext("regular medicine"), "bedridden": gettext("bedridden"),
        "orphaned": gettext("child without parents"), "no_phone": gettext("no telephone"),
    }  # fmt: skip
    return list_words([words.get(flag, flag) for flag in flags.split(";") if flag])


def _sites(by: Actor, code: str, place: str, now: datetime) -> Table:
    rows = []
    for one in rounds.sites(by, code, now=now, place=place):
        site, lab = one.site, one.site.laboratory
        if one.queue_over:
            chip = Chip(state=State.SOON, text=gettext("queue over the limit"))
        elif site.state == SiteState.OPEN:
            chip = Chip(state=State.DONE, text=gettext("open"))
        elif site.state == SiteState.CLOSED:
            chip = Chip(state=State.PLAIN, text=gettext("closed"))
        else:
            chip = Chip(state=State.PLAIN, text=gettext("planned") if one.is_backed else gettext("cannot open"))
        backed = named(lab.unit.name, lab.unit.name_en) if lab else gettext("none")
        window = f"{time_of(site.opens_at)}–{time_of(site.closes_at)}"
        full = Chip(state=State.LATE, text=gettext("full")) if one.laboratory_full else None
        rows.append(
            Row(
                cells=(
                    Cell(text=named(site.unit.name, site.unit.name_en), note=window),
                    Cell(chip=chip),
                    Cell(text="–" if site.queue_people is None else count(site.queue_people)),
                    Cell(text="–" if site.wait_minutes is None else count(site.wait_minutes)),
                    Cell(text=backed, note=f"{count(one.tubes_held)} / {count(one.tubes_needed)}", chip=full),
                )
            )
        )
    return Table(
        caption=gettext("Sampling sites"),
        columns=(
            Column(label=gettext("Site"), lead=True),
            Column(label=gettext("State")),
            Column(label=gettext("Queue, people"), align=Align.NUMBER),
            Column(label=gettext("Wait, min"), align=Align.NUMBER),
            Column(label=gettext("Laboratory behind it; tubes held / needed")),
        ),
        rows=tuple(rows),
        empty=Empty(text=gettext("No site is planned here")),
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

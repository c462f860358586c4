"""The specimen chain, one box, one tube."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from bulou.access.choices import Operation
from bulou.access.rules import may
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.specimens import listing, queries
from bulou.specimens.models import Box
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.figures import Align, Cell, Chip, Column, Empty, Figure, Row, State, Table
from bulou.web.show.rounds import ChainPage, Stage
from bulou.web.show.story import age_lane
from bulou.web.show.words import count, late_words, span_words, time_of
from bulou.web.specimen_words import stage_words

BOXES_SHOWN = 60
BEFORE, AFTER = timedelta(hours=6), timedelta(hours=2)
UNLIMITED = {"reported", "lost"}


@page
def chain(request: HttpRequest, by: Actor) -> HttpResponse:
    """Where every specimen stands, how old the oldest is, and what has no laboratory."""
    now = clock.city()
    ages = queries.ages(by, now=now)
    limit = ages[0].limit
    orphans = queries.without_laboratory(by, now=now)
    shown = ChainPage(
        stages=tuple(_stage(one, limit, now) for one in queries.pipeline(by) if one.key != "lost" or one.tubes),
        signals=_signals(by, now),
        ages=_ages(ages, now),
        unassigned=_unassigned(orphans, now),
        unassigned_total=count(sum(one.tubes for one in orphans)),
        boxes=_boxes(by, request.GET.get("state", ""), now, limit),
        boxes_note=gettext("under way, the oldest specimen first"),
        labs=_labs(by, now),
    )
    return render(request, "web/chain.html", {"frame": framed(request, by, "chain", live=True), "page": shown})


def _stage(one: queries.Stage, limit: timedelta, now: datetime) -> Stage:
    age = now - one.oldest if one.oldest else timedelta(0)
    undelivered = one.key in {"collected", "packing", "sealed", "in_transit"}
    over = undelivered and age > limit
    return Stage(
        key=one.key,
        label=stage_words(one.key),
        count=count(one.tubes),
        unit=gettext("tubes"),
        oldest=gettext("oldest %(span)s") % {"span": span_words(age)} if one.oldest else "",
        href=f"{reverse('web:chain')}?state={one.key}",
        chip=Chip(state=State.LATE, text=gettext("%(span)s over") % {"span": span_words(age - limit)}) if over else None,
        late=gettext("beyond the limit") if over else "",
        limit=gettext("limit %(span)s") % {"span": span_words(limit)} if undelivered else "",
    )


def _signals(by: Actor, now: datetime) -> tuple[Figure, ...]:
    if not may(by, Operation.SEE_FIGURES):
        return ()
    found = queries.three_figures(by, clock.day_of(now))
    return (
        Figure(
            label=gettext("Abnormal pools"),
            value=count(found.pools_abnormal),
            unit=gettext("tubes"),
            note=gettext("%(people)s people to be sampled again") % {"people": count(found.people_in_pools)},
        ),
        Figure(
            label=gettext("Preliminary positives"),
            value=count(found.preliminary),
            unit=gettext("people"),
            note=gettext("%(waiting)s await diagnosis") % {"waiting": count(found.backlog)},
        ),
        Figure(
            label=gettext("Confirmed / asymptomatic"),
            value=f"{count(found.confirmed)} / {count(found.asymptomatic)}",
            unit=gettext("people"),
            note=gettext("diagnosed by experts today"),
        ),
    )


def _ages(found: Sequence[queries.Age], now: datetime) -> Table:
    def row(one: queries.Age) -> Row:
        age = now - one.oldest_undelivered if one.oldest_undelivered else None
        over = age is not None and age > one.limit
        return Row(
            total=not one.code,
            cells=(
                Cell(text=one.name if one.code else gettext("All")),
                Cell(
                    text=span_words(age) if age else "–",
                    chip=Chip(state=State.LATE, text=gettext("over the limit")) if over else None,
                ),
                Cell(
                    text=count(one.undelivered), note=gettext("%(late)s late") % {"late": count(one.late)} if one.late else ""
                ),
                Cell(text=count(one.waiting)),
            ),
        )

    return Table(
        caption=gettext("Oldest specimen by district"),
        columns=(
            Column(label=gettext("District"), lead=True),
            Column(label=gettext("Oldest not delivered"), align=Align.NUMBER),
            Column(label=gettext("Not delivered"), align=Align.NUMBER),
            Column(label=gettext("Without a result"), align=Align.NUMBER),
        ),
        rows=tuple(row(one) for one in (*found[1:], found[0])),
        empty=Empty(text=gettext("No specimen waits"), good=True),
    )


def _unassigned(found: Sequence[queries.WithoutLaboratory], now: datetime) -> Table:
    found = found[:40]
    names = duty_rows.unit_names(one.owner for one in found if one.owner)
    said = duty_rows.reasons([one.why for one in found])

    def row(one: queries.WithoutLaboratory, why: str) -> Row:
        href = reverse("web:box", args=[one.box_id]) if one.box_id else ""
        clock_ = Cell(text="–")
        if one.due_at is not None:
            late = one.due_at <= now
            clock_ = Cell(chip=Chip(state=State.LATE if late else State.SOON, text=late_words(one.due_at, now)))
        return Row(
            cells=(
                Cell(text=one.box_id or gettext("loose tubes"), href=href, note=one.site),
                Cell(text=count(one.tubes)),
                Cell(text=span_words(now - one.oldest) if one.oldest else "–"),
                Cell(text=why),
                Cell(text=names.get(one.owner, one.owner)),
                clock_,
            )
        )

    return Table(
        caption=gettext("Specimens without a laboratory"),
        columns=(
            Column(label=gettext("Box"), lead=True),
            Column(label=gettext("Tubes"), align=Align.NUMBER),
            Column(label=gettext("Age of the oldest"), align=Align.NUMBER),
            Column(label=gettext("Why")),
            Column(label=gettext("Who owes a laboratory")),
            Column(label=gettext("Clock")),
        ),
        rows=tuple(row(one, why) for one, why in zip(found, said, strict=True)),
        empty=Empty(text=gettext("Every specimen has a laboratory"), good=True),
    )


def _labs(by: Actor, now: datetime) -> Table:
    def row(one: queries.LaboratoryLoad) -> Row:
        if one.full:
            until = f" · {time_of(one.full_until)}" if one.full_until else ""
            chip = Chip(state=State.LATE, text=gettext("full") + until)
        else:
            chip = Chip(state=State.DONE, text=gettext("takes tubes"))
        return Row(
            cells=(
                Cell(text=one.name, note=one.full_reason),
                Cell(chip=chip),
                Cell(text=count(one.in_hand)),
                Cell(text=count(one.on_the_way)),
                Cell(text=count(one.tubes_per_hour), note=gettext("%(hours).1f h of work") % {"hours": one.hours_of_work}),
            )
        )

    return Table(
        caption=gettext("Laboratories"),
        columns=(
            Column(label=gettext("Laboratory"), lead=True),
            Column(label=gettext("State")),
            Column(label=gettext("In hand, tubes"), align=Align.NUMBER),
            Column(label=gettext("On the way"), align=Align.NUMBER),
            Column(label=gettext("Tubes an hour"), align=Align.NUMBER),
        ),
        rows=tuple(row(one) for one in queries.laboratories(by, now=now)),
        empty=Empty(text=gettext("No laboratory is registered here")),
    )


def _boxes(by: Actor, state: str, now: datetime, limit: timedelta) -> Table:
    found = listing.listed_boxes(by, listing.BoxFilter(state=state if state in {"sealed", "in_transit", "received"} else ""))
    if not state:
        found = found.filter(state__in=("sealed", "in_transit"))
    rows = list(found.order_by("oldest_collected_at", "box_id")[:BOXES_SHOWN])
    return Table(
        caption=gettext("Boxes"),
        columns=(
            Column(label=gettext("Box"), lead=True),
            Column(label=gettext("Where")),
            Column(label=gettext("In whose hands")),
            Column(label=gettext("Laboratory")),
            Column(label=gettext("Tubes"), align=Align.NUMBER),
            Column(label=gettext("Age (line: limit and now)"), align=Align.WIDE),
        ),
        rows=tuple(_box_row(one, now, limit) for one in rows),
        empty=Empty(text=gettext("No box is under way"), good=True),
    )


def _box_row(one: Box, now: datetime, limit: timedelta) -> Row:
    lane, words = None, "–"
    if one.oldest_collected_at is not None:
        started = clock.local(one.oldest_collected_at)
        closed = clock.local(one.received_at) if one.received_at else None
        lane = age_lane(started, started + limit, now=clock.local(now), before=BEFORE, after=AFTER, closed_at=closed)
        words = span_words((one.received_at or now) - one.oldest_collected_at)
    return Row(
        cells=(
            Cell(text=one.pk, href=reverse("web:box", args=[one.pk]), note=one.site.name),
            Cell(text=stage_words(one.state)),
            Cell(text=named(one.holder.name, one.holder.name_en)),
            Cell(text=named(one.laboratory.unit.name, one.laboratory.unit.name_en) if one.laboratory else gettext("none")),
            Cell(text=count(one.tube_count)),
            Cell(text=words, lane=lane),
        )
    )

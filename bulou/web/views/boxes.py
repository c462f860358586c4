"""One box: its clock, who held it, what each hand counted, its tubes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.specimens import stories
from bulou.specimens.choices import TransferState
from bulou.specimens.models import Box, BoxTransfer, Tube
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.band import Band
from bulou.web.show.duties import Fact
from bulou.web.show.figures import Act, Align, Cell, Chip, Column, Empty, Row, State, Table
from bulou.web.show.rounds import BoxPage
from bulou.web.show.story import Interval, Moment, StoryLane, story
from bulou.web.show.words import count, list_words, time_of
from bulou.web.specimen_words import (
    clock_words,
    discrepancy_words,
    entry_steps,
    limit_words,
    result_words,
    stage_words,
    transfer_words,
)


@page
def box(request: HttpRequest, by: Actor, id: str) -> HttpResponse:  # noqa: A002 - the route's name for it
    """One box: its clock, who held it, the counts of each scan, its tubes."""
    now = clock.city()
    found = stories.box_story(by, id)
    row = found.box
    duty = next((one for one in found.duties if one.kind == "specimen.delivered"), None)
    due_at, closed = (duty.due_at, duty.closed_at) if duty else (None, row.received_at)
    late = due_at is not None and (closed or now) > due_at
    shown = BoxPage(
        code=row.pk,
        chip=Chip(state=State.DONE if row.received_at else State.LATER, text=stage_words(row.state)),
        clock=clock_words(due_at, closed, now),
        clock_note=limit_words(due_at, closed),
        late=late and closed is None,
        facts=_box_facts(row),
        band=_box_band(found, due_at, now),
        scans=_scans(found.transfers, now),
        tubes=_tube_table(found.tubes, now),
        steps=entry_steps(found.entries),
        duties=duty_rows.open_rows(found.duties, by, now=now),
        acts=_box_acts(duty, by),
    )
    frame = framed(request, by, "chain", title=row.pk)
    return render(request, "web/box.html", {"frame": frame, "page": shown})


def _box_acts(duty: Duty | None, by: Actor) -> tuple[Act, ...]:
    del by
    if duty is None or duty.state != DutyState.OPEN:
        return ()
    return (Act(label=gettext("The duty's story"), url=duty_rows.href(duty), get=True, main=True),)


def _box_facts(row: Box) -> tuple[Fact, ...]:
    lab = row.laboratory
    return (
        Fact(label=gettext("Site"), value=row.site.name, note=row.unit_code),
        Fact(label=gettext("In whose hands"), value=named(row.holder.name, row.holder.name_en)),
        Fact(label=gettext("Laboratory"), value=named(lab.unit.name, lab.unit.name_en) if lab else gettext("none")),
        Fact(label=gettext("Seal"), value=row.seal_number or "–"),
        Fact(label=gettext("Tubes"), value=count(row.tube_count)),
        Fact(
            label=gettext("Oldest specimen"),
            value=time_of(row.oldest_collected_at) if row.oldest_collected_at else "–",
        ),
    )


def _box_band(found: stories.BoxStory, due_at: datetime | None, now: datetime) -> Band:
    """Who held the box: the site until the first acceptance, each receiver until the next."""
    row = found.box
    taken = [one for one in found.transfers if one.state == TransferState.ACCEPTED and one.answered_at]
    lanes, start, name = [], row.packed_at, row.site.name
    for one in taken:
        until = one.answered_at
        lanes.append(StoryLane(name=name, intervals=(Interval(start=clock.local(start), until=clock.local(until)),)))  # type: ignore[arg-type]
        start, name = until, named(one.receiver.name, one.receiver.name_en)  # type: ignore[assignment]
    last = clock.local(row.received_at) if row.received_at else None
    if row.received_at is None:
        lanes.append(StoryLane(name=name, intervals=(Interval(start=clock.local(start)),)))
    offered = [one for one in found.transfers if one.state != TransferState.ACCEPTED]
    if offered:
        moments = tuple(
            Moment(at=clock.local(one.offered_at), label=list_words([one.receiver.name, transfer_words(one.state)]))
            for one in offered
        )
        lanes.append(StoryLane(name=gettext("Offers"), moments=moments))
    return story(
        lanes,
        now=clock.local(now),
        opened_at=clock.local(row.oldest_collected_at or row.packed_at),
        due_at=clock.local(due_at) if due_at else None,
        closed_at=last,
    )


def _scans(transfers: Sequence[BoxTransfer], now: datetime) -> Table:
    def row(one: BoxTransfer) -> Row:
        differs = discrepancy_words(one.discrepancies)
        kind = {"accepted": State.DONE, "offered": State.SOON}.get(one.state, State.PLAIN)
        chip = Chip(state=State.LATE if differs else kind, text=differs or transfer_words(one.state))
        received = "–" if one.received_count is None else count(one.received_count)
        return Row(
            cells=(
                Cell(text=f"{one.sender.name} → {one.receiver.name}", note=one.vehicle),
                Cell(text=time_of(one.offered_at, now), note=count(one.sent_count) + " · " + one.sent_seal),
                Cell(
                    text=time_of(one.answered_at, now) if one.answered_at else "–",
                    note=f"{received} · {one.received_seal}" if one.answered_at else "",
                ),
                Cell(chip=chip, note=one.reason),
            )
        )

    return Table(
        caption=gettext("Hand-overs, both sides' counts"),
        columns=(
            Column(label=gettext("From → to"), lead=True),
            Column(label=gettext("Given: count and seal")),
            Column(label=gettext("Taken: count and seal")),
            Column(label=gettext("Agree?")),
        ),
        rows=tuple(row(one) for one in transfers),
        empty=Empty(text=gettext("Not handed over yet")),
    )


def _tube_table(tubes: Sequence[Tube], now: datetime) -> Table:
    return Table(
        caption=gettext("Tubes"),
        columns=(
            Column(label=gettext("Tube"), lead=True),
            Column(label=gettext("Sampled")),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("Where")),
            Column(label=gettext("Result")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.pk, href=reverse("web:tube", args=[one.pk])),
                    Cell(text=time_of(one.collected_at, now)),
                    Cell(text=str(one.people)),
                    Cell(text=stage_words(one.state)),
                    Cell(text=result_words(one.outcome, one.people)),
                )
            )
            for one in tubes
        ),
        empty=Empty(text=gettext("The box is empty")),
    )

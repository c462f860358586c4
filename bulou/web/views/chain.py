"""The specimen chain, one box, one tube."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import may
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.ledger.models import Entry
from bulou.specimens import queries, stories
from bulou.specimens.choices import Discrepancy, TransferState
from bulou.specimens.models import Box, BoxTransfer, Tube
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.band import Band
from bulou.web.show.duties import DutyRow, Fact, Step
from bulou.web.show.figures import Act, Align, Cell, Chip, Column, Empty, Figure, Row, State, Table
from bulou.web.show.rounds import BoxPage, ChainPage, Stage, TubePage
from bulou.web.show.story import Interval, Moment, StoryLane, age_lane, story
from bulou.web.show.words import count, late_words, list_words, mask_id, mask_name, span_words, time_of
from bulou.web.views.people import result_words

BOXES_SHOWN = 60
BEFORE, AFTER = timedelta(hours=6), timedelta(hours=2)
UNLIMITED = {"reported", "lost"}


def stage_words(key: str) -> str:
    """A station of the chain in words."""
    return {
        "collected": gettext("collected"), "packing": gettext("being packed"), "sealed": gettext("sealed"),
        "in_transit": gettext("on the way"), "received": gettext("in the laboratory"),
        "reported": gettext("reported"), "lost": gettext("lost"), "boxed": gettext("in a box"),
        "voided": gettext("void"),
    }.get(key, key)  # fmt: skip


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
    def row(one: queries.WithoutLaboratory) -> Row:
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
                Cell(text=one.why),
                Cell(text=one.owner),
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
        rows=tuple(row(one) for one in found[:40]),
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
    found = queries.listed_boxes(by, queries.BoxFilter(state=state if state in {"sealed", "in_transit", "received"} else ""))
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


def _entry_steps(entries: Sequence[Entry]) -> tuple[Step, ...]:
    def step(entry: Entry) -> Step:
        actor, data = json.loads(entry.actor), json.loads(entry.data)
        keep = ("seal", "count", "to", "from", "laboratory", "reason", "why", "outcome", "run", "vehicle", "problem")
        note = list_words([str(data[name]) for name in keep if data.get(name) not in (None, "")])
        return Step(
            at=clock.local(entry.happened_at),
            what=tag_words(entry.tag),
            by=list_words([mask_name(actor["name"]), actor["unit"]]),
            note=note[:160],
            seal=f"#{entry.seal_id}" if entry.seal_id else gettext("not sealed yet"),
        )

    return tuple(step(entry) for entry in entries)


def tag_words(tag: str) -> str:
    """What a ledger entry of the chain says, in words."""
    return {
        "specimen:tube:registered": gettext("Tube registered"), "specimen:tube:voided": gettext("Tube void"),
        "specimen:tube:lost": gettext("Lost"), "specimen:tube:without_laboratory": gettext("No laboratory"),
        "specimen:box:packed": gettext("Packed"), "specimen:box:sealed": gettext("Sealed"),
        "specimen:box:assigned": gettext("Laboratory assigned"), "specimen:box:offered": pgettext("story", "Offered"),
        "specimen:box:accepted": gettext("Taken over"), "specimen:box:refused": gettext("Refused"),
        "specimen:box:received": gettext("Received by the laboratory"),
        "specimen:box:discrepant": gettext("The counts or seals differ"),
        "specimen:box:rerouted": gettext("Sent elsewhere"), "specimen:scan:voided": gettext("Scan taken back"),
        "specimen:result:negative": gettext("Negative"), "specimen:result:positive": gettext("Preliminary positive"),
        "specimen:result:pool_abnormal": gettext("Pool abnormal"),
        "specimen:result:indeterminate": gettext("Indeterminate"), "specimen:result:invalid": gettext("Invalid"),
        "specimen:result:conflicting": gettext("Two laboratories disagree"),
        "specimen:result:late": gettext("Result after release"), "specimen:result:recalled": gettext("Result recalled"),
    }.get(tag, tag)  # fmt: skip


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
        clock=_clock(due_at, closed, now),
        clock_note=_limit(due_at, closed),
        late=late and closed is None,
        facts=_box_facts(row),
        band=_box_band(found, due_at, now),
        scans=_scans(found.transfers, now),
        tubes=_tube_table(found.tubes, now),
        steps=_entry_steps(found.entries),
        duties=_open_rows(found.duties, by, now),
        acts=_box_acts(duty, by),
    )
    frame = framed(request, by, "chain", title=row.pk)
    return render(request, "web/box.html", {"frame": frame, "page": shown})


def _clock(due_at: datetime | None, closed: datetime | None, now: datetime) -> str:
    if closed is not None:
        return time_of(closed, now)
    return late_words(due_at, now) if due_at else "–"


def _limit(due_at: datetime | None, closed: datetime | None) -> str:
    if due_at is None:
        return ""
    limit = gettext("limit %(time)s") % {"time": time_of(due_at)}
    if closed is None:
        return limit
    said = gettext("%(span)s before it") if closed <= due_at else gettext("%(span)s after it")
    return list_words([limit, said % {"span": span_words(due_at - closed)}])


def _open_rows(duties: Sequence[Duty], by: Actor, now: datetime) -> tuple[DutyRow, ...]:
    return duty_rows.rows([one for one in duties if one.state == DutyState.OPEN], by, now=now)


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


def transfer_words(state: str) -> str:
    """The state of a box's hand-over in words."""
    return {
        "offered": gettext("waiting"), "accepted": gettext("accepted"), "refused": pgettext("hand-over", "refused"),
        "withdrawn": gettext("withdrawn"),
    }.get(state, state)  # fmt: skip


def discrepancy_words(kinds: str) -> str:
    """What did not agree, in words."""
    words = {
        Discrepancy.SHORT: gettext("tubes missing"), Discrepancy.OVER: gettext("too many tubes"),
        Discrepancy.SEAL: gettext("another seal"), Discrepancy.SWAPPED: gettext("another box"),
        Discrepancy.LATE: gettext("late"),
    }  # fmt: skip
    return list_words(
        [words.get(Discrepancy(kind), kind) if kind in set(Discrepancy) else kind for kind in kinds.split(";") if kind]
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


@page
def tube(request: HttpRequest, by: Actor, id: str) -> HttpResponse:  # noqa: A002 - the route's name for it
    """One tube: its way, its members (masked, and only for roles that may), its results."""
    now = clock.city()
    found = stories.tube_story(by, id)
    row = found.tube
    if found.people:
        log_read(reader=by, subject=f"tube:{row.pk}", purpose="page", at=now, count=len(found.people))
    open_ = [one for one in found.duties if one.state == DutyState.OPEN]
    due_at = min((one.due_at for one in open_), default=None)
    pool = row.people > 1
    shown = TubePage(
        code=row.pk,
        chip=Chip(state=State.DONE if row.reported_at else State.LATER, text=stage_words(row.state)),
        clock=_clock(due_at, row.reported_at, now),
        clock_note=_limit(due_at, row.reported_at),
        late=due_at is not None and due_at <= now,
        facts=(
            Fact(label=gettext("Site"), value=row.site.name, note=row.unit_code),
            Fact(label=gettext("Round"), value=row.round_id, href=reverse("web:round", args=[row.round_id])),
            Fact(label=gettext("Sampled"), value=time_of(row.collected_at, now)),
            Fact(label=gettext("Registered"), value=time_of(row.registered_at, now)),
            Fact(
                label=gettext("Box"), value=row.box_id or "–", href=reverse("web:box", args=[row.box_id]) if row.box_id else ""
            ),
            Fact(label=gettext("Result"), value=result_words(row.outcome, row.people)),
        ),
        band=story(
            (StoryLane(name=stage_words(row.state), intervals=(Interval(start=clock.local(row.collected_at)),)),),
            now=clock.local(now),
            opened_at=clock.local(row.collected_at),
            due_at=clock.local(due_at) if due_at else None,
            closed_at=clock.local(row.reported_at) if row.reported_at else None,
        ),
        members=_members(found, by),
        results=_results(found, now),
        steps=_entry_steps(found.entries),
        duties=_open_rows(found.duties, by, now),
        pool_note=gettext("A pool's result is nobody's own result; each member is sampled again alone.") if pool else "",
    )
    return render(request, "web/tube.html", {"frame": framed(request, by, "chain", title=row.pk), "page": shown})


def _members(found: stories.TubeStory, by: Actor) -> Table:
    del by
    hidden = found.people is None
    return Table(
        caption=gettext("Who is in it"),
        columns=(Column(label=gettext("Person"), lead=True), Column(label=gettext("Number"))),
        rows=tuple(
            Row(cells=(Cell(text=mask_id(person), href=reverse("web:person", args=[person])), Cell(text=str(number))))
            for number, person in enumerate(found.people or (), start=1)
        ),
        empty=Empty(text=gettext("Not shown to your role") if hidden else gettext("Nobody")),
    )


def _results(found: stories.TubeStory, now: datetime) -> Table:
    return Table(
        caption=gettext("Results"),
        columns=(
            Column(label=gettext("Laboratory"), lead=True),
            Column(label=gettext("Reported")),
            Column(label=gettext("Result")),
            Column(label=gettext("Run")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=named(one.laboratory.unit.name, one.laboratory.unit.name_en)),
                    Cell(text=time_of(one.reported_at, now)),
                    Cell(text=result_words(one.outcome, found.tube.people)),
                    Cell(text=one.run_id),
                    Cell(text=result_state_words(one.state)),
                )
            )
            for one in found.results
        ),
        empty=Empty(text=gettext("No result yet")),
    )


def result_state_words(state: str) -> str:
    """How a result stands, in words."""
    return {
        "valid": gettext("valid"), "unmatched": gettext("unmatched"), "conflicting": gettext("in dispute"),
        "recalled": gettext("recalled"), "overruled": gettext("overruled"),
    }.get(state, state)  # fmt: skip

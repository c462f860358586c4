"""The chase board (追阳): a clock for each case, late first; whose it is, what next; tracers enough or short."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import may
from bulou.investigation import chase, queries, tracers
from bulou.investigation.chase import Chase
from bulou.investigation.rules.clock import Mark
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.units import queries as units
from bulou.units.models import Unit
from bulou.web.case_words import mark_words, person, point_chip, status_words
from bulou.web.duty_rows import present_words
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.band import LaneHead, band
from bulou.web.show.band import Mark as BandMark
from bulou.web.show.chase import ChaseBoardPage
from bulou.web.show.duties import ActForm
from bulou.web.show.figures import Act, Align, Cell, Chip, Column, Empty, Figure, Row, State, Table
from bulou.web.show.words import count, list_words, span_words, time_of

SHOWN = 200  # rows of the board; the strip says how many more there are
OPEN_MARKS = (Mark.HELD, Mark.INTERVIEWED, Mark.LISTED)
BEFORE, AFTER = timedelta(hours=6), timedelta(hours=4)


class TracerForm(forms.Form):
    """Somebody who traces from now on."""

    staff = forms.CharField(label=gettext_lazy("Staff number"), max_length=32)
    unit = forms.CharField(label=gettext_lazy("Unit's code"), max_length=64)
    languages = forms.CharField(label=gettext_lazy("Languages spoken"), max_length=80, initial="zh")


@page
def board(request: HttpRequest, by: Actor) -> HttpResponse:
    """Open chases with their clocks; the reading of people's numbers is logged."""
    now = clock.city()
    open_now, done = chase.board(by, at=now), chase.board(by, at=now, done=True)
    strength = tracers.strength(by, at=now)
    pace = queries.pace(by, clock.day_of(now))
    log_read(reader=by, subject=f"people:{by.unit}", purpose="chase board", at=now, count=len(open_now))
    shown = ChaseBoardPage(
        figures=_figures(open_now, done, strength, pace, now),
        band=_band(open_now, now),
        table=_table(open_now[:SHOWN], by, now, gettext("Open chases"), gettext("No chase is open")),
        done=_table(done[:SHOWN], by, now, gettext("Done today"), gettext("None was finished today")),
        tracers=_tracers(strength),
        acts=(
            Act(label=gettext("Line list"), url=reverse("web:cases"), get=True),
            Act(label=gettext("Chains"), url=reverse("web:chains"), get=True),
        ),
        tracer_form=_tracer_form(by),
    )
    return render(
        request, "web/chase.html", {"frame": framed(request, by, "chase", title=gettext("Chase"), live=True), "page": shown}
    )


def _figures(
    open_now: Sequence[Chase], done: Sequence[Chase], strength: Sequence[tracers.Strength], pace: queries.Pace, now: datetime
) -> tuple[Figure, ...]:  # fmt: skip
    late = sum(one.clock.is_late for one in open_now)
    oldest = max((now - one.case.detected_at for one in open_now), default=None)
    held = [one for one in (*open_now, *done) if one.clock.points[2].done_at]
    spans = sorted(point.done_at - one.case.detected_at for one in held if (point := one.clock.points[2]).done_at)
    short = sum(one.short for one in strength)
    return (
        Figure(
            label=gettext("Open chases"),
            value=count(len(open_now)),
            note=gettext("done today: %(n)s") % {"n": count(len(done))},
        ),
        Figure(
            label=gettext("Late"),
            value=count(late),
            late=bool(late),
            note=gettext("longest open: %(span)s") % {"span": span_words(oldest)} if oldest else "",
        ),
        Figure(
            label=gettext("Sample to result"),
            value=span_words(pace.sample_to_result) if pace.sample_to_result else "–",
            note=gettext("median of today's cases"),
        ),
        Figure(
            label=gettext("Result to held"),
            value=span_words(spans[len(spans) // 2]) if spans else "–",
            note=gettext("median of those held"),
        ),
        Figure(
            label=gettext("Tracers"),
            value=count(sum(one.tracers for one in strength)),
            chip=Chip(state=State.SOON, text=gettext("%(n)s short") % {"n": count(short)}) if short else None,
            note=gettext("for %(n)s open chases") % {"n": count(len(open_now))},
            href="#tracers",
        ),
    )


def _band(open_now: Sequence[Chase], now: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202 - band.Band
    """What is owed next of every case, one lane for each mark."""
    marks = [
        BandMark(
            lane=point.mark.value,
            due_at=clock.local(point.due_at),
            label=one.case.pk[-6:],
            href=reverse("web:case", args=[one.case.pk]),
        )
        for one in open_now
        for point in one.clock.points
        if point.mark in OPEN_MARKS and point.done_at is None and point.due_at is not None
    ]
    heads = [LaneHead(key=mark.value, name=mark_words(mark)) for mark in OPEN_MARKS]
    return band(marks, clock.local(now), BEFORE, AFTER, lanes=heads)


def _table(found: Sequence[Chase], by: Actor, now: datetime, caption: str, nothing: str) -> Table:
    owners = {one.duty.owner_id for one in found if one.duty}
    present = units.on_duty(owners, at=now) if owners else {}

    def whose(one: Chase) -> Cell:
        if one.duty is None:
            return Cell(text="–")
        owner = one.duty.owner
        return Cell(text=named(owner.name, owner.name_en), note=present_words(present[one.duty.owner_id]))

    return Table(
        caption=caption,
        columns=(
            Column(label=gettext("Case"), lead=True),
            *(Column(label=mark_words(mark)) for mark in (Mark.RESULT, *OPEN_MARKS)),
            Column(label=gettext("Owner · on duty now")),
            Column(label=gettext("Next step")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        text=one.case.pk,
                        note=list_words([status_words(one.case.status), person(one.case.person_id), one.case.place_code[:12]]),
                        href=reverse("web:case", args=[one.case.pk]),
                    ),
                    Cell(text=time_of(one.case.detected_at, now), note=_sampled(one)),
                    *(Cell(chip=point_chip(point, now)) for point in one.clock.points if point.mark in OPEN_MARKS),
                    whose(one),
                    Cell(acts=_next(one, by)),
                )
            )
            for one in found
        ),
        empty=Empty(text=nothing, good=True),
    )


def _sampled(one: Chase) -> str:
    if one.case.sampled_at is None:
        return gettext("sample unknown")
    return gettext("%(span)s after the sample") % {"span": span_words(one.case.detected_at - one.case.sampled_at)}


def _next(one: Chase, by: Actor) -> tuple[Act, ...]:
    here = reverse("web:case", args=[one.case.pk])
    if not may(by, Operation.CHASE_CASE) or one.clock.next is None:
        return (Act(label=gettext("See the case"), url=here, get=True, about=one.case.pk),)
    label, url = {
        Mark.HELD: (gettext("Hold"), f"{here}#act-step"),
        Mark.INTERVIEWED: (gettext("Interview"), reverse("web:interview", args=[one.case.pk])),
        Mark.LISTED: (gettext("List contacts"), f"{here}#act-contact"),
    }[one.clock.next.mark]
    return (Act(label=label, url=url, get=True, main=True, about=one.case.pk),)


def _tracers(strength: Sequence[tracers.Strength]) -> Table:
    names = dict(Unit.objects.filter(pk__in=[one.place for one in strength]).values_list("code", "name"))
    english = dict(Unit.objects.filter(pk__in=[one.place for one in strength]).values_list("code", "name_en"))
    return Table(
        caption=gettext("Tracers"),
        columns=(
            Column(label=gettext("District"), lead=True),
            Column(label=gettext("Tracers"), align=Align.NUMBER),
            Column(label=gettext("Chases"), align=Align.NUMBER),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        text=named(names.get(one.place, one.place), english.get(one.place, "")),
                        note=", ".join(one.languages),
                    ),
                    Cell(text=f"{count(one.tracers)} / {count(one.needed)}"),
                    Cell(text=count(one.chases)),
                    Cell(chip=_strength_chip(one)),
                )
            )
            for one in strength
        ),
        empty=Empty(text=gettext("No chase is open and nobody is named"), good=True),
    )


def _strength_chip(one: tracers.Strength) -> Chip:
    if one.short:
        return Chip(state=State.SOON, text=gettext("%(n)s short") % {"n": count(one.short)})
    if one.unspoken:
        return Chip(state=State.SOON, text=gettext("nobody speaks %(what)s") % {"what": ", ".join(one.unspoken)})
    return Chip(state=State.DONE, text=gettext("enough"))


def _tracer_form(by: Actor) -> ActForm | None:
    if not may(by, Operation.KEEP_TRACERS):
        return None
    return ActForm(
        key="tracer",
        label=gettext("Name a tracer"),
        means=gettext("Interviews and lists contacts for a unit from now on"),
        url=reverse("web:tracer_name"),
        form=TracerForm(initial={"unit": by.unit, "languages": "zh"}, prefix="tracer"),
        button=gettext("Name"),
    )


@require_POST
@page
def name_tracer(request: HttpRequest, by: Actor) -> HttpResponse:
    """Somebody traces from now on."""
    form = TracerForm(request.POST, prefix="tracer")
    if form.is_valid():
        given = form.cleaned_data
        tracers.name_tracer(
            staff=given["staff"], unit=given["unit"], languages=given["languages"].replace(";", ",").split(","), by=by,
            at=clock.city(),
        )  # fmt: skip
    return HttpResponseRedirect(reverse("web:chase") + "#tracers")

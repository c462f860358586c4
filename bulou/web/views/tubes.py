"""One tube, and the tubes of the reader's sites as a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from bulou.access.actions import log_read
from bulou.duties.choices import DutyState
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.specimens import listing, stories
from bulou.specimens.choices import Outcome
from bulou.specimens.models import Tube
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.duties import Fact
from bulou.web.show.figures import Align, Cell, Chip, Column, Empty, Pager, Row, State, Table
from bulou.web.show.rounds import TubeListPage, TubePage
from bulou.web.show.story import Interval, StoryLane, story
from bulou.web.show.words import mask_id, time_of
from bulou.web.specimen_words import (
    clock_words,
    entry_steps,
    limit_words,
    outcome_words,
    result_state_words,
    result_words,
    stage_words,
)

PAGE = 50
STATES = ("collected", "boxed", "received", "reported", "lost", "voided")


class FilterForm(forms.Form):
    """Which tubes are listed."""

    state = forms.ChoiceField(label=gettext_lazy("Where"), required=False)
    outcome = forms.ChoiceField(label=gettext_lazy("Result"), required=False)
    unit = forms.CharField(label=gettext_lazy("Unit's code"), required=False, max_length=64)

    def __init__(self, *given: object, **named_: object) -> None:
        """Stations and results in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        every = [("", gettext("All"))]
        self.fields["state"].choices = every + [(one, stage_words(one)) for one in STATES]  # type: ignore[attr-defined]
        self.fields["outcome"].choices = every + [(one.value, outcome_words(one)) for one in Outcome]  # type: ignore[attr-defined]


@page
def tube_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Tubes, the latest collected first, paged by key; nobody's name is in it."""
    now = clock.city()
    form = FilterForm(request.GET or None)
    given = {name: value for name, value in (form.cleaned_data if form.is_valid() else {}).items() if value}
    after = request.GET.get("after", "")
    rows = list(listing.tubes_after(listing.listed_tubes(by, listing.TubeFilter(**given)), after)[: PAGE + 1])
    here = reverse("web:tubes")
    following = ""
    if len(rows) > PAGE:
        following = f"{here}?{urlencode({**given, 'after': listing.tube_key(rows[PAGE - 1])})}"
    shown = TubeListPage(
        filters=form,
        table=_listed(rows[:PAGE], now),
        pager=Pager(shown=min(PAGE, len(rows)), first=f"{here}?{urlencode(given)}" if after else "", following=following),
        note=gettext("the latest collected first"),
    )
    return render(request, "web/tubes.html", {"frame": framed(request, by, "tubes", title=gettext("Tubes")), "page": shown})


def _listed(rows: Sequence[Tube], now: datetime) -> Table:
    return Table(
        caption=gettext("Tubes"),
        columns=(
            Column(label=gettext("Tube"), lead=True),
            Column(label=gettext("Site")),
            Column(label=gettext("Sampled")),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("Box")),
            Column(label=gettext("Where")),
            Column(label=gettext("Result")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.pk, href=reverse("web:tube", args=[one.pk])),
                    Cell(text=one.site.name, note=one.unit_code),
                    Cell(text=time_of(one.collected_at, now)),
                    Cell(text=str(one.people)),
                    Cell(text=one.box_id or "–", href=reverse("web:box", args=[one.box_id]) if one.box_id else ""),
                    Cell(text=stage_words(one.state)),
                    Cell(text=result_words(one.outcome, one.people)),
                )
            )
            for one in rows
        ),
        empty=Empty(text=gettext("No tube matches")),
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
        clock=clock_words(due_at, row.reported_at, now),
        clock_note=limit_words(due_at, row.reported_at),
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
        steps=entry_steps(found.entries),
        duties=duty_rows.open_rows(found.duties, by, now=now),
        pool_note=gettext("A pool's result is nobody's own result; each member is sampled again alone.") if pool else "",
    )
    return render(request, "web/tube.html", {"frame": framed(request, by, "tubes", title=row.pk), "page": shown})


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

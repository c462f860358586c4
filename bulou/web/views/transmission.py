"""Chains of transmission as a picture with its table, and the epidemic curve."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from bulou.access.choices import Operation
from bulou.access.rules import permit
from bulou.duties.rows import pack_now
from bulou.investigation import linking, queries
from bulou.investigation.models import Case
from bulou.investigation.rules.chains import Chains, Flag, Link, Node, chains
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.web.case_words import day_words, flag_words, setting_words
from bulou.web.frames import framed
from bulou.web.reader import page
from bulou.web.show.chains import picture
from bulou.web.show.chase import ChainsPage
from bulou.web.show.epicurve import Curve, curve
from bulou.web.show.figures import Align, Cell, Column, Empty, Figure, Row, Table
from bulou.web.show.words import count, list_words
from bulou.web.views.chain_picture import shown_of

DRAWN_MOST = 1_000  # cases in one picture; more is a table


class FilterForm(forms.Form):
    """Whose chains are drawn."""

    place = forms.CharField(label=gettext_lazy("Place code"), required=False, max_length=24)
    since = forms.DateField(label=gettext_lazy("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=gettext_lazy("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))


@page
def transmission(request: HttpRequest, by: Actor) -> HttpResponse:
    """The chains of the cases that the reader may see; no name is in them."""
    permit(by, Operation.SEE_CASES)
    form = FilterForm(request.GET or None)
    given: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    since: date | None = given.get("since")
    cases = queries.chain_cases(by, top=given.get("place", ""), since=since, until=given.get("until"))
    links = linking.standing([row.pk for row in cases])
    found = chains(
        [Node(code=row.pk, onset=row.onset_on, seen=clock.day_of(row.detected_at)) for row in cases],
        links,
        longest_interval=int(pack_now(clock.day_of(clock.city())).amount("serial_interval_longest")),
    )
    drawn = picture(found, shown_of(cases, links, found)) if 0 < len(cases) <= DRAWN_MOST else None
    bars = curve((row.onset_on, clock.day_of(row.detected_at)) for row in cases)
    shown = ChainsPage(
        filters=form,
        figures=_figures(cases, found),
        picture=drawn,
        table=_table(cases, links, found),
        curve=bars,
        curve_words=_curve_words(bars),
        empty=Empty(text=gettext("No case in this place and time")),
        note=gettext("the latest %(n)s cases at most") % {"n": count(queries.CHAIN_MOST)},
    )
    return render(
        request, "web/chains.html", {"frame": framed(request, by, "chains", title=gettext("Chains")), "page": shown}
    )  # fmt: skip


def _figures(cases: list[Case], found: Chains) -> tuple[Figure, ...]:
    infected = [len(found.infected.get(row.pk, ())) for row in cases]
    most = max(infected, default=0)
    widest = next((row.pk for row, number in zip(cases, infected, strict=True) if number == most), "")
    return (
        Figure(label=gettext("Cases"), value=count(len(cases)), note=_generations(found)),
        Figure(
            label=gettext("Without a known infector"),
            value=count(len(cases) - len(found.infectors)),
            note=gettext("of these without any link: %(n)s") % {"n": count(len(found.orphans))},
        ),
        Figure(
            label=gettext("Most infected by one"),
            value=count(most),
            note=widest if most else "",
            href=reverse("web:case", args=[widest]) if most else "",
        ),
        Figure(
            label=gettext("Days between two onsets"),
            value="–" if found.interval is None else f"{found.interval:g}",
            note=gettext("median of %(n)s known pairs") % {"n": count(len(found.intervals))},
        ),
        Figure(
            label=gettext("Symptoms unknown"),
            value=count(len(found.flagged(Flag.NO_ONSET))),
            note=gettext("several infectors: %(n)s") % {"n": count(len(found.flagged(Flag.SEVERAL)))},
        ),
    )


def _generations(found: Chains) -> str:
    return list_words([f"G{generation} {number}" for generation, number in found.by_generation.items()])


def _table(cases: list[Case], links: list[Link], found: Chains) -> Table:
    setting = {one.case: one.setting for one in reversed(links)}
    return Table(
        caption=gettext("The chains as a table"),
        columns=(
            Column(label=gettext("Case"), lead=True),
            Column(label=gettext("Generation"), align=Align.NUMBER),
            Column(label=gettext("Infected by")),
            Column(label=gettext("Setting")),
            Column(label=gettext("Symptoms since")),
            Column(label=gettext("Infected"), align=Align.NUMBER),
            Column(label=gettext("To look at")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=row.pk, href=reverse("web:case", args=[row.pk])),
                    Cell(text=_generation(found, row.pk)),
                    Cell(text=", ".join(found.infectors.get(row.pk, ())) or "–"),
                    Cell(text=setting_words(setting[row.pk]) if row.pk in setting else "–"),
                    Cell(text=day_words(row.onset_on)),
                    Cell(text=count(len(found.infected.get(row.pk, ())))),
                    Cell(text=list_words([flag_words(flag) for flag in sorted(found.flags[row.pk])])),
                )
            )
            for row in sorted(cases, key=lambda row: (_order(found, row.pk), row.pk))
        ),
        empty=Empty(text=gettext("No case in this place and time")),
    )


def _order(found: Chains, code: str) -> int:
    generation = found.generation[code]
    return 1_000_000 if generation is None else generation


def _generation(found: Chains, code: str) -> str:
    first, last = found.generation[code], found.latest[code]
    if first is None:
        return "?"
    return str(first) if first == last else f"{first}–{last}"


def _curve_words(bars: Curve | None) -> str:
    if bars is None:
        return ""
    most = max(bars.bars, key=lambda one: one.total)
    said = gettext("cases by day of symptoms") if bars.days == 1 else gettext("cases by week of symptoms")
    return list_words(
        [
            said,
            gettext("%(n)s in all") % {"n": count(sum(one.total for one in bars.bars))},
            gettext("most: %(n)s on %(day)s") % {"n": count(most.total), "day": most.first.isoformat()},
        ]
    )

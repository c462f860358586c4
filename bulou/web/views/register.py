"""The register of restrictions as a list: what holds whom, what waits, objections, the night's findings, stopped attempts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.rules import may
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.restrictions import queries
from bulou.restrictions.choices import Kind
from bulou.restrictions.models import Restriction
from bulou.restrictions.wording import why as said
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.restriction_words import chip_of, finding_words, kind_name, stamp, stop_words, whom
from bulou.web.show.figures import Act, Align, Cell, Column, Empty, Figure, Pager, Row, Table, clock_chip
from bulou.web.show.register import RegisterPage
from bulou.web.show.words import count, late_words, mask_id, span_words, time_of

PAGE = 50
BESIDE = 8  # rows of the lists beside the register


class FilterForm(forms.Form):
    """Which restrictions are listed."""

    show = forms.ChoiceField(label=gettext_lazy("Show"), required=False)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), required=False)
    place = forms.CharField(label=gettext_lazy("Place code"), required=False, max_length=24)

    def __init__(self, *given: object, **named_: object) -> None:
        """The choices in the reader's language."""
        super().__init__(*given, **named_)  # type: ignore[arg-type]
        self.fields["show"].choices = [  # type: ignore[attr-defined]
            ("in_force", gettext("in force")),
            ("proposed", gettext("waits for approval")),
            ("soon", gettext("ends within a day")),
            ("appealed", gettext("objection open")),
            ("closed", gettext("ended")),
            ("all", gettext("All")),
        ]
        self.fields["kind"].choices = [("", gettext("All")), *((one.value, kind_name(one.value)) for one in Kind)]  # type: ignore[attr-defined]


@page
def register(request: HttpRequest, by: Actor) -> HttpResponse:
    """The list by keyset with its filters, and beside it what somebody must look at."""
    now = clock.city()
    form = FilterForm(request.GET or None)
    given = {name: value for name, value in (form.cleaned_data if form.is_valid() else {}).items() if value}
    after = request.GET.get("after", "")
    rows = list(queries.after(queries.listed(by, queries.Filter(**given), at=now), after)[: PAGE + 1])
    log_read(
        reader=by, subject=f"people:{given.get('place') or by.unit}", purpose="restrictions", at=now, count=len(rows[:PAGE])
    )
    here = reverse("web:restrictions")
    following = ""
    if len(rows) > PAGE:
        following = f"{here}?{urlencode({**given, 'after': queries.key_of(rows[PAGE - 1])})}"
    shown = RegisterPage(
        figures=_figures(by, now),
        filters=form,
        table=_table(rows[:PAGE], now),
        pager=Pager(shown=min(PAGE, len(rows)), first=f"{here}?{urlencode(given)}" if after else "", following=following),
        appeals=_appeals(by, now),
        lists=_lists(by, now),
        findings=_findings(by),
        attempts=_attempts(by, now),
        acts=(Act(label=gettext("Propose"), url=reverse("web:restriction_propose"), get=True, main=True),)
        if may(by, Operation.PROPOSE_RESTRICTION)
        else (),
        reading=gettext("masked; every reading is logged"),
    )
    frame = framed(request, by, "restrictions", title=gettext("Restrictions"))
    return render(request, "web/restrictions.html", {"frame": frame, "page": shown})


def _figures(by: Actor, now: datetime) -> tuple[Figure, ...]:
    found = queries.figures(by, now)
    here = reverse("web:restrictions")
    kinds = tuple(
        Figure(
            label=kind_name(kind.value),
            value=count(found.in_force.get(kind.value, 0)),
            href=f"{here}?show=in_force&kind={kind}",
        )
        for kind in Kind
    )
    return (
        *kinds,
        Figure(label=gettext("Waits for approval"), value=count(found.proposed), href=f"{here}?show=proposed"),
        Figure(label=gettext("Ends within a day"), value=count(found.soon), href=f"{here}?show=soon"),
        Figure(label=gettext("Objections open"), value=count(found.appealed), href=f"{here}?show=appealed"),
        Figure(
            label=gettext("Too much control"),
            value=count(found.too_much),
            note=gettext("too little: %(n)s") % {"n": count(found.too_little)},
            href="#findings",
        ),
    )


def of_person(by: Actor, person: str, now: datetime) -> Table:
    """What restricts somebody, or did, for the person's page."""
    rows = list(queries.listed(by, queries.Filter(show="all", person=person), at=now)[:20])
    return replace(_table(rows, now), caption=gettext("Restrictions"))


def _table(rows: Sequence[Restriction], now: datetime) -> Table:
    held = set(Restriction.objects.filter(queries.holding(now), pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    return Table(
        caption=gettext("Register"),
        columns=(
            Column(label=gettext("Restriction"), lead=True),
            Column(label=gettext("Whom")),
            Column(label=gettext("Why")),
            Column(label=gettext("Proposed, approved by")),
            Column(label=gettext("Until")),
            Column(label=gettext("State")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=kind_name(row.kind), note=row.pk, href=reverse("web:restriction", args=[row.pk])),
                    Cell(text=whom(row), note=row.place_code[:12] if row.person_id else gettext("the whole place")),
                    Cell(text=said(row.reason)),
                    Cell(
                        text=named(row.proposed_unit.name, row.proposed_unit.name_en),
                        note=named(row.approved_unit.name, row.approved_unit.name_en) if row.approved_unit else "–",
                    ),
                    Cell(text=stamp(row.ends_at), note=late_words(row.ends_at, now) if row.pk in held else ""),
                    Cell(chip=chip_of(row, holds=row.pk in held, now=now)),
                )
            )
            for row in rows
        ),
        empty=Empty(text=gettext("Nobody is restricted here"), good=True),
    )


def _appeals(by: Actor, now: datetime) -> Table:
    return Table(
        caption=gettext("Objections without an answer"),
        columns=(
            Column(label=gettext("Restriction"), lead=True),
            Column(label=gettext("Waiting")),
            Column(label=gettext("Answer due")),
            Column(label=gettext("Lifts by itself")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        text=kind_name(one.restriction.kind),
                        note=whom(one.restriction),
                        href=reverse("web:restriction", args=[one.restriction_id]),
                    ),
                    Cell(text=span_words(now - one.filed_at)),
                    Cell(chip=clock_chip(one.answer_by, now)),
                    Cell(text=stamp(one.lifts_at)),
                )
            )
            for one in queries.appeals(by)[:BESIDE]
        ),
        empty=Empty(text=gettext("Every objection is answered"), good=True),
    )


def _lists(by: Actor, now: datetime) -> Table:
    return Table(
        caption=gettext("Lists that wait for a second superior"),
        columns=(
            Column(label=gettext("List"), lead=True),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("Limit"), align=Align.NUMBER),
            Column(label=gettext("Waiting")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        text=named(one.unit.name, one.unit.name_en),
                        note=one.reason,
                        href=reverse("web:restriction_list", args=[one.pk]),
                    ),
                    Cell(text=count(one.counted)),
                    Cell(text=count(one.allowed)),
                    Cell(text=span_words(now - one.proposed_at)),
                )
            )
            for one in queries.lists(by)[:BESIDE]
        ),
        empty=Empty(text=gettext("No list is stopped"), good=True),
    )


def _findings(by: Actor) -> Table:
    return Table(
        caption=gettext("What the night's recomputation found"),
        columns=(
            Column(label=gettext("Found"), lead=True),
            Column(label=gettext("Whom")),
            Column(label=gettext("Why")),
            Column(label=gettext("Since")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(
                        text=finding_words(one.kind),
                        href=reverse("web:restriction", args=[one.restriction_id]) if one.restriction_id else "",
                    ),
                    Cell(text=mask_id(one.person_id) or one.place_code),
                    Cell(text=said(one.why)),
                    Cell(text=stamp(one.found_at)),
                )
            )
            for one in queries.findings(by)[:BESIDE]
        ),
        empty=Empty(text=gettext("The register and the rules agree"), good=True),
    )


def _attempts(by: Actor, now: datetime) -> Table:
    return Table(
        caption=gettext("Stopped attempts"),
        columns=(
            Column(label=gettext("Why it was stopped"), lead=True),
            Column(label=gettext("People"), align=Align.NUMBER),
            Column(label=gettext("By")),
            Column(label=gettext("When")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=stop_words(one.why), note=kind_name(one.kind)),
                    Cell(text=count(one.people)),
                    Cell(text=one.attempted_by),
                    Cell(text=time_of(one.attempted_at, now)),
                )
            )
            for one in queries.attempts(by)[:BESIDE]
        ),
        empty=Empty(text=gettext("Nobody tried what the rules forbid"), good=True),
    )

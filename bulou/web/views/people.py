"""People of the reader's jurisdiction, masked; opening one is logged."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.models import ReadLog
from bulou.access.rules import may
from bulou.duties import queries as duties
from bulou.duties.choices import DutyState
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.people import queries
from bulou.people.choices import Vulnerability
from bulou.people.models import Resident
from bulou.specimens.models import TubeMember
from bulou.web import duty_rows
from bulou.web.frames import framed
from bulou.web.people_words import cause_words, document_words, shown_id, source_words
from bulou.web.reader import page
from bulou.web.show.duties import Fact
from bulou.web.show.figures import Act, Align, Cell, Chip, Column, Empty, Pager, Row, State, Table
from bulou.web.show.reading import PeoplePage, PersonPage
from bulou.web.show.words import list_words, mask_id, mask_name, time_of
from bulou.web.specimen_words import result_words
from bulou.web.views import residents
from bulou.web.views.register import of_person
from bulou.web.views.round_tables import door, needs_words

PAGE = 50


class FilterForm(forms.Form):
    """Which people are listed."""

    place = forms.CharField(label=gettext_lazy("Place code or area"), required=False, max_length=32)
    need = forms.ChoiceField(label=gettext_lazy("Needs"), required=False)

    def __init__(self, *given: object, **named: object) -> None:
        """The needs in the reader's language."""
        super().__init__(*given, **named)  # type: ignore[arg-type]
        needs = [(one.value, needs_words(one.value)) for one in Vulnerability]
        self.fields["need"].choices = [("", gettext("All")), *needs]  # type: ignore[attr-defined]


@page
def people(request: HttpRequest, by: Actor) -> HttpResponse:
    """The people of a place, by place code, paged by key; the reading is logged."""
    form = FilterForm(request.GET or None)
    today = clock.day_of(clock.city())
    given = form.cleaned_data if form.is_valid() else {}
    after = request.GET.get("after", "")
    chosen = queries.Filter(place=given.get("place", ""), need=given.get("need", ""))
    found = queries.after(queries.listed(by, chosen), after)
    rows = list(found[: PAGE + 1])
    log_read(
        reader=by, subject=f"people:{given.get('place') or by.unit}", purpose="list", at=clock.city(), count=len(rows[:PAGE])
    )
    kept = {name: value for name, value in given.items() if value}
    here = reverse("web:people")
    following = ""
    if len(rows) > PAGE:
        following = f"{here}?{urlencode({**kept, 'after': queries.key_of(rows[PAGE - 1])})}"
    shown = PeoplePage(
        filters=form,
        table=Table(
            caption=gettext("People"),
            columns=(
                Column(label=gettext("Person"), lead=True), Column(label=gettext("Identity number")),
                Column(label=gettext("Place")), Column(label=gettext("Household")), Column(label=gettext("Needs")),
            ),
            rows=tuple(
                Row(cells=(
                    Cell(text=mask_name(one.name) or shown_id(one.person_id), href=reverse("web:person", args=[one.person_id])),
                    Cell(text=mask_id(one.identity_number)),
                    Cell(text=door(one.place_code), note=one.place_code[:12]),
                    Cell(text=one.household_id),
                    Cell(text=needs_words(";".join(flag.need for flag in queries.flags(one, on=today)))),
                ))
                for one in rows[:PAGE]
            ),
            empty=Empty(text=gettext("Nobody matches")),
        ),
        pager=Pager(shown=len(rows[:PAGE]), first=f"{here}?{urlencode(kept)}" if after else "", following=following),
        note=gettext("masked; every reading is logged"),
        acts=_acts(by),
    )  # fmt: skip
    return render(request, "web/people.html", {"frame": framed(request, by, "people"), "page": shown})


@page
def person(request: HttpRequest, by: Actor, id: str) -> HttpResponse:  # noqa: A002 - the route's name for it
    """One person: tests and what is owed, masked; who read it before."""
    one = queries.resident(by, id)
    now = clock.city()
    log_read(reader=by, subject=f"person:{one.pk}", purpose="page", at=now)
    owed = duties.visible(by).filter(state=DutyState.OPEN, about__endswith=f"person:{one.pk}").select_related("owner")
    shown = PersonPage(
        code=shown_id(one.pk),
        name=mask_name(one.name) or shown_id(one.pk),
        facts=(
            Fact(
                label=gettext("Identity number"),
                value=mask_id(one.identity_number) or "–",
                note=document_words(one.identity_kind),
            ),
            Fact(label=gettext("Telephone"), value=mask_id(one.phone)),
            *_guardian(one),
            Fact(label=gettext("Place of stay"), value=door(one.place_code), note=one.place_code),
            Fact(label=gettext("Household"), value=one.household_id),
        ),
        flags=tuple(
            Chip(state=State.PLAIN, text=list_words([needs_words(flag.need), source_words(flag.source)]))
            for flag in queries.flags(one, on=clock.day_of(now))
        ),
        steps=residents.acts(one, by),
        gone=_gone(one),
        tests=_tests(one, now),
        duties=duty_rows.rows(list(owed[:20]), by, now=now),
        reads=_reads(one),
        reading=gettext("This reading was logged at %(time)s.") % {"time": time_of(now)},
        restrictions=of_person(by, one.pk, now) if may(by, Operation.SEE_RESTRICTIONS) else None,
    )
    frame = framed(request, by, "people", title=shown.name)
    return render(request, "web/person.html", {"frame": frame, "page": shown})


def _acts(by: Actor) -> tuple[Act, ...]:
    if not may(by, Operation.KEEP_PEOPLE):
        return ()
    return (Act(label=gettext("Enter a resident"), url=reverse("web:people_register"), get=True),)


def _guardian(one: Resident) -> tuple[Fact, ...]:
    if not one.guardian_id:
        return ()
    return (Fact(label=gettext("Guardian"), value=shown_id(one.guardian_id)),)


def _gone(one: Resident) -> str:
    if one.left_on is None:
        return ""
    why = cause_words(one.left_cause) if one.left_cause else gettext("left")
    return gettext("On no base number since %(day)s: %(why)s") % {"day": one.left_on.isoformat(), "why": why}


def _tests(one: Resident, now: object) -> Table:
    del now
    members = TubeMember.objects.filter(person_id=one.pk).select_related("tube").order_by("-tube__collected_at")[:20]
    return Table(
        caption=gettext("Tests"),
        columns=(
            Column(label=gettext("Tube"), lead=True), Column(label=gettext("Round")),
            Column(label=gettext("Sampled")), Column(label=gettext("In the tube"), align=Align.NUMBER),
            Column(label=gettext("Result")),
        ),
        rows=tuple(
            Row(cells=(
                Cell(text=row.tube_id, href=reverse("web:tube", args=[row.tube_id])),
                Cell(text=row.round_id),
                Cell(text=time_of(row.tube.collected_at, clock.city())),
                Cell(text=str(row.tube.people)),
                Cell(text=result_words(row.tube.outcome, row.tube.people)),
            ))
            for row in members
        ),
        empty=Empty(text=gettext("Not sampled yet")),
    )  # fmt: skip


def _reads(one: Resident) -> Table:
    rows = ReadLog.objects.filter(subject=f"person:{one.pk}")[:20]
    return Table(
        caption=gettext("Who looked at this page"),
        columns=(
            Column(label=gettext("When"), lead=True), Column(label=gettext("Account")),
            Column(label=gettext("Unit")), Column(label=gettext("Purpose")),
        ),
        rows=tuple(
            Row(cells=(Cell(text=time_of(row.read_at, clock.city())), Cell(text=row.account), Cell(text=row.unit),
                       Cell(text=row.purpose)))
            for row in rows
        ),
        empty=Empty(text=gettext("Nobody before")),
    )  # fmt: skip

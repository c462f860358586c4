"""Ids that may be one person, side by side, to be merged by somebody, and taken apart again."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bulou.access.actions import log_read
from bulou.access.choices import Operation
from bulou.access.queries import within
from bulou.access.rules import permit
from bulou.investigation import merging
from bulou.investigation.models import Case, Contact, Merge
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.people.models import Resident
from bulou.web.case_words import person, signature
from bulou.web.frames import framed
from bulou.web.reader import page
from bulou.web.show.chase import TwinsPage
from bulou.web.show.duties import ActForm
from bulou.web.show.figures import Act, Cell, Column, Empty, Row, Table
from bulou.web.show.words import list_words, mask_id, mask_name, time_of
from bulou.web.views.case_forms import MergeForm, UndoForm

MOST = 100


@page
def twins(request: HttpRequest, by: Actor) -> HttpResponse:
    """Ids of cases and contacts that may be somebody known under another id; the reading is logged."""
    permit(by, Operation.MERGE_PEOPLE)
    now = clock.city()
    found = merging.duplicates(by)[:MOST]
    log_read(reader=by, subject=f"people:{by.unit}", purpose="duplicates", at=now, count=len(found))
    shown = TwinsPage(
        twins=_twins(found),
        merged=_merged(by, now),
        acts=(
            ActForm(
                key="merge",
                label=gettext("Merge two numbers"),
                means=gettext("What stands under the second is the first's from now on"),
                url=reverse("web:merge"),
                form=MergeForm(auto_id="merge-%s"),
                button=gettext("Merge"),
            ),
            ActForm(
                key="undo",
                label=gettext("Undo a merge"),
                means=gettext("Every row goes back to where it was"),
                url=reverse("web:merge"),
                form=UndoForm(auto_id="undo-%s"),
                button=gettext("Undo"),
            ),
        ),
        reading=gettext("masked; every reading is logged"),
    )
    return render(
        request, "web/twins.html", {"frame": framed(request, by, "twins", title=gettext("Duplicates")), "page": shown}
    )  # fmt: skip


def _twins(found: list[merging.Twin]) -> Table:
    people = Resident.objects.in_bulk([one for twin in found for one in (twin.first, twin.second)])
    said = {
        "identity_number": gettext("the same identity number"),
        "name_birth_phone": gettext("the same name, birth and telephone"),
    }

    def cell(code: str) -> Cell:
        row = people.get(code)
        note = list_words([mask_name(row.name), mask_id(row.identity_number), row.place_code[:12]]) if row else ""
        return Cell(text=person(code), note=note)

    return Table(
        caption=gettext("May be one person"),
        columns=(
            Column(label=gettext("First"), lead=True),
            Column(label=gettext("Second")),
            Column(label=gettext("In common")),
            Column(label=gettext("Next step")),
        ),
        rows=tuple(
            Row(
                cells=(
                    cell(one.first),
                    cell(one.second),
                    Cell(text=said.get(one.why, one.why)),
                    Cell(
                        acts=(
                            Act(
                                label=gettext("Merge"),
                                url=reverse("web:merge"),
                                fields=(("kept", one.first), ("dropped", one.second), ("reason", said.get(one.why, one.why))),
                                about=person(one.second),
                            ),
                        )
                    ),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("No two numbers look like one person"), good=True),
    )


def _merged(by: Actor, now: datetime) -> Table:
    mine = Resident.objects.filter(within(by, "place_code")).values("person_id")
    cases = Case.objects.filter(within(by, "place_code")).values("person_id")
    contacts = Contact.objects.filter(within(by, "place_code")).values("person_id")
    found = Merge.objects.filter(Q(kept__in=mine) | Q(kept__in=cases) | Q(kept__in=contacts)).order_by("-id")[:MOST]
    return Table(
        caption=gettext("Merged"),
        columns=(
            Column(label=gettext("Merge"), lead=True),
            Column(label=gettext("Stays")),
            Column(label=gettext("Same person")),
            Column(label=gettext("Why")),
            Column(label=gettext("When")),
            Column(label=gettext("Undone")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=str(one.pk)),
                    Cell(text=person(one.kept)),
                    Cell(text=person(one.dropped)),
                    Cell(text=one.reason),
                    Cell(text=time_of(one.merged_at, now), note=signature(one.merged_by)),
                    Cell(text=time_of(one.undone_at, now) if one.undone_at else "–", note=one.undone_why),
                )
            )
            for one in found
        ),
        empty=Empty(text=gettext("Nobody was merged")),
    )


@require_POST
@page
def merge(request: HttpRequest, by: Actor) -> HttpResponse:
    """Merge two ids, or undo a merge."""
    form = UndoForm(request.POST) if "merge" in request.POST else MergeForm(request.POST)
    if not form.is_valid():
        name, faults = next(iter(form.errors.items()))
        raise InputFault(str(faults[0]), column=name)
    given = form.cleaned_data
    if isinstance(form, UndoForm):
        merging.undo_merge(merge=given["merge"], why=given["why"], by=by, at=clock.city())
    else:
        merging.merge_people(
            kept=given["kept"].strip(), dropped=given["dropped"].strip(), reason=given["reason"], by=by, at=clock.city()
        )  # fmt: skip
    messages.success(request, gettext("Done."))
    return HttpResponseRedirect(reverse("web:twins"))

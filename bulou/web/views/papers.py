"""A paper list on the screen: read by its QR code, ticked on a phone, printed by the browser."""

from __future__ import annotations

from itertools import groupby

import segno
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.testing.choices import VisitOutcome
from bulou.web.case_words import person
from bulou.web.frames import framed
from bulou.web.place_words import division_names, inside_words, place_words
from bulou.web.reader import page
from bulou.web.show.figures import Chip, Crumb, State
from bulou.web.show.paper import PaperFloor, PaperLine, PaperPage
from bulou.web.show.words import count, mask_name, time_of
from bulou.web.views.round_tables import needs_words
from bulou.worklists import actions
from bulou.worklists.book import STATES
from bulou.worklists.choices import SheetState
from bulou.worklists.queries import Line, read_sheet


def _outcomes() -> tuple[tuple[str, str], ...]:
    words = {
        VisitOutcome.AWAY: gettext("away"), VisitOutcome.NOT_FOUND: gettext("nobody found"),
        VisitOutcome.REFUSED: gettext("refused the test"), VisitOutcome.SICK: gettext("has symptoms"),
    }  # fmt: skip
    return tuple((outcome.value, said) for outcome, said in words.items())


def _line(one: Line) -> PaperLine:
    return PaperLine(
        number=one.number, household=person(one.household_id), who=mask_name(one.name) or person(one.person_id),
        needs=needs_words(one.vulnerable), done=one.done, entered=time_of(one.entered_at) if one.entered_at else "",
    )  # fmt: skip


@page
def paper(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """The list, floor by floor."""
    now = clock.city()
    sheet, lines = read_sheet(by, code, at=now)
    here = request.build_absolute_uri(reverse("web:paper", args=[code]))
    state = SheetState(sheet.state)
    looks = {SheetState.OUT: State.LATER, SheetState.RETURNED: State.DONE, SheetState.LOST: State.LATE}
    shown = PaperPage(
        code=code, heading=gettext("Paper list %(code)s") % {"code": code}, place=place_words(sheet.place_code,
        division_names([sheet.place_code])),
        holder=sheet.holder, round=sheet.round.name, printed=time_of(sheet.issued_at, now), back_by=time_of(sheet.due_at, now),
        count=gettext("%(entered)s of %(people)s filled in") % {
            "entered": count(sheet.entered), "people": count(sheet.people),
        },
        chip=Chip(state=looks[state], text=str(STATES[state])),
        floors=tuple(
            PaperFloor(name=" ".join(inside_words(place)) or place, lines=tuple(_line(one) for one in some))
            for place, some in groupby(lines, key=lambda one: one.place_code)
        ),
        outcomes=_outcomes(),
        qr=segno.make(here, micro=False).svg_inline(scale=3, border=2, svgclass=None, lineclass=None, omitsize=True),
        url=reverse("web:paper_enter", args=[code]), book_href=reverse("web:sheets_row", args=[code]),
        open=state is SheetState.OUT, reading=gettext("This reading was logged at %(time)s.") % {"time": time_of(now)},
    )  # fmt: skip
    crumbs = (Crumb(label=gettext("Paper lists"), href=reverse("web:sheets")), Crumb(label=code))
    return render(
        request, "web/paper.html", {"frame": framed(request, by, "sheets", title=shown.heading, crumbs=crumbs), "page": shown}
    )


@require_POST
@page
def enter(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """Every line that was ticked; the others stay as they are."""
    ticks = [f"{key.removeprefix('line-')} {value}" for key, value in request.POST.items() if key.startswith("line-") and value]
    actions.fill_in(code=code, ticks="\n".join(ticks), by=by, at=clock.city())
    return HttpResponseRedirect(reverse("web:paper", args=[code]))

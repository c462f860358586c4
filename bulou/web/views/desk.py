"""The desk, its wall screen, and *mine today*."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django import forms
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST

from bulou.access.choices import Operation
from bulou.access.rules import may, permit
from bulou.duties import queries
from bulou.duties.choices import DutyState
from bulou.duties.models import Duty
from bulou.kernel import clock
from bulou.kernel.actor import Actor, Role
from bulou.reporting import base_figures
from bulou.units import actions as units
from bulou.units.models import ShiftNote, Unit
from bulou.web import duty_rows, strip
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.band import band
from bulou.web.show.duties import DeskPage, DutyGroup, DutyRow, MinePage
from bulou.web.show.duties import ShiftNote as NoteShown
from bulou.web.show.figures import Chip, Empty, Figure, State
from bulou.web.show.words import count, mask_name, span_words

BEFORE, AFTER = timedelta(hours=1), timedelta(hours=3)  # the time band's reach
SHOWN = 8  # rows of a group on the desk; the list shows all
MOST_MARKS = 2_000


@page
def desk(request: HttpRequest, by: Actor) -> HttpResponse:
    """What is late, what comes next, whose it is, and what to do."""
    if by.role is Role.WALL:
        return HttpResponseRedirect(reverse("web:wall"))
    shown = _desk(by, wall=False)
    return render(request, "web/desk.html", {"frame": framed(request, by, "desk", live=True), "page": shown})


@page
def wall(request: HttpRequest, by: Actor) -> HttpResponse:
    """The same for a wall: larger, and without names."""
    shown = _desk(by, wall=True)
    frame = framed(request, by, "desk", live=True, wall=True)
    return render(request, "web/wall.html", {"frame": frame, "page": shown})


def _desk(by: Actor, *, wall: bool) -> DeskPage:
    permit(by, Operation.SEE_DESK)
    now = clock.city()
    may_see = by if may(by, Operation.SEE_DUTIES) else _as_wall(by)
    open_rows = queries.listed(may_see, queries.Filter(), now=now).select_related("owner")
    counted = queries.counts(may_see, now=now)
    late = list(open_rows.filter(due_at__lt=now)[:SHOWN])
    soon = list(open_rows.filter(due_at__gte=now, due_at__lt=now + queries.SOON)[:SHOWN])
    near = open_rows.filter(due_at__lt=now + AFTER)[:MOST_MARKS]
    waiting = list(queries.awaiting(may_see)[: SHOWN + 1])
    told = queries.told(may_see).filter(told_at__gte=now - BEFORE, state="sent", step__startswith="after")
    page_of = reverse("web:duties")
    figures = base_figures.page(may_see, at=now)
    return DeskPage(
        strip=strip.figures(figures, counted, now=now),
        band=band(duty_rows.marks(near), clock.local(now), BEFORE, AFTER, lanes=duty_rows.lanes()),
        open_total=counted.open,
        all_href=page_of,
        late=DutyGroup(
            heading=gettext("Late"),
            note=gettext("the longest late first"),
            rows=_nameless(duty_rows.rows(late, may_see, now=now, acts=not wall), wall=wall),
            total=counted.overdue,
            href=f"{page_of}?overdue=true" if counted.overdue > len(late) else "",
            late=True,
            empty=Empty(text=gettext("Nothing is late"), good=True),
        ),
        soon=DutyGroup(
            heading=gettext("Due within the hour"),
            note=gettext("done now, it will not be late"),
            rows=() if wall else duty_rows.rows(soon, may_see, now=now),
            total=counted.soon,
            href=page_of if counted.soon > len(soon) else "",
            empty=Empty(text=gettext("Nothing falls due within the hour"), good=True),
        ),
        waiting=tuple(duty_rows.handover_row(row, may_see, now=now) for row in waiting[:SHOWN]),
        waiting_total=len(waiting),
        escalated=tuple(duty_rows.escalation_row(row) for row in told[:6]),
        bottleneck=strip.bottleneck(figures),
        export_href=f"{reverse('web:duties_export')}?overdue=true",
    )


def _as_wall(by: Actor) -> Actor:
    """The wall screen reads counts as its unit's duty leader does; its page shows no names."""
    return Actor(account=by.account, name=by.name, post=by.post, unit=by.unit, role=Role.DUTY_LEADER, door=by.door)


def _nameless(rows: tuple[DutyRow, ...], *, wall: bool) -> tuple[DutyRow, ...]:
    return tuple(replace(row, on_duty="") for row in rows) if wall else rows


class NoteForm(forms.Form):
    """The note for the next shift."""

    text = forms.CharField(
        label=gettext_lazy("What the next shift must know"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@page
def mine(request: HttpRequest, by: Actor) -> HttpResponse:
    """All that the reader's unit owes, over all lines of work, by next clock."""
    now = clock.city()
    owed = list(queries.owed_by(by).select_related("owner")[:500])
    late = [row for row in owed if row.due_at < now]
    soon = [row for row in owed if now <= row.due_at < now + queries.SOON]
    later = [row for row in owed if row.due_at >= now + queries.SOON]
    start, _ = clock.day_bounds(clock.day_of(now))
    closed = Duty.objects.filter(owner=by.unit, state=DutyState.FULFILLED, closed_at__gte=start)
    in_time = closed.filter(closed_at__lte=F("due_at")).count()
    done = closed.count()
    waiting = list(queries.awaiting(by).filter(receiver=by.unit)[:50])
    sent = list(queries.awaiting(by).filter(sender=by.unit)[:50])
    unit = Unit.objects.get(code=by.unit)
    last = ShiftNote.objects.filter(unit=unit).first()
    frame = framed(request, by, "mine", live=True)
    shown = MinePage(
        unit=named(unit.name, unit.name_en),
        post=frame.who.post if frame.who else "",
        figures=(
            Figure(
                label=gettext("Late"),
                value=count(len(late)),
                chip=Chip(state=State.LATE, text=span_words(now - late[0].due_at)) if late else None,
                late=bool(late),
            ),
            Figure(label=gettext("Within the hour"), value=count(len(soon))),
            Figure(label=gettext("Later"), value=count(len(later))),
            Figure(
                label=gettext("Done today"),
                value=count(done),
                note=gettext("%(number)s of them in time") % {"number": count(in_time)} if done else "",
            ),
        ),
        band=band(
            duty_rows.marks(row for row in owed if row.due_at < now + AFTER),
            clock.local(now),
            BEFORE,
            AFTER,
            lanes=duty_rows.lanes(),
        ),
        groups=(
            _group(gettext("Late"), gettext("these first"), late, by, late=True),
            _group(gettext("Within the hour"), "", soon, by),
            _group(gettext("Later"), "", later, by),
        ),
        offered=tuple(duty_rows.handover_row(row, by, now=now) for row in waiting),
        sent=tuple(duty_rows.handover_row(row, by, now=now) for row in sent),
        note=NoteShown(by=mask_name(last.written_by), at=clock.local(last.written_at), text=last.text) if last else None,
        note_form=NoteForm() if may(by, Operation.HAND_OVER_SHIFT) else None,
        note_url=reverse("web:hand_over_shift"),
    )
    return render(request, "web/mine.html", {"frame": frame, "page": shown})


def _group(heading: str, note: str, found: list[Duty], by: Actor, *, late: bool = False) -> DutyGroup:
    return DutyGroup(
        heading=heading,
        note=note,
        rows=duty_rows.rows(found[:60], by, now=clock.city()),
        total=len(found),
        late=late,
        empty=Empty(text=gettext("Nothing here"), good=True),
    )


@require_POST
@page
def hand_over_shift(request: HttpRequest, by: Actor) -> HttpResponse:
    """Write the shift's note, beside the counted duties."""
    permit(by, Operation.HAND_OVER_SHIFT, by.unit)
    form = NoteForm(request.POST)
    if form.is_valid():
        now = clock.city()
        counted = queries.counts(by, now=now, unit=by.unit)
        units.write_shift_note(
            unit=Unit.objects.get(code=by.unit),
            text=form.cleaned_data["text"],
            open_duties=counted.open,
            overdue_duties=counted.overdue,
            by=by,
            at=now,
        )
    return HttpResponseRedirect(reverse("web:mine"))

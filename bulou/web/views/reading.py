"""Pages that one reads: the daily report, the inbox."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from bulou.access.choices import Operation
from bulou.access.rules import covers, may, permit
from bulou.duties import actions as duties
from bulou.duties import queries
from bulou.duties.models import Notice
from bulou.kernel import clock
from bulou.kernel.actor import Actor
from bulou.kernel.errors import NotFound
from bulou.places.models import Area
from bulou.reporting import actions as reporting
from bulou.reporting import queries as reports
from bulou.reporting import text
from bulou.web import duty_rows
from bulou.web.frames import framed, in_chinese, named
from bulou.web.reader import page
from bulou.web.show.figures import Act, Align, Cell, Column, Empty, Figure, Pager, Row, Table, clock_chip
from bulou.web.show.reading import (
    Equation,
    InboxPage,
    ReportPage,
    Term,
)
from bulou.web.show.reading import Notice as NoticeShown
from bulou.web.show.words import count, list_words, mask_name, time_of
from bulou.web.ways import ways

PAGE = 50


@page
def inbox(request: HttpRequest, by: Actor) -> HttpResponse:
    """Notices to the reader's unit, newest first; reading a duty's story marks its notices as read."""
    found = queries.inbox(by).filter(state="sent")
    before = request.GET.get("after", "")
    rows = list((found.filter(id__lt=int(before)) if before.isdigit() else found)[: PAGE + 1])
    left, here = ways(rows[:PAGE]), reverse("web:inbox")
    shown = InboxPage(
        notices=tuple(_notice(row, left.get(row.pk, ())) for row in rows[:PAGE]),
        unread=found.filter(read_at=None).count(),
        pager=Pager(
            shown=min(PAGE, len(rows)),
            first=here if before else "",
            following=f"{here}?after={rows[PAGE - 1].pk}" if len(rows) > PAGE else "",
        ),
        empty=Empty(text=gettext("No notice"), note=gettext("What is told to your unit stands here"), good=True),
    )
    return render(request, "web/inbox.html", {"frame": framed(request, by, "inbox"), "page": shown})


def _notice(row: Notice, left: tuple[str, ...]) -> NoticeShown:
    now = clock.city()
    acts = () if row.read_at else (Act(label=gettext("Read"), url=reverse("web:read_notice", args=[row.pk])),)
    return NoticeShown(
        what=list_words([duty_rows.says(row.duty), duty_rows.label(row.duty)]),
        why=list_words([duty_rows.step_words(row.step), named(row.duty.owner.name, row.duty.owner.name_en)]),
        because=_because(row),
        ways=left,
        at=clock.local(row.told_at),
        href=duty_rows.href(row.duty),
        chip=clock_chip(row.duty.due_at, now) if row.duty.state == "open" else None,
        unread=row.read_at is None,
        acts=acts,
    )


def _because(row: Notice) -> str:
    """Why it came to this unit: the unit told and who stood there, the step's instant, the duty's limit, rule and source."""
    said = [
        gettext("Told to %(unit)s") % {"unit": named(row.unit.name, row.unit.name_en)},
        mask_name(row.told) if row.told else "",
        gettext("by the step of %(time)s") % {"time": time_of(row.due_at)},
        gettext("limit %(time)s") % {"time": time_of(row.duty.due_at)},
        gettext("rule %(kind)s, pack %(version)s") % {"kind": row.duty.kind, "version": row.duty.pack_version},
        duty_rows.source(row.duty),
    ]
    return list_words([one for one in said if one])


@require_POST
@page
def read_notice(_request: HttpRequest, by: Actor, id: int) -> HttpResponse:  # noqa: A002 - the route's name for it
    """Somebody of the unit has read it."""
    duties.read_notice(notice_id=id, by=by, at=clock.city())
    return HttpResponseRedirect(reverse("web:inbox"))


def _area(by: Actor) -> Area:
    """The area whose report the reader may see: the smallest that holds rounds in the jurisdiction."""
    for area in Area.objects.filter(rounds__isnull=False).distinct():
        if covers(by, reporting.top_code(area)):
            return area
    message = "no such record"
    raise NotFound(message)


@page
def report(request: HttpRequest, by: Actor, day: str = "") -> HttpResponse:
    """The daily report of a day; yesterday's when none is named."""
    permit(by, Operation.SEE_REPORT)
    try:
        on = date.fromisoformat(day) if day else clock.day_of(clock.city()) - timedelta(days=1)
    except ValueError as fault:
        message = "no such record"
        raise NotFound(message) from fault
    found = reports.daily(by, area=_area(by), on=on)
    form = request.GET.get("format", "")
    if form == "json":
        import json  # noqa: PLC0415 - only here

        return HttpResponse(json.dumps(text.as_json(found), ensure_ascii=False), content_type="application/json")
    if form == "md":
        lang = "zh" if in_chinese() else "en"
        return HttpResponse(text.markdown(found, lang=lang), content_type="text/markdown; charset=utf-8")
    frame = framed(request, by, "report")
    return render(request, "web/report.html", {"frame": frame, "page": _report(found, by)})


def _statistic(name: str) -> str:
    return text.WORDS[name][0 if in_chinese() else 1]


def _report(found: reports.Report, by: Actor) -> ReportPage:
    link = reverse("web:report_day", args=[found.day.isoformat()])
    today = clock.day_of(clock.city())
    acts: tuple[Act, ...] = ()
    if found.frozen_at is None and found.day < today and may(by, Operation.FREEZE_REPORT):
        acts = (Act(label=gettext("Freeze the day"), url=reverse("web:freeze_day", args=[found.day.isoformat()]), main=True),)
    following = found.day + timedelta(days=1)
    return ReportPage(
        day=found.day,
        area=named(found.area_name, found.area_name_en),
        series=gettext("series %(version)s") % {"version": found.series},
        frozen_at=clock.local(found.frozen_at) if found.frozen_at else None,
        frozen_by="",
        seal=found.seal[:16],
        headline=tuple(
            Figure(label=_statistic(name), value=count(found.value(name)))
            for name in ("new_confirmed", "new_asymptomatic", "converted")
        ),
        table=Table(
            caption=gettext("All figures of the day"),
            columns=(
                Column(label=gettext("Figure"), lead=True),
                Column(label=gettext("Value"), align=Align.NUMBER),
                Column(label=gettext("Source")),
            ),
            rows=tuple(
                Row(cells=(Cell(text=_statistic(name)), Cell(text=count(found.value(name))), Cell(text=_source(found, name))))
                for name in text.WORDS
            ),
            empty=Empty(text=gettext("No figure")),
        ),
        equations=tuple(_equation(one) for one in found.equations),
        by_sample_day=_by_sample_day(found),
        corrections=Table(
            caption=gettext("Corrections"),
            columns=(
                Column(label=gettext("Day")), Column(label=gettext("Figure"), lead=True),
                Column(label=gettext("Change"), align=Align.NUMBER), Column(label=gettext("Reason")),
            ),
            rows=tuple(
                Row(cells=(Cell(text=one.made_on.isoformat()), Cell(text=_statistic(one.figure.statistic)),
                           Cell(text=f"{one.change:+d}"), Cell(text=one.reason)))
                for one in found.corrections
            ),
            empty=Empty(text=gettext("No correction"), good=True),
        ),
        notes=_notes(found),
        previous_href=reverse("web:report_day", args=[(found.day - timedelta(days=1)).isoformat()]),
        next_href=reverse("web:report_day", args=[following.isoformat()]) if following <= today else "",
        exports=(("Markdown", f"{link}?format=md"), ("JSON", f"{link}?format=json")),
        acts=acts,
    )  # fmt: skip


def _source(found: reports.Report, statistic: str) -> str:
    source = next((one.source for one in found.figures if one.statistic == statistic and not one.split), "")
    return text.source_words(source, lang="zh" if in_chinese() else "en")


def _equation(one: object) -> Equation:
    from bulou.reporting.rules import Equation as Found  # noqa: PLC0415 - for its type only

    assert isinstance(one, Found)  # noqa: S101 - narrows the type
    signs = one.terms.replace("−", "- ").replace("+", "+ ").split()
    terms, sign = [], ""
    for part in signs:
        if part in {"+", "-"}:
            sign = "−" if part == "-" else "+"
        else:
            terms.append(Term(sign=sign, label="", value=part))
    label = _statistic(one.name)
    return Equation(
        label=label, terms=tuple(terms), result_label=label, result=count(one.left), holds=one.holds,
        difference=f"{one.left - one.right:+d}",
    )  # fmt: skip


def _by_sample_day(found: reports.Report) -> Table:
    confirmed, silent = found.splits("new_confirmed", "sampled"), found.splits("new_asymptomatic", "sampled")
    return Table(
        caption=gettext("New of the day, by day of sample"),
        columns=(
            Column(label=gettext("Day of sample"), lead=True),
            Column(label=_statistic("new_confirmed"), align=Align.NUMBER),
            Column(label=_statistic("new_asymptomatic"), align=Align.NUMBER),
        ),
        rows=tuple(
            Row(cells=(Cell(text=day), Cell(text=count(confirmed.get(day, 0))), Cell(text=count(silent.get(day, 0)))))
            for day in sorted(confirmed | silent)
        ),
        empty=Empty(text=gettext("No new case")),
    )


def _notes(found: reports.Report) -> tuple[str, ...]:
    notes = [gettext("A conversion is counted once, among the new confirmed.")]
    if not found.intact:
        notes.append(gettext("Warning: a figure was changed after it was frozen."))
    return tuple(notes)


@require_POST
@page
def freeze_day(_request: HttpRequest, by: Actor, day: str) -> HttpResponse:
    """Freeze a day that is over."""
    reporting.freeze_day(area=_area(by), on=date.fromisoformat(day), by=by, at=clock.city())
    return HttpResponseRedirect(reverse("web:report_day", args=[day]))

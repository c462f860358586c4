"""The base figures of a unit on one page (底数清), each with its time and source, and the units below it; also as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext

from bulou.access.choices import Operation as Op
from bulou.access.rules import may, permit
from bulou.exchange.exporting import note_export
from bulou.exchange.kinds import base_figures as files
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.people import base_numbers
from bulou.people.base_numbers import Movement
from bulou.people.drift import COMMUNITY
from bulou.places.models import Area
from bulou.reporting import below, holdings
from bulou.reporting.base_figures import BaseFigure, Doubt, Page, Why, scope_of
from bulou.tables.writing import write_table
from bulou.units import queries as units
from bulou.units.choices import OnDutyBy
from bulou.units.rules import Attendance
from bulou.web import duty_rows, figure_words
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.figures import Align, Cell, Chip, Column, Crumb, Empty, Figure, Row, State, Table
from bulou.web.show.reading import FigureGroup, FiguresPage
from bulou.web.show.words import count, list_words, span_words, time_of
from bulou.web.views import base_number

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BOOKS = {"requests", "addressees", "care", "environment", "hazards", "needs"}
_LATE = {"duties_overdue", "reports_late", "places_unconfirmed", *(f"{book}_late" for book in _BOOKS)}


class UnitForm(forms.Form):
    """Whose figures."""

    unit = forms.CharField(
        label=gettext_lazy("Unit's code"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("Unit's code")}),
    )


def address(unit: str) -> str:
    """The page of a unit's base figures."""
    return f"{reverse('web:figures')}?{urlencode({'unit': unit})}"


@page
def figures(request: HttpRequest, by: Actor) -> HttpResponse:
    """Base figures of a unit on one page, whose they are below it, and who stands in its posts."""
    now, unit = clock.city(), request.GET.get("unit", "").strip()
    found = holdings.whole(by, at=now, unit=unit)
    movement = _movement(by, found.unit, now)
    query = urlencode({"unit": found.unit})
    shown = FiguresPage(
        place=found.unit_name,
        as_of=clock.local(now),
        groups=_groups(found, by, now),
        gaps=_gaps(by, found.unit, now),
        movement=base_number.equation(movement) if movement else None,
        movement_href=base_number.address(movement.place, 7) if movement else "",
        unit_form=UnitForm({"unit": unit}),
        parts=_parts(by, found.unit, now),
        houses=_houses(by, found.unit),
        posts=_posts(by, found.unit, now),
        exports=tuple(
            (ending.upper(), f"{reverse('web:figures_export', args=[ending])}?{query}") for ending in _TYPES
        ) if may(by, Op.EXPORT_FILE) else (),
    )  # fmt: skip
    frame = framed(request, by, "figures", crumbs=_crumbs(by, found))
    return render(request, "web/base_figures.html", {"frame": frame, "page": shown})


@page
def export(request: HttpRequest, by: Actor, ending: str) -> HttpResponse:
    """The page's figures as a file; noted before it is given."""
    permit(by, Op.EXPORT_FILE)
    if ending not in _TYPES:
        raise InputFault(gettext("Choose CSV or XLSX."), column="ending")
    now = clock.city()
    found = holdings.whole(by, at=now, unit=request.GET.get("unit", ""))
    with tempfile.TemporaryDirectory(prefix="bulou-figures-") as folder:
        target = Path(folder) / f"base_figures.{ending}"
        number = write_table(target, files.COLUMNS, files.cells(found))
        note_export(target, kind="base_figures (page)", count=number, personal=False, by=by, at=now)
        body = target.read_bytes()
    answer = HttpResponse(body, content_type=_TYPES[ending])
    answer["Content-Disposition"] = f'attachment; filename="base_figures.{ending}"'
    return answer


def _groups(found: Page, by: Actor, now: datetime) -> tuple[FigureGroup, ...]:
    """The groups; those that hold nothing are left out for a unit that is no territory."""
    known = {one.name: one for one in found.figures}
    headings, said = figure_words.headings(), _Said(found, by, now)
    groups = []
    for key, members in figure_words.GROUPS:
        here = [known[name] for name in members if name in known]
        if not here or ("residents" not in known and not any(one.value for one in here)):
            continue
        groups.append(FigureGroup(heading=headings[key], figures=tuple(map(said.figure, here))))
    return tuple(groups)


class _Said:
    """Base figures in the reader's words, each a link to its rows where the reader may see them."""

    def __init__(self, found: Page, by: Actor, now: datetime) -> None:
        self.found, self.by, self.now = found, by, now
        self.names, self.units, self.sources = figure_words.names(), figure_words.units(), figure_words.sources()

    def figure(self, one: BaseFigure) -> Figure:
        """One figure."""
        late = one.name in _LATE and bool(one.value)
        chip = Chip(state=State.LATE, text=gettext("late")) if late else None
        if one.doubt is not None:
            chip = Chip(state=State.SOON, text=_doubt_words()[one.doubt.why])
        return Figure(
            label=self.names[one.name], value=self._value(one), unit=self.units.get(one.unit, ""),
            note=self._doubt(one.doubt) if one.doubt else "", href=_href(one, self.found, self.by),
            as_of=clock.local(one.as_of), source=self.sources.get(one.source, one.source), late=late, chip=chip,
        )  # fmt: skip

    def _value(self, one: BaseFigure) -> str:
        if one.value is None:
            return "–"
        if one.name == "deadline":
            return time_of(datetime.fromisoformat(str(one.value)), self.now)
        return count(one.value) if isinstance(one.value, int) else str(one.value)

    def _doubt(self, doubt: Doubt) -> str:
        source = self.sources.get(doubt.source, doubt.source)
        if doubt.why is Why.DISAGREES:
            return gettext("%(source)s: %(other)s") % {"source": source, "other": count(doubt.other or 0)}
        if doubt.since is None:
            said = gettext("%(source)s: never confirmed") % {"source": source}
        else:
            age = span_words(self.now - doubt.since)
            said = gettext("%(source)s: the oldest is %(age)s old") % {"source": source, "age": age}
        return (
            said if doubt.other is None else list_words([said, gettext("%(number)s in all") % {"number": count(doubt.other)}])
        )


def _doubt_words() -> Mapping[Why, str]:
    return {Why.DISAGREES: gettext("sources disagree"), Why.OLD: gettext("not confirmed for long")}


def _filtered(route: str, found: Page, **also: str) -> str:
    return f"{reverse(f'web:{route}')}?{urlencode({'unit': found.unit, **also})}"


def _place(route: str, found: Page, **also: str) -> str:
    return f"{reverse(f'web:{route}')}?{urlencode({'place': codes.territory(found.unit), **also})}"


# What a figure's ``link`` opens, and who may see those rows.
_LINKS: Mapping[str, tuple[Op, Callable[[Page], str]]] = {
    "round": (Op.SEE_ROUND, lambda found: reverse("web:round", args=[found.value("round")]) if found.value("round") else ""),
    "chain": (Op.SEE_CHAIN, lambda _: reverse("web:chain")),
    "duties": (Op.SEE_DUTIES, partial(_filtered, "duties")),
    "people": (Op.SEE_PEOPLE, partial(_place, "people")),
    "base_number": (Op.SEE_FIGURES, lambda found: base_number.address(codes.territory(found.unit), 7)),
    "isolation": (Op.SEE_ISOLATION, lambda _: reverse("web:isolation")),
    "transfer": (Op.SEE_TRANSFERS, lambda _: reverse("web:transfer")),
    "institutions": (Op.SEE_INSTITUTION, partial(_filtered, "institutions")),
    "daily_reports": (Op.SEE_INSTITUTION, partial(_filtered, "daily_reports", state="owed")),
    "matters": (Op.SEE_INSTITUTION, partial(_filtered, "matters", show="open")),
    "restrictions": (Op.SEE_RESTRICTIONS, partial(_place, "restrictions", show="in_force")),
    "zones": (Op.SEE_RESTRICTIONS, partial(_place, "restrictions", show="in_force", kind="zone_measure")),
    "proposed": (Op.SEE_RESTRICTIONS, partial(_place, "restrictions", show="proposed")),
    "requests": (Op.SEE_REQUESTS, partial(_filtered, "requests")),
    "addressees": (Op.SEE_ORDERS, partial(_filtered, "addressees")),
    "care": (Op.SEE_CARE, partial(_filtered, "care")),
    "environment": (Op.SEE_ENVIRONMENT, partial(_filtered, "environment")),
    "needs": (Op.SEE_SUPPLIES, partial(_filtered, "needs")),
    "stock": (Op.SEE_SUPPLIES, partial(_filtered, "supplies")),
    "provisions": (Op.SEE_SUPPLIES, partial(_filtered, "provisions", show="open")),
    "gaps": (Op.SEE_SUPPLIES, partial(_filtered, "provisions", state="unconfirmed")),
    "hazards": (Op.SEE_HAZARDS, partial(_filtered, "hazards")),
    "parts": (Op.SEE_FIGURES, lambda _: "#parts"),
    "posts": (Op.SEE_FIGURES, lambda _: "#posts"),
}  # fmt: skip


def _href(one: BaseFigure, found: Page, by: Actor) -> str:
    """The rows behind a figure; a named area is no unit, so only what is filed by place can be opened for it."""
    operation, opens = _LINKS.get(one.link, (None, None))
    if operation is None or opens is None or not may(by, operation):
        return ""
    if not codes.is_unit(found.unit) and one.link not in {"people", "base_number", "restrictions", "round", "parts"}:
        return ""
    if one.link in _BOOKS:
        return _filtered(one.link, found, show="late" if one.name.endswith("_late") else "open")
    late = one.name == "duties_overdue"
    return f"{opens(found)}&overdue=true" if late else opens(found)


def _movement(by: Actor, unit: str, now: datetime) -> Movement | None:
    """Seven days of the base number, where the unit has one of its own: a division, or a named area."""
    place = unit if Area.objects.filter(pk=unit).exists() else codes.territory(unit)
    if codes.is_place(place) and (len(place) > COMMUNITY or ":" in unit):
        return None
    return None if place == "CN" else base_numbers.movement(by, place, since=now - timedelta(days=7), until=now)


def _gaps(by: Actor, unit: str, now: datetime) -> Table:
    """What has no owner now: units in which nobody stands in any post."""
    scope = scope_of(by, unit)
    nobody = [one for top in scope.tops for one in units.unowned(top=top, at=now)[:100]][:100]
    return Table(
        caption=gettext("Units with nobody on duty now"),
        columns=(Column(label=gettext("Unit"), lead=True), Column(label=gettext("Code"))),
        rows=tuple(
            Row(cells=(Cell(text=named(one.name, one.name_en), href=address(one.code)), Cell(text=one.code))) for one in nobody
        ),
        empty=Empty(text=gettext("Every unit has somebody on duty"), good=True),
    )


def _parts(by: Actor, unit: str, now: datetime) -> Table:
    rows, total = below.parts(by, at=now, unit=unit)
    foot = gettext("%(shown)s of %(total)s units are shown") % {"shown": count(len(rows)), "total": count(total)}
    return Table(
        caption=gettext("Units right below"),
        columns=(
            Column(label=gettext("Unit"), lead=True),
            Column(label=gettext("Residents"), align=Align.NUMBER),
            Column(label=pgettext("base figures", "Posts"), align=Align.NUMBER),
            Column(label=gettext("Open duties"), align=Align.NUMBER),
            Column(label=gettext("Late duties"), align=Align.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=named(one.name, one.name_en), href=address(one.code)),
                    Cell(text="–" if one.people is None else count(one.people)),
                    Cell(text=count(one.posts)),
                    Cell(text=count(one.open), href=f"{reverse('web:duties')}?{urlencode({'unit': one.code})}"),
                    Cell(
                        text=count(one.late) if not one.late else "",
                        chip=Chip(state=State.LATE, text=count(one.late)) if one.late else None,
                    ),
                )
            )
            for one in rows
        ),
        empty=Empty(text=gettext("No unit stands below this one")),
        foot=foot if total > len(rows) else "",
    )


def _houses(by: Actor, unit: str) -> Table | None:
    rows = below.houses(by, unit=unit)
    if not rows:
        return None
    seen = may(by, Op.SEE_PEOPLE)
    return Table(
        caption=pgettext("base figures", "Buildings"),
        columns=(
            Column(label=pgettext("base figures", "Building"), lead=True),
            Column(label=pgettext("base figures", "Floors"), align=Align.NUMBER),
            Column(label=gettext("Households"), align=Align.NUMBER),
            Column(label=gettext("Residents"), align=Align.NUMBER),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.name, href=f"{reverse('web:people')}?{urlencode({'place': one.code})}" if seen else ""),
                    Cell(text=count(one.floors)),
                    Cell(text=count(one.households)),
                    Cell(text=count(one.people)),
                )
            )
            for one in rows
        ),
        empty=Empty(text="–"),
    )


def _posts(by: Actor, unit: str, now: datetime) -> Table:
    return Table(
        caption=gettext("Posts of the unit itself"),
        columns=(
            Column(label=pgettext("base figures", "Post"), lead=True),
            Column(label=gettext("Who stands in it now")),
            Column(label=gettext("Since")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=named(post.title, post.title_en)),
                    Cell(text=list_words([f"{one.staff_name} ({_how(one)})" for one in present]))
                    if present
                    else Cell(chip=Chip(state=State.SOON, text=pgettext("base figures", "nobody"))),
                    Cell(text=time_of(min(one.starts_at for one in present), now) if present else "–"),
                )
            )
            for post, present in below.posts(by, at=now, unit=unit)
        ),
        empty=Empty(text=gettext("No post is set up here")),
    )


def _how(one: Attendance) -> str:
    return {
        OnDutyBy.SHIFT: pgettext("base figures", "on shift"),
        OnDutyBy.ACTING: pgettext("base figures", "acting"),
        OnDutyBy.HOLDER: pgettext("base figures", "holds the post"),
    }.get(one.how, "")


def _crumbs(by: Actor, found: Page) -> tuple[Crumb, ...]:
    """The units above this one that the reader may see."""
    if not codes.is_unit(found.unit):
        return ()
    above = [code for code in reversed(codes.chain(found.unit)[1:]) if codes.is_below(code, by.unit)]
    names = duty_rows.unit_names(above)
    return (*(Crumb(label=names.get(code, code), href=address(code)) for code in above), Crumb(label=found.unit_name))

"""Who answers for a unit at an instant: up its chain, in the units right below, and the hands at work there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, pgettext, pgettext_lazy

from bulou.access.choices import Operation as Op
from bulou.access.rules import may, permit
from bulou.kernel import clock, codes
from bulou.kernel.actor import Actor
from bulou.kernel.errors import InputFault
from bulou.reporting import below
from bulou.reporting.base_figures import scope_of
from bulou.units import queries as units
from bulou.units.choices import OnDutyBy
from bulou.units.rules import OnDuty
from bulou.web import duty_rows
from bulou.web.frames import framed, named
from bulou.web.reader import page
from bulou.web.show.figures import Cell, Chip, Column, Empty, Row, State, Table
from bulou.web.show.reading import OnDutyPage
from bulou.web.show.words import count, time_of
from bulou.workforce import queries as workforce
from bulou.workforce import words

MOST = 200  # hands that one page shows


class InstantForm(forms.Form):
    """Which unit, at which instant."""

    unit = forms.CharField(label=gettext_lazy("Unit's code"), required=False, max_length=64)
    at = forms.DateTimeField(
        label=pgettext_lazy("on duty", "At"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


@page
def on_duty(request: HttpRequest, by: Actor) -> HttpResponse:
    """Who answers, who does when that person is absent, whose units have nobody, and who works there."""
    permit(by, Op.SEE_FIGURES)
    form = InstantForm(request.GET)
    if not form.is_valid():
        name, faults = next(iter(form.errors.items()))
        raise InputFault(str(faults[0]), column=name)
    now = clock.city()
    at = form.cleaned_data["at"] or now
    scope = scope_of(by, form.cleaned_data["unit"].strip())
    parts, number = below.units_below(by, unit=scope.top)
    shown = OnDutyPage(
        place=duty_rows.unit_names([scope.top]).get(scope.top, scope.top),
        at=clock.local(at),
        form=InstantForm({"unit": scope.top, "at": clock.local(at).strftime("%Y-%m-%dT%H:%M")}),
        chain=_answering(codes.chain(scope.top), by, at, caption=gettext("Who answers, up the chain")),
        parts=_answering([one.code for one in parts], by, at, caption=gettext("Units right below"), total=number),
        hands=_hands(scope.top, by, at) if may(by, Op.SEE_WORKFORCE) else None,
    )
    frame = framed(request, by, "on_duty")
    return render(request, "web/on_duty.html", {"frame": frame, "page": shown})


def address(unit: str) -> str:
    """The page of a unit, now."""
    return f"{reverse('web:on_duty')}?{urlencode({'unit': unit})}"


def _answering(wanted: Sequence[str], by: Actor, at: datetime, *, caption: str, total: int = 0) -> Table:
    found = units.on_duty_and_next(wanted, at=at)
    names = duty_rows.unit_names({*wanted, *(one.unit for pair in found.values() for one in pair)})
    wanted = [code for code in wanted if code in names]  # the country stands above every chain and need not be registered
    foot = gettext("%(shown)s of %(total)s units are shown") % {"shown": count(len(wanted)), "total": count(total)}
    return Table(
        caption=caption,
        columns=(
            Column(label=gettext("Unit"), lead=True),
            Column(label=pgettext("on duty", "Who answers")),
            Column(label=pgettext("base figures", "Post")),
            Column(label=pgettext("on duty", "Telephone")),
            Column(label=gettext("Since")),
            Column(label=pgettext("on duty", "When absent")),
        ),
        rows=tuple(_row(code, *found[code], names=names, by=by, at=at) for code in wanted),
        empty=Empty(text=gettext("No unit stands below this one")),
        foot=foot if total > len(wanted) else "",
    )


def _row(code: str, first: OnDuty, following: OnDuty, *, names: dict[str, str], by: Actor, at: datetime) -> Row:
    own = first.how not in {OnDutyBy.SUPERIOR, OnDutyBy.NOBODY}
    return Row(
        cells=(
            Cell(text=names.get(code, code), href=address(code) if codes.is_below(code, by.unit) else ""),
            Cell(text=_who(first, names)) if own else Cell(text=_who(first, names), chip=_nobody()),
            Cell(text=named(first.title, first.title_en)),
            Cell(text=first.phone or "–"),
            Cell(text=time_of(first.since, at) if first.since else "–"),
            Cell(text=_who(following, names)),
        )
    )


def _nobody() -> Chip:
    return Chip(state=State.SOON, text=pgettext("on duty", "nobody of its own"))


def _who(one: OnDuty, names: dict[str, str]) -> str:
    said = {
        OnDutyBy.SHIFT: gettext("%(name)s, on shift"),
        OnDutyBy.ACTING: gettext("%(name)s, acting"),
        OnDutyBy.HOLDER: gettext("%(name)s, holds the post"),
        OnDutyBy.SUPERIOR: gettext("%(name)s of %(unit)s"),
    }
    if one.how not in said:
        return pgettext("on duty", "nobody")
    return said[one.how] % {"name": one.staff_name, "unit": names.get(one.unit, one.unit)}


def _hands(unit: str, by: Actor, at: datetime) -> Table:
    found = workforce.on_shift(unit, by=by, at=at)
    number, rows = found.count(), list(found[:MOST])
    foot = gettext("%(shown)s of %(total)s are shown") % {"shown": count(len(rows)), "total": count(number)}
    return Table(
        caption=gettext("Hands at work here"),
        columns=(
            Column(label=pgettext("workforce", "Person"), lead=True),
            Column(label=pgettext("workforce", "Skill")),
            Column(label=gettext("Unit")),
            Column(label=pgettext("workforce", "Where")),
            Column(label=pgettext("workforce", "State")),
            Column(label=pgettext("workforce", "Ends at")),
        ),
        rows=tuple(
            Row(
                cells=(
                    Cell(text=one.worker.name, href=reverse("web:shifts_row", args=[one.pk])),
                    Cell(text=str(words.SKILLS[one.skill])),
                    Cell(text=named(one.unit.name, one.unit.name_en)),
                    Cell(text=one.place),
                    Cell(text=str(words.SHIFTS[one.state])),
                    Cell(text=time_of(one.ends_at, at)),
                )
            )
            for one in rows
        ),
        empty=Empty(text=gettext("Nobody has a shift here at this instant")),
        foot=foot if number > len(rows) else "",
    )
